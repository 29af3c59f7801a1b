# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Account A's decision: from facts and options to a plan. Pure, no AWS."""

from __future__ import annotations

from typing import Any

from ...common.shapes import Cluster, FactsA
from ..model import Plan
from ..options import OwnerOptions
from ..peerings import check_owner
from ..resources import resource
from ..stages import A
from .consumers import Consumers, plan_consumers
from .desired import Desired
from .document import cluster_document
from .leftovers import fates, over, plan_old_peerings, plan_old_routes
from .old_roles import plan_old_policies, plan_old_roles
from .peerings import Connections, plan_peerings
from .quotas import check_quotas
from .roles import plan_roles
from .routes import check_consumer_acls, check_tables, plan_consumer_routes
from .rule_removal import plan_rule_removal
from .rules import plan_rules
from .sharing import Ownership


def plan_a(facts: FactsA, options: OwnerOptions) -> dict[str, Any]:
    """Return account A's plan as plain data.

    :param facts: what the module ``dax_account_a_info`` returns.
    :returns: :meth:`Plan.result` with ``document``, the cluster document, None when the cluster is unknown; and
        ``orphans``, the keys of the consumers that keep their access without being part of this run; and
        ``incomplete``, whether the account has to be read again after a stage: some of it can only be planned then, and
        the role is written by other runs too.
    """
    plan = Plan(A, options.state)
    cluster = _checked_cluster(plan, facts, options)
    if cluster is None:
        return plan.result(document=None, orphans=[], incomplete=False)
    desired = Desired(options, cluster)
    consumers = plan_consumers(plan, facts, desired)
    connections = Connections()
    if not plan.of_kind("conflict"):
        connections = _plan_access(plan, facts, desired, consumers)
    for key in consumers.retained:
        plan.add(
            "orphans", "keep", resource("consumer", key=key), why="not in this run; dax_account_a_prune removes it"
        )
    document = cluster_document(plan, facts, desired)
    # A rule gets its own id, and the marks of its users, once it is there; the role may be written by others too.
    made = any(action.resource.type == "rule" for action in plan.of_kind("create"))
    written = any(action.resource.type in ("role", "policy") for action in plan.of_kind("create", "change", "remove"))
    incomplete = made or written or bool(connections.unverified)
    return plan.result(document=document, orphans=consumers.retained, incomplete=incomplete)


def _plan_access(plan: Plan, facts: FactsA, desired: Desired, consumers: Consumers) -> Connections:
    """Plan all that lets the consumers reach the cluster and use it; return their peering connections."""
    if facts["vpc"] and desired.options.state == "present":
        fix = "that account has to run this side, with a cluster of its own (dax_account_a_connection)"
        check_owner(plan, facts["vpc"], facts["identity"]["account_id"], fix)
        if not plan.of_kind("conflict"):
            check_tables(plan, facts)
    ownership = Ownership()
    connections = plan_peerings(plan, facts, desired, consumers, ownership)
    found = fates(facts, desired, consumers, connections)
    plan_roles(plan, facts, desired, consumers)
    needed = plan_rules(plan, facts, desired, consumers, connections, ownership)
    plan_consumer_routes(plan, facts, desired, consumers, connections, over(found))
    check_consumer_acls(plan, facts, desired, consumers)
    # What is no longer wanted, in the order in which AWS lets go of it.
    if needed is not None:
        plan_rule_removal(plan, facts, desired, consumers, needed, ownership)
    plan_old_routes(plan, facts, desired, consumers, connections, found)
    plan_old_peerings(plan, facts, desired, found, ownership)
    plan_old_roles(plan, facts, desired, consumers)
    plan_old_policies(plan, facts, desired)
    ownership.write(plan, desired.options.wait_timeout)
    check_quotas(plan, facts, desired)
    return connections


def _checked_cluster(plan: Plan, facts: FactsA, options: OwnerOptions) -> Cluster | None:
    """Return the cluster, or None when there is nothing to plan on: unknown, or of another account.

    What was made for a cluster outlives it, so that a teardown goes on without it, from the ownership tags.
    """
    account = facts["identity"]["account_id"]
    if options.account_id and options.account_id != account:
        why = (
            f"the credentials belong to account {account}; correct dax_account_a_connection or dax_account_a_account_id"
        )
        plan.conflict("account", resource("account", account_id=options.account_id), why)
        return None
    cluster, about = facts["cluster"], resource("cluster", name=options.cluster_name)
    if cluster is None and options.state == "absent":
        return _deleted_cluster(facts, options)
    if cluster is None:
        others = ", ".join(facts["cluster_names"]) or "none"
        why = (
            f"there is no such cluster in account {account}, region {facts['region']} (there: {others}); "
            "correct dax_account_a_cluster_name or the region in dax_account_a_connection"
        )
        plan.conflict("cluster", about, why)
        return None
    if cluster["status"] != "available" and options.state == "present":
        cure = "wait until it is available and run again (dax_account_a_cluster_name)"
        if cluster["status"] == "deleting":
            cure = "create it anew once it is gone, or correct dax_account_a_cluster_name"
        plan.conflict("cluster", about, f"its status is {cluster['status']}; {cure}")
    return cluster


def _deleted_cluster(facts: FactsA, options: OwnerOptions) -> Cluster:
    """Return what is known of a cluster that somebody has deleted. Nobody is granted access to it any more."""
    return {
        "cluster_name": options.cluster_name.lower(),
        "cluster_arn": facts["cluster_arn"],
        "status": "deleted",
        "encryption_type": "NONE",
        "network_type": "ipv4",
        "endpoint": {"address": None, "port": 0, "url": None},
    }
