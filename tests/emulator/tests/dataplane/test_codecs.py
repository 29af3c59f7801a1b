# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CBOR as a stream, numbers in keys, attribute values."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import cbor2
import pytest
from amazondax import LexDecimal

from dax_emulator.dataplane import cbor, lexdecimal, values
from dax_emulator.dataplane.cbor import MalformedError, end_of_value
from dax_emulator.dataplane.errors import DaxError
from dax_emulator.dataplane.store import KeyAttribute, KeySchema
from dax_emulator.dataplane.wire import AttributeLists, ItemCodec, decode_key, encode_key

_SAMPLES: list[Any] = [
    0,
    -1,
    2**64,
    "text",
    "x" * 300,
    b"",
    b"b" * 70000,
    None,
    True,
    1.5,
    Decimal("1.5"),
    [],
    [1, [2, [3, []]]],
    {},
    {"a": {"b": [1, {"c": None}]}},
    cbor2.CBORTag(3321, ["a"]),
]


@pytest.mark.parametrize("sample", _SAMPLES, ids=lambda sample: repr(sample)[:20])
def test_a_value_ends_where_cbor2_ends_it(sample: Any) -> None:
    raw = cbor2.dumps(sample)
    assert end_of_value(b"\x01" + raw + b"\x02", 1) == 1 + len(raw)


