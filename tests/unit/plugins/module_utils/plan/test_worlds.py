# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole runs on accounts that are not clean: adopted and unmanaged things, IPv6, each side alone."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.plugin_utils.executor import ApplyError
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.simulator import Killed, World


def snapshot(world: World) -> dict[str, Any]:
    shown = [item for item in world.peerings if item["status"]["code"] != "deleted"]
    return copy.deepcopy({"a": world.a, "b": world.b, "inside": world.inside, "peerings": shown})


def adopting() -> World:
    """Account B brings a VPC of its own, with two subnets on two tables."""
    found = build.adopted_b()
    keys = ("subnets", "route_tables", "security_groups", "internet_gateways", "vpc_endpoints", "instances")
    made = World(b=build.facts_b(vpcs=found["vpcs"]), **{found["vpc"]["vpc_id"]: {key: found[key] for key in keys}})
    made.variables_b |= {"vpc_id": found["vpc"]["vpc_id"]}
    return made


def teardown(world: World) -> None:
    world.set_state("absent")
    world.site()


@pytest.mark.parametrize("shows", ["without blocks", "not yet"])
@pytest.mark.parametrize("network_type", ["ipv4", "dual_stack"])
def test_a_request_that_ec2_shows_late_is_granted_in_one_run(shows: Any, network_type: str) -> None:
    made, early = World(), World()
    made.shows_requests = shows
    for one in (made, early):
        one.a["cluster"]["network_type"] = network_type
        one.a["vpc"]["ipv6_cidr_blocks"] = ["2001:db8:a::/56"]
    before = snapshot(made)
    made.site()
    early.site()
    assert (snapshot(made), made.documents) == (snapshot(early), early.documents)
    assert made.site() == []
    teardown(made)
    assert snapshot(made) == before


@pytest.mark.parametrize("shows", ["without blocks", "not yet"])
def test_a_run_killed_anywhere_converges_when_ec2_shows_the_request_late(shows: Any) -> None:
    whole = World()
    whole.shows_requests = shows
    whole.site()
    for budget in range(len(whole.written)):
        made = World()
        made.shows_requests, made.budget = shows, budget
        with pytest.raises(Killed):
            made.site()
        made.budget = 10_000
        made.site()
        assert made.site() == []
        assert len(made.peerings) == 1, f"after {made.written[:budget]}"


@pytest.mark.parametrize(
    ("lie", "says"),
    [
        pytest.param({"cidr_blocks": ["10.9.0.0/24"]}, "its document has 10.9.0.0/24", id="blocks"),
        pytest.param({"region": "eu-west-1"}, "its document says region eu-west-1", id="region"),
        pytest.param({"vpc_id": "vpc-e"}, "has another requester_vpc_id", id="VPC"),
        pytest.param(
            {"account_id": build.C, "role_arn": f"arn:aws:iam::{build.C}:role/R"},
            "has another requester_owner_id",
            id="account",
        ),
    ],
)
def test_a_lie_about_a_request_that_ec2_does_not_show_yet_opens_nothing(lie: dict[str, Any], says: str) -> None:
    made = World()
    made.shows_requests = "not yet"
    made.discover()
    made.run_b()
    made.run_b()
    before = snapshot(made)
    made.variables_a["consumers"] = [{**made.plan_b()["document"], **lie}]
    with pytest.raises((AssertionError, ApplyError), match=says):
        made.run_a()
    for key in ("route_tables", "security_groups"):
        assert made.a[key] == before["a"][key]


def test_ipv6_that_comes_later_is_followed() -> None:
    made = World()
    made.site()
    made.a["cluster"]["network_type"] = "dual_stack"
    made.a["vpc"]["ipv6_cidr_blocks"] = ["2001:db8:a::/56"]
    assert made.site() != []
    assert made.site() == []
    routed = {item["destination"] for table in made.a["route_tables"][:2] for item in table["routes"]}
    assert "2001:db8:b::/56" in routed


@pytest.mark.parametrize("network_type", ["ipv6", "dual_stack"])
def test_ipv6_converges_and_goes_again(network_type: str) -> None:
    made = World()
    made.a["cluster"]["network_type"] = network_type
    made.a["vpc"]["ipv6_cidr_blocks"] = ["2001:db8:a::/56"]
    before = snapshot(made)
    made.site()
    assert made.site() == []
    table = made.inside[made.facts_b()["vpc"]["vpc_id"]]["route_tables"][0]
    blocks = [build.BLOCK_A] if network_type == "dual_stack" else []
    routed = [route["destination"] for route in table["routes"] if route["target_id"].startswith("pcx")]
    assert routed == [*blocks, "2001:db8:a::/56"]
    teardown(made)
    assert snapshot(made) == before


