# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Link 4: what the trust policy of account A's role says of the consumer. Pure, no AWS.

Each check looks at one thing that a statement asks for, as if the rest of it were right: each fault is told once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...common.policies import POLICY_VERSION, dead_principals, merged_trust, statements, trusted_principals
from .allowance import denial, freely, grant, held, trusting, without
from .iam import Request
from .iam_conditions import conditions_hold
from .iam_matching import Truth, any_of, as_list
from .iam_requests import assume_request, assumed_role, caller_role
from .model import A, B, Finding, Fix, check
from .pair import Pair, is_managed

_REFUSED = "is not authorized to perform: sts:AssumeRole on resource: "
_SYMPTOMS = tuple((language, f"{_REFUSED}arn:aws:iam::") for language in ("python", "nodejs", "java", "go", "dotnet"))
CHAIN_LIMIT = 3600  # seconds of a session that a role's session asks for, whatever the role allows


def _policy(trust: dict[str, Any]) -> Any:
    return [{"name": "trust policy", "arn": None, "document": trust}]


def _request(pair: Pair, action: str = "sts:AssumeRole") -> Request:
    """Return the consumer's call.

    :raises Unreadable: where its role is missing or is another one, which other checks say.
    """
    if pair.b:
        caller_role(pair)
    return assume_request(pair, action)


def _mend(pair: Pair, text: str) -> Fix:
    """Return the fix that makes account A's role trust the consumer as the variables say."""
    role, wanted = assumed_role(pair), pair.wanted
    principals = {**trusted_principals(role["trust"]), pair.consumer_role_arn(): wanted.external_id}
    document = merged_trust(role["trust"], principals, session_tags=wanted.session_tags)
    return pair.run(text, is_managed(role["tags"]), A, trusting(role, document or {}))


@check("trust.role", "Account A's role is there", *_SYMPTOMS)
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


def _named(pair: Pair) -> bool:
    """Tell whether some statement of the trust names the consumer, under whatever conditions."""
    role = pair.role()
    return role is not None and grant(_policy(role["trust"]), _request(pair), True).result != "implicit_deny"


def _dead(trust: dict[str, Any]) -> list[str]:
    found = []
    for statement in statements(trust):
        principal = statement.get("Principal")
        if isinstance(principal, dict):
            found += dead_principals(as_list(principal.get("AWS")))
    return list(dict.fromkeys(found))


@check("trust.principal", "The trust policy names the consumer's role or its account", *_SYMPTOMS)
def names_consumer(pair: Pair) -> Iterator[Finding]:
    role, request = assumed_role(pair), _request(pair)
    decision = grant(_policy(role["trust"]), request, resource_based=True)
    assert request.who
    subject = f"trust policy of {role['role_name']}"
    if decision.result == "unknown":
        yield Finding("trust.principal", "unknown", A, subject, decision.words())
    elif decision.allowed:
        how = {"account": f"its account, {request.who.account}", "session": "its session, or anybody"}
        told = f"statement {decision.statement} names {how.get(decision.level, request.who.arn)}"
        evidence = {"statement": decision.statement, "level": decision.level}
        yield Finding("trust.principal", "ok", A, subject, told, evidence=evidence)
    elif not _dead(role["trust"]):
        told = f"it trusts {', '.join(_trusted(role['trust'])) or 'nobody'}"
        fix = _mend(pair, "run it again with this consumer: the role trusts it then")
        yield Finding("trust.principal", "broken", A, subject, told, f"it trusts {request.who.arn}", fix)


def _trusted(trust: dict[str, Any]) -> list[str]:
    """Return everybody whom a trust policy names, in words."""
    found: list[str] = []
    for statement in statements(trust):
        if statement.get("Effect") == "Allow":
            principal = statement.get("Principal")
            values = principal.values() if isinstance(principal, dict) else [principal]
            found += [str(text) for value in values for text in as_list(value)]
    return list(dict.fromkeys(found))


@check("trust.dead", "The trust policy names no role that was deleted", *_SYMPTOMS)
def names_nobody_dead(pair: Pair) -> Iterator[Finding]:
    role = assumed_role(pair)
    dead = _dead(role["trust"])
    if not dead:
        return
    subject, told = f"trust policy of {role['role_name']}", f"it names {', '.join(dead)}, of a role that was deleted"
    fix = _mend(pair, "run it again with this consumer: the role that was made anew is trusted then")
    if _named(pair):
        text = "take the principal out of the trust policy: IAM saves no policy with it"
        yield Finding("trust.dead", "warning", A, subject, told, fix=Fix("manual", A, text), evidence={"dead": dead})
        return
    told += "; a role of the same name that was made anew is another one"
    yield Finding("trust.dead", "broken", A, subject, told, pair.consumer_role_arn(), fix, {"dead": dead})


