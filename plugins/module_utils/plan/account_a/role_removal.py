# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is left of account A's role when its last consumer loses access. Pure, no AWS."""

from __future__ import annotations

from typing import Any

from ...common.ownership import PREFIX, registered_consumers
from ...common.policies import foreign_statements, is_dax_policy, same_policy, trusted_principals
from ...common.shapes import Role
from ..model import Plan
from ..resources import resource
from ..role import current_settings, write_policy, write_role, write_role_removal
from .desired import Desired
from .trust import check_dead_principals


def plan_role_removal(
    plan: Plan, desired: Desired, name: str, role: Role, trust: dict[str, Any] | None, step: str = "role"
) -> None:
    """Plan the removal of a role of ours, or of all that is ours in one that others use.

    :param trust: the trust policy without our statements; None when there are no others.
    :param step: ``role``, or ``leftovers`` for a role whose successor is there.
    """
    owned = desired.is_owned(role["tags"])
    if not (owned or registered_consumers(role["tags"]) or trusted_principals(role["trust"])):
        return
    if owned and not foreign_statements(role["trust"]):
        _remove(plan, desired, name, role, step)
    else:
        _withdraw(plan, desired, name, role, trust, step)


def _own_policies(desired: Desired, role: Role) -> list[str]:
    """Return the names of a role's policies that are ours: of the wanted name, and on a role of ours those that grant
    the cluster and nothing else, whatever they are called."""
    owned = desired.is_owned(role["tags"])
    return [
        name
        for name, document in role["inline_policies"].items()
        if name == desired.options.policy_name or (owned and is_dax_policy(document, desired.cluster_arn))
    ]


def _remove(plan: Plan, desired: Desired, name: str, role: Role, step: str) -> None:
    """Plan the removal of a role, unless it holds what others would lose."""
    about, own = resource("role", name=name), _own_policies(desired, role)
    unmanaged = [item for item in role["inline_policies"] if item not in own]
    if unmanaged:
        why = f"holds inline policies that would be lost: {', '.join(unmanaged)}; move them first"
        if step == "role":
            plan.conflict("role", about, why)
            return
        plan.add(step, "keep", about, why=why)
        _remove_policies(plan, name, own, step)
        return
    detached = ", ".join(role["attached_policies"])
    plan.add(step, "remove", about, role["arn"], why=f"detaches {detached}" if detached else "")
    write_role_removal(plan, name, step)


def _withdraw(plan: Plan, desired: Desired, name: str, role: Role, trust: dict[str, Any] | None, step: str) -> None:
    """Plan the removal of our statements, tags and policies from a role that stays."""
    about = resource("role", name=name)
    tags = {key: value for key, value in role["tags"].items() if not key.startswith(PREFIX)}
    if trust is None:
        plan.warn("role", about, "is not ours and trusts nobody else; its trust policy stays as it is")
        trust = role["trust"]
    if not same_policy(role["trust"], trust) or tags != role["tags"]:
        check_dead_principals(plan, name, role, trust)
        plan.add(step, "change", about.of("trust_policy"), sorted(trusted_principals(role["trust"])), [])
        write_role(plan, role, name, role["path"], trust, tags, current_settings(role), step=step)
    _remove_policies(plan, name, _own_policies(desired, role), "policy" if step == "role" else step)


def _remove_policies(plan: Plan, role_name: str, names: list[str], step: str) -> None:
    for name in names:
        plan.add(step, "remove", resource("policy", role=role_name, name=name))
        write_policy(plan, role_name, name, None, step)
