# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One broken point of each kind, and the one line that follows; with nothing broken, every line is ok."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.check.findings import Findings
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.check.checking import (
    bad,
    decision,
    of_a,
    of_b,
    problem,
    read,
    value,
)


def quotas(side: str, **limits: Any) -> dict[str, Any]:
    found = read(side)
    return {**found, "quotas": {**found["quotas"], **limits}}


def usage(**used: Any) -> dict[str, Any]:
    found = read("b")
    return {**found, "usage": {**found["usage"], **used}}


def adopted(**attributes: bool) -> dict[str, Any]:
    facts = build.adopted_b()
    facts["vpc"] = {**facts["vpc"], "dns_support": True, "dns_hostnames": True, **attributes}
    return facts


def vpcs(count: int) -> dict[str, Any]:
    return build.facts_b(vpcs=[build.vpc(f"vpc-{number}", f"172.31.{number}.0/24") for number in range(count)])


def test_with_everything_there_every_line_is_ok() -> None:
    for findings in (of_a(), of_b(), of_b(facts=build.built_b()), of_b(facts=adopted())):
        assert bad(findings) == []
        assert findings.lines()[0] == f"{findings.side}: everything is there"
        assert findings.result({})["complete"]


# What is broken, and the point with its status. The fix has to name the last column.
BROKEN: list[tuple[Any, str, str, str]] = [
    (lambda: of_a(facts=build.facts_a(cluster=None, cluster_names=["x"])), "plan cluster", "missing", "cluster_name"),
    (lambda: of_a(facts=build.facts_a(cluster=build.cluster(status="creating"))), "plan cluster", "missing", "wait"),
    (lambda: of_a(account_id="999999999999"), "plan account", "missing", "dax_account_a_connection"),
    (lambda: of_b(facts=build.facts_b(identity=build.identity(build.A))), "plan account", "missing", "connection"),
    (lambda: of_b(vpc_cidr="10.0.9.0/24"), "plan peering", "missing", "dax_account_b_vpc_cidr"),
    (lambda: of_a(regions=("me-south-1",)), "region me-south-1", "missing", "enable-region --region-name me-south-1"),
    (lambda: of_b(regions=("me-south-1",)), "region me-south-1", "missing", "enable-region --region-name me-south-1"),
    (lambda: of_b(regions=("xx-east-1",)), "region xx-east-1", "missing", "correct the region"),
    (lambda: of_a(read("a", regions=problem())), "region us-east-1", "unknown", "permissions_check.json"),
    (lambda: of_b(read("b", rights=value([decision(allowed=False)]))), "rights Make", "missing", "permissions_b.json"),
    (
        lambda: of_b(read("b", rights=value([decision(allowed=False, by="organization")]))),
        "rights Make",
        "missing",
        "organization",
    ),
    (
        lambda: of_b(read("b", rights=value([decision(allowed=False, by="boundary")]))),
        "rights Make",
        "missing",
        "boundary",
    ),
    (
        lambda: of_b(read("b", rights=value([decision(allowed=False, missing_keys=["aws:SourceIp"])]))),
        "rights Make",
        "unknown",
        "without the condition",
    ),
    (lambda: of_a(read("a", rights=problem())), "rights", "unknown", "permissions_a.json"),
    (lambda: of_a(quotas("a", peerings=value(0))), "quota peerings", "missing", "L-7E9ECCDB"),
    (lambda: of_a(quotas("a", routes=value(1))), "quota routes", "missing", "L-93826ACB"),
    (lambda: of_a(quotas("a", rules=value(0))), "quota rules", "missing", "L-0EA8095F"),
    (lambda: of_b(quotas("b", vpcs=value(0))), "quota vpcs", "missing", "L-F678F1CE"),
    (lambda: of_b(quotas("b", internet_gateways=value(0))), "quota internet_gateways", "missing", "L-A4707A72"),
    (lambda: of_b(quotas("b", peering_requests=value(0))), "quota peering_requests", "missing", "L-DC9F7029"),
    (lambda: of_b(quotas("b", standard_vcpus=value(1))), "quota standard_vcpus", "missing", "L-1216C47A"),
    (lambda: of_b(usage(internet_gateways=problem())), "quota internet_gateways", "unknown", "permissions_check"),
    (lambda: of_b(read("b", iam=value({"Roles": 5, "RolesQuota": 5}))), "quota roles", "missing", "Service Quotas"),
    (
        lambda: of_b(read("b", iam=value({"InstanceProfiles": 5, "InstanceProfilesQuota": 5}))),
        "quota instance_profiles",
        "missing",
        "Service Quotas",
    ),
    (lambda: of_b(read("b", iam=problem())), "quota iam", "unknown", "permissions_check.json"),
    (
        lambda: of_b(facts=build.facts_b(launch=build.launch(availability_zones=[], architectures=[]))),
        "plan instance",
        "missing",
        "dax_account_b_instance_type",
    ),
    (
        lambda: of_b(facts=build.facts_b(launch=build.launch(availability_zones=["us-east-1f"]))),
        "plan subnets",
        "missing",
        "dax_account_b_instance_type",
    ),
    (
        lambda: of_b(facts=build.facts_b(launch=build.launch(image=build.image("arm64"))), image_id="ami-1"),
        "plan instance",
        "missing",
        "dax_account_b_image_id",
    ),
    (lambda: of_b(facts=adopted(dns_support=False)), "dns", "missing", "--enable-dns-support"),
]


