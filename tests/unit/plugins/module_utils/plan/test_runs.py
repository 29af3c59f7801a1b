# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole runs of both plans on two accounts in memory: at rest, after drift, killed, and taken back."""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.simulator import Killed, World

Break = Callable[[World], None]

# Variables of the roles that change what is made.
KINDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "plain": ({}, {}),
    "endpoints and SSM": ({}, {"sts_access": "vpc_endpoint", "ssm_access": True}),
    "two subnets": ({}, {"subnet_count": 2}),
    "no instance": ({}, {"instance": False}),
    "DNS from A's side": ({"dns_resolution": True}, {}),
    "external id and tags": ({"external_id": "s3cret", "tags": {"Team": "a"}}, {"tags": {"Team": "b"}}),
    "paths and boundaries": (
        {"role_path": "/dax/", "permissions_boundary": "arn:aws:iam::aws:policy/A", "max_session_duration": 7200},
        {"role_path": "/dax/", "permissions_boundary": "arn:aws:iam::aws:policy/B", "max_session_duration": 7200},
    ),
}


def world(kind: str = "plain") -> World:
    made = World()
    a, b = KINDS[kind]
    made.wanted_a |= a
    made.wanted_b |= b
    return made


def state(world: World) -> dict[str, Any]:
    dead = [item for item in world.peerings if item["status"]["code"] != "deleted"]
    return copy.deepcopy({"a": world.a, "b": world.b, "inside": world.inside, "peerings": dead})


@pytest.mark.parametrize("kind", KINDS)
def test_the_second_run_has_nothing_to_do(kind: str) -> None:
    made = world(kind)
    assert made.site() != []
    before = state(made)
    assert made.site() == []
    assert state(made) == before
    assert made.plan_a()["lines"] == ["account A: nothing to change"]
    assert made.plan_b()["lines"] == ["account B: nothing to change"]
    assert len(made.peerings) == 1


