# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Update expressions: SET, REMOVE, ADD and DELETE on one item."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, Inexact, Overflow
from typing import Any

from dax_emulator.dataplane import paths
from dax_emulator.dataplane.cbor import MalformedError
from dax_emulator.dataplane.conditions import Expression, head_of
from dax_emulator.dataplane.constants import Func
from dax_emulator.dataplane.errors import validation
from dax_emulator.dataplane.paths import MISSING, Missing, Path
from dax_emulator.dataplane.store import KeySchema, copy_of
from dax_emulator.dataplane.values import ARITHMETIC, SETS, Item, Value, number, type_of


@dataclass(frozen=True)
class Action:
    """One action of an update; `operand` is None for REMOVE."""

    kind: Func
    path: Path
    operand: Any


def decode_actions(expression: Expression, key: KeySchema) -> list[Action]:
    """Read the actions. Refuses changes of key attributes and paths that overlap."""
    if not isinstance(expression.tree, list) or not expression.tree:
        raise MalformedError("an update has no actions")
    actions = [_decode_action(node) for node in expression.tree]
    paths.refuse_overlap([action.path for action in actions], "UpdateExpression")
    for action in actions:
        if action.path[0] in key.names:
            raise validation(
                f"One or more parameter values were invalid: Cannot update attribute {action.path[0]}. "
                "This attribute is part of the key"
            )
    return actions


def _decode_action(node: Any) -> Action:
    kind = head_of(node)
    if kind == Func.REMOVE and len(node) == 2:
        return Action(kind, paths.decode_path(node[1]), None)
    if kind in (Func.SET, Func.ADD, Func.DELETE) and len(node) == 3:
        return Action(kind, paths.decode_path(node[1]), node[2])
    raise MalformedError(f"an update cannot use {kind.name} with {len(node) - 1} arguments")


def apply(expression: Expression, actions: list[Action], item: Item) -> Item:
    """Return the changed item. Every operand is read from the item as it was."""
    changed: Item = copy_of(item)
    # Values first, so that no action sees another's effect; later list positions last, so that appends keep order.
    assignments = [
        (action.path, _operand(expression, action.operand, item)) for action in actions if action.kind == Func.SET
    ]
    for path, value in sorted(assignments, key=lambda pair: _position(pair[0])):
        paths.put(changed, path, copy_of(value))
    for action in actions:
        if action.kind == Func.ADD:
            _add(changed, action.path, _operand(expression, action.operand, item))
        elif action.kind == Func.DELETE:
            _delete(changed, action.path, _operand(expression, action.operand, item))
    removals = [action.path for action in actions if action.kind == Func.REMOVE]
    for path in sorted(removals, key=_position, reverse=True):
        paths.remove(changed, path)
    return changed


def _position(path: Path) -> list[tuple[bool, str | int]]:
    return [(isinstance(element, int), element) for element in path]


def _operand(expression: Expression, node: Any, item: Item) -> Value:
    kind, arguments = head_of(node), node[1:]
    match kind, arguments:
        case Func.VARIABLE, [_]:
            return expression.variable(node)
        case Func.DOCUMENT_PATH, _:
            value = paths.get(item, paths.decode_path(node))
            if isinstance(value, Missing):
                raise validation("The provided expression refers to an attribute that does not exist in the item")
            return value
        case Func.IF_NOT_EXISTS, [path, fallback]:
            value = paths.get(item, paths.decode_path(path))
            return _operand(expression, fallback, item) if isinstance(value, Missing) else value
        case Func.LIST_APPEND, [left, right]:
            one, other = _operand(expression, left, item), _operand(expression, right, item)
            if not isinstance(one, list) or not isinstance(other, list):
                raise _wrong_type("list_append", other if isinstance(one, list) else one)
            return one + other
        case Func.PLUS | Func.MINUS, [left, right]:
            symbol = "+" if kind == Func.PLUS else "-"
            one, other = _operand(expression, left, item), _operand(expression, right, item)
            if not isinstance(one, Decimal) or not isinstance(other, Decimal):
                raise _wrong_type(symbol, other if isinstance(one, Decimal) else one)
            return _sum(one, other if kind == Func.PLUS else other.copy_negate())
    raise MalformedError(f"an update's operand cannot be {kind.name} with {len(arguments)} arguments")


def _wrong_type(operator: str, value: Value) -> Exception:
    return validation(
        f"Incorrect operand type for operator or function; operator or function: {operator}, "
        f"operand type: {type_of(value)}"
    )


def _sum(left: Decimal, right: Decimal) -> Decimal:
    try:
        return number(ARITHMETIC.add(left, right))
    except (Inexact, Overflow):
        raise validation("Attempting to store more than 38 significant digits in a Number") from None


def _add(item: Item, path: Path, value: Value) -> None:
    if not isinstance(value, Decimal) and type(value) not in SETS:
        raise _wrong_type("ADD", value)
    current = paths.get(item, path)
    if current is MISSING:
        paths.put(item, path, value)
    elif type(current) is not type(value):
        raise validation("An operand in the update expression has an incorrect data type")
    elif isinstance(value, Decimal):
        paths.put(item, path, _sum(current, value))
    else:
        paths.put(item, path, type(value)(current | value))


def _delete(item: Item, path: Path, value: Value) -> None:
    if type(value) not in SETS:
        raise _wrong_type("DELETE", value)
    current = paths.get(item, path)
    if current is MISSING:
        return
    if type(current) is not type(value):
        raise validation("An operand in the update expression has an incorrect data type")
    rest = type(value)(current - value)
    if rest:
        paths.put(item, path, rest)
    else:
        paths.remove(item, path)


def touched(actions: list[Action], item: Item) -> Item:
    """Return what the actions' paths lead to in the item: DynamoDB's UPDATED_OLD and UPDATED_NEW."""
    found = ((action.path, paths.get(item, action.path)) for action in actions)
    return paths.assemble([(path, value) for path, value in found if not isinstance(value, Missing)])
