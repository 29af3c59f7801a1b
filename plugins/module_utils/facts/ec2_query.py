# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How EC2 is asked: filters by name, to the last page, and no more values in a filter than EC2 takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

T = TypeVar("T")
Filters = Mapping[str, "str | list[str]"]

# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html, "Filtering considerations"
FILTER_VALUES = 200


def batches(values: Iterable[T], size: int = FILTER_VALUES) -> Iterator[list[T]]:
    """Yield the values, each once and in their order, in lists that fit into a filter."""
    distinct = list(dict.fromkeys(values))
    for start in range(0, len(distinct), size):
        yield distinct[start : start + size]


def query(client: Any, operation: str, result_key: str, filters: Filters, **params: Any) -> list[dict[str, Any]]:
    """Run a describe call to its last page, more than once where a filter has more values than EC2 takes.

    :param filters: names, with ``_`` for ``-``, and the values of each; one with an empty value is left out.
    :param params: further parameters of the call.
    """
    found: list[dict[str, Any]] = []
    for part in _parts(filters):
        listed = [{"Name": _filter_name(name), "Values": values} for name, values in part.items()]
        given = {**params, **({"Filters": listed} if listed else {})}
        pages = client.get_paginator(operation).paginate(**given)
        found += pages.build_full_result().get(result_key, [])
    return found


def _parts(filters: Filters) -> Iterator[dict[str, list[str]]]:
    """Yield the filters of each call; together these ask for the same as all values in one call."""
    parts: list[dict[str, list[str]]] = [{}]
    for name, given in filters.items():
        if given:
            values = given if isinstance(given, list) else [given]
            parts = [{**part, name: batch} for part in parts for batch in batches(values)]
    yield from parts


def _filter_name(name: str) -> str:
    """Return AWS's name of a filter given as a Python keyword; a tag's key stays as it is."""
    return name if name.startswith("tag:") else name.replace("_", "-")
