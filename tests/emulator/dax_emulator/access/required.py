# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which permissions a call needs: its own action, and those that AWS asks for beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from localstack.aws.api import RequestContext
from moto.iam import iam_backends

from dax_emulator.access import principals, required_ec2
from dax_emulator.access.policy import Context

ANY = "*"
# Where IAM calls a service something else than its endpoint does.
_PREFIXES = {"service-quotas": "servicequotas"}
_TAGGING = {
    "CreateInstanceProfile": "iam:TagInstanceProfile",
    "CreatePolicy": "iam:TagPolicy",
    "CreateRole": "iam:TagRole",
    "CreateUser": "iam:TagUser",
    "CreateCluster": "dax:TagResource",
}


@dataclass(frozen=True)
class Permission:
    """An action on a resource; the resource is None where the emulator cannot tell it."""

    action: str
    resource: str | None
    context: Context = field(default_factory=dict)


def permissions_for(context: RequestContext) -> Iterator[Permission]:
    """Every permission that the caller must have."""
    assert context.service is not None and context.operation is not None
    service, operation = context.service.service_name, context.operation.name
    request: dict[str, Any] = dict(context.service_request or {})
    resource = _resource(context, service, request)
    if service == "ec2" and required_ec2.knows(operation):
        for action, arn, keys in required_ec2.required(context, operation, request):
            yield Permission(action, arn, keys)
    else:
        keys = {"iam:PolicyARN": str(request["PolicyArn"])} if service == "iam" and request.get("PolicyArn") else {}
        yield Permission(f"{_PREFIXES.get(service, service)}:{operation}", resource, keys)
    if request.get("Tags") and operation in _TAGGING:
        yield Permission(_TAGGING[operation], resource)
    if operation == "RunInstances" and str(request.get("ImageId")).startswith("resolve:ssm:"):
        yield Permission("ssm:GetParameters", None)
    receiver = "dax.amazonaws.com" if service == "dax" else "ec2.amazonaws.com"
    for role in _passed_roles(context, operation, request):
        yield Permission("iam:PassRole", role, {"iam:PassedToService": receiver})


def _passed_roles(context: RequestContext, operation: str, request: dict[str, Any]) -> Iterator[str]:
    """The roles that a call hands to a service."""
    assert context.account_id
    backend = iam_backends[context.account_id][context.partition]
    if operation == "AddRoleToInstanceProfile":
        yield _entity(context, "role", request["RoleName"], request)
    elif operation == "CreateCluster":
        yield str(request.get("IamRoleArn"))
    elif wanted := request.get("IamInstanceProfile"):
        for profile in backend.instance_profiles.values():
            if wanted in ({"Name": profile.name}, {"Arn": profile.arn}):
                yield from (role.arn for role in profile.roles)


def _resource(context: RequestContext, service: str, request: dict[str, Any]) -> str | None:
    """The ARN that a call is about, "*" if it is about none in particular, None if the emulator cannot tell."""
    if service == "iam":
        # an instance profile comes first: adding a role to one is about the profile
        for parameter, kind in (
            ("InstanceProfileName", "instance-profile"),
            ("RoleName", "role"),
            ("UserName", "user"),
        ):
            if request.get(parameter):
                return _entity(context, kind, request[parameter], request)
        return str(request.get("PolicyArn") or request.get("PolicySourceArn") or ANY)
    if service == "dax":
        prefix = f"arn:{context.partition}:dax:{context.region}:{context.account_id}:cache/"
        names = [request["ClusterName"]] if request.get("ClusterName") else request.get("ClusterNames") or []
        if len(names) == 1:
            return prefix + str(names[0]).lower()
        return str(request["ResourceName"]) if request.get("ResourceName") else ANY
    return None


def _entity(context: RequestContext, kind: str, name: str, request: dict[str, Any]) -> str:
    """The ARN of a role, user or instance profile, with the path of the one that exists or is to be made."""
    assert context.account_id
    path = request.get("Path") or principals.path_of(context.account_id, context.partition, kind, name)
    return f"arn:{context.partition}:iam::{context.account_id}:{kind}{path}{name}"
