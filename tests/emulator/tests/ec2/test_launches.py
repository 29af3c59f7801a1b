# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a launch needs: the type in the zone, the image's architecture, groups, a key."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Account, Control, code_of, message_of
from launching import AL2023, AL2023_ARM, launch, shown

MISMATCH = (
    "The architecture '{}' of the specified instance type does not match the architecture '{}' of the specified AMI."
)


def subnet_in(account: Account, vpc: str, zone: str, block: str, region: str | None = None) -> str:
    wanted = {"VpcId": vpc, "CidrBlock": block, "AvailabilityZone": zone}
    return str(account.client("ec2", region).create_subnet(**wanted)["Subnet"]["SubnetId"])


def zones_of(account: Account, instance_type: str, region: str | None = None) -> set[str]:
    """The zones that offer a type."""
    pages = (
        account.client("ec2", region)
        .get_paginator("describe_instance_type_offerings")
        .paginate(LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": [instance_type]}])
    )
    found = [one for page in pages for one in page["InstanceTypeOfferings"]]
    assert {one["InstanceType"] for one in found} <= {instance_type}
    return {one["Location"] for one in found}


@pytest.mark.parametrize(("instance_type", "image"), [("t3.micro", AL2023), ("t4g.micro", AL2023_ARM)])
def test_a_zone_may_lack_a_type(account: Account, control: Control, instance_type: str, image: str) -> None:
    vpc, _ = account.vpc("10.0.0.0/16")
    lacking = subnet_in(account, vpc, "us-east-1e", "10.0.0.0/24")
    having = subnet_in(account, vpc, "us-east-1a", "10.0.1.0/24")
    wanted = {"account": account, "image": f"resolve:ssm:{image}", "InstanceType": instance_type}
    assert "us-east-1e" not in zones_of(account, instance_type)
    assert "us-east-1a" in zones_of(account, instance_type)
    assert code_of(launch, subnet=lacking, **wanted) == "Unsupported"
    message = message_of(launch, subnet=lacking, **wanted)
    assert f"({instance_type}) is not supported in your requested Availability Zone (us-east-1e)." in message
    assert "us-east-1a" in message.partition("choosing")[2]
    interface = [{"DeviceIndex": 0, "SubnetId": lacking}]
    assert code_of(launch, subnet=None, NetworkInterfaces=interface, **wanted) == "Unsupported"
    launch(subnet=having, **wanted)
    control.settings(zones_without_types={"us-east-1a": [instance_type.partition(".")[0]]})
    assert code_of(launch, subnet=having, **wanted) == "Unsupported"
    assert "us-east-1a" not in zones_of(account, instance_type)


def test_a_launch_without_a_zone_gets_one_that_has_the_type(account: Account, control: Control) -> None:
    control.settings(zones_without_types={"us-east-1a": ["t3"]})
    assert launch(account, None)["Placement"]["AvailabilityZone"] == "us-east-1b"
    placed = {"Placement": {"AvailabilityZone": "us-east-1a"}}
    assert code_of(launch, account=account, subnet=None, **placed) == "Unsupported"
    everywhere = {zone["ZoneName"]: ["t3"] for zone in account.ec2.describe_availability_zones()["AvailabilityZones"]}
    control.settings(zones_without_types=everywhere)
    assert code_of(launch, account=account, subnet=None) == "Unsupported"


def test_an_interface_of_one_s_own_says_the_zone(account: Account) -> None:
    vpc, _ = account.vpc("10.0.0.0/16")
    lacking = subnet_in(account, vpc, "us-east-1e", "10.0.0.0/24")
    interface = account.ec2.create_network_interface(SubnetId=lacking)["NetworkInterface"]["NetworkInterfaceId"]
    wanted = {"NetworkInterfaces": [{"DeviceIndex": 0, "NetworkInterfaceId": interface}]}
    assert code_of(launch, account=account, subnet=None, **wanted) == "Unsupported"


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1"])
def test_offerings_and_launches_agree(account: Account, region: str) -> None:
    there = account.client("ec2", region)
    zones = [zone["ZoneName"] for zone in there.describe_availability_zones()["AvailabilityZones"]]
    vpc = there.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    image = account.client("ssm", region).get_parameter(Name=AL2023)["Parameter"]["Value"]
    offering = zones_of(account, "t3.micro", region)
    assert offering
    for number, zone in enumerate(zones):
        subnet = subnet_in(account, vpc, zone, f"10.0.{number}.0/24", region)
        wanted = {"ImageId": image, "InstanceType": "t3.micro", "SubnetId": subnet, "MinCount": 1, "MaxCount": 1}
        if zone in offering:
            there.run_instances(**wanted)
        else:
            assert code_of(there.run_instances, **wanted) == "Unsupported"


def test_offerings_by_location(account: Account) -> None:
    describe = account.ec2.describe_instance_type_offerings
    filters = [{"Name": "instance-type", "Values": ["t3.micro", "m1.none"]}]
    [region] = describe(Filters=filters)["InstanceTypeOfferings"]
    assert region == {"InstanceType": "t3.micro", "LocationType": "region", "Location": "us-east-1"}
    ids = {zone["ZoneName"]: zone["ZoneId"] for zone in account.ec2.describe_availability_zones()["AvailabilityZones"]}
    by_id = describe(LocationType="availability-zone-id", Filters=filters)["InstanceTypeOfferings"]
    assert {one["Location"] for one in by_id} == {ids[zone] for zone in zones_of(account, "t3.micro")}
    in_e = [{"Name": "location", "Values": ["us-east-1e"]}]
    found = describe(LocationType="availability-zone", Filters=in_e)["InstanceTypeOfferings"]
    families = {one["InstanceType"].partition(".")[0] for one in found}
    assert "t2" in families
    assert not families & {"t3", "t4g"}
    unknown = [{"Name": "colour", "Values": ["blue"]}]
    assert code_of(describe, Filters=unknown) == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("instance_type", "parameter", "words"),
    [
        ("t3.micro", AL2023, None),
        ("t4g.micro", AL2023_ARM, None),
        (
            "t4g.micro",
            AL2023,
            MISMATCH.format("arm64", "x86_64"),
        ),
        (
            "t3.micro",
            AL2023_ARM,
            MISMATCH.format("x86_64", "arm64"),
        ),
        ("t3.unknown", AL2023, "Invalid value 't3.unknown' for InstanceType."),
    ],
)
def test_a_type_and_its_image(account: Account, instance_type: str, parameter: str, words: str | None) -> None:
    _, [subnet] = account.vpc("10.0.0.0/16", 1)
    image = account.ssm.get_parameters(Names=[parameter])["Parameters"][0]["Value"]
    for given in (image, f"resolve:ssm:{parameter}"):
        wanted = {"account": account, "subnet": subnet, "image": given, "InstanceType": instance_type}
        if words is None:
            launch(**wanted)
        else:
            assert code_of(launch, **wanted) == "InvalidParameterValue"
            assert words in message_of(launch, **wanted)