def _candidates(pair: Pair, request: Request) -> list[dict[str, Any]]:
    """Return the statements that allow the call but for their conditions."""
    trust = assumed_role(pair)["trust"]
    found = []
    for statement in statements(trust):
        alone: Any = {**trust, "Statement": [statement]}
        if grant(_policy(alone), request, resource_based=True).result != "implicit_deny":
            found.append(statement)
    return found


def _holds(pair: Pair, request: Request, concerns: Callable[[str], bool]) -> tuple[Truth, tuple[str, ...], bool]:
    """Judge the conditions on some keys: whether those of a statement hold, unknown keys, and if there are any."""
    trust = assumed_role(pair)["trust"]
    outcomes, asked = [], False
    for statement in _candidates(pair, request):
        block = statement.get("Condition") or {}
        part = {op: {key: item for key, item in tests.items() if concerns(key.lower())} for op, tests in block.items()}
        part = {op: tests for op, tests in part.items() if tests}
        asked = asked or bool(part)
        outcomes.append(conditions_hold(part, request.context, trust.get("Version") == POLICY_VERSION))
    unknown = tuple(key for outcome in outcomes for key in outcome.unknown)
    return any_of(outcome.truth for outcome in outcomes), unknown, asked


@check("trust.external_id", "The external id that the consumer gives is the one that is asked for", *_SYMPTOMS)
def external_id_fits(pair: Pair) -> Iterator[Finding]:
    yield from _judge(
        pair,
        "trust.external_id",
        lambda key: key == "sts:externalid",
        "the external id",
        f"the consumer gives {_quoted(pair.wanted.external_id)}, and the trust policy asks for another one",
        "run it with one external id on both sides: dax_account_a_external_id, dax_client_external_id",
    )


@check("trust.session_name", "The name of the client's session is one that is asked for", *_SYMPTOMS)
def session_name_fits(pair: Pair) -> Iterator[Finding]:
    yield from _judge(
        pair,
        "trust.session_name",
        lambda key: key == "sts:rolesessionname",
        "the name of the session",
        f"the client calls its session {_quoted(pair.wanted.session_name)}, and the trust policy asks for another name",
        "let the client call its session so: dax_client_session_name; or change dax_account_a_session_name_pattern",
    )


@check("trust.conditions", "The other conditions of the trust policy hold", *_SYMPTOMS)
def other_conditions_hold(pair: Pair) -> Iterator[Finding]:
    yield from _judge(
        pair,
        "trust.conditions",
        lambda key: key not in ("sts:externalid", "sts:rolesessionname"),
        "the other conditions",
        "they do not hold for this call",
        "take the condition out of the trust policy, or make it hold",
    )


def _quoted(text: str | None) -> str:
    return f'"{text}"' if text else "none"


def _judge(
    pair: Pair, check_id: str, concerns: Callable[[str], bool], what: str, told: str, mend: str
) -> Iterator[Finding]:
    role, request = assumed_role(pair), _request(pair)
    if not _named(pair):
        return
    truth, unknown, asked = _holds(pair, request, concerns)
    whole = held(_policy(role["trust"]), request, resource_based=True)
    if whole.allowed:
        truth = True  # another statement allows it
    if not asked:
        return
    subject = f"trust policy of {role['role_name']}: {what}"
    places = [item.get("Condition") for item in _candidates(pair, request)]
    evidence = {"conditions": places}
    if truth is None:
        told = f"whether it fits is not known: {', '.join(dict.fromkeys(unknown))}"
        yield Finding(check_id, "unknown", A, subject, told, evidence=evidence)
    elif truth:
        yield Finding(check_id, "ok", A, subject, "it fits", evidence=evidence)
    else:
        yield Finding(check_id, "broken", A, subject, told, "conditions that hold", _mend(pair, mend), evidence)


@check("trust.deny", "No statement of the trust policy denies it", *_SYMPTOMS)
def nothing_denies(pair: Pair) -> Iterator[Finding]:
    role = assumed_role(pair)
    decision = denial(_policy(role["trust"]), _request(pair), resource_based=True)
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
    if not pair.wanted.session_tags or not _named(pair):
        return
    decision = grant(_policy(role["trust"]), freely(_request(pair, "sts:TagSession")), resource_based=True)
    subject = f"trust policy of {role['role_name']}: sts:TagSession"
    if decision.result != "implicit_deny":
        yield Finding("trust.session_tags", "ok", A, subject, decision.words())
        return
    fix = _mend(pair, "set dax_account_a_allow_session_tags, and run it again")
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
