# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small world in which documents that should not be believed mean something: strangers, other VPCs, other people's
connections, routes and rules.

Account A has the cluster and, besides the request of the consumer B, the connection of a consumer C that is part of no
run here, its own business with another VPC of B's, the request of a stranger D, and a transit gateway.
"""

from __future__ import annotations

import copy
from typing import Any

from ansible_collections.dax.cross_account.plugins.module_utils.common.policies import dax_policy
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

D = "444444444444"
KEY_C = f"{build.C}/dax-client"
TAGS_C = {build.MARK: build.CLUSTER_ARN, build.CONSUMER: KEY_C, "Name": "dax-client"}
ROLE_C = f"arn:aws:iam::{build.C}:role/AssumeDaxRole"


def _with(
    peering_id: str, status: str, other: dict[str, Any], swapped: bool = False, tags: dict[str, str] | None = None
) -> dict[str, Any]:
    """A connection of the cluster's VPC with another one, which asked for it unless ``swapped``."""
    own = build.end(build.A, build.VPC_A, build.BLOCK_A)
    requester, accepter = (own, other) if swapped else (other, own)
    return build.peering(peering_id, status, dict(tags or {}), requester=requester, accepter=accepter)


def connections_of_a(status: str = "pending-acceptance") -> list[dict[str, Any]]:
    """What EC2 shows of the cluster's VPC; ``status`` is that of the consumer's own connection, ``pcx-1``."""
    return [
        _with("pcx-1", status, build.end(build.B, build.VPC_B, build.BLOCK_B)),
        _with("pcx-2", "active", build.end(build.C, "vpc-c", "10.2.0.0/24"), tags=TAGS_C),
        _with(
            "pcx-3", "active", build.end(build.B, "vpc-b3", "10.3.0.0/24"), swapped=True, tags={"Name": "business-link"}
        ),
        _with("pcx-4", "pending-acceptance", build.end(D, "vpc-d", "10.4.0.0/24")),
        _with("pcx-5", "deleted", build.end(build.B, build.VPC_B)),
        _with("pcx-6", "active", build.end(build.B, "vpc-b6", "10.6.0.0/24", region="eu-west-1")),
        _with("pcx-7", "pending-acceptance", build.end(build.B, "vpc-b7"), swapped=True),
    ]


def facts_a(status: str = "pending-acceptance", **more: Any) -> dict[str, Any]:
    local = build.route(build.BLOCK_A, "local")
    theirs = [
        build.route("10.2.0.0/24", "pcx-2"),
        build.route("10.3.0.0/24", "pcx-3"),
        build.route("10.80.0.0/16", "tgw-1"),
        build.route("0.0.0.0/0", "nat-1"),
    ]
    by_hand = build.rule("sgr-9", 22, cidr_ip="10.3.0.0/24", description="the network team")
    of_c = build.our_rule(source="sg-c", key=KEY_C, rule_id="sgr-2")
    register = {build.MARK: build.CLUSTER_ARN, f"{build.CONSUMER}:{KEY_C}": ROLE_C}
    policies = {"DaxCrossAccountPolicy": dax_policy(build.CLUSTER_ARN, "read_write")}
    trust = build.policy(copy.deepcopy(build.STRANGER), build.trust(ROLE_C))
    facts = build.facts_a(
        role=build.role("DaxCrossAccountRole", trust, inline_policies=policies, tags=register),
        route_tables=[
            build.table("rtb-main", dict(local), *map(dict, theirs), main=True),
            build.table("rtb-1", dict(local), *map(dict, theirs), subnets=("subnet-1", "subnet-2")),
            build.table("rtb-other", dict(local), build.route("10.3.0.0/24", "pcx-3"), subnets=("subnet-9",)),
        ],
        security_groups=[build.group("sg-a", by_hand, of_c)],
        peerings=connections_of_a(status),
    )
    return {**facts, **more}


def facts_b(status: str = "active", **more: Any) -> dict[str, Any]:
    """Account B, joined with the cluster, with the VPC of a stranger D, and with one of its own in another region."""
    others = [
        build.peering("pcx-4", "active", accepter=build.end(D, "vpc-d", "10.4.0.0/24")),
        build.peering("pcx-8", "active", accepter=build.end(build.A, "vpc-a8", "10.8.0.0/16")),
        build.peering("pcx-d", "pending-acceptance", requester=build.end(D, "vpc-d2"), accepter=_end_b()),
    ]
    marks = {**build.TAGS_B, "Name": "dax-client"}
    return build.built_b(**{"peerings": [build.peering("pcx-1", status, marks), *others], **more})


def _end_b() -> dict[str, Any]:
    return build.end(build.B, build.VPC_B, build.BLOCK_B)
