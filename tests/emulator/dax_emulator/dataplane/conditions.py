# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Condition, filter and key-condition expressions: CBOR trees, evaluated with DynamoDB's semantics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dax_emulator.dataplane import cbor, paths
from dax_emulator.dataplane.cbor import MalformedError
from dax_emulator.dataplane.constants import Func
from dax_emulator.dataplane.errors import validation
from dax_emulator.dataplane.paths import MISSING, Missing, Path
from dax_emulator.dataplane.values import SETS, Item, Value, equal, from_cbor, type_of

# A value, or MISSING.
Operand = Any

_SYMBOLS = {
    Func.EQUAL: "=",
    Func.NOT_EQUAL: "<>",
    Func.LESS: "<",
    Func.LESS_EQUAL: "<=",
    Func.GREATER: ">",
    Func.GREATER_EQUAL: ">=",
}
_ORDERED: dict[Func, Callable[[Any, Any], bool]] = {
    Func.LESS: lambda left, right: left < right,
    Func.LESS_EQUAL: lambda left, right: left <= right,
    Func.GREATER: lambda left, right: left > right,
    Func.GREATER_EQUAL: lambda left, right: left >= right,
}
_ORDERED_TYPES = {"S", "N", "B"}
_ALL_TYPES = {"S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"}


@dataclass(frozen=True)
class Expression:
    """A decoded expression: its tree, and the values that its variables stand for."""

    tree: Any
    values: Sequence[Value]

    def variable(self, node: Any) -> Value:
        """Return the value of a variable node."""
        if not _is(node, Func.VARIABLE) or len(node) != 2 or not 0 <= node[1] < len(self.values):
            raise MalformedError("an expression names a variable that it does not bring")
        return self.values[node[1]]


def decode_expression(raw: bytes | None) -> Expression | None:
    """Read an encoded expression, [format, tree, [values]]; None when there is none."""
    if raw is None:
        return None
    encoded = cbor.decode(raw)
    if not isinstance(encoded, list) or len(encoded) != 3 or not isinstance(encoded[2], list):
        raise MalformedError("an expression is not [format, tree, [values]]")
    return Expression(encoded[1], [from_cbor(value) for value in encoded[2]])


def _is(node: Any, *heads: Func) -> bool:
    return isinstance(node, list) and bool(node) and not isinstance(node[0], list) and node[0] in heads


def head_of(node: Any) -> Func:
    """Return the function at the head of a node."""
    if not isinstance(node, list) or not node or not isinstance(node[0], int):
        raise MalformedError("an expression's node has no function")
    try:
        return Func(node[0])
    except ValueError:
        raise MalformedError(f"an expression has the unknown function {node[0]}") from None


def holds(expression: Expression | None, item: Item | None) -> bool:
    """Evaluate a condition on an item (None: there is no item); no condition always holds."""
    return expression is None or _condition(expression, expression.tree, item or {})


def _condition(expression: Expression, node: Any, item: Item) -> bool:
    head, arguments = head_of(node), node[1:]
    match head, arguments:
        case Func.AND, [left, right]:
            return _condition(expression, left, item) & _condition(expression, right, item)
        case Func.OR, [left, right]:
            return _condition(expression, left, item) | _condition(expression, right, item)
        case Func.NOT, [inner]:
            return not _condition(expression, inner, item)
        case Func.ATTRIBUTE_EXISTS, [path]:
            return paths.get(item, paths.decode_path(path)) is not MISSING
        case Func.ATTRIBUTE_NOT_EXISTS, [path]:
            return paths.get(item, paths.decode_path(path)) is MISSING
        case Func.IN, [left, list() as candidates]:
            value = _operand(expression, left, item)
            return any(_equal(value, _operand(expression, candidate, item)) for candidate in candidates)
        case Func.BETWEEN, [left, low, high]:
            return _between(expression, item, left, low, high)
        case Func.ATTRIBUTE_TYPE | Func.BEGINS_WITH | Func.CONTAINS, [left, right]:
            function = {
                Func.ATTRIBUTE_TYPE: _attribute_type,
                Func.BEGINS_WITH: _begins_with,
                Func.CONTAINS: _contains,
            }[head]
            return function(_operand(expression, left, item), _operand(expression, right, item))
        case _, [left, right] if head in _SYMBOLS:
            return _compare(expression, head, left, right, item)
    raise MalformedError(f"a condition cannot use {head.name} with {len(arguments)} arguments")


