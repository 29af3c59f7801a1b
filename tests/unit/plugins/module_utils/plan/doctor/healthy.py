# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Healthy pairs of every kind, for the tests of the doctor to break.

Account A has ``orders`` with three nodes in three subnets, account B one client. Every call makes a pair of its own,
whose facts may be bent. What only IAM needs is in ``healthy_iam.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.pair import Pair, Wanted
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor import healthy_iam

READ_AT = "2026-03-04T12:00:00+00:00"  # a Wednesday
REGION_B = "eu-west-1"  # of the consumer in another region
IPV6_A, IPV6_B = "2600:1f18:a::/56", "2600:1f18:b::/56"
ENDPOINT = "orders.abc123.dax-clusters.us-east-1.amazonaws.com"
SUBNETS_A = {"subnet-a1": "10.0.1.0/24", "subnet-a2": "10.0.2.0/24", "subnet-a3": "10.0.3.0/24"}
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
NODES = dict(zip(("orders-a", "orders-b", "orders-c"), SUBNETS_A, strict=True))
ADDRESSES = {"orders-a": "10.0.1.10", "orders-b": "10.0.2.10", "orders-c": "10.0.3.10"}
CLIENT_ADDRESS = "10.1.0.20"
MARKS_A = {build.MARK: build.CLUSTER_ARN}


def pair(kind: str = "plain") -> Pair:
    """Return a new healthy pair of one of :data:`KINDS`."""
    made = _pair()
    KINDS[kind](made)
    return made


def value(readings_of: Any, name: str) -> Any:
    """Return the value of a reading of ``pair.a`` or ``pair.b``, to look at or to bend."""
    return readings_of["readings"][name]["value"]


def put(readings_of: Any, name: str, new: Any) -> None:
    """Set the value of a reading."""
    readings_of["readings"][name] = {"value": new, "problem": None}


def refuse(readings_of: Any, name: str, problem: str = "not authorized to perform: ec2:Describe") -> None:
    """Let a reading fail."""
    readings_of["readings"][name] = {"value": None, "problem": problem}


def bend(made: Pair, **more: Any) -> None:
    """Set fields of a pair, which is frozen for the checks alone."""
    for name, new in more.items():
        object.__setattr__(made, name, new)


def acl(acl_id: str, *subnet_ids: str, ipv6: bool = False) -> dict[str, Any]:
    """A default network ACL: all passes."""
    blocks = ["0.0.0.0/0", *(["::/0"] if ipv6 else [])]
    entries = [build.entry(100 + at, block, way) for at, block in enumerate(blocks) for way in (False, True)]
    return build.acl(*entries, acl_id=acl_id, subnets=subnet_ids)


def all_out() -> dict[str, Any]:
    """The rule of egress that each new security group has."""
    return build.rule("sgr-out", -1, egress=True, protocol="-1", cidr_ip="0.0.0.0/0")


def node(node_id: str, zone: str, port: int = 8111) -> dict[str, Any]:
    name = f"{node_id}.abc123.nodes.dax-clusters.us-east-1.amazonaws.com"
    endpoint = {"address": name, "port": port, "url": None}
    status = {"node_status": "available", "parameter_group_status": "in-sync"}
    return {"node_id": node_id, "availability_zone": zone, "endpoint": endpoint, **status}


def cluster() -> dict[str, Any]:
    return build.cluster(
        endpoint={"address": ENDPOINT, "port": 8111, "url": f"dax://{ENDPOINT}"},
        nodes=[node(name, zone) for name, zone in zip(NODES, ZONES, strict=True)],
        total_nodes=3,
        active_nodes=3,
        node_type="dax.r5.large",
        subnet_group="orders",
        security_groups=[{"security_group_identifier": "sg-a", "status": "active"}],
        iam_role_arn=f"arn:aws:iam::{build.A}:role/DAXServiceRole",
        parameter_group={
            "parameter_group_name": "default.dax1.0",
            "parameter_apply_status": "in-sync",
            "node_ids_to_reboot": [],
        },
        preferred_maintenance_window="sun:01:00-sun:09:00",
        sse_description={"status": "ENABLED"},
        tags={},
    )


