# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A reader for plain data from another team: YAML or JSON without what could mean more, or cost more, than it shows."""

from __future__ import annotations

import json
from collections.abc import Hashable
from typing import Any

import yaml

# A document has some twenty lines; the longest of them is an external id.
MAX_BYTES = 64 * 1024
_MAX_DEPTH = 6
_MAX_NODES = 5_000
_TOO_MUCH = "too many levels or entries"


class Refused(Exception):
    """What is wrong with a text, and where it is known the line."""

    def __init__(self, problem: str, mark: Any = None) -> None:
        super().__init__(f"line {mark.line + 1}: {problem}" if mark is not None else problem)


class _Loader(yaml.SafeLoader):
    """Knows mappings, lists, text, whole numbers, true, false and null; dates and fractions stay text."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise Refused("a key that is no text", key.start_mark)
            if key.value in seen:
                raise Refused(f"the key {key.value[:80]!r} is there twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_PLAIN = ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:int", "tag:yaml.org,2002:null")
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in _PLAIN]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(text: str) -> Any:
    """Return what a text holds.

    :raises Refused: for anything but one plain value of bounded size: aliases and anchors, which can make a few lines
        grow without end, tags, several documents, keys given twice, and what is no YAML or JSON at all.
    """
    try:
        if text.lstrip()[:1] in ("{", "["):
            return _load_json(text)
        _check_events(text)
        return yaml.load(text, Loader=_Loader)  # a SafeLoader
    except yaml.MarkedYAMLError as error:
        raise Refused(str(error.problem or error.context or "no YAML"), error.problem_mark) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Refused(" ".join(str(error).split())[:200]) from error


def load_json(text: str, depth: int, nodes: int) -> Any:
    """Return what a text of JSON holds.

    :param depth, nodes: how many levels and values it may have.
    :raises Refused: for anything else, keys given twice, and numbers that JSON does not have.
    """
    try:
        found = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Refused(" ".join(str(error).split())[:200]) from error
    _check_size(found, depth, nodes)
    return found


def _no_number(name: str) -> Any:
    raise Refused(f"{name} is no number of JSON")


def _load_json(text: str) -> Any:
    try:
        found = json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError:
        # A flow mapping of YAML begins in the same way.
        _check_events(text)
        return yaml.load(text, Loader=_Loader)
    _check_size(found, _MAX_DEPTH, _MAX_NODES)
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Refused(f"the key {key[:80]!r} is there twice")
        found[key] = value
    return found


def _check_size(value: Any, most_levels: int, most_nodes: int) -> None:
    """Refuse what JSON made of a text by the bounds that YAML has."""
    level, depth, nodes = [value] if isinstance(value, (dict, list)) else [], 0, 0
    while level:
        inside = [list(item.values()) if isinstance(item, dict) else item for item in level]
        depth, nodes = depth + 1, nodes + sum(map(len, inside))
        if depth > most_levels or nodes > most_nodes:
            raise Refused(_TOO_MUCH)
        level = [inner for items in inside for inner in items if isinstance(inner, (dict, list))]


def _check_events(text: str) -> None:
    """Refuse by what the text is made of, before anything is made of it."""
    depth = documents = 0
    for nodes, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Refused("aliases and anchors are not taken", event.start_mark)
        tag = getattr(event, "tag", None)
        if tag:
            raise Refused(f"the tag {tag[:80]!r} is not taken", event.start_mark)
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise Refused("a second document", event.start_mark)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MAX_DEPTH or nodes > _MAX_NODES:
            raise Refused(_TOO_MUCH, event.start_mark)
