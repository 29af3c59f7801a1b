# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""New things of every kind in EC2, in an account whose other things are old."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conftest import Account, Control


@dataclass
class Made:
    """Something new: its id, a read by filter that gives ids, a read and a write that name it."""

    id: str
    listed: Callable[[], list[str]]
    read: Callable[[], Any]
    write: Callable[[], Any]


class Surroundings(Account):
    """An account with what new things are made of. Only what is made later than that can be unseen."""

    def __init__(self, control: Control) -> None:
        super().__init__(control.url, "288888888801")
        self.control = control
        self.vpc_id, [self.subnet_id] = self.vpc("10.0.0.0/16", 1)
        self.other_vpc, _ = self.vpc("10.1.0.0/16")
        self.old_group = self.group(self.vpc_id, "old")
        filters = [{"Name": "architecture", "Values": ["x86_64"]}]
        self.image = self.ec2.describe_images(Filters=filters, Owners=["amazon"])["Images"][0]["ImageId"]
        self.ready = time.monotonic()
        time.sleep(3)  # more than a call takes

    def unseen(self) -> None:
        """Hide what was made since the surroundings were ready."""
        self.control.settings(ec2_visibility_seconds=time.monotonic() - self.ready)

    def seen(self) -> None:
        self.control.settings(ec2_visibility_seconds=0)


def of_vpc(vpc: str) -> list[dict[str, Any]]:
    return [{"Name": "vpc-id", "Values": [vpc]}]


def a_vpc(account: Surroundings, vpc: str, subnet: str) -> Made:
    ec2 = account.ec2
    new = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    return Made(
        new,
        lambda: [one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"]],
        lambda: ec2.describe_vpc_attribute(VpcId=new, Attribute="enableDnsSupport"),
        lambda: ec2.create_subnet(VpcId=new, CidrBlock="10.9.0.0/24"),
    )


def with_the_vpc(listing: str, items: str, item_id: str, parameter: str) -> Any:
    """Something that comes with a VPC by itself."""

    def make(account: Surroundings, vpc: str, subnet: str) -> Made:
        ec2 = account.ec2
        new = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        found = getattr(ec2, listing)(Filters=of_vpc(new))[items][0][item_id]
        return Made(
            found,
            lambda: [one[item_id] for one in getattr(ec2, listing)(Filters=of_vpc(new))[items]],
            lambda: getattr(ec2, listing)(**{parameter: [found]}),
            lambda: ec2.create_tags(Resources=[found], Tags=[{"Key": "a", "Value": "b"}]),
        )

    return make


def a_subnet(account: Surroundings, vpc: str, subnet: str) -> Made:
    ec2 = account.ec2
    new = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.9.0/24")["Subnet"]["SubnetId"]
    return Made(
        new,
        lambda: [one["SubnetId"] for one in ec2.describe_subnets(Filters=of_vpc(vpc))["Subnets"]],
        lambda: ec2.describe_subnets(SubnetIds=[new]),
        lambda: ec2.modify_subnet_attribute(SubnetId=new, MapPublicIpOnLaunch={"Value": True}),
    )


def a_group(account: Surroundings, vpc: str, subnet: str) -> Made:
    ec2, new = account.ec2, account.group(vpc, "new")
    rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    return Made(
        new,
        lambda: [one["GroupId"] for one in ec2.describe_security_groups(Filters=of_vpc(vpc))["SecurityGroups"]],
        lambda: ec2.describe_security_groups(GroupIds=[new]),
        lambda: ec2.authorize_security_group_ingress(GroupId=new, IpPermissions=[rule]),
    )


def a_rule(account: Surroundings, vpc: str, subnet: str) -> Made:
    ec2, group = account.ec2, account.old_group
    rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    added = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])["SecurityGroupRules"]
    new = added[0]["SecurityGroupRuleId"]
    filters = [{"Name": "group-id", "Values": [group]}]
    return Made(
        new,
        lambda: [
            one["SecurityGroupRuleId"]
            for one in ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
        ],
        lambda: ec2.describe_security_group_rules(SecurityGroupRuleIds=[new]),
        lambda: ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[new]),
    )


def a_gateway(account: Surroundings, vpc: str, subnet: str) -> Made:
    ec2 = account.ec2
    new = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    return Made(
        new,
        lambda: [one["InternetGatewayId"] for one in ec2.describe_internet_gateways()["InternetGateways"]],
        lambda: ec2.describe_internet_gateways(InternetGatewayIds=[new]),
        lambda: ec2.attach_internet_gateway(InternetGatewayId=new, VpcId=account.other_vpc),
    )


def a_table(account: Surroundings, vpc: str, subnet: str) -> Made:
    ec2 = account.ec2
    new = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    return Made(
        new,
        lambda: [one["RouteTableId"] for one in ec2.describe_route_tables(Filters=of_vpc(vpc))["RouteTables"]],
        lambda: ec2.describe_route_tables(RouteTableIds=[new]),
        lambda: ec2.associate_route_table(RouteTableId=new, SubnetId=subnet),
    )


def a_peering(account: Surroundings, vpc: str, subnet: str) -> Made:
    ec2 = account.ec2
    answer = ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=account.other_vpc)
    new = answer["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    return Made(
        new,
        lambda: [
            one["VpcPeeringConnectionId"] for one in ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
        ],
        lambda: ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=[new]),
        lambda: ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=new),
    )


