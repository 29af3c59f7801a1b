# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the caller's own IAM policies allow a call."""

from __future__ import annotations

from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator import principals
from dax_emulator.errors import aws_error
from dax_emulator.policy import Decision, PolicySet, listed, statements
from dax_emulator.principals import Principal
from dax_emulator.settings import SETTINGS

# Calls that need no permission, and AssumeRole, which checks for itself.
_FREE = {("sts", "GetCallerIdentity"), ("sts", "AssumeRole")}
_ANY = "*"


def identity_policies(principal: Principal) -> PolicySet:
    """Every policy that bears on a user or a session."""
    if principal.session is not None:
        session = principal.session
        policies = principals.role_policies(session.role_arn)
        return PolicySet(policies, principals.role_boundary(session.role_arn), session.policy)
    return PolicySet(principals.user_policies(principal.arn))


def authorize(context: RequestContext, principal: Principal) -> None:
    """Refuse a call that the caller's policies do not allow; only with the setting `enforce_iam`.

    For IAM and DAX the resource counts as well as the action; elsewhere (EC2 needs several resources for one call) a
    statement's resources and conditions are taken to fit.
    """
    assert context.service is not None and context.operation is not None
    if not SETTINGS.enforce_iam or principal.kind == "root":
        return
    service, operation = context.service.service_name, context.operation.name
    if (service, operation) in _FREE:
        return
    action, resource = f"{service}:{operation}", _resource(context, service)
    policies = identity_policies(principal)
    if resource is None:
        policies, resource = _by_action(policies), _ANY
    decision = policies.decide(action, resource)
    if decision is Decision.ALLOW:
        return
    shown = "" if resource == _ANY else f" on resource: {resource}"
    reason = "with an explicit deny in a policy"
    if decision is Decision.IMPLICIT_DENY:
        reason = f"because no identity-based policy allows the {action} action"
    message = f"User: {principal.arn} is not authorized to perform: {action}{shown} {reason}"
    if service == "ec2":
        raise aws_error("UnauthorizedOperation", f"You are not authorized to perform this operation. {message}", 403)
    raise aws_error("AccessDenied" if service in ("iam", "sts") else "AccessDeniedException", message, 403)


def _by_action(policies: PolicySet) -> PolicySet:
    """The policies with resources and conditions left out; a denial that has either is left out as a whole."""

    def loosened(document: Any) -> dict[str, Any]:
        kept = []
        for statement in statements(document):
            limited = "Condition" in statement or _ANY not in listed(statement.get("Resource", []))
            if statement["Effect"] == "Allow" or not limited:
                actions = {name: statement[name] for name in ("Action", "NotAction") if name in statement}
                kept.append({"Effect": statement["Effect"], "Resource": _ANY, **actions})
        return {"Statement": kept}

    return PolicySet(
        [loosened(document) for document in policies.identity],
        loosened(policies.boundary) if policies.boundary else None,
        loosened(policies.session) if policies.session else None,
    )


def _resource(context: RequestContext, service: str) -> str | None:
    """The ARN that a call is about, "*" if it is about none in particular, None if the emulator cannot tell."""
    request: dict[str, Any] = dict(context.service_request or {})
    if service == "iam":
        prefix = f"arn:{context.partition}:iam::{context.account_id}"
        # an instance profile comes first: adding a role to one is about the profile
        for parameter, kind in (
            ("InstanceProfileName", "instance-profile"),
            ("RoleName", "role"),
            ("UserName", "user"),
        ):
            if request.get(parameter):
                return f"{prefix}:{kind}{_path(context, kind, request)}{request[parameter]}"
        return str(request["PolicyArn"]) if request.get("PolicyArn") else _ANY
    if service == "dax":
        prefix = f"arn:{context.partition}:dax:{context.region}:{context.account_id}"
        if request.get("ClusterName"):
            return f"{prefix}:cache/{request['ClusterName'].lower()}"
        if len(request.get("ClusterNames") or []) == 1:
            return f"{prefix}:cache/{request['ClusterNames'][0].lower()}"
        return str(request["ResourceName"]) if request.get("ResourceName") else _ANY
    return None


def _path(context: RequestContext, kind: str, request: dict[str, Any]) -> str:
    """The path of a role or instance profile: that of the request, else that of the one that exists."""
    assert context.account_id
    if request.get("Path"):
        return str(request["Path"])
    name = request.get("InstanceProfileName") or request.get("RoleName") or request.get("UserName")
    return principals.path_of(context.account_id, context.partition, kind, str(name))
