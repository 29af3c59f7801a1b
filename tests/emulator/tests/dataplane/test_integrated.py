# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole way in the emulator: instance, STS, DescribeClusters, discovery endpoint, node, DynamoDB's tables."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from amazondax import AmazonDaxClient
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import ClientError
from conftest import Account, Control

from dax_emulator.metadata.imds import Instance, Server

NINE = [
    *(f"dax:{verb}Item" for verb in ("Get", "Put", "Update", "Delete", "BatchGet", "BatchWrite", "ConditionCheck")),
    "dax:Query",
    "dax:Scan",
]


@pytest.fixture(autouse=True)
def defaults(control: Control) -> Iterator[None]:
    before = control("GET", "settings")
    yield
    control("PUT", "settings", before)
    control("DELETE", "faults")


def trust(principal: dict[str, str]) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def policy(actions: list[str], resource: str) -> str:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@dataclass
class World:
    """Account A with a cluster, a table and a role; account B with an instance whose role may assume A's."""

    control: Control
    a: Account
    b: Account
    cluster: dict[str, Any]
    role_arn: str
    instance_id: str

    def describe(self) -> dict[str, Any]:
        found = self.a.dax.describe_clusters(ClusterNames=[self.cluster["ClusterName"]])
        return dict(found["Clusters"][0])

    @property
    def url(self) -> str:
        return str(self.describe()["ClusterDiscoveryEndpoint"]["URL"])

    def assume(self, *, role: str | None = None) -> dict[str, Any]:
        """Assume A's role from the instance's role, as the instance would."""
        path = f"instances/{self.b.id}/{self.b.region}/{self.instance_id}/metadata"
        keys = self.control("GET", path)["credentials"]
        sts = self.b.client(
            "sts",
            aws_access_key_id=keys["access_key_id"],
            aws_secret_access_key=keys["secret"],
            aws_session_token=keys["token"],
        )
        found = sts.assume_role(RoleArn=role or self.role_arn, RoleSessionName="test")["Credentials"]
        return {
            "access_key": found["AccessKeyId"],
            "secret_key": found["SecretAccessKey"],
            "token": found["SessionToken"],
            "expiry_time": found["Expiration"].isoformat(),
        }

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        entries = self.control("GET", f"dataplane?since={since}")["requests"]
        return [entry for entry in entries if entry["cluster"] == self.cluster["ClusterArn"]]


