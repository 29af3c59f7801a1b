# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the check reads: who is asked about, and that one refused reading leaves the others whole."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.modules import dax_account_check_info

ACCOUNT = "222222222222"
USER = f"arn:aws:iam::{ACCOUNT}:user/team/ops"
PROBE = {"sid": "Make", "actions": ["ec2:CreateVpc"], "resources": ["*"], "context": {"aws:RequestTag/a": "b"}}
ALLOWED = {
    "EvaluationResults": [{"EvalActionName": "ec2:CreateVpc", "EvalResourceName": "*", "EvalDecision": "allowed"}]
}


@pytest.fixture
def world(fake_aws: Any, run_module: Any) -> Any:
    """The fakes of all services, and a function that runs the module with them."""
    fakes = {name: fake_aws(name) for name in ("sts", "iam", "ec2", "ssm", "service-quotas")}

    def run(arn: str = USER, **options: Any) -> dict[str, Any]:
        fakes["sts"].on("GetCallerIdentity", {"Account": ACCOUNT, "Arn": arn, "UserId": "x"})
        result = run_module(dax_account_check_info, options, **fakes)
        assert not result["failed"], result
        return dict(result["facts"])

    run.fakes = fakes  # type: ignore[attr-defined]
    return run


@pytest.mark.parametrize(
    ("arn", "principal"),
    [
        (USER, USER),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/me", f"arn:aws:iam::{ACCOUNT}:role/sso/Admin"),
        (f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{ACCOUNT}:root"),
    ],
    ids=["user", "session: its role, with the path", "root"],
)
def test_whose_policies_are_asked_about(world: Any, arn: str, principal: str) -> None:
    role = {
        "RoleName": "Admin",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/sso/Admin",
        "Path": "/sso/",
        "RoleId": "AROA" + "A" * 12,
    }
    iam = world.fakes["iam"].on("GetRole", {"Role": {**role, "CreateDate": "2026-01-01"}})
    iam.on("SimulatePrincipalPolicy", ALLOWED)
    facts = world(arn, probes=[PROBE])
    assert facts["principal"] == principal
    asked = [params for operation, params in iam.calls if operation == "SimulatePrincipalPolicy"]
    if arn.endswith(":root"):
        assert asked == []
        return
    assert [item["PolicySourceArn"] for item in asked] == [principal]
    assert asked[0]["ContextEntries"][0]["ContextKeyValues"] == ["b"]
    assert [item["allowed"] for item in facts["rights"]["value"]] == [True]


def test_a_role_that_may_not_be_looked_up_is_taken_to_have_no_path(world: Any, aws_error: Any) -> None:
    world.fakes["iam"].on("GetRole", aws_error("AccessDenied")).on("SimulatePrincipalPolicy", ALLOWED)
    facts = world(f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/me", probes=[PROBE])
    assert facts["principal"] == f"arn:aws:iam::{ACCOUNT}:role/Admin"


@pytest.mark.parametrize(
    ("arn", "error", "words"),
    [
        (USER, "AccessDenied", "the credentials may not iam:SimulatePrincipalPolicy"),
        (USER, "NoSuchEntity", "NoSuchEntity"),
        (f"arn:aws:sts::{ACCOUNT}:federated-user/me", "", "neither a user nor an assumed role"),
    ],
)
def test_rights_that_cannot_be_asked_for_are_a_problem(
    world: Any, aws_error: Any, arn: str, error: str, words: str
) -> None:
    world.fakes["iam"].on("SimulatePrincipalPolicy", aws_error(error, "no"))
    reading = world(arn, probes=[PROBE])["rights"]
    assert reading["value"] is None
    assert words in reading["problem"]


@pytest.mark.parametrize(
    ("detail", "by"),
    [
        ({"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}}, "organization"),
        ({"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False}}, "boundary"),
        ({}, "policy"),
    ],
)
def test_who_denies_is_told(world: Any, detail: dict[str, Any], by: str) -> None:
    result = {"EvalActionName": "ec2:CreateVpc", "EvalDecision": "implicitDeny", **detail}
    world.fakes["iam"].on("SimulatePrincipalPolicy", {"EvaluationResults": [result]})
    (decision,) = world(probes=[PROBE])["rights"]["value"]
    assert (decision["allowed"], decision["by"]) == (False, by)


def test_resources_are_told_one_by_one(world: Any) -> None:
    each = [
        {"EvalResourceName": f"arn:aws:ec2:us-east-1:{ACCOUNT}:{name}/x", "EvalResourceDecision": decision}
        for name, decision in (("vpc", "allowed"), ("subnet", "explicitDeny"))
    ]
    result = {"EvalActionName": "ec2:CreateSubnet", "EvalDecision": "explicitDeny", "ResourceSpecificResults": each}
    world.fakes["iam"].on("SimulatePrincipalPolicy", {"EvaluationResults": [result]})
    found = world(probes=[PROBE])["rights"]["value"]
    assert [(item["resource"].split(":")[-1], item["allowed"]) for item in found] == [
        ("vpc/x", True),
        ("subnet/x", False),
    ]


def test_a_refused_reading_leaves_the_others_whole(world: Any, aws_error: Any) -> None:
    world.fakes["ec2"].on("DescribeRegions", aws_error("UnauthorizedOperation", "You may not. Really."))
    quota = {"Quota": {"Value": 7.0}}
    world.fakes["service-quotas"].on("GetServiceQuota", aws_error("AccessDeniedException", "no"), quota)
    names = [{"name": name, "service": "vpc", "code": "L-1"} for name in ("first", "second")]
    facts = world(regions=True, quotas=names)
    assert facts["regions"]["problem"].endswith("You may not, the credentials may not ec2:DescribeRegions")
    assert "servicequotas:GetServiceQuota" in facts["quotas"]["first"]["problem"]
    assert facts["quotas"]["second"] == {"value": 7.0, "problem": None}


@pytest.mark.parametrize(("found", "vcpus"), [([{"VCpuInfo": {"DefaultVCpus": 2}}], 2), ([], 0)])
def test_the_vcpus_of_a_type_are_looked_up(world: Any, found: list[Any], vcpus: int) -> None:
    ec2 = world.fakes["ec2"].on("DescribeInstanceTypes", {"InstanceTypes": found})
    assert world(instance_type="t4g.micro")["vcpus"] == {"value": vcpus, "problem": None}
    assert ec2.calls[-1][1]["Filters"] == [{"Name": "instance-type", "Values": ["t4g.micro"]}]


def test_usage_is_counted(world: Any) -> None:
    kinds = [
        {"InstanceType": "t3.micro", "CpuOptions": {"CoreCount": 1, "ThreadsPerCore": 2}},
        {"InstanceType": "m5.large", "CpuOptions": {"CoreCount": 1, "ThreadsPerCore": 2}, "InstanceLifecycle": "spot"},
        {"InstanceType": "p3.2xlarge", "CpuOptions": {"CoreCount": 4, "ThreadsPerCore": 2}},
    ]
    ec2 = world.fakes["ec2"]
    ec2.on("DescribeInstances", {"Reservations": [{"Instances": kinds}]})
    ec2.on("DescribeInternetGateways", {"InternetGateways": [{}, {}]})
    ec2.on("DescribeVpcPeeringConnections", {"VpcPeeringConnections": [{}]})
    world.fakes["iam"].on("GetAccountSummary", {"SummaryMap": {"Roles": 3}})
    facts = world(usage=True)
    assert {name: reading["value"] for name, reading in facts["usage"].items()} == {
        "internet_gateways": 2,
        "peering_requests": 1,
        "standard_vcpus": 2,
    }
    assert facts["iam"]["value"] == {"Roles": 3}
