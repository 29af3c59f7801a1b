# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replicas that are behind: every second read does not know of the latest changes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Account, Control, Pair, code_of

Change = Callable[[], Any]
Read = Callable[[], Any]
Case = Callable[[Account, str, str], tuple[Change, Read]]


def of_vpc(vpc: str) -> list[dict[str, Any]]:
    return [{"Name": "vpc-id", "Values": [vpc]}]


def main_table(account: Account, vpc: str) -> str:
    filters = [*of_vpc(vpc), {"Name": "association.main", "Values": ["true"]}]
    return str(account.ec2.describe_route_tables(Filters=filters)["RouteTables"][0]["RouteTableId"])


def a_new_subnet(account: Account, vpc: str, subnet: str) -> tuple[Change, Read]:
    ec2 = account.ec2
    return (
        lambda: ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.9.0/24"),
        lambda: len(ec2.describe_subnets(Filters=of_vpc(vpc))["Subnets"]),
    )


def a_removed_subnet(account: Account, vpc: str, subnet: str) -> tuple[Change, Read]:
    ec2 = account.ec2
    return (
        lambda: ec2.delete_subnet(SubnetId=subnet),
        lambda: [one["SubnetId"] for one in ec2.describe_subnets(Filters=of_vpc(vpc))["Subnets"]],
    )


def a_changed_subnet(account: Account, vpc: str, subnet: str) -> tuple[Change, Read]:
    ec2 = account.ec2
    return (
        lambda: ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True}),
        lambda: ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["MapPublicIpOnLaunch"],
    )


def a_new_route(account: Account, vpc: str, subnet: str) -> tuple[Change, Read]:
    ec2, table = account.ec2, main_table(account, vpc)
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    return (
        lambda: ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway),
        lambda: len(ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]),
    )


def a_new_rule(account: Account, vpc: str, subnet: str) -> tuple[Change, Read]:
    ec2, group = account.ec2, account.group(vpc)
    rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    filters = [{"Name": "group-id", "Values": [group]}]
    return (
        lambda: ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule]),
        lambda: len(ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]),
    )


def an_attachment(account: Account, vpc: str, subnet: str) -> tuple[Change, Read]:
    ec2 = account.ec2
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    filters = [{"Name": "attachment.vpc-id", "Values": [vpc]}]
    return (
        lambda: ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc),
        lambda: len(ec2.describe_internet_gateways(Filters=filters)["InternetGateways"]),
    )


def a_new_tag(account: Account, vpc: str, subnet: str) -> tuple[Change, Read]:
    ec2 = account.ec2
    filters = [{"Name": "tag:owner", "Values": ["me*"]}]
    return (
        lambda: ec2.create_tags(Resources=[vpc], Tags=[{"Key": "owner", "Value": "me too"}]),
        lambda: len(ec2.describe_vpcs(Filters=filters)["Vpcs"]),
    )


def a_new_peering(account: Account, vpc: str, subnet: str) -> tuple[Change, Read]:
    ec2 = account.ec2
    peer, _ = account.vpc("10.1.0.0/16")
    filters = [{"Name": "requester-vpc-info.vpc-id", "Values": [vpc]}]
    return (
        lambda: ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=peer),
        lambda: len(ec2.describe_vpc_peering_connections(Filters=filters)["VpcPeeringConnections"]),
    )


def a_terminated_instance(account: Account, vpc: str, subnet: str) -> tuple[Change, Read]:
    ec2 = account.ec2
    filters = [{"Name": "architecture", "Values": ["x86_64"]}]
    image = ec2.describe_images(Owners=["amazon"], Filters=filters)["Images"][0]["ImageId"]
    wanted = {"ImageId": image, "SubnetId": subnet, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}
    instance = ec2.run_instances(**wanted)["Instances"][0]["InstanceId"]
    running = [*of_vpc(vpc), {"Name": "instance-state-name", "Values": ["running"]}]
    return (
        lambda: ec2.terminate_instances(InstanceIds=[instance]),
        lambda: [
            one["InstanceId"]
            for each in ec2.describe_instances(Filters=running)["Reservations"]
            for one in each["Instances"]
        ],
    )


