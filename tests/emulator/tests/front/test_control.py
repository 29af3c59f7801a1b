# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control API: call log, faults, settings, cluster records."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError
from conftest import Account, Control, code_of, message_of


def fault(control: Control, operation: str, error: str, **options: Any) -> None:
    control("POST", "faults", {"service": "ec2", "operation": operation, "error": error, **options})


def test_every_call_is_logged_once(account: Account, control: Control) -> None:
    since = control("GET", "calls")["last"]
    account.sts.get_caller_identity()
    vpc, subnets = account.vpc("10.0.0.0/16", 1)
    account.dax.create_subnet_group(SubnetGroupName="group", SubnetIds=subnets)
    assert code_of(account.ec2.delete_vpc, VpcId=vpc) == "DependencyViolation"
    assert code_of(account.ec2.delete_vpc, VpcId=vpc, DryRun=True)
    log = control.calls(account.id, since)
    assert [(call["service"], call["operation"], call["write"], call["error"]) for call in log] == [
        ("sts", "GetCallerIdentity", False, None),
        ("ec2", "CreateVpc", True, None),
        ("ec2", "DescribeAvailabilityZones", False, None),
        ("ec2", "CreateSubnet", True, None),
        ("dax", "CreateSubnetGroup", True, None),
        ("ec2", "DeleteVpc", True, "DependencyViolation"),
        ("ec2", "DeleteVpc", False, "DryRunOperation"),
    ]
    assert {call["principal"] for call in log} == {f"arn:aws:iam::{account.id}:root"}
    assert {call["account"] for call in log} == {account.id}
    assert [call["status"] for call in log] == [200, 200, 200, 200, 200, 400, 412]
    assert log[0]["region"] == "us-east-1"
    assert log[0]["user_agent"].startswith("Boto3/")
    numbers = [call["n"] for call in log]
    assert numbers == sorted(numbers)
    assert control.calls(account.id, numbers[-1]) == []


def test_the_log_names_sessions_and_refused_callers(account: Account, control: Control) -> None:
    arn = account.role("open", f"arn:aws:iam::{account.id}:root")
    account.acting(account.assume(arn))("ec2").describe_vpcs()
    unknown = account.client("ec2", aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="any")
    since = control("GET", "calls")["last"]
    assert code_of(unknown.describe_vpcs) == "AuthFailure"
    [refused] = control("GET", f"calls?since={since}")["calls"]
    assert (refused["error"], refused["status"], refused["principal"]) == ("AuthFailure", 401, None)
    create, assume, describe = control.calls(account.id)[-3:]
    assert (create["operation"], create["write"]) == ("CreateRole", True)
    assert (assume["operation"], assume["write"]) == ("AssumeRole", False)
    assert describe["principal"] == f"arn:aws:sts::{account.id}:assumed-role/open/test"


@pytest.mark.parametrize(
    ("error", "status"),
    [("RequestLimitExceeded", 503), ("Throttling", 400), ("UnauthorizedOperation", 403), ("InternalError", 500)],
)
def test_faults_come_as_often_as_wanted(account: Account, control: Control, error: str, status: int) -> None:
    fault(control, "DescribeVpcs", error, count=2)
    account.ec2.describe_subnets()
    assert code_of(account.ec2.describe_vpcs) == error
    assert control("GET", "faults")["faults"][0]["count"] == 1
    assert code_of(account.ec2.describe_vpcs) == error
    account.ec2.describe_vpcs()
    assert control("GET", "faults")["faults"] == []
    log = [(call["status"], call["error"]) for call in control.calls(account.id)][-3:]
    assert log == [(status, error), (status, error), (200, None)]


@pytest.mark.parametrize(
    ("service", "operation", "call"),
    [
        ("iam", "ListRoles", "list_roles"),
        ("sts", "GetCallerIdentity", "get_caller_identity"),
        ("dax", "DescribeClusters", "describe_clusters"),
    ],
)
def test_faults_in_every_protocol(account: Account, control: Control, service: str, operation: str, call: str) -> None:
    control("POST", "faults", {"service": service, "operation": operation, "error": "Throttling"})
    client = account.client(service)
    assert code_of(getattr(client, call)) == "Throttling"
    getattr(client, call)()


def test_a_faults_account_operation_status_and_message(account: Account, other: Account, control: Control) -> None:
    fault(control, "*", "Odd", account=account.id, status=418, message="Short and stout")
    other.ec2.describe_vpcs()
    assert message_of(account.ec2.describe_vpcs) == "Short and stout"
    assert control.calls(account.id)[-1]["status"] == 418
    fault(control, "DescribeVpcs", "Odd")
    control("DELETE", "faults")
    account.ec2.describe_vpcs()


