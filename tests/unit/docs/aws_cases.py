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
    facts_b,
    interface,
    launch,
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
    facts = peered()
    facts["route_tables"][1]["routes"] += [route(f"172.16.{number}.0/24", "tgw-1") for number in range(49)]
    return facts


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
    "full route table": lambda: a(full_table(), consumer(), about=("route table",)),
    "interfaces of others": lambda: b(built_b(network_interfaces=[interface("eni-9")]), "conflict", state="absent"),
    "GuardDuty": lambda: b(with_guardduty(), "GuardDuty", state="absent"),
    "what is still ending": lambda: b(ending(), "wait", state="absent"),
}
