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
        "OwnerId": "111111111111",
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
            "owner_id": "111111111111",
            "tags": {"Name": "a"},
        },
        {
            "vpc_id": "vpc-2",
            "cidr_blocks": ["10.2.0.0/16"],
            "ipv6_cidr_blocks": [],
            "is_default": True,
            "owner_id": None,
            "tags": {},
        },
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
]


@pytest.mark.parametrize(("name", "key", "id_key", "more"), READS, ids=[read[0] for read in READS])
def test_reads_go_on_to_the_last_page_and_bear_an_empty_answer(
    fake_aws: Any, name: str, key: str, id_key: str, more: dict[str, Any]
) -> None:
    operation = "".join(part.capitalize() for part in name.split("_"))
    pages = [{key: [{id_key: "x-1", **more}], "NextToken": "next"}, {key: [{id_key: "x-2", **more}]}]
    fake = fake_aws("ec2").on(operation, *pages)
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
    assert (found["subnet_ids"], found["is_default"]) == (["subnet-1"], False)
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


def peering(peering_id: str) -> dict[str, Any]:
    return {"VpcPeeringConnectionId": peering_id, "Status": {"Code": "deleted"}}


def test_all_peerings_in_one_call_and_those_of_a_vpc_by_either_end(fake_aws: Any) -> None:
    ends = {"pcx-1": ("vpc-1", "vpc-2"), "pcx-2": ("vpc-3", "vpc-1"), "pcx-3": ("vpc-2", "vpc-3")}
    raw = [
        {**peering(name), "RequesterVpcInfo": {"VpcId": one}, "AccepterVpcInfo": {"VpcId": other}}
        for name, (one, other) in ends.items()
    ]
    fake = fake_aws("ec2").on("DescribeVpcPeeringConnections", {"VpcPeeringConnections": [*raw, peering("pcx-4")]})
    found = network.describe_peerings(fake.client)
    assert [params for _operation, params in fake.calls] == [{}]
    assert [item["id"] for item in found] == ["pcx-1", "pcx-2", "pcx-3", "pcx-4"], "terminal ones too"
    assert [item["id"] for item in found if network.ends_in(item, "vpc-1")] == ["pcx-1", "pcx-2"]
    assert [item["id"] for item in found if network.ends_in(item, None)] == []


def test_gateways_that_are_attached_and_those_of_ours_that_are_not(fake_aws: Any) -> None:
    attached = {"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1", "State": "available"}]}
    loose = {"InternetGatewayId": "igw-2", "Tags": [{"Key": "own", "Value": "x"}]}

    def answer(params: dict[str, Any]) -> dict[str, Any]:
        by_id = "internet-gateway-id" in filters(params)
        return {"InternetGateways": [loose] if by_id else [attached]}

    fake = fake_aws("ec2").on("DescribeInternetGateways", answer)
    assert network.describe_internet_gateways(fake.client, {"attachment.vpc-id": "vpc-1"}) == [
        {"internet_gateway_id": "igw-1", "attached": True, "tags": {}},
    ]
    assert network.describe_internet_gateways(fake.client, {"internet-gateway-id": "igw-2"}) == [
        {"internet_gateway_id": "igw-2", "attached": False, "tags": {"own": "x"}},
    ]
    assert filters(fake.calls[0][1]) == {"attachment.vpc-id": ["vpc-1"]}


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
