# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many consumers account A's role takes: IAM's limits of a role's tags and of its trust policy. Pure, no AWS.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from ...common.ownership import MOST_TAGS, TAG_REGISTER
from ...common.policies import policy_size
from ...common.quotas import QUOTAS
from ...common.role_consumers import RoleConsumers
from ...common.shapes import Role, Tags
from ..model import Plan
from ..resources import resource
from .desired import Desired

_TRUST = QUOTAS["trust_policy"]
_CURE = "give each consumer a role of its own (dax_account_a_role_per_consumer)"


def check_role_quotas(
    plan: Plan, desired: Desired, name: str, role: Role | None, wish: RoleConsumers, tags: Tags
) -> None:
    """Refuse a role that IAM would not take, and say how many consumers it would.

    :param tags: its tags as they are desired.
    """
    about, quota = resource("role", name=name), desired.options.trust_policy_quota
    total = sum(key.startswith(TAG_REGISTER) for key in tags)
    size = _size(wish, role, len(wish.adding))
    if size > quota:
        fits = [number for number in range(len(wish.adding)) if _size(wish, role, number) <= quota]
        room = _room(total, total - len(wish.adding) + fits[-1]) if fits else ""
        named = f"{_TRUST.code}, dax_account_a_trust_policy_quota"
        why = f"would have {size} characters, the quota is {quota} ({named}){room}"
        plan.conflict("role", about.of("trust_policy"), f"{why}; {_CURE}")
    if len(tags) > MOST_TAGS:
        room = _room(total, max(total - (len(tags) - MOST_TAGS), 0))
        why = f"would have {len(tags)} tags, one for each consumer among them, and IAM takes {MOST_TAGS}{room}"
        plan.conflict("role", about, f"{why}; {_CURE}")


def _room(total: int, room: int) -> str:
    return f", which is room for {room} of its {total} consumers"


def _size(wish: RoleConsumers, role: Role | None, number: int) -> int:
    """Return the size of the trust policy with the first of those to be let in."""
    fewer = replace(wish, adding=dict(islice(sorted(wish.adding.items()), number)))
    trust = fewer.trust(*((role["trust"], role["tags"]) if role else ({}, {})))
    return policy_size(trust) if trust else 0
