# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.plan import plan_b
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.block import block_request, choose_block
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    BLOCK_B,
    TAGS_B,
    adopted_b,
    built_b,
    cluster_document,
    facts_b,
    vpc,
    wanted_b,
)


def plan(facts: dict[str, Any], cluster: dict[str, Any] | None = None, **wanted: Any) -> dict[str, Any]:
    return plan_b(facts, wanted_b(cluster=cluster_document(**(cluster or {})), **wanted))


def of(result: dict[str, Any], *concerns: str) -> list[tuple[str, str]]:
    return [(item["kind"], item["resource"]) for item in result["actions"] if item["concern"] in concerns]


MARKS = {**TAGS_B, "Name": "dax-client"}


# The block of a new VPC.


@pytest.mark.parametrize(
    ("facts", "cluster", "wanted", "block"),
    [
        pytest.param({}, {}, {}, "10.1.0.0/24", id="after account A's"),
        pytest.param({}, {"cidr_blocks": ["192.168.0.0/16"]}, {}, "10.0.0.0/24", id="the first of all"),
        pytest.param({}, {"cidr_blocks": ["10.0.0.0/16", "10.1.0.0/16"]}, {}, "10.2.0.0/24", id="secondary of A"),
        pytest.param({}, {"routed_cidr_blocks": ["10.1.0.0/16"]}, {}, "10.2.0.0/24", id="A routes it"),
        pytest.param({}, {"routed_cidr_blocks": ["2001:db8::/32"]}, {}, "10.1.0.0/24", id="IPv6 does not count"),
        pytest.param({"routed_cidr_blocks": ["10.1.0.0/20"]}, {}, {}, "10.1.16.0/24", id="B routes it"),
        pytest.param({"vpcs": [vpc("vpc-x", "10.1.0.0/24", "10.1.1.0/24")]}, {}, {}, "10.1.2.0/24", id="B's own VPCs"),
        pytest.param({}, {}, {"vpc_prefix": 16}, "10.1.0.0/16", id="a larger one"),
        pytest.param({}, {}, {"vpc_prefix": 28}, "10.1.0.0/28", id="a smaller one"),
        pytest.param({}, {}, {"vpc_pools": ["100.64.0.0/10"]}, "100.64.0.0/24", id="another pool"),
        pytest.param({}, {}, {"vpc_pools": []}, "10.1.0.0/24", id="no pools are the private ones"),
        pytest.param({}, {}, {"vpc_cidr": "10.77.0.0/20"}, "10.77.0.0/20", id="given"),
    ],
)
def test_the_first_block_free_of_everything_is_chosen(
    facts: dict[str, Any], cluster: dict[str, Any], wanted: dict[str, Any], block: str
) -> None:
    result = plan(facts_b(**facts), cluster, **wanted)
    assert result["writes"]["vpc"]["cidr_block"] == block
    assert result["document"]["cidr_blocks"] == [block]
    assert result["conflicts"] == []


def test_the_choice_is_stable_once_made() -> None:
    """The VPC is there: what is free now, and what else is taken by then, do not count any more."""
    cluster = {"routed_cidr_blocks": [BLOCK_B], "cidr_blocks": ["172.20.0.0/16"]}
    result = plan(built_b(), cluster)
    assert of(result, "vpc") == []
    assert result["writes"]["vpc"]["cidr_block"] == BLOCK_B


def test_a_given_block_that_is_routed_elsewhere_is_a_warning() -> None:
    result = plan(
        facts_b(routed_cidr_blocks=["10.7.0.0/16"]), {"routed_cidr_blocks": ["10.8.0.0/16"]}, vpc_cidr="10.7.1.0/24"
    )
    assert len(result["warnings"]) == 1
    assert "10.7.0.0/16" in result["warnings"][0]


def test_several_new_consumers_of_one_run_choose_apart_and_in_order() -> None:
    wanted = [wanted_b(name=f"c{number}", cluster=cluster_document()) for number in range(4)]
    wanted[2]["vpc_cidr"] = "10.1.1.0/24"
    wanted[3]["vpc_prefix"] = 16
    requests = [block_request(facts_b(), item) for item in wanted]
    blocks = []
    for number, item in enumerate(wanted):
        item |= {"earlier_requests": requests[:number], "later_requests": requests[number + 1 :]}
        blocks.append(plan_b(facts_b(), item)["document"]["cidr_blocks"][0])
    assert blocks == ["10.1.0.0/24", "10.1.2.0/24", "10.1.1.0/24", "10.2.0.0/16"]


