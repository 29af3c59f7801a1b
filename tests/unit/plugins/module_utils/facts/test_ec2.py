# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.facts import ec2 as network
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import table
from botocore.exceptions import ClientError

ACTIVE, GOING = {"State": "associated"}, {"State": "disassociated"}


def filters(params: dict[str, Any]) -> dict[str, list[str]]:
    return {item["Name"]: item["Values"] for item in params.get("Filters", [])}


def test_vpcs_with_secondary_and_ipv6_blocks_but_none_that_is_on_its_way_out(fake_aws: Any) -> None:
    raw = {
        "VpcId": "vpc-1",
        "CidrBlock": "10.0.0.0/16",
        "CidrBlockAssociationSet": [
            {"CidrBlock": "100.64.0.0/16", "CidrBlockState": {"State": "associating"}},
            {"CidrBlock": "10.0.0.0/16", "CidrBlockState": ACTIVE},
            {"CidrBlock": "10.9.0.0/16", "CidrBlockState": GOING},
        ],
        "Ipv6CidrBlockAssociationSet": [
            {"Ipv6CidrBlock": "2001:db8::/56", "Ipv6CidrBlockState": ACTIVE},
            {"Ipv6CidrBlock": "2001:db8:9::/56", "Ipv6CidrBlockState": {"State": "failed"}},
        ],
        "Tags": [{"Key": "Name", "Value": "a"}],
    }
    fake = fake_aws("ec2").on(
        "DescribeVpcs", {"Vpcs": [raw, {"VpcId": "vpc-2", "CidrBlock": "10.2.0.0/16", "IsDefault": True}]}
    )
    assert network.describe_vpcs(fake.client, vpc_id=["vpc-1", "vpc-2"]) == [
        {
            "vpc_id": "vpc-1",
            "cidr_blocks": ["10.0.0.0/16", "100.64.0.0/16"],
            "ipv6_cidr_blocks": ["2001:db8::/56"],
            "is_default": False,
            "tags": {"Name": "a"},
        },
        {"vpc_id": "vpc-2", "cidr_blocks": ["10.2.0.0/16"], "ipv6_cidr_blocks": [], "is_default": True, "tags": {}},
    ]
    assert filters(fake.calls[0][1]) == {"vpc-id": ["vpc-1", "vpc-2"]}


def test_an_empty_filter_is_left_out(fake_aws: Any) -> None:
    fake = fake_aws("ec2").on("DescribeVpcs", {"Vpcs": []})
    assert network.describe_vpcs(fake.client, vpc_id="") == []
    assert "Filters" not in fake.calls[0][1]


READS: list[tuple[str, str, str, Any]] = [
    ("describe_vpcs", "Vpcs", "VpcId", {"CidrBlock": "10.0.0.0/16"}),
    ("describe_subnets", "Subnets", "SubnetId", {"AvailabilityZone": "a"}),
    ("describe_route_tables", "RouteTables", "RouteTableId", {}),
    ("describe_network_acls", "NetworkAcls", "NetworkAclId", {}),
    ("describe_security_groups", "SecurityGroups", "GroupId", {"GroupName": "x"}),
    ("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", {"ServiceName": "x"}),
]


@pytest.mark.parametrize(("name", "key", "id_key", "more"), READS, ids=[read[0] for read in READS])
def test_reads_go_on_to_the_last_page_and_bear_an_empty_answer(
    fake_aws: Any, name: str, key: str, id_key: str, more: dict[str, Any]
) -> None:
    operation = "".join(part.capitalize() for part in name.split("_"))
    pages = [{key: [{id_key: "x-1", **more}], "NextToken": "next"}, {key: [{id_key: "x-2", **more}]}]
    fake = fake_aws("ec2").on(operation, *pages).on("DescribeSecurityGroupRules", {})
    read = getattr(network, name)
    arguments = {"vpc_id": "vpc-1"}
    assert [next(iter(item.values())) for item in read(fake.client, **arguments)] == ["x-1", "x-2"]
    assert [params.get("NextToken") for called, params in fake.calls if called == operation] == [None, "next"]
    assert filters(fake.calls[0][1]) == {"vpc-id": ["vpc-1"]}
    assert read(fake_aws("ec2").on(operation, {}).client, **arguments) == []