def test_the_documents_of_the_first_run_are_those_of_the_second() -> None:
    made = world()
    made.site()
    first = copy.deepcopy(made.documents)
    made.site()
    assert made.documents == first
    assert made.documents["a"]["routed_cidr_blocks"] == ["10.1.0.0/24"]
    made.discover()
    assert made.wanted_b["cluster"] == first["a"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_killed_anywhere_converges_when_started_again(kind: str) -> None:
    whole = world(kind)
    whole.site()
    for budget in range(len(whole.written)):
        made = world(kind)
        made.budget = budget
        with pytest.raises(Killed):
            made.site()
        made.budget = 10_000
        made.site()
        assert made.site() == []
        assert len(made.peerings) == 1, f"after {made.written[:budget]}"
        assert sum(len(here["instances"]) for here in made.inside.values()) == int(made.wanted_b["instance"])


@pytest.mark.parametrize("kind", KINDS)
def test_teardown_takes_back_all_that_was_made_from_any_half_built_state(kind: str) -> None:
    whole = world(kind)
    untouched = state(whole)
    whole.site()
    for budget in range(len(whole.written) + 1):
        made = world(kind)
        made.budget = budget
        with suppress(Killed):
            made.site()
        made.budget = 10_000
        made.wanted_a["state"] = made.wanted_b["state"] = "absent"
        made.site()
        assert state(made) == untouched, f"after {made.written[:budget]}"
        assert made.site() == []


def test_a_teardown_killed_anywhere_completes_when_started_again() -> None:
    whole = world("endpoints and SSM")
    untouched = state(whole)
    whole.site()
    built = len(whole.written)
    whole.wanted_a["state"] = whole.wanted_b["state"] = "absent"
    whole.site()
    for budget in range(len(whole.written) - built):
        made = world("endpoints and SSM")
        made.site()
        made.wanted_a["state"] = made.wanted_b["state"] = "absent"
        made.budget = budget
        with pytest.raises(Killed):
            made.site()
        made.budget = 10_000
        made.site()
        assert state(made) == untouched, f"after {budget} steps"


def test_teardown_goes_on_without_the_cluster() -> None:
    made = world()
    untouched = state(made)
    made.site()
    made.a["cluster"] = None
    made.a["vpc"], made.a["cluster_subnet_ids"], made.a["subnets"] = None, [], []
    made.a["effective_route_tables"] = {}
    made.wanted_a["state"] = made.wanted_b["state"] = "absent"
    made.site()
    assert made.site() == []
    assert made.a["role"] is None
    assert [item["rules"] for item in made.a["security_groups"]] == [[]]
    assert [len(table["routes"]) for table in made.a["route_tables"]] == [1, 1, 1]
    assert state(made)["b"] == untouched["b"]


def inside(world: World) -> dict[str, Any]:
    """What is in the client's VPC."""
    return world.inside[world.facts_b()["vpc"]["vpc_id"]]


def own_vpc(world: World) -> dict[str, Any]:
    vpc_id = world.facts_b()["vpc"]["vpc_id"]
    return next(item for item in world.b["vpcs"] if item["vpc_id"] == vpc_id)


def own_group(world: World) -> dict[str, Any]:
    found: dict[str, Any] = next(item for item in inside(world)["security_groups"] if item["group_name"] != "default")
    return found


def without_peering_route(tables: list[dict[str, Any]], table_id: str) -> None:
    table = next(item for item in tables if item["route_table_id"] == table_id)
    table["routes"] = [item for item in table["routes"] if not item["target_id"].startswith("pcx")]


def drop_route_b(world: World) -> None:
    tables = inside(world)["route_tables"]
    without_peering_route(tables, tables[0]["route_table_id"])


def drop_default_route(world: World) -> None:
    tables = inside(world)["route_tables"]
    tables[0]["routes"] = [item for item in tables[0]["routes"] if item["destination"] != "0.0.0.0/0"]


def other_principal(world: World) -> None:
    world.a["role"]["trust"]["Statement"][0]["Principal"]["AWS"] = f"arn:aws:iam::{build.C}:root"


def wider_policy(role: dict[str, Any], name: str) -> None:
    role["inline_policies"][name] = build.policy({"Effect": "Allow", "Action": "*", "Resource": "*"})


def untag(tagged: dict[str, Any]) -> None:
    tagged["tags"] = {}


def rule_of(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.a["security_groups"][0]["rules"][0]
    return found


def move_rule(world: World) -> None:
    rule_of(world).update(from_port=8112, to_port=8112)


DRIFT: dict[str, tuple[Break, list[str]]] = {
    "A: trust names another": (other_principal, ["change trust policy of role DaxCrossAccountRole"]),
    "A: trust has another action": (
        lambda world: world.a["role"]["trust"]["Statement"][0].update(Action="sts:*"),
        ["change trust policy of role DaxCrossAccountRole"],
    ),
    "A: condition in the trust": (
        lambda world: world.a["role"]["trust"]["Statement"][0].update(Condition={"Bool": {"aws:SecureTransport": "x"}}),
        ["change trust policy of role DaxCrossAccountRole"],
    ),
    "A: policy widened": (
        lambda world: wider_policy(world.a["role"], "DaxCrossAccountPolicy"),
        ["change policy DaxCrossAccountPolicy of role DaxCrossAccountRole"],
    ),
    "A: policy gone": (
        lambda world: world.a["role"]["inline_policies"].clear(),
        ["create policy DaxCrossAccountPolicy of role DaxCrossAccountRole"],
    ),
    "A: session duration": (
        lambda world: world.a["role"].update(max_session_duration=43200),
        ["change role DaxCrossAccountRole"],
    ),
    "A: boundary": (
        lambda world: world.a["role"].update(permissions_boundary="arn:aws:iam::aws:policy/Foo"),
        ["change role DaxCrossAccountRole"],
    ),
    "A: register of consumers": (
        lambda world: world.a["role"]["tags"].pop(f"{build.CONSUMER}:{build.KEY}"),
        ["change tags of role DaxCrossAccountRole"],
    ),
    "A: route on the table of two subnets": (
        lambda world: without_peering_route(world.a["route_tables"], "rtb-1"),
        ["create route 10.1.0.0/24 in rtb-1"],
    ),
    "A: route on the main table": (
        lambda world: without_peering_route(world.a["route_tables"], "rtb-main"),
        ["create route 10.1.0.0/24 in rtb-main"],
    ),
    "A: rule gone": (
        lambda world: world.a["security_groups"][0].update(rules=[]),
        ["create rule TCP 8111 from {group} on sg-a"],
    ),
    "A: description of the rule": (
        lambda world: rule_of(world).update(description="x"),
        ["change rule TCP 8111 from {group} on sg-a"],
    ),
    "A: tags of the rule": (
        lambda world: untag(rule_of(world)),
        ["change rule TCP 8111 from {group} on sg-a"],
    ),
    "A: port of the rule": (move_rule, ["create rule TCP 8111 from {group} on sg-a", "remove rule {rule} on sg-a"]),
    "A: tags of the peering": (
        lambda world: world.peerings[0]["tags"].update({build.A: {}}),
        ["change tags of peering connection {peering} of 222222222222/dax-client"],
    ),
    "B: trust": (
        lambda world: world.b["role"].update(trust=build.policy(build.trust("*"))),
        ["change trust policy of role AssumeDaxRole"],
    ),
    "B: policy widened": (
        lambda world: wider_policy(world.b["role"], "AssumeDaxRolePolicy"),
        ["change policy AssumeDaxRolePolicy of role AssumeDaxRole"],
    ),
    "B: session duration": (
        lambda world: world.b["role"].update(max_session_duration=43200),
        ["change role AssumeDaxRole"],
    ),
    "B: boundary": (
        lambda world: world.b["role"].update(permissions_boundary="arn:aws:iam::aws:policy/Foo"),
        ["change role AssumeDaxRole"],
    ),
    "B: profile without its role": (
        lambda world: world.b["instance_profile"].update(role_names=[]),
        ["change role of instance profile AssumeDaxInstanceProfile"],
    ),
    "B: profile with another role": (
        lambda world: world.b["instance_profile"].update(role_names=["Other"]),
        ["change role of instance profile AssumeDaxInstanceProfile"],
    ),
    "B: profile gone": (
        lambda world: world.b.update(instance_profile=None),
        ["create instance profile AssumeDaxInstanceProfile"],
    ),
    "B: DNS support": (lambda world: own_vpc(world).update(dns_support=False), ["change VPC {vpc}"]),
    "B: DNS host names": (lambda world: own_vpc(world).update(dns_hostnames=False), ["change VPC {vpc}"]),
    "B: tags of the VPC": (lambda world: untag(own_vpc(world)), ["change tags of VPC {vpc}"]),
    "B: tags of the subnet": (
        lambda world: untag(inside(world)["subnets"][0]),
        ["change tags of subnet {subnet}"],
    ),
    "B: public addresses": (
        lambda world: inside(world)["subnets"][0].update(map_public_ip=False),
        ["change public addresses in subnet {subnet}"],
    ),
    "B: tags of the gateway": (
        lambda world: untag(inside(world)["internet_gateways"][0]),
        ["change tags of internet gateway {gateway}"],
    ),
    "B: default route": (drop_default_route, ["create route 0.0.0.0/0 in {table}"]),
    "B: route to the cluster": (drop_route_b, ["create route 10.0.0.0/16 in {table}"]),
    "B: tags of the group": (lambda world: untag(own_group(world)), ["change tags of security group {group}"]),
    "B: tags of the peering": (
        lambda world: world.peerings[0]["tags"].update({build.B: {}}),
        ["change tags of peering connection {peering}"],
    ),
    "B: profile of the instance": (
        lambda world: inside(world)["instances"][0].update(instance_profile_arn=None),
        ["change instance profile of instance {instance}"],
    ),
    "B: groups of the instance": (
        lambda world: inside(world)["instances"][0].update(security_group_ids=["sg-theirs"]),
        ["change security groups of instance {instance}"],
    ),
    "B: name of the instance": (
        lambda world: inside(world)["instances"][0]["tags"].update(Name="x"),
        ["change tags of instance {instance}"],
    ),
    "B: instance gone": (lambda world: inside(world)["instances"].clear(), ["create instance dax-client"]),
}


@pytest.mark.parametrize("what", DRIFT)
def test_drift_is_mended_and_nothing_else_is_touched(what: str) -> None:
    made = world()
    made.site()
    here = inside(made)
    names = {
        "group": own_group(made)["group_id"],
        "peering": made.peerings[0]["id"],
        "rule": rule_of(made)["rule_id"],
        "vpc": own_vpc(made)["vpc_id"],
        "subnet": here["subnets"][0]["subnet_id"],
        "gateway": here["internet_gateways"][0]["internet_gateway_id"],
        "table": here["route_tables"][0]["route_table_id"],
        "instance": here["instances"][0]["instance_id"],
    }
    broke, expected = DRIFT[what]
    before = state(made)
    broke(made)
    assert state(made) != before
    assert made.site() == [line.format(**names) for line in expected]
    assert made.site() == []
    mended = state(made)
    if "gone" not in what and "port" not in what and "widened" not in what and "groups" not in what:
        assert mended == before


@pytest.mark.parametrize("status", ["expired", "rejected", "failed", "deleted"])
def test_a_dead_peering_is_replaced_and_its_routes_follow(status: str) -> None:
    made = world()
    made.site()
    made.peerings[0]["status"]["code"] = status
    made.site()
    assert [item["status"]["code"] for item in made.peerings] == [status, "active"]
    new = made.peerings[1]["id"]
    tables = made.a["route_tables"][:2] + inside(made)["route_tables"]
    assert [route["target_id"] for table in tables for route in table["routes"] if "pcx" in route["target_id"]] == [
        new
    ] * 3
    assert made.site() == []


def test_each_side_sets_its_own_dns_resolution_once_the_connection_is_active() -> None:
    made = World()
    made.wanted_a["dns_resolution"] = made.wanted_b["dns_resolution"] = True
    made.site()
    sides = made.peerings[0]["requester"], made.peerings[0]["accepter"]
    # B asked for the connection before A had accepted it: its own side is set by its next run.
    assert [side["dns_resolution"] for side in sides] == [None, True]
    assert made.site() == [f"change DNS resolution of peering connection {made.peerings[0]['id']}"]
    assert [side["dns_resolution"] for side in sides] == [True, True]
    assert made.site() == []
    sides[0]["dns_resolution"] = sides[1]["dns_resolution"] = False
    assert len(made.site()) == 2
    assert [side["dns_resolution"] for side in sides] == [True, True]
    made.wanted_a["dns_resolution"] = made.wanted_b["dns_resolution"] = None
    sides[0]["dns_resolution"] = False
    assert made.site() == []
