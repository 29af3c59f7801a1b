# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The removal of account A's role, or of what is ours in one that others use. Pure, no AWS."""

from __future__ import annotations

from ...common.ownership import PREFIX, registered_consumers
from ...common.policies import foreign_statements, is_dax_policy, same_policy, trusted_principals
from ...common.role_consumers import RoleConsumers
from ...common.shapes import Role
from ..model import Plan
from ..resources import resource
from ..role import write_policy
from .desired import Desired
from .role_calls import write_farewell
from .trust import check_dead_principals


def plan_role_removal(
    plan: Plan, desired: Desired, name: str, role: Role, wish: RoleConsumers, step: str = "role"
) -> None:
    """Plan the removal of a role of ours, or of all that is ours in one that others use.

    :param wish: who loses access. The module looks once more whether another run has let somebody in meanwhile.
    :param step: ``role``, or ``leftovers`` for a role whose successor is there.
    """
    owned = desired.is_owned(role["tags"])
    if not (owned or registered_consumers(role["tags"]) or trusted_principals(role["trust"])):
        return
    if owned and not foreign_statements(role["trust"]):
        _remove(plan, desired, name, role, wish, step)
    else:
        _withdraw(plan, desired, name, role, wish, step)


def own_policies(desired: Desired, role: Role) -> list[str]:
    """Return the names of a role's policies that are ours.

    That is the one of the wanted name and, on a role of ours, all that grant the cluster and nothing else.
    """
    owned = desired.is_owned(role["tags"])
    return [
        name
        for name, document in role["inline_policies"].items()
        if name == desired.options.policy_name or (owned and is_dax_policy(document, desired.cluster_arn))
    ]


def _remove(plan: Plan, desired: Desired, name: str, role: Role, wish: RoleConsumers, step: str) -> None:
    """Plan the removal of a role, unless it holds what others would lose."""
    about, own = resource("role", name=name), own_policies(desired, role)
    unmanaged = [item for item in role["inline_policies"] if item not in own]
    if unmanaged:
        why = f"holds inline policies that would be lost: {', '.join(unmanaged)}; move them first"
        if step == "role":
            plan.conflict("role", about, why)
            return
        plan.add(step, "keep", about, why=why)
        for policy in own:
            plan.add(step, "remove", resource("policy", role=name, name=policy))
            write_policy(plan, name, policy, None, step)
        return
    detached = ", ".join(role["attached_policies"])
    plan.add(step, "remove", about, role["arn"], why=f"detaches {detached}" if detached else "")
    write_farewell(plan, name, wish, list(role["inline_policies"]), delete=True, step=step)


def _withdraw(plan: Plan, desired: Desired, name: str, role: Role, wish: RoleConsumers, step: str) -> None:
    """Plan the removal of our statements, tags and policies from a role that stays."""
    about, own = resource("role", name=name), own_policies(desired, role)
    trust = wish.trust(role["trust"], role["tags"])
    if trust is None:
        plan.warn("role", about, "is not ours and trusts nobody else; its trust policy stays as it is")
        trust = role["trust"]
    planned = len(plan.actions)
    if not same_policy(role["trust"], trust) or any(key.startswith(PREFIX) for key in role["tags"]):
        check_dead_principals(plan, name, role, trust)
        plan.add(step, "change", about.of("trust_policy"), sorted(trusted_principals(role["trust"])), [])
    for policy in own:
        plan.add(step, "remove", resource("policy", role=name, name=policy))
    if len(plan.actions) > planned:
        write_farewell(plan, name, wish, own, step=step)
