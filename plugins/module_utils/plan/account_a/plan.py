# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Account A's decision: from facts and wishes to a plan. Pure, no AWS.

``facts`` is what the module ``dax_account_a_info`` returns. ``wanted`` holds the role's variables without their
prefix; their meaning is in ``roles/dax_account_a/meta/argument_specs.yml``.
"""

from __future__ import annotations

from typing import Any

from ..model import Plan
from ...common.addresses import blocks_of_family
from ...common.documents import (
    CLUSTER_KIND,
    VERSION,
)
from ...common.ownership import TAG_CONSUMER, is_ours, ownership_tags
from .consumers import Consumers, plan_consumers
from .roles import plan_roles
from .rules import plan_rules
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

SIDE = "account A"


def plan_a(facts: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """Return account A's plan as plain data, with the cluster document and what each writer has to write."""
    plan = Plan(SIDE)
    facts = {**facts, "cluster": _checked_cluster(plan, facts, wanted)}
    if facts["cluster"] is None:
        return plan.result(document=None, orphans=[])
    consumers = plan_consumers(plan, facts, wanted)
    peering_ids: dict[str, str | None] = {}
    if not plan.of_kind("conflict"):
        peering_ids = _plan_peerings(plan, facts, wanted, consumers)
        plan_roles(plan, facts, wanted, consumers)
        plan_rules(plan, facts, wanted, consumers)
        _plan_routes(plan, facts, wanted, consumers, peering_ids)
        _check_acls(plan, facts, consumers)
    for key in consumers.kept:
        plan.add("orphans", "keep", f"consumer {key}", why="not in this run; dax_account_a_prune removes it")
    own = {peering_ids.get(key) for key, consumer in consumers.present.items() if consumer["peering_managed"]}
    routed = _routed_elsewhere(facts, plan.writes.get("routes", {}), own)
    return plan.result(document=cluster_document(facts, wanted, routed), orphans=consumers.kept)


def cluster_document(facts: dict[str, Any], wanted: dict[str, Any], routed: list[str]) -> dict[str, Any]:
    """Return what account B needs to know; the shape is in ``docs/documents.md``.

    Of a cluster that is gone only its name and what was left behind are known, which is enough for a teardown.
    """
    cluster, identity, role, vpc = facts["cluster"], facts["identity"], facts["role"], facts["vpc"] or {}
    built = f"arn:{identity['partition']}:iam::{identity['account_id']}:role{wanted['role_path']}{wanted['role_name']}"
    ends = [peering[side] for peering in facts["peerings"] if alive(peering) for side in ("accepter", "requester")]
    vpc_ids = [side["vpc_id"] for side in ends if side["owner_id"] == identity["account_id"]]
    return {
        "kind": CLUSTER_KIND,
        "version": VERSION,
        "account_id": identity["account_id"],
        "partition": identity["partition"],
        "region": facts["region"],
        "cluster_name": cluster["cluster_name"],
        "cluster_arn": cluster["cluster_arn"],
        "endpoint": cluster["endpoint"],
        "encryption_type": cluster["encryption_type"],
        "network_type": cluster["network_type"],
        "vpc_id": vpc.get("vpc_id") or next(iter(vpc_ids), None),
        "cidr_blocks": vpc.get("cidr_blocks", []),
        "ipv6_cidr_blocks": vpc.get("ipv6_cidr_blocks", []),
        "routed_cidr_blocks": routed,
        "role_arn": role["arn"] if role and not wanted["role_per_consumer"] else built,
        "role_per_consumer": wanted["role_per_consumer"],
        "external_id": wanted["external_id"] or None,
    }


def _checked_cluster(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any] | None:
    """Return the cluster, or None when there is nothing to plan on: unknown, or of another account.

    What was made for a cluster outlives it, so that a teardown goes on without it, from what marks our things.
    """
    account = facts["identity"]["account_id"]
    if wanted["account_id"] and wanted["account_id"] != account:
        why = (
            f"the credentials belong to account {account}; correct dax_account_a_connection or dax_account_a_account_id"
        )
        plan.conflict("account", f"account {wanted['account_id']}", why)
        return None
    cluster, name = facts["cluster"], wanted["cluster_name"]
    if cluster is None and wanted["state"] == "absent":
        gone = {"endpoint": None, "encryption_type": "NONE", "network_type": "ipv4", "status": "deleted"}
        return {"cluster_name": name.lower(), "cluster_arn": facts["cluster_arn"], **gone}
    if cluster is None:
        others = ", ".join(facts["cluster_names"]) or "none"
        why = (
            f"there is no such cluster in account {account}, region {facts['region']} (there: {others}); "
            "correct dax_account_a_cluster_name or the region in dax_account_a_connection"
        )
        plan.conflict("cluster", f"DAX cluster {name}", why)
        return None
    if cluster["status"] != "available" and wanted["state"] == "present":
        why = (
            f"its status is {cluster['status']}; wait until it is available and run again (dax_account_a_cluster_name)"
        )
        plan.conflict("cluster", f"DAX cluster {name}", why)
    return cluster