CASES: list[Case] = [
    a_new_subnet,
    a_removed_subnet,
    a_changed_subnet,
    a_new_route,
    a_new_rule,
    an_attachment,
    a_new_tag,
    a_new_peering,
    a_terminated_instance,
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_every_second_read_is_late(account: Account, control: Control, case: Case) -> None:
    vpc, [subnet] = account.vpc("10.0.0.0/16", 1)
    change, read = case(account, vpc, subnet)
    old = read()
    control.settings(replica_seconds=600)
    change()
    new = read()
    assert new != old
    assert [read() for _ in range(4)] == [old, new, old, new]
    control.settings(replica_seconds=0)
    assert [read() for _ in range(2)] == [new, new]


def test_what_is_new_or_gone_by_id(account: Account, control: Control) -> None:
    gone, _ = account.vpc("10.0.0.0/16")
    control.settings(replica_seconds=600)
    account.ec2.delete_vpc(VpcId=gone)
    new = account.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    read = account.ec2.describe_vpcs
    assert read(VpcIds=[new])["Vpcs"][0]["VpcId"] == new
    assert read(VpcIds=[gone])["Vpcs"][0]["VpcId"] == gone
    assert code_of(read, VpcIds=[gone]) == "InvalidVpcID.NotFound"
    assert code_of(read, VpcIds=[new]) == "InvalidVpcID.NotFound"
    attribute = {"VpcId": new, "Attribute": "enableDnsSupport"}
    account.ec2.describe_vpc_attribute(**attribute)
    assert code_of(account.ec2.describe_vpc_attribute, **attribute) == "InvalidVpcID.NotFound"


def test_writes_see_everything(account: Account, control: Control) -> None:
    control.settings(replica_seconds=600)
    vpc, [subnet] = account.vpc("10.0.0.0/16", 1)
    for _ in range(2):
        account.ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    account.ec2.delete_subnet(SubnetId=subnet)
    account.ec2.delete_vpc(VpcId=vpc)


def test_a_replica_catches_up_change_by_change(account: Account, control: Control) -> None:
    control.settings(replica_seconds=600)
    account.ec2.create_vpc(CidrBlock="10.0.0.0/16")
    between = time.monotonic()
    time.sleep(3)  # more than a call takes
    account.ec2.create_vpc(CidrBlock="10.1.0.0/16")

    def count() -> list[int]:
        return sorted(len(account.ec2.describe_vpcs()["Vpcs"]) for _ in range(2))

    assert count() == [1, 3]
    control.settings(replica_seconds=time.monotonic() - between)  # the first change is older than that
    assert count() == [2, 3]
    control.settings(replica_seconds=0)
    assert count() == [3, 3]


def test_a_failed_call_changes_nothing_for_replicas(account: Account, control: Control) -> None:
    vpc, _ = account.vpc("10.0.0.0/16")
    control.settings(replica_seconds=600)
    assert code_of(account.ec2.delete_vpc, VpcId="vpc-00000000000000000") == "InvalidVpcID.NotFound"
    for _ in range(4):
        assert account.ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]


def test_accounts_have_replicas_of_their_own(pair: Pair, control: Control) -> None:
    control.settings(replica_seconds=600)
    pair.b.ec2.create_subnet(VpcId=pair.vpc_b, CidrBlock="10.1.0.0/24")
    filters = of_vpc(pair.vpc_a)
    pair.a.ec2.create_subnet(VpcId=pair.vpc_a, CidrBlock="10.0.0.0/24")
    assert [len(pair.a.ec2.describe_subnets(Filters=filters)["Subnets"]) for _ in range(4)] == [1, 0, 1, 0]
