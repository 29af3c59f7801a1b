# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each fault in AWS is the headline of what the doctor says, nothing that is well is broken, and its fix heals.

What a run heals is taken back by the test here, and healed by runs in ``test_runs.py``.
"""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.model import CHECKS
from scenario.doctor.fault import Fault
from scenario.doctor.faults import FAULTS, INFORMATION, NOT_HERE
from scenario.doctor.reading import broken, worse
from scenario.doctor.world import World, show_as_aws

# A link of the network has at most four subnets, tables or ACLs, and a role may lack two things at once.
COMMANDS = 4


def test_every_check_has_a_fault_or_a_reason() -> None:
    assert {fault.check for fault in FAULTS.values()} | NOT_HERE.keys() | set(INFORMATION) == set(CHECKS)
    assert not {fault.check for fault in FAULTS.values()} & NOT_HERE.keys()
    assert all(fault.why for fault in FAULTS.values() if fault.heals == "none")


def test_a_healthy_pair_has_no_finding(world: World) -> None:
    assert worse(world.examine()) == []
    assert world.item()["amount"] == {"N": "1"}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault(world: World, name: str) -> None:
    fault = FAULTS[name]
    change = fault.happen(world)
    change.__enter__()
    try:
        finding = _judged(world, fault)
        if fault.refusal:
            assert fault.refusal in world.refusal()
        if fault.heals == "command":
            _heal(world, fault, finding)
            assert [item[:2] for item in worse(world.examine(fault.variables))] == [
                ("warning", check) for check in fault.leaves
            ]
            if fault.refusal:
                world.item()
    finally:
        change.__exit__(None, None, None)


def _judged(world: World, fault: Fault) -> dict[str, Any]:
    """Examine the pair and return the finding of the fault: no other thing may be broken but what follows from it."""
    said = world.examine(fault.variables)
    if fault.verdict == "broken":
        assert set(broken(said)) == {fault.check, *fault.follows}, worse(said)
        finding = said["headline"]
    else:
        assert {item[:2] for item in worse(said)} == {(fault.verdict, fault.check)}
        finding = next(item for item in said["findings"] if item["verdict"] == fault.verdict)
    assert finding is not None
    assert (finding["check"], (finding["fix"] or {}).get("kind")) == (fault.check, fault.fix), worse(said)
    assert fault.says in finding["found"]
    return finding


def _heal(world: World, fault: Fault, finding: dict[str, Any] | None) -> None:
    """Follow the fix of the headline, and of what is the headline then."""
    for _again in range(COMMANDS):
        if finding is None:
            return
        world.follow(finding["fix"])
        if finding["check"].startswith(("cluster.", "limits.maintenance")):
            show_as_aws(world.owner)  # the emulator serves a cluster anew after each change
        finding = world.examine(fault.variables)["headline"]
    assert finding is None, finding
