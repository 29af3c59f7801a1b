# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Query and Scan with the real Python client: keys, order, pages, filters, indexes."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from amazondax import AmazonDaxClient
from botocore.exceptions import ClientError

Item = dict[str, Any]
_NUMBERS = ["-100", "-1.5", "-0.001", "0", "0.5", "3", "20", "1000000"]
_COLOURS = ["red", "green", "blue"]


@pytest.fixture
def filled(client: AmazonDaxClient) -> AmazonDaxClient:
    for partition in ("p", "q"):
        for i, number in enumerate(_NUMBERS):
            item = {
                "pk": {"S": partition},
                "sk": {"N": number},
                "colour": {"S": _COLOURS[i % 3]},
                "weight": {"N": str(-i)},
                "note": {"S": f"note {i}"},
                "extra": {"S": "x"},
            }
            client.put_item(TableName="sorted", Item=item)
    client.put_item(TableName="sorted", Item={"pk": {"S": "q"}, "sk": {"N": "7"}})
    return client


def _sort_keys(reply: dict[str, Any]) -> list[str]:
    return [item["sk"]["N"] for item in reply["Items"]]


def _pages(call: Callable[..., dict[str, Any]], **arguments: Any) -> list[dict[str, Any]]:
    pages = [call(**arguments)]
    while "LastEvaluatedKey" in pages[-1]:
        pages.append(call(**arguments, ExclusiveStartKey=pages[-1]["LastEvaluatedKey"]))
    return pages


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        ("", {}, _NUMBERS),
        (" AND sk = :a", {":a": "3"}, ["3"]),
        (" AND sk < :a", {":a": "0"}, _NUMBERS[:3]),
        (" AND sk <= :a", {":a": "0"}, _NUMBERS[:4]),
        (" AND sk > :a", {":a": "0.5"}, _NUMBERS[5:]),
        (" AND sk >= :a", {":a": "0.5"}, _NUMBERS[4:]),
        (" AND sk BETWEEN :a AND :b", {":a": "-2", ":b": "3"}, _NUMBERS[1:6]),
        (" AND sk > :a", {":a": "1000000"}, []),
    ],
)
def test_key_conditions(filled: AmazonDaxClient, condition: str, values: dict[str, str], expected: list[str]) -> None:
    arguments = {
        "TableName": "sorted",
        "KeyConditionExpression": "pk = :p" + condition,
        "ExpressionAttributeValues": {":p": {"S": "p"}, **{name: {"N": text} for name, text in values.items()}},
    }
    assert _sort_keys(filled.query(**arguments)) == expected
    assert _sort_keys(filled.query(**arguments, ScanIndexForward=False)) == expected[::-1]


def test_begins_with_on_a_text_key(client: AmazonDaxClient) -> None:
    for text in ("a", "ab", "abc", "b"):
        client.put_item(TableName="sorted-text", Item={"pk": {"N": "1"}, "sk": {"S": text}})
    found = client.query(
        TableName="sorted-text",
        KeyConditionExpression="pk = :p AND begins_with(sk, :s)",
        ExpressionAttributeValues={":p": {"N": "1.0"}, ":s": {"S": "ab"}},
    )
    assert [item["sk"]["S"] for item in found["Items"]] == ["ab", "abc"]


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("limit", [1, 3, 8, 100])
def test_query_pages(filled: AmazonDaxClient, forward: bool, limit: int) -> None:
    pages = _pages(
        filled.query,
        TableName="sorted",
        KeyConditionExpression="pk = :p",
        ExpressionAttributeValues={":p": {"S": "p"}},
        Limit=limit,
        ScanIndexForward=forward,
    )
    found = [number for page in pages for number in _sort_keys(page)]
    assert found == (_NUMBERS if forward else _NUMBERS[::-1])
    assert all(page["Count"] <= limit for page in pages)


def test_a_filter_counts_what_it_looked_at(filled: AmazonDaxClient) -> None:
    reply = filled.query(
        TableName="sorted",
        KeyConditionExpression="pk = :p",
        FilterExpression="colour = :c AND NOT contains(note, :n)",
        ProjectionExpression="sk",
        ExpressionAttributeValues={":p": {"S": "p"}, ":c": {"S": "red"}, ":n": {"S": "3"}},
        Limit=7,
    )
    assert reply["Items"] == [{"sk": {"N": "-100"}}, {"sk": {"N": "20"}}]
    assert (reply["Count"], reply["ScannedCount"]) == (2, 7)
    assert reply["LastEvaluatedKey"] == {"pk": {"S": "p"}, "sk": {"N": "20"}}


