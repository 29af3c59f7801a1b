# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Link 6: the cluster and its nodes. Its service role is looked at elsewhere. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .model import A, Finding, Fix, check
from .pair import Pair
from .symptoms import NO_NODES, SILENT, UNKNOWN_NAME

# States of a node on its way into a cluster that is being scaled.
_JOINING = ("creating", "modifying")


@check("cluster.exists", "The cluster exists", *UNKNOWN_NAME)
def exists(pair: Pair) -> Iterator[Finding]:
    found = pair.read_a("cluster")
    subject = f"DAX cluster {pair.wanted.cluster_name or (found or {}).get('cluster_name', '')}".strip()
    if found is not None:
        evidence = {"cluster_arn": found["cluster_arn"], "node_type": found.get("node_type")}
        yield Finding("cluster.exists", "ok", A, subject, found["cluster_arn"], evidence=evidence)
        return
    fix = Fix(
        "variable",
        A,
        "name a cluster that exists (dax_account_a_cluster_name), in its own account and region "
        "(dax_account_a_connection); this command lists those that are here",
        (("aws", "dax", "describe-clusters", "--region", str(pair.region_a)),),
    )
    where = f"account {pair.account_a}, {pair.region_a}"
    yield Finding("cluster.exists", "broken", A, subject, f"there is none in {where}", "a cluster", fix)


@check("cluster.status", "The cluster is available", *NO_NODES)
def status(pair: Pair) -> Iterator[Finding]:
    cluster = _cluster(pair)
    if cluster is None:
        return
    found, subject = cluster["status"], f"status of {cluster['cluster_name']}"
    if found == "available":
        yield Finding("cluster.status", "ok", A, subject, found)
    elif found == "modifying":
        wait = _wait(cluster, pair, "it serves meanwhile; nodes may come and go")
        yield Finding("cluster.status", "warning", A, subject, found, "available", wait)
    elif found == "deleting":
        text = "it will not come back: make another one, and name that (dax_account_a_cluster_name)"
        yield Finding("cluster.status", "broken", A, subject, found, "available", Fix("manual", A, text))
    else:
        wait = _wait(cluster, pair, "wait until it is available; a cluster takes about ten minutes to come up")
        yield Finding("cluster.status", "broken", A, subject, found, "available", wait)


@check("cluster.endpoint", "The cluster has an endpoint")
def endpoint(pair: Pair) -> Iterator[Finding]:
    cluster = _cluster(pair)
    if cluster is None or cluster["status"] != "available":
        return
    found, subject = cluster["endpoint"], f"endpoint of {cluster['cluster_name']}"
    if found["address"]:
        yield Finding("cluster.endpoint", "ok", A, subject, str(found["url"]), evidence=dict(found))
    else:
        wait = _wait(cluster, pair, "DAX names it some moments after the cluster is available; ask again")
        yield Finding("cluster.endpoint", "broken", A, subject, "none", "an address", wait)


@check("cluster.nodes", "Every node is available", *SILENT)
def nodes(pair: Pair) -> Iterator[Finding]:
    cluster = _cluster(pair)
    if cluster is None or cluster["status"] not in ("available", "modifying"):
        return
    for node in cluster.get("nodes", []):
        name, found = node.get("node_id") or node["endpoint"]["address"], node.get("node_status")
        subject, evidence = f"node {name}", {"node_id": name, "availability_zone": node.get("availability_zone")}
        if found in (None, "available"):
            yield Finding("cluster.nodes", "ok", A, subject, found or "no status", evidence=evidence)
            continue
        joining = cluster["status"] == "modifying" and found in _JOINING
        text = "wait until it is available; if it stays so, restart it"
        restart = ("aws", "dax", "reboot-node", "--cluster-name", cluster["cluster_name"], "--node-id", str(name))
        fix = Fix("command", A, text, ((*restart, "--region", str(pair.region_a)),))
        verdict: Any = "warning" if joining else "broken"
        yield Finding("cluster.nodes", verdict, A, subject, str(found), "available", fix, evidence)


@check("cluster.node_count", "The cluster has all of its nodes")
def node_count(pair: Pair) -> Iterator[Finding]:
    cluster = _cluster(pair)
    if cluster is None or cluster["status"] != "available":
        return
    there, wanted = len(cluster.get("nodes", [])), cluster.get("total_nodes")
    subject = f"number of nodes of {cluster['cluster_name']}"
    evidence = {"nodes": there, "total_nodes": wanted, "active_nodes": cluster.get("active_nodes")}
    if wanted is None or there == wanted:
        note = "; one alone has nobody to stand in for it" if there == 1 else ""
        yield Finding("cluster.node_count", "ok", A, subject, f"{there}{note}", evidence=evidence)
        return
    fix = _wait(cluster, pair, "DAX replaces a node that it lost by itself; ask again in some minutes")
    verdict: Any = "warning" if there else "broken"
    yield Finding("cluster.node_count", verdict, A, subject, str(there), str(wanted), fix, evidence)


@check("cluster.parameter_group", "The nodes run with the cluster's parameters")
def parameter_group(pair: Pair) -> Iterator[Finding]:
    cluster = _cluster(pair)
    group = cluster.get("parameter_group") if cluster else None
    if cluster is None or not group:
        return
    found = group.get("parameter_apply_status") or "in-sync"
    subject = f"parameter group {group.get('parameter_group_name')}"
    if found in ("in-sync", "applying"):
        yield Finding("cluster.parameter_group", "ok", A, subject, found, evidence=dict(group))
        return
    name, waiting = cluster["cluster_name"], group.get("node_ids_to_reboot") or []
    commands = tuple(
        ("aws", "dax", "reboot-node", "--cluster-name", name, "--node-id", node_id, "--region", str(pair.region_a))
        for node_id in waiting
    )
    text = "restart the nodes one by one, each after the one before is available again"
    fix = Fix("command" if commands else "manual", A, text, commands)
    yield Finding("cluster.parameter_group", "warning", A, subject, found, "in-sync", fix, dict(group))


@check("cluster.subnet_group", "The cluster's subnets are known")
def subnet_group(pair: Pair) -> Iterator[Finding]:
    cluster = _cluster(pair)
    if cluster is None:
        return
    group, subject = pair.read_a("subnet_group"), f"subnet group {cluster.get('subnet_group')}"
    if group is None:
        yield Finding("cluster.subnet_group", "unknown", A, subject, "it is not shown, so its subnets are not known")
        return
    ids = [item["subnet_identifier"] for item in group["subnets"]]
    evidence = {"vpc_id": group["vpc_id"], "subnet_ids": ids}
    yield Finding("cluster.subnet_group", "ok", A, subject, f"{', '.join(ids)} in {group['vpc_id']}", evidence=evidence)


def _cluster(pair: Pair) -> Any:
    return pair.read_a("cluster")


def _wait(cluster: Any, pair: Pair, text: str) -> Fix:
    command = ("aws", "dax", "describe-clusters", "--cluster-names", cluster["cluster_name"])
    return Fix("command", A, text, ((*command, "--region", str(pair.region_a)),))
