# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single faults of the network, each with the check that has to find it. They fit each kind of pair that they name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.pair import Pair
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor import healthy
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor.healthy import put, value

Bend = Callable[[Pair], None]


class Fault(NamedTuple):
    check: str
    bend: Bend
    kinds: tuple[str, ...] = tuple(healthy.KINDS)
    verdict: str = "broken"
    says: str = ""  # a part of what is found


IPV4 = tuple(kind for kind in healthy.KINDS if kind != "ipv6")
BY_GROUP = tuple(kind for kind in healthy.KINDS if kind != "cross_region")
WITH_INSTANCE = tuple(kind for kind in healthy.KINDS if kind != "no_instance")
# Where the client's address is known, and is in the block of account B that the builders use.
KNOWN_ADDRESS = tuple(kind for kind in WITH_INSTANCE if kind not in ("ipv6", "dual_stack"))


def cluster(**more: Any) -> Bend:
    return lambda pair: value(pair.a, "cluster").update(more)


def no_cluster(pair: Pair) -> None:
    """What is known of account A's network follows from the cluster."""
    for name in ("cluster", "subnet_group", "vpc"):
        put(pair.a, name, None)
    for name in ("subnets", "route_tables", "network_acls", "security_groups", "peerings"):
        put(pair.a, name, [])
    put(pair.a, "nodes_subnets", {})


def node_status(found: str) -> Bend:
    return lambda pair: value(pair.a, "cluster")["nodes"][1].update(node_status=found)


def lose_node(pair: Pair) -> None:
    value(pair.a, "cluster")["nodes"].pop()


def peerings(pair: Pair) -> list[dict[str, Any]]:
    """The connection of the pair, as both sides show it."""
    return [item for facts in (pair.a, pair.b) for item in value(facts, "peerings") if item["id"] == "pcx-1"]


def connection(code: str, blackhole: bool = True, **more: Any) -> Bend:
    def bend(pair: Pair) -> None:
        for item in peerings(pair):
            item.update(status={"code": code, "message": ""}, **more)
        if blackhole:
            each_route(pair, lambda route: route.update(state="blackhole"))

    return bend


def no_connection(pair: Pair) -> None:
    for facts in (pair.a, pair.b):
        value(facts, "peerings")[:] = [item for item in value(facts, "peerings") if item["id"] != "pcx-1"]
    each_route(pair, lambda route: route.update(state="blackhole"))


def wrong_vpc(pair: Pair) -> None:
    for item in peerings(pair):
        item["accepter"]["vpc_id"] = "vpc-x"
    value(pair.a, "peerings")[:] = [item for item in value(pair.a, "peerings") if item["id"] != "pcx-1"]


def requested_by_a(pair: Pair) -> None:
    connection("pending-acceptance")(pair)
    for item in peerings(pair):
        item["requester"], item["accepter"] = item["accepter"], item["requester"]


def overlap(pair: Pair) -> None:
    value(pair.b, "vpc")["cidr_blocks"].append("10.0.128.0/20")


def tables(facts: Any) -> list[dict[str, Any]]:
    return [item for item in value(facts, "route_tables") if any(way["target_id"] == "pcx-1" for way in item["routes"])]


def each_route(pair: Pair, bend: Callable[[dict[str, Any]], Any]) -> None:
    for facts in (pair.a, pair.b):
        for table in tables(facts):
            for route in table["routes"]:
                if route["target_id"] == "pcx-1":
                    bend(route)


def side(pair: Pair, name: str) -> Any:
    return pair.a if name == "a" else pair.b


def routes_gone(name: str, table: int = 0) -> Bend:
    def bend(pair: Pair) -> None:
        found = tables(side(pair, name))[table]
        found["routes"] = [route for route in found["routes"] if route["target_id"] != "pcx-1"]

    return bend


def routes_to(name: str, target: str, state: str = "active", origin: str = "CreateRoute", table: int = 0) -> Bend:
    def bend(pair: Pair) -> None:
        for route in tables(side(pair, name))[table]["routes"]:
            if route["target_id"] == "pcx-1":
                route.update(build.route(route["destination"], target, state, origin))

    return bend


