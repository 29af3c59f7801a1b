# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Link 4: whom the trust policy of account A's role names, for what and for how long. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...common.doctor import RoleDetails
from ...common.policies import dead_principals, dead_statements, merged_trust, statements, trusted_principals
from .allowance import denial, freely, grant, trusting, without
from .iam import Request
from .iam_matching import as_list
from .iam_requests import assume_request, assumed_role, caller_role
from .model import A, B, Finding, Fix, check
from .pair import Pair, is_managed

_REFUSED = "is not authorized to perform: sts:AssumeRole on resource: "
SYMPTOMS = tuple((language, f"{_REFUSED}arn:aws:iam::") for language in ("python", "nodejs", "java", "go", "dotnet"))
CHAIN_LIMIT = 3600  # seconds of a session that a role's session asks for, whatever the role allows


def as_policy(trust: dict[str, Any]) -> Any:
    return [{"name": "trust policy", "arn": None, "document": trust}]


def trust_request(pair: Pair, action: str = "sts:AssumeRole") -> Request:
    """Return the consumer's call.

    :raises Unreadable: where its role is missing or is another one, which other checks say.
    """
    if pair.b:
        caller_role(pair)
    return assume_request(pair, action)


def mending(pair: Pair, text: str) -> Fix:
    """Return the fix that makes account A's role trust the consumer as the variables say."""
    role, wanted = assumed_role(pair), pair.wanted
    trust = without_dead(role["trust"])
    principals = {**trusted_principals(trust), pair.consumer_role_arn(): wanted.external_id}
    document = merged_trust(trust, principals, session_tags=wanted.session_tags)
    return pair.run(text, _is_ours(role), A, trusting(role, document or {}))


def _is_ours(role: RoleDetails) -> bool:
    """Tell whether a run can write the trust policy: IAM saves none in which others name somebody who is gone."""
    return is_managed(role["tags"]) and not dead_statements(role["trust"])


def without_dead(trust: dict[str, Any]) -> dict[str, Any]:
    """Return a trust policy without principals that were deleted, and without statements that named nobody else."""
    kept = []
    for statement in statements(trust):
        principal = statement.get("Principal")
        named = as_list(principal.get("AWS")) if isinstance(principal, dict) else []
        dead = dead_principals(named)
        if isinstance(principal, dict) and dead:
            living = [item for item in named if item not in dead]
            others = {kind: item for kind, item in principal.items() if kind != "AWS"}
            left = {**others, "AWS": living} if living else others
            statement = {**statement, "Principal": left}
            if not left:
                continue
        kept.append(statement)
    return {**trust, "Statement": kept}


@check("trust.role", "Account A's role is there", *SYMPTOMS)
def role_exists(pair: Pair) -> Iterator[Finding]:
    role, subject = pair.role(), f"role {pair.wanted.role_name}"
    if role is None:
        fix = pair.run("run it again: it makes the role", True, A)
        yield Finding(
            "trust.role", "broken", A, subject, "there is no such role", "a role that trusts the consumer", fix
        )
        return
    evidence = {"arn": role["arn"], "role_id": role["role_id"]}
    yield Finding("trust.role", "ok", A, f"role {role['role_name']}", role["arn"], evidence=evidence)


def names_the_consumer(pair: Pair) -> bool:
    """Tell whether some statement of the trust names the consumer, under whatever conditions."""
    role = pair.role()
    return role is not None and grant(as_policy(role["trust"]), trust_request(pair), True).result != "implicit_deny"


def _dead(trust: dict[str, Any]) -> list[str]:
    found = []
    for statement in statements(trust):
        principal = statement.get("Principal")
        if isinstance(principal, dict):
            found += dead_principals(as_list(principal.get("AWS")))
    return list(dict.fromkeys(found))


@check("trust.principal", "The trust policy names the consumer's role or its account", *SYMPTOMS)
def names_consumer(pair: Pair) -> Iterator[Finding]:
    role, request = assumed_role(pair), trust_request(pair)
    decision = grant(as_policy(role["trust"]), request, resource_based=True)
    subject = f"trust policy of {role['role_name']}"
    if decision.result == "unknown":
        yield Finding("trust.principal", "unknown", A, subject, decision.words())
    elif decision.allowed:
        how = {"account": f"its account, {request.caller.account}", "session": "its session, or anybody"}
        told = f"statement {decision.statement} names {how.get(decision.level, request.caller.arn)}"
        evidence = {"statement": decision.statement, "level": decision.level}
        yield Finding("trust.principal", "ok", A, subject, told, evidence=evidence)
    elif not _dead(role["trust"]):
        told = f"it trusts {', '.join(_trusted(role['trust'])) or 'nobody'}"
        fix = mending(pair, "run it again with this consumer: the role trusts it then")
        yield Finding("trust.principal", "broken", A, subject, told, f"it trusts {request.caller.arn}", fix)


