# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quotas: how many of each there may be, and what counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conftest import Control, Pair, code_of


def vpcs(pair: Pair) -> Callable[[int], Any]:
    return lambda number: pair.a.ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")


def groups(pair: Pair) -> Callable[[int], Any]:
    return lambda number: pair.a.group(pair.vpc_a, f"group-{number}")


def routes(pair: Pair) -> Callable[[int], Any]:
    peering = pair.peer()
    table = pair.a.ec2.create_route_table(VpcId=pair.vpc_a)["RouteTable"]["RouteTableId"]
    return lambda number: pair.a.ec2.create_route(
        RouteTableId=table, DestinationCidrBlock=f"10.{number}.0.0/24", VpcPeeringConnectionId=peering
    )


def rules(operation: str, **source: Any) -> Callable[[Pair], Callable[[int], Any]]:
    def prepare(pair: Pair) -> Callable[[int], Any]:
        group = pair.a.group(pair.vpc_a)
        return lambda number: getattr(pair.a.ec2, operation)(
            GroupId=group, IpPermissions=[{"IpProtocol": "tcp", "FromPort": number, "ToPort": number, **source}]
        )

    return prepare


def peerings(pair: Pair) -> Callable[[int], Any]:
    def add(number: int) -> None:
        vpc = pair.a.ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"]
        wanted = {"VpcId": vpc, "PeerVpcId": pair.vpc_b, "PeerOwnerId": pair.b.id}
        peering = pair.a.ec2.create_vpc_peering_connection(**wanted)["VpcPeeringConnection"]
        pair.b.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering["VpcPeeringConnectionId"])

    return add


def requests(pair: Pair) -> Callable[[int], Any]:
    def add(number: int) -> None:
        vpc = pair.a.ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"]
        wanted = {"VpcId": pair.vpc_b, "PeerVpcId": vpc, "PeerOwnerId": pair.a.id}
        pair.b.ec2.create_vpc_peering_connection(**wanted)

    return add


def peerings_of_the_other_side(pair: Pair) -> Callable[[int], Any]:
    """Requests of one VPC to many: what its side holds counts, whoever accepts."""

    def add(number: int) -> None:
        vpc = pair.a.ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"]
        wanted = {"VpcId": pair.vpc_b, "PeerVpcId": vpc, "PeerOwnerId": pair.a.id}
        peering = pair.b.ec2.create_vpc_peering_connection(**wanted)["VpcPeeringConnection"]
        pair.a.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering["VpcPeeringConnectionId"])

    return add


def gateways(pair: Pair) -> Callable[[int], Any]:
    return lambda number: pair.a.ec2.create_internet_gateway()


def groups_of_an_interface(pair: Pair) -> Callable[[int], Any]:
    subnet = pair.a.ec2.create_subnet(VpcId=pair.vpc_a, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    interface = pair.a.ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    held: list[str] = []

    def add(number: int) -> None:
        wanted = [*held, pair.a.group(pair.vpc_a, f"group-{number}")]
        pair.a.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=wanted)
        held[:] = wanted

    return add


RULES = "RulesPerSecurityGroupLimitExceeded"
BLOCK, BLOCK_6 = {"IpRanges": [{"CidrIp": "10.0.0.0/8"}]}, {"Ipv6Ranges": [{"CidrIpv6": "2001:db8::/56"}]}
# the quota, how many of it there may be, how many there are at first, what adds one, the error when it is one too many
QUOTAS: list[tuple[str, int, int, Callable[[Pair], Callable[[int], Any]], str]] = [
    ("vpcs_per_region", 4, 2, vpcs, "VpcLimitExceeded"),
    ("groups_per_region", 4, 2, groups, "SecurityGroupLimitExceeded"),
    ("routes_per_table", 3, 1, routes, "RouteLimitExceeded"),
    ("rules_per_group", 3, 0, rules("authorize_security_group_ingress", **BLOCK), RULES),
    ("rules_per_group", 3, 0, rules("authorize_security_group_ingress", **BLOCK_6), RULES),
    ("rules_per_group", 3, 1, rules("authorize_security_group_egress", **BLOCK), RULES),
    ("peerings_per_vpc", 2, 0, peerings, "ActiveVpcPeeringConnectionPerVpcLimitExceeded"),
    ("peerings_per_vpc", 2, 0, peerings_of_the_other_side, "ActiveVpcPeeringConnectionPerVpcLimitExceeded"),
    ("peering_requests_per_region", 2, 0, requests, "OutstandingVpcPeeringConnectionLimitExceeded"),
    ("gateways_per_region", 3, 0, gateways, "InternetGatewayLimitExceeded"),
    ("groups_per_interface", 3, 0, groups_of_an_interface, "SecurityGroupsPerInterfaceLimitExceeded"),
]


@pytest.mark.parametrize(("quota", "limit", "present", "prepare", "code"), QUOTAS)
def test_quotas(
    pair: Pair,
    control: Control,
    quota: str,
    limit: int,
    present: int,
    prepare: Callable[[Pair], Callable[[int], Any]],
    code: str,
) -> None:
    add = prepare(pair)
    control.settings(quotas={quota: limit})
    for number in range(present, limit):
        add(100 + number)
    assert code_of(add, number=100 + limit) == code
    control.settings(quotas={quota: limit + 1})
    add(101 + limit)


def test_open_requests_are_counted_for_all_vpcs_of_an_account_and_a_repeated_one_is_none(
    pair: Pair, control: Control
) -> None:
    pair.request()
    control.settings(quotas={"peering_requests_per_region": 1, "peerings_per_vpc": 1})
    pair.request()
    other, _ = pair.b.vpc("10.2.0.0/16")
    wanted = {"VpcId": other, "PeerVpcId": pair.vpc_a, "PeerOwnerId": pair.a.id}
    code = "OutstandingVpcPeeringConnectionLimitExceeded"
    assert code_of(pair.b.ec2.create_vpc_peering_connection, **wanted) == code


def test_a_pending_peering_counts_for_its_requester(pair: Pair, control: Control) -> None:
    pair.request()
    control.settings(quotas={"peerings_per_vpc": 1})
    other, _ = pair.a.vpc("10.2.0.0/16")
    wanted = {"VpcId": pair.vpc_b, "PeerVpcId": other, "PeerOwnerId": pair.a.id}
    code = "ActiveVpcPeeringConnectionPerVpcLimitExceeded"
    assert code_of(pair.b.ec2.create_vpc_peering_connection, **wanted) == code


def test_there_are_no_quotas_but_for_rules_unless_set(pair: Pair, control: Control) -> None:
    for number in range(10):
        pair.a.ec2.create_vpc(CidrBlock=f"10.{number + 100}.0.0/16")
    group = pair.a.group(pair.vpc_a)
    authorize = pair.a.ec2.authorize_security_group_ingress

    def permissions(first: int, count: int) -> list[dict[str, Any]]:
        return [{"IpProtocol": "tcp", "FromPort": n, "ToPort": n, **BLOCK} for n in range(first, first + count)]

    authorize(GroupId=group, IpPermissions=permissions(1, 60))
    assert code_of(authorize, GroupId=group, IpPermissions=permissions(100, 1)) == RULES
    six = [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, **BLOCK_6}]
    authorize(GroupId=group, IpPermissions=six)  # the families are counted apart
    friend = [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [{"GroupId": group}]}]
    assert code_of(authorize, GroupId=group, IpPermissions=friend) == RULES
