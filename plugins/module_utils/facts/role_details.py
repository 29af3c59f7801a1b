# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles with the documents of all their policies, as the evaluation of what they may do needs them. Reads only."""

from __future__ import annotations

from typing import Any

from ..common.doctor import NamedPolicy, RoleDetails
from .iam import read_role


def read_role_details(client: Any, name: str) -> RoleDetails | None:
    """Return a role with its inline and its managed policies and its boundary; None if there is none."""
    role = read_role(client, name)
    if role is None:
        return None
    inline: list[NamedPolicy] = [
        {"name": policy, "arn": None, "document": document} for policy, document in role["inline_policies"].items()
    ]
    managed = [_managed_policy(client, arn) for arn in role["attached_policies"]]
    arn = role["permissions_boundary"]
    return {**role, "policies": inline + managed, "boundary": _managed_policy(client, arn) if arn else None}


def role_name_of(arn: str) -> str:
    """Return the name of a role or an instance profile, which ends its ARN whatever its path."""
    return arn.rpartition("/")[2]


def _managed_policy(client: Any, arn: str) -> NamedPolicy:
    policy = client.get_policy(PolicyArn=arn)["Policy"]
    version = client.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    return {"name": policy["PolicyName"], "arn": arn, "document": version["Document"]}
