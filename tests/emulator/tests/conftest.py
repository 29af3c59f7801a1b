# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One emulator for the whole run; every test works in accounts of its own."""

from __future__ import annotations

import itertools
import json
import os
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from dax_emulator import cli

os.environ["NO_PROXY"] = "127.0.0.1"
_CONFIG = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
_accounts = itertools.count(200000000001)


class Control:
    """The control API."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_emulator/{path}", data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            return {"status": error.code, **json.load(error)}

    def settings(self, **changes: Any) -> None:
        self("PUT", "settings", changes)

    def calls(self, account: str, since: int = 0) -> list[dict[str, Any]]:
        return list(self("GET", f"calls?since={since}&account={account}")["calls"])


class Account:
    """An AWS account: its id is its administrator's access key."""

    def __init__(self, url: str, account: str, region: str = "us-east-1") -> None:
        self.url, self.id, self.region = url, account, region

    def client(self, service: str, region: str | None = None, **credentials: Any) -> Any:
        keys = credentials or {"aws_access_key_id": self.id, "aws_secret_access_key": "any"}
        return boto3.client(service, endpoint_url=self.url, region_name=region or self.region, config=_CONFIG, **keys)

    def __getattr__(self, service: str) -> Any:
        client = self.client(service)
        setattr(self, service, client)
        return client

    def vpc(self, cidr: str, subnets: int = 0, region: str | None = None, **options: Any) -> tuple[str, list[str]]:
        """A VPC and subnets in as many zones."""
        ec2 = self.client("ec2", region)
        vpc_id = ec2.create_vpc(CidrBlock=cidr, **options)["Vpc"]["VpcId"]
        prefix = cidr.rpartition(".")[0].rpartition(".")[0]
        zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]]
        return vpc_id, [
            ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"{prefix}.{index}.0/24", AvailabilityZone=zones[index])[
                "Subnet"
            ]["SubnetId"]
            for index in range(subnets)
        ]

    def role(self, name: str, trust: Any, **options: Any) -> str:
        """A role that trusts these principals; its ARN."""
        document = json.dumps(trusting(trust))
        return str(self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, **options)["Role"]["Arn"])

    def service_role(self, name: str = "DAXServiceRole", region: str | None = None) -> str:
        """The ARN of a role that trusts DAX, made when first asked for."""
        iam = self.client("iam", region)
        try:
            return str(iam.get_role(RoleName=name)["Role"]["Arn"])
        except iam.exceptions.NoSuchEntityException:
            document = json.dumps(trusting({"Service": "dax.amazonaws.com"}))
            return str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"])

    def allow(self, role: str, action: str, resource: str, effect: str = "Allow") -> None:
        statement = {"Effect": effect, "Action": action, "Resource": resource}
        document = json.dumps({"Version": "2012-10-17", "Statement": statement})
        name = f"{effect}-{action}".replace(":", "-").replace("*", "all")
        self.iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document)

    def assume(self, arn: str, **options: Any) -> dict[str, Any]:
        """The answer of AssumeRole to the account's administrator."""
        return dict(self.sts.assume_role(RoleArn=arn, RoleSessionName="test", **options))

    def acting(self, answer: dict[str, Any]) -> Callable[[str], Any]:
        """A maker of clients that act with the credentials of an AssumeRole answer."""
        keys = answer["Credentials"]
        return lambda service: self.client(
            service,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )

    def group(self, vpc_id: str, name: str = "group") -> str:
        return str(self.ec2.create_security_group(VpcId=vpc_id, GroupName=name, Description="test")["GroupId"])


class Pair:
    """Two accounts with a VPC each."""

    def __init__(self, a: Account, b: Account) -> None:
        self.a, self.b = a, b
        self.vpc_a, _ = a.vpc("10.0.0.0/16")
        self.vpc_b, _ = b.vpc("10.1.0.0/16")

    def request(self, **options: Any) -> str:
        """B asks A for a peering."""
        wanted = {"VpcId": self.vpc_b, "PeerVpcId": self.vpc_a, "PeerOwnerId": self.a.id, **options}
        return str(self.b.ec2.create_vpc_peering_connection(**wanted)["VpcPeeringConnection"]["VpcPeeringConnectionId"])

    def peer(self) -> str:
        peering = self.request()
        self.a.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
        return peering


@pytest.fixture(scope="session")
def control(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Control]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    state: Path = tmp_path_factory.mktemp("emulator")
    assert cli.main(["start", "--port", str(port), "--state", str(state)]) == 0
    yield Control(port)
    assert cli.main(["stop", "--port", str(port), "--state", str(state)]) == 0


@pytest.fixture(autouse=True)
def defaults(request: pytest.FixtureRequest) -> Iterator[None]:
    """Settings and faults as they are after a start, for the tests that use the emulator."""
    if "control" not in request.fixturenames:
        yield
        return
    control: Control = request.getfixturevalue("control")
    before = control("GET", "settings")
    yield
    control("PUT", "settings", before)
    control("DELETE", "faults")


@pytest.fixture
def account(control: Control) -> Account:
    return Account(control.url, str(next(_accounts)))


@pytest.fixture
def other(control: Control) -> Account:
    return Account(control.url, str(next(_accounts)))


@pytest.fixture
def pair(account: Account, other: Account) -> Pair:
    return Pair(account, other)


def code_of(call: Callable[..., Any], /, **arguments: Any) -> str:
    """The error code of a call that must fail."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Code"])


def message_of(call: Callable[..., Any], /, **arguments: Any) -> str:
    """The message of a call that must fail."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Message"])


def trusting(principal: Any, **statement: Any) -> dict[str, Any]:
    """A trust policy; a string or a list of them names AWS principals."""
    named = principal if isinstance(principal, dict) or principal == "*" else {"AWS": principal}
    statement = {"Effect": "Allow", "Principal": named, "Action": "sts:AssumeRole", **statement}
    return {"Version": "2012-10-17", "Statement": [statement]}


def listed(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
