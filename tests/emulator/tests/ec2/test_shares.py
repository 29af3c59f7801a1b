# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A subnet that its owner shares with another account: what a participant sees, may do, and may not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from conftest import Account, Control, code_of, listed, message_of


@dataclass
class Shared:
    """The owner's VPC with two subnets, of which the first is shared with the participant."""

    owner: Account
    participant: Account
    vpc: str
    subnet: str
    hidden: str
    table: str
    gateway: str


@pytest.fixture
def shared(account: Account, other: Account, control: Control) -> Shared:
    vpc, subnets = account.vpc("10.0.0.0/16", subnets=2)
    ec2 = account.ec2
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnets[0])
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.create_tags(Resources=[vpc, subnets[0], table, gateway], Tags=listed({"team": "network"}))
    control.settings(shared_subnets={subnets[0]: [other.id]})
    return Shared(account, other, vpc, subnets[0], subnets[1], table, gateway)


def seen(account: Account, operation: str, key: str, identity: str, vpc: str) -> dict[str, dict[str, Any]]:
    """What an account sees of the VPC, by id."""
    name = "attachment.vpc-id" if "gateway" in operation else "vpc-id"
    found = getattr(account.ec2, operation)(Filters=[{"Name": name, "Values": [vpc]}])[key]
    return {item[identity]: item for item in found}


def test_a_participant_sees_what_it_uses_with_its_owner_and_without_tags(shared: Shared) -> None:
    expected = {
        ("describe_vpcs", "Vpcs", "VpcId"): shared.vpc,
        ("describe_subnets", "Subnets", "SubnetId"): shared.subnet,
        ("describe_route_tables", "RouteTables", "RouteTableId"): shared.table,
        ("describe_internet_gateways", "InternetGateways", "InternetGatewayId"): shared.gateway,
    }
    for names, resource in expected.items():
        found = seen(shared.participant, *names, shared.vpc)
        assert found.keys() == {resource}
        assert found[resource]["OwnerId"] == shared.owner.id
        assert found[resource].get("Tags", []) == []
        owners = seen(shared.owner, *names, shared.vpc)[resource]
        assert (owners["OwnerId"], owners["Tags"]) == (shared.owner.id, listed({"team": "network"}))
    attribute = shared.participant.ec2.describe_vpc_attribute(VpcId=shared.vpc, Attribute="enableDnsHostnames")
    assert attribute["EnableDnsHostnames"]["Value"] is False


def test_a_participant_sees_changes_of_the_owner_and_the_end_of_the_share(shared: Shared, control: Control) -> None:
    shared.owner.ec2.modify_vpc_attribute(VpcId=shared.vpc, EnableDnsHostnames={"Value": True})
    attribute = shared.participant.ec2.describe_vpc_attribute(VpcId=shared.vpc, Attribute="enableDnsHostnames")
    assert attribute["EnableDnsHostnames"]["Value"] is True
    control.settings(shared_subnets={})
    for operation, resource in (("describe_vpcs", shared.vpc), ("describe_subnets", shared.subnet)):
        parameter = "VpcIds" if "vpcs" in operation else "SubnetIds"
        assert code_of(getattr(shared.participant.ec2, operation), **{parameter: [resource]}).endswith(".NotFound")
    assert shared.owner.ec2.describe_subnets(SubnetIds=[shared.subnet])["Subnets"]


def test_tags_of_a_participant_are_its_own(shared: Shared) -> None:
    shared.participant.ec2.create_tags(Resources=[shared.subnet], Tags=listed({"team": "apps"}))
    for account, team in ((shared.participant, "apps"), (shared.owner, "network")):
        [subnet] = account.ec2.describe_subnets(SubnetIds=[shared.subnet])["Subnets"]
        assert subnet["Tags"] == listed({"team": team})


def test_a_participant_launches_with_a_group_of_its_own(shared: Shared) -> None:
    ec2 = shared.participant.ec2
    group = shared.participant.group(shared.vpc)
    launch = {"ImageId": ec2.describe_images()["Images"][0]["ImageId"], "MinCount": 1, "MaxCount": 1}
    launch["SubnetId"] = shared.subnet
    [instance] = ec2.run_instances(**launch, SecurityGroupIds=[group])["Instances"]
    assert (instance["VpcId"], instance["SecurityGroups"][0]["GroupId"]) == (shared.vpc, group)
    # the default group is the owner's
    assert code_of(ec2.run_instances, **launch) == "UnauthorizedOperation"
    theirs = shared.owner.group(shared.vpc, "theirs")
    assert code_of(ec2.run_instances, **launch, SecurityGroupIds=[theirs]) == "InvalidGroup.NotFound"


