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
    facts_b,
    route,
    wanted_b,
)


def plan(facts: dict[str, Any], cluster: dict[str, Any] | None = None, **wanted: Any) -> dict[str, Any]:
    return plan_b(facts, wanted_b(cluster=cluster_document(**(cluster or {})), **wanted))


def of(result: dict[str, Any], *concerns: str) -> list[tuple[str, str]]:
    return [(item["kind"], item["resource"]) for item in result["actions"] if item["concern"] in concerns]


MARKS = {**TAGS_B, "Name": "dax-client"}
PREFIX = "com.amazonaws.us-east-1."


# The way to STS.


def gateway(**more: Any) -> dict[str, Any]:
    return {"internet_gateway_id": "igw-1", "attached": True, "tags": MARKS, **more}


@pytest.mark.parametrize(
    ("gateways", "default", "actions", "present", "routed"),
    [
        pytest.param([gateway()], "igw-1", [], True, [], id="there"),
        pytest.param([], None, ["create", "create"], False, [None], id="missing"),
        pytest.param([gateway()], None, ["create"], True, ["igw-1"], id="no default route"),
        pytest.param([gateway(tags={})], "igw-1", ["change"], False, [], id="tags"),
        pytest.param([gateway(attached=False)], "igw-1", ["change"], False, [], id="detached"),
        pytest.param([gateway()], "igw-0 blackhole", ["change"], True, ["igw-1"], id="default route to nowhere"),
        pytest.param([gateway()], "nat-1", [], True, [], id="another way out"),
    ],
)
def test_an_internet_gateway(
    gateways: list[Any], default: str | None, actions: list[str], present: bool, routed: list[str | None]
) -> None:
    facts = built_b(internet_gateways=gateways)
    routes = facts["route_tables"][0]["routes"]
    del routes[1]
    if default:
        routes.append(route("0.0.0.0/0", *default.split()))
    result = plan(facts)
    assert [kind for kind, _resource in of(result, "internet_gateway")] == actions
    write = result["writes"]["internet_gateway"]
    assert (write["present"], [item["gateway_id"] for item in write["routes"]]) == (present, routed)
    assert result["writes"]["endpoints"] == []


def test_an_adopted_vpc_gets_no_gateway() -> None:
    assert of(plan(adopted_b()), "internet_gateway") == []


def endpoint(service: str, **more: Any) -> dict[str, Any]:
    return {
        "vpc_endpoint_id": f"vpce-{service}",
        "service_name": f"{PREFIX}{service}",
        "tags": {},
        **more,
    }


SELF = build.rule("sgr-9", 443, source_group_id="sg-b", source_user_id=build.B)


def endpoints(*found: dict[str, Any], rules: tuple[dict[str, Any], ...] = (), **wanted: Any) -> dict[str, Any]:
    groups = [build.group("sg-b", *rules, name="dax-client", tags=MARKS)]
    return plan(built_b(vpc_endpoints=list(found), security_groups=groups), sts_access="vpc_endpoint", **wanted)


@pytest.mark.parametrize(
    ("found", "rules", "ssm", "services", "rule"),
    [
        pytest.param([], (), False, ["sts"], True, id="missing"),
        pytest.param([], (SELF,), False, ["sts"], False, id="the rule is there"),
        pytest.param([], (), True, ["sts", "ssm", "ssmmessages", "ec2messages"], True, id="SSM"),
        pytest.param([endpoint("sts", tags=MARKS)], (SELF,), False, [], False, id="ours"),
        pytest.param([endpoint("sts", tags=MARKS)], (), False, [], True, id="ours, the rule is gone"),
        pytest.param(
            [endpoint("sts", tags=MARKS)], (SELF,), True, ["ssm", "ssmmessages", "ec2messages"], False, id="+ SSM"
        ),
        pytest.param([endpoint("sts")], (), False, [], False, id="a stranger's"),
        pytest.param([endpoint("ssmmessages")], (SELF,), True, ["sts", "ssm", "ec2messages"], False, id="names alike"),
    ],
)
def test_endpoints(found: list[Any], rules: tuple[Any, ...], ssm: bool, services: list[str], rule: bool) -> None:
    result = endpoints(*found, rules=rules, ssm_access=ssm)
    expected = [("create", f"VPC endpoint {PREFIX}{service}") for service in services]
    expected += [("create", "rule TCP 443 from dax-client to itself")] if rule else []
    assert of(result, "endpoints") == expected
    assert [item["service"] for item in result["writes"]["endpoints"]] == [f"{PREFIX}{service}" for service in services]
    assert all(item["subnet_ids"] == ["subnet-1"] for item in result["writes"]["endpoints"])
    assert result["writes"]["internet_gateway"] is None


def test_the_rule_for_the_endpoints_is_tagged() -> None:
    (rule,) = endpoints()["writes"]["endpoint_rules"]
    assert (rule["protocol"], rule["from_port"], rule["group_id"]) == ("tcp", 443, "sg-b")
    assert rule["tags"] == TAGS_B