def more_route(name: str, destination: str, target: str = "tgw-9", origin: str = "CreateRoute") -> Bend:
    def bend(pair: Pair) -> None:
        tables(side(pair, name))[0]["routes"].append(build.route(destination, target, origin=origin))

    return bend


def prefix_list(pair: Pair) -> None:
    put(pair.b, "prefix_lists", [build.prefix_list("pl-1", "10.0.2.0/24")])
    more_route("b", "pl-1")(pair)


def larger_route_only(pair: Pair) -> None:
    routes_gone("b")(pair)
    value(pair.b, "route_tables")[0]["routes"].append(build.route("10.0.0.0/8", "tgw-9"))


def other_table(pair: Pair) -> None:
    """Somebody has associated one of the nodes' subnets with a table of its own."""
    table = build.table("rtb-new", build.route(build.BLOCK_A, "local"), subnets=("subnet-a3",))
    value(pair.a, "route_tables").append(table)


def no_ipv6(pair: Pair) -> None:
    for subnet in value(pair.b, "subnets"):
        subnet["ipv6_cidr_blocks"] = []


def group_a(pair: Pair) -> dict[str, Any]:
    found: dict[str, Any] = value(pair.a, "security_groups")[0]
    return found


def rule_a(**more: Any) -> Bend:
    return lambda pair: group_a(pair)["rules"][0].update(more)


def no_rule(pair: Pair) -> None:
    group_a(pair)["rules"].pop(0)


def half_of_block(pair: Pair) -> None:
    group_a(pair)["rules"][0].update(cidr_ip="10.1.0.128/25")


def egress(**more: Any) -> Bend:
    def bend(pair: Pair) -> None:
        for rule in value(pair.b, "security_groups")[0]["rules"]:
            rule.update(more)

    return bend


def no_egress(pair: Pair) -> None:
    value(pair.b, "security_groups")[0]["rules"].clear()


def other_group(pair: Pair) -> None:
    value(pair.b, "instance")["security_group_ids"] = ["sg-x"]
    other = build.group("sg-x", healthy.all_out(), name="x")
    value(pair.b, "security_groups").append({**other, "vpc_id": build.VPC_B})


def group_deleted(pair: Pair) -> None:
    value(pair.b, "security_groups").clear()
    if value(pair.b, "instance"):
        other = build.group("sg-x", healthy.all_out(), name="x")
        put(pair.b, "security_groups", [{**other, "vpc_id": build.VPC_B}])
        value(pair.b, "instance")["security_group_ids"] = ["sg-x"]


def entries(name: str, *more: dict[str, Any], instead: bool = False, egress: bool = False) -> Bend:
    """Put entries into a side's network ACL; ``instead`` of those of that direction that allow."""

    def bend(pair: Pair) -> None:
        for found in value(side(pair, name), "network_acls"):
            kept = [item for item in found["entries"] if not (instead and item["allow"] and item["egress"] is egress)]
            found["entries"] = sorted([*kept, *more], key=lambda item: item["rule_number"])

    return bend


def deny(number: int, block: str, egress: bool, low: int | None = None, high: int | None = None) -> dict[str, Any]:
    span: dict[str, Any] = {"protocol": "6", "from_port": low, "to_port": high} if low else {}
    return build.entry(number, block, egress, False, **span)


def allow(number: int, egress: bool, low: int, high: int) -> list[dict[str, Any]]:
    span: dict[str, Any] = {"protocol": "6", "from_port": low, "to_port": high}
    return [build.entry(number + at, block, egress, **span) for at, block in enumerate(("0.0.0.0/0", "::/0"))]


def no_dns(pair: Pair) -> None:
    value(pair.b, "vpc")["dns_support"] = False


def zone(name: str) -> Bend:
    def bend(pair: Pair) -> None:
        value(pair.b, "private_zones").append({"name": name, "owner": build.B, "zone_id": "Z9"})

    return bend


