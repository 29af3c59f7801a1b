# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our rules that no consumer needs any more, and those that one hands over to another. Pure, no AWS."""

from __future__ import annotations

from typing import Any

from ...common.compare import differing, rule_key
from ...common.ownership import ownership_tags, rule_description
from ...common.shapes import FactsA, Rule, SecurityGroup
from ..model import Plan
from ..resources import Resource, resource
from .consumers import Consumers
from .desired import Desired
from .rules import Needed, correct_rule, rule_option, source_of, write_rules
from .sharing import Ownership, Standing, hand_over, rule_groups, rule_users, standing
from .verification import account_of


def plan_rule_removal(
    plan: Plan,
    facts: FactsA,
    desired: Desired,
    consumers: Consumers,
    needed: Needed,
    ownership: Ownership,
) -> None:
    """Plan the removal of our rules that no consumer needs, and hand over those that others use; a call a group."""
    for group in rule_groups(facts):
        _plan_group(plan, facts, desired, consumers, needed, group, ownership)


def _plan_group(
    plan: Plan,
    facts: FactsA,
    desired: Desired,
    consumers: Consumers,
    needed: Needed,
    group: SecurityGroup,
    ownership: Ownership,
) -> None:
    group_id, removing, changing = group["group_id"], [], []
    elsewhere = facts["vpc"] is not None and group not in facts["security_groups"]
    step = "leftovers" if elsewhere and desired.options.state == "present" else "rules"
    for rule in group["rules"]:
        about = resource("rule", group_id=group_id, rule_id=rule["rule_id"])
        known = rule_users(desired, rule)
        # A document may name the group of another account: that makes it no user of a rule for it.
        users = [
            key
            for key in needed.get((group_id, rule_key(rule)), [])
            if known and account_of(desired.user(key)) == account_of(known[0])
        ]

        def leaves(key: str, users: list[str] = users) -> bool:
            # Of a consumer whose group is not known yet, no rule can be called stale.
            present = consumers.present.get(key)
            stale = present and present["security_group_id"] is not None and key not in users
            return bool(stale) or key in consumers.revoked

        stand = standing(desired, [*known, *map(desired.user, users)], leaves)
        if stand.is_over:
            plan.add(step, "remove", about, before=source_of(rule))
            removing.append(rule_option(rule, tags=False))
        elif stand.leaving:
            plan.add(step, "keep", about, why=stand.used_by)
            changing += _hand_over(plan, step, ownership, about, rule, stand)
        elif elsewhere and stand.staying:
            plan.add(step, "keep", about, why=f"{stand.used_by}, not in this run")
        elif rule["egress"] and desired.is_owned(rule["tags"], rule["rule_id"]):
            why = "outbound, and this collection makes none; delete it by hand if nobody needs it"
            plan.add(step, "keep", about, why=why)
    if changing:
        write_rules(plan, step, group_id, changing, {"update_description": True})
    if removing:
        write_rules(plan, step, group_id, removing, {"state": "absent"})


def _hand_over(
    plan: Plan, step: str, ownership: Ownership, about: Resource, rule: Rule, stand: Standing
) -> list[dict[str, Any]]:
    """Plan how some users leave a rule that others go on using; return it as the module has to write it, if at all.

    What names its maker, its description and ownership tags, is written at once.
    """
    heir = stand.staying[0]
    made_for = ownership_tags(heir.cluster_arn, heir.consumer)
    change = hand_over(rule["tags"], stand.leaving, stand.staying)
    ownership.change(
        about, str(rule["rule_id"]), {**rule["tags"], **made_for}, change.setting, [*change.removing, *heir.mark]
    )
    named = rule_description(heir.cluster_arn.rpartition("/")[2], heir.consumer)
    handed: Rule = {**rule, "description": named, "tags": made_for}
    if named == rule["description"] and not differing(rule["tags"], made_for):
        return []
    correct_rule(plan, step, about, rule, handed)
    return [rule_option(handed, tags=True)]
