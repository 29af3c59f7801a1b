# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters and pages of the Describe operations that the emulator answers itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fnmatch import translate
from typing import Any

from dax_emulator.base.errors import aws_error

Values = Callable[[Any], Iterable[str | None]]


def matching(
    items: list[Any], filters: list[dict[str, Any]] | None, known: dict[str, Values], tags: Values
) -> list[Any]:
    """The items that pass every filter.

    `known` gives the values of an item for each filter name, `tags` its tags as (key, value) pairs. Values may hold
    `*` and `?`. An unknown filter is an error, as in AWS.
    """
    for one in filters or []:
        name, patterns = one["Name"], [re.compile(translate(value)) for value in one.get("Values") or []]
        if name == "tag-key":
            values = _tag_keys(tags)
        elif name.startswith("tag:"):
            values = _tag_values(tags, name.removeprefix("tag:"))
        elif name in known:
            values = known[name]
        else:
            raise aws_error("InvalidParameterValue", f"The filter '{name}' is invalid")
        items = [
            item
            for item in items
            if any(value is not None and pattern.match(value) for value in values(item) for pattern in patterns)
        ]
    return items


def _tag_keys(tags: Values) -> Values:
    return lambda item: [pair[0] for pair in tags(item) if pair]


def _tag_values(tags: Values, key: str) -> Values:
    return lambda item: [pair[1] for pair in tags(item) if pair and pair[0] == key]


def page(items: list[Any], request: dict[str, Any]) -> tuple[list[Any], str | None]:
    """The part that MaxResults and NextToken ask for, and the next token."""
    token = request.get("NextToken") or "0"
    if not token.isdigit():
        raise aws_error("InvalidNextToken", "The token is not valid.")
    start = int(token)
    end = start + (request.get("MaxResults") or len(items) or 1)
    return items[start:end], str(end) if end < len(items) else None