def test_a_fault_that_stops_every_write_after_the_first(account: Account, other: Account, control: Control) -> None:
    wanted = {"service": "*", "operation": "*", "error": "UnauthorizedOperation", "account": account.id}
    control("POST", "faults", {**wanted, "writes": True, "after": 1, "count": 9})
    account.ec2.describe_vpcs()
    vpc = account.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    account.ec2.describe_vpcs()
    assert code_of(account.ec2.delete_vpc, VpcId=vpc) == "UnauthorizedOperation"
    assert code_of(account.ec2.delete_vpc, VpcId=vpc) == "UnauthorizedOperation"
    account.ec2.describe_vpcs()
    other.ec2.create_vpc(CidrBlock="10.0.0.0/16")
    control("DELETE", "faults")


def test_a_retrying_client_gets_through(account: Account, control: Control) -> None:
    fault(control, "CreateVpc", "RequestLimitExceeded")
    fault(control, "CreateVpc", "drop")
    patient = boto3.client(
        "ec2",
        endpoint_url=account.url,
        region_name="us-east-1",
        aws_access_key_id=account.id,
        aws_secret_access_key="any",
        config=Config(retries={"total_max_attempts": 5, "mode": "standard"}),
    )
    patient.create_vpc(CidrBlock="10.0.0.0/16")
    assert [call["error"] for call in control.calls(account.id)] == ["RequestLimitExceeded", "drop", None]


def test_dropped_connections(account: Account, control: Control) -> None:
    def vpcs() -> int:
        return len([vpc for vpc in account.ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]])

    fault(control, "CreateVpc", "drop")
    with pytest.raises(ConnectionClosedError):
        account.ec2.create_vpc(CidrBlock="10.0.0.0/16")
    assert control.calls(account.id)[-1]["status"] == 0
    assert vpcs() == 0
    fault(control, "CreateVpc", "drop_after")
    with pytest.raises(ConnectionClosedError):
        account.ec2.create_vpc(CidrBlock="10.0.0.0/16")
    assert vpcs() == 1


@pytest.mark.parametrize(
    "body",
    [
        {"service": "ec2", "operation": "CreateVpc"},
        {"service": "ec2", "operation": "CreateVpc", "error": "drop", "count": 0},
        {"service": "ec2", "operation": "CreateVpc", "error": "drop", "after": -1},
        {"service": "ec2", "operation": "CreateVpc", "error": "drop", "colour": "red"},
        ["list"],
    ],
)
def test_bad_faults_are_refused(control: Control, body: Any) -> None:
    answer = control("POST", "faults", body)
    assert answer["status"] == 400
    assert answer["error"]
    assert control("GET", "faults")["faults"] == []


def test_cluster_records_can_be_patched(account: Account, control: Control) -> None:
    _, subnets = account.vpc("10.0.0.0/16", 1)
    account.dax.create_subnet_group(SubnetGroupName="group", SubnetIds=subnets)
    role = account.service_role()
    wanted = {"ClusterName": "orders", "NodeType": "dax.r5.large", "ReplicationFactor": 1, "IamRoleArn": role}
    account.dax.create_cluster(SubnetGroupName="group", **wanted)
    path = f"clusters/{account.id}/us-east-1/orders"
    endpoint = {"address": "10.0.0.5", "port": 9111, "url": "daxs://orders"}
    node = {"node_id": "orders-z", "availability_zone": "us-east-1a", "endpoint": {"address": "10.0.0.6", "port": 1}}
    control("POST", path, {"status": "modifying", "encryption_type": "TLS", "endpoint": endpoint, "nodes": [node]})
    [found] = account.dax.describe_clusters(ClusterNames=["orders"])["Clusters"]
    assert (found["Status"], found["ClusterEndpointEncryptionType"]) == ("modifying", "TLS")
    assert found["ClusterDiscoveryEndpoint"] == {"Address": "10.0.0.5", "Port": 9111, "URL": "daxs://orders"}
    assert [one["NodeId"] for one in found["Nodes"]] == ["orders-z"]
    control("POST", path, {"status": None})
    assert "Status" not in account.dax.describe_clusters(ClusterNames=["orders"])["Clusters"][0]
    assert "colour" in control("POST", path, {"colour": "red"})["error"]
    assert control("POST", f"clusters/{account.id}/us-east-1/none", {})["status"] == 404
