# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError
from ansible_collections.dax.cross_account.plugins.module_utils.facts import session as facts
from ansible_collections.dax.cross_account.plugins.modules import dax_account_a_info, dax_account_b_info
from botocore.exceptions import ClientError, EndpointConnectionError

ARN = "arn:aws:dax:us-east-1:111111111111:cache/orders"


@pytest.mark.parametrize(
    ("code", "operation", "action"),
    [
        ("AccessDenied", "GetRole", "iam:GetRole"),
        ("AccessDenied", "ListRolePolicies", "iam:ListRolePolicies"),
        ("AccessDenied", "GetCallerIdentity", "sts:GetCallerIdentity"),
        ("UnauthorizedOperation", "DescribeVpcs", "ec2:DescribeVpcs"),
        ("AccessDeniedException", "DescribeClusters", "dax:DescribeClusters"),
        ("AccessDeniedException", "DescribeSubnetGroups", "dax:DescribeSubnetGroups"),
        ("AccessDeniedException", "ListTags", "dax:ListTags"),
        ("Throttling", "DescribeVpcs", None),
        ("AuthFailure", "DescribeVpcs", None),
    ],
)
def test_an_authorisation_error_names_the_missing_action(code: str, operation: str, action: str | None) -> None:
    error = ClientError({"Error": {"Code": code, "Message": "no"}}, operation)
    assert facts.missing_action(error) == (f", the credentials may not {action}" if action else "")


def test_an_error_that_is_none_of_awss_names_no_action() -> None:
    assert facts.missing_action(EndpointConnectionError(endpoint_url="http://nowhere")) == ""
    assert facts.missing_action(AnsibleAWSError(message="x")) == ""


def test_a_client_is_made_once_and_only_when_asked_for(fake_aws: Any) -> None:
    asked: list[tuple[str, Any]] = []

    class Module:
        def client(self, service: str, config: Any) -> Any:
            asked.append((service, config.retries))
            return fake_aws(service).client

    clients = facts.Clients(Module())
    assert asked == []
    assert clients["ec2"] is clients["ec2"]
    assert asked == [("ec2", {"mode": "standard", "max_attempts": 10})]


@pytest.fixture
def services(fake_aws: Any, aws_error: Any) -> dict[str, Any]:
    """An account where nothing is, whatever is asked for."""
    identity = {"Account": "222222222222", "Arn": "arn:aws:iam::222222222222:user/ops"}
    gone = aws_error("NoSuchEntity")
    return {
        "sts": fake_aws("sts").on("GetCallerIdentity", identity),
        "iam": fake_aws("iam")
        .on("GetRole", gone)
        .on("GetInstanceProfile", gone)
        .on("GetAccountSummary", {"SummaryMap": {}})
        .on("ListRoles", {"Roles": []})
        .on("ListInstanceProfiles", {"InstanceProfiles": []}),
        "dax": fake_aws("dax").on("DescribeClusters", aws_error("ClusterNotFoundFault"), {"Clusters": []}),
        "ec2": fake_aws("ec2")
        .on("DescribeVpcs", {"Vpcs": []})
        .on("DescribeTags", {"Tags": []})
        .on("DescribeRouteTables", {"RouteTables": []})
        .on("DescribeAvailabilityZones", {"AvailabilityZones": []})
        .on("DescribeInternetGateways", {"InternetGateways": []})
        .on("DescribeSecurityGroups", {"SecurityGroups": []})
        .on("DescribeVpcPeeringConnections", {"VpcPeeringConnections": []})
        .on("DescribeTags", {"Tags": []})
        .on("DescribeSecurityGroupRules", {"SecurityGroupRules": []}),
    }


MODULES: list[Any] = [
    pytest.param(dax_account_a_info, {"cluster_name": "orders"}, id="A"),
    pytest.param(dax_account_b_info, {"name": "dax-client", "cluster_arn": ARN, "cluster_vpc_id": "vpc-a"}, id="B"),
]


@pytest.mark.parametrize(("module", "options"), MODULES)
@pytest.mark.parametrize("check", [True, False])
def test_the_modules_return_facts_and_write_nothing(
    run_module: Any, services: dict[str, Any], module: Any, options: dict[str, Any], check: bool
) -> None:
    result = run_module(module, options, check, **services)
    assert (result["failed"], result["changed"]) == (False, False)
    assert result["facts"]["identity"]["account_id"] == "222222222222"
    assert result["facts"]["region"] == "us-east-1"
    names = [name for service in services.values() for name in service.operations]
    assert [name for name in names if not name.startswith(("Describe", "Get", "List"))] == []


@pytest.mark.parametrize(
    ("service", "code", "says"),
    [
        ("iam", "AccessDenied", "the credentials may not iam:GetRole"),
        ("ec2", "UnauthorizedOperation", "the credentials may not ec2:{operation}"),
        ("ec2", "InvalidParameterValue", "{operation}"),
    ],
)
@pytest.mark.parametrize(("module", "options"), MODULES)
def test_a_failed_read_names_the_account_the_operation_and_the_error(
    run_module: Any,
    services: dict[str, Any],
    aws_error: Any,
    module: Any,
    options: dict[str, Any],
    service: str,
    code: str,
    says: str,
) -> None:
    reads = "DescribeTags" if module is dax_account_a_info else "DescribeVpcPeeringConnections"
    operation = "GetRole" if service == "iam" else reads
    services[service].on(operation, aws_error(code, "the words of AWS"))
    result = run_module(module, options, **services)
    assert result["failed"] is True
    assert result["msg"].startswith("Reading the facts in account 222222222222 failed")
    expected = (says.format(operation=operation), operation, code, "the words of AWS")
    assert [text for text in expected if text not in result["msg"]] == []
    assert "\n" not in result["msg"]


def test_a_failed_read_of_dax_names_its_operation(run_module: Any, services: dict[str, Any], aws_error: Any) -> None:
    services["dax"].on("DescribeClusters", aws_error("AccessDeniedException", "not authorized"))
    result = run_module(dax_account_a_info, {"cluster_name": "orders"}, **services)
    assert "in account 222222222222 failed, the credentials may not dax:DescribeClusters" in result["msg"]


def test_bad_credentials_name_no_account(run_module: Any, services: dict[str, Any], aws_error: Any) -> None:
    services["sts"].on("GetCallerIdentity", aws_error("InvalidClientTokenId", "the security token is invalid"))
    result = run_module(dax_account_a_info, {"cluster_name": "orders"}, **services)
    assert result["msg"].startswith("Reading the facts failed: ")
    assert "GetCallerIdentity" in result["msg"]


def test_a_vpc_that_does_not_exist_is_one_clear_line(run_module: Any, services: dict[str, Any]) -> None:
    options = {"name": "dax-client", "cluster_arn": ARN, "vpc_id": "vpc-9"}
    result = run_module(dax_account_b_info, options, **services)
    expected = "there is no VPC vpc-9 in this account and region; correct dax_account_b_vpc_id"
    assert (result["failed"], result["msg"]) == (True, expected)
