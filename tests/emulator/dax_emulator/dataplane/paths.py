# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Document paths: the way to an attribute, into maps and lists.

A path is a tuple of names (str) and list positions (int); the first element is an attribute's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cbor2

from dax_emulator.dataplane import cbor
from dax_emulator.dataplane.cbor import MalformedError
from dax_emulator.dataplane.constants import TAG_LIST_ORDINAL, Func
from dax_emulator.dataplane.errors import validation
from dax_emulator.dataplane.values import Item, Value

Path = tuple[str | int, ...]


class Missing:
    """Stands for an attribute that is not there."""


MISSING = Missing()


def decode_path(node: Any) -> Path:
    """Read the path out of an expression tree's node."""
    if not isinstance(node, list) or len(node) < 2 or node[0] != Func.DOCUMENT_PATH:
        raise MalformedError("an expression lacks a document path")
    return tuple(_decode_element(element) for element in node[1:])


def _decode_element(element: Any) -> str | int:
    if isinstance(element, str):
        return element
    if isinstance(element, cbor2.CBORTag) and element.tag == TAG_LIST_ORDINAL and isinstance(element.value, int):
        return element.value
    raise MalformedError("an element of a document path is neither a name nor a list position")


def get(item: Item, path: Path) -> Any:
    """Follow the path; MISSING where it leads nowhere."""
    current: Value = item
    for element in path:
        in_map = isinstance(element, str) and isinstance(current, dict) and element in current
        in_list = isinstance(element, int) and isinstance(current, list) and element < len(current)
        if not in_map and not in_list:
            return MISSING
        current = current[element]
    return current


def put(item: Item, path: Path, value: Value) -> None:
    """Set the value at the path, whose parent must exist; a position past a list's end appends."""
    parent = get(item, path[:-1])
    last = path[-1]
    if isinstance(last, str) and isinstance(parent, dict):
        parent[last] = value
    elif isinstance(last, int) and isinstance(parent, list):
        parent[last : last + 1] = [value]
    else:
        raise _invalid()


def remove(item: Item, path: Path) -> None:
    """Remove what the path leads to, if it is there; its parent must exist."""
    parent = get(item, path[:-1])
    last = path[-1]
    if isinstance(last, str) and isinstance(parent, dict):
        parent.pop(last, None)
    elif isinstance(last, int) and isinstance(parent, list):
        del parent[last : last + 1]
    else:
        raise _invalid()


def _invalid() -> Exception:
    return validation("The document path provided in the update expression is invalid for update")


def text_of(path: Path) -> str:
    """Write a path as DynamoDB's messages do."""
    return "[" + ", ".join(f"[{element}]" if isinstance(element, int) else element for element in path) + "]"


def refuse_overlap(paths: Sequence[Path], expression: str) -> None:
    """Refuse two paths of which one lies in the other."""
    for i, one in enumerate(paths):
        for other in paths[i + 1 :]:
            shorter = min(len(one), len(other))
            if one[:shorter] == other[:shorter]:
                raise validation(
                    f"Invalid {expression}: Two document paths overlap with each other; must remove or rewrite one "
                    f"of these paths; path one: {text_of(one)}, path two: {text_of(other)}"
                )


def decode_projection(raw: bytes | None) -> list[Path] | None:
    """Read an encoded ProjectionExpression; None when there is none."""
    if raw is None:
        return None
    tree = cbor.decode(raw)
    if not isinstance(tree, list) or len(tree) != 2 or not isinstance(tree[1], list):
        raise MalformedError("a projection is not [format, [paths]]")
    projection = [decode_path(node) for node in tree[1]]
    refuse_overlap(projection, "ProjectionExpression")
    return projection


def project(item: Item, projection: Sequence[Path]) -> dict[int, Value]:
    """Take what a projection names: position of the path in the projection → value."""
    found = ((ordinal, get(item, path)) for ordinal, path in enumerate(projection))
    return {ordinal: value for ordinal, value in found if not isinstance(value, Missing)}


def assemble(parts: Sequence[tuple[Path, Value]]) -> Item:
    """Build an item from paths and values: only what the paths name, list elements moved together."""
    root: dict[str | int, Any] = {}
    for path, value in parts:
        place = root
        for element in path[:-1]:
            place = place.setdefault(element, _Branch())
        place[path[-1]] = value
    return {str(name): _grown(value) for name, value in root.items()}


class _Branch(dict[str | int, Any]):
    """A map or list under construction; told apart from a value that is a map."""


def _grown(value: Any) -> Value:
    if not isinstance(value, _Branch):
        return value
    if all(isinstance(element, int) for element in value):
        return [_grown(value[element]) for element in sorted(value, key=int)]
    return {str(name): _grown(element) for name, element in value.items()}
