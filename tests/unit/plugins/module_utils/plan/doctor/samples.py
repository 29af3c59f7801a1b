# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Diagnoses with the facts that they tell of, for the tests of what is written about them: without any check.

Account A (111111111111) owns the cluster ``orders``. ``pair(kind)`` is a consumer of account B (222222222222) that is
healthy, or has what KINDS says.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.dax.cross_account.plugins.module_utils.common.doctor import DoctorFactsA, DoctorFactsB
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.diagnose import Diagnosis, _worst
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.model import (
    HOST,
    LINKS,
    A,
    B,
    Finding,
    Fix,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as make

VPC_A, VPC_B = "vpc-0a3f5c8e1b7d92640", "vpc-0b81d4e6f27c3a915"
PEERING = "pcx-05d1c9a7e3b8f6420"
NODES = {
    "orders-a": "subnet-0a11c2d3e4f506172",
    "orders-b": "subnet-0a22c2d3e4f506172",
    "orders-c": "subnet-0a33c2d3e4f506172",
}
TABLE_A, TABLE_B = "rtb-0c4e6a8b0d2f41357", "rtb-0d5f7b9c1e3a52468"
CLIENT = "subnet-0b44c2d3e4f506172"
GROUP_A, GROUP_B = "sg-0a77f1e2d3c4b5a69", "sg-0b88f1e2d3c4b5a69"
AT = "2026-03-01T12:00:00+00:00"

RUN = Fix(
    "run", A, "run the playbook again, it makes the route anew", (("ansible-playbook", "dax.cross_account.site"),)
)


def value(found: Any) -> dict[str, Any]:
    return {"value": found, "problem": None}


def problem(text: str) -> dict[str, Any]:
    return {"value": None, "problem": text}


def _role(name: str, account: str, *tables: str) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Action": "dynamodb:*",
        "Resource": [f"arn:aws:dynamodb:us-east-1:{account}:table/{table}" for table in tables],
    }
    policies = [{"name": "tables", "arn": None, "document": {"Version": "2012-10-17", "Statement": [statement]}}]
    return {**make.role(name, {}, account), "policies": policies, "boundary": None}


def _peering() -> dict[str, Any]:
    ends = {"requester": make.end(make.B, VPC_B, "10.1.0.0/24"), "accepter": make.end(make.A, VPC_A, "10.0.0.0/16")}
    return make.peering(PEERING, **ends)


def facts_a(**readings: Any) -> DoctorFactsA:
    """What was read in account A; ``readings`` are those that differ."""
    zones = dict(zip(NODES.values(), ("us-east-1a", "us-east-1b", "us-east-1c"), strict=True))
    subnets = [make.subnet(name, f"10.0.{at}.0/24", zone) for at, (name, zone) in enumerate(zones.items(), 1)]
    nodes = [{"node_id": name, "endpoint": {"address": f"{name}.x.dax", "port": 9111, "url": None}} for name in NODES]
    endpoint = {"address": "orders.3m9q2x.dax-clusters.us-east-1.amazonaws.com", "port": 9111}
    endpoint["url"] = f"daxs://{endpoint['address']}"
    cluster = make.cluster(encryption_type="TLS", endpoint=endpoint, nodes=nodes)
    cluster["security_groups"] = [{"security_group_identifier": GROUP_A, "status": "active"}]
    routes = [make.route("10.0.0.0/16", "local"), make.route("10.1.0.0/24", PEERING)]
    rule = make.our_rule(9111, GROUP_B)
    read = {
        "cluster": cluster,
        "subnet_group": {
            "subnet_group_name": "orders",
            "vpc_id": VPC_A,
            "subnets": [{"subnet_identifier": name, "supported_network_types": ["ipv4"]} for name in zones],
            "supported_network_types": ["ipv4"],
        },
        "role": _role("DaxCrossAccountRole", make.A),
        "service_role": _role("DaxServiceRole", make.A, "orders", "customers", "stock", "prices"),
        "vpc": make.vpc(VPC_A, "10.0.0.0/16"),
        "subnets": [*subnets, *(make.subnet(f"subnet-other{at}", f"10.0.{at}.0/24") for at in range(50, 54))],
        "route_tables": [make.table(TABLE_A, *routes, main=True)],
        "network_acls": [make.acl(make.entry(100, "0.0.0.0/0"), acl_id="acl-0e1f2a3b4c5d6e7f8", subnets=tuple(zones))],
        "security_groups": [make.group(GROUP_A, rule, name="orders-cluster")],
        "peerings": [_peering()],
        "prefix_lists": [],
        "nodes_subnets": dict(NODES),
    }
    return {  # type: ignore[return-value]
        "side": "a",
        "identity": make.identity(make.A),
        "region": make.REGION,
        "read_at": AT,
        "readings": {**{name: value(item) for name, item in read.items()}, **readings},
    }


