# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every operation in every language, plain and with TLS; and every DynamoDB type from every language to every other."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from harness import Emulator, Program
from world import CLUSTERS, World

# Every type, nested and at its limits. The numbers are those that a float or a 64 bit integer would spoil.
ITEM: dict[str, Any] = {
    "text": {"S": "zwölf Bögen – 十二 <&>"},
    "empty": {"S": ""},
    "digits": {"N": "12345678901234567890123456789012345678"},
    "negative": {"N": "-0.00000000000000000000000000000000000012345678901234567890123456789012345678"},
    "great": {"N": "9.9999999999999999999999999999999999999E+125"},
    "small": {"N": "1E-130"},
    "zero": {"N": "0"},
    "binary": {"B": "AAECAwT//g=="},
    "empty_binary": {"B": ""},
    "yes": {"BOOL": True},
    "no": {"BOOL": False},
    "nothing": {"NULL": True},
    "texts": {"SS": ["a", "b", "ü"]},
    "numbers": {"NS": ["1", "-2.5", "3E+40"]},
    "binaries": {"BS": ["AA==", "AQI="]},
    "list": {
        "L": [
            {"S": "x"},
            {"N": "1.50"},
            {"L": []},
            {"M": {"deep": {"L": [{"NULL": True}, {"SS": ["s"]}, {"BS": ["AQ=="]}, {"B": "Ag=="}]}}},
        ]
    },
    "map": {"M": {"a b": {"M": {}}, "name": {"B": "AA=="}, "size": {"N": "7"}}},
    "empty_list": {"L": []},
    "empty_map": {"M": {}},
}


def plain(value: dict[str, Any]) -> Any:
    """A value that equals another if DynamoDB takes both for the same: 1.50 and 1.5, sets in any order."""
    ((tag, content),) = value.items()
    if tag == "N":
        return tag, Decimal(content)
    if tag == "NS":
        return tag, sorted(map(Decimal, content))
    if tag in ("SS", "BS"):
        return tag, sorted(content)
    if tag == "L":
        return tag, [plain(each) for each in content]
    if tag == "M":
        return tag, plain_item(content)
    return tag, content


def plain_item(item: dict[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in item.items()}


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_operations(program: Program, emulator: Emulator, world: World, cluster: str) -> None:
    endpoint = world.documents[cluster]["endpoint"]["url"]
    key = {"pk": {"S": f"operations-{cluster}-{program.language}"}}
    since = emulator.get("dataplane")["last"]

    def run(command: str, *more: str) -> Any:
        return program.item(command, world.table, key, *more, DAX_CLIENT_ENDPOINT=endpoint).json

    assert run("get") == {}
    assert run("put", "--set", json.dumps({"n": {"N": "1"}, "name": {"S": "reserved word"}})) == {}
    assert run("get") == {"Item": {**key, "n": {"N": "1"}, "name": {"S": "reserved word"}}}
    assert run("update", "--set", '{"n": {"N": "2"}}')["Attributes"]["n"] == {"N": "2"}
    found = run("query")
    assert (found["Count"], found["Items"]) == (1, [{**key, "n": {"N": "2"}, "name": {"S": "reserved word"}}])
    assert run("delete")["Attributes"]["n"] == {"N": "2"}
    assert run("delete") == {}

    asked = [each for each in emulator.requests(since) if each["table"] == world.table]
    assert {each["operation"] for each in asked} >= {"GetItem", "PutItem", "UpdateItem", "Query", "DeleteItem"}
    assert {each["cluster"] for each in asked} == {world.documents[cluster]["cluster_arn"]}
    assert all("assumed-role/DaxCrossAccountRole/dax-client" in each["principal"] for each in asked)


def test_sort_key(program: Program, world: World) -> None:
    """A key of two attributes, the second a number; a query by the first alone finds both items, in order."""
    pk = {"pk": {"S": f"sorted-{program.language}"}}
    for number in ("10", "-2.5"):
        key = {**pk, "number": {"N": number}}
        assert program.item("put", world.sorted_table, key, "--set", '{"n": {"S": "x"}}').json == {}
    found = program.item("query", world.sorted_table, pk).json
    assert [Decimal(item["number"]["N"]) for item in found["Items"]] == [Decimal("-2.5"), Decimal(10)]
    assert "Item" in program.item("get", world.sorted_table, {**pk, "number": {"N": "10"}}).json


def test_interoperability(programs: dict[str, Program], world: World) -> None:
    """What one language writes, every language reads, for every DynamoDB type."""
    pk = {"pk": {"S": "interoperability"}}
    numbers = {language: {"N": str(number)} for number, language in enumerate(programs)}
    for language, program in programs.items():
        key = {**pk, "number": numbers[language]}
        program.item("put", world.sorted_table, key, "--set", json.dumps(ITEM)).json  # noqa: B018  asserts success
    spoilt = []
    for reader, program in programs.items():
        items = {item["number"]["N"]: item for item in program.item("query", world.sorted_table, pk).json["Items"]}
        for writer, number in numbers.items():
            found, wanted = plain_item(items[number["N"]]), plain_item({**pk, "number": number, **ITEM})
            spoilt += [
                f"{name}: {found.get(name)} and not {wanted.get(name)}, written by {writer}, read by {reader}"
                for name in sorted(found.keys() | wanted.keys())
                if found.get(name) != wanted.get(name)
            ]
    assert spoilt == []
