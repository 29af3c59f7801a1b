# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two ends of the path between a client and the nodes, as the checks of the network see them. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ...common.addresses import blocks_of_family, common, is_ipv6
from ...common.shapes import Peering, RouteTable, Subnet
from ..peerings import best_peering, joins
from .lists import prefix_lists
from .model import A, B, Unreadable, Where
from .network import Lookup, lookup
from .pair import Pair, is_managed

# What a path between two VPCs may lead over besides a peering connection. It is not looked into.
_OTHER_PATHS = ("transit_gateway", "core_network")


class NoFamily(Unreadable):
    """The client has no addresses of the family that the cluster uses; the check of families says so."""


@dataclass(frozen=True)
class Place:
    """A subnet with an end of the path in it.

    :ivar subnet_id: "" where only the blocks of the VPC are known, from a document.
    :ivar blocks: of the families that the traffic uses.
    :ivar hosts: the addresses that are known there, of the client or of nodes; none if they are not.
    """

    subnet_id: str
    blocks: list[str]
    hosts: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Way:
    """Where a route table sends the traffic of some subnets to the other side."""

    where: Where
    table: RouteTable
    subnet_ids: list[str]
    lookup: Lookup


def optional(pair: Pair, where: Where, name: str) -> Any:
    """Return the value of a reading that a check can do without; None where it failed."""
    facts: Any = pair.a if where == A else pair.b
    reading = facts["readings"].get(name) if facts else None
    return reading["value"] if reading and reading["problem"] is None else None


def other(where: Where) -> Where:
    return B if where == A else A


def region_of(pair: Pair, where: Where) -> str:
    return str(pair.region_a if where == A else pair.region_b)


def was_read(pair: Pair, where: Where) -> bool:
    return (pair.a if where == A else pair.b) is not None


def reading(pair: Pair, where: Where, name: str) -> Any:
    return pair.read_a(name) if where == A else pair.read_b(name)


def is_ours(pair: Pair, where: Where) -> bool:
    """Tell whether a run of this collection made what the pair has in an account, by what carries its tags there."""
    if where == B and pair.b is None:
        return pair.consumer_document is not None
    names = ("role", "vpc") if where == B else ("role",)
    found = [optional(pair, where, name) for name in names]
    found += [item for item in optional(pair, where, "peerings") or [] if _is_between(pair, item)]
    return any(item and is_managed(item["tags"]) for item in found)


# The two ends.


def places(pair: Pair, where: Where) -> list[Place]:
    """Return the subnets of the client, or those that hold a node, with blocks of the families that both sides have."""
    ours, theirs = _all_places(pair, where), _all_places(pair, other(where))
    families = _families(ours) & _families(theirs)
    wanted = {"ipv4": {False}, "ipv6": {True}}.get(pair.wanted.ip_family, {False, True})
    kept = [_only(place, families & wanted) for place in ours]
    if not any(place.blocks for place in kept):
        raise NoFamily(B, "the client's subnets", "they have no addresses of the family that the cluster uses")
    return [place for place in kept if place.blocks]


def all_blocks(ends: Iterable[Place]) -> list[str]:
    return list(dict.fromkeys(block for place in ends for block in place.blocks))


def touched(ends: Iterable[Place], parts: list[str]) -> bool:
    """Tell whether an end of the path is hit if these parts are; where none is known, any address may be one."""
    return any(
        bool(common(place.hosts, parts)) if place.hosts else True for place in ends if common(place.blocks, parts)
    )


def _all_places(pair: Pair, where: Where) -> list[Place]:
    if not was_read(pair, where):
        return [Place("", pair.blocks_a() if where == A else pair.blocks_b())]
    subnets: dict[str, Subnet] = {item["subnet_id"]: item for item in reading(pair, where, "subnets")}
    hosts = _node_hosts(pair) if where == A else _client_hosts(pair)
    ids = node_subnets(pair) if where == A else client_subnets(pair)
    missing = [subnet_id for subnet_id in ids if subnet_id not in subnets]
    if missing or not ids:
        what = "the subnets of the nodes" if where == A else "the client's subnets"
        raise Unreadable(where, what, f"{', '.join(missing)} cannot be seen" if missing else "they are not known")
    made = []
    for subnet_id in ids:
        found = subnets[subnet_id]
        blocks = blocks_of_family(
            [found["cidr_block"]] if found["cidr_block"] else [], found["ipv6_cidr_blocks"], pair.network_type
        )
        here = [host for host in hosts if common([host], blocks)]
        made.append(Place(subnet_id, blocks, here))
    return made


