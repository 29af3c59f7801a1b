# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every operation with the real Python client."""

from __future__ import annotations

from typing import Any

import pytest
from amazondax import AmazonDaxClient
from botocore.exceptions import ClientError

Item = dict[str, Any]

EVERY_TYPE: Item = {
    "text": {"S": "Grüße, 世界"},
    "empty": {"S": ""},
    "number": {"N": "12345678901234567890123456789012345678"},
    "fraction": {"N": "-1.5"},
    "binary": {"B": b"\x00\xff"},
    "no-bytes": {"B": b""},
    "yes": {"BOOL": True},
    "nothing": {"NULL": True},
    "list": {"L": [{"N": "1"}, {"L": []}, {"M": {"a": {"NULL": True}}}]},
    "map": {"M": {"inner": {"M": {"set": {"SS": ["a", "b"]}}}, "empty": {"M": {}}}},
    "texts": {"SS": ["x", "y"]},
    "numbers": {"NS": ["-3", "1", "2.5"]},
    "binaries": {"BS": [b"1", b"2"]},
}


def code_of(caught: pytest.ExceptionInfo[ClientError]) -> str:
    return str(caught.value.response["Error"]["Code"])


def sets_sorted(item: Item) -> Item:
    return {
        name: {kind: sorted(value) if kind in ("SS", "NS", "BS") else value}
        for name, typed in item.items()
        for kind, value in typed.items()
    }


def test_every_type_comes_back(client: AmazonDaxClient, key: Item) -> None:
    client.put_item(TableName="plain-table", Item={**key, **EVERY_TYPE})
    found = client.get_item(TableName="plain-table", Key=key)["Item"]
    assert sets_sorted(found) == {**key, **EVERY_TYPE}


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("numbers", {"pk": {"N": "7"}}),
        ("numbers", {"pk": {"N": "-1.25"}}),
        ("numbers", {"pk": {"N": "123456789012345678901234567890"}}),
        ("binaries", {"pk": {"B": b"\x00\x01"}}),
        ("sorted", {"pk": {"S": "p"}, "sk": {"N": "-0.001"}}),
        ("sorted-text", {"pk": {"N": "1"}, "sk": {"S": "ü"}}),
        ("sorted-binary", {"pk": {"B": b"a"}, "sk": {"B": b"\xff"}}),
    ],
)
def test_every_kind_of_key(client: AmazonDaxClient, table: str, key: Item) -> None:
    item = {**key, "value": {"S": "x"}}
    client.put_item(TableName=table, Item=item)
    assert client.get_item(TableName=table, Key=key)["Item"] == item
    assert client.scan(TableName=table)["Items"] == [item]
    assert client.batch_get_item(RequestItems={table: {"Keys": [key]}})["Responses"] == {table: [item]}
    assert client.delete_item(TableName=table, Key=key, ReturnValues="ALL_OLD")["Attributes"] == item
    assert client.get_item(TableName=table, Key=key) == {}


def test_an_item_that_is_not_there(client: AmazonDaxClient, key: Item) -> None:
    assert client.get_item(TableName="plain-table", Key=key) == {}
    assert client.delete_item(TableName="plain-table", Key=key, ReturnValues="ALL_OLD") == {}


def test_an_item_that_is_only_its_key(client: AmazonDaxClient, key: Item) -> None:
    client.put_item(TableName="plain-table", Item=key)
    assert client.get_item(TableName="plain-table", Key=key)["Item"] == key


def test_projection(client: AmazonDaxClient, key: Item) -> None:
    client.put_item(TableName="plain-table", Item={**key, **EVERY_TYPE})
    found = client.get_item(
        TableName="plain-table",
        Key=key,
        ProjectionExpression="#l[2].a, #m.inner, yes, missing",
        ExpressionAttributeNames={"#l": "list", "#m": "map"},
    )["Item"]
    assert found == {
        "list": {"L": [{"M": {"a": {"NULL": True}}}]},
        "map": {"M": {"inner": {"M": {"set": {"SS": ["a", "b"]}}}}},
        "yes": {"BOOL": True},
    }


