# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cluster document: what account B needs to know of account A. Pure, no AWS."""

from __future__ import annotations

from typing import Any

from ...common.addresses import is_default
from ...common.compare import blocks_of
from ...common.documents import CLUSTER_KIND, VERSION
from ...common.shapes import ClusterDocument, FactsA, Identity, Vpc
from ..model import Kind, Plan
from ..options import OwnerOptions
from ..peerings import is_open, sides
from .desired import Desired
from .routes import cluster_tables
from .verification import is_here


def cluster_document(plan: Plan, facts: FactsA, desired: Desired) -> ClusterDocument:
    """Return what account B needs to know after this run; the shape is in ``docs/documents.md``.

    Of a deleted cluster only its name and what was left behind are known, which is enough for a teardown.

    :param plan: with all that this run changes, which is part of the document at once, or else the next run would
        find it changed.
    """
    cluster, vpc, role = desired.cluster, facts["vpc"], facts["role"]
    return {
        **described(desired.options, facts["identity"], facts["region"], cluster, vpc, role["arn"] if role else None),
        "endpoint": cluster["endpoint"] if facts["cluster"] else None,
        "vpc_id": vpc["vpc_id"] if vpc else _peered_vpc(facts),
        "routed_cidr_blocks": _routed_blocks(plan, facts),
    }


def described(
    options: OwnerOptions, identity: Identity, region: str, cluster: Any, vpc: Vpc | None, role_arn: str | None
) -> ClusterDocument:
    """Return the document as far as it follows from what was read, without the endpoint and the routed blocks.

    :param role_arn: that of the role that all consumers assume, if there is one.
    """
    return {
        "kind": CLUSTER_KIND,
        "version": VERSION,
        "account_id": identity["account_id"],
        "partition": identity["partition"],
        "region": region,
        "cluster_name": cluster["cluster_name"],
        "cluster_arn": cluster["cluster_arn"],
        "endpoint": None,
        "encryption_type": cluster["encryption_type"],
        "network_type": cluster["network_type"],
        "vpc_id": vpc["vpc_id"] if vpc else None,
        "cidr_blocks": vpc["cidr_blocks"] if vpc else [],
        "ipv6_cidr_blocks": vpc["ipv6_cidr_blocks"] if vpc else [],
        "routed_cidr_blocks": [],
        "role_arn": _role_arn(options, identity, role_arn),
        "role_per_consumer": options.role_per_consumer,
        "external_id": options.external_id or None,
        "external_id_per_consumer": options.external_id_per_consumer,
    }


def _role_arn(options: OwnerOptions, identity: Identity, existing: str | None) -> str:
    """Return the ARN of the role that consumers assume, or what the names of their own roles begin with."""
    if existing and not options.role_per_consumer:
        return existing
    name = f"{options.role_path}{options.role_name}"
    return f"arn:{identity['partition']}:iam::{identity['account_id']}:role{name}"


def _peered_vpc(facts: FactsA) -> str | None:
    """Return the VPC that a connection left behind names, once its cluster is deleted."""
    ends = [end for peering in facts["peerings"] if is_open(peering) for end in reversed(sides(peering))]
    owned = (end["vpc_id"] for end in ends if end["owner_id"] == facts["identity"]["account_id"])
    return next(owned, None)


def _routed_blocks(plan: Plan, facts: FactsA) -> list[str]:
    """Return the blocks that the cluster's subnets reach after this run, so that a new consumer picks none of them."""
    removed = _planned_routes(plan, "remove")
    routed = {
        block
        for table in cluster_tables(facts)
        for route in table["routes"]
        for block in blocks_of(route, facts["prefix_lists"])
        if route["target_type"] != "local"
        and route["state"] == "active"
        and not is_default(block)
        and (table["route_table_id"], route["destination"]) not in removed
    }
    added = {destination for _table_id, destination in _planned_routes(plan, "create", "change")}
    return sorted(routed | added | _peered_blocks(plan, facts))


def _planned_routes(plan: Plan, *kinds: Kind) -> set[tuple[str, str]]:
    """Return the table and the destination of each route that is planned."""
    routes = [dict(action.resource.parts) for action in plan.of_kind(*kinds) if action.resource.type == "route"]
    return {(route["route_table_id"], route["destination"]) for route in routes}


def _peered_blocks(plan: Plan, facts: FactsA) -> set[str]:
    """Return the blocks of the cluster's peers, whether a route leads there yet or not.

    Those of consumers count whether they are part of this run or not, since the document is the same for all.
    """
    vpc_id = facts["vpc"]["vpc_id"] if facts["vpc"] else None
    removed = {action.resource.id for action in plan.of_kind("remove")}
    there = [item for item in facts["peerings"] if is_open(item) and is_here(facts, item) and item["id"] not in removed]
    ends = [end for peering in there for end in sides(peering)]
    return {block for end in ends if end["vpc_id"] != vpc_id for block in end["cidr_blocks"]}
