# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Networks, normalised: VPCs, subnets, route tables, network ACLs, peering connections, gateways. Reads only.

botocore's errors pass through: the modules that call these functions explain them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypedDict

from ..common.ec2 import normalise_peering, normalise_route, tags_of
from ..common.patience import Unsettled
from ..common.shapes import (
    AclEntry,
    InternetGateway,
    NetworkAcl,
    Peering,
    RouteTable,
    Subnet,
    Vpc,
)
from .ec2_query import Filters, query


class DnsAttributes(TypedDict):
    """The attributes of a VPC that private names depend on."""

    dns_support: bool
    dns_hostnames: bool


def describe_vpcs(client: Any, **filters: str | list[str]) -> list[Vpc]:
    """Return the VPCs of the account: vpc_id, cidr_blocks, ipv6_cidr_blocks, is_default, owner_id, tags.

    The blocks are those in association, the primary one first.
    """
    return [
        {
            "vpc_id": vpc["VpcId"],
            "cidr_blocks": list(dict.fromkeys([vpc["CidrBlock"], *_associated(vpc, "CidrBlock")])),
            "ipv6_cidr_blocks": _associated(vpc, "Ipv6CidrBlock"),
            "is_default": bool(vpc.get("IsDefault")),
            "owner_id": vpc.get("OwnerId"),
            "tags": tags_of(vpc),
        }
        for vpc in query(client, "describe_vpcs", "Vpcs", filters)
    ]


def describe_subnets(client: Any, vpc_id: str) -> list[Subnet]:
    """Return a VPC's subnets: subnet_id, availability_zone, cidr_block, ipv6_cidr_blocks, map_public_ip, tags."""
    return [
        {
            "subnet_id": subnet["SubnetId"],
            "availability_zone": subnet["AvailabilityZone"],
            "cidr_block": subnet.get("CidrBlock"),
            "ipv6_cidr_blocks": _associated(subnet, "Ipv6CidrBlock"),
            "map_public_ip": bool(subnet.get("MapPublicIpOnLaunch")),
            "tags": tags_of(subnet),
        }
        for subnet in query(client, "describe_subnets", "Subnets", {"vpc-id": vpc_id})
    ]


def describe_route_tables(client: Any, vpc_id: str) -> list[RouteTable]:
    """Return a VPC's route tables: route_table_id, main, subnet_ids (explicit ones), routes, tags."""
    return _route_tables(client, {"vpc-id": vpc_id})


def describe_all_route_tables(client: Any) -> list[RouteTable]:
    """Return the route tables of every VPC of the account and region, shaped as describe_route_tables() does."""
    return _route_tables(client, {})


def describe_network_acls(client: Any, vpc_id: str) -> list[NetworkAcl]:
    """Return a VPC's network ACLs: network_acl_id, subnet_ids, entries in the order in which AWS evaluates them."""
    acls: list[NetworkAcl] = []
    for acl in query(client, "describe_network_acls", "NetworkAcls", {"vpc-id": vpc_id}):
        entries: list[AclEntry] = [
            {
                "rule_number": entry["RuleNumber"],
                "egress": bool(entry["Egress"]),
                "allow": entry["RuleAction"] == "allow",
                "protocol": str(entry["Protocol"]),
                "cidr_block": entry.get("CidrBlock") or entry.get("Ipv6CidrBlock"),
                "from_port": (entry.get("PortRange") or {}).get("From"),
                "to_port": (entry.get("PortRange") or {}).get("To"),
            }
            for entry in acl.get("Entries") or []
        ]
        acls.append(
            {
                "network_acl_id": acl["NetworkAclId"],
                "is_default": bool(acl.get("IsDefault")),
                "subnet_ids": [association["SubnetId"] for association in acl.get("Associations") or []],
                "entries": sorted(entries, key=lambda entry: entry["rule_number"]),
            }
        )
    return acls