def test_put_replaces_and_returns_the_old_item(client: AmazonDaxClient, key: Item) -> None:
    client.put_item(TableName="plain-table", Item={**key, "a": {"N": "1"}, "b": {"N": "2"}})
    old = client.put_item(TableName="plain-table", Item={**key, "c": {"N": "3"}}, ReturnValues="ALL_OLD")
    assert old["Attributes"] == {**key, "a": {"N": "1"}, "b": {"N": "2"}}
    assert client.get_item(TableName="plain-table", Key=key)["Item"] == {**key, "c": {"N": "3"}}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("NONE", None),
        ("ALL_OLD", {"a": {"N": "1"}, "m": {"M": {"x": {"N": "1"}, "y": {"N": "1"}}}}),
        ("ALL_NEW", {"a": {"N": "3"}, "m": {"M": {"x": {"N": "2"}, "y": {"N": "1"}}}, "b": {"N": "2"}}),
        ("UPDATED_OLD", {"a": {"N": "1"}, "m": {"M": {"x": {"N": "1"}}}}),
        ("UPDATED_NEW", {"a": {"N": "3"}, "m": {"M": {"x": {"N": "2"}}}, "b": {"N": "2"}}),
    ],
)
def test_update_returns(client: AmazonDaxClient, key: Item, wanted: str, expected: Item | None) -> None:
    before = {**key, "a": {"N": "1"}, "m": {"M": {"x": {"N": "1"}, "y": {"N": "1"}}}}
    client.put_item(TableName="plain-table", Item=before)
    reply = client.update_item(
        TableName="plain-table",
        Key=key,
        UpdateExpression="SET a = a + :two, m.x = :two ADD b :two",
        ExpressionAttributeValues={":two": {"N": "2"}},
        ReturnValues=wanted,
    )
    whole = wanted.startswith("ALL")
    assert reply.get("Attributes") == ({**key, **expected} if expected and whole else expected)


def test_update_makes_an_item(client: AmazonDaxClient, key: Item) -> None:
    client.update_item(TableName="plain-table", Key=key)
    assert client.get_item(TableName="plain-table", Key=key)["Item"] == key


def test_a_condition_that_fails_changes_nothing(client: AmazonDaxClient, key: Item) -> None:
    item = {**key, "a": {"N": "1"}}
    client.put_item(TableName="plain-table", Item=item, ConditionExpression="attribute_not_exists(pk)")
    failing: list[tuple[Any, dict[str, Any]]] = [
        (client.put_item, {"Item": key, "ConditionExpression": "attribute_not_exists(pk)"}),
        (client.delete_item, {"Key": key, "ConditionExpression": "a > :v"}),
        (client.update_item, {"Key": key, "ConditionExpression": "a > :v", "UpdateExpression": "REMOVE a"}),
    ]
    for call, arguments in failing:
        values = {"ExpressionAttributeValues": {":v": {"N": "1"}}} if ":v" in arguments["ConditionExpression"] else {}
        with pytest.raises(ClientError) as caught:
            call(TableName="plain-table", **arguments, **values)
        assert code_of(caught) == "ConditionalCheckFailedException"
    assert client.get_item(TableName="plain-table", Key=key)["Item"] == item


def test_a_table_that_is_not_there(client: AmazonDaxClient, key: Item) -> None:
    with pytest.raises(ClientError, match="Table: none not found") as caught:
        client.get_item(TableName="none", Key=key)
    assert code_of(caught) == "ResourceNotFoundException"


def test_validation_errors_arrive(client: AmazonDaxClient, key: Item) -> None:
    client.put_item(TableName="plain-table", Item={**key, "a": {"S": "x"}})
    with pytest.raises(ClientError, match="operand type: S") as caught:
        client.update_item(
            TableName="plain-table",
            Key=key,
            UpdateExpression="SET a = a + :v",
            ExpressionAttributeValues={":v": {"N": "1"}},
        )
    assert code_of(caught) == "ValidationException"
    with pytest.raises(ClientError, match="Size of hashkey has exceeded the maximum size limit of 2048 bytes"):
        client.get_item(TableName="plain-table", Key={"pk": {"S": "x" * 2049}})
    with pytest.raises(ClientError, match="Item size has exceeded"):
        client.put_item(TableName="plain-table", Item={**key, "a": {"S": "x" * (400 * 1024)}})


