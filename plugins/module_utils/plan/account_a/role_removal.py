# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is left of account A's role when its last consumer loses access. Pure, no AWS."""

from __future__ import annotations

from ...common.ownership import PREFIX, registered_consumers
from ...common.policies import foreign_statements, same_policy, trusted_principals
from ...common.role_consumers import RoleConsumers
from ...common.shapes import Role
from ..model import Plan
from ..resources import resource
from .desired import Desired
from .role_calls import write_farewell
from .trust import check_dead_principals


def plan_role_removal(plan: Plan, desired: Desired, name: str, role: Role, wish: RoleConsumers) -> None:
    """Plan the removal of a role of ours, or of all that is ours in one that others use.

    :param wish: who loses access. The module looks once more whether another run has let somebody in meanwhile.
    """
    owned = desired.is_owned(role["tags"])
    if not (owned or registered_consumers(role["tags"]) or trusted_principals(role["trust"])):
        return
    if owned and not foreign_statements(role["trust"]):
        _remove(plan, desired, name, role, wish)
    else:
        _withdraw(plan, desired, name, role, wish)


def _remove(plan: Plan, desired: Desired, name: str, role: Role, wish: RoleConsumers) -> None:
    """Plan the removal of a role, unless it holds what others would lose."""
    about = resource("role", name=name)
    unmanaged = [item for item in role["inline_policies"] if item != desired.options.policy_name]
    if unmanaged:
        why = f"holds inline policies that would be lost: {', '.join(unmanaged)}; move them first"
        plan.conflict("role", about, why)
        return
    detached = ", ".join(role["attached_policies"])
    plan.add("role", "remove", about, role["arn"], why=f"detaches {detached}" if detached else "")
    write_farewell(plan, name, wish, list(role["inline_policies"]), delete=True)


def _withdraw(plan: Plan, desired: Desired, name: str, role: Role, wish: RoleConsumers) -> None:
    """Plan the removal of our statements, tags and policy from a role that stays."""
    about, policy = resource("role", name=name), desired.options.policy_name
    trust = wish.trust(role["trust"], role["tags"])
    if trust is None:
        plan.warn("role", about, "is not ours and trusts nobody else; its trust policy stays as it is")
        trust = role["trust"]
    planned = len(plan.actions)
    if not same_policy(role["trust"], trust) or any(key.startswith(PREFIX) for key in role["tags"]):
        check_dead_principals(plan, name, role, trust)
        plan.add("role", "change", about.of("trust_policy"), sorted(trusted_principals(role["trust"])), [])
    if policy in role["inline_policies"]:
        plan.add("role", "remove", resource("policy", role=name, name=policy))
    if len(plan.actions) > planned:
        write_farewell(plan, name, wish, [policy])
