# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of account B belongs to this consumer, and what it uses of others'. Pure, no AWS.

A VPC is *owned* when this collection made it, and *adopted* when the user named it by id or tags. In an adopted one
only the security group, the routes to the peering connection and, if asked for, VPC endpoints are added.
"""

from __future__ import annotations

from contextlib import suppress

from ...common.addresses import subnet_blocks
from ...common.compute import Instance
from ...common.shapes import FactsB, Peering, RouteTable, SecurityGroup, Subnet
from ..peerings import best_peering, joins, sides
from .desired import Desired


def is_adopted(facts: FactsB) -> bool:
    return facts["vpc_found_by"] in ("id", "tags", "adopted")


def vpc_id_of(facts: FactsB) -> str | None:
    """Return the id of the consumer's VPC, or None when it is not made yet."""
    return facts["vpc"]["vpc_id"] if facts["vpc"] else None


def client_subnets(facts: FactsB, desired: Desired) -> list[Subnet]:
    """Return the subnets whose traffic has to reach the cluster: those named, or owned, or all of an adopted VPC."""
    named = desired.options.subnet_ids
    if named:
        return [subnet for subnet in facts["subnets"] if subnet["subnet_id"] in named]
    return facts["subnets"] if is_adopted(facts) else own_subnets(facts, desired)


def own_subnets(facts: FactsB, desired: Desired) -> list[Subnet]:
    """Return the owned subnets: by their tags or, where these were removed in an owned VPC, by their block."""
    blocks: list[str] = []
    if facts["vpc"] and not is_adopted(facts):
        with suppress(ValueError):  # too many subnets for the block, which the plan refuses
            blocks = subnet_blocks(facts["vpc"]["cidr_blocks"][0], desired.options.subnet_count)
    return [item for item in facts["subnets"] if desired.is_owned(item["tags"]) or item["cidr_block"] in blocks]


def own_instances(facts: FactsB, desired: Desired) -> list[Instance]:
    """Return the owned instances that stand, also stopped ones."""
    return [item for item in facts["instances"] if desired.is_owned(item["tags"]) and item["state"] != "shutting-down"]


def client_tables(facts: FactsB, desired: Desired) -> list[RouteTable]:
    """Return the tables that the client's subnets follow, each once; a VPC without subnets yet has its main table."""
    subnets = client_subnets(facts, desired)
    used = {facts["effective_route_tables"].get(subnet["subnet_id"]) for subnet in subnets}
    return [item for item in facts["route_tables"] if item["route_table_id"] in used or (not subnets and item["main"])]


def security_group(facts: FactsB, desired: Desired) -> SecurityGroup | None:
    """Return the client's security group: the one that the user named, else the owned one, else one of its name."""
    groups, options = facts["security_groups"], desired.options
    if options.security_group_id:
        return next((item for item in groups if item["group_id"] == options.security_group_id), None)
    owned = [item for item in groups if desired.is_owned(item["tags"])]
    named = [item for item in groups if item["group_name"] == options.security_group_name]
    return next(iter(owned + named), None)


def is_own_group(group: SecurityGroup, facts: FactsB, desired: Desired) -> bool:
    """Tell whether a group may be changed: not one that the user named, nor an unmanaged one in an adopted VPC."""
    return not desired.options.security_group_id and (desired.is_owned(group["tags"]) or not is_adopted(facts))


def find_peering(facts: FactsB, desired: Desired) -> Peering | None:
    """Return the open connection between the two VPCs, whoever requested it and in whichever direction."""
    vpc_id, owner = vpc_id_of(facts), desired.cluster["account_id"]
    return best_peering(
        item
        for item in facts["peerings"]
        if joins(item, vpc_id, desired.cluster["vpc_id"]) and owner in [side["owner_id"] for side in sides(item)]
    )


def is_own_peering(peering: Peering, facts: FactsB, desired: Desired) -> bool:
    """Tell whether a connection is owned: by its tags, or because the VPC at this end of it is."""
    return (facts["vpc"] is not None and not is_adopted(facts)) or desired.is_owned(peering["tags"])
