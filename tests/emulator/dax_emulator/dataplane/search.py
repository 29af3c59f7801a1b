# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Query and Scan: which items, in which order, and where a page ends."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dax_emulator.dataplane import wire
from dax_emulator.dataplane.conditions import Expression, head_of, holds, paths_in
from dax_emulator.dataplane.constants import Func, Select
from dax_emulator.dataplane.errors import validation
from dax_emulator.dataplane.paths import Path
from dax_emulator.dataplane.store import Index, Key, KeySchema, Table
from dax_emulator.dataplane.values import Item, Value, item_size

_PAGE_BYTES = 1024 * 1024
_MAX_SEGMENTS = 1_000_000
_RANGE_CONDITIONS = {
    Func.EQUAL,
    Func.LESS,
    Func.LESS_EQUAL,
    Func.GREATER,
    Func.GREATER_EQUAL,
    Func.BETWEEN,
    Func.BEGINS_WITH,
}


@dataclass(frozen=True)
class Search:
    """What a Query or Scan asks for. `key_condition` is None for a Scan."""

    table: Table
    index: Index | None
    key_condition: Expression | None
    filter: Expression | None
    projection: Sequence[Path] | None
    select: Select | None
    limit: int | None
    forward: bool
    consistent: bool
    start: Item | None
    segment: int | None
    segments: int | None

    @property
    def key(self) -> KeySchema:
        return self.index.key if self.index else self.table.key


@dataclass
class Page:
    """One page: the items found, how many were looked at, and the key to go on from."""

    items: list[Item] = field(default_factory=list)
    scanned: int = 0
    scanned_bytes: int = 0
    last_key: Item | None = None


def run(search: Search) -> Page:
    """Find one page of items."""
    _check(search)
    condition = search.key_condition
    candidates = [
        (_place(search, item), item)
        for item in search.table.items()
        if search.key.fits(item) and holds(condition, item) and _in_segment(search, item)
    ]
    candidates.sort(key=lambda pair: pair[0], reverse=not search.forward)
    if search.start is not None:
        start = _place(search, search.start)
        candidates = [pair for pair in candidates if (pair[0] > start if search.forward else pair[0] < start)]
    page = Page()
    for _, item in candidates:
        seen = _as_indexed(search, item)
        page.scanned += 1
        page.scanned_bytes += item_size(seen)
        if holds(search.filter, seen):
            page.items.append(seen)
        if page.scanned == search.limit or page.scanned_bytes >= _PAGE_BYTES:
            # Like DynamoDB: a page that its limit ended has a last key, even if nothing follows.
            page.last_key = _last_key(search, item)
            break
    return page


def _place(search: Search, item: Item) -> tuple[Any, ...]:
    """Return what items are ordered by: a hash of the partition key, the sort key, then the table's own key."""
    key = search.key.key_of(item)
    table_key = search.table.key
    return (_hash(key[:1], search.key), *key[1:], wire.encode_key(table_key.key_of(item), table_key))


def _hash(partition: Key, schema: KeySchema) -> bytes:
    raw = wire.encode_key(partition, KeySchema(schema.attributes[:1]))
    return hashlib.md5(raw, usedforsecurity=False).digest()


def _in_segment(search: Search, item: Item) -> bool:
    if search.segments is None:
        return True
    number = int.from_bytes(_hash(search.key.key_of(item)[:1], search.key)[:8], "big")
    return number * search.segments >> 64 == search.segment


def _last_key(search: Search, item: Item) -> Item:
    names = dict.fromkeys((*search.key.names, *search.table.key.names))
    return {name: item[name] for name in names}


def _as_indexed(search: Search, item: Item) -> Item:
    """Return the item as the index holds it; a local index fetches from the table what is asked for by name."""
    index = search.index
    if index is None or index.projected is None:
        return item
    if not index.is_global and (search.projection is not None or search.select == Select.ALL_ATTRIBUTES):
        return item
    kept = {*index.key.names, *search.table.key.names, *index.projected}
    return {name: value for name, value in item.items() if name in kept}


def _check(search: Search) -> None:
    if search.limit is not None and search.limit < 1:
        raise validation(
            f"1 validation error detected: Value '{search.limit}' at 'limit' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1"
        )
    if search.consistent and search.index and search.index.is_global:
        raise validation("Consistent reads are not supported on global secondary indexes")
    if (search.segment is None) != (search.segments is None):
        raise validation("The Segment and TotalSegments parameters must be given together")
    if (
        search.segments is not None
        and search.segment is not None
        and not (0 <= search.segment < search.segments <= _MAX_SEGMENTS)
    ):
        raise validation(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            f"Segment: {search.segment} is not less than TotalSegments: {search.segments}"
        )
    _check_select(search)
    if search.start is not None:
        for schema in (search.key, search.table.key):
            if not schema.fits(search.start):
                raise validation("The provided starting key is invalid")
            schema.check(search.start)
    if search.key_condition is not None:
        _check_key_condition(search.key_condition, search.key)
        named = {path[0] for path in paths_in(search.filter.tree)} if search.filter else set()
        for name in search.key.names:
            if name in named:
                raise validation(
                    f"Filter Expression can only contain non-primary key attributes: Primary key attribute: {name}"
                )


def _check_select(search: Search) -> None:
    specific = search.projection is not None
    if specific and search.select not in (None, Select.SPECIFIC_ATTRIBUTES):
        name = Select(search.select).name if search.select else ""
        raise validation(f"Cannot specify the ProjectionExpression when choosing to get {name}")
    if search.select == Select.ALL_PROJECTED_ATTRIBUTES and search.index is None:
        raise validation("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
    whole = search.select == Select.ALL_ATTRIBUTES
    if whole and search.index and search.index.is_global and search.index.projected is not None:
        raise validation(
            "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global "
            f"secondary index {search.index.name} because its projection type is not ALL"
        )


def _check_key_condition(condition: Expression, key: KeySchema) -> None:
    """A key condition is an equality on the partition key and, if at all, one comparison of the sort key."""
    parts = condition.tree[1:] if head_of(condition.tree) == Func.AND else [condition.tree]
    partition, *sort = key.names
    named: dict[str, Func] = {}
    for part in parts:
        function = head_of(part)
        if function not in _RANGE_CONDITIONS:
            raise validation("Invalid operator used in KeyConditionExpression: " + function.name)
        found = paths_in(part)
        if len(found) != 1 or len(found[0]) != 1:
            raise validation("Invalid KeyConditionExpression: a condition takes one key attribute and values")
        name = str(found[0][0])
        if name in named:
            raise validation("KeyConditionExpressions must only contain one condition per key")
        named[name] = function
    if partition not in named:
        raise validation(f"Query condition missed key schema element: {partition}")
    if named[partition] != Func.EQUAL:
        raise validation("Query key condition not supported")
    if unknown := set(named) - {partition, *sort}:
        missed = sort[0] if sort else sorted(unknown)[0]
        raise validation(f"Query condition missed key schema element: {missed}")
    for part in parts:
        _check_value_types(condition, part, key, str(paths_in(part)[0][0]))


def _check_value_types(condition: Expression, part: Any, key: KeySchema, name: str) -> None:
    attribute = next((one for one in key.attributes if one.name == name), None)
    if attribute is None:
        return
    for node in part[1:]:
        if isinstance(node, list) and node and node[0] == Func.VARIABLE:
            value: Value = condition.variable(node)
            key_part = KeySchema((attribute,))
            try:
                key_part.check({name: value})
            except Exception:
                raise validation(
                    "One or more parameter values were invalid: Condition parameter type does not match schema type"
                ) from None
