# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change of the trust policy of account A's role, which may hold statements of others. Pure, no AWS."""

from __future__ import annotations

from typing import Any

from ...common.policies import dead_principals, dead_statements, same_policy, trusted_principals
from ...common.shapes import Role
from ..model import Plan
from ..resources import resource


def change_trust(
    plan: Plan, name: str, role: Role, trust: dict[str, Any] | None, principals: list[str], step: str = "role"
) -> None:
    """Plan the change of a role's trust policy, if there is any.

    :param trust: the policy as it is desired.
    :param principals: whom our statements name in it, sorted.
    """
    if same_policy(role["trust"], trust):
        return
    check_dead_principals(plan, name, role, trust)
    current = trusted_principals(role["trust"])
    deleted = ", ".join(dead_principals(current))
    why = f"{deleted}: a principal that was deleted, and perhaps made anew" if deleted else ""
    if not why and sorted(current) == principals:
        why = "the same principals, with other actions or conditions"
    plan.add(step, "change", resource("role", name=name).of("trust_policy"), sorted(current), principals, why)


def check_dead_principals(plan: Plan, name: str, role: Role, trust: dict[str, Any] | None) -> None:
    """Refuse to save a policy in which a statement of others names a principal that was deleted: IAM would refuse it.

    One that need not be saved may stay as it is. In our own statements such an id is corrected.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    if same_policy(role["trust"], trust):
        return
    about = resource("role", name=name).of("trust_policy")
    for statement, ids in dead_statements(role["trust"]).items():
        why = (
            f"its statement {statement} names {', '.join(ids)}, which was deleted, and IAM saves no policy that does; "
            "take it out there, or give another dax_account_a_role_name"
        )
        plan.conflict("role", about, why)
