# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
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

AL2023 = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-"
ARM: dict[str, Any] = {"architectures": ["arm64"]}
SUBNETS = [
    build.subnet("subnet-1", "10.1.0.0/25", "us-east-1a", tags=NAMED, map_public_ip=True),
    build.subnet("subnet-2", "10.1.0.128/25", "us-east-1b", tags=NAMED, map_public_ip=True),
]


def without_instance(launch: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return built_b(instances=[], launch=build.launch(**(launch or {})), **more)


# The image follows the type.


@pytest.mark.parametrize(
    ("architectures", "image"),
    [
        (["x86_64"], f"{AL2023}x86_64"),
        (["arm64"], f"{AL2023}arm64"),
        (["i386", "x86_64"], f"{AL2023}x86_64"),
    ],
)
def test_the_default_image_has_the_architecture_of_the_type(architectures: list[str], image: str) -> None:
    (given,) = args(plan(without_instance({"architectures": architectures})), "instance")
    assert given["image_id"] == image


@pytest.mark.parametrize("name", ["ami-1", "resolve:ssm:/own/image:3"])
def test_a_given_image_is_launched_as_it_was_given(name: str) -> None:
    (given,) = args(plan(without_instance({"image": build.image()}), image_id=name), "instance")
    assert given["image_id"] == name


@pytest.mark.parametrize(
    ("launch", "options", "says"),
    [
        pytest.param(
            {"image": build.image("arm64")},
            {"image_id": "ami-1"},
            ["ami-1", "arm64", "x86_64", "dax_account_b_image_id", "dax_account_b_instance_type"],
            id="architecture",
        ),
        pytest.param(
            {"image": build.image(), **ARM},
            {"image_id": f"{AL2023}x86_64", "instance_type": "t4g.micro"},
            [AL2023, "t4g.micro", "dax_account_b_image_id"],
            id="the parameter of the other architecture",
        ),
        pytest.param({}, {"image_id": "ami-1"}, ["ami-1", "none", "dax_account_b_image_id"], id="no such image"),
        pytest.param(
            {"image": build.image(state="failed")},
            {"image_id": "ami-1"},
            ["failed", "dax_account_b_image_id"],
            id="state",
        ),
        pytest.param(
            {"availability_zones": [], "architectures": []},
            {"instance_type": "t3.mirco"},
            ["instance type t3.mirco", "us-east-1", "dax_account_b_instance_type"],
            id="no such type",
        ),
        pytest.param(
            {"availability_zones": []}, {}, ["instance type t3.micro", "dax_account_b_instance_type"], id="in no zone"
        ),
        pytest.param(
            {"architectures": ["arm64_mac"]},
            {"instance_type": "mac2.metal"},
            ["mac2.metal", "arm64_mac", "dax_account_b_image_id"],
            id="no Amazon Linux for it",
        ),
        pytest.param({}, {"key_name": "ops"}, ["key pair ops", "dax_account_b_key_name"], id="no such key pair"),
        pytest.param(
            {"availability_zones": ["us-east-1c"]},
            {},
            ["us-east-1c", "us-east-1a", "dax_account_b_instance_type", "dax_account_b_subnet_count"],
            id="not in the subnet's zone",
        ),
    ],
)
def test_what_ec2_would_refuse_at_the_launch_is_refused_before_anything_is_written(
    launch: dict[str, Any], options: dict[str, Any], says: list[str]
) -> None:
    result = plan(without_instance(launch), **options)
    assert len(result["conflicts"]) == 1
    assert [word for word in says if word not in result["conflicts"][0]] == []
    assert result["writes"] == {}


def test_it_is_refused_in_an_account_with_nothing_in_it_too() -> None:
    result = plan(facts_b(launch=build.launch(image=build.image("arm64"))), image_id="ami-1")
    assert ["dax_account_b_image_id" in line for line in result["conflicts"]] == [True]


# The zone.


@pytest.mark.parametrize(
    ("zones", "subnet"), [(["us-east-1a", "us-east-1b"], "subnet-1"), (["us-east-1b"], "subnet-2")]
)
@pytest.mark.parametrize("adopted", [True, False])
def test_the_instance_goes_into_a_standing_subnet_whose_zone_has_the_type(
    zones: list[str], subnet: str, adopted: bool
) -> None:
    groups = [build.group("sg-b", name="dax-client", tags=NAMED)]
    launch = build.launch(availability_zones=zones)
    effective = {"subnet-1": "rtb-1", "subnet-2": "rtb-1"}
    facts = (
        adopted_b(security_groups=groups, launch=launch)
        if adopted
        else built_b(instances=[], subnets=SUBNETS, effective_route_tables=effective, launch=launch)
    )
    result = plan(facts, subnet_count=2)
    assert result["conflicts"] == []
    assert [item["vpc_subnet_id"] for item in args(result, "instance")] == [subnet]


def test_of_an_adopted_vpc_none_of_whose_zones_has_the_type_the_subnets_are_named() -> None:
    result = plan(adopted_b(launch=build.launch(availability_zones=["us-east-1c"])))
    assert len(result["conflicts"]) == 1
    assert "dax_account_b_subnet_ids" in result["conflicts"][0]
    named = plan(adopted_b(launch=build.launch(availability_zones=["us-east-1b"])), subnet_ids=["subnet-1"])
    assert len(named["conflicts"]) == 1


def test_a_subnet_that_is_still_to_come_may_have_the_type() -> None:
    facts = without_instance({"availability_zones": ["us-east-1b"]}, availability_zones=build.ZONES)
    facts["subnets"] = SUBNETS[:1]
    result = plan(facts, subnet_count=2)
    assert result["conflicts"] == []
    assert [(item["after"]) for item in result["actions"] if item["step"] == "subnets"] == ["us-east-1b"]
    assert actions(result, "instance") == [("create", "instance:dax-client")]
    assert args(result, "instance") == []


@pytest.mark.parametrize(
    ("type_in", "given", "zones"),
    [
        (["us-east-1a", "us-east-1b"], [], ["us-east-1a", "us-east-1b"]),
        (["us-east-1b"], [], ["us-east-1b", "us-east-1b"]),
        (["us-east-1b"], ["us-east-1a", "us-east-1b"], ["us-east-1b", "us-east-1b"]),
        (["us-east-1c"], [], None),
        (["us-east-1b"], ["us-east-1a"], None),
    ],
)
def test_new_subnets_are_in_zones_that_have_the_type(
    type_in: list[str], given: list[str], zones: list[str] | None
) -> None:
    facts = facts_b(launch=build.launch(availability_zones=type_in))
    result = plan(facts, subnet_count=2, availability_zones=given)
    if zones:
        assert result["conflicts"] == []
        assert [item["after"] for item in result["actions"] if item["step"] == "subnets"] == zones
        return
    assert len(result["conflicts"]) == 1
    variables = ["dax_account_b_instance_type", *(["dax_account_b_availability_zones"] if given else [])]
    assert all(variable in result["conflicts"][0] for variable in variables)


@pytest.mark.parametrize(
    ("given", "local", "refused"),
    [
        (["us-east-1z"], [], True),
        (["us-east-1a", "us-east-1z"], [], True),
        (["us-east-1-bos-1a"], ["us-east-1-bos-1a"], False),
        (["us-east-1-bos-1a"], [], True),
    ],
)
def test_zones_that_the_account_cannot_use_are_refused(given: list[str], local: list[str], refused: bool) -> None:
    launch = build.launch(availability_zones=[*build.ZONES, *local])
    result = plan(facts_b(local_zones=local, launch=launch), availability_zones=given)
    assert ["dax_account_b_availability_zones" in line for line in result["conflicts"]] == [True] * refused


def test_local_zones_are_not_chosen() -> None:
    zones = {"availability_zones": ["us-east-1a"], "local_zones": ["us-east-1-bos-1a"]}
    result = plan(facts_b(**zones, launch=build.launch(availability_zones=["us-east-1-bos-1a"])))
    assert len(result["conflicts"]) == 1


def test_without_an_instance_the_type_does_not_matter() -> None:
    result = plan(facts_b(launch=None), instance=False, instance_type="t3.mirco", subnet_count=2)
    assert result["conflicts"] == []
    assert [item["after"] for item in result["actions"] if item["step"] == "subnets"] == build.ZONES


# Instances that ended by themselves.

KMS = ("i-9", "Client.InternalError")


@pytest.mark.parametrize(
    ("ended", "before", "kind"),
    [
        pytest.param(KMS, None, "warning", id="in an earlier run"),
        pytest.param(KMS, ["i-9"], None, id="before this run"),
        pytest.param(KMS, [], "conflict", id="in this run"),
        pytest.param(("i-9", "Server.InsufficientInstanceCapacity"), ["i-8"], "conflict", id="another before"),
        pytest.param(("i-9", "Client.UserInitiatedShutdown"), [], None, id="by a teardown"),
        pytest.param(("i-9", "Client.UserInitiatedShutdown"), None, None, id="by an earlier teardown"),
        pytest.param(("i-9", "Client.InstanceInitiatedShutdown"), [], None, id="by its own user"),
        pytest.param(("i-9", ""), [], None, id="nobody knows why"),
    ],
)
def test_an_instance_that_ended_by_itself(ended: tuple[str, str], before: list[str] | None, kind: str | None) -> None:
    result = plan(without_instance_that(ended), ended_before=before)
    found = [(item["kind"], item["resource_id"]) for item in result["actions"] if item["kind"] != "create"]
    assert found == ([(kind, "i-9")] if kind else [])
    told = result["conflicts"] + result["warnings"]
    assert all(f"AWS says {ended[1]}: for want of it;" in line for line in told)


def without_instance_that(ended: tuple[str, str]) -> dict[str, Any]:
    return built_b(instances=[], launch=build.launch(ended))


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("Client.InternalError", "KMS key"),
        ("Server.InsufficientInstanceCapacity", "dax_account_b_instance_type"),
        ("Client.InvalidSnapshot.NotFound", "dax_account_b_image_id"),
        ("Server.SomethingNew", "run it again"),
    ],
)
def test_its_line_says_what_to_do(code: str, advice: str) -> None:
    (line,) = plan(without_instance_that(("i-9", code)), ended_before=[])["conflicts"]
    assert advice in line