def _plan_peerings(
    plan: Plan, facts: dict[str, Any], wanted: dict[str, Any], consumers: Consumers
) -> dict[str, str | None]:
    """Plan the accepts and the ends; return the connection of each consumer that is present, None for one to come."""
    _check_dns(plan, facts, wanted)
    found: dict[str, str | None] = {}
    accept = []
    for key, consumer in consumers.present.items():
        peering = _peering_of(facts, consumer)
        named = consumer["peering_connection_id"]
        resource = f"peering connection {peering['id'] if peering else named or UNKNOWN} of {key}"
        tags = {**wanted["tags"], "Name": consumer["name"]}
        tags |= ownership_tags(facts["cluster"]["cluster_arn"], key)
        dns = wanted["dns_resolution"]
        if peering is None:
            dead = next((item for item in facts["peerings"] if item["id"] == named), None)
            if dead or not (named or wanted["check_mode"]):
                state = dead["status"]["code"] if dead else "not requested yet"
                consumers.unpeered.add(key)
                plan.wait_for(
                    "peering", resource, f"{state}; account B has to request one: run its side and then this one"
                )
                continue
            found[key] = named
            plan.add("peering", "create", resource, after="accepted")
            if named:
                accept.append(connection(named, "accepter", tags if consumer["peering_managed"] else None, dns))
            continue
        found[key] = peering["id"]
        ours = consumer["peering_managed"] or is_ours(peering["tags"], facts["cluster"]["cluster_arn"])
        side = _side(peering, facts)
        status = peering["status"]["code"]
        accepting = status != "active" and side == "accepter"
        if accepting:
            plan.add("peering", "create", resource, before=status, after="accepted")
        elif status != "active":
            consumers.unpeered.add(key)
            plan.wait_for("peering", resource, f"{status}; account B has to accept it")
            continue
        missing = {name: value for name, value in tags.items() if peering["tags"].get(name) != value} if ours else {}
        if missing and not accepting:
            before = {name: peering["tags"].get(name) for name in missing}
            plan.add("peering", "change", f"tags of {resource}", before, missing)
        current = bool(peering[side]["dns_resolution"])
        if dns is not None and current != dns:
            plan.add("peering", "change", f"DNS resolution of {resource}", current, dns)
        if accepting or missing or (dns is not None and current != dns):
            accept.append(connection(peering["id"], side, tags if missing else None, dns))
    ending = [
        connection(peering["id"], _side(peering, facts))
        for peering in facts["peerings"]
        if alive(peering)
        and is_ours(peering["tags"], facts["cluster"]["cluster_arn"])
        and peering["tags"].get(TAG_CONSUMER) in consumers.gone
    ]
    for entry in ending:
        plan.add("peering", "remove", f"peering connection {entry['id']}")
    plan.writes["peering"] = {"accept": accept, "end": ending}
    return found


