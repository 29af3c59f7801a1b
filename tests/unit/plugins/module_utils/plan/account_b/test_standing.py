# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options against what an earlier run built: each variable that cannot be followed is named, none is passed over."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.options import ConsumerOptions
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    adopted_b,
    built_b,
    done,
    endpoint,
    peering,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_b.planning import (
    NAMED,
    plan,
)

Facts = dict[str, Any]


class Wish(NamedTuple):
    """What the user asks for now, of an account where something else stands, and what the plan says to it."""

    facts: Callable[[], Facts]
    options: dict[str, Any]
    kind: str  # conflict, warning, keep, or a kind of write
    about: str  # the resource type
    says: str


def policy_named(name: str) -> Facts:
    facts = built_b()
    facts["role"]["inline_policies"] = {name: facts["role"]["inline_policies"]["AssumeDaxRolePolicy"]}
    return facts


def with_path(**paths: str) -> Facts:
    facts = built_b()
    for key, path in paths.items():
        facts[key]["path"] = path
    return facts


def left_vpc(**more: Any) -> Facts:
    """The user names a VPC, and one of ours stands beside it."""
    own = copy.deepcopy(built_b()["vpc"])
    facts = adopted_b(**more)
    theirs = {**facts["vpc"], "vpc_id": "vpc-c"}
    place = build.elsewhere(found_by="ours", vpc=own)
    return {**facts, "vpcs": [theirs, own], "vpc": theirs, "elsewhere": [place]}


def left_peering() -> Facts:
    """The user names another VPC than the adopted one of an earlier run, which has the connection."""
    facts = left_vpc(peerings=[peering(tags=NAMED)])
    left = build.vpc("vpc-b", build.BLOCK_B)
    return {**facts, "vpcs": [facts["vpc"], left], "elsewhere": [build.elsewhere(found_by="adopted", vpc=left)]}


def two_subnets() -> Facts:
    facts = built_b()
    facts["subnets"] = [
        build.subnet("subnet-1", "10.1.0.0/25", tags=NAMED, map_public_ip=True),
        build.subnet("subnet-2", "10.1.0.128/25", "us-east-1b", tags=NAMED, map_public_ip=True),
    ]
    facts["effective_route_tables"] = {"subnet-1": "rtb-1", "subnet-2": "rtb-1"}
    return facts


def instance(**more: Any) -> Facts:
    facts = built_b()
    facts["instances"][0].update(more)
    return facts


def ours(service: str) -> Facts:
    return built_b(vpc_endpoints=[endpoint(service, tags=NAMED)])


def with_ssm_policy() -> Facts:
    facts = built_b()
    facts["role"]["attached_policies"] = ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"]
    return facts


def other_role() -> Facts:
    facts = built_b(role=None)
    return facts


