# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action between what the hosts have read and what is said: pairs, reports as files, check mode, what fails."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task
from ansible.template import Templar
from ansible_collections.dax.cross_account.plugins.action import dax_doctor
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor import healthy

NAMES = ("json_path", "junit_path", "report_path", "svg_path")
HOSTILE = "<script>alert(1)</script>\x1b[31m{{ 7 * 7 }}\u202e"


def owner(made: Any) -> dict[str, Any]:
    """What entry point ``doctor`` of account A's role returns for a pair."""
    facts = {**made.a, "roles": {"DaxCrossAccountRole": made.a["readings"]["role"]}}
    wishes = {"cluster_name": "orders", "role_name": "DaxCrossAccountRole", "access": "read_write"}
    return {
        "facts": facts,
        "problem": "",
        "wishes": wishes,
        "document": made.cluster_document,
        "consumers": [],
        "endpoints": {},
    }


def consumer(made: Any, **facts: Any) -> dict[str, Any]:
    wishes = {"consumer_role_name": "AssumeDaxRole", "cluster_document": made.cluster_document}
    return {"facts": {**made.b, **facts}, "problem": "", "wishes": wishes}


def hosts(break_it: bool = False) -> dict[str, dict[str, Any]]:
    made = healthy.pair()
    if break_it:
        healthy.value(made.b, "route_tables")[0]["routes"].pop()
    return {"owner": {"dax_account_a_doctor": owner(made)}, "payments": {"dax_account_b_doctor": consumer(made)}}


def run(
    monkeypatch: pytest.MonkeyPatch, hostvars: dict[str, Any], check_mode: bool = False, **given: Any
) -> tuple[dict[str, Any], list[str]]:
    """Run the action with the role's defaults; return its result and what it shows."""
    variables = yaml.safe_load((build.ROLES / "dax_doctor" / "defaults" / "main.yml").read_text(encoding="utf-8"))
    variables |= {f"dax_doctor_{name}": str(value) for name, value in given.items()}
    task = Task()
    task.check_mode = check_mode
    loader = DataLoader()
    action = dax_doctor.ActionModule(
        task, MagicMock(), MagicMock(), loader, Templar(loader, variables=variables), MagicMock()
    )
    shown: list[str] = []
    monkeypatch.setattr(dax_doctor, "show", shown.extend)
    found: dict[str, Any] = action.run(task_vars={**variables, "hostvars": hostvars})
    return found, shown


def test_nothing_that_was_read_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for hostvars in ({}, {"owner": {}}, {"owner": {"dax_account_a_doctor": None}}):
        found, shown = run(monkeypatch, hostvars)
        assert found["failed"] and shown == []
        assert found["msg"].startswith("nothing was read: run playbook dax.cross_account.doctor")
        assert "\n" not in found["msg"]


def test_a_healthy_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    found, shown = run(monkeypatch, hosts())
    assert not found.get("failed") and found["changed"] is False
    assert (found["result"]["verdict"], found["result"]["failed"], found["result"]["message"]) == ("ok", False, "")
    assert shown[0] == "222222222222/dax-client -> orders"
    assert max(map(len, shown)) <= 100


