# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deleting what others name or hold."""

from __future__ import annotations

from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.base import iam_state
from dax_emulator.base.errors import aws_error
from dax_emulator.base.overrides import Proceed, override
from dax_emulator.iam import trust


@override("iam", "DeleteRole")
def delete_role(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    return _delete(_backend(context).roles.values(), request["RoleName"], proceed)


@override("iam", "DeleteUser")
def delete_user(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    name = request["UserName"]
    if any(key.user_name == name for key in _backend(context).access_keys.values()):
        raise _conflict("Cannot delete entity, must delete access keys first.")
    return _delete(_backend(context).users.values(), name, proceed)


@override("iam", "DeletePolicy")
def delete_policy(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    policy = _backend(context).managed_policies.get(request["PolicyArn"])
    if policy is not None:
        holders = [*_backend(context).roles.values(), *_backend(context).users.values()]
        if policy.attachment_count or any(holder.managed_policies.get(policy.arn) for holder in holders):
            raise _conflict("Cannot delete a policy attached to entities.")
        if len(policy.versions) > 1:
            raise _conflict("This policy has more than one version. Before you delete a policy, delete the others.")
    return proceed()


@override("iam", "RemoveRoleFromInstanceProfile")
def remove_role(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    profiles = _backend(context).instance_profiles.values()
    profile = next((one for one in profiles if one.name == request["InstanceProfileName"]), None)
    if profile is not None and request["RoleName"] not in [role.name for role in profile.roles]:
        message = f"Instance profile {profile.name} does not hold the role {request['RoleName']}."
        raise aws_error("NoSuchEntity", message, 404)
    return proceed()


def _delete(entities: Any, name: str, proceed: Proceed) -> dict[str, Any]:
    """Delete a role or user; trust policies that named it show its unique id from then on."""
    entity = next((one for one in entities if one.name == name), None)
    response = proceed()
    if entity is not None:
        trust.forget(entity.arn, entity.id)
    return response


def _backend(context: RequestContext) -> Any:
    assert context.account_id
    return iam_state.backend(context.account_id, context.partition)


def _conflict(message: str) -> Exception:
    return aws_error("DeleteConflict", message, 409)
