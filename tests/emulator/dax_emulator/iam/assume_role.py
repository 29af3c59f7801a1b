# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AssumeRole, by the role's trust policy and the caller's own policies."""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from localstack.aws.api import RequestContext
from moto.iam import iam_backends
from moto.iam.utils import generate_access_key_id_from_account_id

from dax_emulator.access import principals
from dax_emulator.access.permissions import identity_policies
from dax_emulator.access.policy import Decision, statements
from dax_emulator.access.principals import Principal, Session
from dax_emulator.base import visibility
from dax_emulator.base.errors import aws_error
from dax_emulator.base.iam_state import find_role
from dax_emulator.base.overrides import Proceed, override
from dax_emulator.base.settings import SETTINGS
from dax_emulator.iam import session_tags, trust
from dax_emulator.iam.session_tags import SessionTags

SHORTEST, DEFAULT, CHAINED = 900, 3600, 3600  # seconds
_ASSUME, _TAG = "sts:AssumeRole", "sts:TagSession"


@override("sts", "AssumeRole")
def assume_role(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    arn, name = request["RoleArn"], request["RoleSessionName"]
    if not re.fullmatch(r"arn:aws[a-z-]*:iam::\d{12}:role/\S+", arn):
        raise _invalid(f"{arn} is invalid")
    if context.region and not SETTINGS.enabled(arn.split(":")[4], context.region):
        raise _region_disabled(arn.split(":")[4])
    caller = principals.caller(context)
    tags = session_tags.requested(request, caller)
    role = find_role(arn) if arn.split(":")[1] == context.partition else None
    seen = role is not None and visibility.visible(role)
    for action in (_ASSUME, _TAG) if tags.tags else (_ASSUME,):
        if not seen or not _allowed(action, role, caller, request, tags):
            message = f"User: {caller.arn} is not authorized to perform: {action} on resource: {arn}"
            raise aws_error("AccessDenied", message, 403)
    seconds = _duration(request, role, caller)
    session = _issue(role, name, seconds, _session_policy(request), tags)
    principals.remember(session)
    response: dict[str, Any] = {
        "Credentials": {
            "AccessKeyId": session.access_key_id,
            "SecretAccessKey": session.secret,
            "SessionToken": session.token,
            "Expiration": session.expiration,
        },
        "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": session.arn},
    }
    if session.policy or session.tags:
        packed = len(json.dumps([session.policy, session.tags]))
        response["PackedPolicySize"] = min(100, packed * 100 // 2048 + 1)
    if request.get("SourceIdentity"):
        response["SourceIdentity"] = request["SourceIdentity"]
    return response


def _allowed(action: str, role: Any, caller: Principal, request: dict[str, Any], tags: SessionTags) -> bool:
    """The trust policy must let the caller in, and so must its own policies unless it is named in its own account."""
    context: dict[str, str | Sequence[str]] = {
        "aws:PrincipalArn": caller.session.role_arn if caller.session else caller.arn,
        "aws:PrincipalAccount": caller.account,
        "aws:PrincipalType": {"root": "Account", "user": "User", "session": "AssumedRole"}[caller.kind],
        "aws:userid": caller.user_id,
        "sts:RoleSessionName": request["RoleSessionName"],
        **tags.context(),
    }
    if caller.session:
        context.update({f"aws:PrincipalTag/{key}": value for key, value in caller.session.tags.items()})
    if caller.name:
        context["aws:username"] = caller.name
    if request.get("ExternalId"):
        context["sts:ExternalId"] = request["ExternalId"]
    if request.get("SourceIdentity"):
        context["sts:SourceIdentity"] = request["SourceIdentity"]
    trusted, direct = trust.decide(role, caller, action, context)
    if trusted is not Decision.ALLOW:
        return False
    if caller.kind == "root":
        return True
    own = identity_policies(caller).decide(action, role.arn, context)
    if own is Decision.EXPLICIT_DENY:
        return False
    return own is Decision.ALLOW or (direct and caller.account == role.account_id)


def _duration(request: dict[str, Any], role: Any, caller: Principal) -> float:
    """The session's length in seconds."""
    seconds = request.get("DurationSeconds") or DEFAULT
    if caller.session is not None and seconds > CHAINED:
        message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        raise _invalid(message)
    if seconds > int(role.max_session_duration or DEFAULT):
        raise _invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    limit = SETTINGS.credential_lifetime_seconds
    return min(seconds, limit) if limit else seconds


def _session_policy(request: dict[str, Any]) -> dict[str, Any] | None:
    """The request's own policy and managed policies, as one document."""
    found: list[Any] = []
    if request.get("Policy"):
        try:
            found += statements(json.loads(request["Policy"]))
        except (ValueError, AttributeError):
            raise aws_error("MalformedPolicyDocument", "This policy contains invalid Json") from None
    account, partition = request["RoleArn"].split(":")[4], request["RoleArn"].split(":")[1]
    for one in request.get("PolicyArns") or []:
        document = principals.managed_policy(account, partition, one["arn"])
        if document is None:
            raise aws_error("MalformedPolicyDocument", f"Policy {one['arn']} does not exist or is not attachable.")
        found += statements(document)
    if not request.get("Policy") and not request.get("PolicyArns"):
        return None
    return {"Version": "2012-10-17", "Statement": found}


def _issue(role: Any, name: str, seconds: float, policy: dict[str, Any] | None, tags: SessionTags) -> Session:
    account, partition = role.account_id, role.arn.split(":")[1]
    key = generate_access_key_id_from_account_id(account, prefix="ASIA", total_length=20)
    assert key not in iam_backends[account][partition].access_keys
    expiration = datetime.now(UTC) + timedelta(seconds=seconds)
    return Session(
        access_key_id=key,
        secret=base64.b64encode(secrets.token_bytes(30)).decode(),
        token=base64.b64encode(b"FwoGZXIvYXdzE" + secrets.token_bytes(240)).decode(),
        # whole seconds are what the answer can say; short sessions keep the rest
        expiration=expiration if seconds < SHORTEST else expiration.replace(microsecond=0),
        account=account,
        arn=f"arn:{partition}:sts::{account}:assumed-role/{role.name}/{name}",
        user_id=f"{role.id}:{name}",
        role_arn=role.arn,
        policy=policy,
        tags=tags.tags,
        transitive=tags.transitive,
    )


def _region_disabled(account: str) -> Exception:
    message = (
        f"STS is not activated in this region for account:{account}. "
        "Your account administrator can activate STS in this region using the IAM Console."
    )
    return aws_error("RegionDisabledException", message, 403)


def _invalid(message: str) -> Exception:
    return aws_error("ValidationError", message)