def _trusted(trust: dict[str, Any]) -> list[str]:
    """Return everybody whom a trust policy names, in words."""
    found: list[str] = []
    for statement in statements(trust):
        if statement.get("Effect") == "Allow":
            principal = statement.get("Principal")
            values = principal.values() if isinstance(principal, dict) else [principal]
            found += [str(text) for value in values for text in as_list(value)]
    return list(dict.fromkeys(found))


@check("trust.dead", "The trust policy names no role that was deleted", *SYMPTOMS)
def names_nobody_dead(pair: Pair) -> Iterator[Finding]:
    role = assumed_role(pair)
    dead = _dead(role["trust"])
    if not dead:
        return
    subject, told = f"trust policy of {role['role_name']}", f"it names {', '.join(dead)}, of a role that was deleted"
    fix = mending(pair, "run it again with this consumer: the role that was made anew is trusted then")
    if names_the_consumer(pair):
        text = "take it out of the trust policy: IAM saves none with it"
        fix = pair.run(text, _is_ours(role), A, trusting(role, without_dead(role["trust"])))
        yield Finding("trust.dead", "warning", A, subject, told, fix=fix, evidence={"dead": dead})
        return
    told += "; a role of the same name that was made anew is another one"
    yield Finding("trust.dead", "broken", A, subject, told, pair.consumer_role_arn(), fix, {"dead": dead})


@check("trust.deny", "No statement of the trust policy denies it", *SYMPTOMS)
def nothing_denies(pair: Pair) -> Iterator[Finding]:
    role = assumed_role(pair)
    decision = denial(as_policy(role["trust"]), trust_request(pair), resource_based=True)
    subject = f"trust policy of {role['role_name']}: denies"
    if decision.result == "explicit_deny":
        command = trusting(role, without(role["trust"], decision.statement))
        fix = pair.run("take the statement out", False, A, command)
        yield Finding("trust.deny", "broken", A, subject, decision.words(), "no deny", fix)
    elif decision.result == "unknown":
        yield Finding("trust.deny", "unknown", A, subject, decision.words())
    else:
        yield Finding("trust.deny", "ok", A, subject, "none")


@check(
    "trust.session_tags",
    "Account A's role takes session tags",
    ("python", "is not authorized to perform: sts:TagSession"),
)
def takes_tags(pair: Pair) -> Iterator[Finding]:
    role = assumed_role(pair)
    if not pair.wanted.session_tags or not names_the_consumer(pair):
        return
    decision = grant(as_policy(role["trust"]), freely(trust_request(pair, "sts:TagSession")), resource_based=True)
    subject = f"trust policy of {role['role_name']}: sts:TagSession"
    if decision.result != "implicit_deny":
        yield Finding("trust.session_tags", "ok", A, subject, decision.words())
        return
    fix = mending(pair, "set dax_account_a_allow_session_tags, and run it again")
    told = "no statement lets the consumer set session tags"
    yield Finding("trust.session_tags", "broken", A, subject, told, "sts:TagSession", fix)


@check(
    "trust.duration",
    "The session is no longer than what STS gives",
    ("python", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"),
)
def duration_fits(pair: Pair) -> Iterator[Finding]:
    role, wanted = assumed_role(pair), pair.wanted.max_session_seconds
    most = min(CHAIN_LIMIT, role["max_session_duration"])
    subject, evidence = "duration of the session", {"wanted": wanted, "role": role["max_session_duration"]}
    if wanted <= most:
        yield Finding("trust.duration", "ok", B, subject, f"{wanted} of at most {most} seconds", evidence=evidence)
        return
    why = "a role's session gets no more than an hour from another role"
    run = ("ansible-playbook", pair.wanted.playbook)
    fix = Fix("variable", B, f"set dax_client_session_duration to {most} or less, and run", (run,))
    found = f"the client asks for {wanted} seconds; {why}" if most == CHAIN_LIMIT else f"the client asks for {wanted}"
    yield Finding("trust.duration", "broken", B, subject, found, f"at most {most} seconds", fix, evidence)
