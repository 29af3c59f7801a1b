# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The routes to a peering connection, as both sides plan them. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, NotRequired, TypedDict

from ..common.addresses import is_default, more_specific
from ..common.compare import blocks_of, compare_route, hides_networks
from ..common.shapes import PrefixList, Route, RouteTable
from .model import Plan
from .resources import UNKNOWN, Resource, resource

MODULE = "dax.cross_account.ec2_vpc_routes"


class RouteOption(TypedDict):
    """A route as the module ``ec2_vpc_routes`` takes it."""

    route_table_id: str
    destination: str
    vpc_peering_connection_id: NotRequired[str | None]
    gateway_id: NotRequired[str | None]


def plan_routes(
    plan: Plan,
    tables: Iterable[RouteTable],
    destinations: Iterable[str],
    peering_id: str | None,
    open_peerings: Iterable[str],
    force: bool,
    force_variable: str,
    refuse_parts: bool = False,
    unwanted: Iterable[str] = (),
    lists: Iterable[PrefixList] = (),
    others: Mapping[str, str] | None = None,
) -> list[RouteOption]:
    """Plan a route to ``peering_id`` for every destination in every table; return those that have to be written.

    An unmanaged route for the same destination is a conflict unless ``force``. One that leads to a peering connection
    which no longer exists serves nobody and is replaced, and so is one over an old connection of ours.

    :param peering_id: None for a connection that is not made yet, to which no route can be written.
    :param open_peerings: the ids of the connections that are not in a terminal state.
    :param force_variable: the variable that ``force`` comes from.
    :param refuse_parts: whether a block that is part of an unmanaged route's is a conflict, since it would take traffic
        from it; else it is a warning.
    :param unwanted: the ids of our own open connections that another one takes the place of: routes to them follow it.
    :param lists: the prefix lists that the tables name.
    :param others: the connections that others of this collection use, with words for these.
    """
    still_open, destinations = set(open_peerings), list(destinations)
    terms = _Terms(
        peering_id, still_open, force, force_variable, refuse_parts, set(unwanted), list(lists), others or {}
    )
    writing: list[RouteOption] = []
    for table in tables:
        _warn_of_unread_lists(plan, table, destinations, terms)
        for destination in destinations:
            if _plan_route(plan, table, destination, terms) and peering_id:
                writing.append(_option(table["route_table_id"], destination, peering_id))
    return writing


class _Terms(NamedTuple):
    """What is the same for all routes of one plan; see :func:`plan_routes`."""

    peering_id: str | None
    still_open: set[str]
    force: bool
    force_variable: str
    refuse_parts: bool
    unwanted: set[str]
    lists: list[PrefixList]
    others: Mapping[str, str]


def _plan_route(plan: Plan, table: RouteTable, destination: str, terms: _Terms) -> bool:
    """Plan one route, and tell whether there is anything to write."""
    route = resource("route", route_table_id=table["route_table_id"], destination=destination)
    after = terms.peering_id or f"the peering connection ({UNKNOWN})"
    _warn_of_more_specific(plan, table, destination, terms, route)
    verdict, found = compare_route(
        table["routes"], destination, terms.peering_id, lambda target: target not in terms.still_open
    )
    if verdict == "present" or (found is None and not _may_take(plan, table, destination, terms, route)):
        return False
    if found is None:
        _warn_of_hidden_networks(plan, table, destination, route)
        plan.add("routes", "create", route, after=after)
    elif verdict == "stale":
        plan.add("routes", "change", route, target_of(found), after, "its peering connection is gone")
    elif found["target_id"] in terms.unwanted:
        why = "its peering connection is ours, and no longer wanted"
        plan.add("routes", "change", route, target_of(found), after, why)
    elif terms.force:
        plan.add("routes", "change", route, target_of(found), after, f"{terms.force_variable} is true")
    else:
        whose = terms.others.get(str(found["target_id"]), "which this collection did not make")
        why = f"leads to {target_of(found)}, {whose}"
        plan.conflict("routes", route, f"{why}; remove it or set {terms.force_variable}")
        return False
    return True


def _may_take(plan: Plan, table: RouteTable, destination: str, terms: _Terms, about: Resource) -> bool:
    """Look whether a new route takes its traffic from an unmanaged one for a larger block, and tell if it may."""
    whole = None if terms.force else _whole(table, destination, terms)
    if whole is None:
        return True
    route, block = whole
    taken = f"{_named(route, block)} to {target_of(route)}"
    if terms.refuse_parts:
        part = "traffic of" if block == destination else "part of"
        why = f"would take {part} {taken}, which is not managed here; give another block (dax_account_b_vpc_cidr)"
        plan.conflict("routes", about, f"{why} or set {terms.force_variable}")
        return False
    part = "the traffic" if block == destination else "part of the traffic"
    plan.warn("routes", about, f"takes {part} of the route {taken}")
    return True


def _named(route: Route, block: str) -> str:
    """Return a block of a route, and the prefix list that it is in."""
    return block if route["destination"] == block else f"{block} of prefix list {route['destination']}"


