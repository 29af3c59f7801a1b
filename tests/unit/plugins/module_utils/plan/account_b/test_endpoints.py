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
    endpoint,
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


def adopted(**more: Any) -> dict[str, Any]:
    """An adopted VPC in which private names are resolved."""
    facts = adopted_b(**more)
    facts["vpc"]["dns_hostnames"] = True
    return facts


def endpoints(*found: dict[str, Any], rules: tuple[dict[str, Any], ...] = (), **options: Any) -> dict[str, Any]:
    groups = [build.group("sg-b", *rules, name="dax-client", tags=NAMED)]
    facts = built_b(vpc_endpoints=list(found), security_groups=groups, internet_gateways=[])
    return plan(facts, sts_access="vpc_endpoint", **options)


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
    rules = [{**rule, "tags": TAGS_B}]
    assert given == {"group_id": "sg-b", "rules": rules, "retry_not_found_seconds": 600}


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
    facts = adopted(security_groups=[build.group("sg-b", *rules, name="dax-client")])
    result = plan(facts, sts_access="vpc_endpoint", security_group_id="sg-b" if named else "")
    assert modules(result, "endpoints") == ["ec2_vpc_endpoint"]
    assert actions(result, "endpoints")[1:] == [("warning", "security_group:sg-b")] * warned
    assert all("443" in line for line in result["warnings"])


def test_an_endpoint_has_one_subnet_a_zone() -> None:
    facts = adopted(security_groups=[build.group("sg-b", name="dax-client")])
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
    prefix = service.partition("com.")[0]
    offered = [build.service("sts", region=region, prefix=prefix)]
    facts = facts_b(identity=build.identity(build.B, partition), region=region, endpoint_services=offered)
    arn = f"arn:{partition}:dax:{region}:{build.A}:cache/orders"
    role = f"arn:{partition}:iam::{build.A}:role/DaxCrossAccountRole"
    cluster = {"partition": partition, "region": region, "cluster_arn": arn, "role_arn": role}
    result = plan(facts, cluster, sts_access="vpc_endpoint")
    assert actions(result, "endpoints")[0] == ("create", f"vpc_endpoint:{service}")


def with_services(*services: dict[str, Any], **more: Any) -> dict[str, Any]:
    return built_b(endpoint_services=list(services), **more)


@pytest.mark.parametrize(
    ("offered", "made", "refused"),
    [
        pytest.param(["sts", "ssm", "ssmmessages"], ["sts", "ssm", "ssmmessages"], 0, id="a new region"),
        pytest.param(["sts", "ssm", "ssmmessages", "ec2messages"], ["sts", *build.SERVICES[1:]], 0, id="all"),
        pytest.param(["ssm", "ssmmessages"], ["ssm", "ssmmessages"], 1, id="no STS"),
        pytest.param(["sts"], ["sts"], 2, id="no SSM"),
    ],
)
def test_only_what_aws_offers_is_made(offered: list[str], made: list[str], refused: int) -> None:
    facts = with_services(*map(build.service, offered))
    result = plan(facts, sts_access="vpc_endpoint", ssm_access=True)
    created = [name for kind, name in actions(result, "endpoints") if kind == "create" and "vpc_endpoint" in name]
    assert created == [f"vpc_endpoint:{PREFIX}{name}" for name in made]
    assert len(result["conflicts"]) == refused
    assert all("dax_account_b_sts_access" in line for line in result["conflicts"])


def test_an_optional_endpoint_is_not_missed_where_there_is_none() -> None:
    standing = [endpoint(name, tags=NAMED) for name in ("sts", "ssm", "ssmmessages")]
    facts = with_services(*map(build.service, ("sts", "ssm", "ssmmessages")), vpc_endpoints=standing)
    facts["security_groups"] = [build.group("sg-b", SELF, name="dax-client", tags=NAMED)]
    assert actions(plan(facts, sts_access="vpc_endpoint", ssm_access=True), "endpoints", "sts_access") == []


@pytest.mark.parametrize(
    ("zones", "subnets", "refused"),
    [
        (["us-east-1a", "us-east-1b"], ["subnet-1", "subnet-2"], False),
        (["us-east-1b"], ["subnet-2"], False),
        (["us-east-1c"], [], True),
    ],
)
def test_an_endpoint_is_in_subnets_whose_zones_have_the_service(
    zones: list[str], subnets: list[str], refused: bool
) -> None:
    facts = adopted(security_groups=[build.group("sg-b", name="dax-client")])
    facts["endpoint_services"] = [build.service("sts", *zones)]
    result = plan(facts, sts_access="vpc_endpoint")
    assert [given["vpc_endpoint_subnets"] for given in args(result, "endpoints")] == ([subnets] if subnets else [])
    assert ["us-east-1c" in line and "dax_account_b_sts_access" in line for line in result["conflicts"]] == (
        [True] if refused else []
    )


