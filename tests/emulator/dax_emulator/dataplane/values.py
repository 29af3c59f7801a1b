# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DynamoDB's attribute values: how they are held here, on the wire, and in DynamoDB's JSON.

    S str · N Decimal · B bytes · BOOL bool · NULL None · L list · M dict · SS, NS, BS one of the set classes

An item is a dictionary of attribute names and values.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Any

import cbor2

from dax_emulator.dataplane import constants
from dax_emulator.dataplane.cbor import MalformedError
from dax_emulator.dataplane.errors import validation

Value = Any
Item = dict[str, Value]

MAX_ITEM_SIZE = 400 * 1024
_MAX_DIGITS = 38
_MAX_ADJUSTED, _MIN_ADJUSTED = 125, -130
# Arithmetic that would lose a digit is an error, not a rounded number.
ARITHMETIC = Context(prec=_MAX_DIGITS, traps=[Inexact, InvalidOperation, Overflow])


class StringSet(frozenset[str]):
    """SS."""


class NumberSet(frozenset[Decimal]):
    """NS."""


class BinarySet(frozenset[bytes]):
    """BS."""


SETS: dict[type, str] = {StringSet: "SS", NumberSet: "NS", BinarySet: "BS"}
_TYPES: dict[type, str] = {
    str: "S",
    Decimal: "N",
    bytes: "B",
    bool: "BOOL",
    type(None): "NULL",
    list: "L",
    dict: "M",
    **SETS,
}


def type_of(value: Value) -> str:
    """Return DynamoDB's letter code of the value's type."""
    return _TYPES[type(value)]


