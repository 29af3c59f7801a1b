# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A consumer's role and instance profile in IAM, and those that it had under other names. Reads only."""

from __future__ import annotations

from typing import Any, TypedDict

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code

from ..common.ownership import is_our_role, is_partly_ours
from ..common.shapes import InstanceProfile, Role
from .consumer import ConsumerQuery
from .iam import RoleHead, find_roles, instance_profile_names, instance_profiles_of, read_instance_profile, read_role


class Iam(TypedDict):
    """The part of the facts that is in IAM."""

    role: Role | None
    other_roles: list[Role]
    instance_profile: InstanceProfile | None
    other_instance_profiles: list[InstanceProfile]


def read_iam(client: Any, query: ConsumerQuery) -> Iam:
    """Return the role and the profile of the wanted names, and what else is the consumer's or differs in case only."""
    role = read_role(client, query.role_name)
    profile = read_instance_profile(client, query.instance_profile_name)
    others = _other_roles(client, query, profile)
    return {
        "role": role,
        "other_roles": others,
        "instance_profile": profile,
        "other_instance_profiles": _other_profiles(client, query, profile, [*([role] if role else []), *others]),
    }


def _other_roles(client: Any, query: ConsumerQuery, profile: InstanceProfile | None) -> list[Role]:
    """Return the consumer's roles under other names; one that our profile holds may lack its description still."""

    def is_meant(head: RoleHead) -> bool:
        named = head.name != query.role_name
        return named and (head.description == query.description or _same(head.name, query.role_name))

    found = find_roles(client, is_meant)
    known = {query.role_name, *(role["role_name"] for role in found)}
    held = profile["role_names"] if profile and is_partly_ours(profile["tags"], query.cluster_arn, query.name) else []
    found += [role for name in held if name not in known and (role := read_role(client, name))]
    return [role for role in found if _is_ours(role, query) or _same(role["role_name"], query.role_name)]


def _other_profiles(
    client: Any, query: ConsumerQuery, wanted: InstanceProfile | None, roles: list[Role]
) -> list[InstanceProfile]:
    holding = {
        name: _is_ours(role, query) for role in roles for name in instance_profiles_of(client, role["role_name"])
    }
    if wanted is None and not query.removal:
        alike = [name for name in instance_profile_names(client) if _same(name, query.instance_profile_name)]
        holding.update(dict.fromkeys(alike, True))
    found = []
    for name, ours in sorted(holding.items()):
        if name != query.instance_profile_name:
            profile = _read(client, name, ours)
            if profile and (
                _same(name, query.instance_profile_name)
                or is_partly_ours(profile["tags"], query.cluster_arn, query.name)
            ):
                found.append(profile)
    return found


def _read(client: Any, name: str, ours: bool) -> InstanceProfile | None:
    """Read a profile; one of others' that holds an adopted role may be closed to us, and is none of ours then."""
    if ours:
        return read_instance_profile(client, name)
    try:
        return read_instance_profile(client, name)
    except is_boto3_error_code("AccessDenied"):
        return None


def _is_ours(role: Role, query: ConsumerQuery) -> bool:
    return is_our_role(role["tags"], role["description"], query.cluster_arn, query.name)


def _same(name: str, other: str) -> bool:
    """Tell whether IAM takes two names for one, which it does whatever their case."""
    return name.lower() == other.lower()
