# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections and routes of ours that this run no longer wants, wherever they are. Pure, no AWS.

A cluster that was made anew may lie in another VPC, a consumer may have moved to another one, a subnet may follow
another table: what an earlier run made for that goes when what takes its place is there.
"""

from __future__ import annotations

from typing import NamedTuple

from ...common.compare import is_terminal
from ...common.ownership import User, maker_of
from ...common.shapes import FactsA, Peering, Route, RouteTable
from ..model import Plan
from ..peerings import connection
from ..resources import resource
from ..routes import RouteOption, plan_route_removal, write_routes
from .consumers import Consumers
from .desired import Desired
from .peerings import Connections, write_connections
from .routes import cluster_tables
from .sharing import Ownership, Standing, hand_over, peering_users, standing
from .verification import is_here, own_side


class Fate(NamedTuple):
    """What becomes of a connection that this collection made.

    :ivar step: when it is removed. That of a consumer that loses access goes at once, any other with the leftovers.
    """

    peering: Peering
    stand: Standing
    step: str


def fates(facts: FactsA, desired: Desired, consumers: Consumers, connections: Connections) -> list[Fate]:
    """Return what becomes of each connection that this collection made and that a consumer of the cluster uses.

    :param connections: those that the consumers of this run have when it is through.
    """
    found = []
    for peering in facts["peerings"]:
        users = peering_users(facts, peering)
        if users:
            wanting = [key for key in consumers.present if connections.settled(key) == peering["id"]]

            def leaves(key: str, peering_id: str = peering["id"]) -> bool:
                settled = connections.settled(key) if key in consumers.present else None
                return key in consumers.revoked or settled not in (None, peering_id)

            stand = standing(desired, [*users, *map(desired.user, wanting)], leaves)
            at_once = all(user.consumer in consumers.revoked for user in stand.leaving)
            found.append(Fate(peering, stand, "peering" if at_once else "leftovers"))
    return found


def over(found: list[Fate]) -> list[str]:
    """Return the ids of the connections that nobody uses any more."""
    return [fate.peering["id"] for fate in found if fate.stand.is_over]


def plan_old_routes(
    plan: Plan, facts: FactsA, desired: Desired, consumers: Consumers, connections: Connections, found: list[Fate]
) -> None:
    """Plan the removal of the routes to connections that are over, and of those in tables that the cluster has left."""
    for step, due in _by_step(found, "routes").items():
        removing = plan_route_removal(plan, facts["route_tables"], over(due), step=step)
        if step == "leftovers" and desired.options.state == "present":
            removing += _left_tables(plan, facts, desired, consumers, connections, found)
        write_routes(plan, [], removing, desired.options.wait_timeout, step=step)


def plan_old_peerings(plan: Plan, facts: FactsA, desired: Desired, found: list[Fate], ownership: Ownership) -> None:
    """Plan the removal of the connections that are over; those that others use are handed over to them."""
    for step, due in _by_step(found, "peering").items():
        removing = []
        for peering, stand, _step in due:
            about = resource("peering_connection", id=peering["id"])
            if is_terminal(peering):
                continue
            if stand.is_over:
                plan.add(step, "remove", about)
                removing.append(connection(peering["id"], own_side(facts, peering)))
            elif stand.leaving:
                plan.add(step, "keep", about, why=stand.used_by)
                _leave(ownership, peering, stand)
            elif not is_here(facts, peering) and desired.options.state == "present":
                why = f"not with the cluster's VPC; {stand.used_by}, which has no other yet or is not in this run"
                plan.add(step, "keep", about, why=why)
        write_connections(plan, desired, "absent", removing, step)


def _by_step(found: list[Fate], at_once: str) -> dict[str, list[Fate]]:
    return {
        at_once: [fate for fate in found if fate.step == "peering"],
        "leftovers": [fate for fate in found if fate.step == "leftovers"],
    }


def _leave(ownership: Ownership, peering: Peering, stand: Standing) -> None:
    """Note the tags of a connection that some users leave to others; its name follows whom it belongs to."""
    tags, heir = peering["tags"], stand.staying[0]
    change = hand_over(tags, stand.leaving, stand.staying)
    name = {"Name": heir.consumer.split("/")[-1]} if heir != maker_of(tags) else {}
    about = resource("peering_connection", id=peering["id"])
    ownership.change(about, peering["id"], tags, {**change.setting, **name}, [*change.removing, *heir.mark])


def _left_tables(
    plan: Plan, facts: FactsA, desired: Desired, consumers: Consumers, connections: Connections, found: list[Fate]
) -> list[RouteOption]:
    """Plan the removal of the consumers' routes in tables that no subnet of the cluster follows any more.

    Of a route there, nobody knows whether we made it. To a consumer's own block over its connection, we may have; any
    other is the user's own.
    """
    used = [table["route_table_id"] for table in cluster_tables(facts)]
    removing: list[RouteOption] = []
    for peering, stand, _step in found:
        if stand.is_over or not is_here(facts, peering) or facts["vpc"] is None:
            continue
        for table in facts["route_tables"]:
            for route in table["routes"]:
                if table["route_table_id"] not in used and route["target_id"] == peering["id"]:
                    removing += _left_route(plan, facts, desired, consumers, peering, stand.staying, table, route)
    return removing


def _left_route(
    plan: Plan,
    facts: FactsA,
    desired: Desired,
    consumers: Consumers,
    peering: Peering,
    users: list[User],
    table: RouteTable,
    route: Route,
) -> list[RouteOption]:
    about = resource("route", route_table_id=table["route_table_id"], destination=route["destination"])
    others = [user.words for user in users if user.cluster_arn != desired.cluster_arn]
    absent = [user.consumer for user in users if user.consumer not in consumers.present]
    present = [consumers.present[user.consumer] for user in users if user.consumer in consumers.present]
    blocks = [block for consumer in present for block in desired.blocks(consumer)]
    why = ""
    if others:
        why = f"used by {', '.join(others)}"
    elif absent:
        why = f"used by consumer {', '.join(absent)}, not in this run"
    elif route["destination"] not in blocks:
        why = "no subnet of the cluster follows its table, and its block is no consumer's; delete it if nobody needs it"
    if why:
        plan.add("leftovers", "keep", about, why=why)
        return []
    plan.add("leftovers", "remove", about, before=peering["id"], why="no subnet of the cluster follows its table")
    return [
        {
            "route_table_id": table["route_table_id"],
            "destination": route["destination"],
            "vpc_peering_connection_id": peering["id"],
        }
    ]
