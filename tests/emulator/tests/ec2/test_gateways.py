# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Internet gateways, and what a route may lead to."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Account, code_of, message_of


def gateway(account: Account, vpc: str | None = None) -> str:
    made = str(account.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"])
    if vpc:
        account.ec2.attach_internet_gateway(InternetGatewayId=made, VpcId=vpc)
    return made


def table(account: Account, vpc: str) -> str:
    return str(account.ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"])


def test_a_vpc_has_one_gateway_and_a_gateway_one_vpc(account: Account) -> None:
    (vpc, _), (other, _) = account.vpc("10.0.0.0/16"), account.vpc("10.1.0.0/16")
    attach = account.ec2.attach_internet_gateway
    first, second = gateway(account, vpc), gateway(account)
    assert message_of(attach, InternetGatewayId=second, VpcId=vpc) == (
        f"Network {vpc} already has an internet gateway attached"
    )
    for each in (vpc, other):
        assert code_of(attach, InternetGatewayId=first, VpcId=each) == "Resource.AlreadyAssociated"
    attach(InternetGatewayId=second, VpcId=other)
    assert code_of(attach, InternetGatewayId="igw-00000000000000000", VpcId=vpc) == "InvalidInternetGatewayID.NotFound"
    assert code_of(account.ec2.delete_internet_gateway, InternetGatewayId=first) == "DependencyViolation"


def nat(account: Account, subnet: str) -> str:
    address = account.ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = account.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]
    return str(made["NatGatewayId"])


def interface(account: Account, subnet: str) -> str:
    return str(account.ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"])


@pytest.mark.parametrize(
    ("parameter", "make", "words", "missing", "code"),
    [
        ("GatewayId", None, "network gateway", "igw-00000000000000000", "InvalidGatewayID.NotFound"),
        ("NatGatewayId", nat, "NAT gateway", "nat-00000000000000000", "InvalidNatGatewayID.NotFound"),
        ("NetworkInterfaceId", interface, "interface", "eni-00000000000000000", "InvalidNetworkInterfaceID.NotFound"),
    ],
)
def test_a_target_belongs_to_the_table_s_vpc(
    account: Account, parameter: str, make: Any, words: str, missing: str, code: str
) -> None:
    (vpc, [subnet]), (other, _) = account.vpc("10.0.0.0/16", 1), account.vpc("10.1.0.0/16")
    target = make(account, subnet) if make else gateway(account, vpc)
    create = account.ec2.create_route
    there = table(account, other)
    wrong = {"RouteTableId": there, "DestinationCidrBlock": "0.0.0.0/0", parameter: target}
    assert code_of(create, **wrong) == "InvalidParameterValue"
    assert message_of(create, **wrong) == f"route table {there} and {words} {target} belong to different networks"
    assert code_of(create, **{**wrong, parameter: missing}) == code
    right = {"RouteTableId": table(account, vpc), "DestinationCidrBlock": "0.0.0.0/0", parameter: target}
    create(**right)


def test_a_route_needs_a_gateway_that_is_attached(account: Account) -> None:
    vpc, _ = account.vpc("10.0.0.0/16")
    loose, here = gateway(account), table(account, vpc)
    wanted = {"RouteTableId": here, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": loose}
    assert message_of(account.ec2.create_route, **wanted) == (
        f"route table {here} and network gateway {loose} belong to different networks"
    )
    account.ec2.attach_internet_gateway(InternetGatewayId=loose, VpcId=vpc)
    account.ec2.create_route(**wanted)

    def state() -> str:
        [found] = account.ec2.describe_route_tables(RouteTableIds=[here])["RouteTables"]
        [route] = [one for one in found["Routes"] if one.get("GatewayId") == loose]
        return str(route["State"])

    assert state() == "active"
    account.ec2.detach_internet_gateway(InternetGatewayId=loose, VpcId=vpc)
    assert state() == "blackhole"


def test_a_nat_gateway_is_public_unless_it_is_said_to_be_private(account: Account) -> None:
    _, (subnet,) = account.vpc("10.0.0.0/16", 1)
    made = {nat(account, subnet): "public"}
    private = account.ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")["NatGateway"]
    made[private["NatGatewayId"]] = "private"
    found = account.ec2.describe_nat_gateways()["NatGateways"]
    assert {each["NatGatewayId"]: each["ConnectivityType"] for each in found} == made
