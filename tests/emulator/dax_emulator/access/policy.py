# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IAM policies: what a set of policy documents says of one action on one resource.

Implements the evaluation of one account's policies as AWS documents it ("Policy evaluation logic"): an explicit deny
beats everything, an allow is needed from the identity's policies, and a permissions boundary and a session policy each
take away what they do not allow.
"""

from __future__ import annotations

import fnmatch
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any

Document = Mapping[str, Any]
Context = Mapping[str, str | Sequence[str]]


class Decision(Enum):
    """What a document, or several, say."""

    ALLOW = "allow"
    IMPLICIT_DENY = "implicit deny"
    EXPLICIT_DENY = "explicit deny"


@dataclass(frozen=True)
class PolicySet:
    """Every policy that bears on one principal. None means that there is no such policy, so that nothing is limited."""

    identity: Sequence[Document] = field(default_factory=tuple)
    boundary: Document | None = None
    session: Document | None = None

    def decide(self, action: str, resource: str, context: Context | None = None) -> Decision:
        """Decide on an action ("dax:GetItem") on a resource (an ARN) under the condition keys in `context`."""
        groups = [self.identity]
        groups += [(limit,) for limit in (self.boundary, self.session) if limit is not None]
        decisions = [decide(group, action, resource, context) for group in groups]
        if Decision.EXPLICIT_DENY in decisions:
            return Decision.EXPLICIT_DENY
        return Decision.IMPLICIT_DENY if Decision.IMPLICIT_DENY in decisions else Decision.ALLOW


def decide(documents: Iterable[Document], action: str, resource: str, context: Context | None = None) -> Decision:
    """Decide by the documents' statements alone. Raises ValueError for a condition operator that AWS does not have."""
    decision = Decision.IMPLICIT_DENY
    for document in documents:
        for statement in statements(document):
            if not _matches(statement, action, resource, context or {}):
                continue
            if statement["Effect"] == "Deny":
                return Decision.EXPLICIT_DENY
            decision = Decision.ALLOW
    return decision


def statements(document: Document) -> list[Mapping[str, Any]]:
    """Return a document's statements; one alone may stand without a list."""
    found = document.get("Statement", [])
    return [found] if isinstance(found, Mapping) else list(found)


def listed(value: Any) -> list[Any]:
    """Return a policy element as a list; one value may stand without one."""
    return list(value) if isinstance(value, list | tuple) else [value]


def like(pattern: str, text: str) -> bool:
    """Match IAM's wildcards: * for any text, ? for one character; brackets mean themselves."""
    return fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))


def _matches(statement: Mapping[str, Any], action: str, resource: str, context: Context) -> bool:
    return (
        _names(statement, "Action", action.lower(), lambda text: text.lower())
        and _names(statement, "Resource", resource, lambda text: _substituted(text, context))
        and conditions_hold(statement.get("Condition", {}), context)
    )


def _names(statement: Mapping[str, Any], element: str, value: str, prepare: Callable[[str], str]) -> bool:
    if element in statement:
        return any(like(prepare(pattern), value) for pattern in listed(statement[element]))
    if f"Not{element}" in statement:
        return not any(like(prepare(pattern), value) for pattern in listed(statement[f"Not{element}"]))
    return False


def _substituted(text: str, context: Context) -> str:
    """Replace policy variables (${aws:username}) by what the request carries."""

    def value(found: re.Match[str]) -> str:
        known = _lookup(context, found[1])
        return known[0] if known else found[0]

    return re.sub(r"\$\{([^}]+)\}", value, text)


def _lookup(context: Context, key: str) -> list[str] | None:
    """Return a condition key's values, None if the request does not carry it; keys have no case."""
    for name, value in context.items():
        if name.lower() == key.lower():
            return [value] if isinstance(value, str) else list(value)
    return None


def conditions_hold(block: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Evaluate a Condition element: every operator and every key in it must hold."""
    return all(
        _condition_holds(operator, _lookup(context, key), [str(value) for value in listed(wanted)], context)
        for operator, keys in block.items()
        for key, wanted in keys.items()
    )


def _condition_holds(operator: str, actual: list[str] | None, wanted: list[str], context: Context) -> bool:
    quantifier, _, rest = operator.rpartition(":")
    name = rest.removesuffix("IfExists")
    if name == "Null":
        return (actual is None) == (wanted[0].lower() == "true")
    negative = name in _NEGATED
    test = _TESTS.get(_NEGATED.get(name, name))
    if test is None:
        raise ValueError(f"unknown condition operator {operator!r}")
    if actual is None:
        # A negated operator holds for a key that is not there; so does IfExists, and "for all" of nothing.
        return negative or rest.endswith("IfExists") or quantifier == "ForAllValues"
    values = [_substituted(text, context) for text in wanted]
    results = [any(test(text, one) for text in values) != negative for one in actual]
    return any(results) if quantifier == "ForAnyValue" else all(results)


def _when(text: str) -> datetime:
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return datetime.fromtimestamp(float(text), UTC)
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _in_network(network: str, address: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)


# Each test takes the policy's value and the request's.
_TESTS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda wanted, actual: wanted == actual,
    "StringEqualsIgnoreCase": lambda wanted, actual: wanted.lower() == actual.lower(),
    "StringLike": like,
    "ArnEquals": like,
    "ArnLike": like,
    "Bool": lambda wanted, actual: wanted.lower() == actual.lower(),
    "BinaryEquals": lambda wanted, actual: wanted == actual,
    "NumericEquals": lambda wanted, actual: float(actual) == float(wanted),
    "NumericLessThan": lambda wanted, actual: float(actual) < float(wanted),
    "NumericLessThanEquals": lambda wanted, actual: float(actual) <= float(wanted),
    "NumericGreaterThan": lambda wanted, actual: float(actual) > float(wanted),
    "NumericGreaterThanEquals": lambda wanted, actual: float(actual) >= float(wanted),
    "DateEquals": lambda wanted, actual: _when(actual) == _when(wanted),
    "DateLessThan": lambda wanted, actual: _when(actual) < _when(wanted),
    "DateLessThanEquals": lambda wanted, actual: _when(actual) <= _when(wanted),
    "DateGreaterThan": lambda wanted, actual: _when(actual) > _when(wanted),
    "DateGreaterThanEquals": lambda wanted, actual: _when(actual) >= _when(wanted),
    "IpAddress": _in_network,
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
}