def facts_b(name: str = "payments", account: str = make.B, **readings: Any) -> DoctorFactsB:
    """What was read for one consumer."""
    profile = "payments-profile"
    instance = {
        "instance_id": "i-0f1e2d3c4b5a69788",
        "state": "running",
        "instance_type": "t3.micro",
        "image_id": "ami-1",
        "key_name": None,
        "subnet_id": CLIENT,
        "vpc_id": VPC_B,
        "instance_profile_arn": f"arn:aws:iam::{account}:instance-profile/{profile}",
        "instance_profile_id": make.PROFILE_ID,
        "security_group_ids": [GROUP_B],
        "private_ip_address": "10.1.0.12",
        "public_ip_address": None,
        "tags": {},
    }
    read = {
        "instance": instance,
        "instance_profile": {
            "instance_profile_name": profile,
            "instance_profile_id": make.PROFILE_ID,
            "arn": instance["instance_profile_arn"],
            "path": "/",
            "role_names": ["AssumeDaxRole"],
            "tags": {},
        },
        "role": _role("AssumeDaxRole", account),
        "vpc": make.vpc(VPC_B, "10.1.0.0/24"),
        "subnets": [make.subnet(CLIENT, "10.1.0.0/26", "us-east-1a")],
        "route_tables": [make.table(TABLE_B, make.route("10.0.0.0/16", PEERING), subnets=(CLIENT,))],
        "network_acls": [make.acl(make.entry(100, "0.0.0.0/0"), acl_id="acl-0f2a3b4c5d6e7f801", subnets=(CLIENT,))],
        "security_groups": [make.group(GROUP_B, name="payments-client")],
        "internet_gateways": [],
        "nat_gateways": [],
        "vpc_endpoints": [{**make.endpoint("sts"), "vpc_endpoint_id": "vpce-0123f4e5d6c7b8a90"}],
        "peerings": [_peering()],
        "prefix_lists": [],
        "private_zones": [],
        "endpoint_groups": [],
    }
    return {  # type: ignore[return-value]
        "side": "b",
        "identity": make.identity(account),
        "region": make.REGION,
        "read_at": AT,
        "name": name,
        "wants_instance": True,
        "security_group_id": GROUP_B,
        "subnet_ids": [CLIENT],
        "readings": {**{key: value(item) for key, item in read.items()}, **readings},
    }


def _healthy() -> list[Finding]:
    """What a healthy pair gives: a finding for each thing that was looked at."""

    def ok(check: str, where: Any, subject: str, found: str) -> Finding:
        return Finding(check, "ok", where, subject, found)

    return [
        ok("compute.instance", B, "instance i-0f1e2d3c4b5a69788", "running"),
        ok("compute.profile", B, "instance profile payments-profile", "has the role AssumeDaxRole"),
        ok("assume.allowed", B, "role AssumeDaxRole", "may assume DaxCrossAccountRole"),
        ok("sts.way", B, "endpoint vpce-0123f4e5d6c7b8a90", "available, with private DNS"),
        ok("trust.principal", A, "role DaxCrossAccountRole", "trusts AssumeDaxRole"),
        ok("rights.actions", A, "role DaxCrossAccountRole", "allows all nine actions on orders"),
        ok("cluster.available", A, "DAX cluster orders", "available"),
        *(ok("cluster.node", A, f"node {node}", "available") for node in NODES),
        ok("peering.active", A, f"peering connection {PEERING}", "active"),
        *(ok("routes.from_nodes", A, f"route 10.1.0.0/24 of {subnet}", f"to {PEERING}") for subnet in NODES.values()),
        ok("routes.from_client", B, f"route 10.0.0.0/16 in {TABLE_B}", f"to {PEERING}"),
        ok("groups.ingress", A, f"security group {GROUP_A}", f"lets {GROUP_B} in on port 9111"),
        ok("acls.both_ways", A, "network ACL acl-0e1f2a3b4c5d6e7f8", "allows both ways"),
        ok("dns.vpc", B, f"VPC {VPC_B}", "resolves names"),
        ok("tls.scheme", A, "DAX cluster orders", "daxs on port 9111"),
    ]