@pytest.mark.parametrize(("broken", "point", "status", "fix"), BROKEN, ids=[f"{row[1]}-{row[3]}" for row in BROKEN])
def test_one_broken_point_is_one_line_with_its_fix(broken: Any, point: str, status: str, fix: str) -> None:
    findings: Findings = broken()
    assert bad(findings) == [(point, status)]
    (line,) = [line.strip() for line in findings.lines() if line.strip().startswith((status, "unknown"))]
    assert line.startswith(f"{status:<8} {point}: ")
    assert fix in line
    assert findings.result({})["complete"] is (status != "missing")


@pytest.mark.parametrize("sid", ["ReadQuotas", "ReadPrefixLists"])
def test_a_right_that_a_run_does_without_is_a_warning(sid: str) -> None:
    findings = of_b(read("b", rights=value([decision("x:Y", allowed=False, sid=sid)])))
    assert bad(findings) == [(f"rights {sid}", "warning")]
    assert findings.result({})["complete"]


def test_private_names_of_endpoints_need_hostnames() -> None:
    findings = of_b(facts=adopted(dns_hostnames=False), sts_access="vpc_endpoint")
    assert ("dns", "missing") in bad(findings)
    assert any("--enable-dns-hostnames" in line for line in findings.lines())


@pytest.mark.parametrize(
    ("there", "status"),
    [(4, "ok"), (5, "missing"), (6, "unknown")],
    ids=["room", "full", "more than the default: it was raised"],
)
def test_the_default_stands_for_a_quota_that_cannot_be_read(there: int, status: str) -> None:
    findings = of_b(quotas("b", vpcs=problem()), facts=vpcs(there))
    told = {point.point: point for point in findings.points}
    assert told["quota vpcs"].status == status
    assert "AWS's default" in told["quota vpcs"].what
    assert told["quotas"].status == "unknown"


def test_a_quota_without_a_default_is_unknown_when_it_cannot_be_read() -> None:
    assert ("quota standard_vcpus", "unknown") in bad(of_b(quotas("b", standard_vcpus=problem())))


@pytest.mark.parametrize("instance_type", ["p3.2xlarge", "g4dn.xlarge", "inf1.xlarge", "dl1.24xlarge", "mac2.metal"])
def test_types_with_a_quota_of_their_own_do_not_count_as_standard(instance_type: str) -> None:
    findings = of_b(quotas("b", standard_vcpus=value(0)), instance_type=instance_type)
    assert "quota standard_vcpus" not in [point.point for point in findings.points]


def test_nothing_more_to_come_needs_no_room() -> None:
    full = quotas("b", vpcs=value(1), peerings=value(1), internet_gateways=value(0), standard_vcpus=value(0))
    assert bad(of_b(full, facts=build.built_b())) == []


def test_consumers_that_are_joined_already_need_no_room() -> None:
    joined = build.facts_a(peerings=[build.peering(tags=build.TAGS_A)])
    assert bad(of_a(quotas("a", peerings=value(1)), facts=joined)) == []
    assert bad(of_a(quotas("a", peerings=value(1)), facts=joined, consumers=2)) == [("quota peerings", "missing")]


def test_the_root_user_is_limited_by_nothing_that_can_be_asked() -> None:
    found = read("a", principal=f"arn:aws:iam::{build.A}:root", rights=value([]))
    assert bad(of_a(found)) == []


def test_text_from_aws_stays_one_line() -> None:
    findings = of_b(read("b", iam=problem("one\ntwo \x1b[31m")))
    assert all(line.isprintable() for line in findings.lines())
