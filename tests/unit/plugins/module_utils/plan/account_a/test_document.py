# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.documents import check_cluster_document
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    consumer,
    facts_a,
    peering,
    route,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_a.planning import (
    TAGGED,
    args,
    changed_role,
    connections,
    plan,
    routes,
    rules,
)


def test_the_cluster_document_is_one_that_account_b_takes() -> None:
    result = plan(facts_a())
    assert result["document"] == build.cluster_document()
    assert check_cluster_document(result["document"]) == result["document"]


@pytest.mark.parametrize(("partition", "region"), [("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")])
def test_arns_of_other_partitions(partition: str, region: str) -> None:
    arn = f"arn:{partition}:dax:{region}:{build.A}:cache/orders"
    facts = facts_a(identity=build.identity(build.A, partition), region=region, cluster=build.cluster(cluster_arn=arn))
    role_b = f"arn:{partition}:iam::{build.B}:role/AssumeDaxRole"
    given = consumer(cluster_arn=arn, partition=partition, region=region, role_arn=role_b)
    result = plan(facts, given, role_path="/dax/")
    assert result["document"]["role_arn"] == f"arn:{partition}:iam::{build.A}:role/dax/DaxCrossAccountRole"
    assert changed_role(result)["trust"]["Statement"][0]["Principal"] == {"AWS": role_b}
    assert [given["policy_json"]["Statement"][0]["Resource"] for given in args(result, "policy")] == [arn]
    assert [text for text in result["lines"] if "arn:aws:" in text] == []


def test_the_document_says_the_roles_real_arn_and_what_is_asked_for() -> None:
    role = build.role("DaxCrossAccountRole", build.policy(build.STRANGER), arn=f"arn:aws:iam::{build.A}:role/p/X")
    document = plan(facts_a(role=role), external_id="xy")["document"]
    assert (document["role_arn"], document["external_id"]) == (role["arn"], "xy")


def test_the_document_says_what_is_routed_already() -> None:
    facts = facts_a(peerings=[peering("pcx-7", requester=build.end(build.C, "vpc-c", "10.7.0.0/16"))])
    main, one, other = facts["route_tables"]
    main["routes"] += [route("10.8.0.0/16", "tgw-1"), route("0.0.0.0/0", "igw-1"), route("pl-1", "vpce-1")]
    one["routes"] += [route("10.6.0.0/16", "pcx-6", "blackhole"), route("10.5.0.0/16", "nat-1")]
    other["routes"] += [route("10.4.0.0/16", "tgw-1")]
    assert plan(facts)["document"]["routed_cidr_blocks"] == ["10.5.0.0/16", "10.7.0.0/16", "10.8.0.0/16"]


@pytest.mark.parametrize("found", [peering(status="pending-acceptance"), peering(), peering(tags=TAGGED)])
@pytest.mark.parametrize("given", [[], [consumer()], [consumer(peering_managed=False)]])
def test_the_document_counts_the_blocks_of_all_peers_alike(found: dict[str, Any], given: list[dict[str, Any]]) -> None:
    """A consumer that is not part of this run, and whose route is still to come, would else share its block."""
    result = plan(facts_a(peerings=[found]), *given)
    assert result["document"]["routed_cidr_blocks"] == [build.BLOCK_B]


def test_the_document_counts_no_route_that_this_run_removes() -> None:
    facts = facts_a(peerings=[peering(tags=TAGGED)])
    for table in facts["route_tables"]:
        table["routes"].append(route(build.BLOCK_B, "pcx-1"))
    assert plan(facts)["document"]["routed_cidr_blocks"] == [build.BLOCK_B]
    assert plan(facts, prune=True)["document"]["routed_cidr_blocks"] == []


def test_the_document_counts_a_route_to_a_connection_that_is_still_to_come() -> None:
    """In check mode on a consumer that is half built there is no id to write a route with."""
    half = consumer(vpc_id=None, peering_connection_id=None, security_group_id=None)
    result = plan(facts_a(), half, check_mode=True)
    assert result["document"]["routed_cidr_blocks"] == [build.BLOCK_B]
    assert (routes(result), connections(result, "accepted"), rules(result)) == ([], [], {})