WISHES: dict[str, Wish] = {
    "role_name": Wish(other_role, {"role_name": "New"}, "change", "instance_profile", "AssumeDaxRole stays"),
    "role_path": Wish(built_b, {"role_path": "/app/"}, "conflict", "role", "IAM changes no path"),
    "role_path, of the profile": Wish(
        lambda: with_path(role="/app/"),
        {"role_path": "/app/"},
        "conflict",
        "instance_profile",
        "has the path /, not /app/",
    ),
    "policy_name": Wish(
        lambda: policy_named("Old"), {}, "remove", "policy", "it is AssumeDaxRolePolicy now, dax_account_b_policy_name"
    ),
    "instance_profile_name": Wish(
        lambda: built_b(instance_profile=None),
        {"instance_profile_name": "New"},
        "change",
        "instance",
        "AssumeDaxInstanceProfile stays",
    ),
    "vpc_id": Wish(left_vpc, {"vpc_id": "vpc-c"}, "conflict", "vpc", "is ours, and dax_account_b_vpc_id names another"),
    "vpc_tags": Wish(left_vpc, {"vpc_tags": {"a": "b"}}, "conflict", "vpc", "dax_account_b_vpc_tags names another"),
    "vpc_id, from one of yours to another": Wish(
        left_peering, {"vpc_id": "vpc-c"}, "conflict", "vpc", "VPC vpc-b holds what is ours: pcx-1"
    ),
    "vpc_cidr": Wish(built_b, {"vpc_cidr": "10.9.0.0/24"}, "conflict", "vpc", "AWS changes no VPC's block"),
    "vpc_cidr, adopted": Wish(
        adopted_b, {"vpc_id": "vpc-b", "vpc_cidr": "10.9.0.0/24"}, "warning", "vpc", "a new VPC only"
    ),
    "vpc_prefix": Wish(built_b, {"vpc_prefix": 20}, "warning", "vpc", "dax_account_b_vpc_prefix: 20"),
    "vpc_pools": Wish(built_b, {"vpc_pools": ["192.168.0.0/16"]}, "warning", "vpc", "dax_account_b_vpc_pools"),
    "subnet_count, fewer": Wish(two_subnets, {}, "warning", "subnet", "one more than dax_account_b_subnet_count: 1"),
    "subnet_count": Wish(built_b, {"subnet_count": 2}, "conflict", "vpc_block", "no free /25"),
    "subnet_ids": Wish(built_b, {"subnet_ids": ["subnet-9"]}, "conflict", "subnet", "dax_account_b_subnet_ids"),
    "subnet_ids, of the instance": Wish(
        two_subnets,
        {"subnet_ids": ["subnet-2"], "subnet_count": 2},
        "conflict",
        "instance",
        "has subnet-1, not subnet-2",
    ),
    "subnet_ids, no VPC yet": Wish(
        build.facts_b, {"subnet_ids": ["subnet-9"]}, "conflict", "subnet", "still to be made"
    ),
    "availability_zones": Wish(
        built_b, {"availability_zones": ["us-east-1b"]}, "conflict", "subnet", "AWS moves no subnet"
    ),
    "sts_access": Wish(built_b, {"sts_access": "existing"}, "warning", "internet_gateway", "sts_access is existing"),
    "sts_access, endpoint": Wish(
        lambda: ours("sts"), {}, "warning", "vpc_endpoint", "dax_account_b_sts_access no longer"
    ),
    "ssm_access": Wish(with_ssm_policy, {}, "keep", "role", "dax_account_b_ssm_access is false"),
    "ssm_access, endpoint": Wish(
        lambda: ours("ssm"), {}, "warning", "vpc_endpoint", "dax_account_b_ssm_access no longer asks"
    ),
    "security_group_name": Wish(
        built_b, {"security_group_name": "app"}, "conflict", "security_group", "AWS renames no group"
    ),
    "security_group_id": Wish(built_b, {"security_group_id": "sg-d"}, "warning", "security_group", "is ours and stays"),
    "instance": Wish(built_b, {"instance": False}, "warning", "instance", "dax_account_b_instance is false"),
    "instance_type": Wish(built_b, {"instance_type": "t3.large"}, "conflict", "instance", "has t3.micro, not t3.large"),
    "image_id": Wish(built_b, {"image_id": "ami-2"}, "conflict", "instance", "has ami-1, not ami-2"),
    "key_name": Wish(built_b, {"key_name": "ops"}, "conflict", "instance", "has none, not ops"),
    "key_name, none": Wish(lambda: instance(key_name="ops"), {}, "conflict", "instance", "has ops, not none"),
}
# Of a resource that is refused or reported, the reason names the variable; of one that is written, why it is.
_NAMED = ("conflict", "warning", "keep", "remove")

FOLLOWED = {
    "permissions_boundary": "changed in place",
    "max_session_duration": "changed in place",
    "allow_session_tags": "changed in place, in the policy",
    "dns_resolution": "changed in place; not set, it stays as it is",
    "tags": "added; one that is no longer given stays, since others may have set it",
    "external_id": "stands in the document alone",
    "force_routes": "is about this run",
    "wait_timeout": "is about this run",
    **dict.fromkeys(("document_path", "plan_path", "plan_file"), "is about this run"),
    "connection": "is about this run",
    "state": "is the wish itself",
    "cluster": "another cluster is another consumer",
    "name": "another name is another consumer",
    "account_id": "compared with the credentials",
    "owner_account_id": "compared with the cluster document",
}


