# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What decides on a way out of a subnet, beside its route table: NAT gateways, endpoints, prefix lists. Reads only."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ..common.doctor import DoctorEndpoint, NatGateway, PrefixList
from ..common.ec2 import normalise_cidr, tags_of
from ..common.shapes import RouteTable, SecurityGroup
from .ec2_query import query


def describe_nat_gateways(client: Any, vpc_id: str) -> list[NatGateway]:
    """Return the VPC's NAT gateways, those that failed or are being deleted with them."""
    # This describe call alone takes its filters under another name.
    pages = client.get_paginator("describe_nat_gateways").paginate(Filter=[{"Name": "vpc-id", "Values": [vpc_id]}])
    return [
        {
            "nat_gateway_id": gateway["NatGatewayId"],
            "state": gateway.get("State", ""),
            "public": gateway.get("ConnectivityType", "public") == "public",
            "subnet_id": gateway.get("SubnetId"),
        }
        for gateway in pages.build_full_result().get("NatGateways", [])
    ]


def describe_endpoints(client: Any, vpc_id: str) -> list[DoctorEndpoint]:
    """Return the VPC's endpoints with their types and policies."""
    return [
        {
            "vpc_endpoint_id": endpoint["VpcEndpointId"],
            "service_name": endpoint["ServiceName"],
            "endpoint_type": endpoint.get("VpcEndpointType", "Interface"),
            "state": endpoint.get("State", "").lower(),
            "private_dns": bool(endpoint.get("PrivateDnsEnabled")),
            "subnet_ids": endpoint.get("SubnetIds") or [],
            "security_group_ids": [group["GroupId"] for group in endpoint.get("Groups") or []],
            "policy": _document(endpoint.get("PolicyDocument")),
            "tags": tags_of(endpoint),
        }
        for endpoint in query(client, "describe_vpc_endpoints", "VpcEndpoints", {"vpc-id": vpc_id})
        if endpoint.get("State", "").lower() != "deleted"
    ]


def _document(text: str | None) -> dict[str, Any] | None:
    if not text:
        return None
    found = json.loads(text)
    return found if isinstance(found, dict) else None


def named_prefix_lists(tables: Iterable[RouteTable], groups: Iterable[SecurityGroup]) -> list[str]:
    """Return the ids of the prefix lists that routes and rules name."""
    routed = {route["destination"] for table in tables for route in table["routes"]}
    ruled = {rule["prefix_list_id"] for group in groups for rule in group["rules"] if rule["prefix_list_id"]}
    return sorted(item for item in routed | ruled if item.startswith("pl-"))


def describe_prefix_lists(client: Any, prefix_list_ids: list[str]) -> list[PrefixList]:
    """Return prefix lists with their blocks; none are asked for if none are named."""
    if not prefix_list_ids:
        return []
    found = query(client, "describe_managed_prefix_lists", "PrefixLists", {"prefix-list-id": prefix_list_ids})
    return [
        {
            "prefix_list_id": item["PrefixListId"],
            "name": item.get("PrefixListName", ""),
            "cidr_blocks": _blocks(client, item["PrefixListId"]),
        }
        for item in found
    ]


def _blocks(client: Any, prefix_list_id: str) -> list[str]:
    pages = client.get_paginator("get_managed_prefix_list_entries").paginate(PrefixListId=prefix_list_id)
    return [normalise_cidr(entry["Cidr"]) for entry in pages.build_full_result().get("Entries", [])]
