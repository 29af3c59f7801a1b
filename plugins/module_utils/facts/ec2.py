# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""EC2 reads, normalised. Each function makes one (paginated) call; none of them writes.

botocore's errors pass through: the modules that call these functions explain them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypedDict

from ..common.ec2 import normalise_peering, normalise_route, normalise_rule, tags_of
from ..common.patience import Unsettled
from ..common.shapes import (
    AclEntry,
    Instance,
    InternetGateway,
    NetworkAcl,
    Peering,
    RouteTable,
    Rule,
    SecurityGroup,
    Subnet,
    Tags,
    Vpc,
    VpcEndpoint,
)

# Instances in these states still hold their subnet and their profile.
_INSTANCE_STATES = ["pending", "running", "stopping", "stopped"]


class DnsAttributes(TypedDict):
    """The attributes of a VPC that private names depend on."""

    dns_support: bool
    dns_hostnames: bool


def describe_vpcs(client: Any, **filters: str | list[str]) -> list[Vpc]:
    """Return the VPCs of the account: vpc_id, cidr_blocks, ipv6_cidr_blocks, is_default, tags.

    The blocks are those in association, the primary one first.
    """
    return [
        {
            "vpc_id": vpc["VpcId"],
            "cidr_blocks": list(dict.fromkeys([vpc["CidrBlock"], *_associated(vpc, "CidrBlock")])),
            "ipv6_cidr_blocks": _associated(vpc, "Ipv6CidrBlock"),
            "is_default": bool(vpc.get("IsDefault")),
            "tags": tags_of(vpc),
        }
        for vpc in _query(client, "describe_vpcs", "Vpcs", filters)
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
        for subnet in _query(client, "describe_subnets", "Subnets", {"vpc-id": vpc_id})
    ]


def describe_route_tables(client: Any, vpc_id: str) -> list[RouteTable]:
    """Return a VPC's route tables: route_table_id, main, subnet_ids (explicit ones), routes, tags."""
    return _route_tables(client, {"vpc-id": vpc_id})


def describe_all_route_tables(client: Any) -> list[RouteTable]:
    """Return the route tables of every VPC of the account and region, shaped as describe_route_tables() does."""
    return _route_tables(client, {})


def describe_availability_zones(client: Any) -> list[str]:
    """Return the names of the region's availability zones that can be used now; local and wavelength zones are not."""
    zones = client.describe_availability_zones()["AvailabilityZones"]
    usable = [zone for zone in zones if zone.get("State", "available") == "available"]
    return sorted(
        zone["ZoneName"] for zone in usable if zone.get("ZoneType", "availability-zone") == "availability-zone"
    )


def describe_network_acls(client: Any, vpc_id: str) -> list[NetworkAcl]:
    """Return a VPC's network ACLs: network_acl_id, subnet_ids, entries in the order in which AWS evaluates them."""
    acls: list[NetworkAcl] = []
    for acl in _query(client, "describe_network_acls", "NetworkAcls", {"vpc-id": vpc_id}):
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
                "subnet_ids": [association["SubnetId"] for association in acl.get("Associations") or []],
                "entries": sorted(entries, key=lambda entry: entry["rule_number"]),
            }
        )
    return acls


def describe_security_groups(client: Any, **filters: str | list[str]) -> list[SecurityGroup]:
    """Return security groups: group_id, group_name, description, vpc_id, tags, and their rules with a second call."""
    found = _query(client, "describe_security_groups", "SecurityGroups", filters)
    rules = describe_rules(client, [group["GroupId"] for group in found])
    return [
        {
            "group_id": group["GroupId"],
            "group_name": group["GroupName"],
            "description": group.get("Description", ""),
            "vpc_id": group.get("VpcId"),
            "tags": tags_of(group),
            "rules": rules[group["GroupId"]],
        }
        for group in found
    ]


def describe_rules(client: Any, group_ids: list[str]) -> dict[str, list[Rule]]:
    """Return the rules of the groups, {group id: rules}."""
    rules: dict[str, list[Rule]] = {group_id: [] for group_id in group_ids}
    if group_ids:
        for rule in _query(client, "describe_security_group_rules", "SecurityGroupRules", {"group-id": group_ids}):
            rules[rule["GroupId"]].append(normalise_rule(rule))
    return rules


