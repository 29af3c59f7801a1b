# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""More states of docs/what_it_does_when.md: what differs from account to account, and options against what stands."""

from __future__ import annotations

from typing import Any

from ansible_collections.dax.cross_account.tests.unit.docs.plan_cases import NAMED_B, Case, a, b, peered
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    adopted_b,
    built_b,
    consumer,
    endpoint,
    facts_a,
    facts_b,
    interface,
    launch,
    peering,
    route,
    service,
)


def without_instance(*ended: tuple[str, str], **more: Any) -> dict[str, Any]:
    return built_b(instances=[], launch=launch(*ended, **more))


def shared_vpc() -> dict[str, Any]:
    facts = adopted_b()
    facts["vpc"]["owner_id"] = build.C
    return facts


def resolving(**more: Any) -> dict[str, Any]:
    facts = adopted_b(**more)
    facts["vpc"]["dns_hostnames"] = True
    return facts


def renewed_profile() -> dict[str, Any]:
    facts = built_b()
    facts["instances"][0]["instance_profile_id"] = "AIPAEXAMPLEOLD"
    return facts


def with_guardduty() -> dict[str, Any]:
    tags = {"GuardDutyManaged": "true"}
    facts = built_b(vpc_endpoints=[endpoint("guardduty-data", vpc_endpoint_id="vpce-g", tags=tags)])
    facts["security_groups"].append(build.group("sg-g", name="GuardDutyManagedSecurityGroup-vpc-b", tags=tags))
    return facts


def ending() -> dict[str, Any]:
    facts = built_b(vpc_endpoints=[endpoint("sts", vpc_endpoint_id="vpce-1", state="deleting", tags=NAMED_B)])
    facts["instances"][0]["state"] = "shutting-down"
    return facts


def full_table() -> dict[str, Any]:
    facts = peered(quotas={"routes": build.read(problem=NO_QUOTAS)})
    facts["route_tables"][1]["routes"] += [route(f"172.16.{n % 250}.{n // 250 * 16}/28", "tgw-1") for n in range(499)]
    return facts


def crowded(count: int, **limits: float) -> dict[str, Any]:
    """Account A's facts with so many active connections of others, and a request."""
    ends = [build.end(build.C, f"vpc-{n}", "10.99.0.0/24") for n in range(count)]
    others = [peering(f"pcx-x{n}", requester=end) for n, end in enumerate(ends)]
    quotas = {name: build.read(value) for name, value in limits.items()}
    return facts_a(peerings=[peering("pcx-1", "pending-acceptance"), *others], quotas=quotas)


