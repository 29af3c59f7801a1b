# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What both sides decide in the same way: overlaps, peering connections, routes, network ACLs. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .model import Plan
from ..common.addresses import is_ipv6, more_specific, network, overlapping
from ..write.peerings import DEAD
from ..write.routes import Route, find_route

UNKNOWN = "known after apply"

# Best first: what to build on when several connections join the same two VPCs.
_ALIVE = ("active", "provisioning", "pending-acceptance", "initiating-request")

# Ports on which the answers of a client's own connections come back.
EPHEMERAL_PORTS = (1024, 65535)


def check_overlap(plan: Plan, ours: Iterable[str], theirs: Iterable[str], variable: str) -> None:
    """Refuse two VPCs that share an address: AWS peers them not at all, whichever of their blocks it is."""
    for left, right in overlapping(ours, theirs):
        plan.conflict(
            "peering",
            f"CIDR block {left}",
            f"overlaps {right} of the other VPC, and AWS cannot peer overlapping VPCs; "
            f"give account B another block ({variable})",
        )


def alive(peering: dict[str, Any]) -> bool:
    return peering["status"]["code"] not in DEAD


def joins(peering: dict[str, Any], one_vpc: str | None, other_vpc: str | None) -> bool:
    """Tell whether a peering connection joins the two VPCs, whichever of them asked for it."""
    ends = {peering["requester"]["vpc_id"], peering["accepter"]["vpc_id"]}
    return None not in (one_vpc, other_vpc) and ends == {one_vpc, other_vpc}


