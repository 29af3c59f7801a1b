# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions of IAM policies: every operator, over what is known of the request. Pure.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias

from .iam_matching import (
    Context,
    Pattern,
    Truth,
    all_of,
    any_of,
    as_list,
    matches_arn,
    matches_text,
    negation,
    pattern_of,
)

Compare: TypeAlias = "Callable[[Pattern, str], Truth]"
_Values: TypeAlias = "tuple[str, ...] | None"


class Outcome(NamedTuple):
    """Whether conditions hold, and the keys on which an outcome of None depends."""

    truth: Truth
    unknown: tuple[str, ...] = ()


def conditions_hold(block: Any, context: Context, variables: bool) -> Outcome:
    """Tell whether all conditions of a statement hold.

    :param block: the value of its ``Condition``: {operator: {key: value or values}}.
    :param variables: whether the policy's version has variables.
    """
    found: list[tuple[Truth, tuple[str, ...]]] = []
    for operator, tests in (block or {}).items():
        for key, values in tests.items():
            patterns = [pattern_of(_text(value), context, variables) for value in as_list(values)]
            truth = _holds(str(operator), str(key), patterns, context)
            of_variables = [name for pattern in patterns for name in pattern.unknown]
            found.append((truth, (str(key), *of_variables) if context.possible(key) == () else tuple(of_variables)))
    truth = all_of(item for item, _keys in found)
    if truth is not None:
        return Outcome(truth)
    keys = [key for item, unknown in found if item is None for key in unknown]
    return Outcome(None, tuple(dict.fromkeys(keys)))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _holds(operator: str, key: str, patterns: list[Pattern], context: Context) -> Truth:
    """Tell whether one condition holds: for each value that the key may have, and the same for all."""
    possible = context.possible(key)
    if not possible:
        # Of a key about which nothing is known, it may still be plain: ForAllValues and others hold for any value.
        return None
    outcomes = {_holds_for(operator.lower(), patterns, values) for values in possible}
    return outcomes.pop() if len(outcomes) == 1 else None


def _holds_for(operator: str, patterns: list[Pattern], values: _Values) -> Truth:
    quantifier, _colon, name = operator.rpartition(":")
    if name.removesuffix("ifexists") == "null":
        return any_of((pattern.literal().lower() == "true") == (values is None) for pattern in patterns)
    if_exists = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    if name not in _OPERATORS:
        return None
    compare, negated = _OPERATORS[name]
    if values is None or (not values and quantifier):
        # ForAnyValue is about the values that there are, also with IfExists.
        return quantifier == "forallvalues" or (not quantifier and (negated or if_exists))
    if negated and any(pattern.unresolved for pattern in patterns):
        return False  # a variable without a value makes the statement invalid

    def meets(value: str) -> Truth:
        found = any_of(compare(pattern, value) for pattern in patterns)
        return negation(found) if negated else found

    if quantifier == "forallvalues":
        return all_of(map(meets, values))
    if quantifier == "foranyvalue":
        return any_of(map(meets, values))
    # What AWS does with several values and no ForAllValues or ForAnyValue is documented nowhere.
    return meets(values[0]) if len(values) == 1 and not quantifier else None


def _equals(pattern: Pattern, value: str) -> Truth:
    return _plain(pattern, lambda text: text == value)


def _equals_ignoring_case(pattern: Pattern, value: str) -> Truth:
    return _plain(pattern, lambda text: text.lower() == value.lower())


def _plain(pattern: Pattern, test: Callable[[str], bool]) -> Truth:
    """Compare without wildcards."""
    if pattern.unresolved:
        return False
    return None if pattern.unknown else test(pattern.literal())


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _date(text: str) -> float | None:
    """Return a date in seconds since the epoch; IAM takes ISO 8601 and such seconds."""
    seconds = _number(text) if "-" not in text[1:] else None
    if seconds is not None and len(text) > 4:
        return seconds
    try:
        found = datetime.fromisoformat(text if len(text) != 7 else f"{text}-01")
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _ordered(convert: Callable[[str], float | None], test: Callable[[float, float], bool]) -> Compare:
    """Return a comparison (of the request's value with the policy's), which what is no number or date never meets."""

    def compare(pattern: Pattern, value: str) -> Truth:
        given = convert(value)

        def meets(text: str) -> bool:
            wanted = convert(text)
            return given is not None and wanted is not None and test(given, wanted)

        return _plain(pattern, meets)

    return compare


def _bool(pattern: Pattern, value: str) -> Truth:
    return _plain(pattern, lambda text: text.lower() == value.lower() and text.lower() in ("true", "false"))


def _ip(pattern: Pattern, value: str) -> Truth:
    def inside(text: str) -> bool:
        try:
            address, block = ipaddress.ip_address(value), ipaddress.ip_network(text, strict=False)
        except ValueError:
            return False
        return address.version == block.version and address in block

    return _plain(pattern, inside)


_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "equals": lambda given, wanted: given == wanted,
    "lessthan": lambda given, wanted: given < wanted,
    "lessthanequals": lambda given, wanted: given <= wanted,
    "greaterthan": lambda given, wanted: given > wanted,
    "greaterthanequals": lambda given, wanted: given >= wanted,
}

# {operator in lower case: (the comparison of a value of the policy with one of the request, whether it is negated)}
_OPERATORS: dict[str, tuple[Compare, bool]] = {
    "stringequals": (_equals, False),
    "stringnotequals": (_equals, True),
    "stringequalsignorecase": (_equals_ignoring_case, False),
    "stringnotequalsignorecase": (_equals_ignoring_case, True),
    "stringlike": (matches_text, False),
    "stringnotlike": (matches_text, True),
    "arnequals": (matches_arn, False),  # AWS: the same as ArnLike
    "arnlike": (matches_arn, False),
    "arnnotequals": (matches_arn, True),
    "arnnotlike": (matches_arn, True),
    **{f"numeric{name}": (_ordered(_number, test), False) for name, test in _ORDERS.items()},
    "numericnotequals": (_ordered(_number, _ORDERS["equals"]), True),
    **{f"date{name}": (_ordered(_date, test), False) for name, test in _ORDERS.items()},
    "datenotequals": (_ordered(_date, _ORDERS["equals"]), True),
    "bool": (_bool, False),
    "binaryequals": (_equals, False),
    "ipaddress": (_ip, False),
    "notipaddress": (_ip, True),
}
