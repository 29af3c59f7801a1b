# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    BLOCK_B,
    adopted_b,
    built_b,
    facts_b,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_b.planning import (
    NAMED,
    actions,
    args,
    plan,
)


def without_subnets(**more: Any) -> dict[str, Any]:
    """Account B with an owned VPC that has no subnets yet."""
    zones = ["us-east-1a", "us-east-1b"]
    return built_b(subnets=[], effective_route_tables={}, availability_zones=zones, **more)


def test_new_subnets_split_the_block_over_the_zones() -> None:
    result = plan(without_subnets(), subnet_count=3)
    shared = {"assign_instances_ipv6": False, "map_public": True, "tags": NAMED, "purge_tags": False}
    assert args(result, "subnets") == [
        {"state": "present", "vpc_id": "vpc-b", "cidr": cidr, "az": zone, **shared}
        for cidr, zone in (
            ("10.1.0.0/26", "us-east-1a"),
            ("10.1.0.64/26", "us-east-1b"),
            ("10.1.0.128/26", "us-east-1a"),
        )
    ]
    given = plan(without_subnets(), subnet_count=2, availability_zones=["us-east-1b"])
    assert [item["az"] for item in args(given, "subnets")] == ["us-east-1b", "us-east-1b"]


def test_subnets_of_a_vpc_that_is_still_to_be_made_are_planned_and_not_written() -> None:
    result = plan(facts_b(), subnet_count=2)
    assert actions(result, "subnets") == [("create", "subnet:10.1.0.0/25"), ("create", "subnet:10.1.0.128/25")]
    assert args(result, "subnets") == []


def test_a_subnet_that_is_missing_is_made_and_the_others_stay() -> None:
    facts = built_b(availability_zones=["us-east-1a", "us-east-1b"])
    facts["subnets"] = [build.subnet("subnet-1", "10.1.0.0/25", tags=NAMED, map_public_ip=True)]
    result = plan(facts, subnet_count=2)
    assert actions(result, "subnets") == [("create", "subnet:10.1.0.128/25")]
    assert [(item["cidr"], item["az"]) for item in args(result, "subnets")] == [("10.1.0.128/25", "us-east-1b")]


@pytest.mark.parametrize(
    ("access", "public"), [("internet_gateway", True), ("vpc_endpoint", False), ("existing", False)]
)
def test_subnets_are_public_only_where_there_is_a_gateway(access: str, public: bool) -> None:
    assert [item["map_public"] for item in args(plan(without_subnets(), sts_access=access), "subnets")] == [public]


@pytest.mark.parametrize(
    ("current", "expected"),
    [
        ({}, []),
        ({"tags": {}}, ["tags"]),
        ({"map_public_ip": False}, ["map_public_ip"]),
        ({"tags": {"Name": "x"}, "map_public_ip": False}, ["tags", "map_public_ip"]),
    ],
)
def test_an_owned_subnet_is_corrected(current: dict[str, Any], expected: list[str]) -> None:
    facts = built_b()
    facts["subnets"][0].update(current)
    result = plan(facts)
    assert actions(result, "subnets") == [("change", f"subnet:subnet-1#{attribute}") for attribute in expected]
    given = [(item["cidr"], item["az"], item["map_public"], item["tags"]) for item in args(result, "subnets")]
    assert given == ([(BLOCK_B, "us-east-1a", True, NAMED)] if expected else [])


def test_unmanaged_subnets_in_an_owned_vpc_are_not_written() -> None:
    facts = built_b()
    facts["subnets"].append(build.subnet("subnet-9", "10.1.9.0/24"))
    assert plan(facts)["actions"] == []


def test_ipv6_blocks_of_subnets_come_with_that_of_the_vpc() -> None:
    facts = built_b()
    cluster = {"network_type": "dual_stack"}
    before = plan(facts, cluster)
    assert ("change", "subnet:subnet-1#ipv6_block") in actions(before, "subnets")
    assert args(before, "subnets") == [], "the block that it is cut from is not known yet"
    facts["vpc"] = {**facts["vpc"], "ipv6_cidr_blocks": ["2001:db8:b::/56"]}
    after = plan(facts, cluster)
    assert actions(after, "subnets") == actions(before, "subnets")
    (given,) = args(after, "subnets")
    assert (given["ipv6_cidr"], given["assign_instances_ipv6"]) == ("2001:db8:b::/64", True)
    facts["subnets"][0]["ipv6_cidr_blocks"] = ["2001:db8:b::/64"]
    assert actions(plan(facts, cluster), "subnets") == []


def test_new_subnets_get_different_ipv6_blocks() -> None:
    facts = without_subnets()
    facts["vpc"] = {**facts["vpc"], "ipv6_cidr_blocks": ["2001:db8:b::/56"]}
    given = args(plan(facts, {"network_type": "ipv6"}, subnet_count=2), "subnets")
    assert [item["ipv6_cidr"] for item in given] == ["2001:db8:b::/64", "2001:db8:b:1::/64"]


def test_an_adopted_vpc_without_ipv6_is_reported_for_a_cluster_that_has_nothing_else() -> None:
    assert len(plan(adopted_b(), {"network_type": "ipv6", "ipv6_cidr_blocks": ["2001:db8::/56"]})["warnings"]) == 2
    assert plan(adopted_b(), {"network_type": "dual_stack"})["warnings"] == []
    named = plan(adopted_b(), {"network_type": "ipv6"}, subnet_ids=["subnet-1"])
    assert [item for item in actions(named, "subnets") if item[0] == "warning"] == [("warning", "subnet:subnet-1")]
