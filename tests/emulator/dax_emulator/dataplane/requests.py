# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests as they arrive: the optional parameters, typed."""

from __future__ import annotations

from typing import Any

from dax_emulator.dataplane import paths, wire
from dax_emulator.dataplane.cbor import MalformedError
from dax_emulator.dataplane.conditions import Expression, decode_expression
from dax_emulator.dataplane.constants import Param, ReturnValues, Select
from dax_emulator.dataplane.errors import validation
from dax_emulator.dataplane.search import Search
from dax_emulator.dataplane.store import Table
from dax_emulator.dataplane.values import Item


def text(raw: Any) -> str:
    """Read a name: table and index names are bytes in most places and text in others."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bytes):
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise MalformedError(f"a name is not UTF-8: {raw!r:.100}") from error
    raise MalformedError(f"a name is neither bytes nor text but {type(raw).__name__}")


def data(raw: Any) -> bytes:
    """Read bytes: a key, an item, an encoded expression."""
    if isinstance(raw, bytes):
        return raw
    raise MalformedError(f"expected bytes, got {type(raw).__name__}")


def many(raw: Any, length: int | None = None) -> list[Any]:
    """Read an array; None stands for one of `length` nulls where a length is given."""
    if raw is None and length is not None:
        return [None] * length
    if not isinstance(raw, list) or length not in (None, len(raw)):
        raise MalformedError(f"not an array, or not one of {length or 'any'} values: {raw!r:.200}")
    return raw


class Params:
    """The optional parameters of a request."""

    def __init__(self, raw: Any) -> None:
        if raw is not None and not isinstance(raw, dict):
            raise MalformedError("the optional parameters are no map")
        self._raw: dict[int, Any] = raw or {}

    def _bytes(self, param: Param) -> bytes | None:
        value = self._raw.get(param)
        return None if value is None else data(value)

    def _int(self, param: Param) -> int | None:
        value = self._raw.get(param)
        if value is not None and not isinstance(value, int):
            raise MalformedError(f"{param.name} is not a number")
        return value

    @property
    def condition(self) -> Expression | None:
        return decode_expression(self._bytes(Param.CONDITION_EXPRESSION))

    @property
    def update(self) -> Expression | None:
        return decode_expression(self._bytes(Param.UPDATE_EXPRESSION))

    @property
    def projection(self) -> list[paths.Path] | None:
        return paths.decode_projection(self._bytes(Param.PROJECTION_EXPRESSION))

    @property
    def return_values(self) -> ReturnValues:
        return ReturnValues(self._int(Param.RETURN_VALUES) or ReturnValues.NONE)

    @property
    def consistent(self) -> bool:
        return bool(self._raw.get(Param.CONSISTENT_READ))

    @property
    def capacity(self) -> bool:
        """Whether ConsumedCapacity is wanted."""
        return bool(self._int(Param.RETURN_CONSUMED_CAPACITY))

    @property
    def token(self) -> str | None:
        value = self._raw.get(Param.CLIENT_REQUEST_TOKEN)
        return None if value is None else text(value)

    @property
    def index_name(self) -> str | None:
        value = self._raw.get(Param.INDEX_NAME)
        return None if value is None else text(value)

    def search(self, table: Table, key_condition: Expression | None) -> Search:
        """Read what a Query (with a key condition) or a Scan (without one) asks for."""
        index = None
        if self.index_name is not None:
            index = table.indexes.get(self.index_name)
            if index is None:
                raise validation(f"The table does not have the specified index: {self.index_name}")
        select = self._int(Param.SELECT)
        forward = self._raw.get(Param.SCAN_INDEX_FORWARD)
        return Search(
            table=table,
            index=index,
            key_condition=key_condition,
            filter=decode_expression(self._bytes(Param.FILTER_EXPRESSION)),
            projection=self.projection,
            select=None if select is None else Select(select),
            limit=self._int(Param.LIMIT),
            forward=True if forward is None else bool(forward),
            consistent=self.consistent,
            start=self._start(table, index is not None),
            segment=self._int(Param.SEGMENT),
            segments=self._int(Param.TOTAL_SEGMENTS),
        )

    def _start(self, table: Table, indexed: bool) -> Item | None:
        raw = self._bytes(Param.EXCLUSIVE_START_KEY)
        if raw is None:
            return None
        return wire.decode_index_key(raw) if indexed else table.key.as_item(wire.decode_key(raw, table.key))
