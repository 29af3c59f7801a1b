# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans as files: one that a run writes, and one that it is held to before anything is written."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.plugin_utils import plan_files
from ansible_collections.dax.cross_account.tests.unit.plugins.action.side_runs import Answer, Host
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

NAMES = {"a": f"account_a-{build.A}-orders.json", "b": f"account_b-{build.B}-dax-client.json"}


class Writes(Exception):
    """A module that writes was run."""


def account(side: str, **more: Any) -> Answer:
    """Return the answers of the reading module; nothing else may be run."""

    def answer(name: str, _args: dict[str, Any]) -> dict[str, Any]:
        if name != f"dax.cross_account.dax_account_{side}_info":
            raise Writes(name)
        return {"facts": build.facts_a(**more) if side == "a" else build.facts_b(**more)}

    return answer


def run(host: Host, *, check: bool = False, answer: Answer | None = None, **given: Any) -> dict[str, Any]:
    own = {"cluster_name": "orders", "consumers": [build.consumer()]}
    wanted = own if host.side == "a" else {"cluster": build.cluster_document()}
    return host.run(answer or account(host.side), check=check, **{**wanted, **given})


@pytest.fixture(params=["a", "b"])
def host(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: Any) -> Host:
    return Host(request.param, tmp_path, monkeypatch)


@pytest.fixture
def plans(tmp_path: Path) -> Path:
    (tmp_path / "plans").mkdir()
    return tmp_path / "plans"


def test_check_mode_writes_the_plan_for_its_owner_alone(host: Host, plans: Path) -> None:
    os.umask(0)
    found = run(host, check=True, plan_path=str(plans))
    assert not found.get("failed"), found["msg"]
    (path,) = plans.iterdir()
    assert path.name == NAMES[host.side]
    assert path.stat().st_mode & 0o777 == 0o600
    written = json.loads(path.read_text())
    assert written["actions"] == json.loads(json.dumps(found["plan"]["actions"]))
    assert "writes" not in written and "document" not in written
    before = path.read_bytes()
    run(host, check=True, plan_path=str(plans))
    assert path.read_bytes() == before, "the same plan, the same file"


def test_one_variable_says_it_for_both_sides(host: Host, plans: Path) -> None:
    host.facts["dax_plan_path"] = str(plans)
    run(host, check=True)
    assert [path.name for path in plans.iterdir()] == [NAMES[host.side]]


def test_a_plan_of_a_discovery_is_none(host: Host, plans: Path) -> None:
    found = host.run(
        account(host.side),
        "plan",
        plan_path=str(plans),
        plan_file="nowhere.json",
        **({"cluster_name": "orders"} if host.side == "a" else {"cluster": build.cluster_document()}),
    )
    assert not found.get("failed"), found["msg"]
    assert list(plans.iterdir()) == []


