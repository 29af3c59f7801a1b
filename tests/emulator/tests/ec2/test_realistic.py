# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preset `realistic`: a caller that has patience gets there, and back."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from conftest import Account, Control
from launching import EC2, launch

LATE = (".NotFound", "DependencyViolation", "NoSuchEntity", "InvalidParameterValue", "DeleteConflict")


class Patient:
    """Calls until an answer is not late any more, and remembers the errors that came in between."""

    def __init__(self) -> None:
        self.met: set[str] = set()

    def __call__(self, call: Callable[..., Any], /, **arguments: Any) -> Any:
        end = time.monotonic() + 60
        while True:
            try:
                return call(**arguments)
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if not code.endswith(LATE) or time.monotonic() > end:
                    raise
                self.met.add(code)
                time.sleep(0.5)

    def until(self, read: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + 60
        while not read():
            assert time.monotonic() < end, what
            time.sleep(0.5)


def test_a_patient_caller_builds_a_network_and_removes_it(account: Account, control: Control) -> None:
    control.settings(preset="realistic")
    ec2, patient = account.ec2, Patient()
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    patient(ec2.modify_vpc_attribute, VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnet = patient(ec2.create_subnet, VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone="us-east-1a")
    subnet_id = subnet["Subnet"]["SubnetId"]
    group = patient(ec2.create_security_group, VpcId=vpc, GroupName="client", Description="test")["GroupId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    patient(ec2.attach_internet_gateway, InternetGatewayId=gateway, VpcId=vpc)
    wanted: dict[str, Any] = {"VpcId": vpc, "ServiceName": "com.amazonaws.us-east-1.sts", "SubnetIds": [subnet_id]}
    wanted |= {"VpcEndpointType": "Interface", "SecurityGroupIds": [group]}
    endpoint = patient(ec2.create_vpc_endpoint, **wanted)["VpcEndpoint"]
    assert endpoint["State"] == "pending"
    endpoint_id = endpoint["VpcEndpointId"]
    account.role("client", EC2)
    arn = account.iam.create_instance_profile(InstanceProfileName="client")["InstanceProfile"]["Arn"]
    patient(account.iam.add_role_to_instance_profile, InstanceProfileName="client", RoleName="client")
    interface = {"DeviceIndex": 0, "SubnetId": subnet_id, "Groups": [group], "AssociatePublicIpAddress": True}
    launched = patient(
        launch,
        account=account,
        subnet=None,
        NetworkInterfaces=[interface],
        IamInstanceProfile={"Arn": arn},
    )["InstanceId"]

    def state_of_endpoint() -> str | None:
        filters = [{"Name": "vpc-id", "Values": [vpc]}]
        found = ec2.describe_vpc_endpoints(Filters=filters)["VpcEndpoints"]
        return next((str(one["State"]) for one in found), None)

    patient.until(lambda: state_of_endpoint() == "available", "the endpoint becomes available")
    patient(ec2.terminate_instances, InstanceIds=[launched])
    patient(ec2.delete_vpc_endpoints, VpcEndpointIds=[endpoint_id])
    patient(ec2.detach_internet_gateway, InternetGatewayId=gateway, VpcId=vpc)
    patient(ec2.delete_internet_gateway, InternetGatewayId=gateway)
    patient(ec2.delete_security_group, GroupId=group)
    patient(ec2.delete_subnet, SubnetId=subnet_id)
    patient(ec2.delete_vpc, VpcId=vpc)
    assert {
        "InvalidVpcID.NotFound",
        "InvalidInternetGatewayID.NotFound",
        "InvalidParameterValue",
        "DependencyViolation",
    } <= patient.met

    def gone() -> bool:
        return [one["IsDefault"] for one in ec2.describe_vpcs()["Vpcs"]] == [True]

    patient.until(lambda: gone() and gone(), "every replica has forgotten the VPC")
    assert {call["error"] for call in control.calls(account.id)} & {"InternalError", "InternalFailure"} == set()
