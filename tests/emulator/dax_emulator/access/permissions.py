# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the caller's own IAM policies allow a call."""

from __future__ import annotations

from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.access import principals
from dax_emulator.access.policy import Decision, PolicySet, listed, statements
from dax_emulator.access.principals import Principal
from dax_emulator.access.required import ANY, Permission, permissions_for
from dax_emulator.base.errors import aws_error
from dax_emulator.base.settings import SETTINGS

# Calls that need no permission, and AssumeRole, which checks for itself.
_FREE = {("sts", "GetCallerIdentity"), ("sts", "AssumeRole")}


def identity_policies(principal: Principal) -> PolicySet:
    """Every policy that bears on a user or a session."""
    if principal.session is not None:
        session = principal.session
        policies = principals.role_policies(session.role_arn)
        return PolicySet(policies, principals.role_boundary(session.role_arn), session.policy)
    return PolicySet(principals.user_policies(principal.arn))


def authorize(context: RequestContext, principal: Principal) -> None:
    """Refuse a call that the caller's policies do not allow; only with the setting `enforce_iam`.

    Of a call whose resources the emulator cannot tell, the action counts alone: a statement's resources and conditions
    are taken to fit.
    """
    assert context.service is not None and context.operation is not None
    if not SETTINGS.enforce_iam or principal.kind == "root":
        return
    service, operation = context.service.service_name, context.operation.name
    if (service, operation) in _FREE:
        return
    policies = identity_policies(principal)
    for permission in permissions_for(context):
        decision = _decide(policies, permission)
        if decision is not Decision.ALLOW:
            raise _refusal(service, principal, permission, decision)


def _decide(policies: PolicySet, permission: Permission) -> Decision:
    if permission.resource is None:
        return _by_action(policies).decide(permission.action, ANY)
    return policies.decide(permission.action, permission.resource, permission.context)


def _refusal(service: str, principal: Principal, permission: Permission, decision: Decision) -> Exception:
    resource = "" if permission.resource in (None, ANY) else f" on resource: {permission.resource}"
    reason = "with an explicit deny in an identity-based policy"
    if decision is Decision.IMPLICIT_DENY:
        reason = f"because no identity-based policy allows the {permission.action} action"
    message = f"User: {principal.arn} is not authorized to perform: {permission.action}{resource} {reason}"
    if service == "ec2":
        return aws_error("UnauthorizedOperation", f"You are not authorized to perform this operation. {message}", 403)
    return aws_error("AccessDenied" if service in ("iam", "sts") else "AccessDeniedException", message, 403)


def _by_action(policies: PolicySet) -> PolicySet:
    """The policies with resources and conditions left out; a denial that has either is left out as a whole."""

    def loosened(document: Any) -> dict[str, Any]:
        kept = []
        for statement in statements(document):
            limited = "Condition" in statement or ANY not in listed(statement.get("Resource", []))
            if statement["Effect"] == "Allow" or not limited:
                actions = {name: statement[name] for name in ("Action", "NotAction") if name in statement}
                kept.append({"Effect": statement["Effect"], "Resource": ANY, **actions})
        return {"Statement": kept}

    return PolicySet(
        [loosened(document) for document in policies.identity],
        loosened(policies.boundary) if policies.boundary else None,
        loosened(policies.session) if policies.session else None,
    )