def test_a_consumer_that_has_its_vpc_keeps_its_block_from_the_others() -> None:
    there = block_request(built_b(), wanted_b(vpc_prefix=99))
    assert there["blocks"] == [BLOCK_B]
    new = block_request(facts_b(), wanted_b())
    assert choose_block(new, [there], []) == choose_block(new, [], [there]) == "10.1.1.0/24"


def test_a_wish_that_is_refused_does_not_stop_the_other_consumers() -> None:
    bad = [block_request(facts_b(), wanted_b(**item)) for item in ({"vpc_cidr": "x"}, {"vpc_pools": ["y"]})]
    assert choose_block(block_request(facts_b(), wanted_b()), bad, bad) == "10.1.0.0/24"


# A VPC of ours.


@pytest.mark.parametrize(
    ("current", "cluster", "actions"),
    [
        ({}, {}, []),
        ({"dns_support": False}, {}, [("change", "VPC vpc-b")]),
        ({"dns_hostnames": False}, {}, [("change", "VPC vpc-b")]),
        ({"tags": {**MARKS, "More": "x"}}, {}, []),
        ({"tags": {**MARKS, "Name": "x"}}, {}, [("change", "tags of VPC vpc-b")]),
        ({"cidr_blocks": [BLOCK_B, "10.9.0.0/16"]}, {}, []),
        ({"ipv6_cidr_blocks": ["2001:db8:b::/56"]}, {}, []),
        ({}, {"network_type": "dual_stack"}, [("change", "IPv6 block of VPC vpc-b")]),
        ({"ipv6_cidr_blocks": ["2001:db8:b::/56"]}, {"network_type": "ipv6"}, []),
    ],
)
def test_a_vpc_of_ours(current: dict[str, Any], cluster: dict[str, Any], actions: list[tuple[str, str]]) -> None:
    facts = built_b()
    facts["vpc"] = {**facts["vpc"], **current}
    result = plan(facts, cluster)
    assert of(result, "vpc") == actions
    expected = {"vpc_id": "vpc-b", "cidr_block": BLOCK_B, "ipv6": bool(cluster), "name": "dax-client", "tags": MARKS}
    assert result["writes"]["vpc"] == expected


@pytest.mark.parametrize(("family", "ipv6"), [("ipv4", False), ("ipv6", True), ("dual_stack", True)])
def test_a_new_vpc_has_ipv6_where_the_cluster_has(family: str, ipv6: bool) -> None:
    assert plan(facts_b(), {"network_type": family})["writes"]["vpc"]["ipv6"] is ipv6


def test_ipv6_blocks_of_subnets_come_with_that_of_the_vpc() -> None:
    facts = built_b()
    cluster = {"network_type": "dual_stack"}
    before = plan(facts, cluster)
    assert ("change", "IPv6 block of subnet subnet-1") in of(before, "subnets")
    facts["vpc"] = {**facts["vpc"], "ipv6_cidr_blocks": ["2001:db8:b::/56"]}
    after = plan(facts, cluster)
    assert of(after, "subnets") == of(before, "subnets")
    assert after["writes"]["subnets"][0]["ipv6_cidr"] == "2001:db8:b::/64"
    facts["subnets"][0]["ipv6_cidr_blocks"] = ["2001:db8:b::/64"]
    assert of(plan(facts, cluster), "subnets") == []


# Subnets.


def test_new_subnets_split_the_block_over_the_zones() -> None:
    writes = plan(facts_b(), subnet_count=3)["writes"]["subnets"]
    assert [(item["cidr"], item["az"]) for item in writes] == [
        ("10.1.0.0/26", "us-east-1a"),
        ("10.1.0.64/26", "us-east-1b"),
        ("10.1.0.128/26", "us-east-1a"),
    ]
    assert {item["map_public"] for item in writes} == {True}
    given = plan(facts_b(), subnet_count=2, availability_zones=["us-east-1c"])["writes"]["subnets"]
    assert [item["az"] for item in given] == ["us-east-1c", "us-east-1c"]