def describe_peerings(client: Any, vpc_id: str) -> list[Peering]:
    """Return every peering connection, in terminal states too, in which the VPC is the requester or the accepter."""
    found = {}
    for side in ("requester", "accepter"):
        filters = {f"{side}-vpc-info.vpc-id": vpc_id}
        for raw in _query(client, "describe_vpc_peering_connections", "VpcPeeringConnections", filters):
            found[raw["VpcPeeringConnectionId"]] = normalise_peering(raw)
    return list(found.values())


def owned_peerings(client: Any, tag: str, value: str) -> list[Peering]:
    """Return the peering connections, in terminal states too, that carry a tag of this account."""
    found = _query(client, "describe_vpc_peering_connections", "VpcPeeringConnections", {f"tag:{tag}": value})
    return [normalise_peering(raw) for raw in found]


def owned_rule_groups(client: Any, tag: str, value: str) -> list[str]:
    """Return the ids of the security groups that hold a rule with the tag."""
    found = _query(client, "describe_security_group_rules", "SecurityGroupRules", {f"tag:{tag}": value})
    return sorted({rule["GroupId"] for rule in found})


def describe_internet_gateways(client: Any, vpc_id: str, tags: Tags) -> list[InternetGateway]:
    """Return the VPC's internet gateways: internet_gateway_id, attached, tags.

    :param tags: ownership tags, which show which gateways belong to the VPC although they are attached to none:
        somebody detached them, or a run was stopped before it attached them.
    """
    attached = _query(client, "describe_internet_gateways", "InternetGateways", {"attachment.vpc-id": vpc_id})
    filters = {f"tag:{key}": value for key, value in tags.items()}
    owned = _query(client, "describe_internet_gateways", "InternetGateways", filters)
    return [
        {
            "internet_gateway_id": gateway["InternetGatewayId"],
            "attached": bool(gateway.get("Attachments")),
            "tags": tags_of(gateway),
        }
        for gateway in [*attached, *(item for item in owned if not item.get("Attachments"))]
    ]


def describe_vpc_endpoints(client: Any, vpc_id: str) -> list[VpcEndpoint]:
    """Return the VPC's endpoints that are not being deleted: vpc_endpoint_id, service_name, state, subnet_ids, tags."""
    return [
        {
            "vpc_endpoint_id": endpoint["VpcEndpointId"],
            "service_name": endpoint["ServiceName"],
            "state": endpoint.get("State", "").lower(),
            "private_dns": bool(endpoint.get("PrivateDnsEnabled")),
            "subnet_ids": endpoint.get("SubnetIds") or [],
            "security_group_ids": [group["GroupId"] for group in endpoint.get("Groups") or []],
            "tags": tags_of(endpoint),
        }
        for endpoint in _query(client, "describe_vpc_endpoints", "VpcEndpoints", {"vpc-id": vpc_id})
        if endpoint.get("State", "").lower() not in ("deleting", "deleted")
    ]


def describe_instances(client: Any, **filters: str | list[str]) -> list[Instance]:
    """Return the instances that are not terminated: instance_id, state, subnet, profile, groups, addresses, tags."""
    filters = {**filters, "instance-state-name": _INSTANCE_STATES}
    return [
        {
            "instance_id": instance["InstanceId"],
            "state": instance["State"]["Name"],
            "subnet_id": instance.get("SubnetId"),
            "vpc_id": instance.get("VpcId"),
            "instance_profile_arn": (instance.get("IamInstanceProfile") or {}).get("Arn"),
            "security_group_ids": [group["GroupId"] for group in instance.get("SecurityGroups") or []],
            "private_ip_address": instance.get("PrivateIpAddress"),
            "public_ip_address": instance.get("PublicIpAddress"),
            "tags": tags_of(instance),
        }
        for reservation in _query(client, "describe_instances", "Reservations", filters)
        for instance in reservation["Instances"]
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
    for table in _query(client, "describe_route_tables", "RouteTables", filters):
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


def _query(client: Any, operation: str, result_key: str, filters: dict[str, Any]) -> list[dict[str, Any]]:
    """Run a describe call to its last page. Filters with an empty value are left out."""
    listed = [
        {"Name": _filter_name(name), "Values": value if isinstance(value, list) else [value]}
        for name, value in filters.items()
        if value
    ]
    pages = client.get_paginator(operation).paginate(**({"Filters": listed} if listed else {}))
    return list(pages.build_full_result().get(result_key, []))


def _filter_name(name: str) -> str:
    """Return AWS's name of a filter given as a Python keyword; a tag's key stays as it is."""
    return name if name.startswith("tag:") else name.replace("_", "-")