def live(**more: Any) -> Bend:
    """What a host says that is well in all else."""

    def bend(pair: Pair) -> None:
        port = value(pair.a, "cluster")["endpoint"]["port"]
        nodes = [tried(name, address, port) for name, address in healthy.ADDRESSES.items()]
        said: dict[str, Any] = {
            "host": "client",
            "resolved": {},
            "nodes": nodes,
            "identity": {"value": f"arn:aws:sts::{build.B}:assumed-role/AssumeDaxRole/i-1", "problem": None},
            "assumed": {"value": f"arn:aws:sts::{build.A}:assumed-role/DaxCrossAccountRole/x", "problem": None},
            "items": [dict(item) for item in nodes],
        }
        healthy.bend(pair, live={**(pair.live or said), **more})

    return bend


def tried(name: str, address: str, port: int = 8111, error: str = "") -> dict[str, Any]:
    shape = {"address": address, "port": port, "node_id": name, "connected": not error}
    return {**shape, "milliseconds": None if error else 1.5, "error": error}


def wanted(**more: Any) -> Bend:
    return lambda pair: healthy.bend(pair, wanted=replace(pair.wanted, **more))


def old_document(pair: Pair) -> None:
    assert pair.cluster_document is not None
    other = "TLS" if pair.cluster_document["encryption_type"] == "NONE" else "NONE"
    pair.cluster_document["encryption_type"] = other


def many_rules(pair: Pair) -> None:
    group_a(pair)["rules"] += [build.rule(f"sgr-m{at}", cidr_ip=f"10.50.{at}.0/24") for at in range(48)]


def many_routes(pair: Pair) -> None:
    value(pair.a, "route_tables")[0]["routes"] += [build.route(f"10.50.{at}.0/24", "tgw-1") for at in range(250)]
    value(pair.a, "route_tables")[0]["routes"] += [build.route(f"10.51.{at}.0/24", "tgw-1") for at in range(160)]


def many_peerings(pair: Pair) -> None:
    ends = [build.end(build.C, f"vpc-m{at}", f"10.60.{at}.0/24") for at in range(43)]
    value(pair.a, "peerings").extend(build.peering(f"pcx-m{at}", requester=end) for at, end in enumerate(ends))


def many_tags(pair: Pair) -> None:
    value(pair.a, "role")["tags"] |= {f"{build.CONSUMER}:{build.C}/m{at}": "x" for at in range(44)}