def test_an_adopted_vpc_converges_and_is_left_as_it_was() -> None:
    made = adopting()
    before = snapshot(made)
    types = [identity.partition(":")[0] for _kind, identity in made.site()]
    assert {"vpc", "vpc_endpoint", "subnet", "internet_gateway"} & set(types) == set()
    assert made.site() == []
    teardown(made)
    assert snapshot(made) == before
    assert made.site() == []


@pytest.mark.parametrize("state", ["present", "absent"])
def test_an_adopted_vpc_that_is_no_longer_named_is_not_taken_for_ours(state: str) -> None:
    made = adopting()
    before = snapshot(made)
    made.site()
    del made.variables_b["vpc_id"]
    if state == "present":
        assert made.site() == []
        assert made.b["vpcs"] == before["b"]["vpcs"]
    else:
        made.set_state("absent")
        made.run_b()
        made.run_a()
        assert snapshot(made) == before


def test_an_unmanaged_peering_is_adopted_and_never_removed() -> None:
    made = adopting()
    theirs = build.peering("pcx-7e1", tags={})
    theirs["tags"] = {build.A: {"Owner": "a"}, build.B: {"Owner": "b"}}
    made.peerings.append(theirs)
    made.site()
    assert made.site() == []
    teardown(made)
    assert [(item["id"], item["status"]["code"]) for item in made.peerings] == [("pcx-7e1", "active")]
    assert theirs["tags"] == {build.A: {"Owner": "a"}, build.B: {"Owner": "b"}}
    assert made.a["role"] is None
    assert made.a["security_groups"][0]["rules"] == []


def test_account_as_own_connection_is_never_removed_whatever_the_document_says() -> None:
    """A document may call managed what is account A's own; account A does not, at any time."""
    made = adopting()
    business = build.peering("pcx-7e1", swapped=True)
    business["tags"] = {build.A: {"Name": "business-link"}, build.B: {}}
    made.peerings.append(business)
    before = copy.deepcopy(business)
    made.discover()
    made.run_b()
    made.run_b()
    made.variables_a["consumers"] = [{**made.plan_b()["document"], "peering_managed": True}]
    made.run_a()
    assert made.plan_a()["changes"] == 0
    made.variables_a["state"] = "absent"
    made.run_a()
    assert business == before


def test_what_is_unmanaged_in_account_a_is_left_as_it_is() -> None:
    made = World()
    by_hand = build.role("DaxCrossAccountRole", build.policy(build.STRANGER), tags={"Owner": "x"})
    by_hand["inline_policies"] = {"Theirs": build.policy()}
    made.a["role"] = by_hand
    made.a["security_groups"][0]["rules"] = [build.rule(cidr_ip="192.0.2.0/24", description="by hand")]
    made.a["route_tables"][0]["routes"].append(build.route("10.99.0.0/16", "tgw-1"))
    before = snapshot(made)
    made.site()
    assert made.site() == []
    teardown(made)
    assert snapshot(made) == before


@pytest.mark.parametrize("order", ["ABA", "BAB", "ABAB", "BABA", "AABBAA"])
def test_two_teams_in_any_order_end_where_one_run_does(order: str) -> None:
    whole = World()
    whole.site()
    made = World()
    made.discover()
    for side in order:
        if side == "A":
            made.run_a()
        else:
            made.run_b()
            made.variables_a["consumers"] = [made.plan_b()["document"]]
        made.variables_b["cluster"] = made.plan_a()["document"]
    made.run_a()
    assert snapshot(made) == snapshot(whole)
    assert (made.plan_a()["changes"], made.plan_b()["changes"]) == (0, 0)


def test_account_a_alone_writes_nothing_and_waits() -> None:
    made = World()
    before = snapshot(made)
    assert made.run_a() == []
    assert snapshot(made) == before
    assert made.plan_a()["waiting_for"] != []


def test_a_teardown_of_one_side_alone() -> None:
    made = World()
    before = snapshot(made)
    made.site()
    made.variables_b["state"] = "absent"
    made.run_b()
    assert snapshot(made)["b"] == before["b"]
    made.variables_a["state"] = "absent"
    made.run_a()
    assert snapshot(made) == before


def test_what_check_mode_predicts_is_what_the_run_does() -> None:
    made = World()
    made.discover()
    predicted_b = made.plan_b()
    consumers = [predicted_b["document"]]
    made.variables_a |= {"consumers": consumers, "check_mode": True}
    predicted_a = made.plan_a()
    made.variables_a |= {"consumers": [], "check_mode": False}
    made.site()
    steps = [f"b.{step}" for step in predicted_b["steps"]] + [f"a.{step}" for step in predicted_a["steps"]]
    # What is new has its id only when it is there, and so do the tags that hold it.
    assert {step for step in made.written if not step.endswith(".ownership")} == set(steps)
