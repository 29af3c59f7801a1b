# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Expressions, encoded by the real client and evaluated here."""

from __future__ import annotations

import re
from typing import Any

import pytest
from amazondax import CborSExprGenerator as generator

from dax_emulator.dataplane import conditions, paths, updates, values
from dax_emulator.dataplane.conditions import decode_expression, holds
from dax_emulator.dataplane.errors import DaxError
from dax_emulator.dataplane.store import KeyAttribute, KeySchema

_KEY = KeySchema((KeyAttribute("pk", "S"),))
_ITEM = {
    "pk": {"S": "k"},
    "s": {"S": "hello"},
    "n": {"N": "12345678901234567890123456789012345678"},
    "one": {"N": "1"},
    "b": {"B": "AAEC"},
    "t": {"BOOL": True},
    "z": {"NULL": True},
    "l": {"L": [{"N": "1"}, {"S": "x"}, {"M": {"q": {"N": "2"}}}]},
    "m": {"M": {"k": {"S": "v"}, "deep": {"M": {"er": {"L": [{"BOOL": False}]}}}}},
    "ss": {"SS": ["a", "b"]},
    "ns": {"NS": ["1", "2"]},
}
_VALUES: dict[str, Any] = {
    ":s": {"S": "hello"},
    ":prefix": {"S": "he"},
    ":n": {"N": "12345678901234567890123456789012345677"},
    ":one": {"N": "1.0"},
    ":two": {"N": "2"},
    ":five": {"N": "5"},
    ":b": {"B": b"\x00\x01"},
    ":t": {"BOOL": True},
    ":a": {"S": "a"},
    ":ss": {"SS": ["b", "a"]},
    ":type": {"S": "SS"},
    ":map": {"M": {"q": {"N": "2"}}},
}


def _condition(text: str) -> conditions.Expression | None:
    used = {name: _VALUES[name] for name in re.findall(r":\w+", text)}
    return decode_expression(generator.encode_condition_expression(text, {"#s": "s"} if "#s" in text else {}, used))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s = :s", True),
        ("#s = :s", True),
        ("s <> :s", False),
        ("s = :one", False),
        ("s <> :one", True),
        ("missing = :s", False),
        ("missing <> :s", True),
        ("n > :n", True),
        ("n <= :n", False),
        ("one = :one", True),
        ("one < :two", True),
        ("one >= :two", False),
        ("s < :two", False),
        ("missing < :two", False),
        ("t = :t", True),
        ("t = :one", False),
        ("one BETWEEN :one AND :two", True),
        ("one BETWEEN :two AND :five", False),
        ("s IN (:a, :s)", True),
        ("s IN (:a, :one)", False),
        ("attribute_exists(m.k)", True),
        ("attribute_exists(m.x)", False),
        ("attribute_exists(l[2].q)", True),
        ("attribute_exists(l[3])", False),
        ("attribute_not_exists(missing)", True),
        ("attribute_not_exists(s)", False),
        ("attribute_exists(z)", True),
        ("attribute_type(ss, :type)", True),
        ("attribute_type(s, :type)", False),
        ("begins_with(s, :prefix)", True),
        ("begins_with(b, :b)", True),
        ("begins_with(one, :prefix)", False),
        ("begins_with(missing, :prefix)", False),
        ("contains(s, :prefix)", True),
        ("contains(ss, :a)", True),
        ("contains(ss, :s)", False),
        ("contains(ns, :one)", True),
        ("contains(l, :one)", True),
        ("contains(l, :map)", True),
        ("contains(s, :one)", False),
        ("contains(b, :b)", True),
        ("size(s) = :five", True),
        ("size(ss) = :two", True),
        ("size(l) > :two", True),
        ("size(one) = :one", False),
        ("ss = :ss", True),
        ("l[2] = :map", True),
        ("m.deep.er[0] = :t", False),
        ("NOT s = :s", False),
        ("NOT missing = :s", True),
        ("s = :s AND one = :two", False),
        ("s = :s OR one = :two", True),
        ("NOT (s = :s AND one = :two) AND t = :t", True),
    ],
)
def test_conditions(text: str, expected: bool) -> None:
    assert holds(_condition(text), values.item_from_json(_ITEM)) is expected


def test_no_condition_holds_and_no_item_has_no_attributes() -> None:
    assert holds(None, None)
    assert holds(_condition("attribute_not_exists(pk)"), None)
    assert not holds(_condition("attribute_exists(pk)"), None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("s < :t", "operator: <, type: BOOL"),
        ("one BETWEEN :two AND :one", "upper bound to be greater"),
        ("begins_with(s, :one)", "begins_with, operand type: N"),
        ("attribute_type(s, :s)", "Invalid attribute type name"),
    ],
)
def test_conditions_that_dynamodb_refuses(text: str, message: str) -> None:
    with pytest.raises(DaxError, match=message):
        holds(_condition(text), values.item_from_json(_ITEM))