@pytest.mark.parametrize("name", WISHES)
def test_what_no_longer_fits_is_named(name: str) -> None:
    wish = WISHES[name]
    result = plan(wish.facts(), **wish.options)
    found = [
        item
        for item in result["actions"]
        if (item["kind"], item["resource_type"]) == (wish.kind, wish.about)
        and wish.says in f"{item['resource']} {item['why']}"
    ]
    assert len(found) == 1, result["lines"]
    variable = name.partition(",")[0]
    assert wish.kind not in _NAMED or f"dax_account_b_{variable}" in found[0]["why"]


@pytest.mark.parametrize("name", [name for name, wish in WISHES.items() if wish.kind == "conflict"])
def test_nothing_is_written_then(name: str) -> None:
    wish = WISHES[name]
    assert plan(wish.facts(), **wish.options)["writes"] == {}


def test_every_variable_is_decided_on() -> None:
    decided = {name.partition(",")[0] for name in WISHES} | FOLLOWED.keys()
    assert decided == {name.removeprefix(ConsumerOptions.PREFIX) for name in ConsumerOptions.variables()}


@pytest.mark.parametrize(
    ("facts", "options"),
    [
        pytest.param(built_b, {"image_id": "ami-1"}, id="the image that it has"),
        pytest.param(built_b, {"image_id": "resolve:ssm:/own/image"}, id="a name that leads to newer images"),
        pytest.param(built_b, {"vpc_cidr": build.BLOCK_B, "vpc_prefix": 20}, id="a block that is meant"),
        pytest.param(built_b, {"vpc_pools": []}, id="no pools"),
        pytest.param(built_b, {"availability_zones": ["us-east-1b", "us-east-1a"]}, id="more zones than subnets"),
        pytest.param(built_b, {"subnet_ids": ["subnet-1"]}, id="the subnet that it is in"),
        pytest.param(lambda: instance(key_name="ops"), {"key_name": "ops"}, id="the key that it has"),
        pytest.param(two_subnets, {"subnet_count": 2}, id="as many subnets"),
        pytest.param(lambda: with_path(role="/a/", instance_profile="/a/"), {"role_path": "/a/"}, id="the path"),
    ],
)
def test_what_fits_is_no_matter(facts: Callable[[], Facts], options: dict[str, Any]) -> None:
    assert plan(facts(), **options)["actions"] == []


def test_an_adopted_roles_path_and_policies_are_its_owners() -> None:
    facts = policy_named("Old")
    facts["role"].update(tags={}, description="", path="/service/")
    facts["role"]["inline_policies"]["Theirs"] = build.policy(build.STRANGER)
    result = plan(facts)
    assert result["conflicts"] == []
    assert done(result) == [
        ("create", "policy:AssumeDaxRole/AssumeDaxRolePolicy"),
        ("remove", "policy:AssumeDaxRole/Old"),
    ]


@pytest.mark.parametrize(
    ("facts", "gone"), [(left_vpc, ("remove", "vpc:vpc-b")), (left_peering, ("remove", "peering_connection:pcx-1"))]
)
def test_a_teardown_removes_what_is_elsewhere(facts: Callable[[], Facts], gone: tuple[str, str]) -> None:
    result = plan(facts(), state="absent", vpc_id="vpc-c")
    assert (done(result), result["conflicts"]) == ([gone], [])


def test_a_second_vpc_with_our_tags_is_reported() -> None:
    facts = built_b(elsewhere=[build.elsewhere("vpc-2")])
    facts["vpcs"].append(facts["elsewhere"][0]["vpc"])
    result = plan(facts)
    assert (result["changes"], result["conflicts"]) == (0, [])
    assert result["warnings"] == ["VPC vpc-2: carries the same tags as vpc-b; only that one is looked after"]
