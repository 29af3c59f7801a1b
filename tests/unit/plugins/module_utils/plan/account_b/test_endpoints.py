# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    TAGS_B,
    adopted_b,
    built_b,
    facts_b,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_b.planning import (
    NAMED,
    actions,
    args,
    modules,
    plan,
)

PREFIX = "com.amazonaws.us-east-1."
RULE = ("create", "rule:443/dax-client")
SELF = build.rule("sgr-9", 443, source_group_id="sg-b", source_user_id=build.B)


def endpoint(service: str, **more: Any) -> dict[str, Any]:
    return {"vpc_endpoint_id": f"vpce-{service}", "service_name": f"{PREFIX}{service}", "tags": {}, **more}


def endpoints(*found: dict[str, Any], rules: tuple[dict[str, Any], ...] = (), **options: Any) -> dict[str, Any]:
    groups = [build.group("sg-b", *rules, name="dax-client", tags=NAMED)]
    return plan(built_b(vpc_endpoints=list(found), security_groups=groups), sts_access="vpc_endpoint", **options)


@pytest.mark.parametrize(
    ("found", "rules", "ssm", "services", "rule"),
    [
        pytest.param([], (), False, ["sts"], True, id="missing"),
        pytest.param([], (SELF,), False, ["sts"], False, id="the rule is there"),
        pytest.param([], (), True, ["sts", "ssm", "ssmmessages", "ec2messages"], True, id="SSM"),
        pytest.param([endpoint("sts", tags=NAMED)], (SELF,), False, [], False, id="owned"),
        pytest.param([endpoint("sts", tags=NAMED)], (), False, [], True, id="owned, the rule was removed"),
        pytest.param(
            [endpoint("sts", tags=NAMED)], (SELF,), True, ["ssm", "ssmmessages", "ec2messages"], False, id="+ SSM"
        ),
        pytest.param([endpoint("sts")], (), False, [], False, id="unmanaged"),
        pytest.param([endpoint("ssmmessages")], (SELF,), True, ["sts", "ssm", "ec2messages"], False, id="names alike"),
    ],
)
def test_endpoints(found: list[Any], rules: tuple[Any, ...], ssm: bool, services: list[str], rule: bool) -> None:
    result = endpoints(*found, rules=rules, ssm_access=ssm)
    assert actions(result, "endpoints", "internet_gateway") == [
        *(("create", f"vpc_endpoint:{PREFIX}{service}") for service in services),
        *([RULE] if rule else []),
    ]
    calls = ["ec2_security_group_rules"] * rule + ["ec2_vpc_endpoint"] * len(services)
    assert modules(result, "endpoints") == calls, "the rule comes first"
    assert args(result, "endpoints")[rule:] == [
        {
            "state": "present",
            "vpc_id": "vpc-b",
            "vpc_endpoint_type": "Interface",
            "service": f"{PREFIX}{service}",
            "vpc_endpoint_subnets": ["subnet-1"],
            "vpc_endpoint_security_groups": ["sg-b"],
            "tags": {**TAGS_B, "Name": f"dax-client-{service}"},
            "wait": True,
            "wait_timeout": 600,
        }
        for service in services
    ]


def test_the_rule_for_the_endpoints() -> None:
    given = args(endpoints(), "endpoints")[0]
    rule = {"protocol": "tcp", "from_port": 443, "group_id": "sg-b", "description": "dax.cross_account: VPC endpoints"}
    assert given == {"group_id": "sg-b", "rules": [{**rule, "tags": TAGS_B}]}


@pytest.mark.parametrize(("timeout", "waited"), [(0, 320), (321, 321)])
def test_an_endpoint_is_made_once_and_waited_for(timeout: int, waited: int) -> None:
    call = endpoints(rules=(SELF,), wait_timeout=timeout)["writes"]["endpoints"][0]
    assert (call["once"], call["timeout"], call["args"]["wait_timeout"]) == (True, waited, waited)
    assert f"VPC endpoint {PREFIX}sts" in call["waits_for"]


@pytest.mark.parametrize(
    ("rules", "warned"),
    [pytest.param((), 1, id="it lacks the rule"), pytest.param((SELF,), 0, id="it has the rule")],
)
@pytest.mark.parametrize("named", [True, False])
def test_an_unmanaged_group_gets_no_rule_for_the_endpoints(rules: tuple[Any, ...], warned: int, named: bool) -> None:
    facts = adopted_b(security_groups=[build.group("sg-b", *rules, name="dax-client")])
    result = plan(facts, sts_access="vpc_endpoint", security_group_id="sg-b" if named else "")
    assert modules(result, "endpoints") == ["ec2_vpc_endpoint"]
    assert actions(result, "endpoints")[1:] == [("warning", "security_group:sg-b")] * warned
    assert all("443" in line for line in result["warnings"])


def test_an_endpoint_has_one_subnet_a_zone() -> None:
    facts = adopted_b(security_groups=[build.group("sg-b", name="dax-client")])
    facts["subnets"].append(build.subnet("subnet-3", "10.1.3.0/24", "us-east-1a"))
    facts["effective_route_tables"]["subnet-3"] = "rtb-main"
    (given,) = args(plan(facts, sts_access="vpc_endpoint"), "endpoints")
    assert given["vpc_endpoint_subnets"] == ["subnet-1", "subnet-2"]


def test_endpoints_in_what_is_still_to_be_made_are_planned_and_not_written() -> None:
    for facts in (facts_b(), built_b(subnets=[], effective_route_tables={}), built_b(security_groups=[])):
        result = plan(facts, sts_access="vpc_endpoint")
        assert actions(result, "endpoints") == [("create", f"vpc_endpoint:{PREFIX}sts"), RULE]
        assert "ec2_vpc_endpoint" not in modules(result, "endpoints")


@pytest.mark.parametrize(
    ("partition", "region", "service"),
    [
        ("aws-cn", "cn-north-1", "cn.com.amazonaws.cn-north-1.sts"),
        ("aws-us-gov", "us-gov-west-1", "com.amazonaws.us-gov-west-1.sts"),
    ],
)
def test_names_in_other_partitions(partition: str, region: str, service: str) -> None:
    facts = facts_b(identity=build.identity(build.B, partition), region=region)
    arn = f"arn:{partition}:dax:{region}:{build.A}:cache/orders"
    role = f"arn:{partition}:iam::{build.A}:role/DaxCrossAccountRole"
    cluster = {"partition": partition, "region": region, "cluster_arn": arn, "role_arn": role}
    result = plan(facts, cluster, sts_access="vpc_endpoint")
    assert actions(result, "endpoints")[0] == ("create", f"vpc_endpoint:{service}")