def _warn_of_hidden_networks(plan: Plan, table: RouteTable, destination: str, about: Resource) -> None:
    """Warn of a default route that leads to networks which no table shows: one of them may have this block."""
    for route in table["routes"]:
        if hides_networks(route) and more_specific(destination, route["destination"]):
            why = f"takes this block from {route['destination']} to {target_of(route)}, behind which there may be "
            plan.warn("routes", about, f"{why}networks that no route table shows; see that none has it")


def _warn_of_unread_lists(plan: Plan, table: RouteTable, destinations: list[str], terms: _Terms) -> None:
    """Warn of prefix lists whose blocks are not known, where a route is still to be written beside them."""
    present = {route["destination"] for route in table["routes"] if route["target_id"] == terms.peering_id}
    if terms.peering_id and present.issuperset(destinations):
        return
    problems = {item["prefix_list_id"]: item["problem"] for item in terms.lists if item["problem"]}
    for route in table["routes"]:
        if route["destination"] in problems:
            about = resource("route", route_table_id=table["route_table_id"], destination=route["destination"])
            why = (
                f"leads to {target_of(route)}, and its blocks could not be read: {problems[route['destination']]}; see "
            )
            plan.warn("routes", about, f"{why}that it has none of {', '.join(destinations)}")


def plan_route_removal(
    plan: Plan, tables: Iterable[RouteTable], peering_ids: Iterable[str], why: str = "", step: str = "routes"
) -> list[RouteOption]:
    """Plan the removal of every route that leads to one of our peering connections; return what has to be removed.

    One that the plan leads elsewhere needs no removal.
    """
    ours, changed = set(peering_ids), {action.resource for action in plan.of_kind("change")}
    removing: list[RouteOption] = []
    for table in tables:
        for found in table["routes"]:
            if found["target_id"] in ours:
                table_id, destination = table["route_table_id"], found["destination"]
                route = resource("route", route_table_id=table_id, destination=destination)
                if route in changed:
                    continue
                plan.add(step, "remove", route, before=found["target_id"], why=why)
                removing.append(_option(table_id, destination, found["target_id"]))
    return removing


def write_routes(
    plan: Plan,
    adding: list[RouteOption],
    removing: list[RouteOption],
    wait_timeout: int,
    force: bool = False,
    unwanted: Iterable[str] = (),
    step: str = "routes",
) -> None:
    """Add the calls that carry out what was planned: one for all routes to add, one for all to remove.

    :param wait_timeout: seconds that a new table or target may take to be seen.
    :param unwanted: as for :func:`plan_routes`.
    """
    waiting = {
        "replace": force,
        "replace_connections": sorted(unwanted) or None,
        "retry_not_found_seconds": wait_timeout,
    }
    for routes, more in ((adding, waiting), (removing, {"state": "absent"})):
        if routes:
            first = routes[0]
            about = resource("route", route_table_id=first["route_table_id"], destination=first["destination"])
            plan.write(step, MODULE, about, {"routes": routes, **more})


def report_kept_routes(plan: Plan, tables: Iterable[RouteTable], destinations: Iterable[str], peering_id: str) -> None:
    """Report routes to an unmanaged peering connection: whether we made them or somebody else, nobody knows."""
    blocks = set(destinations)
    for table in tables:
        for found in table["routes"]:
            if found["target_id"] == peering_id and found["destination"] in blocks:
                why = f"leads to {peering_id}, which is not ours; delete it by hand if nobody needs it"
                route = resource("route", route_table_id=table["route_table_id"], destination=found["destination"])
                plan.add("routes", "keep", route, why=why)


def target_of(route: Route) -> str:
    """Return where a route leads, in words."""
    return f"{route['target_id']} (blackhole)" if route["state"] == "blackhole" else str(route["target_id"])


def _whole(table: RouteTable, destination: str, terms: _Terms) -> tuple[Route, str] | None:
    """Return an unmanaged route that serves the block today, and its block that does; default routes do not count.

    That is one for a larger block, or a prefix list that holds the block or a larger one: EC2 prefers a route for the
    block itself. One that leads to the same connection loses nothing.
    Source: https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
    """
    for route in table["routes"]:
        if route["target_type"] == "local" or route["state"] != "active" or _leads_there(route, terms):
            continue
        for block in blocks_of(route, terms.lists):
            listed = block != route["destination"]
            if not is_default(block) and (more_specific(destination, block) or (listed and block == destination)):
                return route, block
    return None


def _leads_there(route: Route, terms: _Terms) -> bool:
    """Tell whether a route leads to the same connection, or to one that this run takes away."""
    return route["target_id"] is not None and route["target_id"] in {terms.peering_id, *terms.unwanted}


def _option(table_id: str, destination: str, peering_id: str | None) -> RouteOption:
    return {"route_table_id": table_id, "destination": destination, "vpc_peering_connection_id": peering_id}


def _warn_of_more_specific(plan: Plan, table: RouteTable, destination: str, terms: _Terms, about: Resource) -> None:
    """Warn of routes for a part of the block that lead elsewhere: AWS prefers the longest prefix."""
    for route in table["routes"]:
        if route["target_type"] == "local" or _leads_there(route, terms):
            continue
        for block in blocks_of(route, terms.lists):
            if more_specific(block, destination):
                part = f"{_named(route, block)} to {target_of(route)}"
                plan.warn("routes", about, f"the more specific route {part} takes part of the traffic")