def _check_dns(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Refuse DNS resolution over a VPC that names no hosts: AWS does, and the VPC is not ours to change."""
    vpc = facts["vpc"] or {}
    if wanted["state"] == "present" and wanted["dns_resolution"] and not vpc.get("dns_hostnames", True):
        why = "has DNS hostnames disabled, which the DNS resolution of a peering connection needs; enable them"
        plan.conflict("peering", f"VPC {vpc['vpc_id']}", f"{why}, or unset dax_account_a_dns_resolution")


def _side(peering: dict[str, Any], facts: dict[str, Any]) -> str:
    """Return this account's side of a connection. The VPC does not tell: with the cluster gone, it is not known."""
    return "accepter" if peering["accepter"]["owner_id"] == facts["identity"]["account_id"] else "requester"


def _peering_of(facts: dict[str, Any], consumer: dict[str, Any]) -> dict[str, Any] | None:
    """Return the living connection between the two VPCs, the one that the document names before any other."""
    named = [item for item in facts["peerings"] if item["id"] == consumer["peering_connection_id"]]
    joining = [item for item in facts["peerings"] if joins(item, facts["vpc"]["vpc_id"], consumer["vpc_id"])]
    return best_peering(named) or best_peering(joining)


def _plan_routes(
    plan: Plan, facts: dict[str, Any], wanted: dict[str, Any], consumers: Consumers, peering_ids: dict[str, str | None]
) -> None:
    living = [peering["id"] for peering in facts["peerings"] if alive(peering)]
    put = []
    for key, peering_id in peering_ids.items():
        put += plan_routes(
            plan,
            cluster_tables(facts),
            _blocks(facts, consumers.present[key]),
            peering_id,
            living,
            wanted["force_routes"],
            "dax_account_a_force_routes",
        )
    drop = []
    for peering in facts["peerings"]:
        key = peering["tags"].get(TAG_CONSUMER)
        if is_ours(peering["tags"], facts["cluster"]["cluster_arn"]) and key in consumers.gone:
            drop += plan_route_removal(plan, facts["route_tables"], [peering["id"]])
    for key in consumers.gone:
        consumer = consumers.gone_documents.get(key)
        adopted = _peering_of(facts, consumer) if consumer and facts["vpc"] else None
        if consumer and adopted and not is_ours(adopted["tags"], facts["cluster"]["cluster_arn"]):
            tell_kept_routes(plan, cluster_tables(facts), _blocks(facts, consumer), adopted["id"])
    plan.writes["routes"] = {"put": put, "drop": drop}


def _check_acls(plan: Plan, facts: dict[str, Any], consumers: Consumers) -> None:
    for consumer in consumers.present.values():
        port = facts["cluster"]["endpoint"]["port"]
        subnets = [subnet for subnet in facts["subnets"] if subnet["subnet_id"] in facts["cluster_subnet_ids"]]
        blocks = _blocks(facts, consumer)
        check_acls(plan, facts["network_acls"], subnets, blocks, inbound=(port, port), outbound=EPHEMERAL_PORTS)


def cluster_tables(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the tables that the cluster's subnets follow, each once; others of the VPC stay untouched."""
    used = {facts["effective_route_tables"][subnet_id] for subnet_id in facts["cluster_subnet_ids"]}
    return [table for table in facts["route_tables"] if table["route_table_id"] in used]


def _blocks(facts: dict[str, Any], consumer: dict[str, Any]) -> list[str]:
    family = facts["cluster"]["network_type"]
    return blocks_of_family(consumer["cidr_blocks"], consumer["ipv6_cidr_blocks"], family)


def _routed_elsewhere(facts: dict[str, Any], writes: dict[str, Any], own: set[str | None]) -> list[str]:
    """Return the blocks that the cluster's subnets reach after this run, so that a new consumer picks none of them.

    What this run changes is part of the document at once, or else the next run would find it changed.

    :param writes: the routes that this run puts and drops.
    :param own: the peering connections that this run makes ours.
    """
    dropped = {(entry["route_table_id"], entry["destination"]) for entry in writes.get("drop", [])}
    blocks = {
        route["destination"]
        for table in cluster_tables(facts)
        for route in table["routes"]
        if route["target_type"] != "local"
        and route["state"] == "active"
        and _is_block(route["destination"])
        and (table["route_table_id"], route["destination"]) not in dropped
    }
    return sorted({*blocks, *_peers(facts, own), *(entry["destination"] for entry in writes.get("put", []))})


def _peers(facts: dict[str, Any], own: set[str | None]) -> set[str]:
    """Return the blocks of the cluster's other peers, whether a route leads there yet or not."""
    vpc_id, cluster_arn = (facts["vpc"] or {}).get("vpc_id"), facts["cluster"]["cluster_arn"]
    others = [
        peering
        for peering in facts["peerings"]
        if alive(peering) and not is_ours(peering["tags"], cluster_arn) and peering["id"] not in own
    ]
    sides = [peering[side] for peering in others for side in ("requester", "accepter")]
    return {block for side in sides if side["vpc_id"] != vpc_id for block in side["cidr_blocks"]}


def _is_block(destination: str | None) -> bool:
    return bool(destination) and "/" in str(destination) and not str(destination).endswith("/0")
