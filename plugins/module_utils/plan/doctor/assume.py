# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Link 2: what the consumer's own policies say of ``sts:AssumeRole`` on account A's role. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterator

from ...common.doctor import NamedPolicy
from ...common.policies import statements
from .allowance import Command, allowing, denial, freely, grant, held, taking_out, verdict_of, widening
from .iam import decide
from .iam_matching import as_list
from .iam_requests import assume_request, caller_role, expected_role_name
from .model import B, Finding, Unreadable, check
from .pair import Pair, is_managed

_REFUSED = "is not authorized to perform: sts:AssumeRole on resource: "
_SYMPTOMS = tuple(
    (language, f"{_REFUSED}ARN because no identity-based policy allows the sts:AssumeRole action")
    for language in ("python", "nodejs", "java", "go", "dotnet")
)


def _denied(kind: str) -> tuple[tuple[str, str], ...]:
    return tuple((language, f"{_REFUSED}ARN with an explicit deny in {kind}") for language, _words in _SYMPTOMS)


@check("assume.role", "The consumer's role is there", ("python", "Unable to locate credentials"))
def role_exists(pair: Pair) -> Iterator[Finding]:
    role, name = pair.consumer_role(), expected_role_name(pair)
    subject = f"role {name or (role['role_name'] if role else 'of the consumer')}"
    if role is None and not name:
        raise Unreadable(B, subject, "it is not known which one it is")
    if role is None:
        fix = pair.run("run it again: it makes the role, and account A trusts it anew", True, B)
        yield Finding("assume.role", "broken", B, subject, "there is no such role", "a role of the consumer", fix)
    elif not name or role["role_name"] == name:
        yield Finding("assume.role", "ok", B, subject, role["arn"], evidence={"role_id": role["role_id"]})


@check("assume.permission", "A policy of the consumer's role allows sts:AssumeRole on account A's role", *_SYMPTOMS)
def may_assume(pair: Pair) -> Iterator[Finding]:
    role = caller_role(pair)
    request = assume_request(pair)
    decision = grant(role["policies"], request)
    subject = f"role {role['role_name']}: sts:AssumeRole on {request.resource}"
    evidence = {"policies": [policy["name"] for policy in role["policies"]], "resource": request.resource}
    if decision.result != "implicit_deny":
        yield Finding("assume.permission", verdict_of(decision), B, subject, decision.words(), evidence=evidence)
        return
    others = [resource for policy in role["policies"] for resource in _assumable(policy["document"])]
    found = decision.words() + (f"; one allows it on {', '.join(others)}" if others else "")
    command = allowing(role, ["sts:AssumeRole"], request.resource)
    fix = pair.run(f"allow sts:AssumeRole on {request.resource}", is_managed(role["tags"]), B, command)
    yield Finding("assume.permission", "broken", B, subject, found, "a policy that allows it", fix, evidence)


def _assumable(document: dict[str, object]) -> list[str]:
    """Return the resources on which a policy allows sts:AssumeRole."""
    return [
        str(resource)
        for statement in statements(document)
        if statement.get("Effect") == "Allow" and "sts:AssumeRole" in as_list(statement.get("Action"))
        for resource in as_list(statement.get("Resource"))
    ]


@check("assume.conditions", "The conditions of that policy hold", *_SYMPTOMS)
def conditions_hold(pair: Pair) -> Iterator[Finding]:
    role, request = caller_role(pair), assume_request(pair)
    if not grant(role["policies"], request).allowed:
        return
    decision, subject = held(role["policies"], request), f"role {role['role_name']}: conditions on sts:AssumeRole"
    if decision.allowed:
        yield Finding("assume.conditions", "ok", B, subject, decision.words())
        return
    if decision.result == "unknown":
        yield Finding("assume.conditions", "unknown", B, subject, decision.words())
        return
    place = grant(role["policies"], request)
    found = f"statement {place.statement} of the policy {place.policy} names it, under conditions that do not hold"
    command = allowing(role, ["sts:AssumeRole"], request.resource)
    fix = pair.run("allow it without that condition", is_managed(role["tags"]), B, command)
    yield Finding("assume.conditions", "broken", B, subject, found, "conditions that hold for this call", fix)


def _named(policies: list[NamedPolicy], name: str | None) -> NamedPolicy:
    return next(policy for policy in policies if policy["name"] == name)


@check("assume.deny", "No policy of the consumer's role denies it", *_denied("an identity-based policy"))
def nothing_denies(pair: Pair) -> Iterator[Finding]:
    role, request = caller_role(pair), assume_request(pair)
    decision, subject = denial(role["policies"], request), f"role {role['role_name']}: denies of sts:AssumeRole"
    if decision.result == "explicit_deny":
        policy = _named(role["policies"], decision.policy)
        fix = pair.run("take the statement out", False, B, taking_out(role, policy, decision.statement))
        yield Finding("assume.deny", "broken", B, subject, decision.words(), "no deny", fix)
    elif decision.result == "unknown":
        yield Finding("assume.deny", "unknown", B, subject, decision.words())
    else:
        yield Finding("assume.deny", "ok", B, subject, "no policy denies it")


@check(
    "assume.boundary",
    "The permissions boundary of the consumer's role lets it pass",
    *_denied("a permissions boundary"),
)
def boundary_allows(pair: Pair) -> Iterator[Finding]:
    role = caller_role(pair)
    boundary = role["boundary"]
    if boundary is None:
        return
    request, subject = assume_request(pair), f"permissions boundary {boundary['name']} of {role['role_name']}"
    decision = decide([boundary], request)
    if decision.allowed or decision.result == "unknown":
        yield Finding(
            "assume.boundary", verdict_of(decision), B, subject, decision.words(), evidence={"arn": boundary["arn"]}
        )
        return
    command: Command = widening(role, boundary, ["sts:AssumeRole"], request.resource)
    if decision.result == "explicit_deny":
        command = ("aws", "iam", "delete-role-permissions-boundary", "--role-name", role["role_name"])
    fix = pair.run("let the boundary allow it, or take another one", False, B, command)
    found = decision.words() if decision.result == "explicit_deny" else "it does not allow sts:AssumeRole on this role"
    yield Finding("assume.boundary", "broken", B, subject, found, "it allows sts:AssumeRole", fix)


@check("assume.session_tags", "The consumer's role may hand on session tags")
def may_tag(pair: Pair) -> Iterator[Finding]:
    if not pair.wanted.session_tags:
        return
    role = caller_role(pair)
    request = freely(assume_request(pair, "sts:TagSession"))
    decision, subject = grant(role["policies"], request), f"role {role['role_name']}: sts:TagSession"
    if decision.result != "implicit_deny":
        yield Finding("assume.session_tags", "ok", B, subject, decision.words())
        return
    if grant(role["policies"], assume_request(pair)).result == "implicit_deny":
        return  # nothing is allowed, which assume.permission says
    command = allowing(role, ["sts:TagSession"], request.resource)
    fix = pair.run("allow sts:TagSession on account A's role", is_managed(role["tags"]), B, command)
    yield Finding("assume.session_tags", "broken", B, subject, decision.words(), "a policy that allows it", fix)
