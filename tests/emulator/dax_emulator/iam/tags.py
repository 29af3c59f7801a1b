# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tags of IAM's resources: fifty at most, and for roles and users keys that differ only in case are one."""

from __future__ import annotations

from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.base import iam_state
from dax_emulator.base.errors import aws_error
from dax_emulator.base.overrides import Proceed, override

MOST = 50
DUPLICATE = "Duplicate tag keys found. Please note that Tag keys are case insensitive."


@override("iam", "TagRole", "TagInstanceProfile", "TagPolicy")
def tag(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    backend = _backend(context)
    for parameter, collection, kind in (
        ("RoleName", backend.roles, "Role"),
        ("InstanceProfileName", backend.instance_profiles, "InstanceProfile"),
        ("PolicyArn", backend.managed_policies, "Policy"),
    ):
        name = request.get(parameter)
        entity = next((one for one in collection.values() if name in (one.name, one.arn)), None) if name else None
        if entity is not None:
            _check(kind, list(entity.tags), request["Tags"], folded=kind == "Role")
    return proceed()


@override("iam", "TagUser")
def tag_user(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    backend = _backend(context)
    user = backend.users.get(request["UserName"])
    if user is not None:
        present = list(backend.tagger.get_tag_dict_for_resource(user.arn))
        _check("User", present, request["Tags"], folded=True)
        wanted = {one["Key"].lower(): one["Key"] for one in request["Tags"]}
        replaced = [key for key in present if wanted.get(key.lower(), key) != key]
        backend.tagger.untag_resource_using_names(user.arn, replaced)
    return proceed()


@override("iam", "CreateUser")
def create_user(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    _check("User", [], request.get("Tags") or [], folded=True)
    return proceed()


def _check(kind: str, present: list[str], wanted: list[dict[str, str]], folded: bool) -> None:
    keys = [one["Key"].lower() if folded else one["Key"] for one in wanted]
    if len(set(keys)) < len(keys):
        raise aws_error("InvalidInput", DUPLICATE)
    if len({key.lower() if folded else key for key in present} | set(keys)) > MOST:
        raise aws_error("LimitExceeded", f"Cannot exceed quota for TagsPer{kind}: {MOST}", 409)


def _backend(context: RequestContext) -> Any:
    assert context.account_id
    return iam_state.backend(context.account_id, context.partition)
