# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Account A's plan from facts and options that the tests bend, and what they look at in it."""

from __future__ import annotations

import copy
from typing import Any, cast

from ansible_collections.dax.cross_account.plugins.module_utils.common.policies import dax_policy
from ansible_collections.dax.cross_account.plugins.module_utils.common.shapes import FactsA
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_a.plan import plan_a
from ansible_collections.dax.cross_account.plugins.module_utils.write.role_consumers import RoleWriter
from ansible_collections.dax.cross_account.plugins.module_utils.write.role_wishes import wish_of
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import KEY, TAGS_A, identity_of
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.fake_iam import FakeIam

OTHER = f"{build.C}/dax-client"
NAME = "DaxCrossAccountRole"
POLICY = "DaxCrossAccountPolicy"
ROLE_C = f"arn:aws:iam::{build.C}:role/AssumeDaxRole"
REGISTER = f"{build.CONSUMER}:{KEY}"
TAGGED = {"Name": "dax-client", **TAGS_A, build.ID: "pcx-1"}
# What a request has to be when account A accepts it.
ENDS = {"requester_owner_id": build.B, "requester_vpc_id": build.VPC_B, "accepter_vpc_id": build.VPC_A}


def plan(facts: dict[str, Any], *consumers: Any, **options: Any) -> dict[str, Any]:
    return plan_a(cast(FactsA, facts), build.wanted_a(consumers=list(consumers), **options))


def plan_joined(*consumers: Any, facts: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    """Plan on an account where the connection to the consumer is active and its rule is there."""
    joined = {
        "peerings": [build.peering(tags=dict(TAGGED))],
        "security_groups": [build.group("sg-a", build.our_rule())],
    }
    return plan(build.facts_a(**{**joined, **(facts or {})}), *consumers, **options)


def role(*statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The role as a run for one consumer leaves it, unless a test says otherwise."""
    tags = {build.MARK: build.CLUSTER_ARN, REGISTER: build.ROLE_B}
    inline = {POLICY: dax_policy(build.CLUSTER_ARN, "read_write")}
    trust = build.policy(*(statements or (build.trust(build.ROLE_B),)))
    described = {"description": f"dax.cross_account: {build.CLUSTER_ARN}"}
    return build.role(NAME, trust, **{"tags": tags, "inline_policies": inline, **described, **more})


def actions(result: dict[str, Any], *steps: str) -> list[tuple[str, str]]:
    """The actions of some steps, as (kind, identity)."""
    return [(item["kind"], identity_of(item)) for item in result["actions"] if item["step"] in steps]


def args(result: dict[str, Any], step: str) -> list[dict[str, Any]]:
    """The arguments of a step's calls."""
    return [call["args"] for call in result["writes"].get(step, [])]


def role_after(
    result: dict[str, Any], current: dict[str, Any] | None = None, step: str = "role"
) -> dict[str, Any] | None:
    """The role once the calls of the plan were carried out; None if it is gone."""
    (given,) = args(result, step)
    roles = {given["name"]: copy.deepcopy(current)} if current else {}
    RoleWriter(FakeIam(roles), wish_of(given), given["retry_seconds"], lambda _seconds: None).settle()
    return roles.get(given["name"])


def changed_role(result: dict[str, Any], current: dict[str, Any] | None = None) -> dict[str, Any]:
    """The same of a role that has to be there."""
    found = role_after(result, current)
    assert found is not None
    return found


def joined(*blocks: str, region: str = build.REGION, ipv6: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """The active connection of ours to account B's VPC, which has these blocks and is in this region."""
    there = build.end(build.B, build.VPC_B, *(blocks or (build.BLOCK_B,)), region=region, ipv6=ipv6)
    return build.peering(**{"tags": dict(TAGGED), "requester": there, **more})


def connections(result: dict[str, Any], state: str) -> list[dict[str, Any]]:
    """The peering connections that are brought to a state."""
    return [entry for given in args(result, "peering") if given["state"] == state for entry in given["connections"]]


def routes(result: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The routes to add, as (table, destination, target)."""
    names = ("route_table_id", "destination", "vpc_peering_connection_id")
    adding = [given["routes"] for given in args(result, "routes") if given.get("state") != "absent"]
    return [(entry[names[0]], entry[names[1]], entry[names[2]]) for entries in adding for entry in entries]


def rules(result: dict[str, Any], state: str = "present") -> dict[str, list[dict[str, Any]]]:
    """The rules to add or, with the state absent, to remove, by their security group."""
    given = [entry for entry in args(result, "rules") if entry.get("state", "present") == state]
    return {entry["group_id"]: entry["rules"] for entry in given}
