# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of instances, and what they hold until then."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Account, Control, code_of, message_of
from launching import launch, shown


class Client:
    """A VPC with a gateway, and an instance with a public address in it."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.vpc, [self.subnet] = account.vpc("10.0.0.0/16", 1)
        self.gateway = account.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        account.ec2.attach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.vpc)
        self.group = account.group(self.vpc)
        interface = {
            "DeviceIndex": 0,
            "SubnetId": self.subnet,
            "Groups": [self.group],
            "AssociatePublicIpAddress": True,
        }
        launched = launch(account, None, NetworkInterfaces=[interface])
        self.instance = launched["InstanceId"]
        self.interface = launched["NetworkInterfaces"][0]["NetworkInterfaceId"]

    def removals(self) -> list[tuple[Any, dict[str, Any]]]:
        ec2 = self.account.ec2
        return [
            (ec2.detach_internet_gateway, {"InternetGatewayId": self.gateway, "VpcId": self.vpc}),
            (ec2.delete_security_group, {"GroupId": self.group}),
            (ec2.delete_subnet, {"SubnetId": self.subnet}),
            (ec2.delete_vpc, {"VpcId": self.vpc}),
        ]

    def interfaces(self) -> list[dict[str, Any]]:
        filters = [{"Name": "vpc-id", "Values": [self.vpc]}]
        return list(self.account.ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"])


def test_a_gateway_is_held_by_mapped_addresses(account: Account) -> None:
    client = Client(account)
    detach, arguments = client.removals()[0]
    assert code_of(detach, **arguments) == "DependencyViolation"
    assert message_of(detach, **arguments) == (
        f"Network {client.vpc} has some mapped public address(es). Please unmap those public address(es) before "
        "detaching the gateway."
    )
    account.ec2.terminate_instances(InstanceIds=[client.instance])
    detach(**arguments)


def test_a_gateway_may_be_held_a_little_longer(account: Account, control: Control) -> None:
    client = Client(account)
    control.settings(detach_seconds=600)
    account.ec2.terminate_instances(InstanceIds=[client.instance])
    assert shown(account, client.instance)["State"]["Name"] == "terminated"
    detach, arguments = client.removals()[0]
    assert code_of(detach, **arguments) == "DependencyViolation"
    control.settings(detach_seconds=0)
    detach(**arguments)


@pytest.mark.parametrize("holder", ["address", "nat"])
def test_a_gateway_is_held_by_elastic_addresses(account: Account, holder: str) -> None:
    client = Client(account)
    ec2 = account.ec2
    ec2.terminate_instances(InstanceIds=[client.instance])
    allocation = ec2.allocate_address(Domain="vpc")["AllocationId"]
    if holder == "nat":
        nat = ec2.create_nat_gateway(SubnetId=client.subnet, AllocationId=allocation)["NatGateway"]["NatGatewayId"]
    else:
        interface = ec2.create_network_interface(SubnetId=client.subnet)["NetworkInterface"]["NetworkInterfaceId"]
        association = ec2.associate_address(AllocationId=allocation, NetworkInterfaceId=interface)["AssociationId"]
    detach, arguments = client.removals()[0]
    assert code_of(detach, **arguments) == "DependencyViolation"
    if holder == "nat":
        ec2.delete_nat_gateway(NatGatewayId=nat)
    else:
        ec2.disassociate_address(AssociationId=association)
    detach(**arguments)


def test_an_instance_that_shuts_down_holds_everything(account: Account, control: Control) -> None:
    client = Client(account)
    control.settings(terminate_seconds=600)
    [ended] = account.ec2.terminate_instances(InstanceIds=[client.instance])["TerminatingInstances"]
    assert (ended["PreviousState"]["Name"], ended["CurrentState"]["Name"]) == ("running", "shutting-down")
    found = shown(account, client.instance)
    assert (found["State"]["Name"], found["State"]["Code"]) == ("shutting-down", 32)
    assert found["PublicIpAddress"]
    [interface] = client.interfaces()
    assert interface["Association"]["PublicIp"] == found["PublicIpAddress"]
    for call, arguments in client.removals():
        assert code_of(call, **arguments) == "DependencyViolation"
    [again] = account.ec2.terminate_instances(InstanceIds=[client.instance])["TerminatingInstances"]
    assert (again["PreviousState"]["Name"], again["CurrentState"]["Name"]) == ("shutting-down", "shutting-down")
    control.settings(terminate_seconds=0)
    assert shown(account, client.instance)["State"]["Name"] == "terminated"
    assert client.interfaces() == []
    for call, arguments in client.removals():
        call(**arguments)


def test_termination_takes_as_long_as_it_is_set(account: Account, control: Control) -> None:
    client = Client(account)
    control.settings(terminate_seconds=1)
    account.ec2.terminate_instances(InstanceIds=[client.instance])
    waiter = account.ec2.get_waiter("instance_terminated")
    waiter.wait(InstanceIds=[client.instance], WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    for call, arguments in client.removals():
        call(**arguments)


def test_an_interface_of_one_s_own_stays(account: Account) -> None:
    _, [subnet] = account.vpc("10.0.0.0/16", 1)
    interface = account.ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    attached = [{"DeviceIndex": 0, "NetworkInterfaceId": interface}]
    instance = launch(account, None, NetworkInterfaces=attached)["InstanceId"]
    account.ec2.terminate_instances(InstanceIds=[instance])
    [found] = account.ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"]
    assert (found["Status"], "Attachment" in found) == ("available", False)
    assert code_of(account.ec2.delete_subnet, SubnetId=subnet) == "DependencyViolation"
    account.ec2.delete_network_interface(NetworkInterfaceId=interface)
    account.ec2.delete_subnet(SubnetId=subnet)


def test_what_cannot_be_terminated(account: Account) -> None:
    _, [subnet] = account.vpc("10.0.0.0/16", 1)
    instance = launch(account, subnet, DisableApiTermination=True)["InstanceId"]
    account.ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": True})
    assert code_of(account.ec2.terminate_instances, InstanceIds=[instance]) == "OperationNotPermitted"
    missing = ["i-00000000000000000", instance]
    assert code_of(account.ec2.terminate_instances, InstanceIds=missing) == "InvalidInstanceID.NotFound"
    account.ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": False})
    account.ec2.terminate_instances(InstanceIds=[instance])
