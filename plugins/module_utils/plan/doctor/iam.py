# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What IAM decides: identity policies, permissions boundary, trust policy, endpoint policy. Pure, no AWS.

Complete for what roles and their trust policies can say. Not looked at, since nobody outside of the organization can
read them: service control policies and resource control policies.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

from ...common.doctor import NamedPolicy, RoleDetails
from ...common.policies import POLICY_VERSION, statements
from .iam_conditions import conditions_hold
from .iam_matching import (
    LEVELS,
    Context,
    Level,
    Named,
    Principal,
    Truth,
    all_of,
    any_of,
    as_list,
    matches_action,
    matches_arn,
    names,
    negation,
    pattern_of,
)

Result: TypeAlias = Literal["allowed", "explicit_deny", "implicit_deny", "unknown"]


@dataclass(frozen=True)
class Request:
    """One call as IAM judges it.

    :ivar who: None where only identity policies are asked, which name nobody.
    """

    action: str
    resource: str
    context: Context
    who: Principal | None = None

    @property
    def caller(self) -> Principal:
        """Who asks, of a request that names somebody."""
        if self.who is None:
            raise ValueError("a request of which only identity policies are asked names nobody")
        return self.who


@dataclass(frozen=True)
class Decision:
    """What was decided, and by what.

    :ivar policy: the name of the policy that decided; "" where none did, as when nothing allows the call.
    :ivar statement: the ``Sid`` of the statement or its number from 1; "" where no statement decided.
    :ivar unknown: the condition keys on whose values it depends, for a result of ``unknown``.
    :ivar level: of a trust policy that allows: how it names the caller.
    """

    result: Result
    policy: str = ""
    statement: str = ""
    unknown: tuple[str, ...] = ()
    level: Level = "principal"

    @property
    def allowed(self) -> bool:
        return self.result == "allowed"

    def words(self) -> str:
        """Say it in the words of AWS's own messages."""
        place = f"statement {self.statement} of the policy {self.policy}"
        if self.result == "implicit_deny":
            return (
                f"the policy {self.policy} does not allow it" if self.policy else "no identity-based policy allows it"
            )
        if self.result == "explicit_deny":
            return f"{place} denies it explicitly"
        if self.result == "unknown":
            return f"{place} decides by {', '.join(self.unknown) or 'a condition'}, whose value is not known"
        return f"{place} allows it"


class _Match(NamedTuple):
    """How one statement stands to a request."""

    effect: str
    truth: Truth
    policy: str
    statement: str
    unknown: tuple[str, ...]
    level: Level

    def decision(self, result: Result) -> Decision:
        return Decision(result, self.policy, self.statement, self.unknown, self.level)


def decide(policies: Iterable[NamedPolicy], request: Request, resource_based: bool = False) -> Decision:
    """Evaluate policies of one kind: an explicit deny wins, and what nothing allows is denied.

    :param resource_based: whether statements name principals.
    """
    return _decide([match for policy in policies for match in _matches(policy, request, resource_based)])


def _decide(found: list[_Match]) -> Decision:
    denies = [match for match in found if match.effect == "Deny"]
    # One that names the caller says more than one that names its account.
    allows = sorted((match for match in found if match.effect == "Allow"), key=lambda match: LEVELS.index(match.level))
    for match in denies:
        if match.truth:
            return match.decision("explicit_deny")
    certain = next((match for match in allows if match.truth), None)
    if not allows:
        return Decision("implicit_deny")
    if denies or certain is None:
        return (denies or allows)[0].decision("unknown")
    return certain.decision("allowed")


def decide_for_role(role: RoleDetails, request: Request) -> Decision:
    """Evaluate a role's identity policies, and its boundary, which has to allow the call too."""
    identity = decide(role["policies"], request)
    boundary = role["boundary"]
    if boundary is None or identity.result == "explicit_deny":
        return identity
    limit = decide([boundary], request)
    if limit.result == "explicit_deny" or identity.result == "implicit_deny":
        return limit if limit.result == "explicit_deny" else identity
    if limit.result == "implicit_deny":
        return Decision("implicit_deny", boundary["name"])
    return limit if limit.result == "unknown" else identity


def decide_trust(trust: dict[str, Any], request: Request) -> Decision:
    """Evaluate the trust policy of a role; it has no resources, and the request has to say who asks."""
    return decide([{"name": "trust policy", "arn": None, "document": trust}], request, resource_based=True)