def _update(text: str, item: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    expression = decode_expression(generator.encode_update_expression(text, {}, {f":{k}": v for k, v in given.items()}))
    assert expression is not None
    before = values.item_from_json(_ITEM if item is None else item)
    kept = values.item_to_json(before)
    after = updates.apply(expression, updates.decode_actions(expression, _KEY), before)
    assert values.item_to_json(before) == kept, "the old item must stay as it was"
    return values.item_to_json(after)


_ONE = {"N": "1"}


@pytest.mark.parametrize(
    ("text", "given", "changes"),
    [
        ("SET a = :v", {"v": {"S": "x"}}, {"a": {"S": "x"}}),
        ("SET one = one + :v", {"v": _ONE}, {"one": {"N": "2"}}),
        ("SET n = n - :v", {"v": _ONE}, {"n": {"N": "12345678901234567890123456789012345677"}}),
        ("SET a = s, s = :v", {"v": _ONE}, {"a": {"S": "hello"}, "s": _ONE}),
        ("SET a = if_not_exists(a, :v)", {"v": _ONE}, {"a": _ONE}),
        ("SET one = if_not_exists(one, :v)", {"v": {"N": "9"}}, {}),
        ("SET a = if_not_exists(a, :v) + :v", {"v": _ONE}, {"a": {"N": "2"}}),
        ("SET m.k = :v", {"v": _ONE}, {"m": {"M": {**_ITEM["m"]["M"], "k": _ONE}}}),  # type: ignore[dict-item]
        ("SET l[1] = :v", {"v": _ONE}, {"l": {"L": [_ONE, _ONE, {"M": {"q": {"N": "2"}}}]}}),
        (
            "SET l[9] = :w, l[5] = :v",
            {"v": _ONE, "w": {"N": "2"}},
            {"l": {"L": [*_ITEM["l"]["L"], _ONE, {"N": "2"}]}},  # type: ignore[misc]
        ),
        ("SET l = list_append(l, :v)", {"v": {"L": [_ONE]}}, {"l": {"L": [*_ITEM["l"]["L"], _ONE]}}),  # type: ignore[misc]
        ("SET l = list_append(:v, l)", {"v": {"L": [_ONE]}}, {"l": {"L": [_ONE, *_ITEM["l"]["L"]]}}),  # type: ignore[misc]
        ("REMOVE s, l[0], l[1]", {}, {"s": None, "l": {"L": [{"M": {"q": {"N": "2"}}}]}}),
        ("REMOVE m.deep.er[0]", {}, {"m": {"M": {"k": {"S": "v"}, "deep": {"M": {"er": {"L": []}}}}}}),
        ("REMOVE missing", {}, {}),
        ("ADD one :v", {"v": {"N": "0.5"}}, {"one": {"N": "1.5"}}),
        ("ADD a :v", {"v": _ONE}, {"a": _ONE}),
        ("ADD ss :v", {"v": {"SS": ["c", "a"]}}, {"ss": {"SS": ["a", "b", "c"]}}),
        ("DELETE ss :v", {"v": {"SS": ["a", "zz"]}}, {"ss": {"SS": ["b"]}}),
        ("DELETE ss :v", {"v": {"SS": ["a", "b"]}}, {"ss": None}),
        ("DELETE missing :v", {"v": {"SS": ["a"]}}, {}),
        ("SET a = :v REMOVE s ADD one :v", {"v": _ONE}, {"a": _ONE, "s": None, "one": {"N": "2"}}),
    ],
)
def test_updates(text: str, given: dict[str, Any], changes: dict[str, Any]) -> None:
    expected = {name: value for name, value in {**_ITEM, **changes}.items() if value is not None}
    assert _update(text, **given) == expected


@pytest.mark.parametrize(
    ("text", "given", "message"),
    [
        ("SET pk = :v", {"v": _ONE}, "Cannot update attribute pk"),
        ("SET m.k = :v, m = :v", {"v": _ONE}, "Two document paths overlap"),
        ("SET missing.x = :v", {"v": _ONE}, "document path provided in the update expression is invalid"),
        ("SET s[0] = :v", {"v": _ONE}, "document path provided in the update expression is invalid"),
        ("SET a = missing", {}, "attribute that does not exist in the item"),
        ("SET a = s + :v", {"v": _ONE}, r"function: \+, operand type: S"),
        ("SET a = list_append(l, :v)", {"v": _ONE}, "function: list_append, operand type: N"),
        ("ADD s :v", {"v": _ONE}, "incorrect data type"),
        ("ADD one :v", {"v": {"S": "x"}}, "function: ADD, operand type: S"),
        ("ADD ss :v", {"v": {"NS": ["1"]}}, "incorrect data type"),
        ("DELETE one :v", {"v": {"SS": ["a"]}}, "incorrect data type"),
        ("SET n = n + :v", {"v": {"N": "0.1"}}, "38 significant digits"),
    ],
)
def test_updates_that_dynamodb_refuses(text: str, given: dict[str, Any], message: str) -> None:
    with pytest.raises(DaxError, match=message):
        _update(text, **given)


def test_touched_attributes_are_only_what_the_paths_name() -> None:
    text = "SET m.k = :v, l[2].q = :v, l[0] = :v, a = :v"
    expression = decode_expression(generator.encode_update_expression(text, {}, {":v": _ONE}))
    assert expression is not None
    actions = updates.decode_actions(expression, _KEY)
    before = values.item_from_json(_ITEM)
    assert values.item_to_json(updates.touched(actions, before)) == {
        "m": {"M": {"k": {"S": "v"}}},
        "l": {"L": [{"N": "1"}, {"M": {"q": {"N": "2"}}}]},
    }


def test_projections() -> None:
    raw = generator.encode_projection_expression("l[2].q, missing, m.deep.er[0], #s", {"#s": "s"}, {})
    projection = paths.decode_projection(raw)
    assert projection is not None
    found = paths.project(values.item_from_json(_ITEM), projection)
    assert {ordinal: values.to_json(value) for ordinal, value in found.items()} == {
        0: {"N": "2"},
        2: {"BOOL": False},
        3: {"S": "hello"},
    }
    with pytest.raises(DaxError, match="overlap"):
        paths.decode_projection(generator.encode_projection_expression("m, m.k", {}, {}))