FAULTS: dict[str, Fault] = {
    "no cluster": Fault("cluster.exists", no_cluster),
    "cluster creating": Fault("cluster.status", cluster(status="creating", nodes=[])),
    "cluster deleting": Fault("cluster.status", cluster(status="deleting")),
    "cluster modifying": Fault("cluster.status", cluster(status="modifying"), verdict="warning"),
    "no endpoint": Fault(
        "cluster.endpoint", cluster(endpoint={"address": None, "port": 8111, "url": None}), ("plain",)
    ),
    "node restarting": Fault("cluster.nodes", node_status("rebooting")),
    "node deleting": Fault("cluster.nodes", node_status("deleting")),
    "node missing": Fault("cluster.node_count", lose_node, verdict="warning", says="2"),
    "parameters pending": Fault(
        "cluster.parameter_group",
        lambda pair: value(pair.a, "cluster")["parameter_group"].update(
            parameter_apply_status="pending-reboot", node_ids_to_reboot=["orders-a"]
        ),
        verdict="warning",
    ),
    "no connection": Fault("peering.exists", no_connection, says="there is none"),
    **{
        f"connection {code}": Fault("peering.exists", connection(code), says=f"pcx-1 is {code}")
        for code in ("deleted", "rejected", "expired", "failed", "deleting")
    },
    "connection pending": Fault(
        "peering.active",
        connection("pending-acceptance", expiration_time="2026-03-10T00:00:00+00:00"),
        says="account 111111111111 has to accept it, by 2026-03-10",
    ),
    "connection pending in B": Fault("peering.active", requested_by_a, says="account 222222222222 has to accept it"),
    "connection provisioning": Fault("peering.active", connection("provisioning")),
    "connection of another VPC": Fault("peering.vpcs", wrong_vpc, says="vpc-x"),
    "blocks overlap": Fault("peering.overlap", overlap, says="10.0.0.0/16 of account A and 10.0.128.0/20 of account B"),
    "route of B gone": Fault("routes.to_cluster", routes_gone("b")),
    "route of B to a dead connection": Fault(
        "routes.to_cluster", routes_to("b", "pcx-0", "blackhole"), says="blackhole"
    ),
    "route of B to a NAT gateway": Fault("routes.to_cluster", routes_to("b", "nat-9"), says="nat-9"),
    "route of B to a NAT gateway that is gone": Fault("routes.to_cluster", routes_to("b", "nat-9", "blackhole")),
    "route of B propagated": Fault("routes.to_cluster", routes_to("b", "vgw-9", origin="EnableVgwRoutePropagation")),
    "route of B for a node's subnet": Fault(
        "routes.to_cluster", more_route("b", "10.0.2.0/24"), IPV4, says="10.0.2.0/24"
    ),
    "route of B for a part of it": Fault("routes.to_cluster", more_route("b", "10.0.2.0/28"), IPV4, says="10.0.2.0/28"),
    "route of B for a part, propagated": Fault(
        "routes.to_cluster", more_route("b", "10.0.3.0/24", "vgw-9", "EnableVgwRoutePropagation"), IPV4
    ),
    "route of B by a prefix list": Fault("routes.to_cluster", prefix_list, IPV4, says="pl-1"),
    "only a larger route of B": Fault("routes.to_cluster", larger_route_only, ("plain", "tls", "no_instance")),
    "route of A gone": Fault("routes.to_client", routes_gone("a")),
    "route of A gone in the main table": Fault("routes.to_client", routes_gone("a", 1)),
    "route of A elsewhere": Fault("routes.to_client", routes_to("a", "tgw-9", table=1), says="tgw-9"),
    "route of A to a dead connection": Fault(
        "routes.to_client", routes_to("a", "pcx-0", "blackhole"), says="blackhole"
    ),
    "route of A for the client": Fault("routes.to_client", more_route("a", "10.1.0.16/28"), IPV4, says="10.1.0.16/28"),
    "a node's subnet has another table": Fault("routes.to_client", other_table, says="no route"),
    "no IPv6 in the client's subnet": Fault("routes.family", no_ipv6, ("ipv6",)),
    "cluster without a group": Fault("groups.cluster", cluster(security_groups=[])),
    "rule gone": Fault("groups.ingress", no_rule),
    "rule on another port": Fault("groups.ingress", rule_a(from_port=22, to_port=22), says="sgr-1 is for tcp 22 to 22"),
    "rule for UDP": Fault("groups.ingress", rule_a(protocol="udp"), says="sgr-1 is for udp"),
    "rule of a group that was": Fault("groups.ingress", rule_a(source_group_id="sg-old"), BY_GROUP, says="sg-old"),
    "rule for another block": Fault("groups.ingress", rule_a(cidr_ip="10.2.0.0/24"), ("cross_region",)),
    "rule for the other half": Fault("groups.ingress", half_of_block, ("cross_region",), says="10.1.0.0/25"),
    "no way out": Fault("groups.egress", no_egress),
    "a way out on another port": Fault("groups.egress", egress(protocol="tcp", from_port=443, to_port=443)),
    "a way out to one node": Fault("groups.egress", egress(cidr_ip="10.0.1.0/24"), IPV4[:2], says="10.0.2.0/23"),
    "instance without the group": Fault("groups.client", other_group, tuple(set(BY_GROUP) & set(WITH_INSTANCE))),
    "group deleted": Fault("groups.client", group_deleted, says="there is no such group"),
    "ACL of B shuts calls out": Fault(
        "acls.from_client", entries("b", deny(1, "0.0.0.0/0", True), deny(2, "::/0", True)), ("plain",)
    ),
    "ACL of B denies the port": Fault(
        "acls.from_client", entries("b", deny(50, "10.0.0.0/16", True, 8000, 9200)), IPV4
    ),
    "ACL of A denies a client": Fault(
        "acls.to_cluster", entries("a", deny(50, "10.1.0.20/32", False)), KNOWN_ADDRESS, says="rule 50"
    ),
    "ACL of A has no rule in": Fault("acls.to_cluster", entries("a", instead=True), says="the default rule"),
    "ACL of A denies answers": Fault(
        "acls.from_cluster", entries("a", *allow(90, True, 1024, 5000), instead=True, egress=True)
    ),
    "ACL of A denies some answers": Fault(
        "acls.from_cluster", entries("a", deny(50, "10.1.0.0/24", True, 50000, 51000)), IPV4, says="TCP 50000-51000"
    ),
    "ACL of A for Windows alone": Fault(
        "acls.from_cluster", entries("a", *allow(90, True, 49152, 65535), instead=True, egress=True), verdict="warning"
    ),
    "ACL of B denies answers": Fault(
        "acls.to_client", entries("b", deny(50, "10.0.3.0/24", False)), IPV4, says="10.0.3.0/24"
    ),
    "no name servers": Fault("dns.support", no_dns),
    "private zone above": Fault("dns.shadow", zone("us-east-1.amazonaws.com."), says="us-east-1.amazonaws.com."),
    "private zone of DAX": Fault("dns.shadow", zone("Dax-Clusters.us-east-1.amazonaws.com")),
    "name resolves elsewhere": Fault(
        "dns.resolves", live(resolved={healthy.ENDPOINT: ["192.0.2.9"]}), IPV4, says="192.0.2.9"
    ),
    "name does not resolve": Fault("dns.resolves", live(resolved={healthy.ENDPOINT: []}), says="no address"),
    "document of an older cluster": Fault("tls.document", old_document),
    "client with the other scheme": Fault(
        "tls.client", wanted(client_endpoint=f"daxs://{healthy.ENDPOINT}:9111"), ("plain",)
    ),
    "client without TLS": Fault("tls.client", wanted(client_endpoint=f"dax://{healthy.ENDPOINT}:9111"), ("tls",)),
    "client with another port": Fault(
        "tls.client", wanted(client_endpoint=f"dax://{healthy.ENDPOINT}:8112"), ("plain",)
    ),
    "client with an address": Fault(
        "tls.certificate", wanted(client_endpoint="daxs://10.0.1.10:9111"), ("tls",), says="an address"
    ),
    "client with another name": Fault("tls.certificate", wanted(client_endpoint="daxs://dax.example.com"), ("tls",)),
    "many rules": Fault("limits.rules", many_rules, ("plain",), "warning", "49 of 60"),
    "many routes": Fault("limits.routes", many_routes, verdict="warning"),
    "many connections": Fault("limits.peerings", many_peerings, ("plain",), "warning", "44 of 50"),
    "many tags": Fault("limits.tags", many_tags, ("plain",), "warning", "45 of 50"),
    "maintenance tomorrow": Fault(
        "limits.maintenance",
        cluster(preferred_maintenance_window="thu:01:00-thu:09:00"),
        verdict="warning",
        says="13 hours",
    ),
    "maintenance now": Fault(
        "limits.maintenance", cluster(preferred_maintenance_window="tue:23:00-wed:13:00"), verdict="warning", says="now"
    ),
    "host reaches no node": Fault(
        "live.connect",
        live(nodes=[tried("orders-a", "10.0.1.10", error="timed out")], items=[]),
        IPV4,
        says="timed out",
    ),
    "host has no credentials": Fault(
        "live.identity", live(identity={"value": None, "problem": "no credentials"}), IPV4
    ),
    "host may not assume": Fault("live.assume", live(assumed={"value": None, "problem": "AccessDenied"}), IPV4),
    "GetItem fails": Fault("live.items", live(items=[tried("orders-b", "10.0.2.10", error="AccessDenied")]), IPV4),
}