def subnet_group() -> dict[str, Any]:
    subnets = [
        {"subnet_identifier": name, "subnet_availability_zone": zone, "supported_network_types": ["ipv4"]}
        for name, zone in zip(SUBNETS_A, ZONES, strict=True)
    ]
    shape = {"subnet_group_name": "orders", "vpc_id": build.VPC_A, "subnets": subnets}
    return {**shape, "supported_network_types": ["ipv4"]}


def _pair() -> Pair:
    facts_a: dict[str, Any] = {
        "side": "a",
        "identity": build.identity(build.A),
        "region": build.REGION,
        "read_at": READ_AT,
        "readings": {name: {"value": found, "problem": None} for name, found in _readings_a().items()},
    }
    facts_b: dict[str, Any] = {
        "side": "b",
        "identity": build.identity(build.B),
        "region": build.REGION,
        "read_at": READ_AT,
        "name": "dax-client",
        "wants_instance": True,
        "security_group_id": "sg-b",
        "subnet_ids": ["subnet-b1"],
        "readings": {name: {"value": found, "problem": None} for name, found in _readings_b().items()},
    }
    endpoint = cluster()["endpoint"]
    return Pair(
        a=facts_a,  # type: ignore[arg-type]
        b=facts_b,  # type: ignore[arg-type]
        cluster_document=build.cluster_document(endpoint=endpoint),  # type: ignore[arg-type]
        consumer_document=build.consumer(),  # type: ignore[arg-type]
        wanted=Wanted(cluster_name="orders", role_name="DaxCrossAccountRole", consumer_role_name="AssumeDaxRole"),
    )


def _readings_a() -> dict[str, Any]:
    local = build.route(build.BLOCK_A, "local")
    # The cluster's subnets follow two tables: one of their own, and the main one.
    own = build.table("rtb-a1", dict(local), build.route(build.BLOCK_B), subnets=("subnet-a1", "subnet-a2"))
    main = build.table("rtb-main-a", dict(local), build.route(build.BLOCK_B), main=True)
    group = build.group("sg-a", build.our_rule(), all_out(), name="dax")
    return {
        "cluster": cluster(),
        "subnet_group": subnet_group(),
        **healthy_iam.readings_a(MARKS_A),
        "vpc": build.vpc(build.VPC_A, build.BLOCK_A) | {"dns_support": True, "dns_hostnames": True},
        "subnets": [
            build.subnet(name, block, zone) for (name, block), zone in zip(SUBNETS_A.items(), ZONES, strict=True)
        ],
        "route_tables": [own, main],
        "network_acls": [acl("acl-a", *SUBNETS_A)],
        "security_groups": [{**group, "vpc_id": build.VPC_A}],
        "peerings": [build.peering(tags=dict(build.TAGS_A))],
        "prefix_lists": [],
        "nodes_subnets": dict(NODES),
    }


def _readings_b() -> dict[str, Any]:
    marks = {**build.TAGS_B, "Name": "dax-client"}
    routes = [build.route(build.BLOCK_B, "local"), build.route("0.0.0.0/0", "igw-1"), build.route(build.BLOCK_A)]
    table = build.table("rtb-b", *routes, main=True)
    group = build.group("sg-b", all_out(), name="dax-client", tags=dict(marks))
    return {
        **_iam_b(marks),
        "vpc": build.vpc(build.VPC_B, build.BLOCK_B, tags=dict(marks)) | {"dns_support": True, "dns_hostnames": True},
        "subnets": [build.subnet("subnet-b1", build.BLOCK_B, map_public_ip=True, tags=dict(marks))],
        "route_tables": [table],
        "network_acls": [acl("acl-b", "subnet-b1")],
        "security_groups": [{**group, "vpc_id": build.VPC_B}],
        "internet_gateways": [{"internet_gateway_id": "igw-1", "attached": True, "tags": dict(marks)}],
        "nat_gateways": [],
        "vpc_endpoints": [],
        "peerings": [build.peering(tags=dict(marks))],
        "prefix_lists": [],
        "private_zones": [],
        "endpoint_groups": [],
    }


def _iam_b(marks: dict[str, str]) -> dict[str, Any]:
    """The IAM readings of account B and its instance, with addresses."""
    found = healthy_iam.readings_b(marks)
    found["instance"] |= {"private_ip_address": CLIENT_ADDRESS, "public_ip_address": "203.0.113.7"}
    return found