def make_world(control: Control, a: Account, b: Account, encryption: str = "NONE") -> World:
    _, subnets = a.vpc("10.0.0.0/16", 2)
    a.dax.create_subnet_group(SubnetGroupName="group", SubnetIds=subnets)
    service_role = a.iam.create_role(RoleName="Dax", AssumeRolePolicyDocument=trust({"Service": "dax.amazonaws.com"}))
    cluster = a.dax.create_cluster(
        ClusterName="orders",
        NodeType="dax.t3.small",
        ReplicationFactor=2,
        IamRoleArn=service_role["Role"]["Arn"],
        SubnetGroupName="group",
        ClusterEndpointEncryptionType=encryption,
    )["Cluster"]
    a.dynamodb.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
            {"AttributeName": "colour", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-colour",
                "KeySchema": [{"AttributeName": "colour", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["size"]},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    consumer = b.iam.create_role(RoleName="Consumer", AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
    everything = policy(["sts:AssumeRole", "dax:*"], "*")
    b.iam.put_role_policy(RoleName="Consumer", PolicyName="all", PolicyDocument=everything)
    b.iam.create_instance_profile(InstanceProfileName="Consumer")
    b.iam.add_role_to_instance_profile(InstanceProfileName="Consumer", RoleName="Consumer")
    role = a.iam.create_role(
        RoleName="DaxCrossAccountRole", AssumeRolePolicyDocument=trust({"AWS": consumer["Role"]["Arn"]})
    )["Role"]
    a.iam.put_role_policy(
        RoleName=role["RoleName"], PolicyName="dax", PolicyDocument=policy(NINE, cluster["ClusterArn"])
    )
    _, (subnet,) = b.vpc("10.1.0.0/16", 1)
    image = b.ec2.describe_images()["Images"][0]["ImageId"]
    instance = b.ec2.run_instances(
        ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet, IamInstanceProfile={"Name": "Consumer"}
    )["Instances"][0]
    return World(control, a, b, cluster, role["Arn"], instance["InstanceId"])


@pytest.fixture
def world(control: Control, account: Account, other: Account) -> World:
    return make_world(control, account, other)


Connect = Callable[..., AmazonDaxClient]


@pytest.fixture
def connect(world: World) -> Iterator[Connect]:
    opened: list[AmazonDaxClient] = []

    def function(credentials: Any, url: str | None = None) -> AmazonDaxClient:
        session = botocore.session.Session()
        if isinstance(credentials, dict):
            session.set_credentials(credentials["access_key"], credentials["secret_key"], credentials["token"])
        else:
            session._credentials = credentials
        opened.append(AmazonDaxClient(session, region_name=world.a.region, endpoint_url=url or world.url))
        return opened[-1]

    yield function
    for client in opened:
        client.close()


@pytest.fixture
def metadata(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    """The instance's metadata service, and this process set up as if it ran on that instance."""
    instance = Instance(world.control.url, world.b.id, world.b.region, world.instance_id, None)
    server = Server(0, instance, token_required=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    config = tmp_path / "config"
    config.write_text(
        "[profile dax]\n"
        f"role_arn = {world.role_arn}\n"
        "credential_source = Ec2InstanceMetadata\n"
        f"region = {world.a.region}\n"
    )
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f"http://127.0.0.1:{server.server_address[1]}")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", world.control.url)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_profile_sts_discovery_node_table(world: World, metadata: Server) -> None:
    """The way of the program: only the profile's name and the URL of DescribeClusters are given."""
    session = botocore.session.Session(profile="dax")
    with AmazonDaxClient(session, region_name=world.a.region, endpoint_url=world.url) as client:
        client.put_item(TableName="orders", Item={"pk": {"S": "a"}, "sk": {"N": "1.50"}, "x": {"B": b"\xff"}})
        key = {"pk": {"S": "a"}, "sk": {"N": "1.5"}}
        assert client.get_item(TableName="orders", Key=key)["Item"] == {**key, "x": {"B": b"\xff"}}
    assert world.a.dynamodb.get_item(TableName="orders", Key=key)["Item"] == {**key, "x": {"B": b"\xff"}}
    done = [entry for entry in world.requests() if entry["operation"] in ("GetItem", "PutItem")]
    assert [(entry["operation"], entry["outcome"]) for entry in done] == [("PutItem", "ok"), ("GetItem", "ok")]
    session_arn = f"arn:aws:sts::{world.a.id}:assumed-role/DaxCrossAccountRole/"
    assert all(entry["principal"].startswith(session_arn) for entry in done)


def test_the_instance_role_itself_is_refused(world: World, metadata: Server) -> None:
    """B's role may do all on everything, but the cluster is A's."""
    session = botocore.session.Session()
    with (
        AmazonDaxClient(session, region_name=world.a.region, endpoint_url=world.url) as client,
        pytest.raises(ClientError, match="belongs to another account") as caught,
    ):
        client.scan(TableName="orders")
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"


def test_keys_that_nobody_issued_are_refused(world: World, connect: Connect) -> None:
    with pytest.raises(ClientError, match="security token included in the request is invalid"):
        connect({"access_key": world.a.id, "secret_key": "any", "token": None})
    with pytest.raises(ClientError, match="signature we calculated does not match"):
        connect({**world.assume(), "secret_key": "other"})
    with pytest.raises(ClientError, match="it is missing"):
        connect({**world.assume(), "token": None})


def test_tables_are_those_of_dynamodb(world: World, connect: Connect) -> None:
    client = connect(world.assume())
    with pytest.raises(ClientError, match="Table: none not found"):
        client.scan(TableName="none")
    item = {
        "pk": {"S": "p"},
        "sk": {"N": "12345678901234567890123456789012345678"},
        "colour": {"S": "red"},
        "size": {"L": [{"M": {"x": {"NULL": True}}}, {"SS": ["b"]}, {"S": ""}]},
        "hidden": {"BOOL": True},
    }
    world.a.dynamodb.put_item(TableName="orders", Item=item)
    world.a.dynamodb.put_item(TableName="orders", Item={"pk": {"S": "p"}, "sk": {"N": "-1"}})
    assert client.get_item(TableName="orders", Key={"pk": item["pk"], "sk": item["sk"]})["Item"] == item
    found = client.query(
        TableName="orders",
        KeyConditionExpression="pk = :p AND sk > :s",
        ExpressionAttributeValues={":p": {"S": "p"}, ":s": {"N": "0"}},
    )
    assert found["Items"] == [item]
    found = client.query(
        TableName="orders",
        IndexName="by-colour",
        KeyConditionExpression="colour = :c",
        ExpressionAttributeValues={":c": {"S": "red"}},
    )
    assert found["Items"] == [{name: value for name, value in item.items() if name != "hidden"}]
    client.delete_item(TableName="orders", Key={"pk": item["pk"], "sk": item["sk"]})
    assert world.a.dynamodb.scan(TableName="orders")["Items"] == [{"pk": {"S": "p"}, "sk": {"N": "-1"}}]


def test_one_number_is_one_key_however_it_is_written(world: World, connect: Connect) -> None:
    client = connect(world.assume())
    world.a.dynamodb.put_item(TableName="orders", Item={"pk": {"S": "n"}, "sk": {"N": "1.50"}})
    key = {"pk": {"S": "n"}, "sk": {"N": "1.5"}}
    assert client.get_item(TableName="orders", Key=key)["Item"] == key
    client.put_item(TableName="orders", Item={**key, "x": {"S": "new"}})
    assert client.scan(TableName="orders")["Items"] == [{**key, "x": {"S": "new"}}]
    client.delete_item(TableName="orders", Key={"pk": {"S": "n"}, "sk": {"N": "15E-1"}})
    assert world.a.dynamodb.scan(TableName="orders")["Items"] == []


def test_the_roles_policies_count(world: World, connect: Connect) -> None:
    client = connect(world.assume())
    key = {"pk": {"S": "p"}, "sk": {"N": "1"}}
    client.put_item(TableName="orders", Item=key)
    read_only = policy(["dax:GetItem", "dax:Query"], world.cluster["ClusterArn"])
    world.a.iam.put_role_policy(RoleName="DaxCrossAccountRole", PolicyName="dax", PolicyDocument=read_only)
    assert client.get_item(TableName="orders", Key=key)["Item"] == key
    with pytest.raises(ClientError, match="not authorized to perform: dax:PutItem"):
        client.put_item(TableName="orders", Item=key)
    world.a.iam.delete_role_policy(RoleName="DaxCrossAccountRole", PolicyName="dax")
    with pytest.raises(ClientError, match="not authorized to perform: dax:GetItem"):
        client.get_item(TableName="orders", Key=key)


def test_credentials_expire_under_a_running_client(world: World, connect: Connect) -> None:
    """A client whose credentials are renewed does not notice; one with fixed credentials stops."""
    world.control.settings(credential_lifetime_seconds=4, dax_strict_expiry=True)
    fixed = connect(world.assume())
    renewed = RefreshableCredentials.create_from_metadata(
        world.assume(), world.assume, "test", advisory_timeout=2, mandatory_timeout=1
    )
    client = connect(renewed)
    end = time.monotonic() + 10
    while time.monotonic() < end:
        assert client.scan(TableName="orders")["Count"] == 0
        time.sleep(0.1)
    keys = {entry["access_key"] for entry in world.requests() if entry["operation"] == "Scan"}
    assert len(keys) >= 3
    # Either its request is refused, or its own health checks were and it has no node left.
    with pytest.raises(ClientError, match=r"expired|No cluster endpoints available"):
        fixed.scan(TableName="orders")
    assert "ExpiredTokenException" in {entry["outcome"] for entry in world.requests()}


def test_faults_can_be_injected(world: World, connect: Connect) -> None:
    client = connect(world.assume())
    for error in ("ThrottlingException", "drop"):
        fault = {"service": "dax", "operation": "Scan", "account": world.a.id, "error": error, "count": 1}
        world.control("POST", "faults", fault)
        assert client.scan(TableName="orders")["Count"] == 0
    outcomes = [entry["outcome"] for entry in world.requests() if entry["operation"] == "Scan"]
    assert outcomes == ["ThrottlingException", "ok", "drop", "ok"]


def test_nodes_are_stopped_and_started(world: World) -> None:
    nodes = world.describe()["Nodes"]
    path = f"dataplane/nodes/{world.a.id}/{world.a.region}/orders/{nodes[0]['NodeId']}"
    stopped = world.control("POST", path, {"running": False})
    assert [(node["running"], node["leader"]) for node in stopped["nodes"]] == [(False, False), (True, True)]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((nodes[0]["Endpoint"]["Address"], nodes[0]["Endpoint"]["Port"]), timeout=5)
    started = world.control("POST", path, {"running": True})
    assert [node["running"] for node in started["nodes"]] == [True, True]
    socket.create_connection((nodes[0]["Endpoint"]["Address"], nodes[0]["Endpoint"]["Port"]), timeout=5).close()
    assert world.control("POST", path, {"running": "yes"})["status"] == 400
    assert world.control("POST", path + "x", {"running": True})["status"] == 404


def test_nodes_follow_the_control_plane(world: World) -> None:
    before = world.describe()
    world.a.dax.increase_replication_factor(ClusterName="orders", NewReplicationFactor=4)
    after = world.describe()
    assert after["ClusterDiscoveryEndpoint"] == before["ClusterDiscoveryEndpoint"]
    assert after["Nodes"][:2] == before["Nodes"]
    places = [(node["Endpoint"]["Address"], node["Endpoint"]["Port"]) for node in after["Nodes"]]
    assert len(set(places)) == 4
    for place in places:
        socket.create_connection(place, timeout=5).close()


def test_a_deleted_cluster_does_not_listen(world: World) -> None:
    endpoint = world.describe()["ClusterDiscoveryEndpoint"]
    world.a.dax.delete_cluster(ClusterName="orders")
    with pytest.raises(world.a.dax.exceptions.ClusterNotFoundFault):
        world.describe()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((endpoint["Address"], endpoint["Port"]), timeout=5)


def test_tls(control: Control, account: Account, other: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(control, account, other, "TLS")
    assert world.url.startswith("daxs://127.0.0.1:")
    files = control("GET", "dataplane")
    assert Path(files["trust_store"]).is_file()
    monkeypatch.setenv("SSL_CERT_FILE", files["ca_file"])
    session = botocore.session.Session()
    keys = world.assume()
    session.set_credentials(keys["access_key"], keys["secret_key"], keys["token"])
    with AmazonDaxClient(session, region_name=world.a.region, endpoint_url=world.url) as client:
        assert client.scan(TableName="orders")["Count"] == 0


def test_metadata_service(world: World, metadata: Server) -> None:
    """botocore reads the instance's credentials and region by version 2."""
    session = botocore.session.Session()
    credentials = session.get_credentials()
    assert credentials.method == "iam-role"
    assert credentials.access_key.startswith("ASIA")
    client = session.create_client("sts", region_name=world.b.region)
    expected = f"arn:aws:sts::{world.b.id}:assumed-role/Consumer/{world.instance_id}"
    assert client.get_caller_identity()["Arn"] == expected


def test_metadata_of_an_instance_that_is_not_there(control: Control, account: Account) -> None:
    answer = control("GET", f"instances/{account.id}/us-east-1/i-0123456789abcdef0/metadata")
    assert answer["status"] == 404
    assert "has no instance 'i-0123456789abcdef0'" in answer["error"]


def test_short_lived_instance_credentials(world: World) -> None:
    path = f"instances/{world.b.id}/{world.b.region}/{world.instance_id}/metadata"
    found = world.control("GET", path + "?lifetime=60")["credentials"]
    left = datetime.fromisoformat(found["expiration"]) - datetime.now(UTC)
    assert 0 < left.total_seconds() <= 60
    assert world.control("GET", path + "?lifetime=soon")["status"] == 400
