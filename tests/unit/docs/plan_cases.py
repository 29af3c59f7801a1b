# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The states that docs/what_it_does_when.md describes, by the names that it gives them, and the plan in each of them.

A case returns the lines of the plan that matter in it, as a run prints them: those that hold a word of ``about``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from ansible_collections.dax.cross_account.plugins.module_utils.common.policies import assume_role_policy, dax_policy
from ansible_collections.dax.cross_account.plugins.module_utils.common.shapes import FactsA, FactsB
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_a.plan import plan_a
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.plan import plan_b
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    adopted_b,
    built_b,
    cluster,
    cluster_document,
    consumer,
    facts_a,
    facts_b,
    peering,
    route,
    wanted_a,
    wanted_b,
)

Case = Callable[[], list[str]]
CASES: dict[str, Case] = {}

NAMED_A = {"Name": "dax-client", **build.TAGS_A, build.ID: "pcx-1"}
NAMED_B = {"Name": "dax-client", **build.TAGS_B}
OTHER = f"{build.C}/shipping"
OTHER_ROLE = f"arn:aws:iam::{build.C}:role/AssumeDaxRole"
EXTERNAL_ID = {"StringEquals": {"sts:ExternalId": "of-the-owner"}}
STATEMENT = build.trust(build.ROLE_B)
TWO_REGISTERED = {
    build.MARK: build.CLUSTER_ARN,
    f"{build.CONSUMER}:{build.KEY}": build.ROLE_B,
    f"{build.CONSUMER}:{OTHER}": OTHER_ROLE,
}
DELETED_ROLE = "AROAEXAMPLEEXAMPLE123"


def case(name: str) -> Callable[[Case], Case]:
    def add(made: Case) -> Case:
        assert name not in CASES
        CASES[name] = made
        return made

    return add


def lines(plan: dict[str, Any], *about: str) -> list[str]:
    """Return the plan's lines, without the summary where only some are asked for."""
    shown = [line.strip() for line in plan["lines"]]
    return [line for line in shown[1:] if any(word in line for word in about)] if about else shown


def a(facts: dict[str, Any] | None = None, *consumers: Any, about: tuple[str, ...] = (), **given: Any) -> list[str]:
    return lines(plan_a(cast(FactsA, facts or facts_a()), wanted_a(consumers=list(consumers), **given)), *about)


def b(
    facts: dict[str, Any] | None = None, *about: str, document: dict[str, Any] | None = None, **given: Any
) -> list[str]:
    return lines(
        plan_b(cast(FactsB, facts or facts_b()), wanted_b(cluster=cluster_document(**(document or {})), **given)),
        *about,
    )


def peered(**more: Any) -> dict[str, Any]:
    """Account A's facts with an active connection of ours."""
    return facts_a(**{"peerings": [peering(tags=NAMED_A)], **more})


