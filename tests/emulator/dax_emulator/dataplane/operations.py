# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operations on items, one method for each, from a request's values to a reply's bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cbor2

from dax_emulator.dataplane import cbor, conditions, paths, search, updates
from dax_emulator.dataplane.constants import Method, Reply, ReturnValues, Select
from dax_emulator.dataplane.errors import DaxError, no_such_table, validation
from dax_emulator.dataplane.requests import Params, data, many, text
from dax_emulator.dataplane.store import Key, Store, Table
from dax_emulator.dataplane.values import MAX_ITEM_SIZE, Item, item_size, to_cbor
from dax_emulator.dataplane.wire import (
    AttributeLists,
    ItemCodec,
    decode_key,
    encode_capacity,
    encode_index_key,
    encode_key,
    read_units,
    write_units,
)

_MAX_BATCH_GET, _MAX_BATCH_WRITE = 100, 25


class Operations:
    """Operations on the tables of one account and region.

    Every method takes the values that follow the method id and returns what follows the success header. It raises
    DaxError for what the client must be told, MalformedError for what no client sends.
    """

    def __init__(self, store: Store, account: str, region: str, lists: AttributeLists) -> None:
        self._store = store
        self._account = account
        self._region = region
        self.lists = lists
        self.codec = ItemCodec(lists)
        self.methods: dict[Method, Callable[[list[Any]], bytes]] = {
            Method.DEFINE_KEY_SCHEMA: self.define_key_schema,
            Method.DEFINE_ATTRIBUTE_LIST_ID: self.define_attribute_list_id,
            Method.DEFINE_ATTRIBUTE_LIST: self.define_attribute_list,
            Method.GET_ITEM: self.get_item,
            Method.PUT_ITEM: self.put_item,
            Method.UPDATE_ITEM: self.update_item,
            Method.DELETE_ITEM: self.delete_item,
            Method.QUERY: self.query,
            Method.SCAN: self.scan,
            Method.BATCH_GET_ITEM: self.batch_get_item,
            Method.BATCH_WRITE_ITEM: self.batch_write_item,
        }

    def table(self, name: str) -> Table:
        found = self._store.table(self._account, self._region, name)
        if found is None:
            raise no_such_table(name)
        return found

    def run(self, method: Method, arguments: list[Any]) -> bytes:
        """Run one operation, alone on the store."""
        with self._store.lock:
            return self.methods[method](arguments)

    # What clients ask before they can encode an item.

    def define_key_schema(self, arguments: list[Any]) -> bytes:
        schema = self.table(text(arguments[0])).key
        return cbor.encode({attribute.name: attribute.type for attribute in schema.attributes})

    def define_attribute_list_id(self, arguments: list[Any]) -> bytes:
        # The Java client sends the names as a string set, in order nonetheless; all others send an array.
        names = arguments[0].value if isinstance(arguments[0], cbor2.CBORTag) else arguments[0]
        return cbor.encode(self.lists.id_of([text(name) for name in many(names)]))

    def define_attribute_list(self, arguments: list[Any]) -> bytes:
        return cbor.encode(list(self.lists.names_of(int(arguments[0]))))

    # Single items.

    def get_item(self, arguments: list[Any]) -> bytes:
        table, key = self._key(arguments)
        params = Params(arguments[2])
        item = table.get(key)
        reply: dict[int, Any] = {}
        if item is not None:
            reply[Reply.ITEM] = self.encode_item(item, table, params.projection)
        return self._reply(reply, params, table, read_units(item, params.consistent))

    def put_item(self, arguments: list[Any]) -> bytes:
        table, key = self._key(arguments)
        params = Params(arguments[3])
        if params.return_values not in (ReturnValues.NONE, ReturnValues.ALL_OLD):
            raise validation("ReturnValues can only be ALL_OLD or NONE")
        item = self.whole_item(table, key, arguments[2])
        old = table.get(key)
        self._require(params.condition, old)
        table.put(item)
        return self._changed(table, params, old, item)

    def delete_item(self, arguments: list[Any]) -> bytes:
        table, key = self._key(arguments)
        params = Params(arguments[2])
        if params.return_values not in (ReturnValues.NONE, ReturnValues.ALL_OLD):
            raise validation("ReturnValues can only be ALL_OLD or NONE")
        old = table.get(key)
        self._require(params.condition, old)
        table.delete(key)
        return self._changed(table, params, old, None)

    def update_item(self, arguments: list[Any]) -> bytes:
        table, key = self._key(arguments)
        params = Params(arguments[2])
        old = table.get(key)
        self._require(params.condition, old)
        new, actions = self.updated(table, key, old, params.update)
        table.put(new)
        if params.return_values in (ReturnValues.UPDATED_OLD, ReturnValues.UPDATED_NEW):
            seen = new if params.return_values == ReturnValues.UPDATED_NEW else old or {}
            part = updates.touched(actions, seen)
            reply: dict[int, Any] = {Reply.ATTRIBUTES: self.codec.encode_part(part)} if part else {}
            return self._reply(reply, params, table, write_units(new))
        return self._changed(table, params, old, new)

    def _changed(self, table: Table, params: Params, old: Item | None, new: Item | None) -> bytes:
        wanted = {ReturnValues.ALL_OLD: old, ReturnValues.ALL_NEW: new}.get(params.return_values)
        reply: dict[int, Any] = {}
        if wanted is not None:
            reply[Reply.ATTRIBUTES] = self.codec.encode(wanted, table.key)
        return self._reply(reply, params, table, max(write_units(old), write_units(new)))

    # Parts that the transactions use too.

    def key(self, table: Table, raw: Any) -> Key:
        """Read a key and refuse one that DynamoDB would."""
        key = decode_key(data(raw), table.key)
        table.key.check(table.key.as_item(key))
        return key

    def whole_item(self, table: Table, key: Key, raw: Any) -> Item:
        """Put key and attributes together and refuse what DynamoDB would."""
        item = {**self.codec.decode(data(raw)), **table.key.as_item(key)}
        _check_item(table, item)
        return item

    def updated(
        self, table: Table, key: Key, old: Item | None, expression: conditions.Expression | None
    ) -> tuple[Item, list[updates.Action]]:
        """Return the updated item and the actions that made it; without an expression it is just made to exist."""
        before = old if old is not None else table.key.as_item(key)
        if expression is None:
            return before, []
        actions = updates.decode_actions(expression, table.key)
        new = updates.apply(expression, actions, before)
        _check_item(table, new)
        return new, actions

    def encode_item(self, item: Item, table: Table, projection: list[paths.Path] | None) -> Any:
        """Encode an item whose key the client knows: its attributes, or what the projection names."""
        if projection is None:
            return self.codec.encode(item, table.key)
        return _projected(item, projection)

    def _key(self, arguments: list[Any]) -> tuple[Table, Key]:
        table = self.table(text(arguments[0]))
        return table, self.key(table, arguments[1])

    @staticmethod
    def _require(condition: conditions.Expression | None, item: Item | None) -> None:
        if not conditions.holds(condition, item):
            raise DaxError("ConditionalCheckFailedException", "The conditional request failed")

    @staticmethod
    def _reply(reply: dict[int, Any], params: Params, table: Table, units: float) -> bytes:
        if params.capacity:
            reply[Reply.CONSUMED_CAPACITY] = encode_capacity(table.name, units)
        # Of indefinite length: the Java client takes nothing else for a reply.
        return cbor.indefinite_map({int(name): value for name, value in reply.items()})

    # Many items.

    def query(self, arguments: list[Any]) -> bytes:
        table = self.table(text(arguments[0]))
        condition = conditions.decode_expression(data(arguments[1]) if arguments[1] is not None else None)
        if condition is None:
            raise validation("Either the KeyConditions or KeyConditionExpression parameter must be specified")
        return self._page(Params(arguments[2]), table, condition)

    def scan(self, arguments: list[Any]) -> bytes:
        return self._page(Params(arguments[1]), self.table(text(arguments[0])), None)

    def _page(self, params: Params, table: Table, condition: conditions.Expression | None) -> bytes:
        wanted = params.search(table, condition)
        page = search.run(wanted)
        reply: dict[int, Any] = {Reply.COUNT: len(page.items), Reply.SCANNED_COUNT: page.scanned}
        if wanted.select != Select.COUNT:
            reply[Reply.ITEMS] = [self._found(item, wanted) for item in page.items]
        if page.last_key is not None:
            key = table.key.key_of(page.last_key)
            indexed = wanted.index is not None
            reply[Reply.LAST_EVALUATED_KEY] = encode_index_key(page.last_key) if indexed else encode_key(key, table.key)
        units = max(1, -(-page.scanned_bytes // 4096)) * (1.0 if params.consistent else 0.5)
        return self._reply(reply, params, table, units)

    def _found(self, item: Item, wanted: search.Search) -> Any:
        if wanted.projection is not None:
            return _projected(item, wanted.projection)
        key = wanted.table.key
        return [encode_key(key.key_of(item), key), self.codec.encode(item, key)]

    def batch_get_item(self, arguments: list[Any]) -> bytes:
        params = Params(arguments[1])
        requests: dict[str, Any] = arguments[0]
        if not 1 <= sum(len(request[2]) for request in requests.values()) <= _MAX_BATCH_GET:
            raise validation("Too many items requested for the BatchGetItem call")
        found: dict[str, list[Any]] = {}
        capacities = []
        for name, (consistent, raw_projection, raw_keys) in requests.items():
            table = self.table(text(name))
            projection = paths.decode_projection(raw_projection)
            keys = [self.key(table, raw) for raw in raw_keys]
            if len(set(keys)) != len(keys):
                raise validation("Provided list of item keys contains duplicates")
            items = [table.get(key) for key in keys]
            capacities.append(encode_capacity(table.name, sum(read_units(item, bool(consistent)) for item in items)))
            found[text(name)] = []
            for key, item in zip(keys, items, strict=True):
                if item is not None and projection is not None:
                    found[text(name)].append(_projected(item, projection))
                elif item is not None:
                    found[text(name)] += [encode_key(key, table.key), self.codec.encode(item, table.key)]
        # The clients expect this: a header for two values, then three of them.
        return cbor.array_header(2) + cbor.encode_all(found, {}, capacities if params.capacity else [])

    def batch_write_item(self, arguments: list[Any]) -> bytes:
        params = Params(arguments[1])
        writes: list[tuple[Table, Key, Item | None]] = []
        for name, pairs in arguments[0].items():
            table = self.table(text(name))
            for raw_key, raw_item in zip(pairs[::2], pairs[1::2], strict=True):
                key = self.key(table, raw_key)
                writes.append((table, key, None if raw_item is None else self.whole_item(table, key, raw_item)))
        if not 1 <= len(writes) <= _MAX_BATCH_WRITE:
            raise validation("Too many items requested for the BatchWriteItem call")
        if len({(table.name, key) for table, key, _ in writes}) != len(writes):
            raise validation("Provided list of item keys contains duplicates")
        units: dict[str, float] = {}
        for table, key, item in writes:
            old = table.get(key)
            units[table.name] = units.get(table.name, 0.0) + max(write_units(old), write_units(item))
            if item is None:
                table.delete(key)
            else:
                table.put(item)
        capacities = [encode_capacity(name, number) for name, number in units.items()]
        return cbor.encode_all({}, capacities if params.capacity else [], {})


def _projected(item: Item, projection: Any) -> dict[int, Any]:
    return {ordinal: to_cbor(value) for ordinal, value in paths.project(item, projection).items()}


def _check_item(table: Table, item: Item) -> None:
    table.key.check(item)
    for index in table.indexes.values():
        index.key.check(item, index.name)
    if item_size(item) > MAX_ITEM_SIZE:
        raise validation("Item size has exceeded the maximum allowed size")
