# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which quotas are asked for, and when: a small account pays no call, and a refusal ends nothing."""

from __future__ import annotations

from typing import Any, cast

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.quotas import QUOTAS
from ansible_collections.dax.cross_account.plugins.module_utils.facts.consumer import ConsumerQuery
from ansible_collections.dax.cross_account.plugins.module_utils.facts.quotas import limits_a, limits_b
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import peering, read

BY_CODE = {quota.code: name for name, quota in QUOTAS.items()}


@pytest.fixture
def services(fake_aws: Any) -> dict[str, Any]:
    summary = {"Roles": 900, "RolesQuota": 1000, "InstanceProfiles": 3, "InstanceProfilesQuota": 1000}
    ec2 = fake_aws("ec2").on("DescribeInternetGateways", {"InternetGateways": [{}, {}]})
    ec2.on("DescribeSecurityGroups", {"SecurityGroups": [{}] * 30})
    ec2.on("DescribeVpcPeeringConnections", {"VpcPeeringConnections": [{}] * 20})
    return {
        "service-quotas": fake_aws("service-quotas").on("GetServiceQuota", {"Quota": {"Value": 77.0}}),
        "iam": fake_aws("iam").on("GetAccountSummary", {"SummaryMap": summary}),
        "ec2": ec2,
    }


def clients(services: dict[str, Any]) -> dict[str, Any]:
    return {name: fake.client for name, fake in services.items()}


def asked(services: dict[str, Any]) -> set[str]:
    return {BY_CODE[params["QuotaCode"]] for _name, params in services["service-quotas"].calls}


def others(count: int) -> list[dict[str, Any]]:
    return [peering(f"pcx-{n}", requester=build.end(build.C, f"vpc-{n}", "10.9.0.0/24")) for n in range(count)]


ROLE = build.role("DaxCrossAccountRole", build.policy())


@pytest.mark.parametrize(
    ("facts", "to_come", "names"),
    [
        pytest.param({}, 1, set(), id="small"),
        pytest.param({"peerings": others(38)}, 1, set(), id="77 percent"),
        pytest.param({"peerings": others(39)}, 1, {"peerings"}, id="80 percent"),
        pytest.param({}, 40, {"peerings"}, id="many to come"),
        pytest.param({}, 48, {"peerings", "rules"}, id="more to come"),
        pytest.param({"peerings": others(39)}, 0, set(), id="removal"),
        pytest.param({"vpc": None}, 60, set(), id="no cluster"),
        pytest.param(
            {"security_groups": [build.group("sg-a", *[build.rule(f"sgr-{n}") for n in range(47)])]},
            1,
            {"rules"},
            id="rules",
        ),
    ],
)
def test_account_a_asks_for_what_can_matter(
    services: dict[str, Any], facts: dict[str, Any], to_come: int, names: set[str]
) -> None:
    limits = limits_a(clients(services), cast(Any, build.facts_a(role=ROLE, **facts)), to_come)
    assert asked(services) == names
    assert limits == {"quotas": {name: read(77.0) for name in names}, "usage": {}}
    assert services["iam"].calls == []


def test_iam_is_asked_where_a_role_is_to_be_made(services: dict[str, Any]) -> None:
    limits = limits_a(clients(services), cast(Any, build.facts_a()), 1)
    assert limits == {"quotas": {"roles": read(1000)}, "usage": {"roles": read(900)}}


def query(**more: Any) -> ConsumerQuery:
    names = {"role_name": "AssumeDaxRole", "instance_profile_name": "AssumeDaxInstanceProfile"}
    given = {"name": "dax-client", "cluster_arn": build.CLUSTER_ARN, "cluster_vpc_id": build.VPC_A, **names}
    return ConsumerQuery(**{**given, **more})


def test_a_converged_account_b_pays_no_call(services: dict[str, Any]) -> None:
    limits = limits_b(clients(services), cast(Any, build.built_b()), query())
    assert limits == {"quotas": {}, "usage": {}}
    assert [call for fake in services.values() for call in fake.calls] == []


def test_a_first_run_counts_what_it_makes_one_more_of(services: dict[str, Any]) -> None:
    limits = limits_b(clients(services), cast(Any, build.facts_b()), query())
    assert limits["usage"] == {
        "roles": read(900),
        "instance_profiles": read(3),
        "internet_gateways": read(2),
        "security_groups": read(30),
        "peering_requests": read(20),
    }
    assert asked(services) == {"peering_requests"}
    assert limits["quotas"]["peering_requests"] == read(77.0)
    assert limits["quotas"]["roles"] == read(1000)


def test_many_consumers_in_one_account_ask_sooner(services: dict[str, Any]) -> None:
    limits_b(clients(services), cast(Any, build.facts_b()), query(to_come=60))
    assert asked(services) == {"vpcs", "internet_gateways", "peering_requests"}


def test_a_removal_reads_nothing(services: dict[str, Any]) -> None:
    assert limits_b(clients(services), cast(Any, build.facts_b()), query(removal=True)) == {"quotas": {}, "usage": {}}
    assert [call for fake in services.values() for call in fake.calls] == []


@pytest.mark.parametrize(
    ("code", "reading"),
    [
        ("AccessDeniedException", read(problem="AccessDeniedException: no, the credentials may not servicequotas:")),
        # An account that never asked for more has no quota of its own.
        ("NoSuchResourceException", read(50.0)),
    ],
)
def test_a_quota_that_is_not_told(services: dict[str, Any], aws_error: Any, code: str, reading: dict[str, Any]) -> None:
    services["service-quotas"].on("GetServiceQuota", aws_error(code, "no"))
    found = limits_a(clients(services), cast(Any, build.facts_a(role=ROLE, peerings=others(45))), 1)["quotas"]
    assert found["peerings"]["value"] == reading["value"]
    assert str(found["peerings"]["problem"]).startswith(str(reading["problem"]))


def test_what_may_not_be_counted_ends_nothing(services: dict[str, Any], aws_error: Any) -> None:
    services["iam"].on("GetAccountSummary", aws_error("AccessDenied", "no"))
    services["ec2"].on("DescribeInternetGateways", aws_error("UnauthorizedOperation", "no"))
    usage = limits_b(clients(services), cast(Any, build.facts_b()), query())["usage"]
    assert "iam:GetAccountSummary" in str(usage["roles"]["problem"])
    assert "ec2:DescribeInternetGateways" in str(usage["internet_gateways"]["problem"])
    assert usage["peering_requests"] == read(20)