@pytest.mark.parametrize("sample", _SAMPLES, ids=lambda sample: repr(sample)[:20])
def test_a_cut_off_value_is_waited_for(sample: Any) -> None:
    raw = cbor2.dumps(sample)
    cuts = range(len(raw)) if len(raw) < 1000 else (0, 1, 3, len(raw) // 2, len(raw) - 1)
    assert [end_of_value(raw[:cut], 0) for cut in cuts] == [None] * len(cuts)


def test_indefinite_lengths() -> None:
    raw = bytes.fromhex("bf01 9f02 5f4101ff ff ff".replace(" ", ""))
    assert end_of_value(raw, 0) == len(raw)
    assert [end_of_value(raw[:cut], 0) for cut in range(len(raw))] == [None] * len(raw)
    assert cbor.decode(raw) == {1: [2, b"\x01"]}
    assert cbor.decode(cbor.indefinite_map({"a": 1})) == {"a": 1}


@pytest.mark.parametrize("raw", ["ff", "1c", "82ff", "df"])
def test_what_is_no_cbor_is_refused_at_once(raw: str) -> None:
    with pytest.raises(MalformedError):
        end_of_value(bytes.fromhex(raw), 0)


def test_deep_nesting_needs_no_recursion() -> None:
    assert end_of_value(b"\x81" * 100_000 + b"\x00", 0) == 100_001


def test_values_one_after_another() -> None:
    assert cbor.decode_all(cbor.encode_all(1, "a", [2])) == [1, "a", [2]]
    assert cbor.decode_first(cbor.encode_all("a") + b"rest") == ("a", b"rest")
    assert cbor.decode(cbor.array_header(2) + cbor.encode_all(1, 2)) == [1, 2]
    assert cbor.decode(cbor.array_header(30) + cbor.encode_all(*range(30))) == list(range(30))


def _numbers() -> list[Decimal]:
    random.seed(8111)
    found = [Decimal(text) for text in ("0", "1", "-1", "999", "1000", "1E+125", "-1E-130", "9" * 38, "-0.001")]
    while len(found) < 1500:
        digits = "".join(random.choices("0123456789", k=random.randint(1, 38)))
        number = Decimal(digits).scaleb(random.randint(-120, 80)) * random.choice((1, -1))
        if number and -130 <= number.adjusted() <= 125:
            found.append(number)
    return found


def test_numbers_in_keys_are_those_of_the_client() -> None:
    for number in _numbers():
        assert lexdecimal.encode(number) == LexDecimal.encode(number), number
        assert lexdecimal.decode(lexdecimal.encode(number)) == number


def test_bytes_of_numbers_are_ordered_as_the_numbers() -> None:
    numbers = _numbers()
    assert sorted(numbers) == sorted(numbers, key=lexdecimal.encode)


@pytest.mark.parametrize("raw", ["", "c1", "c1ffff", "c10000"])
def test_other_bytes_are_no_number(raw: str) -> None:
    with pytest.raises(ValueError, match="number in a key"):
        lexdecimal.decode(bytes.fromhex(raw))


@pytest.mark.parametrize(
    ("kinds", "key"),
    [
        ("S", ("text",)),
        ("B", (b"\x00\xff",)),
        ("N", (Decimal("1.5"),)),
        ("SS", ("a", "b")),
        ("SN", ("a", Decimal("-1E-20"))),
        ("NB", (Decimal(7), b"\x00")),
        ("BS", (b"", "ü")),
    ],
)
def test_keys(kinds: str, key: tuple[Any, ...]) -> None:
    schema = KeySchema(tuple(KeyAttribute(f"k{i}", kind) for i, kind in enumerate(kinds)))
    assert decode_key(encode_key(key, schema), schema) == key


def test_items_are_values_in_the_order_of_a_list_of_names() -> None:
    codec = ItemCodec(AttributeLists())
    schema = KeySchema((KeyAttribute("pk", "S"),))
    raw = codec.encode({"pk": "k", "b": "2", "a": Decimal(1)}, schema)
    assert cbor.decode_all(raw)[1:] == [1, "2"]
    assert codec.decode(raw) == {"a": Decimal(1), "b": "2"}
    assert cbor.decode_all(codec.encode({"pk": "k"}, schema)) == [1]
    with pytest.raises(DaxError, match="unknown attribute list id 99"):
        codec.decode(cbor.encode_all(99, "x"))
    with pytest.raises(MalformedError, match="1 values for 2 attributes"):
        codec.decode(cbor.encode_all(2, "x"))


_TYPED: list[dict[str, Any]] = [
    {"S": ""},
    {"S": "ü"},
    {"N": "0"},
    {"N": "-1.5"},
    {"N": "1" * 38},
    {"N": "1" + "0" * 125},
    {"B": "AP8="},
    {"BOOL": False},
    {"NULL": True},
    {"L": []},
    {"L": [{"M": {"a": {"L": [{"N": "1"}]}}}]},
    {"M": {}},
    {"SS": ["a", "b"]},
    {"NS": ["-3", "1", "2.5"]},
    {"BS": ["AA==", "AQ=="]},
]


@pytest.mark.parametrize("typed", _TYPED, ids=str)
def test_values_survive_json_and_cbor(typed: dict[str, Any]) -> None:
    value = values.from_json(typed)
    assert values.to_json(value) == typed
    assert values.equal(values.from_cbor(cbor.decode(cbor.encode(values.to_cbor(value)))), value)


def test_values_of_different_types_are_never_equal() -> None:
    different = [values.from_json(typed) for typed in ({"N": "1"}, {"S": "1"}, {"BOOL": True}, {"NS": ["1"]})]
    different += [values.from_json(typed) for typed in ({"L": [{"N": "1"}]}, {"L": [{"BOOL": True}]}, {"NULL": True})]
    for i, one in enumerate(different):
        for j, other in enumerate(different):
            assert values.equal(one, other) == (i == j)


@pytest.mark.parametrize(
    ("text", "written"), [("1.50", "1.5"), ("100", "100"), ("-0", "0"), ("1e3", "1000"), ("0.0010", "0.001")]
)
def test_numbers_lose_trailing_zeros(text: str, written: str) -> None:
    assert values.number_text(values.number(text)) == written


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1" * 39, "38 significant"),
        ("1e126", "overflow"),
        ("1e-131", "underflow"),
        ("x", "numeric"),
        ("NaN", "numeric"),
    ],
)
def test_numbers_beyond_the_limits(text: str, message: str) -> None:
    with pytest.raises(DaxError, match=message):
        values.number(text)
