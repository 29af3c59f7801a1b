# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole runs of several consumers in one account B, of one cluster or of several, in VPCs that they share or not."""

from __future__ import annotations

import copy
import itertools
import random
from contextlib import suppress
from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.simulator import Actions, Killed, World

STOCK: dict[str, Any] = {"cluster_arn": f"arn:aws:dax:us-east-1:{build.A}:cache/stock", "cluster_name": "stock"}
FAR = {**STOCK, "vpc_id": "vpc-a2", "cidr_blocks": ["10.8.0.0/16"]}


def consumer(name: str, cluster: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The variables of a consumer with names of its own."""
    own = {"name": name, "role_name": f"{name}Role", "instance_profile_name": f"{name}Profile"}
    return {"cluster": build.cluster_document(**(cluster or {})), **own, **more}


WEB, BATCH, CRON = consumer("web"), consumer("batch"), consumer("cron")
OTHER_CLUSTER, FAR_CLUSTER = consumer("stock-app", STOCK), consumer("far-app", FAR, vpc_pools=["10.64.0.0/12"])


def adopting() -> World:
    """Account B with a VPC of the user's own, and strangers in it."""
    found = build.adopted_b(peerings=[])
    keys = ("subnets", "route_tables", "security_groups", "internet_gateways", "vpc_endpoints", "instances")
    made = World(b=build.facts_b(vpcs=found["vpcs"]), **{build.VPC_B: {key: found[key] for key in keys}})
    made.b["roles"]["Theirs"] = build.role("Theirs", build.policy(build.STRANGER), build.B)
    return made


def state(world: World) -> dict[str, Any]:
    shown = [item for item in world.peerings if item["status"]["code"] != "deleted"]
    return copy.deepcopy({"b": world.b, "inside": world.inside, "peerings": shown})


def run(world: World, variables: dict[str, Any], how: str = "present") -> Actions:
    """Run account B for a consumer; account A accepts what it asks for."""
    world.variables_b = {**variables, "state": how}
    actions = world.run_b()
    for peering in world.peerings:
        if peering["status"]["code"] in ("initiating-request", "pending-acceptance"):
            peering["status"]["code"] = "active"
    return actions


def pinned(variables: dict[str, Any], vpc_id: str) -> dict[str, Any]:
    return {**variables, "vpc_id": vpc_id}


def vpc_of(world: World, name: str) -> str:
    (vpc,) = [vpc for vpc in world.b["vpcs"] if vpc["tags"].get(build.CONSUMER) == name]
    return str(vpc["vpc_id"])


def check_way(world: World, variables: dict[str, Any]) -> None:
    """A consumer's instance has its role, and a way to its cluster and out."""
    name, cluster = variables["name"], variables["cluster"]
    marks = {build.CONSUMER: name, build.MARK: cluster["cluster_arn"]}
    for vpc_id, here in world.inside.items():
        for instance in here["instances"]:
            if not marks.items() <= instance["tags"].items():
                continue
            profile = world.b["profiles"][instance["instance_profile_arn"].rpartition("/")[2]]
            role = world.b["roles"][profile["role_names"][0]]
            (document,) = role["inline_policies"].values()
            assert [item["Resource"] for item in document["Statement"]] == [cluster["role_arn"]]
            groups = {group["group_id"] for group in here["security_groups"]}
            assert set(instance["security_group_ids"]) <= groups and len(instance["security_group_ids"]) == 1
            joined = [
                item["id"]
                for item in world.peerings
                if {vpc_id, cluster["vpc_id"]} == {item["requester"]["vpc_id"], item["accepter"]["vpc_id"]}
                and item["status"]["code"] == "active"
            ]
            assert len(joined) == 1
            tables = [item for item in here["route_tables"] if instance["subnet_id"] in item["subnet_ids"]]
            tables = tables or [item for item in here["route_tables"] if item["main"]]
            routes = {route["destination"]: route["target_id"] for route in tables[0]["routes"]}
            assert routes[cluster["cidr_blocks"][0]] == joined[0]
            assert routes["0.0.0.0/0"]
            return
    raise AssertionError(f"{name} has no instance")


TWO = [
    pytest.param([WEB, BATCH], id="two applications"),
    pytest.param([WEB, OTHER_CLUSTER], id="two clusters in one VPC"),
    pytest.param([WEB, FAR_CLUSTER], id="two clusters in two VPCs"),
    pytest.param([WEB, BATCH, CRON], id="three applications"),
    pytest.param([OTHER_CLUSTER, WEB, FAR_CLUSTER, BATCH], id="all together"),
]


@pytest.mark.parametrize("users", TWO)
@pytest.mark.parametrize("theirs", [True, False], ids=["a VPC of nobody of us", "a VPC of the first"])
def test_consumers_of_one_vpc_come_and_go(users: list[dict[str, Any]], theirs: bool) -> None:
    for order in itertools.islice(itertools.permutations(range(len(users))), 6):
        world = adopting() if theirs else World()
        before, all_of_them = state(world), [users[0]]
        if theirs:
            all_of_them = [pinned(one, build.VPC_B) for one in users]
            run(world, all_of_them[0])
        else:
            run(world, users[0])
            all_of_them += [pinned(one, vpc_of(world, users[0]["name"])) for one in users[1:]]
        for one in all_of_them[1:]:
            made = [identity for kind, identity in run(world, one) if kind == "create"]
            assert {item.partition(":")[0] for item in made} <= {
                "role", "policy", "instance_profile", "instance", "peering_connection", "route",
            }  # fmt: skip
        kept = state(world)
        for one in all_of_them:
            assert run(world, one) == []
            check_way(world, one)
        assert state(world) == kept, "tags flip"
        for number, place in enumerate(order):
            run(world, all_of_them[place], "absent")
            assert run(world, all_of_them[place], "absent") == []
            for other in order[number + 1 :]:
                check_way(world, all_of_them[other])
        assert state(world) == before, order


def test_what_is_kept_is_said_and_the_marks_follow() -> None:
    world = adopting()
    web, stock = pinned(WEB, build.VPC_B), pinned(OTHER_CLUSTER, build.VPC_B)
    run(world, web)
    run(world, stock)
    world.variables_b = {**web, "state": "absent"}
    lines = "\n".join(world.plan_b()["lines"])
    used = f"(used by stock for {build.B}/stock-app)"
    assert f"= keep peering connection {world.peerings[0]['id']} {used}" in lines
    assert f"= keep security group {world.inside[build.VPC_B]['security_groups'][-1]['group_id']} {used}" in lines
    run(world, web, "absent")
    tags = world.peerings[0]["tags"][build.B]
    assert (tags[build.MARK], tags[build.CONSUMER]) == (STOCK["cluster_arn"], "stock-app")
    assert [key for key in tags if "user" in key] == []


def test_the_heir_of_a_vpc_removes_it_with_all_that_it_inherited() -> None:
    world = World()
    before = state(world)
    run(world, WEB)
    vpc_id = vpc_of(world, "web")
    batch = pinned(BATCH, vpc_id)
    run(world, batch)
    run(world, WEB, "absent")
    assert vpc_of(world, "batch") == vpc_id
    names = {item["tags"]["Name"] for item in world.inside[vpc_id]["subnets"]}
    assert names == {"batch"}, "the name goes over with the rest"
    assert run(world, batch) == []
    run(world, batch, "absent")
    assert state(world) == before


def test_consumers_with_vpcs_of_their_own_leave_each_other_alone() -> None:
    world = World()
    before = state(world)
    run(world, WEB)
    alone = state(world)
    run(world, BATCH)
    assert len({block for vpc in world.b["vpcs"] for block in vpc["cidr_blocks"]}) == 3
    run(world, BATCH, "absent")
    assert state(world) == alone
    run(world, WEB, "absent")
    assert state(world) == before


CHANGES: list[dict[str, Any]] = [
    {},
    {"role_name": "Other"},
    {"instance_profile_name": "OtherProfile"},
    {"policy_name": "OtherPolicy"},
    {"cluster": {"role_arn": f"arn:aws:iam::{build.A}:role/Renamed"}},
    {"cluster": {"vpc_id": "vpc-a2", "cidr_blocks": ["10.8.0.0/16"]}},
    {"cluster": {"vpc_id": "vpc-a3", "cidr_blocks": [build.BLOCK_A]}},
    {"sts_access": "vpc_endpoint"},
    {"allow_session_tags": True},
]


def changed(variables: dict[str, Any], chosen: list[dict[str, Any]]) -> dict[str, Any]:
    """The variables of a consumer with some changes; names get its own name in front."""
    made = copy.deepcopy(variables)
    for change in chosen:
        for key, value in change.items():
            made[key] = {**made["cluster"], **value} if key == "cluster" else value
            if key in ("role_name", "instance_profile_name"):
                made[key] = f"{variables['name']}{value}"
    return made


@pytest.mark.parametrize("chosen", [*([one] for one in CHANGES[1:]), CHANGES[1:5], CHANGES[1:6]], ids=str)
@pytest.mark.parametrize("theirs", [True, False])
def test_what_a_run_no_longer_wants_goes(chosen: list[dict[str, Any]], theirs: bool) -> None:
    for budget in [*(range(16) if len(chosen) > 1 else [3, 6]), 10_000]:
        world = adopting() if theirs else World()
        if theirs:
            world.b["vpcs"][0]["dns_hostnames"] = True
        before, web = state(world), pinned(WEB, build.VPC_B) if theirs else WEB
        run(world, web)
        then = changed(web, chosen)
        world.budget = budget
        with suppress(Killed):
            run(world, then)
        world.budget = 10_000
        run(world, then)
        assert run(world, then) == []
        check_way(world, then)
        names = {"Theirs", then["role_name"]} if theirs else {then["role_name"]}
        assert (set(world.b["roles"]), set(world.b["profiles"])) == (names, {then["instance_profile_name"]})
        assert len([item for item in world.peerings if item["status"]["code"] != "deleted"]) == 1
        run(world, web, "absent")
        assert state(world) == before


@pytest.mark.parametrize("seed", range(30))
def test_any_sequence_of_runs_leaves_nothing_behind_and_cuts_nobody_off(seed: int) -> None:
    chance = random.Random(seed)
    theirs = chance.random() < 0.5
    world = adopting() if theirs else World()
    before = state(world)
    users = chance.sample([WEB, BATCH, CRON, OTHER_CLUSTER, FAR_CLUSTER], chance.randint(1, 3))
    wishes: dict[str, dict[str, Any]] = {}
    up: dict[str, dict[str, Any]] = {}
    for _number in range(8):
        one = chance.choice(users)
        name = one["name"]
        if name not in wishes:
            makers = [vpc for vpc in world.b["vpcs"] if vpc["tags"].get(build.CONSUMER) in up]
            shared = [build.VPC_B] if theirs else [vpc["vpc_id"] for vpc in makers]
            wishes[name] = pinned(one, chance.choice(shared)) if shared and chance.random() < 0.7 else one
        wish = changed(wishes[name], chance.sample(CHANGES[:5], chance.randint(0, 2)))
        how = chance.choice(["present", "present", "absent"])
        up.pop(name, None)
        world.budget = chance.choice([chance.randint(0, 20), 10_000])
        try:
            run(world, wish, how)
            if how == "present":
                up[name] = wish
        except Killed:
            pass
        world.budget = 10_000
        if how == "absent":
            run(world, wish, how)
            wishes.pop(name)
        for other in up.values():
            check_way(world, other)
        for other in up.values():
            run(world, other)
            assert run(world, other) == []
    for one in chance.sample(users, len(users)):
        run(world, wishes.get(one["name"], one), "absent")
    assert state(world) == before