def test_subnets(fake_aws: Any) -> None:
    raw = {
        "SubnetId": "subnet-1",
        "AvailabilityZone": "us-east-1a",
        "CidrBlock": "10.0.1.0/24",
        "Ipv6CidrBlockAssociationSet": [{"Ipv6CidrBlock": "2001:db8::/64", "Ipv6CidrBlockState": ACTIVE}],
        "MapPublicIpOnLaunch": True,
    }
    fake = fake_aws("ec2").on("DescribeSubnets", {"Subnets": [raw, {"SubnetId": "subnet-6", "AvailabilityZone": "a"}]})
    one, ipv6_only = network.describe_subnets(fake.client, "vpc-1")
    assert one["ipv6_cidr_blocks"] == ["2001:db8::/64"] and one["map_public_ip"] is True
    assert ipv6_only["cidr_block"] is None


def test_route_tables_with_all_kinds_of_routes(fake_aws: Any) -> None:
    raw = {
        "RouteTableId": "rtb-1",
        "Associations": [
            {"Main": True, "RouteTableId": "rtb-1"},
            {"Main": False, "SubnetId": "subnet-1"},
            {"Main": False, "GatewayId": "igw-1"},
        ],
        "Routes": [
            {
                "DestinationCidrBlock": "10.0.0.0/16",
                "GatewayId": "local",
                "State": "active",
                "Origin": "CreateRouteTable",
            },
            {"DestinationIpv6CidrBlock": "2001:DB8::/56", "VpcPeeringConnectionId": "pcx-1", "State": "blackhole"},
            {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"},
        ],
    }
    fake = fake_aws("ec2").on("DescribeRouteTables", {"RouteTables": [raw, {"RouteTableId": "rtb-2"}]})
    one, two = network.describe_route_tables(fake.client, "vpc-1")
    assert (one["main"], one["subnet_ids"]) == (True, ["subnet-1"])
    found = [(route["destination"], route["target_type"], route["state"]) for route in one["routes"]]
    assert found == [
        ("10.0.0.0/16", "local", "active"),
        ("2001:db8::/56", "vpc_peering_connection", "blackhole"),
        ("pl-1", "gateway", "active"),
    ]
    assert (two["main"], two["subnet_ids"], two["routes"]) == (False, [], [])
    network.describe_all_route_tables(fake.client)
    assert "Filters" not in fake.calls[-1][1]


def test_entries_of_acls_come_in_the_order_of_their_evaluation(fake_aws: Any) -> None:
    entries = [
        {"RuleNumber": 32767, "Egress": False, "RuleAction": "deny", "Protocol": "-1", "CidrBlock": "0.0.0.0/0"},
        {
            "RuleNumber": 100,
            "Egress": True,
            "RuleAction": "allow",
            "Protocol": "6",
            "Ipv6CidrBlock": "::/0",
            "PortRange": {"From": 1, "To": 2},
        },
    ]
    acl = {"NetworkAclId": "acl-1", "Associations": [{"SubnetId": "subnet-1"}], "Entries": entries}
    fake = fake_aws("ec2").on("DescribeNetworkAcls", {"NetworkAcls": [acl]})
    [found] = network.describe_network_acls(fake.client, "vpc-1")
    assert found["subnet_ids"] == ["subnet-1"]
    first, last = found["entries"]
    assert first == {
        "rule_number": 100,
        "egress": True,
        "allow": True,
        "protocol": "6",
        "cidr_block": "::/0",
        "from_port": 1,
        "to_port": 2,
    }
    assert (last["allow"], last["from_port"], last["to_port"]) == (False, None, None)


def test_rules_are_read_for_all_groups_in_one_call(fake_aws: Any) -> None:
    raw = [
        {"SecurityGroupRuleId": f"sgr-{name}", "GroupId": name, "IpProtocol": "tcp"}
        for name in ("sg-1", "sg-1", "sg-2")
    ]
    fake = fake_aws("ec2").on("DescribeSecurityGroupRules", {"SecurityGroupRules": raw})
    found = network.describe_rules(fake.client, ["sg-1", "sg-2", "sg-3"])
    assert {group: len(rules) for group, rules in found.items()} == {"sg-1": 2, "sg-2": 1, "sg-3": 0}
    assert filters(fake.calls[0][1]) == {"group-id": ["sg-1", "sg-2", "sg-3"]}
    assert network.describe_rules(fake.client, []) == {}
    assert len(fake.calls) == 1
    groups = [{"GroupId": name, "GroupName": name} for name in ("sg-2", "sg-1")]
    fake.on("DescribeSecurityGroups", {"SecurityGroups": groups})
    assert [len(group["rules"]) for group in network.describe_security_groups(fake.client)] == [1, 2]
    assert len(fake.calls) == 3


def peering(peering_id: str) -> dict[str, Any]:
    return {"VpcPeeringConnectionId": peering_id, "Status": {"Code": "deleted"}}


def test_peerings_of_either_direction_each_once_and_terminal_ones_too(fake_aws: Any) -> None:
    def answer(params: dict[str, Any]) -> dict[str, Any]:
        side = next(iter(filters(params))).split("-")[0]
        found = {"requester": ["pcx-1", "pcx-2"], "accepter": ["pcx-2", "pcx-3"]}[side]
        return {"VpcPeeringConnections": [peering(item) for item in found]}

    fake = fake_aws("ec2").on("DescribeVpcPeeringConnections", answer)
    assert [item["id"] for item in network.describe_peerings(fake.client, "vpc-1")] == ["pcx-1", "pcx-2", "pcx-3"]
    assert [filters(params) for _operation, params in fake.calls] == [
        {"requester-vpc-info.vpc-id": ["vpc-1"]},
        {"accepter-vpc-info.vpc-id": ["vpc-1"]},
    ]


def test_what_carries_a_tag_of_ours_is_found_without_a_vpc(fake_aws: Any) -> None:
    rules = [{"GroupId": group, "IpProtocol": "tcp"} for group in ("sg-2", "sg-1", "sg-2")]
    fake = fake_aws("ec2").on("DescribeVpcPeeringConnections", {"VpcPeeringConnections": [peering("pcx-1")]})
    fake.on("DescribeSecurityGroupRules", {"SecurityGroupRules": rules})
    key = "dax.cross_account:cluster"
    assert [item["id"] for item in network.owned_peerings(fake.client, key, "arn")] == ["pcx-1"]
    assert network.owned_rule_groups(fake.client, key, "arn") == ["sg-1", "sg-2"]
    assert [filters(params) for _operation, params in fake.calls] == [{f"tag:{key}": ["arn"]}] * 2


def test_gateways_that_are_attached_and_those_of_ours_that_are_not(fake_aws: Any) -> None:
    attached = {"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1", "State": "available"}]}
    loose = {"InternetGatewayId": "igw-2", "Tags": [{"Key": "own", "Value": "x"}]}

    def answer(params: dict[str, Any]) -> dict[str, Any]:
        by_tag = "tag:own" in filters(params)
        return {"InternetGateways": [attached, loose] if by_tag else [attached]}

    fake = fake_aws("ec2").on("DescribeInternetGateways", answer)
    assert network.describe_internet_gateways(fake.client, "vpc-1", {"own": "x"}) == [
        {"internet_gateway_id": "igw-1", "attached": True, "tags": {}},
        {"internet_gateway_id": "igw-2", "attached": False, "tags": {"own": "x"}},
    ]
    assert filters(fake.calls[0][1]) == {"attachment.vpc-id": ["vpc-1"]}


