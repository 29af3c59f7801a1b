# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What heals a route, by how it is wrong. Pure, no AWS."""

from __future__ import annotations

from typing import NamedTuple

from ...common.addresses import common, is_ipv6
from ...common.compare import is_propagated, is_terminal
from ...common.shapes import Peering, Route
from .model import A, B, Fix, Where
from .network import Hop
from .pair import Pair
from .path import Way, connections, is_ours, region_of


class Fault(NamedTuple):
    """What is wrong with where a part of the blocks goes.

    :ivar kind: ``missing``, ``blackhole``, ``elsewhere``, ``stolen`` by a more specific route, or ``depends``: it is so
        since another link is broken.
    """

    kind: str
    hop: Hop
    text: str


def fix_of(pair: Pair, way: Way, fault: Fault, found: Peering) -> Fix:
    """Return what leads the traffic of a way to the connection."""
    route = fault.hop.route
    if fault.kind == "missing" or route is None:
        return _add(pair, way, fault, found)
    if fault.kind == "stolen":
        return _give_back(pair, way, route, found)
    return _turn(pair, way, fault, route, found)


def other_blocks(pair: Pair, where: Where) -> list[str]:
    """Return the blocks of the VPC to which a side's routes lead."""
    return pair.blocks_a() if where == B else pair.blocks_b()


def _add(pair: Pair, way: Way, fault: Fault, found: Peering) -> Fix:
    where, route, ours = way.where, fault.hop.route, is_ours(pair, way.where)
    wholes = [block for block in other_blocks(pair, where) if common([block], fault.hop.parts)]
    text = f"add a route for {', '.join(wholes)} to {found['id']}"
    taken = route is not None and not route["destination"].endswith("/0") and route["state"] == "active"
    if ours and taken and where == A:
        why = "since it takes a part of the traffic of another route"
        return Fix("variable", where, f"{text}: set {_force(where)}, {why}", (_forced(pair, where),))
    commands = [_command(pair, way, "create-route", block, found) for block in wholes]
    return pair.run(text, ours, where, *commands)


def _give_back(pair: Pair, way: Way, route: Route, found: Peering) -> Fix:
    where, destination = way.where, route["destination"]
    if is_propagated(route):
        text = f"a static route to {found['id']} is preferred to the propagated one"
        return Fix("command", where, text, (_command(pair, way, "create-route", destination, found),))
    delete = ("aws", "ec2", "delete-route", "--route-table-id", way.table["route_table_id"], *_of(destination))
    text = f"remove the route {destination} to {route['target_id']}, if nobody else needs it"
    return Fix("command", where, text, ((*delete, "--region", region_of(pair, where)),))


def _turn(pair: Pair, way: Way, fault: Fault, route: Route, found: Peering) -> Fix:
    """Turn a route for the whole block. A static one is preferred to that of a prefix list and to a propagated one."""
    where, ours, listed = way.where, is_ours(pair, way.where), route["destination"].startswith("pl-")
    verb = "create-route" if listed or is_propagated(route) else "replace-route"
    blocks = fault.hop.parts if listed else [route["destination"]]
    commands = [_command(pair, way, verb, block, found) for block in blocks]
    text = f"lead {', '.join(blocks)} to {found['id']}"
    if verb == "replace-route" and ours and not _is_dead(pair, route):
        text = f"{text}: set {_force(where)}, or remove that route if nobody needs it"
        return Fix("variable", where, text, (_forced(pair, where),))
    return pair.run(text, ours and verb == "replace-route", where, *commands)


def _command(pair: Pair, way: Way, verb: str, destination: str, found: Peering) -> tuple[str, ...]:
    table = ("--route-table-id", way.table["route_table_id"], *_of(destination))
    region = region_of(pair, way.where)
    return ("aws", "ec2", verb, *table, "--vpc-peering-connection-id", found["id"], "--region", region)


def _force(where: Where) -> str:
    return "dax_account_a_force_routes" if where == A else "dax_account_b_force_routes"


def _forced(pair: Pair, where: Where) -> tuple[str, ...]:
    return ("ansible-playbook", pair.wanted.playbook, "-e", f"{_force(where)}=true")


def _is_dead(pair: Pair, route: Route) -> bool:
    """Tell whether a route leads to a connection that will never be active again; a run replaces such ones."""
    if route["state"] != "blackhole" or route["target_type"] != "vpc_peering_connection":
        return False
    return all(is_terminal(item) for item in connections(pair) if item["id"] == route["target_id"])


def _of(destination: str) -> tuple[str, str]:
    """Return the option of the AWS CLI for the destination of a route."""
    if destination.startswith("pl-"):
        return "--destination-prefix-list-id", destination
    return "--destination-ipv6-cidr-block" if is_ipv6(destination) else "--destination-cidr-block", destination
