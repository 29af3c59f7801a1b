# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of runs, and what people change by hand between two of them, for the tests of whole runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.simulator import Actions, World

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
    made.variables_a |= a
    made.variables_b |= b
    return made


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


def remove_route_b(world: World) -> None:
    tables = inside(world)["route_tables"]
    without_peering_route(tables, tables[0]["route_table_id"])


def remove_default_route(world: World) -> None:
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


DRIFT: dict[str, tuple[Break, Actions]] = {
    "A: trust names another": (other_principal, [("change", "role:DaxCrossAccountRole#trust_policy")]),
    "A: trust has another action": (
        lambda world: world.a["role"]["trust"]["Statement"][0].update(Action="sts:*"),
        [("change", "role:DaxCrossAccountRole#trust_policy")],
    ),
    "A: condition in the trust": (
        lambda world: world.a["role"]["trust"]["Statement"][0].update(Condition={"Bool": {"aws:SecureTransport": "x"}}),
        [("change", "role:DaxCrossAccountRole#trust_policy")],
    ),
    "A: policy widened": (
        lambda world: wider_policy(world.a["role"], "DaxCrossAccountPolicy"),
        [("change", "policy:DaxCrossAccountRole/DaxCrossAccountPolicy")],
    ),
    "A: policy gone": (
        lambda world: world.a["role"]["inline_policies"].clear(),
        [("create", "policy:DaxCrossAccountRole/DaxCrossAccountPolicy")],
    ),
    "A: session duration": (
        lambda world: world.a["role"].update(max_session_duration=43200),
        [("change", "role:DaxCrossAccountRole")],
    ),
    "A: boundary": (
        lambda world: world.a["role"].update(permissions_boundary="arn:aws:iam::aws:policy/Foo"),
        [("change", "role:DaxCrossAccountRole")],
    ),
    "A: register of consumers": (
        lambda world: world.a["role"]["tags"].pop(f"{build.CONSUMER}:{build.KEY}"),
        [("change", "role:DaxCrossAccountRole#tags")],
    ),
    "A: route on the table of two subnets": (
        lambda world: without_peering_route(world.a["route_tables"], "rtb-1"),
        [("create", "route:rtb-1/10.1.0.0/24")],
    ),
    "A: route on the main table": (
        lambda world: without_peering_route(world.a["route_tables"], "rtb-main"),
        [("create", "route:rtb-main/10.1.0.0/24")],
    ),
    "A: rule gone": (
        lambda world: world.a["security_groups"][0].update(rules=[]),
        [("create", "rule:sg-a/8111/{group}")],
    ),
    "A: description of the rule": (
        lambda world: rule_of(world).update(description="x"),
        [("change", "rule:sg-a/8111/{group}")],
    ),
    "A: tags of the rule": (
        lambda world: untag(rule_of(world)),
        [("change", "rule:sg-a/8111/{group}")],
    ),
    "A: connection that the rule remembers": (
        lambda world: rule_of(world)["tags"].pop(build.PEERING),
        [("change", "rule:sg-a/8111/{group}")],
    ),
    "A: port of the rule": (move_rule, [("create", "rule:sg-a/8111/{group}"), ("remove", "rule:sg-a/{rule}")]),
    "A: tags of the peering": (
        lambda world: world.peerings[0]["tags"].update({build.A: {}}),
        [("change", "peering_connection:{peering}/222222222222/dax-client#tags")],
    ),
    "B: trust": (
        lambda world: world.b["roles"]["AssumeDaxRole"].update(trust=build.policy(build.trust("*"))),
        [("change", "role:AssumeDaxRole#trust_policy")],
    ),
    "B: policy widened": (
        lambda world: wider_policy(world.b["roles"]["AssumeDaxRole"], "AssumeDaxRolePolicy"),
        [("change", "policy:AssumeDaxRole/AssumeDaxRolePolicy")],
    ),
    "B: policy gone": (
        lambda world: world.b["roles"]["AssumeDaxRole"]["inline_policies"].clear(),
        [("create", "policy:AssumeDaxRole/AssumeDaxRolePolicy")],
    ),
    "B: session duration": (
        lambda world: world.b["roles"]["AssumeDaxRole"].update(max_session_duration=43200),
        [("change", "role:AssumeDaxRole")],
    ),
    "B: boundary": (
        lambda world: world.b["roles"]["AssumeDaxRole"].update(permissions_boundary="arn:aws:iam::aws:policy/Foo"),
        [("change", "role:AssumeDaxRole")],
    ),
    "B: profile without its role": (
        lambda world: world.b["profiles"]["AssumeDaxInstanceProfile"].update(role_names=[]),
        [("change", "instance_profile:AssumeDaxInstanceProfile#role")],
    ),
    "B: profile with another role": (
        lambda world: world.b["profiles"]["AssumeDaxInstanceProfile"].update(role_names=["Other"]),
        [("change", "instance_profile:AssumeDaxInstanceProfile#role")],
    ),
    "B: profile gone": (
        lambda world: world.b["profiles"].clear(),
        [
            ("create", "instance_profile:AssumeDaxInstanceProfile"),
            ("change", "instance:{instance}#instance_profile"),
        ],
    ),
    "B: profile gone, and made anew by hand": (
        lambda world: world.b["profiles"]["AssumeDaxInstanceProfile"].update(instance_profile_id="AIPAANEW"),
        [("change", "instance:{instance}#instance_profile")],
    ),
    "B: DNS support": (lambda world: own_vpc(world).update(dns_support=False), [("change", "vpc:{vpc}")]),
    "B: DNS host names": (lambda world: own_vpc(world).update(dns_hostnames=False), [("change", "vpc:{vpc}")]),
    "B: tags of the VPC": (lambda world: untag(own_vpc(world)), [("change", "vpc:{vpc}#tags")]),
    "B: tags of the subnet": (
        lambda world: untag(inside(world)["subnets"][0]),
        [("change", "subnet:{subnet}#tags")],
    ),
    "B: public addresses": (
        lambda world: inside(world)["subnets"][0].update(map_public_ip=False),
        [("change", "subnet:{subnet}#map_public_ip")],
    ),
    "B: tags of the gateway": (
        lambda world: untag(inside(world)["internet_gateways"][0]),
        [("change", "internet_gateway:{gateway}#tags")],
    ),
    "B: default route": (remove_default_route, [("create", "route:{table}/0.0.0.0/0")]),
    "B: route to the cluster": (remove_route_b, [("create", "route:{table}/10.0.0.0/16")]),
    "B: tags of the group": (lambda world: untag(own_group(world)), [("change", "security_group:{group}#tags")]),
    "B: tags of the peering": (
        lambda world: world.peerings[0]["tags"].update({build.B: {}}),
        [("change", "peering_connection:{peering}#tags")],
    ),
    "B: profile of the instance": (
        lambda world: inside(world)["instances"][0].update(instance_profile_arn=None),
        [("change", "instance:{instance}#instance_profile")],
    ),
    "B: groups of the instance": (
        lambda world: inside(world)["instances"][0].update(security_group_ids=["sg-theirs"]),
        [("change", "instance:{instance}#security_groups")],
    ),
    "B: name of the instance": (
        lambda world: inside(world)["instances"][0]["tags"].update(Name="x"),
        [("change", "instance:{instance}#tags")],
    ),
    "B: instance gone": (lambda world: inside(world)["instances"].clear(), [("create", "instance:dax-client")]),
}