def role_a(*statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    tags = {build.MARK: build.CLUSTER_ARN, f"{build.CONSUMER}:{build.KEY}": build.ROLE_B}
    policies = {"DaxCrossAccountPolicy": dax_policy(build.CLUSTER_ARN, "read_write")}
    description = f"dax.cross_account: {build.CLUSTER_ARN}"
    given = {"inline_policies": policies, "tags": tags, "description": description, **more}
    return build.role("DaxCrossAccountRole", build.policy(*statements), **given)


# Both sides at large.

CASES |= {
    "converged": lambda: a(peered(role=role_a(STATEMENT), **granted()), consumer()) + b(built_b()),
    "first run": b,
    "first run, account A": lambda: a(facts_a(peerings=[peering(status="pending-acceptance")]), consumer()),
    "wrong account": lambda: a(account_id="999999999999", about=("conflict",)),
    "same account": lambda: b(facts_b(identity=build.identity(build.A)), "conflict"),
    "partition": lambda: b(facts_b(identity=build.identity(build.B, "aws-cn")), "conflict"),
}


def granted() -> dict[str, Any]:
    """The routes and the rule of a consumer that has access."""
    tables = facts_a()["route_tables"]
    for table in tables[:2]:
        table["routes"].append(route(build.BLOCK_B, "pcx-1"))
    return {"route_tables": tables, "security_groups": [build.group("sg-a", build.our_rule())]}


# The cluster.

TLS = {"encryption_type": "TLS", "endpoint": {"address": "orders.dax.example", "port": 9111, "url": "daxs://x"}}
GROUPS = [build.group("sg-d", name="default"), build.group("sg-a", name="dax"), build.group("sg-e", name="extra")]
RULE = ("rule TCP",)


def dual_stack_peering() -> dict[str, Any]:
    there = build.end(build.A, build.VPC_A, build.BLOCK_A, ipv6=("2001:db8:a::/56",))
    return peering(tags=NAMED_B, accepter=there)


CASES |= {
    "unknown cluster": lambda: a(facts_a(cluster=None, cluster_names=["stock", "users"])),
    "creating": lambda: a(facts_a(cluster=cluster(status="creating")), about=("conflict",)),
    "modifying": lambda: a(facts_a(cluster=cluster(status="modifying")), about=("conflict",)),
    "deleting": lambda: a(facts_a(cluster=cluster(status="deleting")), about=("conflict",)),
    "TLS": lambda: a(peered(cluster=cluster(**TLS)), consumer(), about=RULE),
    "several groups": lambda: a(peered(security_groups=GROUPS), consumer(), about=RULE),
    "named group": lambda: a(peered(security_groups=GROUPS), consumer(), security_group_id="sg-e", about=RULE),
    "wrong group": lambda: a(peered(), consumer(), security_group_id="sg-f", about=("conflict",)),
    "several tables": lambda: a(peered(), consumer(), about=("create route",)),
    "dual stack": lambda: b(
        built_b(peerings=[dual_stack_peering()]),
        document={"network_type": "dual_stack", "ipv6_cidr_blocks": ["2001:db8:a::/56"]},
    ),
    "IPv6 only": lambda: b(
        facts_b(), "2001:", document={"network_type": "ipv6", "ipv6_cidr_blocks": ["2001:db8:a::/56"]}
    ),
}

# The consumer's VPC.


def without_sts_access() -> dict[str, Any]:
    facts = adopted_b(subnets=[build.subnet("subnet-1", "10.1.0.0/25")], effective_route_tables={"subnet-1": "rtb-1"})
    facts["route_tables"][1]["routes"] = [route(build.BLOCK_B, "local")]
    return facts


CASES |= {
    "chosen block": lambda: b(facts_b(), "create VPC"),
    "next block": lambda: b(
        facts_b(routed_cidr_blocks=["10.1.0.0/16"]), "create VPC", document={"routed_cidr_blocks": ["10.2.0.0/16"]}
    ),
    "no free block": lambda: b(facts_b(), vpc_pools=["10.0.0.0/16"]),
    "overlap": lambda: b(facts_b(), vpc_cidr="10.0.9.0/24"),
    "overlap, secondary": lambda: b(
        facts_b(), "conflict", document={"cidr_blocks": [build.BLOCK_A, "100.64.0.0/16"]}, vpc_cidr="100.64.9.0/24"
    ),
    "routed block": lambda: b(facts_b(routed_cidr_blocks=["10.9.0.0/16"]), "warning", vpc_cidr="10.9.0.0/24"),
    "another block": lambda: b(built_b(), "conflict", vpc_cidr="10.9.0.0/24"),
    "adopted VPC": lambda: b(adopted_b()),
    "wrong subnet": lambda: b(adopted_b(), "conflict", subnet_ids=["subnet-9"]),
    "no way out": lambda: b(without_sts_access(), "warning", sts_access="existing"),
    "endpoints": lambda: b(adopted_b(), "VPC endpoint", "443", sts_access="vpc_endpoint", ssm_access=True),
    "adopted role": lambda: b(adopted_b(role=build.role("AssumeDaxRole", build.policy(), build.B)), "role", "policy"),
    "another consumer's role": lambda: b(
        built_b(role=build.role("AssumeDaxRole", build.policy(), build.B, tags={**build.TAGS_B, build.CONSUMER: "x"})),
        "conflict",
    ),
}

# Peering connections.

PEERING = ("peering connection",)

CASES |= {
    "requested": lambda: b(built_b(peerings=[peering(status="pending-acceptance", tags=NAMED_B)]), *PEERING),
    "pending": lambda: a(facts_a(peerings=[peering(status="pending-acceptance")]), consumer(), about=PEERING),
    "not requested": lambda: a(facts_a(), consumer(peering_connection_id=None), about=PEERING),
    "the other direction": lambda: b(
        adopted_b(peerings=[peering(status="pending-acceptance", swapped=True)]), *PEERING
    ),
    "the other direction, account A": lambda: a(
        facts_a(peerings=[peering(status="pending-acceptance", swapped=True)]), consumer(), about=PEERING
    ),
    "dead, account A": lambda: a(facts_a(peerings=[peering(status="expired")]), consumer(), about=PEERING),
    "dead": lambda: b(terminal_b(), *PEERING),
    "DNS": lambda: a(peered(vpc=dns_vpc()), consumer(), dns_resolution=True, about=("DNS",)),
    "DNS later": lambda: b(
        built_b(peerings=[peering(status="pending-acceptance", tags=NAMED_B)]), "DNS", dns_resolution=True
    ),
    "DNS impossible": lambda: a(
        peered(vpc={**dns_vpc(), "dns_hostnames": False}), consumer(), dns_resolution=True, about=("conflict",)
    ),
}


def dns_vpc() -> dict[str, Any]:
    return {**build.vpc(build.VPC_A, build.BLOCK_A), "dns_support": True, "dns_hostnames": True}


def terminal_b() -> dict[str, Any]:
    facts = built_b(peerings=[peering(status="deleted", tags=NAMED_B)])
    routes = [item for item in facts["route_tables"][0]["routes"] if item["target_id"] != "pcx-1"]
    facts["route_tables"][0]["routes"] = [*routes, route(build.BLOCK_A, "pcx-1", "blackhole")]
    return facts


# Routes, rules, network ACLs.


def routed(*routes: dict[str, Any]) -> dict[str, Any]:
    facts = peered()
    facts["route_tables"][1]["routes"] += routes
    return facts


def blocked() -> dict[str, Any]:
    let_in = build.entry(100, "10.0.0.0/8")
    refuse = build.entry(90, "10.1.0.0/24", egress=True, allow=False)
    return peered(network_acls=[build.acl(let_in, refuse)])


def in_another_region(status: str = "active", swapped: bool = False) -> dict[str, Any]:
    there = build.end(build.B, build.VPC_B, build.BLOCK_B, region="eu-west-1")
    ends: dict[str, Any] = {"requester": there}
    if swapped:
        ends = {"requester": build.end(build.A, build.VPC_A, build.BLOCK_A), "accepter": there}
    return facts_a(peerings=[peering(status=status, tags=NAMED_A, **ends)])


IN_ONE = ("in rtb-1",)

CASES |= {
    "foreign route": lambda: a(routed(route(build.BLOCK_B, "tgw-1")), consumer(), about=("conflict",)),
    "foreign route, forced": lambda: a(
        routed(route(build.BLOCK_B, "tgw-1")), consumer(), force_routes=True, about=IN_ONE
    ),
    "dead route": lambda: a(routed(route(build.BLOCK_B, "pcx-0", "blackhole")), consumer(), about=IN_ONE),
    "stealing route": lambda: a(routed(route("10.1.0.0/25", "nat-1")), consumer(), about=IN_ONE),
    "another region": lambda: a(in_another_region(), consumer(region="eu-west-1"), about=RULE),
    "another region, pending": lambda: a(
        in_another_region(status="pending-acceptance", swapped=True), consumer(region="eu-west-1"), about=RULE
    ),
    "part of a foreign route": lambda: a(routed(route("10.1.0.0/16", "tgw-1")), consumer(), about=("conflict",)),
    "network ACL": lambda: a(blocked(), consumer(), about=("warning",)),
    "moved rule": lambda: a(
        peered(security_groups=[build.group("sg-a", build.our_rule(port=8112))]), consumer(), about=("rule ",)
    ),
}

# Many consumers.


def with_other() -> dict[str, Any]:
    """Account A where two consumers have access."""
    facts = peered(role=role_a(build.trust(build.ROLE_B, OTHER_ROLE)), **granted())
    facts["role"]["tags"][f"{build.CONSUMER}:{OTHER}"] = OTHER_ROLE
    theirs = build.end(build.C, "vpc-c", "10.3.0.0/24")
    tags = {build.MARK: build.CLUSTER_ARN, build.CONSUMER: OTHER}
    facts["peerings"].append(peering("pcx-2", tags=tags, requester=theirs))
    for table in facts["route_tables"][:2]:
        table["routes"].append(route("10.3.0.0/24", "pcx-2"))
    rule = build.our_rule(source="sg-c", key=OTHER, rule_id="sgr-2", peering_id="pcx-2")
    facts["security_groups"] = [build.group("sg-a", build.our_rule(), rule)]
    return facts


def other(**more: Any) -> dict[str, Any]:
    return consumer(build.C, "shipping", **more)


def many(count: int) -> list[dict[str, Any]]:
    return [
        consumer(f"{number:012}", peering_connection_id=None, security_group_id=None, cidr_blocks=[], vpc_id=None)
        for number in range(1, count + 1)
    ]


GONE_STRANGER = {**build.STRANGER, "Sid": "Reports", "Principal": {"AWS": DELETED_ROLE}}

CASES |= {
    "second consumer": lambda: a(
        peered(role=role_a(STATEMENT), **granted()), consumer(), other(), about=("role", "keep")
    ),
    "not in this run": lambda: a(with_other(), consumer()),
    "prune": lambda: a(with_other(), consumer(), prune=True),
    "prune, a document missing": lambda: a(
        with_other(), consumer(), prune=True, missing_documents=["documents/shipping.yml"]
    ),
    "another account's connection": lambda: a(
        facts_a(peerings=[peering("pcx-2", requester=build.end(build.C, "vpc-c", "10.3.0.0/24"))]),
        consumer(peering_connection_id="pcx-2"),
        about=("conflict",),
    ),
    "another consumer's VPC": lambda: a(
        with_other(),
        consumer(peering_connection_id=None, vpc_id="vpc-c"),
        about=("peering connection", "conflict"),
    ),
    "same block as one that is not in this run": lambda: a(
        with_other(), consumer(cidr_blocks=["10.3.0.0/25"]), about=("conflict CIDR",)
    ),
    "names that differ in case only": lambda: a(
        peered(role=role_a(STATEMENT), **granted()), consumer(name="DAX-client"), about=("conflict",)
    ),
    "account that may be none": lambda: a(facts_a(), consumer(), allowed_accounts=[build.C], about=("conflict",)),
    "same block": lambda: a(peered(), consumer(), other(cidr_blocks=[build.BLOCK_B]), about=("conflict",)),
    "twice": lambda: a(peered(), consumer(), consumer(), about=("conflict",)),
    "trust too large": lambda: a(facts_a(), *many(45), about=("conflict",)),
    "too many tags": lambda: a(facts_a(), *many(50), trust_policy_quota=4096, about=("conflict",)),
    "taken out by hand": lambda: a(
        peered(role=role_a(STATEMENT, tags=TWO_REGISTERED), **granted()), consumer(), about=("warning", "role")
    ),
    "a role for each": lambda: a(facts_a(), consumer(), other(), role_per_consumer=True, about=("role", "policy")),
    "recreated role": lambda: a(
        peered(role=role_a(build.trust(DELETED_ROLE)), **granted()), consumer(), about=("trust policy",)
    ),
    "strangers in the role": lambda: a(
        peered(role=build.role("DaxCrossAccountRole", build.policy(build.STRANGER)), **granted()),
        consumer(),
        about=("role",),
    ),
    "strangers who were deleted": lambda: a(
        peered(role=build.role("DaxCrossAccountRole", build.policy(GONE_STRANGER)), **granted()),
        consumer(),
        about=("conflict",),
    ),
    "role of another cluster": lambda: a(
        peered(role=role_a(STATEMENT, tags={build.MARK: f"{build.CLUSTER_ARN}-2"})), consumer(), about=("conflict",)
    ),
}

# Two teams.

CASES |= {
    "no consumer document": lambda: a(missing_documents=["documents/payments.yml"]),
    "half a consumer": lambda: a(
        facts_a(), consumer(vpc_id=None, cidr_blocks=[], peering_connection_id=None, security_group_id=None)
    ),
    "another cluster's document": lambda: a(
        facts_a(), consumer(cluster_arn=f"{build.CLUSTER_ARN}-2"), about=("conflict",)
    ),
    "another version": lambda: a(facts_a(), consumer(version=2), about=("conflict",)),
    "blocks beyond what EC2 shows": lambda: a(
        peered(), consumer(cidr_blocks=[build.BLOCK_B, "10.9.0.0/16"]), about=("conflict",)
    ),
    "block that no VPC has": lambda: a(peered(), consumer(cidr_blocks=["169.254.169.254/32"]), about=("conflict",)),
    "region that EC2 does not show": lambda: a(peered(), consumer(region="eu-west-1"), about=("conflict",)),
    "request that is not seen yet": lambda: a(facts_a(), consumer(), about=("pcx-1", "route", "rule")),
    "made by hand": lambda: a(
        facts_a(peerings=[peering(tags={"Name": "business"})]), consumer(), about=("peering connection", "route")
    ),
    "external id": lambda: a(
        peered(role=role_a(build.trust(build.ROLE_B, condition=EXTERNAL_ID)), **granted()),
        consumer(external_id="of-the-document"),
        external_id="of-the-owner",
    ),
    "another owner": lambda: b(built_b(), "conflict", owner_account_id=build.C),
    "account and ARN that do not agree": lambda: b(
        built_b(), "conflict", document={"account_id": build.C, "role_arn": OTHER_ROLE}
    ),
    "blocks beyond what EC2 shows, account B": lambda: b(
        built_b(), "conflict", document={"cidr_blocks": [build.BLOCK_A, "10.9.0.0/16"]}
    ),
}

# Removal.


def with_unmanaged_policy() -> dict[str, Any]:
    role = role_a(STATEMENT)
    role["inline_policies"]["Reports"] = build.policy()
    return peered(role=role, **granted())


CASES |= {
    "teardown, account A": lambda: a(peered(role=role_a(STATEMENT), **granted()), consumer(), state="absent"),
    "teardown": lambda: b(built_b(), state="absent"),
    "teardown, adopted": lambda: b(
        adopted_b(
            role=build.role(
                "AssumeDaxRole",
                build.policy(),
                build.B,
                inline_policies={"AssumeDaxRolePolicy": assume_role_policy(build.ROLE_A)},
            ),
            peerings=[peering(tags=NAMED_B)],
            security_groups=[build.group("sg-b", name="dax-client", tags=dict(NAMED_B))],
        ),
        state="absent",
    ),
    "teardown, adopted connection": lambda: a(
        peered(**{**granted(), "peerings": [peering()], "role": role_a(STATEMENT)}),
        consumer(peering_managed=False),
        state="absent",
    ),
    "teardown, one of two": lambda: a(with_other(), other(), state="absent"),
    "foreign things in our VPC": lambda: b(
        built_b(instances=[{**built_b()["instances"][0], "tags": {}}]), "conflict", state="absent"
    ),
    "foreign policies in our role": lambda: a(with_unmanaged_policy(), consumer(), state="absent", about=("conflict",)),
    "nothing left": lambda: a(facts_a(), consumer(), state="absent") + b(facts_b(), state="absent"),
}
