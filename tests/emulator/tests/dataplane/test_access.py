# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who gets in and what they may do, with the real Python client."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from amazondax import AmazonDaxClient, SigV4Gen
from botocore.exceptions import ClientError

from dax_emulator.dataplane.server import Cluster
from dax_emulator.dataplane.session import Environment
from dax_emulator.dataplane.standalone import FileCredentials

from .conftest import Connect, Single

Item = dict[str, Any]


def refused(connect: Connect, cluster: Cluster, name: str = "writer", **changes: Any) -> str:
    """The message with which a connection is refused; it must be an authentication error."""
    with pytest.raises(ClientError) as caught:
        connect(cluster, name, **changes)
    assert caught.value.codes == [4, 23, 31, 33]  # type: ignore[attr-defined]
    return str(caught.value)


def test_a_wrong_secret_is_refused(connect: Connect, cluster: Cluster) -> None:
    assert "signature we calculated does not match" in refused(connect, cluster, secret="wrong")


def test_a_tampered_signature_is_refused(connect: Connect, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    sign = SigV4Gen.generate_signature

    def tampered(*args: Any, **kwargs: Any) -> Any:
        made = sign(*args, **kwargs)
        return made._replace(signature=made.signature[::-1])

    monkeypatch.setattr(SigV4Gen, "generate_signature", tampered)
    assert "signature we calculated does not match" in refused(connect, cluster)


def test_a_signature_of_something_else_is_refused(
    connect: Connect, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A valid signature, but of a request to another host."""
    monkeypatch.setattr("amazondax.Tube.Tube.DAX_ADDR", "https://dynamodb.amazonaws.com")
    assert "signature we calculated does not match" in refused(connect, cluster)


@pytest.mark.parametrize("minutes", [-16, 16])
def test_an_old_or_future_signature_is_refused(
    connect: Connect, cluster: Cluster, environment: Environment, minutes: int
) -> None:
    environment.clock = lambda: datetime.now(UTC) + timedelta(minutes=minutes)
    assert "not yet current or expired" in refused(connect, cluster)


def test_another_region_is_refused(connect: Connect, cluster: Cluster) -> None:
    assert "Credential should be scoped to" in refused(connect, cluster, region="eu-west-1")


def test_a_missing_or_wrong_token_is_refused(connect: Connect, cluster: Cluster) -> None:
    assert "security token included in the request is invalid (it is missing)" in refused(connect, cluster, token=None)
    assert "security token included in the request is invalid" in refused(connect, cluster, token="other")


def test_an_unknown_key_is_refused(connect: Connect, cluster: Cluster) -> None:
    assert "security token included in the request is invalid" in refused(connect, cluster, access_key="ASIANOBODY")


def test_expired_credentials_are_refused(connect: Connect, cluster: Cluster, credentials: FileCredentials) -> None:
    credentials.entries["ASIAWRITER"]["expiration"] = datetime.now(UTC) - timedelta(seconds=1)
    assert "security token included in the request is expired" in refused(connect, cluster)


def test_long_lived_keys_need_no_token(connect: Connect, cluster: Cluster, credentials: FileCredentials) -> None:
    credentials.entries["ASIAWRITER"]["token"] = None
    assert connect(cluster).scan(TableName="plain-table")["Count"] == 0


def test_a_refusal_is_one_error(connect: Connect, cluster: Cluster, environment: Environment) -> None:
    refused(connect, cluster, secret="wrong")
    entries = environment.log.since(0)["requests"]
    assert [(entry["operation"], entry["outcome"]) for entry in entries] == [
        ("AuthorizeConnection", "InvalidSignatureException"),
        ("Endpoints", "InvalidSignatureException"),
    ]


def test_expiry_ends_an_authorization_only_where_that_is_set(
    single: Single, cluster: Cluster, credentials: FileCredentials, environment: Environment
) -> None:
    credentials.entries["ASIAWRITER"]["expiration"] = datetime.now(UTC) + timedelta(seconds=60)
    client = single(cluster.discovery.port)
    client.scan(TableName="plain-table")
    environment.clock = lambda: datetime.now(UTC) + timedelta(seconds=61)
    client.scan(TableName="plain-table")
    environment.strict_expiry = lambda: True
    with pytest.raises(ClientError, match="expired"):
        client.scan(TableName="plain-table")


def test_an_authorization_lasts_five_minutes(single: Single, cluster: Cluster, environment: Environment) -> None:
    client = single(cluster.discovery.port)
    client.scan(TableName="plain-table")
    environment.clock = lambda: datetime.now(UTC) + timedelta(minutes=4, seconds=59)
    client.scan(TableName="plain-table")
    environment.clock = lambda: datetime.now(UTC) + timedelta(minutes=5, seconds=1)
    with pytest.raises(ClientError, match="authorization is over"):
        client.scan(TableName="plain-table")


_KEY: Item = {"pk": {"S": "access"}}
_CONDITION = {"TableName": "plain-table", "Key": _KEY, "ConditionExpression": "attribute_not_exists(x)"}
_READS: list[tuple[str, str, dict[str, Any]]] = [
    ("GetItem", "get_item", {"TableName": "plain-table", "Key": _KEY}),
    ("BatchGetItem", "batch_get_item", {"RequestItems": {"plain-table": {"Keys": [_KEY]}}}),
    (
        "Query",
        "query",
        {
            "TableName": "plain-table",
            "KeyConditionExpression": "pk = :p",
            "ExpressionAttributeValues": {":p": {"S": "x"}},
        },
    ),
    ("Scan", "scan", {"TableName": "plain-table"}),
    ("GetItem", "transact_get_items", {"TransactItems": [{"Get": {"TableName": "plain-table", "Key": _KEY}}]}),
]
_WRITES: list[tuple[str, str, dict[str, Any]]] = [
    ("PutItem", "put_item", {"TableName": "plain-table", "Item": _KEY}),
    ("UpdateItem", "update_item", {"TableName": "plain-table", "Key": _KEY, "UpdateExpression": "REMOVE a"}),
    ("DeleteItem", "delete_item", {"TableName": "plain-table", "Key": _KEY}),
    # Not a put: the client changes it at its first attempt, and then refuses its own request at the second.
    ("BatchWriteItem", "batch_write_item", {"RequestItems": {"plain-table": [{"DeleteRequest": {"Key": _KEY}}]}}),
    ("PutItem", "transact_write_items", {"TransactItems": [{"Put": {"TableName": "plain-table", "Item": _KEY}}]}),
    ("ConditionCheckItem", "transact_write_items", {"TransactItems": [{"ConditionCheck": _CONDITION}]}),
]


def denied(client: AmazonDaxClient, method: str, arguments: dict[str, Any]) -> str:
    with pytest.raises(ClientError) as caught:
        getattr(client, method)(**arguments)
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    assert caught.value.codes == [4, 37, 38, 42]  # type: ignore[attr-defined]
    return str(caught.value)


def test_a_read_only_role_reads_and_writes_nothing(connect: Connect, cluster: Cluster) -> None:
    client = connect(cluster, "reader")
    for _, method, arguments in _READS:
        getattr(client, method)(**arguments)
    for action, method, arguments in _WRITES:
        message = denied(client, method, arguments)
        assert f"not authorized to perform: dax:{action} on resource: {cluster.config.arn}" in message
        assert "assumed-role/reader/session" in message
    assert client.scan(TableName="plain-table")["Count"] == 0


def test_a_role_without_policies_does_nothing(connect: Connect, cluster: Cluster) -> None:
    client = connect(cluster, "stranger")
    for _, method, arguments in _READS + _WRITES:
        assert "no identity-based policy allows" in denied(client, method, arguments)


def test_a_role_of_another_account_does_nothing_whatever_its_policies(connect: Connect, cluster: Cluster) -> None:
    client = connect(cluster, "foreigner")
    for _, method, arguments in _READS + _WRITES:
        assert "belongs to another account" in denied(client, method, arguments)


def test_another_clusters_arn_does_not_count(connect: Connect, cluster: Cluster, credentials: FileCredentials) -> None:
    (policy,) = credentials.entries["ASIAREADER"]["policies"]
    policy = {"Statement": [{**policy["Statement"][0], "Resource": cluster.config.arn + "-2"}]}
    credentials.entries["ASIAREADER"]["policies"] = [policy]
    denied(connect(cluster, "reader"), "scan", {"TableName": "plain-table"})


def test_policies_count_as_they_are_now(connect: Connect, cluster: Cluster, credentials: FileCredentials) -> None:
    client = connect(cluster)
    client.put_item(TableName="plain-table", Item=_KEY)
    deny = {"Statement": [{"Effect": "Deny", "Action": "dax:Put*", "Resource": "*"}]}
    credentials.entries["ASIAWRITER"]["policies"].append(deny)
    assert "explicit deny" in denied(client, "put_item", {"TableName": "plain-table", "Item": _KEY})
    assert client.get_item(TableName="plain-table", Key=_KEY)["Item"] == _KEY


def test_boundary_and_session_policy_limit(connect: Connect, cluster: Cluster, credentials: FileCredentials) -> None:
    client = connect(cluster)
    for limit in ("boundary", "session_policy"):
        read = {"Statement": {"Effect": "Allow", "Action": "dax:Scan", "Resource": "*"}}
        credentials.entries["ASIAWRITER"][limit] = read
        client.scan(TableName="plain-table")
        denied(client, "put_item", {"TableName": "plain-table", "Item": _KEY})
        del credentials.entries["ASIAWRITER"][limit]


def test_the_log_names_who_did_what(connect: Connect, cluster: Cluster, environment: Environment) -> None:
    client = connect(cluster, "reader")
    last = environment.log.since(0)["last"]
    client.get_item(TableName="plain-table", Key=_KEY)
    denied(client, "put_item", {"TableName": "plain-table", "Item": _KEY})
    entries = [entry for entry in environment.log.since(last)["requests"] if entry["operation"].endswith("Item")]
    # The client asks again after a denial, hence no list.
    assert {(entry["operation"], entry["table"], entry["outcome"]) for entry in entries} == {
        ("GetItem", "plain-table", "ok"),
        ("PutItem", "plain-table", "AccessDeniedException"),
    }
    nodes = {node.name for node in cluster.nodes}
    for entry in entries:
        assert entry["principal"].endswith(":assumed-role/reader/session")
        assert (entry["cluster"], entry["access_key"]) == (cluster.config.arn, "ASIAREADER")
        assert entry["node"] in nodes
        assert entry["user_agent"].startswith("DaxPythonClient")