def node_subnets(pair: Pair) -> list[str]:
    """Return the subnets that hold nodes; for a node that could not be found, all of the subnet group that may."""
    found = optional(pair, A, "nodes_subnets") or {}
    nodes: list[Any] = list(pair.cluster().get("nodes", []))
    lost = [node for node in nodes if node.get("node_id") not in found]
    ids = list(found.values())
    if lost or not nodes:
        group = pair.read_a("subnet_group")
        zones = {node.get("availability_zone") for node in lost}
        for subnet in group["subnets"] if group else []:
            zone = subnet.get("subnet_availability_zone")
            if not nodes or None in zones or zone is None or zone in zones:
                ids.append(subnet["subnet_identifier"])
    return list(dict.fromkeys(ids))


def client_subnets(pair: Pair) -> list[str]:
    return list(dict.fromkeys(pair.b["subnet_ids"])) if pair.b else []


def _node_hosts(pair: Pair) -> list[str]:
    """Return the addresses of the nodes, none unless all are known: those that are not may be anywhere."""
    known = optional(pair, A, "nodes_addresses") or {}
    nodes: list[Any] = list(pair.cluster().get("nodes", []))
    if not all(known.get(node.get("node_id")) for node in nodes):
        return []
    return [_host(address) for addresses in known.values() for address in addresses]


def _client_hosts(pair: Pair) -> list[str]:
    """Return the client's IPv4 address: of the family with the other, EC2's answer is not read."""
    instance = optional(pair, B, "instance")
    address = instance.get("private_ip_address") if instance else None
    return [_host(address)] if address and pair.network_type == "ipv4" else []


def _host(address: str) -> str:
    return f"{address}/{128 if ':' in address else 32}"


def _families(ends: Iterable[Place]) -> set[bool]:
    return {is_ipv6(block) for place in ends for block in place.blocks}


def _only(place: Place, families: set[bool]) -> Place:
    blocks, hosts = ([item for item in found if is_ipv6(item) in families] for found in (place.blocks, place.hosts))
    return Place(place.subnet_id, blocks, hosts)


def ports(pair: Pair) -> list[int]:
    """Return the ports of the endpoint and of the nodes; as a rule it is one."""
    nodes = pair.cluster().get("nodes", []) if pair.a else []
    found = [pair.endpoint()["port"], *(node["endpoint"]["port"] for node in nodes)]
    return list(dict.fromkeys(int(port) for port in found if port))


# The way between them.


def connections(pair: Pair) -> list[Peering]:
    """Return the peering connections of either VPC, as account A shows them where it does."""
    if pair.a and pair.a["readings"]["cluster"]["problem"] is None:
        pair.cluster()  # without a cluster nobody knows which VPC of account A is meant
    found = optional(pair, A, "peerings")
    if found is None:
        found = pair.read_b("peerings") if pair.b else pair.read_a("peerings")
    return list(found)


def connection(pair: Pair) -> Peering | None:
    """Return the best connection between the two VPCs; None if there is no open one."""
    one, other_vpc = pair.vpc_id_a(), pair.vpc_id_b()
    return best_peering(item for item in connections(pair) if joins(item, one, other_vpc))


def _is_between(pair: Pair, item: Peering) -> bool:
    try:
        return joins(item, pair.vpc_id_a(), pair.vpc_id_b())
    except Unreadable:
        return False


def ways(pair: Pair, where: Where) -> tuple[list[Way], list[str]]:
    """Return the way of each table that subnets of one end follow, and the subnets whose table cannot be seen."""
    tables: list[RouteTable] = reading(pair, where, "route_tables")
    destinations, lists = all_blocks(places(pair, other(where))), prefix_lists(pair, where)
    followed: dict[str, list[Place]] = {}
    unseen = []
    for place in places(pair, where):
        table = effective_table(place.subnet_id, tables)
        if table is None:
            unseen.append(place.subnet_id)
        else:
            followed.setdefault(table["route_table_id"], []).append(place)
    found = []
    for table in tables:
        here = followed.get(table["route_table_id"], [])
        blocks = [block for block in destinations if is_ipv6(block) in _families(here)]
        if here:
            found.append(Way(where, table, [place.subnet_id for place in here], lookup(table, blocks, lists)))
    return found, unseen


def effective_table(subnet_id: str, tables: Iterable[RouteTable]) -> RouteTable | None:
    """Return the table that a subnet follows: the one that is associated with it, or else the VPC's main table."""
    explicit = next((table for table in tables if subnet_id in table["subnet_ids"]), None)
    return explicit or next((table for table in tables if table["main"]), None)


def other_path(pair: Pair) -> str | None:
    """Return what both sides' routes lead to if it is no peering connection, such as a transit gateway."""
    try:
        hops = [
            hop for where in (A, B) if was_read(pair, where) for way in ways(pair, where)[0] for hop in way.lookup.hops
        ]
    except Unreadable:
        return None
    kinds = {hop.route["target_type"] if hop.route else None for hop in hops}
    if hops and kinds <= set(_OTHER_PATHS):
        return ", ".join(sorted({str(hop.route["target_id"]) for hop in hops if hop.route}))
    return None