# The kinds. Each bends a plain pair.


def _plain(made: Pair) -> None:
    """Nothing differs."""


def _tls(made: Pair) -> None:
    found, document = value(made.a, "cluster"), made.cluster_document
    assert document is not None
    found["encryption_type"] = document["encryption_type"] = "TLS"
    endpoint: Any = {"address": ENDPOINT, "port": 9111, "url": f"daxs://{ENDPOINT}"}
    found["endpoint"] = document["endpoint"] = endpoint
    for item in found["nodes"]:
        item["endpoint"]["port"] = 9111
    rule = value(made.a, "security_groups")[0]["rules"][0]
    rule["from_port"] = rule["to_port"] = 9111


def _other_family(made: Pair, network_type: str) -> None:
    ipv6_only = network_type == "ipv6"
    value(made.a, "cluster")["network_type"] = network_type
    assert made.cluster_document is not None and made.consumer_document is not None
    made.cluster_document["network_type"] = network_type
    made.cluster_document["ipv6_cidr_blocks"] = [IPV6_A]
    made.consumer_document["ipv6_cidr_blocks"] = [IPV6_B]
    for facts, block, other in ((made.a, IPV6_A, IPV6_B), (made.b, IPV6_B, IPV6_A)):
        value(facts, "vpc")["ipv6_cidr_blocks"] = [block]
        for at, subnet in enumerate(value(facts, "subnets"), 1):
            subnet["ipv6_cidr_blocks"] = [block.replace("::/56", f":{at}::/64")]
        for table in value(facts, "route_tables"):
            table["routes"] += [build.route(block, "local"), build.route(other)]
            if ipv6_only:
                old = (build.BLOCK_A, build.BLOCK_B)
                table["routes"] = [
                    item for item in table["routes"] if item["destination"] not in old or item["target_id"] == "local"
                ]
        for found in value(facts, "network_acls"):
            replaced = acl(found["network_acl_id"], *found["subnet_ids"], ipv6=True)
            found["entries"] = replaced["entries"]
        for connection in value(facts, "peerings"):
            connection["requester"]["ipv6_cidr_blocks"] = [IPV6_B]
            connection["accepter"]["ipv6_cidr_blocks"] = [IPV6_A]
    value(made.b, "security_groups")[0]["rules"].append(
        build.rule("sgr-out6", -1, egress=True, protocol="-1", cidr_ipv6="::/0")
    )


def _ipv6(made: Pair) -> None:
    _other_family(made, "ipv6")


def _dual_stack(made: Pair) -> None:
    _other_family(made, "dual_stack")


def _cross_region(made: Pair) -> None:
    """The consumer is in another region, where a rule cannot name its group: it opens the block."""
    assert made.b is not None and made.consumer_document is not None
    made.b["region"] = made.consumer_document["region"] = REGION_B
    for facts in (made.a, made.b):
        value(facts, "peerings")[0]["requester"]["region"] = REGION_B
    value(made.b, "subnets")[0]["availability_zone"] = f"{REGION_B}a"
    rule = value(made.a, "security_groups")[0]["rules"][0]
    rule.update(source_group_id=None, source_user_id=None, cidr_ip=build.BLOCK_B)


