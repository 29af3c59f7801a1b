# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rulebook for Event-Driven Ansible: by the schema of ansible-rulebook, and its conditions in the real engine."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_rulebook.validators import Validate

ROOT = Path(__file__).parents[3]
RULEBOOK = ROOT / "extensions" / "eda" / "rulebooks" / "dax_cross_account.yml"
PATTERN = ROOT / "extensions" / "patterns" / "join_accounts"

PEERING, DRIFT, MENDED, TICKET = (
    "A VPC peering connection was deleted or rejected",
    "A scheduled check found drift",
    "The doctor found a broken link that a run mends",
    "The doctor found a broken link for a person",
)


def load() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(RULEBOOK.read_text(encoding="utf-8"))
    return found


def cloudtrail(event: str, peering: str, **more: Any) -> dict[str, Any]:
    """Return an event of EventBridge for a call that CloudTrail noted."""
    detail = {"eventName": event, "requestParameters": {"vpcPeeringConnectionId": peering}, **more}
    return {"detail-type": "AWS API Call via CloudTrail", "source": "aws.ec2", "detail": detail}


def plan(changes: int) -> dict[str, Any]:
    return {"kind": "dax.cross_account/plan", "account_id": "111111111111", "changes": changes}


def doctor(verdict: str, *kinds: str) -> dict[str, Any]:
    pairs = [{"headline": {"check": "routes.from_nodes", "fix": {"kind": kind}}} for kind in kinds]
    return {"kind": "dax.cross_account/doctor", "verdict": verdict, "counts": {verdict: 1}, "pairs": pairs}


# Events, and the rules that they set off.
EVENTS: list[tuple[dict[str, Any], set[str]]] = [
    (cloudtrail("DeleteVpcPeeringConnection", "pcx-1"), {PEERING}),
    (cloudtrail("RejectVpcPeeringConnection", "pcx-2"), {PEERING}),
    (cloudtrail("DeleteVpcPeeringConnection", "pcx-3", errorCode="Client.UnauthorizedOperation"), set()),
    (cloudtrail("CreateVpcPeeringConnection", "pcx-4"), set()),
    (plan(0), set()),
    (plan(2), {DRIFT}),
    (doctor("ok"), set()),
    (doctor("warning", "run"), set()),
    (doctor("broken", "run"), {MENDED}),
    (doctor("broken", "manual"), {TICKET}),
    (doctor("broken", "run", "command"), {MENDED, TICKET}),
    ({"kind": "something else"}, set()),
]


def test_it_is_valid() -> None:
    Validate.rulebook(load())
    assert [rule["name"] for rule in load()[0]["rules"]] == [PEERING, DRIFT, MENDED, TICKET]


def test_the_templates_that_it_runs_are_those_of_the_pattern() -> None:
    setup = (PATTERN / "setup.yml").read_text(encoding="utf-8")
    names = re.findall(r"^  - name: (DAX / .+)$", setup, re.MULTILINE)
    run = {
        action["run_workflow_template"]["name"]
        for rule in load()[0]["rules"]
        for action in rule["actions"]
        if "run_workflow_template" in action
    }
    assert run == {"DAX / Join accounts"} <= set(names)


@pytest.mark.skipif(shutil.which("java") is None, reason="the engine of ansible-rulebook needs Java")
def test_every_condition_means_what_its_rule_says(tmp_path: Path) -> None:
    (ruleset,) = load()
    payload = [{"payload": {**event, "number": number}} for number, (event, _rules) in enumerate(EVENTS)]
    ruleset["sources"] = [{"eda.builtin.generic": {"payload": payload, "final_payload": {"over": True}}}]
    for rule in ruleset["rules"]:
        del rule["actions"]
        rule["action"] = {"debug": {"msg": f"<{rule['name']}|{{{{ event.payload.number }}}}>"}}
    ruleset["rules"].append(
        {"name": "Over", "condition": "event.over is defined", "action": {"shutdown": {"delay": 2}}}
    )
    path, inventory = tmp_path / "rulebook.yml", tmp_path / "inventory.yml"
    path.write_text(yaml.safe_dump([ruleset]), encoding="utf-8")
    inventory.write_text("all: {hosts: {localhost: {ansible_connection: local}}}\n", encoding="utf-8")
    command = [str(Path(sys.executable).parent / "ansible-rulebook"), "--rulebook", str(path), "-i", str(inventory)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[int, set[str]] = {number: set() for number in range(len(EVENTS))}
    for name, number in re.findall(r"<([^|<>]+)\|(\d+)>", done.stdout):
        found[int(number)].add(name)
    assert [found[number] for number in range(len(EVENTS))] == [rules for _event, rules in EVENTS], done.stdout