@pytest.mark.parametrize(("fail_on", "failed"), [("broken", True), ("warning", True), ("never", False)])
def test_a_broken_link_fails_the_run_as_is_asked_for(
    fail_on: str, failed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, _shown = run(monkeypatch, hosts(break_it=True), fail_on=fail_on)
    assert not found.get("failed"), "the role fails after the result was returned"
    assert (found["result"]["verdict"], found["result"]["failed"]) == ("broken", failed)
    assert found["result"]["message"].startswith("BROKEN at 8 Routes both ways") is failed


def test_a_warning_fails_the_run_only_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    hostvars = hosts()
    hostvars["owner"]["dax_account_a_doctor"]["facts"]["readings"]["cluster"]["value"]["parameter_group"].update(
        parameter_apply_status="pending-reboot", node_ids_to_reboot=["orders-a"]
    )
    for fail_on, failed in (("broken", False), ("warning", True), ("never", False)):
        result = run(monkeypatch, hostvars, fail_on=fail_on)[0]["result"]
        assert (result["verdict"], result["failed"]) == ("warning", failed)


def test_several_hosts_are_judged_each_with_the_one_reading_of_account_a(monkeypatch: pytest.MonkeyPatch) -> None:
    hostvars = hosts()
    broken = hosts(break_it=True)["payments"]["dax_account_b_doctor"]
    broken["facts"] = {**broken["facts"], "name": "shipping"}
    hostvars["shipping"] = {"dax_account_b_doctor": broken}
    found, shown = run(monkeypatch, hostvars)
    verdicts = {item["consumer"]: item["verdict"] for item in found["result"]["diagnoses"]}
    assert set(verdicts) == {"222222222222/dax-client", "222222222222/shipping"}
    assert verdicts["222222222222/shipping"] == "broken"
    assert shown[0].startswith("2 pairs: ")


def test_a_side_that_could_not_be_read_is_unknown_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    hostvars = hosts()
    hostvars["owner"]["dax_account_a_doctor"] |= {"facts": None, "problem": "the token is expired", "document": None}
    found, shown = run(monkeypatch, hostvars)
    assert found["result"]["verdict"] == "unknown"
    assert any("the token is expired" in line for line in shown)


def test_the_reports_are_for_their_owner_alone_and_rewritten_only_when_they_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = {name: tmp_path / name for name in NAMES}
    assert run(monkeypatch, hosts(), **paths)[0]["changed"] is True
    first = {name: (path.stat().st_ino, path.stat().st_mode & 0o777) for name, path in paths.items()}
    assert {mode for _inode, mode in first.values()} == {0o600}
    assert run(monkeypatch, hosts(), **paths)[0]["changed"] is False
    assert {key: path.stat().st_ino for key, path in paths.items()} == {key: ino for key, (ino, _text) in first.items()}
    assert run(monkeypatch, hosts(break_it=True), **paths)[0]["changed"] is True
    assert json.loads(paths["json_path"].read_text())["verdict"] == "broken"
    # One that somebody opened to others is closed again.
    paths["svg_path"].chmod(0o644)
    assert run(monkeypatch, hosts(break_it=True), **paths)[0]["changed"] is True
    assert paths["svg_path"].stat().st_mode & 0o777 == 0o600


def test_check_mode_writes_no_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, shown = run(monkeypatch, hosts(break_it=True), check_mode=True, report_path=tmp_path / "report.html")
    assert found["changed"] is False and found["result"]["failed"] and shown
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_path_that_cannot_be_written_is_refused_before_anything_is_shown(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for wrong in (tmp_path, tmp_path / "nowhere" / "report"):
        found, shown = run(monkeypatch, hosts(), **{name: wrong})
        assert found["failed"] and shown == []
        assert found["msg"].startswith(f"dax_doctor_{name}: ")


def test_wrong_variables_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _shown = run(monkeypatch, hosts(), fail_on="often", instance_id="x", reprot_path="y")
    assert found["failed"]
    assert {line.split(" ")[0].rstrip(":") for line in found["msg"].splitlines()} == {
        "dax_doctor_fail_on",
        "dax_doctor_instance_id",
        "dax_doctor_reprot_path",
    }


def test_names_of_others_stay_text_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hostvars = copy.deepcopy(hosts(break_it=True))
    hostvars["payments"]["dax_account_b_doctor"]["facts"]["name"] = HOSTILE
    hostvars["owner"]["dax_account_a_doctor"]["facts"]["readings"]["cluster"]["value"]["cluster_name"] = HOSTILE
    paths = {name: tmp_path / name for name in NAMES}
    found, _shown = run(monkeypatch, hostvars, **paths)
    assert found["result"]["diagnoses"] and not found.get("failed")
    for path in paths.values():
        text = path.read_text(encoding="utf-8")
        assert "\x1b" not in text and "\u202e" not in text
        assert "{{ 7 * 7 }}" in text
        if path.name != "json_path":
            assert not re.search(r"<script>alert", text)
