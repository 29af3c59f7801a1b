# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tags of IAM's resources, whose keys IAM does not tell apart by case, as EC2 does. Pure, no AWS."""

from __future__ import annotations

from ..common.shapes import Tags
from .model import Plan
from .resources import Resource


def check_tag_case(plan: Plan, step: str, about: Resource, current: Tags, desired: Tags, variable: str) -> None:
    """Refuse keys that differ from one that is there in case only: IAM would replace it, or refuse both together.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#case-sensitivity

    :param variable: where the user's own tags come from.
    """
    there = {key.casefold(): key for key in current}
    for key in desired:
        other = there.get(key.casefold(), key)
        if other != key and key not in current:
            why = f"carries the tag {other}, and IAM takes {key} for the same; write it {other} ({variable})"
            plan.conflict(step, about, why)
