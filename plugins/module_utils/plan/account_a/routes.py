# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The routes from account A's cluster to the consumers, and the network ACLs on their way. Pure, no AWS."""

from __future__ import annotations

from ...common.shapes import FactsA, RouteTable
from ..model import Plan
from ..network_acls import EPHEMERAL_PORTS, check_acls
from ..peerings import is_open
from ..resources import resource
from ..routes import RouteOption, plan_routes, report_kept_routes, write_routes
from .consumers import Consumers
from .desired import Desired
from .peerings import Connections
from .sharing import peering_users
from .verification import peering_of


def plan_consumer_routes(
    plan: Plan, facts: FactsA, desired: Desired, consumers: Consumers, connections: Connections, over: list[str]
) -> None:
    """Plan the routes to the consumers that are present, each once, whoever shares it.

    :param over: the ids of our connections that nobody uses any more after this run.
    """
    force = desired.options.force_routes
    tables = cluster_tables(facts)
    open_ids = [peering["id"] for peering in facts["peerings"] if is_open(peering)]
    adding: list[RouteOption] = []
    planned: set[tuple[str | None, str]] = set()
    for key, peering_id in connections.ids.items():
        blocks = [block for block in desired.blocks(consumers.present[key]) if (peering_id, block) not in planned]
        planned |= {(peering_id, block) for block in blocks}
        options = plan_routes(
            plan,
            tables,
            blocks,
            peering_id,
            open_ids,
            force,
            "dax_account_a_force_routes",
            refuse_parts=True,
            unwanted=over,
            lists=facts["prefix_lists"],
        )
        # Which blocks lie behind a connection, EC2 shows when it is active: these are written after the first stage.
        adding += [] if key in connections.unverified else options
    _report_unmanaged(plan, facts, consumers, desired)
    write_routes(plan, adding, [], desired.options.wait_timeout, force, over)


def _report_unmanaged(plan: Plan, facts: FactsA, consumers: Consumers, desired: Desired) -> None:
    """Report the routes of consumers that lose access over connections that are the user's own."""
    for key in consumers.revoked:
        consumer = consumers.revoked_documents.get(key)
        peering = peering_of(facts, consumer) if consumer else None
        if consumer and peering and not peering_users(facts, peering):
            report_kept_routes(plan, cluster_tables(facts), desired.blocks(consumer), peering["id"])


def check_tables(plan: Plan, facts: FactsA) -> None:
    """Refuse subnets of the cluster whose route table EC2 does not show: no route can be made for them."""
    vpc, shown = facts["vpc"], facts["effective_route_tables"]
    for subnet_id in facts["cluster_subnet_ids"]:
        if vpc and subnet_id not in shown:
            account = facts["identity"]["account_id"]
            owner = vpc["owner_id"] or account
            why = f"of VPC {vpc['vpc_id']}, which belongs to account {owner}: EC2 does not show its route table to"
            why += f" account {account}; give it the right ec2:DescribeRouteTables, or run this side in "
            about = resource("subnet", subnet_id=subnet_id)
            plan.conflict("routes", about, f"{why}the VPC's own account (dax_account_a_connection)")


def cluster_tables(facts: FactsA) -> list[RouteTable]:
    """Return the tables that the cluster's subnets follow, each once; others of the VPC stay untouched.

    One that EC2 does not show is refused, see :func:`check_tables`.
    """
    effective = facts["effective_route_tables"]
    used = {effective[subnet_id] for subnet_id in facts["cluster_subnet_ids"] if subnet_id in effective}
    return [table for table in facts["route_tables"] if table["route_table_id"] in used]


def check_consumer_acls(plan: Plan, facts: FactsA, desired: Desired, consumers: Consumers) -> None:
    """Warn of network ACLs between the cluster's subnets and the consumers that are present."""
    subnets = [subnet for subnet in facts["subnets"] if subnet["subnet_id"] in facts["cluster_subnet_ids"]]
    port = desired.port
    for consumer in consumers.present.values():
        blocks = desired.blocks(consumer)
        check_acls(plan, facts["network_acls"], subnets, blocks, inbound=(port, port), outbound=EPHEMERAL_PORTS)
