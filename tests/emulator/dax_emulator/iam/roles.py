# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles: their trust policies and sizes."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from localstack.aws.api import RequestContext

from dax_emulator.base import iam_state, visibility
from dax_emulator.base.errors import aws_error
from dax_emulator.base.overrides import Proceed, override
from dax_emulator.base.settings import SETTINGS
from dax_emulator.iam import trust

INLINE_QUOTA = 10240  # characters of all inline policies of a role, white space not counted


@override("iam", "CreateRole")
def create(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    name = request["RoleName"]
    document = trust.checked(request["AssumeRolePolicyDocument"], context.partition)
    boundary = request.get("PermissionsBoundary")
    if boundary and not _policy_exists(context, boundary):
        raise aws_error("NoSuchEntity", f"Policy {boundary} does not exist or is not attachable.", 404)
    response = proceed()
    role = _require(context, name)
    role.assume_role_policy_document = document
    response["Role"]["AssumeRolePolicyDocument"] = quote(document)
    return _with_late_arn(response, role)


@override("iam", "UpdateAssumeRolePolicy")
def update_trust(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    role = _require(context, request["RoleName"])
    role.assume_role_policy_document = trust.checked(request["PolicyDocument"], context.partition)
    return {}


@override("iam", "UpdateRole")
def update(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    """Leave what the request does not name as it is."""
    role = _require(context, request["RoleName"])
    description, seconds = role.description, role.max_session_duration
    response = proceed()
    if "Description" not in request:
        role.description = description
    if "MaxSessionDuration" not in request:
        role.max_session_duration = seconds
    return response


@override("iam", "GetRole")
def get(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    role = _require(context, request["RoleName"])
    response = proceed()
    response["Role"].setdefault("MaxSessionDuration", 3600)
    return _with_late_arn(response, role)


@override("iam", "PutRolePolicy")
def put_policy(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    role = _require(context, request["RoleName"])
    inline = {**role.policies, request["PolicyName"]: request["PolicyDocument"]}
    if sum(len(re.sub(r"\s", "", text)) for text in inline.values()) > INLINE_QUOTA:
        message = f"Maximum policy size of {INLINE_QUOTA} bytes exceeded for role {role.name}"
        raise aws_error("LimitExceeded", message, 409)
    return proceed()


def _with_late_arn(response: dict[str, Any], role: Any) -> dict[str, Any]:
    """A new role's ARN may not be there yet; its id stands in for it."""
    if visibility.age(role) < SETTINGS.role_arn_seconds:
        response["Role"]["Arn"] = role.id
    return response


def _find(context: RequestContext, name: str) -> Any | None:
    assert context.account_id
    roles = iam_state.backend(context.account_id, context.partition).roles.values()
    return next((role for role in roles if role.name == name), None)


def _require(context: RequestContext, name: str) -> Any:
    role = _find(context, name)
    if role is None:
        raise aws_error("NoSuchEntity", f"The role with name {name} cannot be found.", 404)
    return role


def _policy_exists(context: RequestContext, arn: str) -> bool:
    assert context.account_id
    return arn in iam_state.backend(context.account_id, context.partition).managed_policies