def decide_assume(role: RoleDetails, trust: dict[str, Any], request: Request) -> Decision:
    """Evaluate a call that a role makes on another one: both sides have to allow it.

    Within one account a trust policy that names the caller is enough by itself: within the boundary of the caller's
    role, or beyond it where it names the session or anybody.
    """
    by_role, by_trust = decide_for_role(role, request), decide_trust(trust, request)
    for decision in (by_role, by_trust):
        if decision.result == "explicit_deny":
            return decision
    if request.caller.account == _account(request.resource):
        return _decide_within_account(role, trust, request)
    return _worst(by_role, by_trust)


def _worst(by_role: Decision, by_trust: Decision) -> Decision:
    """Return the decision that stands in the way."""
    for result in ("implicit_deny", "unknown"):
        for decision in (by_role, by_trust):
            if decision.result == result:
                return decision
    return by_role


def _decide_within_account(role: RoleDetails, trust: dict[str, Any], request: Request) -> Decision:
    """Evaluate what no certain deny forbids: the three ways on which it may be allowed, then possible denies."""
    limits = [role["boundary"]] if role["boundary"] else []
    own = [match for policy in role["policies"] for match in _matches(policy, request, False)]
    limit = [match for policy in limits for match in _matches(policy, request, False)]
    given = list(_matches({"name": "trust policy", "arn": None, "document": trust}, request, True))
    within = _allows(limit) if limits else True
    allowed = any_of(
        [
            all_of([_allows(own), within, _allows(given)]),
            all_of([within, _allows(given, LEVELS[:2])]),
            _allows(given, LEVELS[:1]),
        ]
    )
    everything = [*own, *limit, *given]
    doubts = [match for match in everything if match.truth is None]
    if allowed is False:
        return _worst(decide_for_role(role, request), _decide(given))
    if allowed is None or any(match.effect == "Deny" for match in doubts):
        keys = dict.fromkeys(key for match in doubts for key in match.unknown)
        return Decision("unknown", doubts[0].policy, doubts[0].statement, tuple(keys))
    return next(match for match in [*given, *own] if match.effect == "Allow" and match.truth).decision("allowed")


def _allows(found: Iterable[_Match], levels: tuple[Level, ...] = LEVELS) -> Truth:
    return any_of(match.truth for match in found if match.effect == "Allow" and match.level in levels)


def _account(arn: str) -> str:
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 else ""


def _matches(policy: NamedPolicy, request: Request, resource_based: bool) -> Iterable[_Match]:
    document = policy["document"]
    variables = document.get("Version") == POLICY_VERSION
    for number, statement in enumerate(statements(document), start=1):
        named = _named(statement, request.who) if resource_based else Named(True, "principal")
        conditions = conditions_hold(statement.get("Condition"), request.context, variables)
        concerns, keys = _concerns(statement, request, variables)
        truth = all_of([named.truth, _acts(statement, request.action), concerns, conditions.truth])
        if truth is not False:
            effect, sid = str(statement.get("Effect")), str(statement.get("Sid") or number)
            unknown = (*keys, *conditions.unknown, *([] if named.truth else ["the name of the caller's session"]))
            yield _Match(effect, truth, policy["name"], sid, unknown, named.level)


def _named(statement: dict[str, Any], who: Principal | None) -> Named:
    if who is None:
        return Named(False, "principal")
    if "NotPrincipal" in statement:
        return Named(negation(names(statement["NotPrincipal"], who).truth), "principal")
    return names(statement.get("Principal"), who)


def _acts(statement: dict[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not any(matches_action(str(item), action) for item in as_list(statement["NotAction"]))
    return any(matches_action(str(item), action) for item in as_list(statement.get("Action")))


def _concerns(statement: dict[str, Any], request: Request, variables: bool) -> tuple[Truth, tuple[str, ...]]:
    """Tell whether a statement is about the resource, and on which keys that depends.

    One of a trust policy names none, and is about its own role.
    """
    element = next((name for name in ("Resource", "NotResource") if name in statement), None)
    if element is None:
        return True, ()
    patterns = [pattern_of(str(item), request.context, variables) for item in as_list(statement[element])]
    found = any_of(matches_arn(pattern, request.resource) for pattern in patterns)
    unknown = tuple(key for pattern in patterns for key in pattern.unknown) if found is None else ()
    if element == "Resource":
        return found, unknown
    # A variable without a value makes that the statement is about nothing.
    return False if any(pattern.unresolved for pattern in patterns) else negation(found), unknown