@pytest.mark.parametrize(("instance_type", "architecture"), [("t3.micro", "x86_64"), ("t4g.micro", "arm64")])
@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1"])
def test_types_and_images_tell_their_architecture(
    account: Account, region: str, instance_type: str, architecture: str
) -> None:
    there = account.client("ec2", region)
    [described] = there.describe_instance_types(InstanceTypes=[instance_type])["InstanceTypes"]
    assert architecture in described["ProcessorInfo"]["SupportedArchitectures"]
    name = AL2023.replace("x86_64", architecture)
    answer = account.client("ssm", region).get_parameters(Names=[name, "/no/such"])
    assert answer["InvalidParameters"] == ["/no/such"]
    [image] = there.describe_images(ImageIds=[answer["Parameters"][0]["Value"]])["Images"]
    assert image["Architecture"] == architecture
    assert code_of(there.describe_instance_types, InstanceTypes=["t3.unknown"]) == "InvalidInstanceType"


def test_a_region_may_lack_a_type(account: Account) -> None:
    there = account.client("ec2", "eu-north-1")
    wanted = [{"Name": "instance-type", "Values": ["m1.small"]}]
    assert there.describe_instance_type_offerings(Filters=wanted)["InstanceTypeOfferings"] == []
    assert code_of(there.describe_instance_types, InstanceTypes=["m1.small"]) == "InvalidInstanceType"
    assert there.describe_instance_types(Filters=wanted)["InstanceTypes"] == []
    assert account.ec2.describe_instance_types(Filters=wanted)["InstanceTypes"]


