# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the doctor reads: each reading by itself, and nothing is written."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.facts.doctor import DoctorQuery
from ansible_collections.dax.cross_account.plugins.module_utils.facts.doctor_a import gather_doctor_a
from ansible_collections.dax.cross_account.plugins.module_utils.facts.doctor_b import gather_doctor_b
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.facts import doctor_accounts as answers

READS = ("Describe", "Get", "List")
ROLE = {
    *("iam:GetRole", "iam:ListRolePolicies", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"),
    *("iam:GetPolicy", "iam:GetPolicyVersion"),
}
# What cannot be known without a right: of account A, {right: readings}; "role" stands for the role that is assumed.
NEEDED_A = {
    "dax:DescribeClusters": {
        *("cluster", "subnet_group", "service_role", "vpc", "subnets", "route_tables", "network_acls"),
        *("security_groups", "peerings", "nodes_subnets"),
    },
    "dax:DescribeSubnetGroups": {
        *("subnet_group", "vpc", "subnets", "route_tables", "network_acls", "peerings", "nodes_subnets"),
    },
    **{right: {"service_role", "role"} for right in ROLE},
    "ec2:DescribeVpcs": {"vpc"},
    "ec2:DescribeVpcAttribute": {"vpc"},
    "ec2:DescribeSubnets": {"subnets", "nodes_subnets"},
    "ec2:DescribeRouteTables": {"route_tables"},
    "ec2:DescribeNetworkAcls": {"network_acls"},
    "ec2:DescribeSecurityGroups": {"security_groups"},
    "ec2:DescribeSecurityGroupRules": {"security_groups"},
    "ec2:DescribeVpcPeeringConnections": {"peerings"},
}
OF_VPC_B = {
    *("vpc", "instance", "subnets", "route_tables", "network_acls", "security_groups", "internet_gateways"),
    *("nat_gateways", "vpc_endpoints", "endpoint_groups", "peerings", "private_zones"),
}
NEEDED_B = {
    "ec2:DescribeVpcs": OF_VPC_B,
    "ec2:DescribeVpcAttribute": OF_VPC_B,
    "ec2:DescribeVpcPeeringConnections": OF_VPC_B,
    "ec2:DescribeInstances": {"instance"},
    "iam:GetInstanceProfile": {"instance_profile"},
    **{right: {"role"} for right in ROLE},
    "ec2:DescribeSubnets": {"subnets"},
    "ec2:DescribeRouteTables": {"route_tables", "nat_gateways"},
    "ec2:DescribeNetworkAcls": {"network_acls"},
    "ec2:DescribeSecurityGroups": {"security_groups", "endpoint_groups"},
    "ec2:DescribeSecurityGroupRules": {"security_groups", "endpoint_groups"},
    "ec2:DescribeInternetGateways": {"internet_gateways"},
    "ec2:DescribeNatGateways": {"nat_gateways"},
    "ec2:DescribeVpcEndpoints": {"vpc_endpoints", "endpoint_groups"},
    "route53:ListHostedZonesByVPC": {"private_zones"},
}
# Told of each list, not of the reading.
OF_LISTS = ("ec2:DescribeManagedPrefixLists", "ec2:GetManagedPrefixListEntries")


@pytest.fixture
def account_a(fake_aws: Any) -> dict[str, Any]:
    made = {name: fake_aws(name) for name in ("ec2", "iam", "dax")}
    answers.answer_ec2(made["ec2"], "vpc-a", build.BLOCK_A, {})
    answers.answer_iam(made["iam"])
    answers.answer_dax(made["dax"])
    return made


@pytest.fixture
def account_b(fake_aws: Any) -> dict[str, Any]:
    made = {name: fake_aws(name) for name in ("ec2", "iam", "route53")}
    answers.answer_ec2(made["ec2"], "vpc-b", "10.1.0.0/16", build.TAGS_B)
    answers.answer_iam(made["iam"])
    answers.answer_consumer(made["ec2"], made["route53"])
    return made


def clients(account: dict[str, Any]) -> dict[str, Any]:
    return {name: fake.client for name, fake in account.items()}


def gather_a(account: dict[str, Any], **more: Any) -> Any:
    asked = DoctorQuery(**{"cluster_name": "Orders", "role_name": "Dax", **more})
    identity: Any = build.identity(build.A)
    return gather_doctor_a(clients(account), identity, build.REGION, asked)


def gather_b(account: dict[str, Any], **more: Any) -> Any:
    names = {"role_name": "AssumeDaxRole", "instance_profile_name": "P", "security_group_name": "dax-client"}
    given = {"name": "dax-client", "cluster_arn": build.CLUSTER_ARN, "cluster_vpc_id": "vpc-a", **names, **more}
    identity: Any = build.identity(build.B)
    return gather_doctor_b(clients(account), identity, build.REGION, DoctorQuery(**given))


def failed(readings: dict[str, Any], right: str) -> set[str]:
    """Return the readings that failed, all of which have to name the right."""
    problems = {name: found["problem"] for name, found in readings.items() if found["problem"]}
    assert all(right in problem for problem in problems.values()), problems
    return set(problems)


def only_reads(account: dict[str, Any]) -> bool:
    return all(name.startswith(READS) for fake in account.values() for name in fake.operations)


def test_account_a_is_read(account_a: dict[str, Any]) -> None:
    found = gather_a(account_a)
    values = {name: item["value"] for name, item in found["readings"].items()}
    assert failed(found["readings"], "") == set()
    assert (values["vpc"]["vpc_id"], values["vpc"]["dns_support"]) == ("vpc-a", True)
    assert values["service_role"]["role_name"] == "DaxService"
    assert values["nodes_subnets"] == {"orders-a": "subnet-a", "orders-b": "subnet-b"}
    assert values["prefix_lists"][0]["blocks"] == ["10.5.0.0/16"]
    assert list(found["roles"]) == ["Dax"] and only_reads(account_a)


def test_the_roles_of_consumers_are_read_by_their_names(account_a: dict[str, Any], aws_error: Any) -> None:
    assert sorted(gather_a(account_a, role_per_consumer=True)["roles"]) == [
        "Dax-222222222222-app",
        "Dax-222222222222-web",
    ]
    account_a["iam"].on("ListRoles", aws_error("AccessDenied", "no"))
    (found,) = gather_a(account_a, role_per_consumer=True)["roles"].values()
    assert "iam:ListRoles" in found["problem"]


def test_a_role_has_the_documents_of_all_its_policies(account_a: dict[str, Any]) -> None:
    role = gather_a(account_a)["roles"]["Dax"]["value"]
    assert [(item["name"], item["arn"]) for item in role["policies"]] == [("Own", None), ("/More", answers.MANAGED)]
    assert role["policies"][1]["document"] == role["boundary"]["document"] == {"Statement": [{"Sid": "v2"}]}
    versions = [given for name, given in account_a["iam"].calls if name == "GetPolicyVersion"]
    assert {given["VersionId"] for given in versions} == {"v2"}


@pytest.mark.parametrize("right", NEEDED_A)
def test_a_right_that_is_missing_in_account_a(account_a: dict[str, Any], aws_error: Any, right: str) -> None:
    service, _colon, operation = right.partition(":")
    account_a[service].on(operation, aws_error("AccessDenied", "no"))
    found = gather_a(account_a)
    readings = {**found["readings"], "role": found["roles"]["Dax"]}
    assert failed(readings, right) == NEEDED_A[right]
    assert only_reads(account_a)


@pytest.mark.parametrize("right", NEEDED_B)
def test_a_right_that_is_missing_in_account_b(account_b: dict[str, Any], aws_error: Any, right: str) -> None:
    service, _colon, operation = right.partition(":")
    account_b[service].on(operation, aws_error("UnauthorizedOperation", "no"))
    found = gather_b(account_b)
    assert failed(found["readings"], right) == NEEDED_B[right]
    assert only_reads(account_b)


@pytest.mark.parametrize("right", OF_LISTS)
def test_a_right_on_prefix_lists_that_is_missing(account_b: dict[str, Any], aws_error: Any, right: str) -> None:
    account_b["ec2"].on(right.partition(":")[2], aws_error("UnauthorizedOperation", "no"))
    found = gather_b(account_b)
    assert failed(found["readings"], right) == set()
    (item,) = found["readings"]["prefix_lists"]["value"]
    assert right in item["problem"]


def test_every_read_has_a_row(account_a: dict[str, Any], account_b: dict[str, Any], fake_aws: Any) -> None:
    gather_b(account_b)
    called = {f"{name}:{operation}" for name, fake in account_b.items() for operation in fake.operations}
    assert called == NEEDED_B.keys() | set(OF_LISTS)


def test_account_b_is_read(account_b: dict[str, Any]) -> None:
    found = gather_b(account_b)
    values = {name: item["value"] for name, item in found["readings"].items()}
    assert (values["instance"]["instance_id"], found["subnet_ids"], found["any_subnet"]) == ("i-1", ["subnet-a"], False)
    assert (found["security_group_id"], values["role"]["role_name"]) == ("sg-b", "AssumeDaxRole")
    assert values["nat_gateways"] == [
        {"nat_gateway_id": "nat-1", "state": "available", "connectivity": "public", "subnet_id": "s"}
    ]
    (endpoint,) = values["vpc_endpoints"]
    assert (endpoint["policy"], endpoint["endpoint_type"]) == ({"Statement": []}, "Interface")
    assert values["private_zones"] == [{"name": "example.", "owner": build.B, "zone_id": "Z1"}]
    assert [item["group_id"] for item in values["endpoint_groups"]] == ["sg-sts"]


def test_a_named_instance_has_whatever_role_its_profile_has(account_b: dict[str, Any]) -> None:
    found = gather_b(account_b, instance_id="i-1")
    assert found["readings"]["role"]["value"]["role_name"] == "App"
    empty = {"InstanceProfileName": "P", "Arn": "x", "InstanceProfileId": "AIPA1", "Path": "/", "Roles": []}
    account_b["iam"].on("GetInstanceProfile", {"InstanceProfile": empty})
    assert gather_b(account_b, instance_id="i-1")["readings"]["role"] == {"value": None, "problem": None}


def test_where_a_client_is_that_nothing_tells_of(account_b: dict[str, Any]) -> None:
    account_b["ec2"].on("DescribeInstances", {"Reservations": []})
    found = gather_b(account_b, instance=False, vpc_id="vpc-b")
    assert (found["subnet_ids"], found["any_subnet"]) == (["subnet-a", "subnet-b"], True)
    found = gather_b(account_b, instance=False, vpc_id="vpc-b", subnet_ids=["subnet-b"])
    assert (found["subnet_ids"], found["any_subnet"]) == (["subnet-b"], False)
