# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Account B's decision: from facts and options to a plan. Pure, no AWS."""

from __future__ import annotations

from typing import Any

from ...common.documents import CONSUMER_NAME, CONSUMER_NAME_RULE, DocumentError, check_cluster_document
from ...common.shapes import FactsB
from ..model import Plan
from ..network_acls import EPHEMERAL_PORTS, check_acls
from ..options import ConsumerOptions
from ..resources import resource
from ..stages import B
from .desired import Desired, desired_state
from .document import consumer_document
from .iam import plan_iam
from .instance import plan_instance
from .leftovers import plan_leftovers
from .owned import client_subnets
from .ownership import TagChanges, plan_ownership, report_copies
from .peering import plan_peering
from .quotas import check_quotas
from .removal import plan_removal
from .routes import plan_client_routes
from .sts_access import plan_sts_access
from .vpc import plan_vpc


def plan_b(facts: FactsB, options: ConsumerOptions) -> dict[str, Any]:
    """Return account B's plan as plain data.

    :returns: as :meth:`Plan.result`, with ``document``, the consumer document, None when nothing can be said; and
        ``incomplete``, True: after a stage the account is read again, since the next one needs ids that it made.
    """
    plan = Plan(B, options.state)
    desired = _check(plan, facts, options)
    if desired is None:
        return plan.result(document=None, incomplete=True)
    if options.state == "absent":
        plan_removal(plan, facts, desired)
        return plan.result(document=consumer_document(facts, desired), incomplete=True)
    plan_iam(plan, facts, desired)
    planned_block = plan_vpc(plan, facts, desired)
    if facts["vpc"] or not plan.of_kind("conflict"):
        default_routes = plan_sts_access(plan, facts, desired)
        plan_peering(plan, facts, desired)
        plan_client_routes(plan, facts, desired, default_routes)
        plan_instance(plan, facts, desired)
        _check_acls(plan, facts, desired)
        report_copies(plan, facts, desired)
        tags = TagChanges()
        plan_leftovers(plan, facts, desired, tags)
        plan_ownership(plan, facts, desired, tags)
        check_quotas(plan, facts, desired)
    return plan.result(document=consumer_document(facts, desired, planned_block), incomplete=True)


def _check(plan: Plan, facts: FactsB, options: ConsumerOptions) -> Desired | None:
    """Return the desired state, or None for one that cannot be of this cluster and this account."""
    try:
        cluster = check_cluster_document(options.cluster, complete=options.state == "present")
    except DocumentError as error:
        plan.conflict("cluster", resource("cluster_document"), f"{error} (dax_account_b_cluster)")
        return None
    desired = desired_state(options, cluster, facts["identity"]["account_id"])
    _check_account(plan, facts, desired)
    return None if plan.of_kind("conflict") else desired


def _check_account(plan: Plan, facts: FactsB, desired: Desired) -> None:
    identity, options, cluster = facts["identity"], desired.options, desired.cluster
    account = identity["account_id"]
    if not CONSUMER_NAME.fullmatch(options.name):
        about = resource("consumer_name", name=options.name)
        plan.conflict("name", about, f"expected {CONSUMER_NAME_RULE} (dax_account_b_name)")
    if options.account_id and options.account_id != account:
        why = f"the credentials belong to account {account}"
        about = resource("account", account_id=options.account_id)
        plan.conflict("account", about, f"{why}; correct dax_account_b_connection or dax_account_b_account_id")
    elif account == cluster["account_id"]:
        why = (
            "both sides have the credentials of this one account; give dax_account_b_connection those of the account "
            "that uses the cluster"
        )
        plan.conflict("account", resource("account", account_id=account), why)
    elif identity["partition"] != cluster["partition"]:
        why = f"is in partition {identity['partition']}, the cluster is in {cluster['partition']}"
        about = resource("account", account_id=account)
        plan.conflict("account", about, f"{why}; AWS joins no partitions (dax_account_b_connection)")
    owner = options.owner_account_id
    if owner and cluster["account_id"] != owner:
        why = f"is of account {cluster['account_id']}, not of {owner} (dax_account_b_owner_account_id)"
        plan.conflict("cluster", resource("cluster_document"), why)


def _check_acls(plan: Plan, facts: FactsB, desired: Desired) -> None:
    endpoint = desired.cluster["endpoint"]
    if endpoint:
        ports = (endpoint["port"], endpoint["port"])
        subnets = client_subnets(facts, desired)
        check_acls(plan, facts["network_acls"], subnets, desired.cluster_blocks, EPHEMERAL_PORTS, ports)
