# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network interfaces, and whose they are."""

from __future__ import annotations

from typing import Any

from conftest import Account, code_of
from launching import launch


def described(account: Account, **filters: str) -> list[dict[str, Any]]:
    wanted = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
    return list(account.ec2.describe_network_interfaces(Filters=wanted)["NetworkInterfaces"])


def test_interfaces_tell_whose_they_are(account: Account) -> None:
    vpc, [subnet] = account.vpc("10.0.0.0/16", 1)
    instance = launch(account, subnet)["InstanceId"]
    own = account.ec2.create_network_interface(SubnetId=subnet, Description="mine")["NetworkInterface"]
    address = account.ec2.allocate_address(Domain="vpc")
    gateway = account.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address["AllocationId"])["NatGateway"]
    nat = gateway["NatGatewayId"]
    assert len(described(account, vpc_id=vpc)) == 3
    [of_nat] = described(account, interface_type="nat_gateway")
    assert of_nat["Description"] == f"Interface for NAT Gateway {nat}"
    assert (of_nat["RequesterManaged"], of_nat["Status"]) == (True, "in-use")
    assert of_nat["Attachment"]["InstanceOwnerId"] == "amazon-aws"
    assert of_nat["Association"]["PublicIp"] == address["PublicIp"]
    assert described(account, requester_managed="true") == [of_nat]
    assert described(account, description=f"*{nat}") == [of_nat]
    [mine] = described(account, description="mine")
    assert (mine["NetworkInterfaceId"], mine["Status"]) == (own["NetworkInterfaceId"], "available")
    assert (mine["RequesterManaged"], mine["InterfaceType"], mine["OwnerId"]) == (False, "interface", account.id)
    [attached] = described(account, requester_managed="false", status="in-use")
    assert attached["Attachment"]["InstanceId"] == instance
    assert (attached["Attachment"]["InstanceOwnerId"], attached["Description"]) == (account.id, "")


def test_interfaces_go_with_what_they_belong_to(account: Account) -> None:
    vpc, [subnet] = account.vpc("10.0.0.0/16", 1)
    instance = launch(account, subnet)["InstanceId"]
    address = account.ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = account.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    ids = [one["NetworkInterfaceId"] for one in described(account, vpc_id=vpc)]
    account.ec2.terminate_instances(InstanceIds=[instance])
    [left] = described(account, vpc_id=vpc)
    assert left["InterfaceType"] == "nat_gateway"
    assert code_of(account.ec2.delete_subnet, SubnetId=subnet) == "DependencyViolation"
    account.ec2.delete_nat_gateway(NatGatewayId=nat)
    assert described(account, vpc_id=vpc) == []
    for each in ids:
        read = account.ec2.describe_network_interfaces
        assert code_of(read, NetworkInterfaceIds=[each]) == "InvalidNetworkInterfaceID.NotFound"
    account.ec2.delete_subnet(SubnetId=subnet)
