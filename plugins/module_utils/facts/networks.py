# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What route tables only name: the blocks of managed prefix lists, and the state of NAT gateways. Reads only.

Both are read only where a table names one. A reading that AWS refuses is told, and does not end the run.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..common.addresses import is_default, is_ipv6
from ..common.compare import hides_networks
from ..common.ec2 import normalise_cidr
from ..common.shapes import NatGateway, PrefixList, RouteTable, SecurityGroup
from .ec2_query import query
from .reading import reading


def read_prefix_lists(
    client: Any, tables: Iterable[RouteTable], groups: Iterable[SecurityGroup] = (), whole: bool = False
) -> list[PrefixList]:
    """Return the prefix lists that routes and inbound rules name, with the blocks of those that routes name.

    AWS's own lists, such as those of gateway endpoints, are told without their blocks: these are public.

    :param whole: those that outbound rules name too, and the blocks of all of them, AWS's own with them.
    """
    routed = {route["destination"] for table in tables for route in table["routes"] if _is_list(route["destination"])}
    rules = [rule for group in groups for rule in group["rules"] if whole or not rule["egress"]]
    ids = sorted({*routed, *(rule["prefix_list_id"] for rule in rules if rule["prefix_list_id"])})
    if not ids:
        return []
    # Asked for by a filter: one that is shared no longer is an error otherwise.
    found = reading(lambda: query(client, "describe_managed_prefix_lists", "PrefixLists", {"prefix-list-id": ids}))
    shown = {item["PrefixListId"]: item for item in found["value"] or []}
    why = found["problem"] or "EC2 does not show it, as one that its owner shares no longer"
    made = []
    for item in ids:
        is_aws = str(shown.get(item, {}).get("OwnerId")).lower() == "aws"
        made.append(_prefix_list(client, item, shown.get(item), why, whole or (item in routed and not is_aws)))
    return made


def _prefix_list(client: Any, list_id: str, raw: dict[str, Any] | None, why: str, entries: bool) -> PrefixList:
    found: PrefixList = {
        "prefix_list_id": list_id,
        "name": (raw or {}).get("PrefixListName", ""),
        "owner_id": (raw or {}).get("OwnerId"),
        "ipv6": (raw or {}).get("AddressFamily") == "IPv6",
        "max_entries": (raw or {}).get("MaxEntries"),
        "blocks": [],
        "problem": None if raw else why,
    }
    if raw is None or not entries:
        return found
    listed = reading(lambda: _entries(client, list_id))
    return {**found, "blocks": listed["value"] or [], "problem": listed["problem"]}


def _entries(client: Any, list_id: str) -> list[str]:
    pages = client.get_paginator("get_managed_prefix_list_entries").paginate(PrefixListId=list_id)
    return sorted({normalise_cidr(item["Cidr"]) for item in pages.build_full_result().get("Entries", [])})


def _is_list(destination: str) -> bool:
    return destination.startswith("pl-")


def describe_nat_gateways(client: Any, tables: Iterable[RouteTable]) -> list[NatGateway]:
    """Return the NAT gateways that default routes lead to, those that failed or are being deleted with them."""
    ids = sorted(
        {
            str(route["target_id"])
            for table in tables
            for route in table["routes"]
            if route["target_type"] == "nat_gateway" and is_default(route["destination"])
        }
    )
    if not ids:
        return []
    filters = [{"Name": "nat-gateway-id", "Values": ids}]  # this operation has its own name for them
    pages = client.get_paginator("describe_nat_gateways").paginate(Filter=filters)
    return [
        {
            "nat_gateway_id": item["NatGatewayId"],
            "state": item["State"],
            "connectivity": item.get("ConnectivityType", "public"),
            "subnet_id": item.get("SubnetId"),
        }
        for item in pages.build_full_result().get("NatGateways", [])
    ]


def read_nat_gateways(client: Any, tables: Iterable[RouteTable]) -> list[NatGateway]:
    """Return the NAT gateways that default routes lead to; none where the credentials may not read them."""
    return reading(lambda: describe_nat_gateways(client, tables))["value"] or []


def routed_blocks(tables: Iterable[RouteTable], lists: Iterable[PrefixList]) -> list[str]:
    """Return the blocks that tables lead elsewhere, those of prefix lists with them, default routes left out."""
    by_id = {item["prefix_list_id"]: item["blocks"] for item in lists}
    blocks = {
        block
        for table in tables
        for route in table["routes"]
        if route["target_type"] != "local"
        for block in by_id.get(route["destination"], [route["destination"]])
    }
    return sorted(block for block in blocks if "/" in block and not is_default(block))


def hidden_networks(tables: Iterable[RouteTable]) -> list[str]:
    """Return the default routes behind which there may be any private network, in words."""
    return sorted(
        f"{route['destination']} in {table['route_table_id']} to {route['target_id']}"
        for table in tables
        for route in table["routes"]
        if hides_networks(route) and not is_ipv6(route["destination"])
    )
