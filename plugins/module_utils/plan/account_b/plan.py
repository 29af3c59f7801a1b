# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Account B's decision: from facts and wishes to a plan. Pure, no AWS.

``facts`` is what the module ``dax_account_b_info`` returns. ``wanted`` holds the role's variables without their
prefix; their meaning is in ``roles/dax_account_b/meta/argument_specs.yml``.
"""

from __future__ import annotations

from typing import Any

from ..model import Plan, compare_tags
from ...common.addresses import blocks_of_family
from ...common.documents import (
    CONSUMER_KIND,
    CONSUMER_NAME,
    CONSUMER_NAME_RULE,
    VERSION,
    DocumentError,
    assumed_role_arn,
    check_cluster_document,
)
from ...common.ownership import is_ours, ownership_tags
from .removal import plan_vpc_end
from .iam import iam_role_arn, plan_iam, plan_iam_end
from .instance import plan_instance, plan_instance_end
from .vpc import adopted, client_subnets, client_tables, plan_sts_access, plan_vpc, security_group
from ..network import (
    EPHEMERAL_PORTS,
    UNKNOWN,
    alive,
    best_peering,
    check_acls,
    connection,
    joins,
    plan_route_removal,
    plan_routes,
    tell_kept_routes,
)

SIDE = "account B"


def plan_b(facts: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """Return account B's plan as plain data, with the consumer document and what each writer has to write."""
    plan = Plan(SIDE)
    present = wanted["state"] == "present"
    try:
        cluster = check_cluster_document(wanted["cluster"], complete=present)
    except DocumentError as error:
        plan.conflict("cluster", "the cluster document", f"{error} (dax_account_b_cluster)")
        return plan.result(document=None)
    _check_account(plan, facts, wanted, cluster)
    if plan.of_kind("conflict"):
        return plan.result(document=None)
    tags = {**wanted["tags"], **ownership_tags(cluster["cluster_arn"], wanted["name"])}
    assumed = (
        assumed_role_arn(cluster, facts["identity"]["account_id"], wanted["name"]) if cluster["role_arn"] else None
    )
    wanted = {**wanted, "cluster": cluster, "all_tags": tags, "assumed_role_arn": assumed}
    if not present:
        _plan_end(plan, facts, wanted)
        return plan.result(document=consumer_document(facts, wanted, plan))
    plan_iam(plan, facts, wanted)
    plan_vpc(plan, facts, wanted)
    if facts["vpc"] or not plan.of_kind("conflict"):
        plan_sts_access(plan, facts, wanted)
        peering = _plan_peering(plan, facts, wanted)
        _plan_routes(plan, facts, wanted, peering)
        plan_instance(plan, facts, wanted)
        _check_acls(plan, facts, wanted)
    return plan.result(document=consumer_document(facts, wanted, plan))


def consumer_document(facts: dict[str, Any], wanted: dict[str, Any], plan: Plan) -> dict[str, Any]:
    """Return what account A needs to know; what is still to be made is None. The shape is in ``docs/documents.md``."""
    cluster, vpc = wanted["cluster"], facts["vpc"]
    planned = plan.writes.get("vpc") or {}
    peering = _peering(facts, cluster)
    group = security_group(facts, wanted)
    return {
        "kind": CONSUMER_KIND,
        "version": VERSION,
        "name": wanted["name"],
        "cluster_arn": cluster["cluster_arn"],
        "account_id": facts["identity"]["account_id"],
        "partition": facts["identity"]["partition"],
        "region": facts["region"],
        "role_arn": iam_role_arn(facts, wanted),
        "assumed_role_arn": wanted["assumed_role_arn"],
        "vpc_id": vpc["vpc_id"] if vpc else None,
        "cidr_blocks": vpc["cidr_blocks"] if vpc else [planned["cidr_block"]] if planned else [],
        "ipv6_cidr_blocks": vpc["ipv6_cidr_blocks"] if vpc else [],
        "peering_connection_id": peering["id"] if peering else None,
        "peering_managed": _managed(peering, facts, wanted),
        "security_group_id": group["group_id"] if group else None,
        "external_id": wanted["external_id"] or cluster["external_id"],
    }


def _check_account(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any], cluster: dict[str, Any]) -> None:
    account = facts["identity"]["account_id"]
    if not CONSUMER_NAME.fullmatch(wanted["name"]):
        plan.conflict("name", f"name '{wanted['name']}'", f"expected {CONSUMER_NAME_RULE} (dax_account_b_name)")
    if wanted["account_id"] and wanted["account_id"] != account:
        why = (
            f"the credentials belong to account {account}; correct dax_account_b_connection or dax_account_b_account_id"
        )
        plan.conflict("account", f"account {wanted['account_id']}", why)
    elif account == cluster["account_id"]:
        why = (
            "both sides have the credentials of this one account; give dax_account_b_connection those of the account "
            "that uses the cluster"
        )
        plan.conflict("account", f"account {account}", why)
    elif facts["identity"]["partition"] != cluster["partition"]:
        why = f"is in partition {facts['identity']['partition']}, the cluster is in {cluster['partition']}"
        plan.conflict("account", f"account {account}", f"{why}; AWS joins no partitions (dax_account_b_connection)")


def _peering(facts: dict[str, Any], cluster: dict[str, Any]) -> dict[str, Any] | None:
    """Return the living connection between the two VPCs, whoever asked for it and in whichever direction."""
    vpc_id = facts["vpc"]["vpc_id"] if facts["vpc"] else None
    return best_peering(item for item in facts["peerings"] if joins(item, vpc_id, cluster["vpc_id"]))


