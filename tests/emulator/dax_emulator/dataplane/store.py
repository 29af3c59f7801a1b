# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables: their keys and indexes, and where their items are kept."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from dax_emulator.dataplane.errors import validation
from dax_emulator.dataplane.values import Item, Value, size_of, type_of

# The key's values, partition key first.
Key = tuple[Value, ...]
# Bytes of a partition key and of a sort key.
_MAX_KEY_SIZES = (2048, 1024)


@dataclass(frozen=True)
class KeyAttribute:
    """A key attribute: its name and its type (S, N or B)."""

    name: str
    type: str


@dataclass(frozen=True)
class KeySchema:
    """One or two key attributes, partition key first."""

    attributes: tuple[KeyAttribute, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(attribute.name for attribute in self.attributes)

    def key_of(self, item: Mapping[str, Value]) -> Key:
        """Take the key out of an item that is known to have one."""
        return tuple(item[attribute.name] for attribute in self.attributes)

    def as_item(self, key: Key) -> Item:
        return dict(zip(self.names, key, strict=True))

    def fits(self, item: Mapping[str, Value]) -> bool:
        """Say whether the item has this key: an index holds only items that do."""
        return all(name in item for name in self.names)

    def check(self, item: Mapping[str, Value], index: str | None = None) -> None:
        """Refuse a key attribute of a wrong type or an empty one; the key of an index may be absent."""
        for attribute, limit in zip(self.attributes, _MAX_KEY_SIZES, strict=False):
            if attribute.name not in item:
                if index is None:
                    raise validation(
                        f"One or more parameter values were invalid: Missing the key {attribute.name} in the item"
                    )
                continue
            value = item[attribute.name]
            if type_of(value) != attribute.type:
                of_index = f" IndexName: {index}" if index else ""
                raise validation(
                    f"One or more parameter values were invalid: Type mismatch for {'Index ' if index else ''}Key "
                    f"{attribute.name} Expected: {attribute.type} Actual: {type_of(value)}{of_index}"
                )
            if size_of(value) > limit:
                kind = "hashkey" if attribute is self.attributes[0] else "rangekey"
                raise validation(
                    f"One or more parameter values were invalid: Size of {kind} has exceeded the maximum size limit of "
                    f"{limit} bytes"
                )
            if value in ("", b""):
                kind = "string" if attribute.type == "S" else "binary"
                raise validation(
                    "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
                    f"contain an empty {kind} value. Key: {attribute.name}"
                )


@dataclass(frozen=True)
class Index:
    """A secondary index. `projected` is None when it holds whole items, else the attributes besides the keys."""

    name: str
    key: KeySchema
    is_global: bool
    projected: frozenset[str] | None = None


class Table(Protocol):
    """A table's items. `get` returns a copy that the caller may change."""

    @property
    def name(self) -> str: ...

    @property
    def key(self) -> KeySchema: ...

    @property
    def indexes(self) -> Mapping[str, Index]: ...

    def get(self, key: Key) -> Item | None: ...

    def put(self, item: Item) -> None: ...

    def delete(self, key: Key) -> None: ...

    def items(self) -> Iterable[Item]: ...


class Store(Protocol):
    """The tables of every account and region."""

    @property
    def lock(self) -> AbstractContextManager[object]: ...

    def table(self, account: str, region: str, name: str) -> Table | None: ...


@dataclass
class MemoryTable:
    """A table in a dictionary."""

    name: str
    key: KeySchema
    indexes: Mapping[str, Index] = field(default_factory=dict)
    _items: dict[Key, Item] = field(default_factory=dict)

    def get(self, key: Key) -> Item | None:
        item = self._items.get(key)
        return None if item is None else copy_of(item)

    def put(self, item: Item) -> None:
        self._items[self.key.key_of(item)] = copy_of(item)

    def delete(self, key: Key) -> None:
        self._items.pop(key, None)

    def items(self) -> Iterable[Item]:
        return [copy_of(item) for item in self._items.values()]


class MemoryStore:
    """Tables that live as long as the process; every account and region sees the same ones."""

    def __init__(self, tables: Iterable[MemoryTable] = ()) -> None:
        self.lock = threading.RLock()
        self._tables = {table.name: table for table in tables}

    def add(self, table: MemoryTable) -> None:
        self._tables[table.name] = table

    def table(self, account: str, region: str, name: str) -> Table | None:
        return self._tables.get(name)


def copy_of(value: Value) -> Value:
    """Copy the lists and maps in a value; everything else cannot be changed."""
    if isinstance(value, dict):
        return {name: copy_of(element) for name, element in value.items()}
    if isinstance(value, list):
        return [copy_of(element) for element in value]
    return value
