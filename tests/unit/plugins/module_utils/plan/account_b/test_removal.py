# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.plan import plan_b
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    BLOCK_B,
    TAGS_B,
    adopted_b,
    built_b,
    cluster_document,
    done,
    facts_b,
    peering,
    wanted_b,
)


def plan(facts: dict[str, Any], cluster: dict[str, Any] | None = None, **wanted: Any) -> dict[str, Any]:
    return plan_b(facts, wanted_b(cluster=cluster_document(**(cluster or {})), **wanted))


def of(result: dict[str, Any], *concerns: str) -> list[tuple[str, str]]:
    return [(item["kind"], item["resource"]) for item in result["actions"] if item["concern"] in concerns]


WHOLE = [
    ("remove", "instance i-1"),
    ("remove", "peering connection pcx-1"),
    ("remove", "security group sg-b"),
    ("remove", "internet gateway igw-1"),
    ("remove", "subnet subnet-1"),
    ("remove", "VPC vpc-b"),
    ("remove", "instance profile AssumeDaxInstanceProfile"),
    ("remove", "role AssumeDaxRole"),
]
MARKS = {**TAGS_B, "Name": "dax-client"}
ENDPOINT = {"vpc_endpoint_id": "vpce-1", "service_name": "com.amazonaws.us-east-1.sts", "tags": MARKS}


def test_all_of_ours_goes() -> None:
    result = plan(built_b(), state="absent")
    assert done(result) == WHOLE
    assert result["conflicts"] == []
    writes = result["writes"]
    assert writes["instance"] == {"end": ["i-1"]}
    assert writes["peering"] == {"end": [{"id": "pcx-1", "side": "requester"}]}
    assert writes["routes"] == {"put": [], "drop": []}  # they go with the VPC
    assert (writes["security_group"], writes["internet_gateway"]) == ("sg-b", "igw-1")
    assert (writes["subnets"], writes["vpc"]) == ([BLOCK_B], "vpc-b")


def test_an_account_where_nothing_is_left() -> None:
    result = plan(facts_b(), state="absent")
    assert (result["actions"], result["lines"]) == ([], ["account B: nothing to change"])
    assert (result["writes"]["vpc"], result["writes"]["subnets"]) == (None, [])


