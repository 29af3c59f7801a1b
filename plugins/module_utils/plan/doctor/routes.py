# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Link 8: the routes, of every subnet that holds a node and of every subnet of the client. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...common.addresses import inside, more_specific
from ...common.shapes import Peering, Route
from ..peerings import joins
from ..routes import target_of
from .lists import unread_lists
from .model import A, B, Finding, Verdict, Where, check
from .network import Hop
from .pair import Pair
from .path import Way, connection, connections, other, other_path, places, touched, ways
from .route_fixes import Fault, fix_of, other_blocks
from .symptoms import SILENT


@check("routes.to_cluster", "The client's subnets have a route to every node", *SILENT)
def to_cluster(pair: Pair) -> Iterator[Finding]:
    yield from _look(pair, "routes.to_cluster", B)


@check("routes.to_client", "Every subnet with a node has a route back to the client", *SILENT)
def to_client(pair: Pair) -> Iterator[Finding]:
    yield from _look(pair, "routes.to_client", A)


def _look(pair: Pair, check_id: str, where: Where) -> Iterator[Finding]:
    found = connection(pair)
    instead = None if found else other_path(pair)
    seen, unseen = ways(pair, where)
    for subnet_id in unseen:
        why = "its route table cannot be seen: the VPC may be another account's"
        yield Finding(check_id, "unknown", where, f"routes of {subnet_id}", why)
    for way in seen:
        subject = f"routes of {', '.join(way.subnet_ids)} in {way.table['route_table_id']}"
        evidence = {
            "route_table_id": way.table["route_table_id"],
            "subnet_ids": way.subnet_ids,
            "routes": [_told(hop) for hop in way.lookup.hops],
        }
        if found is None:
            why = f"they lead to {instead}" if instead else "there is no peering connection that they could lead to"
            yield Finding(check_id, "ok" if instead else "unknown", where, subject, why, evidence=evidence)
            continue
        yield from _judge(pair, check_id, way, found, subject, evidence)


def _judge(
    pair: Pair, check_id: str, way: Way, found: Peering, subject: str, evidence: dict[str, Any]
) -> Iterator[Finding]:
    where, ends = way.where, places(pair, other(way.where))
    faults = [fault for hop in way.lookup.hops if (fault := _fault(pair, way, hop, found))]
    doubtful = [route for route in way.lookup.unknown if faults or route["target_id"] != found["id"]]
    if doubtful:
        told = unread_lists(pair, where, (route["destination"] for route in doubtful))
        yield Finding(check_id, "unknown", where, subject, told, evidence=evidence)
        return
    for fault in faults:
        parts = fault.hop.parts
        verdict: Verdict = "unknown" if fault.kind == "depends" else "broken"
        told = f"{', '.join(parts)}: {fault.text}"
        if verdict == "broken" and not touched(ends, parts):
            verdict, told = "warning", f"{told}; no address that is in use now"
        fix = fix_of(pair, way, fault, found) if verdict != "unknown" else None
        yield Finding(check_id, verdict, where, subject, told, found["id"], fix, {**evidence, "fault": fault.kind})
    if not faults:
        routes = ", ".join(
            dict.fromkeys(f"{hop.route['destination']} to {found['id']}" for hop in way.lookup.hops if hop.route)
        )
        note = "" if found["status"]["code"] == "active" else f", which is {found['status']['code']}"
        yield Finding(check_id, "ok", where, subject, f"{routes}{note}", evidence=evidence)


def _fault(pair: Pair, way: Way, hop: Hop, found: Peering) -> Fault | None:
    route, active = hop.route, found["status"]["code"] == "active"
    if route is None:
        return Fault("missing", hop, "no route")
    if route["target_id"] == found["id"]:
        if active and route["state"] == "blackhole":
            return Fault("depends", hop, f"{found['id']} is active, and the route is a blackhole still: ask again")
        return None
    leads = f"{route['destination']} leads to {target_of(route)}"
    if route["target_type"] == "local":
        return Fault("depends", hop, f"{leads}: the blocks of the two VPCs overlap")
    if not active and _joins_pair(pair, route):
        return Fault("depends", hop, f"{leads}, another connection of these VPCs")
    wholes = other_blocks(pair, way.where)
    if _is_part(route, wholes, hop):
        return Fault("stolen", hop, f"{leads}, and takes it from the route for the whole block")
    if route["destination"] in wholes or route["destination"].startswith("pl-"):
        kind = "blackhole" if route["state"] == "blackhole" else "elsewhere"
        return Fault(kind, hop, leads)
    return Fault("missing", hop, f"no route of its own, so {leads}")


def _is_part(route: Route, wholes: list[str], hop: Hop) -> bool:
    """Tell whether a route is for a part of the other VPC's block only."""
    if route["destination"].startswith("pl-"):
        return not any(inside(whole, part) for whole in wholes for part in hop.parts)
    return any(more_specific(route["destination"], whole) for whole in wholes)


def _joins_pair(pair: Pair, route: Route) -> bool:
    shown = {item["id"]: item for item in connections(pair)}
    item = shown.get(str(route["target_id"]))
    if item is None:  # gone for so long that EC2 does not show it any more
        return route["target_type"] == "vpc_peering_connection" and route["state"] == "blackhole"
    return joins(item, pair.vpc_id_a(), pair.vpc_id_b())


def _told(hop: Hop) -> dict[str, Any]:
    route = hop.route
    shown = (
        {"destination": route["destination"], "target": route["target_id"], "state": route["state"]} if route else None
    )
    return {"blocks": hop.parts, "route": shown}
