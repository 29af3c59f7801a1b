# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles and policies of earlier runs under names that are no longer wanted, and names that IAM would refuse. Pure.

Whoever could assume an old role could still do what it grants. It goes when the new one is there, unless it serves
consumers that are not part of this run: it stays for exactly those.
"""

from __future__ import annotations

from ...common.ownership import TAG_REGISTER, registered_consumers
from ...common.policies import is_dax_policy
from ...common.roles import serves
from ...common.shapes import FactsA, Role
from ..model import Plan
from ..resources import resource
from ..role import check_path, write_policy
from .consumers import Consumers
from .desired import Desired
from .role_calls import consumers_of_role, write_farewell
from .role_removal import own_policies, plan_role_removal
from .trust import change_trust


def check_roles(plan: Plan, facts: FactsA, desired: Desired) -> None:
    """Refuse names and paths that IAM would refuse, or would not change."""
    options = desired.options
    for name in facts["role_names_alike"]:
        why = f"differs from dax_account_a_role_name, {options.role_name}, in case only, which IAM takes for the same; "
        plan.conflict("role", resource("role", name=name), f"{why}give it another name")
    for role in wanted_roles(facts, desired):
        if desired.is_owned(role["tags"]):
            about = resource("role", name=role["role_name"])
            check_path(plan, about, role["path"], options.role_path, "dax_account_a_role_path")


def wanted_roles(facts: FactsA, desired: Desired) -> list[Role]:
    """Return the roles that are there under the names that they have to have now."""
    if desired.options.role_per_consumer:
        return list(facts["consumer_roles"].values())
    return [facts["role"]] if facts["role"] else []


def plan_old_roles(plan: Plan, facts: FactsA, desired: Desired, consumers: Consumers) -> None:
    """Plan what becomes of the roles of ours whose names are not wanted any more."""
    shared, old = facts["role"], list(facts["other_roles"])
    if desired.options.role_per_consumer and shared and serves(shared, desired.cluster_arn):
        old.append(shared)
    for role in old:
        _plan_old_role(plan, desired, consumers, role)


def plan_old_policies(plan: Plan, facts: FactsA, desired: Desired) -> None:
    """Plan the removal of our policies under old names, from the roles that stay: they may grant more than is wanted.

    What is ours is told by what it grants: actions of DAX on the cluster, and nothing else.
    """
    step = "leftovers" if desired.options.state == "present" else "policy"
    removed = {action.resource for action in plan.of_kind("remove")}
    for role in wanted_roles(facts, desired):
        about = resource("role", name=role["role_name"])
        names = old_policies(desired, role)
        if about in removed:
            continue
        for name in names if desired.is_owned(role["tags"]) else []:
            policy = resource("policy", role=role["role_name"], name=name)
            if policy not in removed:
                why = f"it is {desired.options.policy_name} now, dax_account_a_policy_name"
                plan.add(step, "remove", policy, why=why)
                write_policy(plan, role["role_name"], name, None, step)
        for name in [] if desired.is_owned(role["tags"]) else names:
            why = "grants the cluster too, and the role is the user's own; delete it by hand if nobody needs it"
            plan.add(step, "keep", resource("policy", role=role["role_name"], name=name), why=why)


def old_policies(desired: Desired, role: Role) -> list[str]:
    """Return the names of the policies that grant nothing but the cluster, under other names than the wanted one."""
    return [
        name
        for name, document in role["inline_policies"].items()
        if name != desired.options.policy_name and is_dax_policy(document, desired.cluster_arn)
    ]


def _plan_old_role(plan: Plan, desired: Desired, consumers: Consumers, role: Role) -> None:
    """Plan the removal of a role, or of all from it but the consumers that are not part of this run."""
    name, registered = role["role_name"], registered_consumers(role["tags"])
    step = "leftovers" if desired.options.state == "present" else "role"
    staying = [key for key in registered if key in consumers.retained]
    leaving = [key for key in registered if key not in staying]
    wish = consumers_of_role(desired, Consumers(retained=staying, revoked=leaving), role)
    if not staying:
        plan_role_removal(plan, desired, name, role, wish, step)
        return
    about = resource("role", name=name)
    plan.add(step, "keep", about, why=f"used by consumer {', '.join(staying)}, not in this run")
    trust = wish.trust(role["trust"], role["tags"])
    if trust is None:
        return
    planned = len(plan.actions)
    change_trust(plan, name, role, trust, sorted(wish.principals(role["trust"], role["tags"])), step)
    if leaving:
        gone = {f"{TAG_REGISTER}{key}": registered[key] for key in leaving}
        plan.add(step, "change", about.of("tags"), gone, dict.fromkeys(gone))
    if len(plan.actions) > planned:
        # Another run may take away the others meanwhile, and then this one takes away the last.
        write_farewell(plan, name, wish, own_policies(desired, role), delete=True, step=step)
