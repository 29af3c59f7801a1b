# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Account B's plan from facts and options that the tests bend, and what they look at in it."""

from __future__ import annotations

from typing import Any, cast

from ansible_collections.dax.cross_account.plugins.module_utils.common.shapes import FactsB
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.plan import plan_b
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import TAGS_B, identity_of

NAMED = {**TAGS_B, "Name": "dax-client"}
OTHER = {**NAMED, build.CONSUMER: "other"}

ROLE, PROFILE = "role:AssumeDaxRole", "instance_profile:AssumeDaxInstanceProfile"
POLICY = "policy:AssumeDaxRole/AssumeDaxRolePolicy"

# Of a cluster that somebody has deleted, the document says only which one it was.
DELETED_CLUSTER: dict[str, Any] = {"endpoint": None, "vpc_id": None, "cidr_blocks": [], "role_arn": None}


def plan(facts: dict[str, Any], cluster: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    """Return the plan; ``cluster`` holds what differs in the cluster document."""
    document = build.cluster_document(**(cluster or {}))
    return plan_b(cast(FactsB, facts), build.wanted_b(cluster=document, **options))


def actions(result: dict[str, Any], *steps: str) -> list[tuple[str, str]]:
    """The actions of some steps, as (kind, identity)."""
    return [(item["kind"], identity_of(item)) for item in result["actions"] if item["step"] in steps]


def args(result: dict[str, Any], step: str) -> list[dict[str, Any]]:
    """The arguments of a step's calls."""
    return [call["args"] for call in result["writes"].get(step, [])]


def modules(result: dict[str, Any], step: str) -> list[str]:
    """The modules of a step's calls, without their collections."""
    return [call["module"].rpartition(".")[2] for call in result["writes"].get(step, [])]


def routes(result: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
    """The routes to add, as (table, destination, target, whether it may replace another)."""
    return [
        (
            route["route_table_id"],
            route["destination"],
            route.get("vpc_peering_connection_id") or route["gateway_id"],
            given["replace"],
        )
        for given in args(result, "routes")
        for route in given["routes"]
    ]


def untagged(tagged: dict[str, Any]) -> dict[str, Any]:
    return {**tagged, "tags": {}}