def test_endpoints_that_go_away_do_not_count(fake_aws: Any) -> None:
    states = {"vpce-1": "available", "vpce-2": "Deleting", "vpce-3": "deleted", "vpce-4": "pending"}
    raw = [{"VpcEndpointId": name, "ServiceName": "x", "State": state} for name, state in states.items()]
    fake = fake_aws("ec2").on("DescribeVpcEndpoints", {"VpcEndpoints": raw})
    assert [item["vpc_endpoint_id"] for item in network.describe_vpc_endpoints(fake.client, "vpc-1")] == [
        "vpce-1",
        "vpce-4",
    ]


def test_instances_of_all_reservations_that_are_not_terminated(fake_aws: Any) -> None:
    one = {
        "InstanceId": "i-1",
        "State": {"Name": "running"},
        "SubnetId": "subnet-1",
        "IamInstanceProfile": {"Arn": "arn:profile"},
        "SecurityGroups": [{"GroupId": "sg-1"}],
    }
    two = {"InstanceId": "i-2", "State": {"Name": "stopped"}}
    fake = fake_aws("ec2").on("DescribeInstances", {"Reservations": [{"Instances": [one]}, {"Instances": [two]}]})
    first, second = network.describe_instances(fake.client, vpc_id="vpc-1")
    assert (first["instance_profile_arn"], first["security_group_ids"]) == ("arn:profile", ["sg-1"])
    assert (second["instance_profile_arn"], second["security_group_ids"]) == (None, [])
    states = ["pending", "running", "stopping", "stopped"]
    assert filters(fake.calls[0][1]) == {"vpc-id": ["vpc-1"], "instance-state-name": states}


