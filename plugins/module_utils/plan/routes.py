# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The routes to a peering connection, as both sides plan them. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, NotRequired, TypedDict

from ..common.addresses import more_specific
from ..common.compare import compare_route
from ..common.shapes import Route, RouteTable
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
    others: Mapping[str, str] | None = None,
) -> list[RouteOption]:
    """Plan a route to ``peering_id`` for every destination in every table; return those that have to be written.

    An unmanaged route for the same destination is a conflict unless ``force``; one that leads to a peering connection
    which no longer exists serves nobody and is replaced.

    :param peering_id: None for a connection that is not made yet, to which no route can be written.
    :param open_peerings: the ids of the connections that are not in a terminal state.
    :param force_variable: the variable that ``force`` comes from.
    :param refuse_parts: whether a block that is part of an unmanaged route's is a conflict, since it would take traffic
        from it; else it is a warning.
    :param unwanted: the ids of our own open connections that another one takes the place of: routes to them follow it.
    :param others: the connections that others of this collection use, with words for these.
    """
    still_open, destinations = set(open_peerings), list(destinations)
    terms = _Terms(peering_id, still_open, force, force_variable, refuse_parts, set(unwanted), others or {})
    writing: list[RouteOption] = []
    for table in tables:
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
    others: Mapping[str, str]


def _plan_route(plan: Plan, table: RouteTable, destination: str, terms: _Terms) -> bool:
    """Plan one route, and tell whether there is anything to write."""
    route = resource("route", route_table_id=table["route_table_id"], destination=destination)
    after = terms.peering_id or f"the peering connection ({UNKNOWN})"
    _warn_of_more_specific(plan, table, destination, terms.peering_id, route)
    verdict, found = compare_route(
        table["routes"], destination, terms.peering_id, lambda target: target not in terms.still_open
    )
    if verdict == "present" or (found is None and not _may_take(plan, table, destination, terms, route)):
        return False
    if found is None:
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
    whole = None if terms.force else _whole(table, destination, terms.peering_id)
    if whole is None:
        return True
    taken = f"{whole['destination']} to {target_of(whole)}"
    if terms.refuse_parts:
        why = f"would take part of {taken}, which is not managed here; give another block (dax_account_b_vpc_cidr)"
        plan.conflict("routes", about, f"{why} or set {terms.force_variable}")
        return False
    plan.warn("routes", about, f"takes part of the traffic of the route {taken}")
    return True


def plan_route_removal(
    plan: Plan, tables: Iterable[RouteTable], peering_ids: Iterable[str], why: str = "", step: str = "routes"
) -> list[RouteOption]:
    """Plan the removal of every route that leads to one of our peering connections; return what has to be removed."""
    ours = set(peering_ids)
    removing: list[RouteOption] = []
    for table in tables:
        for found in table["routes"]:
            if found["target_id"] in ours:
                table_id, destination = table["route_table_id"], found["destination"]
                route = resource("route", route_table_id=table_id, destination=destination)
                plan.add(step, "remove", route, before=found["target_id"], why=why)
                removing.append(_option(table_id, destination, found["target_id"]))
    return removing


def write_routes(
    plan: Plan,
    adding: list[RouteOption],
    removing: list[RouteOption],
    wait_timeout: int,
    force: bool = False,
    step: str = "routes",
) -> None:
    """Add the calls that carry out what was planned: one for all routes to add, one for all to remove.

    :param wait_timeout: seconds that a new table or target may take to be seen.
    """
    waiting = {"replace": force, "retry_not_found_seconds": wait_timeout}
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


def _whole(table: RouteTable, destination: str, peering_id: str | None) -> Route | None:
    """Return an unmanaged route that serves the block today, as part of a larger one; default routes do not count.

    One that leads to the same connection loses nothing.
    """
    for route in table["routes"]:
        block = route["destination"]
        if block.startswith("pl-") or block.endswith("/0") or route["target_type"] == "local":
            continue
        elsewhere = peering_id is None or route["target_id"] != peering_id
        if route["state"] == "active" and elsewhere and more_specific(destination, block):
            return route
    return None


def _option(table_id: str, destination: str, peering_id: str | None) -> RouteOption:
    return {"route_table_id": table_id, "destination": destination, "vpc_peering_connection_id": peering_id}


def _warn_of_more_specific(
    plan: Plan, table: RouteTable, destination: str, peering_id: str | None, about: Resource
) -> None:
    """Warn of routes for a part of the block that lead elsewhere: AWS prefers the longest prefix."""
    for route in table["routes"]:
        if route["destination"].startswith("pl-") or route["target_type"] == "local":
            continue
        elsewhere = peering_id is None or route["target_id"] != peering_id
        if more_specific(route["destination"], destination) and elsewhere:
            part = f"{route['destination']} to {target_of(route)}"
            plan.warn("routes", about, f"the more specific route {part} takes part of the traffic")