def test_batch_write_and_get(client: AmazonDaxClient) -> None:
    keys = [{"pk": {"S": f"batch-{number}"}} for number in range(20)]
    puts = [
        {"PutRequest": {"Item": {**key, "n": {"N": str(i)}, "big": {"S": "x" * 5000}}}} for i, key in enumerate(keys)
    ]
    numbered = [{"PutRequest": {"Item": {"pk": {"N": str(number)}}}} for number in range(3)]
    reply = client.batch_write_item(
        RequestItems={"plain-table": puts, "numbers": numbered}, ReturnConsumedCapacity="TOTAL"
    )
    assert reply["UnprocessedItems"] == {}
    assert {capacity["TableName"]: capacity["CapacityUnits"] for capacity in reply["ConsumedCapacity"]} == {
        "plain-table": 100.0,
        "numbers": 3.0,
    }
    deletes = [{"DeleteRequest": {"Key": key}} for key in keys[:5]]
    client.batch_write_item(RequestItems={"plain-table": deletes})
    found = client.batch_get_item(
        RequestItems={
            "plain-table": {"Keys": keys, "ProjectionExpression": "n, pk"},
            "numbers": {"Keys": [{"pk": {"N": "2"}}, {"pk": {"N": "99"}}]},
        }
    )
    assert found["UnprocessedKeys"] == {}
    assert found["Responses"]["plain-table"] == [{**keys[i], "n": {"N": str(i)}} for i in range(5, 20)]
    assert found["Responses"]["numbers"] == [{"pk": {"N": "2"}}]


def test_transactions(client: AmazonDaxClient) -> None:
    one, two, three = ({"pk": {"S": f"transact-{number}"}} for number in range(3))
    client.put_item(TableName="plain-table", Item={**two, "n": {"N": "1"}})
    client.put_item(TableName="plain-table", Item=three)
    written = [
        {"Put": {"TableName": "plain-table", "Item": {**one, "a": {"S": "x"}}}},
        {
            "Update": {
                "TableName": "plain-table",
                "Key": two,
                "UpdateExpression": "SET n = n + :v",
                "ExpressionAttributeValues": {":v": {"N": "1"}},
            }
        },
        {"Delete": {"TableName": "plain-table", "Key": three}},
        {
            "ConditionCheck": {
                "TableName": "numbers",
                "Key": {"pk": {"N": "404"}},
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        },
    ]
    for _ in range(2):  # the second is a repetition under the same token, which does nothing
        client.transact_write_items(TransactItems=written, ClientRequestToken="a-token")
    found = client.transact_get_items(
        TransactItems=[
            {"Get": {"TableName": "plain-table", "Key": one}},
            {"Get": {"TableName": "plain-table", "Key": two, "ProjectionExpression": "n"}},
            {"Get": {"TableName": "plain-table", "Key": three}},
        ]
    )
    assert found["Responses"] == [{"Item": {**one, "a": {"S": "x"}}}, {"Item": {"n": {"N": "2"}}}, {}]
    with pytest.raises(ClientError, match="same client token"):
        client.transact_write_items(TransactItems=written[:1], ClientRequestToken="a-token")


def test_a_cancelled_transaction_changes_nothing(client: AmazonDaxClient) -> None:
    one, two = ({"pk": {"S": f"cancelled-{number}"}} for number in range(2))
    client.put_item(TableName="plain-table", Item={**two, "n": {"N": "1"}})
    with pytest.raises(ClientError) as caught:
        client.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": "plain-table", "Item": one}},
                {
                    "Delete": {
                        "TableName": "plain-table",
                        "Key": two,
                        "ConditionExpression": "n = :v",
                        "ExpressionAttributeValues": {":v": {"N": "2"}},
                        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                    }
                },
            ]
        )
    assert code_of(caught) == "TransactionCanceledException"
    reasons = caught.value.cancellation_reasons  # type: ignore[attr-defined]
    assert reasons[:5] == ["None", None, None, "ConditionalCheckFailed", "The conditional request failed"]
    assert reasons[5] is not None
    assert client.get_item(TableName="plain-table", Key=one) == {}
    assert client.get_item(TableName="plain-table", Key=two)["Item"] == {**two, "n": {"N": "1"}}


def test_consumed_capacity(client: AmazonDaxClient, key: Item) -> None:
    client.put_item(TableName="plain-table", Item={**key, "a": {"S": "x" * 5000}})
    for consistent, units in ((False, 1.0), (True, 2.0)):
        reply = client.get_item(
            TableName="plain-table", Key=key, ConsistentRead=consistent, ReturnConsumedCapacity="TOTAL"
        )
        assert reply["ConsumedCapacity"] == {"TableName": "plain-table", "CapacityUnits": units}
