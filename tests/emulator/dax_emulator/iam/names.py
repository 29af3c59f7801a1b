# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of what IAM holds: two that differ only in case are one."""

from __future__ import annotations

from localstack.aws.api import RequestContext

from dax_emulator.base import iam_state
from dax_emulator.base.errors import aws_error
from dax_emulator.base.overrides import Proceed, Request, Response, around

# The parameter with the new one's name, the collection that it goes into, and AWS's words.
_MAKES = {
    "CreateGroup": ("GroupName", "groups", "Group with name {} already exists."),
    "CreateInstanceProfile": ("InstanceProfileName", "instance_profiles", "Instance Profile {} already exists."),
    "CreatePolicy": (
        "PolicyName",
        "managed_policies",
        "A policy called {} already exists. Duplicate names are not allowed.",
    ),
    "CreateRole": ("RoleName", "roles", "Role with name {} already exists."),
    "CreateUser": ("UserName", "users", "User with name {} already exists."),
}


@around("iam")
def unique(context: RequestContext, request: Request, proceed: Proceed) -> Response:
    assert context.account_id and context.operation is not None
    if context.operation.name in _MAKES:
        parameter, collection, words = _MAKES[context.operation.name]
        entities = getattr(iam_state.backend(context.account_id, context.partition), collection).values()
        taken = {entity.name.lower() for entity in entities if f"::{context.account_id}:" in entity.arn}
        if request[parameter].lower() in taken:
            raise aws_error("EntityAlreadyExists", words.format(request[parameter]), 409)
    return proceed()
