# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IAM and STS reads, normalised. None of these functions writes; what is not there is None, not an error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code

from ..common.ec2 import tags_of
from ..common.patience import Unsettled
from ..common.shapes import Identity, InstanceProfile, Role


class RoleHead(NamedTuple):
    """What the list of all roles shows of one."""

    name: str
    description: str
    trust: dict[str, Any]


def caller_identity(client: Any) -> Identity:
    """Return who the credentials are: account_id, arn, partition."""
    identity = client.get_caller_identity()
    return {
        "account_id": identity["Account"],
        "arn": identity["Arn"],
        "partition": identity["Arn"].split(":")[1],
    }


def read_role(client: Any, name: str) -> Role | None:
    """Return a role with its trust policy, its inline policies whole, and the ARNs of its managed policies.

    :returns: role_name, arn, role_id, path, description, trust (document), inline_policies ({name: document}),
        attached_policies ([ARN]), max_session_duration (seconds), permissions_boundary (ARN or None), tags.
    :raises Unsettled: while IAM shows an id in place of its ARN, as it does at times right after it was made.
    """
    try:
        role = client.get_role(RoleName=name)["Role"]
    except is_boto3_error_code("NoSuchEntity"):
        return None
    if not role["Arn"].startswith("arn:"):
        raise Unsettled(f"the ARN of role {name} to be shown, AWS shows {role['Arn']} for now")
    names = _pages(client, "list_role_policies", "PolicyNames", RoleName=name)
    return {
        "role_name": role["RoleName"],
        "arn": role["Arn"],
        "role_id": role["RoleId"],
        "path": role["Path"],
        "description": role.get("Description") or "",
        "trust": role.get("AssumeRolePolicyDocument") or {},
        "inline_policies": {
            policy: client.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"] for policy in names
        },
        "attached_policies": [
            policy["PolicyArn"]
            for policy in _pages(client, "list_attached_role_policies", "AttachedPolicies", RoleName=name)
        ],
        "max_session_duration": role.get("MaxSessionDuration", 3600),
        "permissions_boundary": (role.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"),
        "tags": tags_of(role),
    }


def find_roles(client: Any, is_meant: Callable[[RoleHead], bool]) -> list[Role]:
    """Return the roles of the account that are meant, as :func:`read_role` does, by their names.

    IAM has no search by tags: all roles are listed, with all but their tags and policies.

    :param is_meant: tells it by what the list shows of a role.
    """
    found = [read_role(client, head.name) for head in list_roles(client) if is_meant(head)]
    return [role for role in found if role]


def list_roles(client: Any) -> list[RoleHead]:
    """Return what the list of all roles of the account shows, by their names."""
    heads = [
        RoleHead(raw["RoleName"], raw.get("Description") or "", raw.get("AssumeRolePolicyDocument") or {})
        for raw in _pages(client, "list_roles", "Roles")
    ]
    return sorted(heads, key=lambda head: head.name)


def list_role_names(client: Any) -> list[str]:
    """Return the names of all roles of the account."""
    return [raw["RoleName"] for raw in _pages(client, "list_roles", "Roles")]


def read_instance_profile(client: Any, name: str) -> InstanceProfile | None:
    """Return an instance profile: name, id, arn, path, role_names, tags."""
    try:
        profile = client.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
    except is_boto3_error_code("NoSuchEntity"):
        return None
    return {
        "instance_profile_name": profile["InstanceProfileName"],
        "instance_profile_id": profile["InstanceProfileId"],
        "arn": profile["Arn"],
        "path": profile["Path"],
        "role_names": [role["RoleName"] for role in profile.get("Roles") or []],
        "tags": tags_of(profile),
    }


def instance_profiles_of(client: Any, role_name: str) -> list[str]:
    """Return the names of the instance profiles that hold a role; IAM lists them without their tags."""
    try:
        found = _pages(client, "list_instance_profiles_for_role", "InstanceProfiles", RoleName=role_name)
    except is_boto3_error_code("NoSuchEntity"):
        return []
    return [profile["InstanceProfileName"] for profile in found]


def instance_profile_names(client: Any) -> list[str]:
    """Return the names of all instance profiles of the account."""
    return [profile["InstanceProfileName"] for profile in _pages(client, "list_instance_profiles", "InstanceProfiles")]


def _pages(client: Any, operation: str, result_key: str, **params: Any) -> list[Any]:
    return list(client.get_paginator(operation).paginate(**params).build_full_result().get(result_key, []))
