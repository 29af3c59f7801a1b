# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes, and what may not be deleted."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Account, Control, Pair, code_of, message_of
from moto.ec2.models import vpcs
from moto.ec2.models.subnets import SubnetBackend

from dax_emulator.ec2 import network


def main_table(account: Account, vpc_id: str) -> str:
    filters = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "association.main", "Values": ["true"]}]
    return str(account.ec2.describe_route_tables(Filters=filters)["RouteTables"][0]["RouteTableId"])


def route(account: Account, table: str, block: str) -> dict[str, Any]:
    [found] = account.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    return next(
        one
        for one in found["Routes"]
        if block in (one.get("DestinationCidrBlock"), one.get("DestinationIpv6CidrBlock"))
    )


def test_a_route_is_a_blackhole_until_and_after_its_peering_is_active(pair: Pair, control: Control) -> None:
    peering = pair.request()
    table = main_table(pair.b, pair.vpc_b)
    to_a = {"RouteTableId": table, "VpcPeeringConnectionId": peering}
    pair.b.ec2.create_route(DestinationCidrBlock="10.0.0.0/16", **to_a)
    pair.b.ec2.create_route(DestinationIpv6CidrBlock="2001:db8::/56", **to_a)

    def states() -> set[str]:
        return {route(pair.b, table, block)["State"] for block in ("10.0.0.0/16", "2001:db8::/56")}

    assert states() == {"blackhole"}
    pair.a.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    assert states() == {"active"}
    pair.a.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    assert states() == {"blackhole"}


def test_route_tables_by_the_state_of_their_routes(pair: Pair) -> None:
    peering, table = pair.request(), main_table(pair.b, pair.vpc_b)
    pair.b.ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.0.0.0/16", VpcPeeringConnectionId=peering)

    def found(**filters: str) -> list[str]:
        wanted = [{"Name": f"route.{name}", "Values": [value]} for name, value in filters.items()]
        wanted.append({"Name": "vpc-id", "Values": [pair.vpc_b]})
        return [one["RouteTableId"] for one in pair.b.ec2.describe_route_tables(Filters=wanted)["RouteTables"]]

    assert found(state="blackhole") == found(origin="CreateRoute") == [table]
    pair.a.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    assert found(state="blackhole") == []


def test_network_acls_have_the_entries_of_aws(account: Account) -> None:
    vpc, _ = account.vpc("10.0.0.0/16")
    custom = account.ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]

    def entries(default: bool) -> list[tuple[int, str, str]]:
        filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "default", "Values": [str(default).lower()]}]
        [acl] = account.ec2.describe_network_acls(Filters=filters)["NetworkAcls"]
        assert default or acl["NetworkAclId"] == custom
        inbound = [one for one in acl["Entries"] if not one["Egress"]]
        assert len(acl["Entries"]) == 2 * len(inbound)
        return sorted(
            (one["RuleNumber"], one["RuleAction"], one.get("CidrBlock") or one["Ipv6CidrBlock"]) for one in inbound
        )

    ipv4 = [(100, "allow", "0.0.0.0/0"), (32767, "deny", "0.0.0.0/0")]
    assert entries(True) == ipv4
    assert entries(False) == ipv4[1:]
    account.ec2.associate_vpc_cidr_block(VpcId=vpc, AmazonProvidedIpv6CidrBlock=True)
    assert entries(True) == [ipv4[0], (101, "allow", "::/0"), ipv4[1], (32768, "deny", "::/0")]
    assert entries(False) == [ipv4[1], (32768, "deny", "::/0")]


def test_a_destination_is_routed_once(pair: Pair) -> None:
    peering, table = pair.peer(), main_table(pair.b, pair.vpc_b)
    to_a = {"RouteTableId": table, "VpcPeeringConnectionId": peering}
    ec2 = pair.b.ec2
    ec2.create_route(DestinationCidrBlock="10.0.0.7/16", **to_a)  # host bits are dropped
    assert route(pair.b, table, "10.0.0.0/16")["Origin"] == "CreateRoute"
    assert code_of(ec2.create_route, DestinationCidrBlock="10.0.0.0/16", **to_a) == "RouteAlreadyExists"
    assert code_of(ec2.create_route, DestinationCidrBlock="10.1.0.0/16", **to_a) == "RouteAlreadyExists"
    ec2.create_route(DestinationIpv6CidrBlock="2001:db8:0::/56", **to_a)
    assert code_of(ec2.create_route, DestinationIpv6CidrBlock="2001:db8::/56", **to_a) == "RouteAlreadyExists"
    ec2.replace_route(DestinationCidrBlock="10.0.0.0/16", **to_a)
    ec2.replace_route(DestinationIpv6CidrBlock="2001:db8::/56", **to_a)
    assert code_of(ec2.replace_route, DestinationCidrBlock="10.9.0.0/16", **to_a) == "InvalidParameterValue"
    for block in ({"DestinationCidrBlock": "10.0.0.0/16"}, {"DestinationIpv6CidrBlock": "2001:db8::/56"}):
        ec2.delete_route(RouteTableId=table, **block)
        assert code_of(ec2.delete_route, RouteTableId=table, **block) == "InvalidRoute.NotFound"
    delete_local = {"RouteTableId": table, "DestinationCidrBlock": "10.1.0.0/16"}
    assert code_of(ec2.delete_route, **delete_local) == "InvalidParameterValue"


