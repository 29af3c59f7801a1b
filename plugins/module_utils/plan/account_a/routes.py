# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The routes from account A's cluster to the consumers, and the network ACLs on their way. Pure, no AWS."""

from __future__ import annotations

from ...common.shapes import FactsA, RouteTable
from ..model import Plan
from ..network_acls import EPHEMERAL_PORTS, check_acls
from ..peerings import is_open
from ..routes import RouteOption, plan_route_removal, plan_routes, report_kept_routes, write_routes
from .consumers import Consumers
from .desired import Desired
from .peerings import Connections, revoked_peerings
from .verification import peering_of


def plan_consumer_routes(
    plan: Plan, facts: FactsA, desired: Desired, consumers: Consumers, connections: Connections
) -> None:
    """Plan the routes to the consumers that are present, and the removal of those to the ones that lose access."""
    force = desired.options.force_routes
    tables = cluster_tables(facts)
    open_ids = [peering["id"] for peering in facts["peerings"] if is_open(peering)]
    adding: list[RouteOption] = []
    for key, peering_id in connections.ids.items():
        blocks = desired.blocks(consumers.present[key])
        planned = plan_routes(
            plan,
            tables,
            blocks,
            peering_id,
            open_ids,
            force,
            "dax_account_a_force_routes",
            refuse_parts=True,
            lists=facts["prefix_lists"],
        )
        # Which blocks lie behind a connection, EC2 shows when it is active: these are written after the first stage.
        adding += [] if key in connections.unverified else planned
    removing: list[RouteOption] = []
    for peering in revoked_peerings(facts, desired, consumers):
        removing += plan_route_removal(plan, facts["route_tables"], [peering["id"]])
    _report_unmanaged(plan, facts, desired, consumers)
    write_routes(plan, adding, removing, desired.options.wait_timeout, force)


def _report_unmanaged(plan: Plan, facts: FactsA, desired: Desired, consumers: Consumers) -> None:
    """Report the routes of consumers that lose access over connections that are the user's own."""
    for key in consumers.revoked:
        consumer = consumers.revoked_documents.get(key)
        peering = peering_of(facts, consumer) if consumer else None
        if consumer and peering and not desired.is_owned(peering["tags"]):
            report_kept_routes(plan, cluster_tables(facts), desired.blocks(consumer), peering["id"])


def cluster_tables(facts: FactsA) -> list[RouteTable]:
    """Return the tables that the cluster's subnets follow, each once; others of the VPC stay untouched."""
    used = {facts["effective_route_tables"][subnet_id] for subnet_id in facts["cluster_subnet_ids"]}
    return [table for table in facts["route_tables"] if table["route_table_id"] in used]


def check_consumer_acls(plan: Plan, facts: FactsA, desired: Desired, consumers: Consumers) -> None:
    """Warn of network ACLs between the cluster's subnets and the consumers that are present."""
    subnets = [subnet for subnet in facts["subnets"] if subnet["subnet_id"] in facts["cluster_subnet_ids"]]
    port = desired.port
    for consumer in consumers.present.values():
        blocks = desired.blocks(consumer)
        check_acls(plan, facts["network_acls"], subnets, blocks, inbound=(port, port), outbound=EPHEMERAL_PORTS)