@pytest.mark.parametrize(
    ("rules", "warned"),
    [pytest.param((), 1, id="it lacks the rule"), pytest.param((SELF,), 0, id="it has the rule")],
)
@pytest.mark.parametrize("named", [True, False])
def test_a_group_that_is_not_ours_gets_no_rule_for_the_endpoints(
    rules: tuple[Any, ...], warned: int, named: bool
) -> None:
    facts = adopted_b(security_groups=[build.group("sg-b", *rules, name="dax-client")])
    result = plan(facts, sts_access="vpc_endpoint", security_group_id="sg-b" if named else "")
    assert result["writes"]["endpoint_rules"] == []
    assert [item["service"] for item in result["writes"]["endpoints"]] == [f"{PREFIX}sts"]
    assert len([item for item in result["warnings"] if "sg-b" in item and "443" in item]) == warned


def test_an_endpoint_has_one_subnet_a_zone() -> None:
    facts = adopted_b()
    facts["subnets"].append(build.subnet("subnet-3", "10.1.3.0/24", "us-east-1a"))
    facts["effective_route_tables"]["subnet-3"] = "rtb-main"
    result = plan(facts, sts_access="vpc_endpoint")
    assert result["writes"]["endpoints"][0]["subnet_ids"] == ["subnet-1", "subnet-2"]


@pytest.mark.parametrize(
    ("default", "found", "warned"),
    [
        (None, [], True),
        (route("0.0.0.0/0", "nat-1"), [], False),
        (route("::/0", "eigw-1"), [], False),
        (route("0.0.0.0/0", "nat-1", "blackhole"), [], True),
        (None, [endpoint("sts")], False),
        (None, [endpoint("ssm")], True),
    ],
)
def test_a_subnet_without_a_way_to_sts_is_told(default: dict[str, Any] | None, found: list[Any], warned: bool) -> None:
    facts = adopted_b(vpc_endpoints=found)
    facts["route_tables"][1]["routes"] = [route(BLOCK_B, "local"), *([default] if default else [])]
    for way in ("existing", "internet_gateway"):
        warnings = plan(facts, sts_access=way, subnet_ids=["subnet-1"])["warnings"]
        assert ["subnet subnet-1" in line and "dax_account_b_sts_access" in line for line in warnings] == [
            True
        ] * warned


# The instance.


def instance(**more: Any) -> dict[str, Any]:
    return {**built_b()["instances"][0], **more}


@pytest.mark.parametrize(
    ("current", "actions", "groups"),
    [
        pytest.param({}, [], ["sg-b"], id="as wanted"),
        pytest.param({"state": "stopped"}, [], ["sg-b"], id="stopped"),
        pytest.param({"instance_profile_arn": None}, ["instance profile of "], ["sg-b"], id="no profile"),
        pytest.param({"instance_profile_arn": "arn:x/Other"}, ["instance profile of "], ["sg-b"], id="another profile"),
        pytest.param(
            {"instance_profile_arn": f"arn:aws:iam::{build.B}:instance-profile/dax/AssumeDaxInstanceProfile"},
            [],
            ["sg-b"],
        ),
        pytest.param({"security_group_ids": []}, ["security groups of "], [], id="no group"),
        pytest.param({"security_group_ids": ["sg-x"]}, ["security groups of "], ["sg-x"], id="another group"),
        pytest.param({"security_group_ids": ["sg-x", "sg-b"]}, [], ["sg-x", "sg-b"], id="one group more"),
        pytest.param({"tags": {**MARKS, "Name": "x"}}, ["tags of "], ["sg-b"], id="name"),
        pytest.param({"tags": {**MARKS, "More": "x"}}, [], ["sg-b"], id="more tags"),
    ],
)
def test_an_instance_of_ours(current: dict[str, Any], actions: list[str], groups: list[str]) -> None:
    result = plan(built_b(instances=[instance(**current)]))
    assert of(result, "instance") == [("change", f"{action}instance i-1") for action in actions]
    write = result["writes"]["instance"]
    assert (write["instance_ids"], write["security_group_ids"], write["subnet_id"]) == (["i-1"], groups, "subnet-1")
    assert write["tags"] == MARKS


def test_a_new_instance() -> None:
    result = plan(built_b(instances=[]), instance_type="t4g.nano")
    [action] = [item for item in result["actions"] if item["concern"] == "instance"]
    assert (action["kind"], action["after"]) == ("create", "t4g.nano in subnet-1")
    write = result["writes"]["instance"]
    assert (write["instance_ids"], write["subnet_id"]) == ([], "subnet-1")
    assert write["instance_profile_name"] == "AssumeDaxInstanceProfile"
    assert write["filters"]["instance-state-name"] == ["pending", "running", "stopping", "stopped"]
    assert {key: write["filters"][f"tag:{key}"] for key in TAGS_B} == TAGS_B


def test_a_new_instance_goes_into_the_subnet_that_the_user_names() -> None:
    assert plan(adopted_b(), subnet_ids=["subnet-2"])["writes"]["instance"]["subnet_id"] == "subnet-2"


def test_instances_of_others_are_not_ours() -> None:
    result = plan(built_b(instances=[instance(tags={"Name": "dax-client"})]))
    assert of(result, "instance") == [("create", "instance dax-client")]


def test_a_second_instance_with_our_tags_is_told_and_left() -> None:
    result = plan(built_b(instances=[instance(), instance(instance_id="i-2", instance_profile_arn=None)]))
    assert result["changes"] == 0
    assert "i-2" in result["warnings"][0]


@pytest.mark.parametrize("facts", [facts_b, built_b, adopted_b])
def test_those_who_have_their_own_instance(facts: Any) -> None:
    result = plan(facts(instances=[]), instance=False)
    assert of(result, "instance") == []
    assert "instance" not in result["writes"]