@pytest.mark.parametrize(
    ("missing", "resource"),
    [
        ({"instances": []}, "instance i-1"),
        ({"peerings": []}, "peering connection pcx-1"),
        ({"peerings": [peering(status="deleted", tags=MARKS)]}, "peering connection pcx-1"),
        ({"security_groups": [build.group("sg-d", name="default")]}, "security group sg-b"),
        ({"internet_gateways": []}, "internet gateway igw-1"),
        ({"subnets": [], "effective_route_tables": {}}, "subnet subnet-1"),
        ({"instance_profile": None}, "instance profile AssumeDaxInstanceProfile"),
        ({"role": None}, "role AssumeDaxRole"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_each_thing_may_be_missing(missing: dict[str, Any], resource: str) -> None:
    result = plan(built_b(**missing), state="absent")
    assert done(result) == [action for action in WHOLE if action[1] != resource]


def test_what_lost_its_marks_in_a_vpc_of_ours_goes_as_well() -> None:
    facts = built_b()
    facts["subnets"][0]["tags"] = {}
    facts["security_groups"][1]["tags"] = {}
    facts["peerings"][0]["tags"] = {}
    assert done(plan(facts, state="absent")) == WHOLE


def without_marks(tagged: dict[str, Any]) -> dict[str, Any]:
    return {**tagged, "tags": {}}


@pytest.mark.parametrize(
    ("foreign", "named"),
    [
        pytest.param(
            {"instances": [*built_b()["instances"], without_marks(built_b()["instances"][0])]}, "i-1", id="instance"
        ),
        pytest.param({"vpc_endpoints": [without_marks(ENDPOINT)]}, "vpce-1", id="endpoint"),
        pytest.param({"internet_gateways": [{"internet_gateway_id": "igw-9", "tags": {}}]}, "igw-9", id="gateway"),
        pytest.param({"route_tables": [*built_b()["route_tables"], build.table("rtb-9")]}, "rtb-9", id="route table"),
        pytest.param(
            {"security_groups": [*built_b()["security_groups"], build.group("sg-9", name="app")]}, "sg-9", id="group"
        ),
        pytest.param(
            {"subnets": [*built_b()["subnets"], build.subnet("subnet-9", "10.1.9.0/24")]}, "subnet-9", id="subnet"
        ),
        pytest.param(
            {
                "peerings": [
                    *built_b()["peerings"],
                    peering("pcx-9", accepter=build.end(build.C, "vpc-c", "10.9.0.0/16")),
                ]
            },
            "pcx-9",
            id="peering",
        ),
    ],
)
def test_a_foreign_thing_in_our_vpc_refuses_the_whole_teardown_and_is_named(
    foreign: dict[str, Any], named: str
) -> None:
    result = plan(built_b(**foreign), state="absent")
    assert len(result["conflicts"]) == 1
    assert named in result["conflicts"][0] and "vpc-b" in result["conflicts"][0]
    assert result["lines"][0] == "account B: refused, nothing has been written"


def test_a_dead_peering_of_others_is_no_obstacle() -> None:
    dead = peering("pcx-9", "deleted", accepter=build.end(build.C, "vpc-c", "10.9.0.0/16"))
    assert done(plan(built_b(peerings=[*built_b()["peerings"], dead]), state="absent")) == WHOLE


def test_our_endpoints_go() -> None:
    result = plan(built_b(vpc_endpoints=[ENDPOINT]), state="absent")
    assert ("remove", "VPC endpoint vpce-1") in done(result)
    assert result["writes"]["endpoints"] == ["vpce-1"]


@pytest.mark.parametrize("how", ["id", "tags", "adopted"])
def test_of_an_adopted_vpc_goes_only_what_we_added(how: str) -> None:
    own = build.group("sg-b", name="dax-client", tags=MARKS)
    facts = adopted_b(vpc_found_by=how, peerings=[peering(tags=MARKS)], instances=built_b()["instances"])
    facts["security_groups"].append(own)
    facts["vpc_endpoints"] = [ENDPOINT, {**ENDPOINT, "vpc_endpoint_id": "vpce-9", "tags": {}}]
    facts["route_tables"][1]["routes"].append(build.route(build.BLOCK_A, "pcx-1"))
    result = plan(facts, state="absent")
    assert done(result) == [
        ("remove", "instance i-1"),
        ("remove", f"route {build.BLOCK_A} in rtb-1"),
        ("remove", "peering connection pcx-1"),
        ("remove", "VPC endpoint vpce-1"),
        ("remove", "security group sg-b"),
    ]
    assert result["conflicts"] == []
    assert result["writes"]["vpc"] is None


def test_an_adopted_peering_and_group_stay() -> None:
    facts = adopted_b(peerings=[peering(tags={"Owner": "x"})])
    facts["route_tables"][1]["routes"].append(build.route(build.BLOCK_A, "pcx-1"))
    result = plan(facts, state="absent")
    assert done(result) == []
    kept = [(item["kind"], item["resource"]) for item in result["actions"]]
    assert kept == [("keep", f"route {build.BLOCK_A} in rtb-1")], "nobody knows who made it, so it is told and left"
    assert done(plan(facts, state="absent", security_group_id="sg-theirs")) == []
    assert done(plan(facts, state="absent", security_group_name="app")) == []


def test_a_group_of_the_users_in_our_vpc_refuses_its_end() -> None:
    facts = built_b()
    facts["security_groups"].append(build.group("sg-theirs", name="app"))
    result = plan(facts, state="absent", security_group_id="sg-theirs")
    assert [text for text in ("sg-b",) if text not in "".join(result["conflicts"])] == []


def test_routes_to_a_dead_peering_of_ours_go_from_an_adopted_vpc() -> None:
    facts = adopted_b(peerings=[peering(status="deleted", tags=MARKS)])
    facts["route_tables"][1]["routes"].append(build.route(build.BLOCK_A, "pcx-1", "blackhole"))
    assert done(plan(facts, state="absent")) == [("remove", f"route {build.BLOCK_A} in rtb-1")]


def test_another_consumer_in_the_same_account_is_not_touched() -> None:
    theirs = {**MARKS, build.CONSUMER: "other"}
    facts = facts_b(peerings=[peering(tags=theirs)])
    assert done(plan(facts, state="absent")) == []


def test_the_end_when_the_cluster_is_gone() -> None:
    gone: dict[str, Any] = {"endpoint": None, "vpc_id": None, "cidr_blocks": [], "role_arn": None}
    assert done(plan(built_b(), gone, state="absent")) == WHOLE


def test_the_document_of_the_end_tells_account_a_whom_to_forget() -> None:
    assert plan(built_b(), state="absent")["document"] == build.consumer()
    nothing = plan(facts_b(), state="absent")["document"]
    assert (nothing["vpc_id"], nothing["cidr_blocks"], nothing["role_arn"]) == (None, [], build.ROLE_B)