def test_a_page_ends_after_a_mebibyte(client: AmazonDaxClient) -> None:
    for number in range(4):
        item = {"pk": {"S": "big"}, "sk": {"N": str(number)}, "data": {"B": b"x" * 390_000}}
        client.put_item(TableName="sorted", Item=item)
    arguments = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "big"}}}
    assert [page["Count"] for page in _pages(client.query, TableName="sorted", **arguments)] == [3, 1]


def test_scan_pages_and_segments(filled: AmazonDaxClient) -> None:
    whole = filled.scan(TableName="sorted")
    assert whole["Count"] == 17
    paged = [item for page in _pages(filled.scan, TableName="sorted", Limit=5) for item in page["Items"]]
    assert paged == whole["Items"]
    segments = [filled.scan(TableName="sorted", Segment=i, TotalSegments=4)["Items"] for i in range(4)]
    assert sorted(map(str, itertools.chain(*segments))) == sorted(map(str, whole["Items"]))
    assert filled.scan(TableName="sorted", Select="COUNT", FilterExpression="attribute_exists(colour)") == {
        "Count": 16,
        "ScannedCount": 17,
    }


def test_a_global_index_is_sorted_and_paged(filled: AmazonDaxClient) -> None:
    pages = _pages(
        filled.query,
        TableName="sorted",
        IndexName="by-colour",
        KeyConditionExpression="colour = :c AND weight < :w",
        ExpressionAttributeValues={":c": {"S": "red"}, ":w": {"N": "0"}},
        Limit=1,
    )
    found = [(item["pk"]["S"], item["weight"]["N"]) for page in pages for item in page["Items"]]
    assert sorted(found) == [("p", "-3"), ("p", "-6"), ("q", "-3"), ("q", "-6")]
    assert [weight for _, weight in found] == ["-6", "-6", "-3", "-3"]
    assert set(pages[0]["LastEvaluatedKey"]) == {"pk", "sk", "colour", "weight"}


def test_an_index_holds_only_what_is_projected(filled: AmazonDaxClient) -> None:
    arguments = {"ExpressionAttributeValues": {":c": {"S": "red"}}, "KeyConditionExpression": "colour = :c"}
    keys = filled.query(TableName="sorted", IndexName="keys-only", **arguments)["Items"]
    assert {tuple(sorted(item)) for item in keys} == {("colour", "pk", "sk")}
    local = {
        "TableName": "sorted",
        "IndexName": "local",
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": {":p": {"S": "q"}},
    }
    found = filled.query(**local)["Items"]
    assert {tuple(sorted(item)) for item in found} == {("note", "pk", "sk", "weight")}
    assert len(found) == 8, "the item without the index's key is not in the index"
    whole = filled.query(**local, Select="ALL_ATTRIBUTES")["Items"]
    assert all("extra" in item for item in whole)
    with pytest.raises(ClientError, match="ALL_ATTRIBUTES is not supported"):
        filled.query(TableName="sorted", IndexName="keys-only", Select="ALL_ATTRIBUTES", **arguments)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"KeyConditionExpression": "sk = :p"}, "missed key schema element: pk"),
        ({"KeyConditionExpression": "pk > :p"}, "key condition not supported"),
        ({"KeyConditionExpression": "pk = :p AND colour = :p"}, "missed key schema element: sk"),
        ({"KeyConditionExpression": "pk = :p AND sk = :p"}, "does not match schema type"),
        ({"KeyConditionExpression": "pk = :p AND pk = :p"}, "one condition per key"),
        ({"FilterExpression": "sk > :p"}, "non-primary key attributes: Primary key attribute: sk"),
        ({"IndexName": "none-such"}, "does not have the specified index: none-such"),
    ],
)
def test_queries_that_dynamodb_refuses(client: AmazonDaxClient, changes: dict[str, str], message: str) -> None:
    arguments = {"KeyConditionExpression": "pk = :p", **changes}
    with pytest.raises(ClientError, match=message) as caught:
        client.query(TableName="sorted", ExpressionAttributeValues={":p": {"S": "p"}}, **arguments)
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_an_index_key_of_a_wrong_type_is_refused(client: AmazonDaxClient) -> None:
    item = {"pk": {"S": "p"}, "sk": {"N": "1"}, "colour": {"N": "1"}}
    with pytest.raises(ClientError, match="Type mismatch for Index Key colour Expected: S Actual: N"):
        client.put_item(TableName="sorted", Item=item)