def test_a_subnet_that_is_missing_is_made_and_the_others_stay() -> None:
    facts = built_b(availability_zones=["us-east-1a", "us-east-1b"])
    facts["subnets"] = [build.subnet("subnet-1", "10.1.0.0/25", tags=MARKS, map_public_ip=True)]
    result = plan(facts, subnet_count=2)
    assert of(result, "subnets") == [("create", "subnet 10.1.0.128/25")]
    assert [item["cidr"] for item in result["writes"]["subnets"]] == ["10.1.0.128/25"]
    assert result["writes"]["subnets"][0]["az"] == "us-east-1b"


@pytest.mark.parametrize(("way", "public"), [("internet_gateway", True), ("vpc_endpoint", False), ("existing", False)])
def test_subnets_are_public_only_where_there_is_a_gateway(way: str, public: bool) -> None:
    assert plan(facts_b(), sts_access=way)["writes"]["subnets"][0]["map_public"] is public


def test_subnets_of_others_in_our_vpc_are_not_written() -> None:
    facts = built_b()
    facts["subnets"].append(build.subnet("subnet-9", "10.1.9.0/24"))
    assert plan(facts)["actions"] == []


# An adopted VPC.


def test_an_adopted_vpc_gets_a_group_a_connection_routes_and_an_instance() -> None:
    result = plan(adopted_b())
    assert of(result, "vpc", "subnets", "internet_gateway", "endpoints") == []
    assert [item["concern"] for item in result["actions"] if item["concern"] not in ("role", "policy")] == [
        "instance_profile",
        "security_group",
        "peering",
        "routes",
        "routes",
        "instance",
    ]
    assert "vpc" not in result["writes"] and "subnets" not in result["writes"]
    assert result["conflicts"] == []


def test_an_adopted_vpc_without_ipv6_is_told_for_a_cluster_that_has_nothing_else() -> None:
    assert len(plan(adopted_b(), {"network_type": "ipv6", "ipv6_cidr_blocks": ["2001:db8::/56"]})["warnings"]) == 2
    assert plan(adopted_b(), {"network_type": "dual_stack"})["warnings"] == []
    named = plan(adopted_b(), {"network_type": "ipv6"}, subnet_ids=["subnet-1"])["warnings"]
    assert ["subnet-1" in line for line in named] == [True]


# The security group.


@pytest.mark.parametrize(
    ("facts", "groups", "wanted", "actions", "told"),
    [
        pytest.param(built_b, [], {}, [("create", "security group dax-client")], None, id="missing"),
        pytest.param(built_b, [build.group("sg-1", name="dax-client", tags=MARKS)], {}, [], "sg-1", id="ours"),
        pytest.param(built_b, [build.group("sg-1", name="renamed", tags=MARKS)], {}, [], "sg-1", id="by its marks"),
        pytest.param(
            built_b,
            [build.group("sg-1", name="dax-client")],
            {},
            [("change", "tags of security group sg-1")],
            "sg-1",
            id="by its name",
        ),
        pytest.param(
            built_b,
            [build.group("sg-0", name="dax-client"), build.group("sg-1", name="x", tags=MARKS)],
            {},
            [],
            "sg-1",
            id="marks go before names",
        ),
        pytest.param(adopted_b, [build.group("sg-1", name="dax-client")], {}, [], "sg-1", id="adopted by its name"),
        pytest.param(
            adopted_b,
            [build.group("sg-1", name="x")],
            {"security_group_id": "sg-1"},
            [],
            "sg-1",
            id="the user's choice",
        ),
        pytest.param(
            adopted_b, [build.group("sg-1", name="x")], {}, [("create", "security group dax-client")], None, id="none"
        ),
    ],
)
def test_the_security_group(
    facts: Any, groups: list[dict[str, Any]], wanted: dict[str, Any], actions: list[tuple[str, str]], told: str | None
) -> None:
    result = plan(facts(security_groups=[build.group("sg-d", name="default"), *groups]), **wanted)
    assert of(result, "security_group") == actions
    assert result["document"]["security_group_id"] == told
    if actions:
        write = result["writes"]["security_group"]
        assert (write["group_id"], write["tags"]) == (told, MARKS)
