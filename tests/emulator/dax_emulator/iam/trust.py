# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trust policies: who may be named in one, and whom one lets in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from dax_emulator.access import policy
from dax_emulator.access.policy import Context, Decision
from dax_emulator.access.principals import Principal
from dax_emulator.base import iam_state, visibility
from dax_emulator.base.errors import aws_error
from dax_emulator.base.iam_state import find_role, find_user
from dax_emulator.base.settings import SETTINGS

QUOTA = 2048  # characters, white space not counted
_ROOT = re.compile(r"arn:(aws[a-z-]*):iam::(\d{12}):root")
_ENTITY = re.compile(r"arn:(aws[a-z-]*):iam::(\d{12}):(role|user)/([\w+=,.@/-]+)")
_SESSION = re.compile(r"arn:(aws[a-z-]*):sts::(\d{12}):assumed-role/([\w+=,.@-]+)/([\w+=,.@-]+)")
_SERVICE = re.compile(r"[a-z0-9][a-z0-9.-]*\.amazonaws\.com(\.cn)?")


def checked(text: str, partition: str) -> str:
    """The trust policy as IAM stores it, or the error that AWS gives for it."""
    try:
        document = json.loads(text)
    except ValueError:
        raise _malformed("This policy contains invalid Json") from None
    if not isinstance(document, dict) or "Statement" not in document:
        raise _malformed("Syntax errors in policy.")
    if len(re.sub(r"\s", "", text)) > QUOTA:
        raise aws_error("LimitExceeded", f"Cannot exceed quota for ACLSizePerRole: {QUOTA}", 409)
    for statement in policy.statements(document):
        if "Resource" in statement or "NotResource" in statement:
            raise _malformed("Has prohibited field Resource")
        if statement.get("Effect") not in ("Allow", "Deny") or "Action" not in statement:
            raise _malformed("Syntax errors in policy.")
        if "Principal" not in statement and "NotPrincipal" not in statement:
            raise _malformed("Missing required field Principal")
        for action in policy.listed(statement["Action"]):
            if action != "*" and not str(action).lower().startswith("sts:"):
                raise _malformed("AssumeRole policy may only specify STS AssumeRole actions.")
    return json.dumps(_mapped(document, lambda kind, value: _resolved(kind, value, partition)))


def forget(arn: str, unique_id: str) -> None:
    """Show a deleted role's or user's id in every trust policy that named it, as AWS does."""
    for backend in iam_state.backends():
        for role in backend.roles.values():
            if arn in (role.assume_role_policy_document or ""):
                document = json.loads(role.assume_role_policy_document)
                mapped = _mapped(document, lambda _, value: unique_id if value == arn else value)
                role.assume_role_policy_document = json.dumps(mapped)


def decide(role: Any, caller: Principal, action: str, context: Context) -> tuple[Decision, bool]:
    """What a role's trust policy says of a caller.

    The second value says whether it named the caller itself. If it only named the caller's account, that account must
    allow the call too.
    """
    decision, direct = Decision.IMPLICIT_DENY, False
    for statement in policy.statements(json.loads(role.assume_role_policy_document)):
        actions = [str(one).lower() for one in policy.listed(statement.get("Action", []))]
        if not any(policy.like(pattern, action.lower()) for pattern in actions):
            continue
        named = _named(statement.get("Principal", {}), caller)
        if named is None or not policy.conditions_hold(statement.get("Condition", {}), context):
            continue
        if statement["Effect"] == "Deny":
            return Decision.EXPLICIT_DENY, False
        decision, direct = Decision.ALLOW, direct or named
    return decision, direct


def _named(principal: Any, caller: Principal) -> bool | None:
    """None if the principal is someone else; else whether the caller itself is named, not just its account."""
    found: bool | None = None
    for kind, value in _principals(principal):
        if value == "*" and kind in ("AWS", "*"):
            return True
        if kind != "AWS":
            continue
        root = _ROOT.fullmatch(value)
        if root and root[2] == caller.account and root[1] == caller.arn.split(":")[1]:
            found = found or False
            if caller.kind == "root":
                return True
        if caller.kind != "root" and value in caller.trusted_as:
            return True
    return found


def _principals(principal: Any) -> Iterator[tuple[str, str]]:
    if principal == "*":
        yield "*", "*"
        return
    for kind, values in principal.items():
        for value in policy.listed(values):
            yield kind, str(value)


def _mapped(document: dict[str, Any], change: Callable[[str, str], str]) -> dict[str, Any]:
    """The document with every principal replaced; single values and lists keep their form."""
    statements = []
    for statement in policy.statements(document):
        changed = dict(statement)
        principal = statement.get("Principal")
        if isinstance(principal, dict):
            changed["Principal"] = {
                kind: [change(kind, str(one)) for one in value] if isinstance(value, list) else change(kind, str(value))
                for kind, value in principal.items()
            }
        statements.append(changed)
    single = isinstance(document["Statement"], dict)
    return {**document, "Statement": statements[0] if single else statements}


def _resolved(kind: str, value: str, partition: str) -> str:
    """A principal as IAM stores it; it must exist and be old enough to be seen."""
    if kind == "Service":
        if not _SERVICE.fullmatch(value):
            raise _invalid(kind, value)
        return value
    if kind != "AWS" or value == "*":
        return value
    if re.fullmatch(r"\d{12}", value):
        value = f"arn:{partition}:iam::{value}:root"
    if found := _by_id(value):
        return found
    known = False
    if match := _ROOT.fullmatch(value):
        known = match[1] == partition and (not SETTINGS.known_accounts or match[2] in SETTINGS.known_accounts)
    elif (match := _ENTITY.fullmatch(value)) and match[1] == partition:
        entity = find_role(value) if match[3] == "role" else find_user(value)
        known = entity is not None and visibility.visible(entity)
    elif (match := _SESSION.fullmatch(value)) and match[1] == partition:
        known = any(role.name == match[3] for role in iam_state.backend(match[2], partition).roles.values())
    if not known:
        raise _invalid(kind, value)
    return value


def _by_id(value: str) -> str | None:
    """The ARN of the role or user with this unique id, if it still lives."""
    if not re.fullmatch(r"A(ROA|IDA)[A-Z0-9]+", value):
        return None
    for backend in iam_state.backends():
        for entity in [*backend.roles.values(), *backend.users.values()]:
            if entity.id == value:
                return str(entity.arn)
    return None


def _malformed(message: str) -> Exception:
    return aws_error("MalformedPolicyDocument", message)


def _invalid(kind: str, value: str) -> Exception:
    return _malformed(f'Invalid principal in policy: "{kind.upper()}":"{value}"')
