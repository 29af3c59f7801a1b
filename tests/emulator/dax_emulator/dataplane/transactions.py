# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Transactions: all of their items or none."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dax_emulator.dataplane import cbor, conditions, paths
from dax_emulator.dataplane.conditions import decode_expression
from dax_emulator.dataplane.constants import Method, TransactOperation
from dax_emulator.dataplane.errors import DaxError, validation
from dax_emulator.dataplane.operations import Operations
from dax_emulator.dataplane.requests import Params, data, many, text
from dax_emulator.dataplane.store import Key, Store, Table
from dax_emulator.dataplane.values import Item
from dax_emulator.dataplane.wire import AttributeLists, read_units, write_units

_MAX_ITEMS = 100
_TOKEN_SECONDS = 600
_ALL_OLD = 2
# Keys of the map that describes consumed capacity in a transaction's reply.
_CAPACITY_UNITS, _CAPACITY_TABLE = 1, 4


@dataclass(frozen=True)
class _Write:
    """One item of TransactWriteItems; `new` makes the item from the old one (None: it is deleted)."""

    table: Table
    key: Key
    condition: conditions.Expression | None
    return_old: bool
    changes: bool
    new: Callable[[Item | None], Item | None]


class AllOperations(Operations):
    """The operations on items, TransactGetItems and TransactWriteItems among them."""

    def __init__(self, store: Store, account: str, region: str, lists: AttributeLists) -> None:
        super().__init__(store, account, region, lists)
        self._tokens: dict[str, tuple[float, str]] = {}
        self.methods[Method.TRANSACT_GET_ITEMS] = self.transact_get_items
        self.methods[Method.TRANSACT_WRITE_ITEMS] = self.transact_write_items

    def transact_get_items(self, arguments: list[Any]) -> bytes:
        names = many(arguments[0])
        raw_keys, projections = many(arguments[1], len(names)), many(arguments[2], len(names))
        params = Params(arguments[3])
        self._check_count(len(names))
        found: list[Any] = []
        units: dict[str, float] = {}
        seen: set[tuple[str, Key]] = set()
        for name, raw_key, projection in zip(names, raw_keys, projections, strict=True):
            table = self.table(text(name))
            key = self.key(table, raw_key)
            self._refuse_twice(seen, table, key)
            item = table.get(key)
            units[table.name] = units.get(table.name, 0.0) + 2 * read_units(item, consistent=True)
            wanted = paths.decode_projection(projection)
            found.append(None if item is None else self.encode_item(item, table, wanted))
        return cbor.encode([found, self._capacities(params, units)])

    def transact_write_items(self, arguments: list[Any]) -> bytes:
        params = Params(arguments[8])
        if params.token is not None and self._repeated(params.token, arguments[:8]):
            return cbor.encode([[], [], {}])
        writes = self._decode_writes(arguments)
        outcomes = [self._try(write) for write in writes]
        if any(code is not None for code, _, _ in outcomes):
            raise _cancelled(outcomes)
        units: dict[str, float] = {}
        for write, (_, _, new) in zip(writes, outcomes, strict=True):
            units[write.table.name] = units.get(write.table.name, 0.0) + 2 * write_units(new)
            if write.changes and new is None:
                write.table.delete(write.key)
            elif write.changes:
                write.table.put(new)
        if params.token is not None:
            self._tokens[params.token] = (time.monotonic(), _digest(arguments[:8]))
        return cbor.encode([[], self._capacities(params, units), {}])

    def _decode_writes(self, arguments: list[Any]) -> list[_Write]:
        kinds = [TransactOperation(kind) for kind in many(arguments[0])]
        self._check_count(len(kinds))
        # Names, keys, values, return values (never used), return on failure, conditions, updates.
        columns = [many(arguments[i], len(kinds)) for i in (1, 2, 3, 5, 6, 7)]
        writes = []
        seen: set[tuple[str, Key]] = set()
        for kind, name, raw_key, raw_values, on_failure, condition, update in zip(kinds, *columns, strict=True):
            table = self.table(text(name))
            key = self.key(table, raw_key)
            self._refuse_twice(seen, table, key)
            writes.append(
                _Write(
                    table,
                    key,
                    decode_expression(condition),
                    on_failure == _ALL_OLD,
                    kind != TransactOperation.CHECK,
                    self._maker(kind, table, key, raw_values, decode_expression(update)),
                )
            )
        return writes

    def _maker(
        self, kind: TransactOperation, table: Table, key: Key, raw: Any, update: conditions.Expression | None
    ) -> Callable[[Item | None], Item | None]:
        if kind == TransactOperation.PUT:
            item = self.whole_item(table, key, data(raw))
            return lambda old: item
        if kind == TransactOperation.UPDATE:
            return lambda old: self.updated(table, key, old, update)[0]
        if kind == TransactOperation.DELETE:
            return lambda old: None
        return lambda old: old

    def _try(self, write: _Write) -> tuple[str | None, str | None, Any]:
        """Return (error code, message, encoded old item) if the item fails, (None, None, new item) if it does not."""
        old = write.table.get(write.key)
        if not conditions.holds(write.condition, old):
            shown = self.codec.encode(old, write.table.key) if old and write.return_old else None
            return "ConditionalCheckFailed", "The conditional request failed", shown
        try:
            return None, None, write.new(old)
        except DaxError as error:
            if error.name != "ValidationException":
                raise
            return "ValidationError", error.message, None

    def _repeated(self, token: str, request: list[Any]) -> bool:
        """Say whether this very request was done under its token already; another request under it is an error."""
        now = time.monotonic()
        self._tokens = {name: entry for name, entry in self._tokens.items() if now - entry[0] < _TOKEN_SECONDS}
        if token not in self._tokens:
            return False
        if self._tokens[token][1] != _digest(request):
            raise DaxError(
                "IdempotentParameterMismatchException",
                "The request uses the same client token as a previous, but non-identical request.",
            )
        return True

    @staticmethod
    def _check_count(count: int) -> None:
        if not 1 <= count <= _MAX_ITEMS:
            raise validation(
                "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have "
                f"length less than or equal to {_MAX_ITEMS} and greater than or equal to 1"
            )

    @staticmethod
    def _refuse_twice(seen: set[tuple[str, Key]], table: Table, key: Key) -> None:
        if (table.name, key) in seen:
            raise validation("Transaction request cannot include multiple operations on one item")
        seen.add((table.name, key))

    @staticmethod
    def _capacities(params: Params, units: dict[str, float]) -> list[Any]:
        if not params.capacity:
            return []
        return [{_CAPACITY_UNITS: number, _CAPACITY_TABLE: name} for name, number in units.items()]


def _digest(request: list[Any]) -> str:
    return hashlib.sha256(cbor.encode(request)).hexdigest()


def _cancelled(outcomes: list[tuple[str | None, str | None, Any]]) -> DaxError:
    codes = [code or "None" for code, _, _ in outcomes]
    reasons: list[Any] = []
    for code, message, shown in outcomes:
        reasons += ["None", None, None] if code is None else [code, message, shown]
    return DaxError(
        "TransactionCanceledException",
        "Transaction cancelled, please refer cancellation reasons for specific reasons [" + ", ".join(codes) + "]",
        reasons=reasons,
    )