def an_instance(account: Surroundings, vpc: str, subnet: str) -> Made:
    ec2 = account.ec2
    wanted = {"ImageId": account.image, "SubnetId": subnet, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}
    new = ec2.run_instances(**wanted)["Instances"][0]["InstanceId"]
    return Made(
        new,
        lambda: [one["InstanceId"] for each in ec2.describe_instances()["Reservations"] for one in each["Instances"]],
        lambda: ec2.describe_instances(InstanceIds=[new]),
        lambda: ec2.create_tags(Resources=[new], Tags=[{"Key": "a", "Value": "b"}]),
    )


def an_interface(account: Surroundings, vpc: str, subnet: str) -> Made:
    ec2 = account.ec2
    new = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    return Made(
        new,
        lambda: [one["NetworkInterfaceId"] for one in ec2.describe_network_interfaces()["NetworkInterfaces"]],
        lambda: ec2.describe_network_interfaces(NetworkInterfaceIds=[new]),
        lambda: ec2.delete_network_interface(NetworkInterfaceId=new),
    )


def an_address(account: Surroundings, vpc: str, subnet: str) -> Made:
    ec2 = account.ec2
    new = ec2.allocate_address(Domain="vpc")["AllocationId"]
    return Made(
        new,
        lambda: [one["AllocationId"] for one in ec2.describe_addresses()["Addresses"]],
        lambda: ec2.describe_addresses(AllocationIds=[new]),
        lambda: ec2.release_address(AllocationId=new),
    )


def options(account: Surroundings, vpc: str, subnet: str) -> Made:
    ec2 = account.ec2
    wanted = [{"Key": "domain-name", "Values": ["example.org"]}]
    new = ec2.create_dhcp_options(DhcpConfigurations=wanted)["DhcpOptions"]["DhcpOptionsId"]
    return Made(
        new,
        lambda: [one["DhcpOptionsId"] for one in ec2.describe_dhcp_options()["DhcpOptions"]],
        lambda: ec2.describe_dhcp_options(DhcpOptionsIds=[new]),
        lambda: ec2.associate_dhcp_options(DhcpOptionsId=new, VpcId=account.other_vpc),
    )


def an_egress_only_gateway(account: Surroundings, vpc: str, subnet: str) -> Made:
    ec2 = account.ec2
    answer = ec2.create_egress_only_internet_gateway(VpcId=vpc)
    new, items = answer["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"], "EgressOnlyInternetGateways"
    return Made(
        new,
        lambda: [one["EgressOnlyInternetGatewayId"] for one in ec2.describe_egress_only_internet_gateways()[items]],
        lambda: ec2.describe_egress_only_internet_gateways(EgressOnlyInternetGatewayIds=[new]),
        lambda: ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=new),
    )


def an_endpoint(account: Surroundings, vpc: str, subnet: str) -> Made:
    ec2 = account.ec2
    answer = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{account.region}.s3")
    new = answer["VpcEndpoint"]["VpcEndpointId"]
    return Made(
        new,
        lambda: [one["VpcEndpointId"] for one in ec2.describe_vpc_endpoints()["VpcEndpoints"]],
        lambda: ec2.describe_vpc_endpoints(VpcEndpointIds=[new]),
        lambda: ec2.modify_vpc_endpoint(VpcEndpointId=new, ResetPolicy=True),
    )


MAIN_TABLE = with_the_vpc("describe_route_tables", "RouteTables", "RouteTableId", "RouteTableIds")
DEFAULT_GROUP = with_the_vpc("describe_security_groups", "SecurityGroups", "GroupId", "GroupIds")
DEFAULT_ACL = with_the_vpc("describe_network_acls", "NetworkAcls", "NetworkAclId", "NetworkAclIds")
CASES = {
    "vpc": (a_vpc, "InvalidVpcID.NotFound"),
    "main table": (MAIN_TABLE, "InvalidRouteTableID.NotFound"),
    "default group": (DEFAULT_GROUP, "InvalidGroup.NotFound"),
    "default acl": (DEFAULT_ACL, "InvalidNetworkAclID.NotFound"),
    "subnet": (a_subnet, "InvalidSubnetID.NotFound"),
    "group": (a_group, "InvalidGroup.NotFound"),
    "rule": (a_rule, "InvalidSecurityGroupRuleId.NotFound"),
    "gateway": (a_gateway, "InvalidInternetGatewayID.NotFound"),
    "table": (a_table, "InvalidRouteTableID.NotFound"),
    "peering": (a_peering, "InvalidVpcPeeringConnectionID.NotFound"),
    "instance": (an_instance, "InvalidInstanceID.NotFound"),
    "interface": (an_interface, "InvalidNetworkInterfaceID.NotFound"),
    "address": (an_address, "InvalidAllocationID.NotFound"),
    "options": (options, "InvalidDhcpOptionsID.NotFound"),
    "egress-only gateway": (an_egress_only_gateway, "InvalidGatewayID.NotFound"),
    "endpoint": (an_endpoint, "InvalidVpcEndpointId.NotFound"),
}
