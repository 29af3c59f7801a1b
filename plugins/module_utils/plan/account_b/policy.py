# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inline policy of the consumer's role, and what earlier runs wrote under other names. Pure, no AWS.

On a role of ours, every policy that only lets it assume roles of the cluster's account is ours. On an adopted one, the
``Sid`` tells whose it is; one without a ``Sid`` of this collection is ours when it grants exactly what ours does.
"""

from __future__ import annotations

import re
from typing import Any

from ...common.ownership import SID_PREFIX
from ...common.policies import only_assumes, same_policy, sids, without_sids
from ...common.shapes import Role
from ..model import Plan
from ..resources import resource
from ..role import write_policy
from .desired import Desired

_SID = re.compile(rf"{SID_PREFIX}[0-9a-f]{{12}}")


def plan_policy(plan: Plan, role: Role | None, desired: Desired) -> None:
    """Plan the policy, and the removal of ours under other names."""
    options, policy = desired.options, desired.policy
    if policy is None:
        return
    current = role["inline_policies"].get(options.policy_name) if role else None
    about = resource("policy", role=options.role_name, name=options.policy_name)
    if role and current and not desired.is_own_role(role) and not _is_ours(current, desired):
        why = "grants something else, perhaps for another cluster or consumer; give this one a name of its own "
        plan.conflict("policy", about, f"{why}(dax_account_b_policy_name), or remove that policy")
        return
    if not current:
        plan.add("policy", "create", about, after=f"assume {desired.assumed_role_arn}")
    elif not _same_grant(current, policy):
        plan.add("policy", "change", about, current["Statement"], policy["Statement"])
    elif role and not desired.is_own_role(role) and desired.user.sid not in sids(current):
        plan.add("policy", "change", about.of("marks"), sorted(sids(current)), [desired.user.sid])
    if "policy" in plan.steps():
        write_policy(plan, options.role_name, options.policy_name, policy)
    for name in _renamed(role, desired) if role else []:
        why = f"it is {options.policy_name} now, dax_account_b_policy_name"
        plan.add("leftovers", "remove", resource("policy", role=options.role_name, name=name), why=why)
        write_policy(plan, options.role_name, name, None, "leftovers")


def plan_policy_removal(plan: Plan, role: Role, desired: Desired) -> None:
    """Plan the removal of our policies from an adopted role."""
    current = role["inline_policies"].get(desired.options.policy_name)
    names = [*([desired.options.policy_name] if current else []), *_renamed(role, desired)]
    account = desired.cluster["account_id"]
    for name in names:
        document = role["inline_policies"][name]
        if not _is_ours(document, desired) or not only_assumes(document, account):  # somebody put more into it
            continue
        plan.add("policy", "remove", resource("policy", role=role["role_name"], name=name))
        write_policy(plan, role["role_name"], name, None)


def foreign_policies(role: Role, desired: Desired) -> list[str]:
    """Return the names of a role's inline policies that are not ours: with the role, they would be lost."""
    names = [] if role["role_name"] != desired.options.role_name else [desired.options.policy_name]
    ours = {*names, *(name for name, document in role["inline_policies"].items() if _is_old(document, desired))}
    return [name for name in role["inline_policies"] if name not in ours]


def _renamed(role: Role, desired: Desired) -> list[str]:
    """Return the names of the policies that an earlier run wrote under another dax_account_b_policy_name."""
    is_old = _is_old if desired.is_own_role(role) else _is_ours
    others = {name: item for name, item in role["inline_policies"].items() if name != desired.options.policy_name}
    return [name for name, document in others.items() if is_old(document, desired)]


def _is_old(document: dict[str, Any], desired: Desired) -> bool:
    """Tell whether a policy on a role of ours may be ours: its assumed role may have been renamed as well."""
    return only_assumes(document, desired.cluster["account_id"])


def _is_ours(document: dict[str, Any], desired: Desired) -> bool:
    """Tell whether we wrote a policy on an adopted role, where another cluster's or consumer's may be beside it."""
    marks = set(filter(_SID.fullmatch, sids(document)))
    return marks == {desired.user.sid} if marks else _same_grant(document, desired.policy)


def _same_grant(document: dict[str, Any], policy: dict[str, Any] | None) -> bool:
    return policy is not None and same_policy(without_sids(document), without_sids(policy))
