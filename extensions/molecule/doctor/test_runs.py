# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What this collection made, the run that the doctor prints makes whole again: many faults at once by one run."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from scenario.doctor.faults import FAULTS
from scenario.doctor.reading import broken, worse
from scenario.doctor.world import World

# Faults that can be there at the same time.
TOGETHER = {
    "gone": ["role deleted", "no role in A", "route of B gone", "rule gone", "no name servers", "no default route"],
    "changed": [
        *("profile made anew", "wrong role", "trusts another role", "no dax policy", "pending"),
        *("route of A gone in the main table", "instance out of its group"),
    ],
    # The last one leaves a trust policy that IAM would not save again.
    "in the way": ["external id", "route of A elsewhere", "route of B elsewhere", "role made anew"],
    # The last one leaves no subnet of the cluster on the main table.
    "bent": [
        *("no profile", "profile with another role", "role for another service", "asks for MFA", "trust asks for MFA"),
        *("rights on a condition", "route of B to a dead connection", "rule on another port", "a table of its own"),
    ],
}
# Healed in no group: the same statement of the same trust policy is written anew by each run.
ALIKE = {
    "trust.session_name": "as trust.external_id",
    "assume.session_tags": "as assume.permission, with a variable of both sides",
    "trust.session_tags": "the same",
}


def test_every_check_that_a_run_heals_is_healed_by_one() -> None:
    healed = {FAULTS[name].check for names in TOGETHER.values() for name in names}
    assert {fault.check for fault in FAULTS.values() if fault.heals == "run"} == healed | ALIKE.keys()


@pytest.mark.parametrize("group", TOGETHER)
def test_a_run_heals(world: World, group: str) -> None:
    assert worse(world.examine()) == []
    with ExitStack() as faults:
        for name in TOGETHER[group]:
            faults.enter_context(FAULTS[name].happen(world))
        faults.pop_all()  # nothing is taken back by hand
    said = world.examine()
    checks = {FAULTS[name].check for name in TOGETHER[group]}
    assert said["headline"] is not None and said["headline"]["check"] in checks
    wrong = [item["fix"] for item in said["findings"] if item["verdict"] == "broken"]
    assert {fix["kind"] for fix in wrong} <= {"run", "variable"}
    # The longest one has the variables that others need too.
    (program, playbook) = {tuple(command[:2]) for fix in wrong for command in fix["commands"]}.pop()
    more = dict.fromkeys(word for fix in wrong for command in fix["commands"] for word in command[2:] if word != "-e")
    run = world.run([program, playbook, *(word for variable in more for word in ("-e", variable))])
    assert run.rc == 0, run.failures or run.text[-3000:]
    assert worse(world.examine()) == []
    assert world.item()["amount"] == {"N": "1"}


def test_a_run_makes_a_connection_that_was_deleted_anew(world: World) -> None:
    world.b.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=world.pair.peering)
    said = world.examine()
    assert broken(said) == ["peering.exists"]
    assert said["headline"] is not None
    (command,) = said["headline"]["fix"]["commands"]
    run = world.run(command)
    assert run.rc == 0, run.failures or run.text[-3000:]
    assert worse(world.examine()) == []