@pytest.mark.parametrize(
    ("sts", "ssm", "zones"),
    [
        (["us-east-1a", "us-east-1b"], ["us-east-1b"], ["us-east-1b", "us-east-1b"]),
        (["us-east-1a"], ["us-east-1b"], None),
    ],
)
def test_new_subnets_are_in_zones_that_have_the_services(
    sts: list[str], ssm: list[str], zones: list[str] | None
) -> None:
    services = [build.service("sts", *sts), build.service("ssm", *ssm), build.service("ssmmessages")]
    facts = facts_b(endpoint_services=services)
    result = plan(facts, sts_access="vpc_endpoint", ssm_access=True, subnet_count=2)
    if zones:
        assert [item["after"] for item in result["actions"] if item["step"] == "subnets"] == zones
    assert ["dax_account_b_sts_access" in line for line in result["conflicts"]] == ([] if zones else [True])


@pytest.mark.parametrize(
    ("off", "says"),
    [
        ({"dns_hostnames": False}, "DNS hostnames"),
        ({"dns_support": False}, "DNS support"),
        ({"dns_support": False, "dns_hostnames": False}, "DNS support and DNS hostnames"),
    ],
)
@pytest.mark.parametrize("standing", [[], [endpoint("sts")]])
def test_an_adopted_vpc_that_resolves_no_names_is_refused(off: dict[str, bool], says: str, standing: list[Any]) -> None:
    facts = adopted(vpc_endpoints=standing)
    facts["vpc"].update(off)
    (conflict,) = plan(facts, sts_access="vpc_endpoint")["conflicts"]
    assert f"has {says} disabled" in conflict and "dax_account_b_sts_access" in conflict
    assert plan(facts, sts_access="existing")["conflicts"] == []


def test_a_vpc_of_ours_that_resolves_no_names_is_corrected() -> None:
    facts = built_b()
    facts["vpc"].update(dns_support=False, dns_hostnames=False)
    result = plan(facts, sts_access="vpc_endpoint")
    assert result["conflicts"] == []
    assert ("change", "vpc:vpc-b") in actions(result, "vpc")


@pytest.mark.parametrize(
    ("zone", "refused"),
    [
        ("sts.us-east-1.amazonaws.com.", True),
        ("STS.us-east-1.amazonaws.com", True),
        ("us-east-1.amazonaws.com.", False),
        ("ssm.us-east-1.amazonaws.com.", False),
        ("example.", False),
    ],
)
def test_a_zone_that_has_the_endpoints_name_already_is_refused(zone: str, refused: bool) -> None:
    facts = adopted(private_zones=[{"name": zone, "owner": build.C}])
    conflicts = plan(facts, sts_access="vpc_endpoint")["conflicts"]
    assert [build.C in line and "dax_account_b_sts_access: existing" in line for line in conflicts] == [True] * refused


@pytest.mark.parametrize("tags", [{}, NAMED])
@pytest.mark.parametrize(
    ("state", "kind", "says"),
    [
        ("available", None, ""),
        ("pending", None, ""),
        ("pendingacceptance", "wait", "accepted"),
        ("deleting", "wait", "being deleted"),
        ("failed", "conflict", "state failed (no room); delete it"),
        ("rejected", "conflict", "state rejected"),
        ("expired", "conflict", "state expired"),
    ],
)
def test_a_standing_endpoint_in_each_state(tags: dict[str, str], state: str, kind: str | None, says: str) -> None:
    found = endpoint("sts", state=state, tags=tags, last_error="no room" if state == "failed" else "")
    result = endpoints(found, rules=(SELF,))
    told = [(item["kind"], item["why"]) for item in result["actions"] if item["resource_id"] == "vpce-sts"]
    assert [name for name, _why in told] == ([kind] if kind else [])
    assert all(says in why for _name, why in told)
    assert "ec2_vpc_endpoint" not in modules(result, "endpoints"), "the module would take this one for the right one"


def test_a_standing_endpoint_beside_one_that_is_being_deleted_serves() -> None:
    both = [endpoint("sts", vpc_endpoint_id="vpce-0", state="deleting"), endpoint("sts", tags=NAMED)]
    result = endpoints(*both, rules=(SELF,))
    assert (actions(result, "endpoints"), result["waiting_for"]) == ([], [])


def test_an_endpoint_without_a_private_name_is_reported() -> None:
    (warning,) = [
        line for line in endpoints(endpoint("sts", private_dns=False), rules=(SELF,))["warnings"] if "vpce" in line
    ]
    assert "no private DNS name" in warning