def best_peering(peerings: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the connection to build on: the one nearest to active, or None when all of them are dead."""
    living = [peering for peering in peerings if peering["status"]["code"] in _ALIVE]
    return min(living, key=lambda peering: (_ALIVE.index(peering["status"]["code"]), peering["id"]), default=None)


def connection(
    peering_id: str | None, side: str, tags: dict[str, str] | None = None, dns_resolution: bool | None = None
) -> dict[str, Any]:
    """Return one connection as ``ec2_vpc_peering_connections`` takes it; what is not given stays as it is."""
    settings = {"tags": tags or None, "dns_resolution": dns_resolution}
    return {"id": peering_id, "side": side, **{key: value for key, value in settings.items() if value is not None}}


def plan_routes(
    plan: Plan,
    tables: Iterable[dict[str, Any]],
    destinations: Iterable[str],
    peering_id: str | None,
    living_peerings: Iterable[str],
    force: bool,
    force_variable: str,
) -> list[dict[str, Any]]:
    """Plan a route to ``peering_id`` for every destination in every table; return what the writer has to put.

    A route of somebody else's for the same destination is a conflict unless ``force``; one that leads to a peering
    connection which no longer exists serves nobody and is replaced.
    """
    living = set(living_peerings)
    wanted = []
    for table in tables:
        table_id = table["route_table_id"]
        for destination in destinations:
            resource = f"route {destination} in {table_id}"
            for route in table["routes"]:
                if _steals(route, destination, peering_id):
                    target = f"{route['destination']} to {_target(route)}"
                    plan.warn("routes", resource, f"the more specific route {target} takes part of the traffic")
            current = find_route({table_id: table["routes"]}, Route(table_id, destination, peering_id))
            after = peering_id or f"the peering connection ({UNKNOWN})"
            entry = {
                "route_table_id": table_id,
                "destination": destination,
                "vpc_peering_connection_id": peering_id,
            }
            if current is None:
                plan.add("routes", "create", resource, after=after)
                wanted.append(entry)
            elif peering_id and current["target_id"] == peering_id:
                continue
            elif _leads_nowhere(current, living):
                plan.add("routes", "change", resource, _target(current), after, "its peering connection is gone")
                wanted.append(entry)
            elif force:
                plan.add("routes", "change", resource, _target(current), after, f"{force_variable} is true")
                wanted.append(entry)
            else:
                why = f"leads to {_target(current)}, which this collection did not make"
                plan.conflict("routes", resource, f"{why}; remove it or set {force_variable}")
    return wanted


def plan_route_removal(
    plan: Plan, tables: Iterable[dict[str, Any]], peering_ids: Iterable[str], why: str = ""
) -> list[dict[str, Any]]:
    """Plan the end of every route that leads to one of our peering connections; return what the writer has to drop."""
    ours = set(peering_ids)
    dropped = []
    for table in tables:
        for route in table["routes"]:
            if route["target_id"] in ours:
                resource = f"route {route['destination']} in {table['route_table_id']}"
                plan.add("routes", "remove", resource, before=route["target_id"], why=why)
                dropped.append(
                    {
                        "route_table_id": table["route_table_id"],
                        "destination": route["destination"],
                        "vpc_peering_connection_id": route["target_id"],
                    }
                )
    return dropped


def tell_kept_routes(
    plan: Plan, tables: Iterable[dict[str, Any]], destinations: Iterable[str], peering_id: str
) -> None:
    """Tell of routes to a peering connection that is not ours: whether we put them or somebody else, nobody knows."""
    blocks = set(destinations)
    for table in tables:
        for route in table["routes"]:
            if route["target_id"] == peering_id and route["destination"] in blocks:
                why = f"leads to {peering_id}, which is not ours; delete it by hand if nobody needs it"
                plan.add("routes", "keep", f"route {route['destination']} in {table['route_table_id']}", why=why)


def check_acls(
    plan: Plan,
    acls: Iterable[dict[str, Any]],
    subnets: Iterable[dict[str, Any]],
    remote_blocks: Iterable[str],
    inbound: tuple[int, int],
    outbound: tuple[int, int],
) -> None:
    """Warn of network ACLs that stop the traffic. They are read, never written.

    :param inbound: the ports (first, last) on which traffic from the remote blocks arrives.
    :param outbound: the ports on which the subnets send to the remote blocks.
    """
    acls = list(acls)
    reported = set()
    for subnet in subnets:
        acl = next((entry for entry in acls if subnet["subnet_id"] in entry["subnet_ids"]), None)
        if acl is None:
            continue
        for block in remote_blocks:
            for egress, ports in ((False, inbound), (True, outbound)):
                way = "to" if egress else "from"
                blocked = _first_blocked(acl, egress, block, ports)
                finding = (acl["network_acl_id"], block, egress)
                if blocked and finding not in reported:
                    reported.add(finding)
                    why = (
                        f"TCP {_range(ports)} {way} {block} is not allowed ({blocked}); the collection reads ACLs only"
                    )
                    plan.warn("network_acl", f"network ACL {acl['network_acl_id']}", why)


def _first_blocked(acl: dict[str, Any], egress: bool, block: str, ports: tuple[int, int]) -> str | None:
    """Return what stops some of the traffic, or None when an ACL lets all of it pass.

    Entries count in the order of their numbers. An allowing entry must cover the block and the ports whole; several
    that only together would cover them are rare and reported as well, so that a person looks.
    """
    for entry in acl["entries"]:
        if entry["egress"] != egress or entry["protocol"] not in ("-1", "6") or not _touches(entry, block, ports):
            continue
        if not entry["allow"]:
            return "the default rule denies it" if entry["rule_number"] >= 32767 else f"rule {entry['rule_number']}"
        if _covers(entry, block, ports):
            return None
    return "no rule allows all of it"


def _entry_ports(entry: dict[str, Any]) -> tuple[int, int]:
    first = entry["from_port"] if entry["from_port"] is not None else 0
    last = entry["to_port"] if entry["to_port"] is not None else 65535
    return (0, 65535) if entry["protocol"] == "-1" else (first, last)


def _touches(entry: dict[str, Any], block: str, ports: tuple[int, int]) -> bool:
    first, last = _entry_ports(entry)
    entry_block = entry["cidr_block"]
    if entry_block is None or is_ipv6(entry_block) != is_ipv6(block):
        return False
    return first <= ports[1] and last >= ports[0] and network(entry_block).overlaps(network(block))


def _covers(entry: dict[str, Any], block: str, ports: tuple[int, int]) -> bool:
    first, last = _entry_ports(entry)
    return (
        first <= ports[0] and last >= ports[1] and network(block).subnet_of(network(entry["cidr_block"]))  # type: ignore[arg-type]
    )


def _steals(route: dict[str, Any], destination: str, peering_id: str | None) -> bool:
    if route["destination"].startswith("pl-") or route["target_type"] == "local":
        return False
    return more_specific(route["destination"], destination) and (peering_id is None or route["target_id"] != peering_id)


def _leads_nowhere(route: dict[str, Any], living: set[str]) -> bool:
    is_peering = route["target_type"] == "vpc_peering_connection"
    return is_peering and route["state"] == "blackhole" and route["target_id"] not in living


def _target(route: dict[str, Any]) -> str:
    return f"{route['target_id']} (blackhole)" if route["state"] == "blackhole" else str(route["target_id"])


def _range(ports: tuple[int, int]) -> str:
    return str(ports[0]) if ports[0] == ports[1] else f"{ports[0]}-{ports[1]}"
