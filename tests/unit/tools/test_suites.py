# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports of the suites and their sum: what make test says at its end has to be true."""

from __future__ import annotations

from pathlib import Path

import pytest
import reports
import run_molecule
import run_suites
import sanity
from reports import Case, Totals

PYTEST_REPORT = """<testsuites><testsuite>
<testcase name="a"/><testcase name="b"/><testcase name="c"><skipped/></testcase>
<testcase name="d"><failure>no</failure></testcase><testcase name="e"><error>no</error></testcase>
</testsuite></testsuites>"""

RECAP = """\
trial > syntax: Executed: Successful
trial > verify: Executed: Failed (Ansible return code was 2)
SCENARIO RECAP
default                   : actions=1  successful=1  disabled=0  skipped=0  missing=0  failed=0
trial                     : actions=5  successful=3  disabled=0  skipped=0  missing=1  failed=1
site                      : actions=4  successful=4  disabled=0  skipped=0  missing=0  failed=0
empty                     : actions=1  successful=0  disabled=0  skipped=0  missing=1  failed=0
default                   : actions=1  successful=1  disabled=0  skipped=0  missing=0  failed=0
"""


def test_a_report_of_pytest_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "unit.xml"
    path.write_text(PYTEST_REPORT, encoding="utf-8")
    assert reports.read(path) == Totals(passed=2, failed=2, skipped=1)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = reports.write("lint", [Case("ruff", 0.1), Case("mypy", 2.0, "\x1b[31mred <&> text")], tmp_path)
    assert reports.read(path) == Totals(passed=1, failed=1)


def test_totals_are_plain() -> None:
    assert str(Totals(3, 0) + Totals(1, 2)) == "4 passed, 2 failed"
    assert str(Totals(3, 0, 1)) == "3 passed, 0 failed, 1 skipped"


def test_what_failed_is_read_from_a_report(tmp_path: Path) -> None:
    path = tmp_path / "unit.xml"
    path.write_text(
        '<testsuite><testcase name="good" time="1"/><testcase name="bad" time="2.5"><failure message="short">'
        "one\ntwo\nE   assert 1 == 2</failure></testcase>"
        '<testcase name="worse"><error message="no fixture"/></testcase></testsuite>'
    )
    assert reports.failures(path, lines=2) == [
        Case("bad", 2.5, "two\nE   assert 1 == 2"),
        Case("worse", 0.0, "no fixture"),
    ]
    assert reports.failures(tmp_path / "none.xml") == []


def test_a_scenario_that_failed_says_which_test_and_why(tmp_path: Path) -> None:
    (tmp_path / "trial.xml").write_text(
        '<testsuite><testcase name="test_it"><failure message="m">def test_it():\nE  assert 1 == 2</failure></testcase>'
        "</testsuite>"
    )
    (case,) = [case for case in run_molecule.cases(RECAP.splitlines(), tmp_path) if case.name == "trial"]
    assert str(case.failure).splitlines() == [
        "trial > verify: Executed: Failed (Ansible return code was 2)",
        "test_it: def test_it():",
        "E  assert 1 == 2",
    ]


def test_a_scenario_that_failed_without_a_test_shows_the_end_of_the_step_that_failed(tmp_path: Path) -> None:
    steps = [
        "INFO     [trial > converge] Executing",
        "TASK [Make it]",
        "ok",
        "INFO     [trial > idempotence] Executing",
        *[f"line {number}" for number in range(100)],
        "ERROR    [trial > idempotence] Executed: Failed",
        "INFO     [trial > cleanup] Executing",
        "WARNING  [trial > cleanup] Executed: Missing playbook",
        "INFO     [site > converge] Executing",
        "not of this one",
    ]
    (case,) = [case for case in run_molecule.cases([*steps, *RECAP.splitlines()], tmp_path) if case.name == "trial"]
    assert str(case.failure).splitlines()[1:] == [f"line {number}" for number in range(60, 100)]


def test_the_recap_of_molecule_is_read(tmp_path: Path) -> None:
    found = {case.name: case.failure for case in run_molecule.cases(RECAP.splitlines(), tmp_path)}
    assert found == {
        "trial": "trial > verify: Executed: Failed (Ansible return code was 2)",
        "site": None,
        "empty": "no action was run",
    }


def test_scenarios_are_put_into_groups_that_take_about_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_molecule, "SECONDS", {"long": 300, "short": 10})
    names = ["short", "a", "b", "long", "c", "d"]
    assert run_molecule.groups(names, 2) == [["long"], ["a", "b", "c", "d", "short"]]
    assert run_molecule.groups(["a"], 2) == [["a"]]
    assert run_molecule.groups(names, 1) == [sorted(names)]


