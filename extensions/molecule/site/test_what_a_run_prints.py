# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person sees who has set nothing: the plan, the waits, the summary and the difference, as text, on few lines.

One consumer from its first run to its teardown, in accounts of its own; the tests go in this order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from scenario.accounts import Account, new_account
from scenario.owner import CLUSTER, make_owner
from scenario.playbook import ROOT, SITE, TEARDOWN, Run, converge, write_inventory

# As many lines as a person reads, warnings and Ansible's own included.
FIRST, CONVERGED, TORN_DOWN = 160, 60, 100

HEAD = re.compile(r"^account [AB]: \d+ to create, ", re.MULTILINE)
ID = re.compile(r"\b(vpc|subnet|rtb|sg|pcx|igw|i)-[0-9a-f]{8,}")
MULTI = re.MULTILINE | re.DOTALL
README = (ROOT / "README.md").read_text(encoding="utf-8")
SUMMARY = re.compile(r"TASK \[Show the summary\] \*+\n(.*?)\n\nPLAY RECAP", re.DOTALL)


@dataclass(frozen=True)
class Join:
    """Two accounts with the README's inventory, and what their first run printed."""

    a: Account
    b: Account
    inventory: Path
    first: Run

    def run(self, playbook: Path, *arguments: str) -> Run:
        return converge(playbook, self.a, self.b, *arguments, inventory=self.inventory, callback="")

    def mask(self, line: str) -> str:
        """Return a line without what differs from run to run: accounts, ids, and the cluster's port."""
        for account in (self.a.id, "1" * 12):
            line = line.replace(account, "ACCOUNT_A")
        for account in (self.b.id, "2" * 12):
            line = line.replace(account, "ACCOUNT_B")
        return re.sub(r"\bTCP \d+\b", "TCP", ID.sub(r"\1", line))


@pytest.fixture(scope="module")
def join(tmp_path_factory: pytest.TempPathFactory) -> Join:
    a, b = new_account(), new_account()
    make_owner(a)
    owner = {"dax_account_a_cluster_name": CLUSTER, "dax_account_a_connection": a.connection()}
    consumer = {"dax_account_b_name": "payments", "dax_account_b_connection": b.connection()}
    path = tmp_path_factory.mktemp("inventory") / "hosts.json"
    inventory = write_inventory(path, {"owner": owner}, {"payments": consumer})
    return Join(a, b, inventory, converge(SITE, a, b, inventory=inventory, callback=""))


def count(run: Run) -> int:
    return len(run.text.splitlines())


def plan(text: str, head: str) -> list[str]:
    """Return the lines of a plan that begins so, in a run's output or in a page: the head and what is set in below."""
    lines = text.splitlines()
    (start,) = [index for index, line in enumerate(lines) if line.startswith(head)]
    found = [lines[start]]
    for line in lines[start + 1 :]:
        if not line.startswith("  "):
            break
        found.append(line)
    return found


def summaries(run: Run) -> dict[str, list[str]]:
    """Return what stands last, before the recap: the summary of each side, nothing else."""
    (text,) = SUMMARY.findall(run.text)
    told: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("account "):
            told[line[: len("account A")]] = [line]
        elif line.startswith("  "):
            list(told.values())[-1].append(line)
        else:
            assert re.fullmatch(r"ok: \[\w+\]", line), line
    assert sorted(told) == ["account A", "account B"]
    return told


def test_the_first_run_is_short_and_its_plan_is_text(join: Join) -> None:
    assert count(join.first) <= FIRST
    assert len(HEAD.findall(join.first.text)) == 2
    assert len(plan(join.first.text, "account B: 11 to create, 0 to change, 0 to remove")) == 12
    assert len(plan(join.first.text, "account A: 7 to create, 0 to change, 0 to remove")) == 8
    assert "\\n" not in join.first.text, "a result is shown as JSON"
    assert '"' not in join.first.text, "a result is shown as JSON"


@pytest.mark.parametrize("side", ["account B", "account A"])
def test_the_plan_in_the_readme_is_the_one_of_the_first_run(join: Join, side: str) -> None:
    (sample,) = re.findall(rf"^```text\n({side}: \d+ to create.*?)^```", README, MULTI)
    head = sample.splitlines()[0]
    assert [join.mask(line) for line in plan(sample, head)] == [join.mask(line) for line in plan(join.first.text, head)]


def test_while_it_waits_it_says_for_what_and_how_long_at_most(join: Join) -> None:
    told = [join.mask(line) for line in join.first.text.splitlines() if " waits for " in line]
    assert told == [
        "account B: waits for peering connection to vpc of account ACCOUNT_A to be pending or active, "
        "at most 600 seconds",
        "account B: waits for instance payments to run, at most 600 seconds",
        "account A: waits for peering connection pcx to become active, at most 600 seconds",
    ]


def test_the_summary_of_both_sides_is_last(join: Join) -> None:
    told = summaries(join.first)
    assert told["account A"][0] == "account A: complete (7 created, 0 changed, 0 removed)"
    assert told["account B"][0] == "account B: complete (11 created, 0 changed, 0 removed)"
    for lines in told.values():
        assert [line.split(":")[0].strip() for line in lines[1:3]] == ["endpoint", "role to assume"]
        assert lines[-1].startswith("  next: ")


def test_a_converged_run_is_shorter(join: Join) -> None:
    run = join.run(SITE)
    assert count(run) <= CONVERGED
    for side in ("account A", "account B"):
        assert run.text.count(f"{side}: nothing to change\n") == 1
        assert summaries(run)[side][0] == f"{side}: complete (nothing to change)"
    assert run.write_attempts() == []


def difference(run: Run, what: str) -> list[str]:
    """Return the lines that --diff shows of one resource."""
    found = re.search(rf"^--- before: {re.escape(what)}\n\+\+\+ after: {re.escape(what)}\n(.*?)\n\n", run.text, MULTI)
    assert found, run.text
    return [line for line in found[1].splitlines() if line[0] in "-+"]


def test_diff_shows_what_was_and_what_comes_of_it(join: Join) -> None:
    role = {"RoleName": "DaxCrossAccountRole"}
    join.a.iam.update_role(**role, MaxSessionDuration=7200)
    checked = join.run(SITE, "--check", "--diff")
    assert join.a.iam.get_role(**role)["Role"]["MaxSessionDuration"] == 7200
    done = join.run(SITE, "--diff")
    assert join.a.iam.get_role(**role)["Role"]["MaxSessionDuration"] == 3600
    for run in (checked, done):
        shown = difference(run, "role DaxCrossAccountRole")
        assert [line[0] for line in shown] == ["-", "+"]
        assert "7200" in shown[0]
        assert "3600" in shown[1]
        assert run.text.count("--- before") == 1
    assert summaries(checked)["account A"][0].startswith("account A: checked, nothing was written")


def test_a_teardown_is_short(join: Join) -> None:
    run = join.run(TEARDOWN)
    assert count(run) <= TORN_DOWN
    told = summaries(run)
    assert re.fullmatch(r"account A: complete \(0 created, 0 changed, \d+ removed\)", told["account A"][0])
    assert re.fullmatch(r"account B: complete \(0 created, 0 changed, \d+ removed\)", told["account B"][0])
