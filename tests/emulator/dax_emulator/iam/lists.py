# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists: in pages, and without what AWS tells of a single entity only, its tags and its boundary.

Source: ListRoles, ListInstanceProfiles and ListInstanceProfilesForRole, IAM API reference.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from localstack.aws.api import RequestContext

from dax_emulator.base import iam_state
from dax_emulator.base.errors import aws_error
from dax_emulator.base.overrides import Proceed, override

PAGE = 100  # where MaxItems is left out
_SINGLE = ("PermissionsBoundary", "RoleLastUsed", "Tags")


@override("iam", "ListRoles")
def list_roles(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    roles = [_role(context, role) for role in proceed().get("Roles") or []]
    return _page("Roles", roles, request)


@override("iam", "ListInstanceProfiles")
def list_profiles(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    return _page("InstanceProfiles", _profiles(context, proceed()), request)


@override("iam", "ListInstanceProfilesForRole")
def list_profiles_of_role(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    if request["RoleName"] not in _documents(context):
        raise aws_error("NoSuchEntity", f"The role with name {request['RoleName']} cannot be found.", 404)
    return _page("InstanceProfiles", _profiles(context, proceed()), request)


def _profiles(context: RequestContext, response: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {**_listed(profile), "Roles": [_role(context, role) for role in profile.get("Roles") or []]}
        for profile in response.get("InstanceProfiles") or []
    ]


def _role(context: RequestContext, role: dict[str, Any]) -> dict[str, Any]:
    """LocalStack encodes a listed role's document twice when a path prefix is given, and leaves it out of profiles."""
    return {**_listed(role), "AssumeRolePolicyDocument": quote(_documents(context)[role["RoleName"]])}


def _listed(entity: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entity.items() if name not in _SINGLE}


def _documents(context: RequestContext) -> dict[str, str]:
    """The trust policies of the account's roles, by name."""
    assert context.account_id
    roles = iam_state.backend(context.account_id, context.partition).roles.values()
    return {role.name: role.assume_role_policy_document for role in roles}


def _page(name: str, items: list[dict[str, Any]], request: dict[str, Any]) -> dict[str, Any]:
    marker = request.get("Marker") or "0"
    if not marker.isdigit():
        raise aws_error("ValidationError", "Invalid Marker.")
    start = int(marker)
    end = start + (request.get("MaxItems") or PAGE)
    more = {"IsTruncated": True, "Marker": str(end)} if end < len(items) else {"IsTruncated": False}
    return {name: items[start:end], **more}