def _adopted(made: Pair) -> None:
    """A VPC of the user's own: two client subnets on two tables, a NAT gateway, other connections, another block."""
    facts: Any = made.b
    assert made.consumer_document is not None
    facts["subnet_ids"] = ["subnet-b1", "subnet-b2"]
    made.consumer_document["cidr_blocks"] = [build.BLOCK_B, "100.64.0.0/24"]
    value(facts, "vpc").update(cidr_blocks=[build.BLOCK_B, "100.64.0.0/24"], tags={"Owner": "x"})
    blocks = {"subnet-b1": "10.1.0.0/25", "subnet-b2": "100.64.0.0/25", "subnet-public": "10.1.0.128/25"}
    put(facts, "subnets", [build.subnet(name, block) for name, block in blocks.items()])
    local = [build.route(block, "local") for block in (build.BLOCK_B, "100.64.0.0/24")]
    private = [
        *local,
        build.route("0.0.0.0/0", "nat-1"),
        build.route("10.0.0.0/8", "tgw-1"),
        build.route(build.BLOCK_A),
    ]
    tables = [
        build.table("rtb-main", *local, build.route("0.0.0.0/0", "nat-1"), main=True),  # no client follows it
        build.table("rtb-b1", *private, subnets=("subnet-b1",)),
        build.table(
            "rtb-b2", *[dict(item) for item in private], build.route("10.9.0.0/16", "pcx-9"), subnets=("subnet-b2",)
        ),
        build.table("rtb-public", *local, build.route("0.0.0.0/0", "igw-1"), subnets=("subnet-public",)),
    ]
    put(facts, "route_tables", tables)
    put(facts, "network_acls", [acl("acl-b", *blocks)])
    put(
        facts,
        "nat_gateways",
        [{"nat_gateway_id": "nat-1", "state": "available", "connectivity": "public", "subnet_id": "subnet-public"}],
    )
    value(facts, "internet_gateways")[0]["tags"] = {}
    value(facts, "security_groups")[0]["tags"] = {}
    value(facts, "instance").update(private_ip_address="10.1.0.20", public_ip_address=None)
    value(facts, "peerings").append(build.peering("pcx-9", accepter=build.end(build.C, build.VPC_C, "10.9.0.0/16")))
    for side in (made.a, made.b):
        value(side, "peerings")[0]["requester"]["cidr_blocks"] = [build.BLOCK_B, "100.64.0.0/24"]
    for table in value(made.a, "route_tables"):
        table["routes"].append(build.route("100.64.0.0/24"))


def _vpc_endpoint(made: Pair) -> None:
    """No way to the internet: STS is reached through an interface endpoint."""
    facts: Any = made.b
    put(facts, "internet_gateways", [])
    table = value(facts, "route_tables")[0]
    table["routes"] = [item for item in table["routes"] if item["target_id"] != "igw-1"]
    value(facts, "subnets")[0]["map_public_ip"] = False
    value(facts, "instance")["public_ip_address"] = None
    endpoint = build.endpoint(
        "sts", subnet_ids=["subnet-b1"], security_group_ids=["sg-sts"], endpoint_type="Interface", policy=None
    )
    put(facts, "vpc_endpoints", [endpoint])
    rule = build.rule("sgr-sts", 443, source_group_id="sg-b", source_user_id=build.B)
    put(facts, "endpoint_groups", [{**build.group("sg-sts", rule, all_out(), name="sts"), "vpc_id": build.VPC_B}])
    zone = {"name": f"sts.{build.REGION}.amazonaws.com.", "owner": "vpce.amazonaws.com", "zone_id": "Z1"}
    put(facts, "private_zones", [zone])


def _many_consumers(made: Pair) -> None:
    """Thirty other consumers, five of whom left connections behind that are dead."""
    role, group = value(made.a, "role"), value(made.a, "security_groups")[0]
    for number in range(30):
        name, block, connection = f"client-{number}", f"10.100.{number}.0/24", f"pcx-1{number:02}"
        key = f"{build.C}/{name}"
        status = "deleted" if number < 5 else "active"
        requester = build.end(build.C, f"vpc-c{number}", block)
        value(made.a, "peerings").append(
            build.peering(connection, status, {**MARKS_A, build.CONSUMER: key}, requester=requester)
        )
        role["tags"][f"{build.CONSUMER}:{key}"] = f"arn:aws:iam::{build.C}:role/{name}"
        if status == "active":
            group["rules"].append(build.our_rule(8111, f"sg-c{number}", key, f"sgr-c{number}", connection))
            for table in value(made.a, "route_tables"):
                table["routes"].append(build.route(block, connection))


def _no_instance(made: Pair) -> None:
    """The client is something else, in a subnet and with a group that are named."""
    facts: Any = made.b
    facts["wants_instance"] = False
    put(facts, "instance", None)
    put(facts, "instance_profile", None)


KINDS: dict[str, Callable[[Pair], None]] = {
    "plain": _plain,
    "tls": _tls,
    "ipv6": _ipv6,
    "dual_stack": _dual_stack,
    "cross_region": _cross_region,
    "adopted": _adopted,
    "vpc_endpoint": _vpc_endpoint,
    "many_consumers": _many_consumers,
    "no_instance": _no_instance,
}