def _managed(peering: dict[str, Any] | None, facts: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Tell whether the connection is ours: by its tags, or because the VPC at this end of it is ours."""
    if peering is None:
        return True
    ours_vpc = facts["vpc"] is not None and not adopted(facts)
    return ours_vpc or is_ours(peering["tags"], wanted["cluster"]["cluster_arn"], wanted["name"])


def _plan_peering(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any] | None:
    cluster, peering = wanted["cluster"], _peering(facts, wanted["cluster"])
    tags = {**wanted["all_tags"], "Name": wanted["name"]}
    request = {
        "peer_vpc_id": cluster["vpc_id"],
        "peer_owner_id": cluster["account_id"],
        "peer_region": cluster["region"],
    }
    # Unfinished is what this side has to come back for when the other one has accepted.
    unfinished = wanted["dns_resolution"] is not None
    plan.writes["peering"] = {"request": {**request, "tags": tags}, "settle": None, "unfinished": unfinished}
    if peering is None:
        plan.add("peering", "create", f"peering connection to {cluster['vpc_id']} of account {cluster['account_id']}")
        if unfinished:
            plan.wait_for("peering", "DNS resolution of the peering connection", "set once account A has accepted it")
        return None
    side = "requester" if facts["vpc"]["vpc_id"] == peering["requester"]["vpc_id"] else "accepter"
    status = peering["status"]["code"]
    accept = status != "active" and side == "accepter"
    resource = f"peering connection {peering['id']}"
    if accept:
        plan.add("peering", "create", resource, before=status, after="accepted")
    elif status != "active":
        plan.wait_for("peering", resource, f"{status}; account A accepts it in its own step")
    stale = _managed(peering, facts, wanted) and compare_tags(plan, "peering", resource, peering["tags"], tags)
    dns, current = wanted["dns_resolution"], bool(peering[side]["dns_resolution"])
    dns = None if dns == current else dns
    plan.writes["peering"]["unfinished"] = dns is not None and status != "active" and not accept
    if plan.writes["peering"]["unfinished"]:
        plan.wait_for("peering", f"DNS resolution of {resource}", "set once account A has accepted it")
        dns = None
    if dns is not None:
        plan.add("peering", "change", f"DNS resolution of {resource}", current, dns)
    if stale or accept or dns is not None:
        entry = connection(peering["id"], side, tags if stale else None, dns)
        plan.writes["peering"]["settle"] = {"state": "accepted" if accept else "present", "connections": [entry]}
    return peering


def _plan_routes(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any], peering: dict[str, Any] | None) -> None:
    cluster = wanted["cluster"]
    blocks = _cluster_blocks(cluster)
    if facts["vpc"] is None:
        for block in blocks:
            plan.add("routes", "create", f"route {block} in the main route table", after=f"the peering ({UNKNOWN})")
        plan.writes["routes"] = {"put": [], "drop": []}
        return
    put = plan_routes(
        plan,
        client_tables(facts, wanted),
        blocks,
        peering["id"] if peering else None,
        [item["id"] for item in facts["peerings"] if alive(item)],
        wanted["force_routes"],
        "dax_account_b_force_routes",
    )
    plan.writes["routes"] = {"put": put, "drop": []}


def _check_acls(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any]) -> None:
    cluster = wanted["cluster"]
    port = cluster["endpoint"]["port"]
    subnets, blocks = client_subnets(facts, wanted), _cluster_blocks(cluster)
    check_acls(plan, facts["network_acls"], subnets, blocks, inbound=EPHEMERAL_PORTS, outbound=(port, port))


def _cluster_blocks(cluster: dict[str, Any]) -> list[str]:
    return blocks_of_family(cluster["cidr_blocks"], cluster["ipv6_cidr_blocks"], cluster["network_type"])


def _plan_end(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Plan the removal of everything that is ours, in the order in which AWS lets go of it."""
    plan_instance_end(plan, facts, wanted)
    ours = [
        item["id"]
        for item in facts["peerings"]
        if is_ours(item["tags"], wanted["cluster"]["cluster_arn"], wanted["name"])
        or (_managed(item, facts, wanted) and joins(item, facts["vpc"]["vpc_id"], wanted["cluster"]["vpc_id"]))
    ]
    living = [item for item in facts["peerings"] if item["id"] in ours and alive(item)]
    vpc_stays = not facts["vpc"] or adopted(facts)
    drop = plan_route_removal(plan, facts["route_tables"], ours) if vpc_stays else []
    plan.writes["routes"] = {"put": [], "drop": drop}
    cluster, adopted_peering = wanted["cluster"], _peering(facts, wanted["cluster"])
    if adopted_peering and adopted_peering["id"] not in ours:
        tell_kept_routes(plan, facts["route_tables"], _cluster_blocks(cluster), adopted_peering["id"])
    vpc_id = facts["vpc"]["vpc_id"] if facts["vpc"] else None
    plan.writes["peering"] = {"end": []}
    for item in living:
        plan.add("peering", "remove", f"peering connection {item['id']}")
        side = "accepter" if item["accepter"]["vpc_id"] == vpc_id else "requester"
        plan.writes["peering"]["end"].append(connection(item["id"], side))
    plan_vpc_end(plan, facts, wanted)
    plan_iam_end(plan, facts, wanted)
