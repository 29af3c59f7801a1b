# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator's DynamoDB (moto's, in this process) as a store: what `aws dynamodb` makes, DAX serves."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from moto.dynamodb import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType

from dax_emulator.dataplane import values
from dax_emulator.dataplane.store import Index, Key, KeyAttribute, KeySchema, Table
from dax_emulator.dataplane.values import Item, Value


class MotoTable:
    """One of moto's tables. It keeps items in DynamoDB's JSON; expressions are evaluated here, not by moto."""

    def __init__(self, table: Any) -> None:
        self._table = table
        self._types = {definition["AttributeName"]: definition["AttributeType"] for definition in table.attr}
        self.name: str = table.name
        self.key = self._schema(table.schema)

    def _schema(self, elements: Sequence[Mapping[str, str]]) -> KeySchema:
        ordered = sorted(elements, key=lambda element: element["KeyType"] != "HASH")
        names = [element["AttributeName"] for element in ordered]
        return KeySchema(tuple(KeyAttribute(name, self._types[name]) for name in names))

    @property
    def indexes(self) -> Mapping[str, Index]:
        made = [self._index(index, is_global=True) for index in self._table.global_indexes]
        made += [self._index(index, is_global=False) for index in self._table.indexes]
        return {index.name: index for index in made}

    def _index(self, index: Any, *, is_global: bool) -> Index:
        projection = index.projection or {}
        kind = projection.get("ProjectionType", "ALL")
        projected = None if kind == "ALL" else frozenset(projection.get("NonKeyAttributes", ()))
        return Index(index.name, self._schema(index.schema), is_global, projected)

    def get(self, key: Key) -> Item | None:
        found = self._table.get_item(*self._moto_key(key))
        return None if found is None else _item(found)

    def put(self, item: Item) -> None:
        written = values.item_to_json(item)
        for name, value in zip(self.key.names, self._moto_key(self.key.key_of(item)), strict=True):
            written[name] = value.to_json()
        self._table.put_item(written, overwrite=True)

    def delete(self, key: Key) -> None:
        partition, *sort = self._moto_key(key)
        self._table.delete_item(partition, *(sort or [None]))

    def items(self) -> Iterable[Item]:
        for entry in list(self._table.items.values()):
            if len(self.key.attributes) == 1:
                yield _item(entry)
            else:
                yield from map(_item, list(entry.values()))

    def _moto_key(self, key: Key) -> list[DynamoType]:
        """Return the key as moto holds it: it tells 1.50 from 1.5, and keeps whatever the first writer wrote."""
        partition = _as_stored(self._table.items, key[0])
        if len(key) == 1:
            return [partition]
        known = self._table.items.get(partition, {})
        return [partition, _as_stored(known, key[1])]


def _as_stored(known: Iterable[DynamoType], value: Value) -> DynamoType:
    if isinstance(value, Decimal):
        for stored in known:
            if values.number(stored.value) == value:
                return stored
    return DynamoType(values.to_json(value))


def _item(found: Any) -> Item:
    return values.item_from_json(found.to_json()["Attributes"])


class MotoStore:
    """moto's tables of every account and region."""

    def __init__(self) -> None:
        self.lock = threading.RLock()

    def table(self, account: str, region: str, name: str) -> Table | None:
        found = dynamodb_backends[account][region].tables.get(name)
        return None if found is None else MotoTable(found)
