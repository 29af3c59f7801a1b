# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Link 4: the conditions under which account A's role trusts the consumer. Pure, no AWS.

Each check looks at one thing that a statement asks for, as if the rest of it were right: each fault is told once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...common.policies import POLICY_VERSION, statements
from .allowance import grant, held
from .iam import Request
from .iam_conditions import conditions_hold
from .iam_matching import Truth, any_of
from .iam_requests import assumed_role
from .model import A, Finding, check
from .pair import Pair
from .trust import SYMPTOMS, as_policy, mending, names_the_consumer, trust_request


def _candidates(pair: Pair, request: Request) -> list[dict[str, Any]]:
    """Return the statements that allow the call but for their conditions."""
    trust = assumed_role(pair)["trust"]
    found = []
    for statement in statements(trust):
        alone: Any = {**trust, "Statement": [statement]}
        if grant(as_policy(alone), request, resource_based=True).result != "implicit_deny":
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


@check("trust.external_id", "The external id that the consumer gives is the one that is asked for", *SYMPTOMS)
def external_id_fits(pair: Pair) -> Iterator[Finding]:
    yield from _judge(
        pair,
        "trust.external_id",
        lambda key: key == "sts:externalid",
        "the external id",
        f"the consumer gives {_quoted(pair.wanted.external_id)}, and the trust policy asks for another one",
        "run it with one external id on both sides: dax_account_a_external_id, dax_client_external_id",
    )


@check("trust.session_name", "The name of the client's session is one that is asked for", *SYMPTOMS)
def session_name_fits(pair: Pair) -> Iterator[Finding]:
    yield from _judge(
        pair,
        "trust.session_name",
        lambda key: key == "sts:rolesessionname",
        "the name of the session",
        f"the client calls its session {_quoted(pair.wanted.session_name)}, and the trust policy asks for another name",
        "let the client call its session so: dax_client_session_name; or change dax_account_a_session_name_pattern",
    )


@check("trust.conditions", "The other conditions of the trust policy hold", *SYMPTOMS)
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
    role, request = assumed_role(pair), trust_request(pair)
    if not names_the_consumer(pair):
        return
    truth, unknown, asked = _holds(pair, request, concerns)
    whole = held(as_policy(role["trust"]), request, resource_based=True)
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
        yield Finding(check_id, "broken", A, subject, told, "conditions that hold", mending(pair, mend), evidence)