KINDS: dict[str, list[Finding]] = {
    "healthy": [],
    "broken": [
        Finding(
            "routes.from_nodes",
            "broken",
            A,
            f"route 10.1.0.0/24 in {TABLE_A}",
            "is a blackhole, its peering connection is gone",
            f"a route to {PEERING}, which is active",
            RUN,
            {"route_table_id": TABLE_A, "destination": "10.1.0.0/24", "state": "blackhole", "target_id": "pcx-0dead"},
        ),
        Finding(
            "limits.rules",
            "warning",
            A,
            f"security group {GROUP_A}",
            "58 of 60 inbound rules",
            "room for another consumer",
            Fix(
                "command",
                A,
                "ask for a higher quota of rules for each security group",
                (
                    (
                        *("aws", "service-quotas", "request-service-quota-increase", "--region", "us-east-1"),
                        *("--service-code", "vpc", "--quota-code", "L-0EA8095F", "--desired-value", "100"),
                    ),
                ),
            ),
            {"rules": 58, "quota": 60},
        ),
    ],
    "warning": [
        Finding("limits.rules", "warning", A, f"security group {GROUP_A}", "58 of 60 inbound rules", "room for more"),
    ],
    "unknown": [
        Finding(
            "assume.allowed",
            "unknown",
            B,
            "role AssumeDaxRole",
            "AccessDenied: not authorized to perform: iam:GetRolePolicy",
            fix=Fix("manual", B, "grant iam:GetRolePolicy, and ask again"),
        ),
        Finding("live.connect", "unknown", HOST, "the client's host", "nothing was tried from it"),
    ],
}


def diagnosis(consumer: str, cluster: str | None, findings: list[Finding]) -> Diagnosis:
    """Return what ``diagnose()`` makes of findings."""
    order = list(LINKS)
    findings = sorted(findings, key=lambda item: order.index(item.link))
    broken = next((item for item in findings if item.verdict == "broken"), None)
    return {
        "consumer": consumer,
        "cluster": cluster,
        "verdict": _worst(findings),
        "headline": broken.data() if broken else None,
        "links": [
            {"id": link, "number": number, "title": title, "verdict": _worst(findings, link)}
            for link, (number, title) in LINKS.items()
        ],
        "findings": [item.data() for item in findings],
    }


def pair(kind: str = "healthy", consumer: str = f"{make.B}/payments") -> Diagnosis:
    """Return the diagnosis of one consumer; the findings of its kind stand for the healthy ones on the same thing."""
    bad = KINDS[kind]
    kept = [item for item in _healthy() if all(other.check != item.check for other in bad)]
    return diagnosis(consumer, make.CLUSTER_ARN, [*kept, *bad])


def crowd(count: int = 50) -> tuple[list[Diagnosis], list[DoctorFactsB]]:
    """Return so many consumers with their facts: two broken, three with a warning, one unknown, the others healthy."""
    kinds = {7: "broken", 31: "broken", 3: "warning", 12: "warning", 40: "warning", 22: "unknown"}
    names = [(f"2222222222{at:02}", f"service-{at:02}") for at in range(count)]
    pairs = [pair(kinds.get(at, "healthy"), f"{account}/{name}") for at, (account, name) in enumerate(names)]
    return pairs, [facts_b(name, account) for account, name in names]


def plans() -> list[dict[str, Any]]:
    """Return the plan of a run that made one route and changed a trust policy."""
    actions = [
        {
            "step": "routes",
            "kind": "create",
            "resource_type": "route",
            "resource_id": "10.1.0.0/24",
            "attribute": None,
            "resource": f"route 10.1.0.0/24 in {TABLE_A}",
            "before": None,
            "after": PEERING,
            "why": "",
        },
        {
            "step": "role",
            "kind": "change",
            "resource_type": "role",
            "resource_id": "DaxCrossAccountRole",
            "attribute": "trust",
            "resource": "trust policy of role DaxCrossAccountRole",
            "before": {"Statement": []},
            "after": {"Statement": [make.trust(make.ROLE_B, condition={"StringEquals": {"sts:ExternalId": "s3cret"}})]},
            "why": "the consumer is new",
        },
    ]
    return [{"side": "account A", "actions": actions, "lines": ["account A: 1 to create, 1 to change, 0 to remove"]}]


def documents() -> list[dict[str, Any]]:
    return [make.cluster_document(external_id="s3cret"), make.consumer(external_id="s3cret")]