def test_each_step_of_molecule_counts_for_its_scenario() -> None:
    line = "INFO     [late > verify] Executing"
    assert run_molecule.STEP.search(line)[1] == "late"
    assert run_molecule.STEP.search("INFO     [late > verify] Executed: Successful") is None


def test_a_failing_emulator_is_a_failure_of_molecule(tmp_path: Path) -> None:
    line = "default   : actions=1  successful=0  disabled=0  skipped=0  missing=0  failed=1"
    assert [case.failure for case in run_molecule.cases([line], tmp_path)] == [line]


def test_the_reports_of_ansible_test_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text('<testsuites><testsuite><testcase name="pep8"/></testsuite></testsuites>')
    (tmp_path / "b.xml").write_text(
        '<testsuites><testsuite><testcase name="pylint"><failure>x.py:1</failure></testcase></testsuite></testsuites>'
    )
    assert [(case.name, case.failure) for case in sanity.cases(tmp_path)] == [("pep8", None), ("pylint", "x.py:1")]


@pytest.fixture
def fake_make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A make whose targets leave the report and the exit code that their names tell: TARGET_PASSED_FAILED_STATUS."""
    script = tmp_path / "make"
    script.write_text(
        f"""#!/bin/sh
echo "$1" >> {tmp_path}/ran
IFS=_; set -- $1 $1
if [ "$2" != none ]; then
    {{ printf '<testsuite>'; i=0; while [ $i -lt $2 ]; do printf '<testcase name="p"/>'; i=$((i+1)); done
    i=0; while [ $i -lt $3 ]; do printf '<testcase name="f"><failure/></testcase>'; i=$((i+1)); done
    printf '</testsuite>'; }} > "{tmp_path}/$1_$2_$3_$4.xml"
fi
exit $4
""",
        encoding="utf-8",
    )
    script.chmod(0o755)
    monkeypatch.setenv("MAKE", str(script))
    monkeypatch.setattr(run_suites, "REPORTS", tmp_path)
    monkeypatch.setenv("TEST_JOBS", "1")
    monkeypatch.delenv("KEEP_GOING", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("targets", "status", "last", "ran"),
    [
        (["a_3_0_0", "b_2_0_0"], 0, "5 passed, 0 failed", ["a_3_0_0", "b_2_0_0"]),
        (["a_3_0_0", "b_1_2_1", "c_9_0_0"], 1, "4 passed, 2 failed", ["a_3_0_0", "b_1_2_1"]),
        # It failed, though its report says nothing of it, or there is none.
        (["a_3_0_1"], 1, "3 passed, 1 failed", ["a_3_0_1"]),
        (["a_none_0_1"], 1, "0 passed, 1 failed", ["a_none_0_1"]),
        # It ended well, but tested nothing.
        (["a_none_0_0"], 1, "0 passed, 1 failed", ["a_none_0_0"]),
        (["a_0_0_0"], 1, "0 passed, 1 failed", ["a_0_0_0"]),
    ],
)
def test_the_sum(
    fake_make: Path, capsys: pytest.CaptureFixture[str], targets: list[str], status: int, last: str, ran: list[str]
) -> None:
    assert run_suites.main(targets) == status
    assert capsys.readouterr().out.splitlines()[-1] == last
    assert (fake_make / "ran").read_text().split() == ran


def test_what_failed_is_told_at_the_end(fake_make: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (fake_make / "make").write_text(
        "#!/bin/sh\necho much\n"
        "printf '<testsuite><testcase name=\"t\"><failure>E  why</failure></testcase></testsuite>' "
        f'> "{fake_make}/$1.xml"\n'
        "exit 1\n"
    )
    assert run_suites.main(["unit"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("unit | much\n")
    end = out.partition("=== unit: t failed\n")[2].splitlines()
    assert end[:3] == ["E  why", "", "=== summary"]
    assert end[-1] == "0 passed, 1 failed"


def test_two_suites_run_side_by_side(
    fake_make: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each waits until the other one has begun."""
    monkeypatch.setenv("TEST_JOBS", "2")
    (fake_make / "make").write_text(
        f"""#!/bin/sh
touch "{fake_make}/$1.begun"
while [ $(ls "{fake_make}" | grep -c begun) -lt 2 ]; do sleep 0.05; done
printf '<testsuite><testcase name="t"/></testsuite>' > "{fake_make}/$1.xml"
"""
    )
    assert run_suites.main(["a", "b"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 passed, 0 failed"


def test_all_suites_are_run_if_wanted(
    fake_make: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEP_GOING", "1")
    assert run_suites.main(["a_1_1_1", "b_2_0_0"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "3 passed, 1 failed"


def test_a_report_of_an_earlier_run_does_not_count(fake_make: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (fake_make / "a_none_0_1.xml").write_text('<testsuite><testcase name="old"/></testsuite>')
    assert run_suites.main(["a_none_0_1"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 1 failed"