def test_a_target_must_fit_the_table(pair: Pair, control: Control) -> None:
    peering, table = pair.peer(), main_table(pair.b, pair.vpc_b)
    create = pair.b.ec2.create_route
    wanted = {"RouteTableId": table, "DestinationCidrBlock": "10.0.0.0/16"}
    missing = "InvalidVpcPeeringConnectionID.NotFound"
    assert code_of(create, VpcPeeringConnectionId="pcx-00000000000000000", **wanted) == missing
    elsewhere, _ = pair.b.vpc("10.8.0.0/16")
    wrong = {"RouteTableId": main_table(pair.b, elsewhere), "DestinationCidrBlock": "10.0.0.0/16"}
    assert code_of(create, VpcPeeringConnectionId=peering, **wrong) == "InvalidParameterValue"
    control("POST", f"peerings/{peering}", {"status": "deleted"})
    assert code_of(create, VpcPeeringConnectionId=peering, **wanted) == missing


def test_a_subnet_with_an_instance_stays(account: Account) -> None:
    _, [subnet] = account.vpc("10.0.0.0/16", 1)
    image = account.ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    answer = account.ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet)
    instance = answer["Instances"][0]["InstanceId"]
    assert code_of(account.ec2.delete_subnet, SubnetId=subnet) == "DependencyViolation"
    account.ec2.terminate_instances(InstanceIds=[instance])
    account.ec2.delete_subnet(SubnetId=subnet)


def test_a_subnet_takes_its_associations_along(account: Account) -> None:
    vpc, [subnet] = account.vpc("10.0.0.0/16", 1)
    table = account.ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    account.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    assert code_of(account.ec2.delete_route_table, RouteTableId=table) == "DependencyViolation"
    account.ec2.delete_subnet(SubnetId=subnet)
    account.ec2.delete_route_table(RouteTableId=table)
    assert code_of(account.ec2.delete_route_table, RouteTableId=main_table(account, vpc)) == "DependencyViolation"


def test_a_vpc_with_dependencies_stays(pair: Pair) -> None:
    delete = pair.b.ec2.delete_vpc
    group = pair.b.group(pair.vpc_b)
    assert code_of(delete, VpcId=pair.vpc_b) == "DependencyViolation"
    pair.b.ec2.delete_security_group(GroupId=group)
    gateway = pair.b.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    pair.b.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=pair.vpc_b)
    assert code_of(delete, VpcId=pair.vpc_b) == "DependencyViolation"
    pair.b.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=pair.vpc_b)
    peering = pair.request()
    assert code_of(pair.a.ec2.delete_vpc, VpcId=pair.vpc_a) == "DependencyViolation"
    delete(VpcId=pair.vpc_b)
    [found] = pair.a.ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
    assert (found["VpcPeeringConnectionId"], found["Status"]["Code"]) == (peering, "deleted")
    assert found["RequesterVpcInfo"]["CidrBlock"] == "10.1.0.0/16"
    pair.a.ec2.delete_vpc(VpcId=pair.vpc_a)


def test_ordinary_subnets_are_not_default_ones(account: Account) -> None:
    _, [subnet] = account.vpc("10.0.0.0/16", 1)
    [found] = account.ec2.describe_subnets(SubnetIds=[subnet])["Subnets"]
    assert (found["DefaultForAz"], found["MapPublicIpOnLaunch"]) == (False, False)


def test_ipv6_and_secondary_blocks(account: Account) -> None:
    vpc, [subnet] = account.vpc("10.0.0.0/16", 1, AmazonProvidedIpv6CidrBlock=True)
    account.ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="10.2.0.0/16")
    [found] = account.ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]
    assert [one["CidrBlock"] for one in found["CidrBlockAssociationSet"]] == ["10.0.0.0/16", "10.2.0.0/16"]
    block = found["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].replace("/56", "/64")
    account.ec2.associate_subnet_cidr_block(SubnetId=subnet, Ipv6CidrBlock=block)
    [shown] = account.ec2.describe_subnets(SubnetIds=[subnet])["Subnets"]
    assert shown["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"] == block
    account.ec2.create_subnet(VpcId=vpc, CidrBlock="10.2.1.0/24")
    again = {"VpcId": vpc, "CidrBlock": "10.2.0.0/20"}
    assert code_of(account.ec2.associate_vpc_cidr_block, **again) == "InvalidVpc.Range"


def test_what_does_not_exist_is_named(account: Account) -> None:
    vpc, group = "vpc-00000000000000000", "sg-00000000000000000"
    assert message_of(account.ec2.describe_vpcs, VpcIds=[vpc]) == f"The vpc ID '{vpc}' does not exist"
    expected = f"The security group '{group}' does not exist"
    assert message_of(account.ec2.describe_security_groups, GroupIds=[group]) == expected


def test_provided_ipv6_blocks_are_written_as_aws_writes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vpcs, "random_ipv6_cidr", lambda: "2400:6500:03b7:0f00::/56")
    monkeypatch.setattr(SubnetBackend, "create_subnet", SubnetBackend.create_subnet)
    network.install()
    assert vpcs.random_ipv6_cidr() == "2400:6500:3b7:f00::/56"
