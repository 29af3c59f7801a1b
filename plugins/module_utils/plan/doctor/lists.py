# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Managed prefix lists, as routes and rules name them. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterable

from ...common.shapes import PrefixList
from .model import A, Unreadable, Where
from .network import PrefixLists
from .pair import Pair


def prefix_lists(pair: Pair, where: Where) -> PrefixLists:
    """Return the blocks of the prefix lists that could be read."""
    try:
        found = _read(pair, where)
    except Unreadable:
        return {}
    return {item["prefix_list_id"]: item["blocks"] for item in found if item["problem"] is None}


def unread_lists(pair: Pair, where: Where, ids: Iterable[str]) -> str:
    """Say why the blocks of prefix lists are not known."""
    why = {item["prefix_list_id"]: item["problem"] for item in _read(pair, where)}
    return "; ".join(
        f"the blocks of {name} are not known{f': {why[name]}' if why.get(name) else ''}" for name in dict.fromkeys(ids)
    )


def _read(pair: Pair, where: Where) -> list[PrefixList]:
    found: list[PrefixList] = pair.read_a("prefix_lists") if where == A else pair.read_b("prefix_lists")
    return found