def test_what_a_launch_names_must_be_there(account: Account) -> None:
    vpc, [subnet] = account.vpc("10.0.0.0/16", 1)
    other, _ = account.vpc("10.1.0.0/16")
    missing = "sg-00000000000000000"
    foreign = account.group(other)

    def by_interface(**interface: Any) -> Any:
        return launch(account, None, NetworkInterfaces=[{"DeviceIndex": 0, **interface}])

    assert code_of(launch, account=account, subnet=subnet, KeyName="none") == "InvalidKeyPair.NotFound"
    account.ec2.create_key_pair(KeyName="mine")
    launch(account, subnet, KeyName="mine")
    assert code_of(launch, account=account, subnet="subnet-00000000000000000") == "InvalidSubnetID.NotFound"
    assert code_of(launch, account=account, subnet=subnet, SecurityGroupIds=[missing]) == "InvalidGroup.NotFound"
    assert code_of(by_interface, SubnetId=subnet, Groups=[missing]) == "InvalidGroup.NotFound"
    assert code_of(by_interface, SubnetId=subnet, Groups=[foreign]) == "InvalidParameter"
    groups = account.ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    assert [group["GroupName"] for group in groups] == ["default"]


def groups_of(account: Account, instance: str) -> list[list[str]]:
    """The groups of an instance, of its interface there, by its attribute, and of its interface by itself."""
    found = shown(account, instance)
    [inner] = found["NetworkInterfaces"]
    attribute = account.ec2.describe_instance_attribute(InstanceId=instance, Attribute="groupSet")["Groups"]
    ids = [inner["NetworkInterfaceId"]]
    [outer] = account.ec2.describe_network_interfaces(NetworkInterfaceIds=ids)["NetworkInterfaces"]
    places = (found["SecurityGroups"], inner["Groups"], attribute, outer["Groups"])
    return [sorted(group["GroupId"] for group in place) for place in places]


def test_an_instance_has_the_groups_of_its_first_interface(account: Account) -> None:
    vpc, [subnet] = account.vpc("10.0.0.0/16", 1)
    one, two, three = (account.group(vpc, name) for name in ("one", "two", "three"))
    [default] = account.ec2.describe_security_groups(
        Filters=[{"Name": "group-name", "Values": ["default"]}, {"Name": "vpc-id", "Values": [vpc]}]
    )["SecurityGroups"]
    described = [{"DeviceIndex": 0, "SubnetId": subnet, "Groups": [one, two]}]
    launched = launch(account, None, NetworkInterfaces=described)
    assert [group["GroupId"] for group in launched["SecurityGroups"]] == [one, two]
    instance = launched["InstanceId"]
    assert groups_of(account, instance) == [sorted([one, two])] * 4
    account.ec2.modify_instance_attribute(InstanceId=instance, Groups=[three])
    assert groups_of(account, instance) == [[three]] * 4
    account.ec2.delete_security_group(GroupId=one)
    interface = launched["NetworkInterfaces"][0]["NetworkInterfaceId"]
    account.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=[two])
    assert groups_of(account, instance) == [[two]] * 4
    plain = launch(account, subnet)["InstanceId"]
    assert groups_of(account, plain) == [[default["GroupId"]]] * 4
    named = launch(account, subnet, SecurityGroupIds=[two])["InstanceId"]
    assert groups_of(account, named) == [[two]] * 4


def test_an_instance_may_die_at_once(account: Account, control: Control) -> None:
    _, [subnet] = account.vpc("10.0.0.0/16", 1)
    control.settings(instances_die=True)
    launched = launch(account, subnet)
    assert launched["State"]["Name"] == "pending"
    found = shown(account, launched["InstanceId"])
    assert found["State"]["Name"] == "terminated"
    assert found["StateReason"] == {
        "Code": "Client.InternalError",
        "Message": "Client.InternalError: Client error on launch",
    }
    account.ec2.delete_subnet(SubnetId=subnet)
    control.settings(instances_die=False, terminate_seconds=600)
    _, [subnet] = account.vpc("10.1.0.0/16", 1)
    assert shown(account, launch(account, subnet)["InstanceId"])["State"]["Name"] == "running"
    control.settings(instances_die=True)
    assert shown(account, launch(account, subnet)["InstanceId"])["State"]["Name"] == "shutting-down"