def _operand(expression: Expression, node: Any, item: Item) -> Operand:
    match head_of(node):
        case Func.VARIABLE:
            return expression.variable(node)
        case Func.DOCUMENT_PATH:
            return paths.get(item, paths.decode_path(node))
        case Func.SIZE if len(node) == 2:
            return _size(_operand(expression, node[1], item))
    raise MalformedError(f"an operand cannot be {head_of(node).name}")


def _size(value: Operand) -> Operand:
    if isinstance(value, str | bytes | list | dict) or type(value) in SETS:
        return Decimal(len(value))
    return MISSING


def _compare(expression: Expression, head: Func, left: Any, right: Any, item: Item) -> bool:
    one, other = _operand(expression, left, item), _operand(expression, right, item)
    if head == Func.EQUAL:
        return _equal(one, other)
    if head == Func.NOT_EQUAL:
        return not _equal(one, other)
    _refuse_unordered(expression, _SYMBOLS[head], left, right)
    return _comparable(one, other) and _ORDERED[head](one, other)


def _between(expression: Expression, item: Item, left: Any, low: Any, high: Any) -> bool:
    value, bottom, top = (_operand(expression, node, item) for node in (left, low, high))
    _refuse_unordered(expression, "BETWEEN", left, low, high)
    if _is(low, Func.VARIABLE) and _is(high, Func.VARIABLE) and _comparable(bottom, top) and bottom > top:
        raise validation(
            "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
            f"lower bound operand: AttributeValue: {bottom}, upper bound operand: AttributeValue: {top}"
        )
    return _comparable(value, bottom) and _comparable(value, top) and bool(bottom <= value <= top)


def _refuse_unordered(expression: Expression, symbol: str, *nodes: Any) -> None:
    """A value given in the request must be one that has an order; an attribute may be anything."""
    for node in nodes:
        if _is(node, Func.VARIABLE) and type_of(expression.variable(node)) not in _ORDERED_TYPES:
            kind = type_of(expression.variable(node))
            raise validation(f"Incorrect operand type for operator or function; operator: {symbol}, type: {kind}")


def _equal(left: Operand, right: Operand) -> bool:
    return left is not MISSING and right is not MISSING and equal(left, right)


def _comparable(left: Operand, right: Operand) -> bool:
    return type(left) is type(right) and not isinstance(left, Missing) and type_of(left) in _ORDERED_TYPES


def _attribute_type(value: Operand, wanted: Operand) -> bool:
    if not isinstance(wanted, str) or wanted not in _ALL_TYPES:
        raise validation(
            f"Invalid attribute type name found; type: {wanted}, valid types: {{{','.join(sorted(_ALL_TYPES))}}}"
        )
    return not isinstance(value, Missing) and type_of(value) == wanted


def _begins_with(value: Operand, prefix: Operand) -> bool:
    if prefix is MISSING:
        return False
    if not isinstance(prefix, str | bytes):
        raise validation(
            f"Incorrect operand type for operator or function; operator or function: begins_with, "
            f"operand type: {type_of(prefix)}"
        )
    return type(value) is type(prefix) and bool(value[: len(prefix)] == prefix)


def _contains(value: Operand, wanted: Operand) -> bool:
    if wanted is MISSING:
        return False
    if isinstance(value, str):
        return isinstance(wanted, str) and wanted in value
    if isinstance(value, bytes):
        return isinstance(wanted, bytes) and wanted in value
    if isinstance(value, list):
        return any(equal(element, wanted) for element in value)
    return type(value) in SETS and any(equal(element, wanted) for element in value)


def paths_in(node: Any) -> list[Path]:
    """Return every document path of a tree, in order."""
    if _is(node, Func.DOCUMENT_PATH):
        return [paths.decode_path(node)]
    return [path for part in node for path in paths_in(part)] if isinstance(node, list) else []
