# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The routes of account B: to the internet gateway and to the peering connection. Pure, no AWS."""

from __future__ import annotations

from typing import NamedTuple

from ...common.compare import find_route
from ...common.shapes import FactsB
from ..model import Plan
from ..peerings import is_open
from ..resources import UNKNOWN, resource
from ..routes import RouteOption, plan_routes, write_routes
from .desired import Desired
from .owned import client_subnets, client_tables, find_peering, unwanted_peerings
from .users import others_of, tagged_peering, words

DEFAULT = "0.0.0.0/0"


class DefaultRoutes(NamedTuple):
    """The default routes that have to be written: those to add, and those that replace a blackhole."""

    adding: list[RouteOption]
    replacing: list[RouteOption]


def plan_default_routes(plan: Plan, facts: FactsB, desired: Desired, gateway_id: str | None) -> DefaultRoutes:
    """Plan the default routes to the internet gateway; one that leads elsewhere stays, unless it is a blackhole.

    :param gateway_id: None for a gateway that is not made yet, to which no route can be written.
    """
    routes = DefaultRoutes([], [])
    if facts["vpc"] is None:
        about = resource("route", destination=DEFAULT)
        plan.add("routes", "create", about, after="the internet gateway")
    for table in client_tables(facts, desired):
        table_id = table["route_table_id"]
        about = resource("route", route_table_id=table_id, destination=DEFAULT)
        found = find_route(table["routes"], DEFAULT)
        option: RouteOption = {"route_table_id": table_id, "destination": DEFAULT, "gateway_id": gateway_id}
        if found is None:
            plan.add("routes", "create", about, after=gateway_id or f"the internet gateway ({UNKNOWN})")
            routes.adding.append(option)
        elif found["state"] == "blackhole":
            plan.add("routes", "change", about, found["target_id"], gateway_id, "it leads nowhere")
            routes.replacing.append(option)
    return routes if gateway_id else DefaultRoutes([], [])


def plan_client_routes(plan: Plan, facts: FactsB, desired: Desired, defaults: DefaultRoutes) -> None:
    """Plan the routes to the cluster, and add the calls for all routes.

    Only those calls replace what is there whose routes were planned so: the default routes that are a blackhole, those
    to a connection of ours that is no longer wanted, and with ``force_routes`` all to the cluster.
    """
    options, peering, cluster_routes = desired.options, find_peering(facts, desired), []
    old = unwanted_peerings(facts, desired)
    unwanted = [item["id"] for item in old if not others_of(tagged_peering(item), desired)]
    if facts["vpc"] is None:
        for block in desired.cluster_blocks:
            about = resource("route", destination=block)
            plan.add("routes", "create", about, after=f"the peering ({UNKNOWN})")
    else:
        _check_tables(plan, facts, desired)
        cluster_routes = plan_routes(
            plan,
            client_tables(facts, desired),
            desired.cluster_blocks,
            peering["id"] if peering else None,
            [item["id"] for item in facts["peerings"] if is_open(item)],
            options.force_routes,
            "dax_account_b_force_routes",
            lists=facts["prefix_lists"],
            unwanted=unwanted,
            others=_others(facts, desired),
        )
    following = _leading_to(facts, unwanted)
    forced = [item for item in cluster_routes if options.force_routes or _place(item) in following]
    wait = options.wait_timeout
    write_routes(plan, defaults.adding + [item for item in cluster_routes if item not in forced], [], wait)
    write_routes(plan, defaults.replacing + forced, [], wait, force=True)


def _check_tables(plan: Plan, facts: FactsB, desired: Desired) -> None:
    """Refuse subnets whose route table is not shown: without a route to the cluster they would be a silent hole."""
    vpc = facts["vpc"]
    if vpc is None or vpc["owner_id"] not in (None, facts["identity"]["account_id"]):
        return  # of a VPC that is shared, which is refused as such
    for subnet in client_subnets(facts, desired):
        if subnet["subnet_id"] not in facts["effective_route_tables"]:
            why = f"follows a route table that account {facts['identity']['account_id']} does not see, so no route "
            why += "to the cluster can be made; see its association, or name other subnets (dax_account_b_subnet_ids)"
            plan.conflict("routes", resource("subnet", subnet_id=subnet["subnet_id"]), why)


def _others(facts: FactsB, desired: Desired) -> dict[str, str]:
    """Return the connections that other consumers of this collection use, with who they are."""
    found = [tagged_peering(item) for item in facts["peerings"] if is_open(item)]
    users = {item.resource_id: others_of(item, desired) for item in found}
    return {key: words(names, facts) for key, names in users.items() if names}


def _leading_to(facts: FactsB, peering_ids: list[str]) -> set[tuple[str, str]]:
    """Return the routes that lead to some connections, as (table, destination)."""
    return {
        (table["route_table_id"], route["destination"])
        for table in facts["route_tables"]
        for route in table["routes"]
        if route["target_id"] in peering_ids
    }


def _place(option: RouteOption) -> tuple[str, str]:
    return option["route_table_id"], option["destination"]