Call = Callable[[Shared], dict[str, Any]]
REFUSED: dict[str, Call] = {
    "associate_route_table": lambda it: {"RouteTableId": it.table, "SubnetId": it.subnet},
    "associate_vpc_cidr_block": lambda it: {"VpcId": it.vpc, "CidrBlock": "10.9.0.0/16"},
    "attach_internet_gateway": lambda it: {"VpcId": it.vpc, "InternetGatewayId": it.gateway},
    "create_route": lambda it: {
        "RouteTableId": it.table,
        "DestinationCidrBlock": "0.0.0.0/0",
        "GatewayId": it.gateway,
    },
    "create_route_table": lambda it: {"VpcId": it.vpc},
    "create_subnet": lambda it: {"VpcId": it.vpc, "CidrBlock": "10.0.9.0/24"},
    "create_vpc_endpoint": lambda it: {"VpcId": it.vpc, "ServiceName": "com.amazonaws.us-east-1.s3"},
    "create_vpc_peering_connection": lambda it: {"VpcId": it.vpc, "PeerVpcId": "vpc-0123456789abcdef0"},
    "delete_internet_gateway": lambda it: {"InternetGatewayId": it.gateway},
    "delete_route_table": lambda it: {"RouteTableId": it.table},
    "delete_subnet": lambda it: {"SubnetId": it.subnet},
    "delete_vpc": lambda it: {"VpcId": it.vpc},
    "detach_internet_gateway": lambda it: {"VpcId": it.vpc, "InternetGatewayId": it.gateway},
    "modify_subnet_attribute": lambda it: {"SubnetId": it.subnet, "MapPublicIpOnLaunch": {"Value": True}},
    "modify_vpc_attribute": lambda it: {"VpcId": it.vpc, "EnableDnsHostnames": {"Value": True}},
}


@pytest.mark.parametrize("operation", REFUSED)
def test_a_participant_changes_nothing_of_the_owners(shared: Shared, operation: str) -> None:
    call, arguments = getattr(shared.participant.ec2, operation), REFUSED[operation](shared)
    assert code_of(call, **arguments) == "UnauthorizedOperation"
    name = operation.title().replace("_", "")
    assert message_of(call, **arguments) == (
        f"You are not authorized to perform {name} operation. A subnet in this vpc is shared but the provided object "
        "is not owned by you"
    )


def test_a_shared_vpc_is_peered_by_its_owner(shared: Shared, control: Control) -> None:
    third = Account(control.url, str(int(shared.participant.id) + 50_000_000))
    vpc, _ = third.vpc("10.7.0.0/16")

    def request(owner: Account) -> dict[str, Any]:
        wanted = {"VpcId": vpc, "PeerVpcId": shared.vpc, "PeerOwnerId": owner.id}
        peering = third.ec2.create_vpc_peering_connection(**wanted)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
        [shown] = third.ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=[peering])["VpcPeeringConnections"]
        return dict(shown)

    assert request(shared.participant)["Status"]["Code"] == "failed"
    peering = request(shared.owner)
    assert peering["Status"]["Code"] == "pending-acceptance"
    wanted = {"VpcPeeringConnectionId": peering["VpcPeeringConnectionId"]}
    code = "InvalidVpcPeeringConnectionID.NotFound"
    assert code_of(shared.participant.ec2.accept_vpc_peering_connection, **wanted) == code
    seen_by_it = shared.participant.ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
    assert [each["Status"]["Code"] for each in seen_by_it] == ["failed"]
    shared.owner.ec2.accept_vpc_peering_connection(**wanted)


def test_a_shared_vpc_counts_for_its_owner(shared: Shared, control: Control) -> None:
    control.settings(quotas={"vpcs_per_region": 2, "gateways_per_region": 1})
    shared.participant.vpc("10.1.0.0/16")
    shared.participant.ec2.create_internet_gateway()
    assert code_of(shared.participant.ec2.create_vpc, CidrBlock="10.2.0.0/16") == "VpcLimitExceeded"