def describe_peerings(client: Any) -> list[Peering]:
    """Return every peering connection of the account in the region, in terminal states too.

    One call, since EC2 has no filter for a VPC at either end: what is looked for would take two for each VPC, and one
    for ids.
    """
    return [
        normalise_peering(raw) for raw in query(client, "describe_vpc_peering_connections", "VpcPeeringConnections", {})
    ]


def peerings_of(client: Any, vpc_id: str) -> list[Peering]:
    """Return every peering connection of a VPC, in terminal states too."""
    return [peering for peering in describe_peerings(client) if ends_in(peering, vpc_id)]


def ends_in(peering: Peering, vpc_id: str | None) -> bool:
    """Tell whether a VPC is at either end of a connection."""
    return bool(vpc_id) and vpc_id in (peering["requester"]["vpc_id"], peering["accepter"]["vpc_id"])


def describe_internet_gateways(client: Any, filters: Filters) -> list[InternetGateway]:
    """Return internet gateways: internet_gateway_id, attached, tags.

    :param filters: ``attachment.vpc-id`` or ``internet-gateway-id``.
    """
    return [
        {
            "internet_gateway_id": gateway["InternetGatewayId"],
            "attached": bool(gateway.get("Attachments")),
            "tags": tags_of(gateway),
        }
        for gateway in query(client, "describe_internet_gateways", "InternetGateways", filters)
    ]


def describe_vpc_attributes(client: Any, vpc_id: str) -> DnsAttributes:
    """Return the VPC's DNS attributes: dns_support, dns_hostnames."""
    support = client.describe_vpc_attribute(VpcId=vpc_id, Attribute="enableDnsSupport")
    hostnames = client.describe_vpc_attribute(VpcId=vpc_id, Attribute="enableDnsHostnames")
    return {
        "dns_support": bool(support["EnableDnsSupport"].get("Value")),
        "dns_hostnames": bool(hostnames["EnableDnsHostnames"].get("Value")),
    }


def require_main_table(vpc_id: str, tables: list[RouteTable]) -> None:
    """Refuse tables without the main one, which every VPC has: the routes of subnets without one of their own.

    :raises Unsettled: when it is not shown yet.
    """
    if not any(table["main"] for table in tables):
        raise Unsettled(f"the main route table of {vpc_id} to be shown")


def effective_route_table(subnet_id: str, tables: list[RouteTable]) -> RouteTable | None:
    """Return the table that a subnet's traffic follows: the one associated with it, or else the VPC's main table."""
    explicit = (table for table in tables if subnet_id in table["subnet_ids"])
    return next(explicit, None) or next((table for table in tables if table["main"]), None)


def effective_route_tables(subnet_ids: Iterable[str], tables: list[RouteTable]) -> dict[str, str]:
    """Return the id of the table that each subnet's traffic follows, {subnet id: route table id}."""
    effective = {subnet_id: effective_route_table(subnet_id, tables) for subnet_id in subnet_ids}
    return {subnet_id: table["route_table_id"] for subnet_id, table in effective.items() if table}


def _route_tables(client: Any, filters: dict[str, Any]) -> list[RouteTable]:
    tables: list[RouteTable] = []
    for table in query(client, "describe_route_tables", "RouteTables", filters):
        associations = table.get("Associations") or []
        tables.append(
            {
                "route_table_id": table["RouteTableId"],
                "main": any(association.get("Main") for association in associations),
                "subnet_ids": [association["SubnetId"] for association in associations if association.get("SubnetId")],
                "routes": [normalise_route(route) for route in table.get("Routes") or []],
                "tags": tags_of(table),
            }
        )
    return tables


def _associated(raw: dict[str, Any], key: str) -> list[str]:
    """Return the blocks of a VPC or subnet whose association is complete; a block on its way out no longer counts."""
    return [
        entry[key]
        for entry in raw.get(f"{key}AssociationSet") or []
        if (entry.get(f"{key}State") or {}).get("State") in ("associated", "associating")
    ]