def routed(*routes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Account A's facts with further routes in the table of two of the cluster's subnets."""
    facts = peered(**more)
    facts["route_tables"][1]["routes"] += routes
    return facts


def by_way_of(default: dict[str, Any], **more: Any) -> dict[str, Any]:
    facts = adopted_b(**more)
    facts["route_tables"][1]["routes"] = [route(build.BLOCK_B, "local"), default]
    return facts


NO_QUOTAS = "AccessDeniedException: no, the credentials may not servicequotas:GetServiceQuota"
NO_LISTS = "UnauthorizedOperation: no, the credentials may not ec2:GetManagedPrefixListEntries"
OFFICES = build.prefix_list("pl-1", "10.1.0.0/16")
ENDED = ("i-0", "Client.InternalError")
STS = {"sts_access": "vpc_endpoint"}
OWN_STS = {"name": "sts.us-east-1.amazonaws.com.", "owner": build.C}

AWS_CASES: dict[str, Case] = {
    # Zones, types, images.
    "zone without the type": lambda: b(facts_b(launch=launch(availability_zones=["us-east-1b"])), "create subnet"),
    "no zone with the type": lambda: b(facts_b(launch=launch(availability_zones=["us-east-1f"])), "conflict"),
    "unknown type": lambda: b(
        without_instance(availability_zones=[], architectures=[]), "conflict", instance_type="t3.mirco"
    ),
    "type that no standing subnet can have": lambda: b(
        adopted_b(launch=launch(availability_zones=["us-east-1c"])), "conflict"
    ),
    "unknown zone": lambda: b(facts_b(), "conflict", availability_zones=["us-east-1z"]),
    "image of another architecture": lambda: b(
        without_instance(image=build.image("arm64")), "conflict", image_id="ami-1"
    ),
    "unknown image": lambda: b(without_instance(), "conflict", image_id="ami-1"),
    "unknown key pair": lambda: b(without_instance(), "conflict", key_name="ops"),
    "instance that ended": lambda: b(without_instance(ENDED), "conflict", "warning", **{"ended_before": []}),
    "instance that ended in an earlier run": lambda: b(without_instance(ENDED), "warning", "create"),
    # Options against what stands.
    "another type": lambda: b(built_b(), "conflict", instance_type="t3.large"),
    "another image": lambda: b(built_b(), "conflict", image_id="ami-2"),
    "another zone": lambda: b(built_b(), "conflict", availability_zones=["us-east-1b"]),
    "another group name": lambda: b(built_b(), "conflict", security_group_name="app"),
    "another path": lambda: b(built_b(), "conflict", role_path="/app/"),
    "another size": lambda: b(built_b(), vpc_prefix=20),
    "another STS access": lambda: b(built_b(), "warning", sts_access="existing"),
    "no instance any more": lambda: b(built_b(), instance=False),
    "profile made anew": lambda: b(renewed_profile()),
    # Endpoints.
    "endpoints in China": lambda: b(
        facts_b(
            identity=build.identity(build.B, "aws-cn"),
            region="cn-north-1",
            endpoint_services=[
                service("sts", region="cn-north-1", prefix="cn."),
                service("ssm", region="cn-north-1"),
                service("ssmmessages", region="cn-north-1"),
            ],
        ),
        "VPC endpoint",
        document={
            "partition": "aws-cn",
            "region": "cn-north-1",
            "cluster_arn": f"arn:aws-cn:dax:cn-north-1:{build.A}:cache/orders",
            "role_arn": f"arn:aws-cn:iam::{build.A}:role/DaxCrossAccountRole",
        },
        ssm_access=True,
        **STS,
    ),
    "no names": lambda: b(adopted_b(), "conflict", **STS),
    "a zone of the endpoint's name": lambda: b(resolving(private_zones=[OWN_STS]), "conflict", **STS),
    "endpoint in another zone": lambda: b(
        resolving(endpoint_services=[service("sts", "us-east-1c")]), "conflict", **STS
    ),
    "endpoint that is being deleted": lambda: b(
        built_b(vpc_endpoints=[endpoint("sts", vpc_endpoint_id="vpce-1", state="deleting")]), "vpce-1", **STS
    ),
    "endpoint that failed": lambda: b(
        built_b(vpc_endpoints=[endpoint("sts", vpc_endpoint_id="vpce-1", state="failed")]), "vpce-1", **STS
    ),
    # Others.
    "shared VPC": lambda: b(shared_vpc(), "conflict", vpc_id="vpc-b"),
    "cluster in a shared VPC": lambda: a(
        peered(vpc={**build.vpc(build.VPC_A, build.BLOCK_A), "owner_id": build.C}), consumer(), about=("conflict",)
    ),
    "full route table": lambda: a(full_table(), consumer(), about=("L-93826ACB",)),
    "no room for a connection": lambda: a(crowded(50), consumer(), about=("L-7E9ECCDB",)),
    "little room for a connection": lambda: a(crowded(110, peerings=125), consumer(), about=("L-7E9ECCDB",)),
    "sixty to come": lambda: a(facts_a(), expected=60, about=("conflict", "warning")),
    # Networks that routes lead to, and ways out.
    "prefix list": lambda: a(
        routed(route("pl-1", "tgw-1"), prefix_lists=[OFFICES]), consumer(), about=("conflict", "warning")
    ),
    "prefix list that is not shown": lambda: a(
        routed(route("pl-1", "tgw-1"), prefix_lists=[build.prefix_list(problem=NO_LISTS)]),
        consumer(),
        about=("warning",),
    ),
    "default route to a transit gateway": lambda: a(
        routed(route("0.0.0.0/0", "tgw-1")), consumer(), about=("warning",)
    ),
    "hidden networks": lambda: b(facts_b(hidden_networks=["0.0.0.0/0 in rtb-7 to tgw-1"]), "CIDR block"),
    "no public addresses": lambda: b(
        by_way_of(route("0.0.0.0/0", "igw-1")), "warning", sts_access="existing", subnet_ids=["subnet-1"]
    ),
    "NAT gateway that failed": lambda: b(
        by_way_of(
            route("0.0.0.0/0", "nat-1"),
            nat_gateways=[{"nat_gateway_id": "nat-1", "state": "failed", "connectivity": "public"}],
        ),
        "warning",
        sts_access="existing",
        subnet_ids=["subnet-1"],
    ),
    "way out for IPv6 only": lambda: b(
        by_way_of(route("::/0", "eigw-1")), "warning", sts_access="existing", subnet_ids=["subnet-1"]
    ),
    "table that is not shown": lambda: b(
        adopted_b(route_tables=[], effective_route_tables={}), "conflict", subnet_ids=["subnet-1"]
    ),
    "DNS impossible in account B": lambda: b(adopted_b(), "conflict", dns_resolution=True),
    "tags that differ in case only": lambda: b(
        built_b(role={**built_b()["role"], "tags": {**build.TAGS_B, "Team": "x"}}),
        "conflict",
        tags={"team": "x"},
    ),
    "interfaces of others": lambda: b(built_b(network_interfaces=[interface("eni-9")]), "conflict", state="absent"),
    "GuardDuty": lambda: b(with_guardduty(), "GuardDuty", state="absent"),
    "what is still ending": lambda: b(ending(), "wait", state="absent"),
}
