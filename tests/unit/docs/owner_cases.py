# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""States of docs/what_it_does_when.md: what earlier runs made in account A, and what several use there."""

from __future__ import annotations

from typing import Any

from ansible_collections.dax.cross_account.plugins.module_utils.common.ownership import User
from ansible_collections.dax.cross_account.plugins.module_utils.common.policies import dax_policy
from ansible_collections.dax.cross_account.tests.unit.docs.plan_cases import (
    NAMED_A,
    OTHER,
    OTHER_ROLE,
    STATEMENT,
    Case,
    a,
    granted,
    peered,
    role_a,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import consumer, facts_a, peering

BATCH = f"{build.B}/batch"
ELSEWHERE = build.end(build.A, "vpc-old", "10.8.0.0/16")


def old_role(*statements: dict[str, Any]) -> dict[str, Any]:
    return {**role_a(*statements), "role_name": "OrdersRole", "arn": f"arn:aws:iam::{build.A}:role/OrdersRole"}


def old_role_of_two() -> dict[str, Any]:
    role = old_role(build.trust(build.ROLE_B, OTHER_ROLE))
    role["tags"][f"{build.CONSUMER}:{OTHER}"] = OTHER_ROLE
    return role


def renamed_policy() -> dict[str, Any]:
    return peered(role=role_a(STATEMENT), **granted())


def moved() -> dict[str, Any]:
    """The cluster was made anew in another VPC, and the consumer is connected to that one already."""
    there = {**granted(), "peerings": [peering("pcx-2", tags={**NAMED_A, build.ID: "pcx-2"})]}
    for table in there["route_tables"][:2]:
        table["routes"][-1]["target_id"] = "pcx-2"
    there["security_groups"] = [build.group("sg-a", build.our_rule(peering_id="pcx-2"))]
    there["peerings"].append(peering(tags=NAMED_A, accepter=ELSEWHERE))
    there["route_tables"].append(build.table("rtb-old", build.route(build.BLOCK_B), main=True))
    old = build.group("sg-old", build.our_rule(rule_id="sgr-9"))
    return facts_a(role=role_a(STATEMENT), other_security_groups=[old], **there)


def led_over() -> dict[str, Any]:
    """The consumer has another VPC with the same block."""
    new = peering("pcx-2", tags={**NAMED_A, build.ID: "pcx-2"}, requester=build.end(build.B, "vpc-c0de", build.BLOCK_B))
    return facts_a(**{**granted(), "peerings": [new, peering(tags=NAMED_A)]})


def shared() -> dict[str, Any]:
    """The consumer has made what the consumer batch uses too."""
    facts = peered(role=role_a(build.trust(build.ROLE_B, f"{build.ROLE_B}2")), **granted())
    facts["role"]["tags"][f"{build.CONSUMER}:{BATCH}"] = f"{build.ROLE_B}2"
    facts["peerings"][0]["tags"] = {**NAMED_A, **User(build.CLUSTER_ARN, BATCH).mark}
    rule = build.our_rule(key=BATCH, source="sg-c", rule_id="sgr-2")
    facts["security_groups"][0]["rules"].append(rule)
    return facts


def other_tables() -> dict[str, Any]:
    facts = peered(**granted())
    facts["route_tables"][2]["routes"] += [build.route(build.BLOCK_B), build.route("10.1.0.0/26")]
    return facts


LEFT = ("leftovers", "role", "policy", "peering", "route", "rule")

OWNER_CASES: dict[str, Case] = {
    "renamed role": lambda: a(peered(other_roles=[old_role(STATEMENT)], **granted()), consumer(), about=("role ",)),
    "renamed role, not all in this run": lambda: a(
        peered(role=role_a(STATEMENT), other_roles=[old_role_of_two()], **granted()), consumer(), about=("OrdersRole",)
    ),
    "renamed policy": lambda: a(
        renamed_policy(), consumer(), policy_name="OrdersPolicy", access="read_only", about=("policy",)
    ),
    "another role path": lambda: a(
        peered(role=role_a(STATEMENT), **granted()), consumer(), role_path="/dax/", about=("conflict",)
    ),
    "role names in case only": lambda: a(
        peered(role_names_alike=["daxcrossaccountrole"], **granted()), consumer(), about=("conflict",)
    ),
    "a policy of ours on a role of the user's": lambda: a(
        peered(
            role=role_a(
                STATEMENT,
                tags={},
                inline_policies={"Cluster": dax_policy(build.CLUSTER_ARN, "read_only")},
            ),
            **granted(),
        ),
        consumer(),
        about=("Cluster",),
    ),
    "cluster in another VPC": lambda: a(moved(), consumer(peering_connection_id="pcx-2"), about=LEFT),
    "consumer in another VPC": lambda: a(
        led_over(), consumer(peering_connection_id="pcx-2", vpc_id="vpc-c0de"), about=("route", "connection")
    ),
    "other subnets": lambda: a(other_tables(), consumer(), about=("rtb-other",)),
    "two applications in one VPC": lambda: a(
        peered(role=role_a(STATEMENT), **granted()),
        consumer(),
        consumer(name="batch", role_arn=f"{build.ROLE_B}2", security_group_id="sg-c"),
    ),
    "one of two applications leaves": lambda: a(shared(), consumer(), state="absent", about=LEFT),
    "copied tags of a connection": lambda: a(
        facts_a(peerings=[peering("pcx-9", tags=NAMED_A)]), consumer(), about=("copied",)
    ),
    "shared VPC without route tables": lambda: a(
        facts_a(effective_route_tables={"subnet-1": "rtb-1", "subnet-2": "rtb-1"}), consumer(), about=("conflict",)
    ),
    "outbound rule": lambda: a(
        peered(security_groups=[build.group("sg-a", build.our_rule(), build.our_rule(rule_id="sgr-2", egress=True))]),
        consumer(),
        about=("sgr-2",),
    ),
}
