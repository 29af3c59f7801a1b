# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys and items as they travel: bytes inside of CBOR."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from decimal import Decimal

from dax_emulator.dataplane import cbor, lexdecimal
from dax_emulator.dataplane.cbor import MalformedError
from dax_emulator.dataplane.constants import EMPTY_ATTRIBUTE_LIST
from dax_emulator.dataplane.errors import DaxError, validation
from dax_emulator.dataplane.store import Key, KeySchema
from dax_emulator.dataplane.values import Item, Value, from_cbor, item_size, number, to_cbor


def decode_key(raw: bytes, schema: KeySchema) -> Key:
    """Read a key.

    A partition key alone stands raw (S, B) or as CBOR (N); before a sort key it is CBOR, and the sort key follows raw
    (S, B) or in the order-keeping form (N).
    """
    if len(schema.attributes) == 1:
        (attribute,) = schema.attributes
        return (_decode_cbor_part(raw)[0] if attribute.type == "N" else _decode_raw(raw, attribute.type),)
    partition, rest = _decode_cbor_part(raw)
    return partition, _decode_raw(rest, schema.attributes[1].type)


def _decode_cbor_part(raw: bytes) -> tuple[Value, bytes]:
    first, rest = cbor.decode_first(raw)
    return from_cbor(first), rest


def _decode_raw(raw: bytes, kind: str) -> Value:
    if kind == "B":
        return raw
    try:
        return raw.decode() if kind == "S" else number(lexdecimal.decode(raw))
    except ValueError as error:
        raise MalformedError(f"unreadable key: {error}") from error


def encode_key(key: Key, schema: KeySchema) -> bytes:
    """Write a key; the reverse of `decode_key`."""
    if len(schema.attributes) == 1:
        return cbor.encode(to_cbor(key[0])) if schema.attributes[0].type == "N" else _encode_raw(key[0])
    return cbor.encode(to_cbor(key[0])) + _encode_raw(key[1])


def _encode_raw(value: Value) -> bytes:
    if isinstance(value, Decimal):
        return lexdecimal.encode(value)
    return value.encode() if isinstance(value, str) else bytes(value)


def decode_index_key(raw: bytes) -> Item:
    """Read the ExclusiveStartKey of an index page: a map of names and values."""
    named = from_cbor(cbor.decode(raw))
    if not isinstance(named, dict):
        raise validation("The provided starting key is invalid")
    return named


def encode_index_key(key: Item) -> bytes:
    return cbor.indefinite_map({name: to_cbor(value) for name, value in key.items()})


class AttributeLists:
    """Numbers that stand for lists of attribute names; one registry for a whole cluster."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, ...], int] = {(): EMPTY_ATTRIBUTE_LIST}
        self._names: dict[int, tuple[str, ...]] = {EMPTY_ATTRIBUTE_LIST: ()}
        self._lock = threading.Lock()

    def id_of(self, names: Sequence[str]) -> int:
        with self._lock:
            number_ = self._ids.setdefault(tuple(names), len(self._ids) + EMPTY_ATTRIBUTE_LIST)
            self._names[number_] = tuple(names)
            return number_

    def names_of(self, list_id: int) -> tuple[str, ...]:
        if list_id not in self._names:
            raise DaxError("InternalServerError", f"unknown attribute list id {list_id}")
        return self._names[list_id]


class ItemCodec:
    """Items without their keys: the id of the list of their names, then the values in that order."""

    def __init__(self, lists: AttributeLists) -> None:
        self._lists = lists

    def decode(self, raw: bytes) -> Item:
        """Read the attributes that are no key attributes."""
        values = cbor.decode_all(raw)
        if not values or not isinstance(values[0], int):
            raise MalformedError("an item starts with the id of its attribute list")
        names = self._lists.names_of(values[0])
        if len(names) != len(values) - 1:
            raise MalformedError(f"an item has {len(values) - 1} values for {len(names)} attributes")
        return {name: from_cbor(value) for name, value in zip(names, values[1:], strict=True)}

    def encode(self, item: Item, schema: KeySchema) -> bytes:
        """Write the attributes that are no key attributes."""
        names = sorted(set(item) - set(schema.names))
        return cbor.encode_all(self._lists.id_of(names), *(to_cbor(item[name]) for name in names))

    def encode_part(self, item: Mapping[str, Value]) -> bytes:
        """Write some attributes (UPDATED_OLD, UPDATED_NEW): the list's id, then a map of positions and values."""
        names = sorted(item)
        positions = {i: to_cbor(item[name]) for i, name in enumerate(names)}
        # Of indefinite length, since the Java client reads on until a break.
        return cbor.encode(self._lists.id_of(names)) + cbor.indefinite_map(positions)


def encode_capacity(table: str, units: float) -> bytes:
    """Write ConsumedCapacity as the item operations do; the three nulls are details by table and index."""
    return cbor.encode_all(table, units, None, None, None)


def read_units(item: Item | None, consistent: bool) -> float:
    """Return read capacity units: one for each 4 KiB, half of it for an eventually consistent read."""
    blocks = max(1, -(-item_size(item or {}) // 4096))
    return blocks * (1.0 if consistent else 0.5)


def write_units(item: Item | None) -> float:
    """Return write capacity units: one for each KiB."""
    return float(max(1, -(-item_size(item or {}) // 1024)))