def equal(left: Value, right: Value) -> bool:
    """Compare two values as DynamoDB does: of one type and alike all through."""
    if type(left) is not type(right):
        return False
    if isinstance(left, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    return bool(left == right)


def number(value: int | float | str | Decimal) -> Decimal:
    """Return a number within DynamoDB's limits: 38 digits, magnitude 1E-130 to 9.9…E+125."""
    try:
        exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    except InvalidOperation:
        raise validation(f"The parameter cannot be converted to a numeric value: {str(value)[:64]}") from None
    if not exact.is_finite():
        raise validation("The parameter cannot be converted to a numeric value: " + str(exact))
    if exact == 0:
        return Decimal(0)
    sign, digits, exponent = exact.as_tuple()
    significant = "".join(map(str, digits)).rstrip("0")
    if len(significant.lstrip("0")) > _MAX_DIGITS:
        raise validation("Attempting to store more than 38 significant digits in a Number")
    if exact.adjusted() > _MAX_ADJUSTED:
        raise validation("Number overflow. Attempting to store a number with magnitude larger than supported range")
    if exact.adjusted() < _MIN_ADJUSTED:
        raise validation("Number underflow. Attempting to store a number with magnitude smaller than supported range")
    # One form for each number: 1.50 is 1.5, 1E+2 is 100 (but 1E+100 stays, since 38 digits can't write it out).
    trailing = int(exponent) + len(digits) - len(significant)
    if trailing > 0 and exact.adjusted() < _MAX_DIGITS:
        significant, trailing = significant + "0" * trailing, 0
    return Decimal((sign, tuple(map(int, significant)), trailing))


def number_text(value: Decimal) -> str:
    """Write a number as DynamoDB does: plain digits, no exponent, no trailing zeros."""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def from_cbor(raw: Any) -> Value:
    """Turn what cbor2 decoded into a value."""
    if raw is None or isinstance(raw, bool | str | bytes):
        return raw
    if isinstance(raw, int | float | Decimal):
        return number(raw)
    if isinstance(raw, list):
        return [from_cbor(element) for element in raw]
    if isinstance(raw, dict):
        return {str(name): from_cbor(element) for name, element in raw.items()}
    if isinstance(raw, cbor2.CBORTag):
        return _set_from_cbor(raw)
    raise MalformedError(f"not an attribute value: {type(raw).__name__}")


def _set_from_cbor(raw: cbor2.CBORTag) -> Value:
    elements = list(raw.value)
    if not elements:
        raise validation("One or more parameter values were invalid: An string set  may not be empty")
    made: Value
    if raw.tag == constants.TAG_STRING_SET:
        made = StringSet(elements)
    elif raw.tag == constants.TAG_NUMBER_SET:
        made = NumberSet(number(element) for element in elements)
    elif raw.tag == constants.TAG_BINARY_SET:
        made = BinarySet(elements)
    else:
        raise MalformedError(f"CBOR tag {raw.tag} is no attribute value")
    if len(made) != len(elements):
        raise validation("One or more parameter values were invalid: Input collection contains duplicates.")
    return made


def to_cbor(value: Value) -> Any:
    """Turn a value into what cbor2 encodes as DAX does."""
    if isinstance(value, Decimal):
        return _number_to_cbor(value)
    if isinstance(value, StringSet):
        return cbor2.CBORTag(constants.TAG_STRING_SET, sorted(value))
    if isinstance(value, NumberSet):
        return cbor2.CBORTag(constants.TAG_NUMBER_SET, [_number_to_cbor(element) for element in sorted(value)])
    if isinstance(value, BinarySet):
        return cbor2.CBORTag(constants.TAG_BINARY_SET, sorted(value))
    if isinstance(value, list):
        return [to_cbor(element) for element in value]
    if isinstance(value, dict):
        return {name: to_cbor(element) for name, element in value.items()}
    return value


def _number_to_cbor(value: Decimal) -> int | Decimal:
    """Whole numbers of up to 38 digits travel as integers, all others as decimal fractions."""
    return int(value) if value.as_tuple().exponent == 0 else value


def from_json(typed: Mapping[str, Any]) -> Value:
    """Read DynamoDB's JSON ({"S": "text"}); binary is base64 text."""
    ((kind, raw),) = typed.items()
    return _READERS[kind](raw)


def to_json(value: Value) -> dict[str, Any]:
    """Write DynamoDB's JSON."""
    kind = type_of(value)
    return {kind: _WRITERS[kind](value)}


def item_to_json(item: Item) -> dict[str, Any]:
    return {name: to_json(value) for name, value in item.items()}


def item_from_json(typed: Mapping[str, Any]) -> Item:
    return {name: from_json(value) for name, value in typed.items()}


def _same(value: Value) -> Value:
    return value


def _binary(raw: str | bytes) -> bytes:
    """Return a binary value; moto keeps one that lies in a map or a list decoded already."""
    return raw if isinstance(raw, bytes) else base64.b64decode(raw)


_READERS: dict[str, Callable[[Any], Value]] = {
    "S": _same,
    "N": number,
    "B": _binary,
    "BOOL": _same,
    "NULL": lambda _: None,
    "L": lambda raw: [from_json(element) for element in raw],
    "M": item_from_json,
    "SS": StringSet,
    "NS": lambda raw: NumberSet(number(element) for element in raw),
    "BS": lambda raw: BinarySet(_binary(element) for element in raw),
}
_WRITERS: dict[str, Callable[[Value], Any]] = {
    "S": _same,
    "N": number_text,
    "B": lambda value: base64.b64encode(value).decode(),
    "BOOL": _same,
    "NULL": lambda _: True,
    "L": lambda value: [to_json(element) for element in value],
    "M": item_to_json,
    "SS": sorted,
    "NS": lambda value: [number_text(element) for element in sorted(value)],
    "BS": lambda value: [base64.b64encode(element).decode() for element in sorted(value)],
}


def size_of(value: Value) -> int:
    """Return the bytes that DynamoDB counts for a value."""
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, Decimal):
        return (len(value.normalize(ARITHMETIC).as_tuple().digits) + 1) // 2 + 1
    if isinstance(value, list):
        return 3 + sum(1 + size_of(element) for element in value)
    if isinstance(value, dict):
        return 3 + sum(1 + len(name.encode()) + size_of(element) for name, element in value.items())
    if type(value) in SETS:
        return sum(size_of(element) for element in value)
    return 1


def item_size(item: Item) -> int:
    """Return the bytes that DynamoDB counts for an item."""
    return sum(len(name.encode()) + size_of(value) for name, value in item.items())
