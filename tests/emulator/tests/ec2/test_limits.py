# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of requests, patterns of names and tags, and quotas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conftest import Account, Control, Pair, code_of, listed, message_of

INVALID = "InvalidParameterValue"


def values(count: int) -> list[str]:
    return [f"value-{number}" for number in range(count)]


def tags(count: int, prefix: str = "key") -> list[dict[str, str]]:
    return listed({f"{prefix}-{number}": "" for number in range(count)})


@pytest.mark.parametrize("operation", ["describe_vpcs", "describe_vpc_peering_connections", "describe_subnets"])
def test_filters_have_limits(account: Account, operation: str) -> None:
    describe = getattr(account.ec2, operation)
    name = "tag:a"
    describe(Filters=[{"Name": name, "Values": values(200)}])
    wanted = {"Filters": [{"Name": name, "Values": values(201)}]}
    assert code_of(describe, **wanted) == "FilterLimitExceeded"
    assert message_of(describe, **wanted) == "The maximum number of filter values specified on a single call is 200"
    describe(Filters=[{"Name": f"tag:{number}", "Values": ["a"]} for number in range(50)])
    many = [{"Name": f"tag:{number}", "Values": ["a"]} for number in range(51)]
    assert code_of(describe, Filters=many) == "FilterLimitExceeded"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (listed({"k" * 128: "v" * 256}), None),
        (listed({"größe": "日本, für alle"}), None),
        (listed({"k" * 129: "v"}), INVALID),
        (listed({"": "v"}), INVALID),
        (listed({"k": "v" * 257}), INVALID),
        (listed({"aws:k": "v"}), INVALID),
        (listed({"AWS:k": "v"}), INVALID),
        ([{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}], INVALID),
        (tags(50), None),
        (tags(51), "TagLimitExceeded"),
    ],
)
def test_tags_have_limits(account: Account, wanted: list[dict[str, str]], code: str | None) -> None:
    vpc, _ = account.vpc("10.0.0.0/16")
    specification = [{"ResourceType": "vpc", "Tags": wanted}]
    calls: list[tuple[Callable[..., Any], dict[str, Any]]] = [
        (account.ec2.create_tags, {"Resources": [vpc], "Tags": wanted}),
        (account.ec2.create_vpc, {"CidrBlock": "10.1.0.0/16", "TagSpecifications": specification}),
    ]
    for call, arguments in calls:
        if code is None:
            call(**arguments)
        else:
            assert code_of(call, **arguments) == code


def test_tags_are_counted_with_those_that_are_there(account: Account) -> None:
    vpc, _ = account.vpc("10.0.0.0/16")
    account.ec2.create_tags(Resources=[vpc], Tags=tags(30))
    account.ec2.create_tags(Resources=[vpc], Tags=tags(30))
    account.ec2.create_tags(Resources=[vpc], Tags=tags(20, "more"))
    one_more = listed({"last": ""})
    assert code_of(account.ec2.create_tags, Resources=[vpc], Tags=one_more) == "TagLimitExceeded"


@pytest.mark.parametrize(
    ("name", "description", "code"),
    [
        ("a" * 255, "b" * 255, None),
        ("Az09. _-:/()#,@[]+=&;{}!$*", "Az09. _-:/()#,@[]+=&;{}!$*", None),
        ("a" * 256, "test", INVALID),
        ("a", "b" * 256, INVALID),
        ("sg-group", "test", INVALID),
        ("it's", "test", INVALID),
        ("a", "it's", INVALID),
        ("a", "a <b>", INVALID),
        ("a", "für", INVALID),
        ("größe", "test", INVALID),
        ("", "test", INVALID),
        ("DEFAULT", "test", "InvalidGroup.Duplicate"),
    ],
)
def test_names_and_descriptions_of_groups(account: Account, name: str, description: str, code: str | None) -> None:
    vpc, _ = account.vpc("10.0.0.0/16")
    wanted = {"VpcId": vpc, "GroupName": name, "Description": description}
    if code is None:
        account.ec2.create_security_group(**wanted)
        assert code_of(account.ec2.create_security_group, **wanted) == "InvalidGroup.Duplicate"
    else:
        assert code_of(account.ec2.create_security_group, **wanted) == code


@pytest.mark.parametrize("description", ["a" * 256, "it's", "a\nb", "naïve"])
def test_descriptions_of_rules(account: Account, description: str) -> None:
    vpc, _ = account.vpc("10.0.0.0/16")
    group = account.group(vpc)

    def rule(text: str) -> list[dict[str, Any]]:
        source = {"CidrIp": "10.0.0.0/8", "Description": text}
        return [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": [source]}]

    authorize = account.ec2.authorize_security_group_ingress
    assert code_of(authorize, GroupId=group, IpPermissions=rule(description)) == INVALID
    [added] = authorize(GroupId=group, IpPermissions=rule("a" * 255))["SecurityGroupRules"]
    described = {"SecurityGroupRuleId": added["SecurityGroupRuleId"], "Description": description}
    update = account.ec2.update_security_group_rule_descriptions_ingress
    assert code_of(update, GroupId=group, SecurityGroupRuleDescriptions=[described]) == INVALID
    changed = {"SecurityGroupRuleId": added["SecurityGroupRuleId"], "SecurityGroupRule": {"Description": description}}
    modify = account.ec2.modify_security_group_rules
    assert code_of(modify, GroupId=group, SecurityGroupRules=[changed]) == INVALID


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
