# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.facts import compute
from ansible_collections.dax.cross_account.plugins.module_utils.facts.compute import LaunchQuery


def filters(params: dict[str, Any]) -> dict[str, list[str]]:
    return {item["Name"]: item["Values"] for item in params.get("Filters", [])}


def test_zones_that_can_be_used(fake_aws: Any) -> None:
    zones = [
        {"ZoneName": "us-east-1b", "State": "available", "ZoneType": "availability-zone"},
        {"ZoneName": "us-east-1a", "State": "available", "OptInStatus": "opt-in-not-required"},
        {"ZoneName": "us-east-1c", "State": "impaired", "ZoneType": "availability-zone"},
        {"ZoneName": "us-east-1d", "State": "constrained", "ZoneType": "availability-zone"},
        {"ZoneName": "us-east-1f", "State": "available", "OptInStatus": "not-opted-in"},
        {
            "ZoneName": "us-east-1-bos-1a",
            "State": "available",
            "ZoneType": "local-zone",
            "OptInStatus": "opted-in",
        },
        {"ZoneName": "us-east-1-wl1-nyc-wlz-1", "State": "available", "ZoneType": "wavelength-zone"},
        {"ZoneName": "us-east-1-chi-1a", "ZoneType": "local-zone", "OptInStatus": "not-opted-in"},
    ]
    fake = fake_aws("ec2").on("DescribeAvailabilityZones", {"AvailabilityZones": zones})
    found = compute.describe_availability_zones(fake.client)
    assert found.regular == ["us-east-1a", "us-east-1b"]
    assert found.local == ["us-east-1-bos-1a", "us-east-1-wl1-nyc-wlz-1"]


def test_instances_of_all_reservations_that_are_not_terminated(fake_aws: Any) -> None:
    one = {
        "InstanceId": "i-1",
        "State": {"Name": "running"},
        "InstanceType": "t3.micro",
        "ImageId": "ami-1",
        "KeyName": "ops",
        "SubnetId": "subnet-1",
        "IamInstanceProfile": {"Arn": "arn:profile", "Id": "AIPA1"},
        "SecurityGroups": [{"GroupId": "sg-1"}],
    }
    two = {"InstanceId": "i-2", "State": {"Name": "stopped"}, "InstanceType": "t4g.nano", "ImageId": "ami-2"}
    fake = fake_aws("ec2").on("DescribeInstances", {"Reservations": [{"Instances": [one]}, {"Instances": [two]}]})
    first, second = compute.describe_instances(fake.client, vpc_id="vpc-1")
    assert (first["instance_profile_arn"], first["instance_profile_id"]) == ("arn:profile", "AIPA1")
    assert (first["instance_type"], first["image_id"], first["key_name"]) == ("t3.micro", "ami-1", "ops")
    assert (second["instance_profile_arn"], second["instance_profile_id"]) == (None, None)
    assert (first["security_group_ids"], second["security_group_ids"], second["key_name"]) == (["sg-1"], [], None)
    states = ["pending", "running", "stopping", "stopped", "shutting-down"]
    assert filters(fake.calls[0][1]) == {"vpc-id": ["vpc-1"], "instance-state-name": states}


TAGS = {"own": "x"}
REASON = {"Code": "Client.InternalError", "Message": "Client.InternalError: Client error on launch"}
IMAGE = {"ImageId": "ami-1", "Architecture": "arm64", "State": "available"}


@pytest.fixture
def clients(fake_aws: Any) -> dict[str, Any]:
    ended = {"InstanceId": "i-9", "State": {"Name": "terminated"}, "StateReason": REASON}
    ec2 = fake_aws("ec2")
    ec2.on("DescribeInstanceTypeOfferings", {"InstanceTypeOfferings": [{"Location": "b"}, {"Location": "a"}]})
    ec2.on(
        "DescribeInstanceTypes", {"InstanceTypes": [{"ProcessorInfo": {"SupportedArchitectures": ["i386", "x86_64"]}}]}
    )
    ec2.on("DescribeImages", {"Images": [IMAGE]})
    ec2.on("DescribeKeyPairs", {"KeyPairs": [{"KeyName": "ops"}]})
    ec2.on("DescribeInstances", {"Reservations": [{"Instances": [ended, {"InstanceId": "i-8"}]}]})
    ssm = fake_aws("ssm").on("GetParameters", {"Parameters": [{"Name": "/own", "Value": "ami-1"}]})
    return {"ec2": ec2, "ssm": ssm}


def launch(clients: dict[str, Any], image_id: str = "", key_name: str = "") -> Any:
    wanted = LaunchQuery("t3.micro", image_id, key_name, TAGS)
    return compute.read_launch({name: fake.client for name, fake in clients.items()}, wanted)


def test_what_decides_on_an_instance(clients: dict[str, Any]) -> None:
    assert launch(clients) == {
        "availability_zones": ["a", "b"],
        "architectures": ["i386", "x86_64"],
        "image": None,
        "key_pairs": [],
        "ended_instances": [
            {"instance_id": "i-9", "code": "Client.InternalError", "message": REASON["Message"]},
            {"instance_id": "i-8", "code": "", "message": ""},
        ],
    }
    asked = dict(clients["ec2"].calls)
    assert asked["DescribeInstanceTypeOfferings"]["LocationType"] == "availability-zone"
    assert filters(asked["DescribeInstanceTypeOfferings"]) == {"instance-type": ["t3.micro"]}
    assert filters(asked["DescribeInstances"]) == {
        "tag:own": ["x"],
        "instance-state-name": ["shutting-down", "terminated"],
    }
    assert asked.keys() == {"DescribeInstanceTypeOfferings", "DescribeInstanceTypes", "DescribeInstances"}
    assert clients["ssm"].calls == [], "the default image needs no call"


@pytest.mark.parametrize(
    ("image_id", "asked", "calls"),
    [("ami-1", "ami-1", []), ("resolve:ssm:/own:3", "ami-1", [("GetParameters", {"Names": ["/own:3"]})])],
)
def test_an_image_is_read_by_its_id_or_by_its_parameter(
    clients: dict[str, Any], image_id: str, asked: str, calls: list[Any]
) -> None:
    found = launch(clients, image_id)["image"]
    assert found == {"image_id": "ami-1", "architecture": "arm64", "state": "available"}
    assert clients["ssm"].calls == calls
    assert filters(dict(clients["ec2"].calls)["DescribeImages"]) == {"image-id": [asked]}


def test_what_is_not_there_is_told_and_no_error(clients: dict[str, Any]) -> None:
    ec2 = clients["ec2"]
    for operation, key in (
        ("DescribeInstanceTypeOfferings", "InstanceTypeOfferings"),
        ("DescribeInstanceTypes", "InstanceTypes"),
        ("DescribeImages", "Images"),
        ("DescribeKeyPairs", "KeyPairs"),
    ):
        ec2.on(operation, {key: []})
    clients["ssm"].on("GetParameters", {"Parameters": [], "InvalidParameters": ["/own"]})
    for image_id in ("ami-1", "resolve:ssm:/own"):
        found = launch(clients, image_id, "ops")
        assert (found["availability_zones"], found["architectures"]) == ([], [])
        assert (found["image"], found["key_pairs"]) == (None, [])


def test_the_key_pair_is_read_when_one_is_given(clients: dict[str, Any]) -> None:
    assert launch(clients, key_name="ops")["key_pairs"] == ["ops"]
    assert filters(dict(clients["ec2"].calls)["DescribeKeyPairs"]) == {"key-name": ["ops"]}
