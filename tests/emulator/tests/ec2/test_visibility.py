# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is new is not seen for a while: left out of answers, not found by id."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from typing import Any

import pytest
from conftest import Account, Control, Pair, code_of

from dax_emulator.ec2 import resources


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
    "endpoint": (an_endpoint, "InvalidVpcEndpointId.NotFound"),
}


@pytest.fixture(scope="module")
def surroundings(control: Control) -> Surroundings:
    return Surroundings(control)


@pytest.fixture
def prepared(surroundings: Surroundings, control: Control) -> Surroundings:
    return surroundings


@pytest.mark.parametrize("kind", CASES)
def test_what_is_new_is_not_seen(prepared: Surroundings, kind: str) -> None:
    account, vpc, subnet = prepared, prepared.vpc_id, prepared.subnet_id
    make, code = CASES[kind]
    made = make(account, vpc, subnet)
    account.unseen()
    assert made.id not in made.listed()
    assert code_of(made.read) == code
    assert code_of(made.write) == code
    account.seen()
    assert made.id in made.listed()
    made.read()
    made.write()


def test_every_kind_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in resources.KINDS.values()]
    assert len(codes) == len(set(codes))
    for prefix, kind in resources.KINDS.items():
        error = resources.not_found(f"{prefix}-0")
        assert (error.code, f"{prefix}-0" in str(error)) == (kind.code, True)  # type: ignore[attr-defined]


def test_a_route_names_its_target_by_other_codes(prepared: Surroundings) -> None:
    account, vpc = prepared, prepared.vpc_id
    filters = [*of_vpc(vpc), {"Name": "association.main", "Values": ["true"]}]
    table = account.ec2.describe_route_tables(Filters=filters)["RouteTables"][0]["RouteTableId"]
    gateway = account.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    account.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    wanted = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway}
    account.unseen()
    assert code_of(account.ec2.create_route, **wanted) == "InvalidGatewayID.NotFound"
    account.seen()
    account.ec2.create_route(**wanted)


def test_an_account_s_own_things_were_always_there(account: Account, control: Control) -> None:
    control.settings(ec2_visibility_seconds=600)
    [vpc] = account.ec2.describe_vpcs()["Vpcs"]
    assert vpc["IsDefault"]
    assert account.ec2.describe_security_groups(Filters=of_vpc(vpc["VpcId"]))["SecurityGroups"]
    vpc_id = account.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    assert [one["VpcId"] for one in account.ec2.describe_vpcs()["Vpcs"]] == [vpc["VpcId"]]
    assert code_of(account.ec2.describe_vpcs, VpcIds=[vpc_id]) == "InvalidVpcID.NotFound"


def test_a_new_group_of_another_account_is_not_found(prepared: Surroundings, other: Account) -> None:
    vpc, _ = other.vpc("10.2.0.0/16")
    wanted = {"VpcId": vpc, "PeerVpcId": prepared.vpc_id, "PeerOwnerId": prepared.id}
    answer = other.ec2.create_vpc_peering_connection(**wanted)
    peering = answer["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    prepared.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    pair = {"UserId": other.id, "GroupId": other.group(vpc)}
    rule = {"IpProtocol": "tcp", "FromPort": 8111, "ToPort": 8111, "UserIdGroupPairs": [pair]}
    authorize = prepared.ec2.authorize_security_group_ingress
    prepared.unseen()
    assert code_of(authorize, GroupId=prepared.old_group, IpPermissions=[rule]) == "InvalidGroup.NotFound"
    prepared.seen()
    authorize(GroupId=prepared.old_group, IpPermissions=[rule])


def test_the_accepter_s_view_has_a_setting_of_its_own(pair: Pair, control: Control) -> None:
    peering = pair.request()
    control.settings(ec2_visibility_seconds=600)
    find = {"VpcPeeringConnectionIds": [peering]}
    assert code_of(pair.b.ec2.describe_vpc_peering_connections, **find) == "InvalidVpcPeeringConnectionID.NotFound"
    assert pair.a.ec2.describe_vpc_peering_connections(**find)["VpcPeeringConnections"]


def test_an_endpoint_that_is_too_new_is_told_of_when_it_is_deleted(prepared: Surroundings) -> None:
    account, vpc, subnet = prepared, prepared.vpc_id, prepared.subnet_id
    made = an_endpoint(account, vpc, subnet)
    account.unseen()
    [failed] = account.ec2.delete_vpc_endpoints(VpcEndpointIds=[made.id])["Unsuccessful"]
    assert (failed["ResourceId"], failed["Error"]["Code"]) == (made.id, "InvalidVpcEndpoint.NotFound")
    account.seen()
    assert account.ec2.delete_vpc_endpoints(VpcEndpointIds=[made.id])["Unsuccessful"] == []


def test_calls_at_the_same_time_do_not_confuse_the_register(account: Account, control: Control) -> None:
    account.ec2.describe_vpcs()
    control.settings(ec2_visibility_seconds=600, quotas={"vpcs_per_region": 0})
    made: list[str] = []

    def make(number: int) -> None:
        answer = account.client("ec2").create_vpc(CidrBlock=f"10.{number}.0.0/16")
        made.append(answer["Vpc"]["VpcId"])

    threads = [Thread(target=make, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(account.ec2.describe_vpcs()["Vpcs"]) == 1
    for each in made:
        assert code_of(account.ec2.describe_vpcs, VpcIds=[each]) == "InvalidVpcID.NotFound"
