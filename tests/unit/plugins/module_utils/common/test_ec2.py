# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common import ec2

PCX = "pcx-0123456789abcdef0"


@pytest.mark.parametrize(
    ("raw", "target_type", "target_id"),
    [
        ({"GatewayId": "local"}, "local", "local"),
        ({"GatewayId": "igw-1"}, "gateway", "igw-1"),
        ({"NatGatewayId": "nat-1"}, "nat_gateway", "nat-1"),
        ({"TransitGatewayId": "tgw-1"}, "transit_gateway", "tgw-1"),
        ({"EgressOnlyInternetGatewayId": "eigw-1"}, "egress_only_internet_gateway", "eigw-1"),
        ({"InstanceId": "i-1", "NetworkInterfaceId": "eni-1"}, "instance", "i-1"),
        ({"NetworkInterfaceId": "eni-1"}, "network_interface", "eni-1"),
        ({"VpcPeeringConnectionId": "pcx-1"}, "vpc_peering_connection", "pcx-1"),
        ({"CoreNetworkArn": "arn:aws:x"}, "core_network", "arn:aws:x"),
        ({}, None, None),
    ],
)
def test_normalise_route_targets(raw: dict[str, Any], target_type: str | None, target_id: str | None) -> None:
    route = ec2.normalise_route({**raw, "DestinationCidrBlock": "10.0.0.0/8", "State": "active", "Origin": "X"})
    assert route == {
        "destination": "10.0.0.0/8",
        "target_type": target_type,
        "target_id": target_id,
        "state": "active",
        "origin": "X",
    }


@pytest.mark.parametrize(
    ("raw", "destination"),
    [
        ({"DestinationCidrBlock": "10.1.2.3/16"}, "10.1.0.0/16"),
        ({"DestinationIpv6CidrBlock": "2001:DB8:0:0::/56"}, "2001:db8::/56"),
        ({"DestinationPrefixListId": "pl-1"}, "pl-1"),
    ],
)
def test_normalise_route_destinations(raw: dict[str, Any], destination: str) -> None:
    assert ec2.normalise_route(raw)["destination"] == destination


def raw_rule(rule_id: str = "sgr-1", **more: Any) -> dict[str, Any]:
    base = {"SecurityGroupRuleId": rule_id, "IsEgress": False, "IpProtocol": "tcp", "FromPort": 8111, "ToPort": 8111}
    if not {"CidrIpv4", "CidrIpv6", "PrefixListId"} & more.keys():
        base["ReferencedGroupInfo"] = {"GroupId": "sg-b", "UserId": "222222222222"}
    return {**base, **more}


@pytest.mark.parametrize(
    ("value", "name"),
    [("TCP", "tcp"), ("6", "tcp"), (17, "udp"), ("58", "icmpv6"), ("all", "-1"), ("-1", "-1"), ("50", "50")],
)
def test_normalise_protocol(value: Any, name: str) -> None:
    assert ec2.normalise_protocol(value) == name


def test_normalise_rule() -> None:
    raw = raw_rule(Description="d", Tags=[{"Key": "k", "Value": "v"}])
    assert ec2.normalise_rule(raw) == {
        "rule_id": "sgr-1",
        "egress": False,
        "protocol": "tcp",
        "from_port": 8111,
        "to_port": 8111,
        "cidr_ip": None,
        "cidr_ipv6": None,
        "source_group_id": "sg-b",
        "source_user_id": "222222222222",
        "description": "d",
        "prefix_list_id": None,
        "tags": {"k": "v"},
    }
    v6 = ec2.normalise_rule(raw_rule(CidrIpv6="2001:DB8::/56", IsEgress=True))
    assert (v6["cidr_ipv6"], v6["source_group_id"], v6["egress"], v6["description"]) == (
        "2001:db8::/56",
        None,
        True,
        None,
    )
    everything = ec2.normalise_rule({"IpProtocol": "-1", "CidrIpv4": "0.0.0.0/0", "FromPort": 0, "ToPort": 0})
    assert (everything["from_port"], everything["to_port"]) == (-1, -1)
    assert ec2.normalise_rule(raw_rule(PrefixListId="pl-1"))["prefix_list_id"] == "pl-1"


def raw_peering(code: str = "active", tags: dict[str, str] | None = None, **accepter: Any) -> dict[str, Any]:
    requester = {"OwnerId": "222222222222", "VpcId": "vpc-b", "Region": "us-east-1", "CidrBlock": "10.1.0.0/16"}
    return {
        "VpcPeeringConnectionId": PCX,
        "Status": {"Code": code, "Message": f"It is {code}"},
        "RequesterVpcInfo": requester,
        "AccepterVpcInfo": {"OwnerId": "111111111111", "VpcId": "vpc-a", "Region": "us-east-1", **accepter},
        "Tags": [{"Key": key, "Value": value} for key, value in (tags or {}).items()],
    }


def dns(value: bool) -> dict[str, Any]:
    return {"PeeringOptions": {"AllowDnsResolutionFromRemoteVpc": value}}


def test_normalise_peering() -> None:
    raw = raw_peering(
        "pending-acceptance",
        {"k": "v"},
        CidrBlock="10.0.0.0/16",
        CidrBlockSet=[{"CidrBlock": "10.0.0.0/16"}, {"CidrBlock": "10.2.0.0/16"}],
        Ipv6CidrBlockSet=[{"Ipv6CidrBlock": "2001:db8::/56"}],
        **dns(True),
    )
    raw["ExpirationTime"] = datetime(2026, 1, 8, tzinfo=UTC)
    peering = ec2.normalise_peering(raw)
    assert peering == {
        "id": PCX,
        "status": {"code": "pending-acceptance", "message": "It is pending-acceptance"},
        "expiration_time": "2026-01-08T00:00:00+00:00",
        "requester": {
            "owner_id": "222222222222",
            "region": "us-east-1",
            "vpc_id": "vpc-b",
            "cidr_blocks": ["10.1.0.0/16"],
            "ipv6_cidr_blocks": [],
            "dns_resolution": None,
        },
        "accepter": {
            "owner_id": "111111111111",
            "region": "us-east-1",
            "vpc_id": "vpc-a",
            "cidr_blocks": ["10.0.0.0/16", "10.2.0.0/16"],
            "ipv6_cidr_blocks": ["2001:db8::/56"],
            "dns_resolution": True,
        },
        "tags": {"k": "v"},
    }
    json.dumps(peering)
    bare = ec2.normalise_peering({"VpcPeeringConnectionId": PCX})
    assert bare["accepter"]["cidr_blocks"] == []
    assert bare["status"] == {"code": "", "message": ""}


def test_tags_whatever_the_api_calls_them() -> None:
    tags = [{"Key": "Name", "Value": "x"}]
    assert ec2.tags_of({"Tags": tags}) == ec2.tags_of({"TagSet": tags}) == {"Name": "x"}
    assert ec2.tags_of({}) == ec2.tags_of({"Tags": None}) == {}