def test_zones_that_can_be_used(fake_aws: Any) -> None:
    zones = [
        {"ZoneName": "us-east-1b", "State": "available", "ZoneType": "availability-zone"},
        {"ZoneName": "us-east-1a", "State": "available"},
        {"ZoneName": "us-east-1c", "State": "impaired", "ZoneType": "availability-zone"},
        {"ZoneName": "us-east-1-bos-1a", "State": "available", "ZoneType": "local-zone"},
    ]
    fake = fake_aws("ec2").on("DescribeAvailabilityZones", {"AvailabilityZones": zones})
    assert network.describe_availability_zones(fake.client) == ["us-east-1a", "us-east-1b"]


@pytest.mark.parametrize(("support", "hostnames"), [(True, False), (False, True)])
def test_the_dns_attributes_of_a_vpc(fake_aws: Any, support: bool, hostnames: bool) -> None:
    def answer(params: dict[str, Any]) -> dict[str, Any]:
        if params["Attribute"] == "enableDnsSupport":
            return {"EnableDnsSupport": {"Value": support}}
        return {"EnableDnsHostnames": {"Value": hostnames}}

    fake = fake_aws("ec2").on("DescribeVpcAttribute", answer)
    expected = {"dns_support": support, "dns_hostnames": hostnames}
    assert network.describe_vpc_attributes(fake.client, "vpc-1") == expected


@pytest.mark.parametrize(
    ("subnet", "tables", "found"),
    [
        ("subnet-1", [table("main", main=True), table("own", subnets=("subnet-1",))], "own"),
        ("subnet-2", [table("own", subnets=("subnet-1",)), table("main", main=True)], "main"),
        ("subnet-1", [table("main", main=True, subnets=("subnet-1",))], "main"),
        ("subnet-2", [table("own", subnets=("subnet-1",))], None),
        ("subnet-1", [], None),
    ],
)
def test_the_table_that_a_subnet_follows(subnet: str, tables: Any, found: str | None) -> None:
    effective = network.effective_route_table(subnet, tables)
    assert (effective["route_table_id"] if effective else None) == found


def test_errors_pass_through(fake_aws: Any, aws_error: Any) -> None:
    fake = fake_aws("ec2").on("DescribeVpcs", aws_error("UnauthorizedOperation"))
    with pytest.raises(ClientError, match="DescribeVpcs"):
        network.describe_vpcs(fake.client)