def test_a_link_is_not_followed(host: Host, plans: Path, tmp_path: Path) -> None:
    (plans / NAMES[host.side]).symlink_to(tmp_path / "elsewhere")
    found = run(host, check=True, plan_path=str(plans))
    assert "is a symbolic link" in found["msg"]
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("kind", ["missing", "file"])
def test_a_directory_that_is_none_is_told_before_anything_is_read(host: Host, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "there"
    if kind == "file":
        path.write_text("")
    found = run(host, plan_path=str(path))
    assert found["msg"].startswith(f"dax_account_{host.side}_plan_path: there is no directory {path}")
    assert host.calls == []


def approve(host: Host, plans: Path, **given: Any) -> Path:
    run(host, check=True, plan_path=str(plans), **given)
    return plans / NAMES[host.side]


@pytest.mark.parametrize("form", ["file", "directory", "text", "both sides"])
def test_the_approved_plan_is_carried_out(host: Host, plans: Path, form: str) -> None:
    path = approve(host, plans)
    if form == "both sides":
        host.facts["dax_plan_file"] = str(plans)
        given = {}
    else:
        forms = {"file": str(path), "directory": str(plans), "text": json.dumps(json.loads(path.read_text()))}
        given = {"plan_file": forms[form]}
    with pytest.raises(Writes):
        run(host, **given)
    assert not run(host, check=True, **given).get("failed")


def test_another_plan_is_refused_in_one_line_before_anything_is_written(host: Host, plans: Path) -> None:
    path = approve(host, plans)
    changed = {"a": {"role_name": "Another"}, "b": {"role_name": "Another", "instance": False}}[host.side]
    for check in (True, False):
        found = run(host, plan_file=str(plans), check=check, **changed)
        assert found["failed"]
        assert len(found["msg"].splitlines()) == 1
        side = host.side
        assert found["msg"].startswith(f"dax_account_{side}_plan_file: {path} is not the plan that was made now")
        assert f"account {side.upper()} is left as it is: " in found["msg"]
        assert f"dax_account_{side}_role_name was " in found["msg"]
        assert "; and " in found["msg"] and " more. " in found["msg"]
        assert found["plan"]["changes"] > 0


def test_a_plan_that_was_refused_itself_is_not_applied(host: Host, plans: Path) -> None:
    conflict = {"account_id": "999999999999"}
    found = run(host, check=True, plan_path=str(plans), **conflict)
    assert found["failed"]
    (path,) = plans.iterdir()
    assert json.loads(path.read_text())["conflicts"]
    assert run(host, plan_file=str(path))["failed"]


def test_the_approved_plan_is_not_written_over(host: Host, plans: Path) -> None:
    path = approve(host, plans)
    before = path.read_bytes()
    found = run(host, plan_file=str(path), plan_path=str(plans), role_name="Another")
    assert found["msg"].startswith(f"dax_account_{host.side}_plan_path: ")
    assert path.read_bytes() == before


FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is no JSON"),
    "YAML": (b"kind: dax.cross_account/plan\n", "is no JSON"),
    "not UTF-8": (b"\xff\xfe", "is no text in UTF-8"),
    "a list": (b"[]", "holds no plan"),
    "another kind": (b'{"kind": "dax.cross_account/cluster"}', "holds no plan"),
    "a number": (b"7", "holds no plan"),
    "not a number": (b'{"kind": NaN}', "NaN is no number"),
    "twice": (b'{"kind": 1, "kind": 2}', "is there twice"),
    "deep": (b"[" * 100_000, "is no JSON"),
    "wide": (b"[" + b"1," * 500_000 + b"1]", "too many levels or entries"),
    "a terminal's": (b'{"kind": "\\u001b[31m\\n"}', "holds no plan"),
    "a template": (b"{\"kind\": \"{{ lookup('pipe', 'id') }}\"}", "holds no plan"),
    "huge": (b" " * (plan_files.MAX_BYTES + 1), "has more than"),
}


@pytest.mark.parametrize("name", FILES)
def test_what_is_no_plan_is_told_in_one_line(host: Host, plans: Path, name: str) -> None:
    path = plans / "given.json"
    content, says = FILES[name]
    path.write_bytes(content)
    found = run(host, plan_file=str(path))
    assert found["failed"] and found["msg"].isprintable() and len(found["msg"]) < 600
    assert found["msg"].startswith(f"dax_account_{host.side}_plan_file: {path} ")
    assert says in found["msg"]


def test_no_file_a_pipe_and_an_empty_directory(host: Host, plans: Path) -> None:
    os.mkfifo(plans / "pipe")
    for given, says in (
        (plans / "none.json", "is not there"),
        (plans / "pipe", "is no file"),
        (plans, f"{NAMES[host.side]} is not there"),
    ):
        found = run(host, plan_file=str(given))
        assert found["failed"] and says in found["msg"]


def test_a_plan_that_was_carried_out_is_no_mistake(plans: Path, tmp_path: Path, monkeypatch: Any) -> None:
    host = Host("b", tmp_path, monkeypatch)
    approve(host, plans)
    shown: list[str] = []
    monkeypatch.setattr(f"{type(host).__module__.rpartition('.tests')[0]}.plugins.plugin_utils.side.show", shown.extend)

    def built(_name: str, _args: dict[str, Any]) -> dict[str, Any]:
        return {"facts": build.built_b()}

    found = run(host, answer=built, plan_file=str(plans))
    assert not found.get("failed") and not found["changed"]
    assert any("has been carried out already, nothing is left to do" in line for line in shown)
    # With other wishes, that nothing is left to do says nothing of the approved plan.
    assert run(host, answer=built, plan_file=str(plans), ssm_access=True)["failed"]
