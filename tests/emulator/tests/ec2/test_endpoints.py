# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPC endpoints and their services."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Account, Control, code_of, listed, message_of

NAME = "com.amazonaws.us-east-1.{}".format


class Network:
    """A VPC that resolves names, with two subnets and a group."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.vpc, self.subnets = account.vpc("10.0.0.0/16", 2)
        account.ec2.modify_vpc_attribute(VpcId=self.vpc, EnableDnsHostnames={"Value": True})
        self.group = account.group(self.vpc)

    def wanted(self, service: str = "sts", **options: Any) -> dict[str, Any]:
        return {
            "VpcId": self.vpc,
            "ServiceName": NAME(service),
            "VpcEndpointType": "Interface",
            "SubnetIds": self.subnets,
            "SecurityGroupIds": [self.group],
            **options,
        }

    def make(self, service: str = "sts", **options: Any) -> str:
        answer = self.account.ec2.create_vpc_endpoint(**self.wanted(service, **options))
        return str(answer["VpcEndpoint"]["VpcEndpointId"])

    def state(self, endpoint: str) -> str | None:
        found = self.account.ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-endpoint-id", "Values": [endpoint]}])
        return next((str(one["State"]) for one in found["VpcEndpoints"]), None)

    def interfaces(self) -> list[dict[str, Any]]:
        filters = [{"Name": "interface-type", "Values": ["vpc_endpoint"]}, {"Name": "vpc-id", "Values": [self.vpc]}]
        return list(self.account.ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"])


@pytest.fixture
def network(account: Account) -> Network:
    return Network(account)


def test_an_endpoint_comes_and_goes_slowly(network: Network, control: Control) -> None:
    ec2 = network.account.ec2
    control.settings(endpoint_seconds=600)
    answer = ec2.create_vpc_endpoint(**network.wanted())["VpcEndpoint"]
    endpoint = answer["VpcEndpointId"]
    assert answer["State"] == network.state(endpoint) == "pending"
    control.settings(endpoint_seconds=0)
    assert network.state(endpoint) == "available"
    control.settings(endpoint_seconds=600)
    assert ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])["Unsuccessful"] == []
    assert ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])["Unsuccessful"] == []
    assert network.state(endpoint) == "deleting"
    assert len(network.interfaces()) == 2
    again = network.wanted()
    assert code_of(ec2.create_vpc_endpoint, **again) == "InvalidParameter"
    removals: list[tuple[Any, dict[str, Any]]] = [
        (ec2.delete_security_group, {"GroupId": network.group}),
        (ec2.delete_subnet, {"SubnetId": network.subnets[0]}),
    ]
    for call, arguments in removals:
        assert code_of(call, **arguments) == "DependencyViolation"
    control.settings(endpoint_seconds=0)
    assert network.state(endpoint) is None
    assert network.interfaces() == []
    assert code_of(ec2.describe_vpc_endpoints, VpcEndpointIds=[endpoint]) == "InvalidVpcEndpointId.NotFound"
    for call, arguments in removals:
        call(**arguments)


def test_its_interfaces_are_aws_s(network: Network) -> None:
    endpoint = network.make()
    interfaces = network.interfaces()
    assert sorted(one["SubnetId"] for one in interfaces) == sorted(network.subnets)
    for one in interfaces:
        assert one["Description"] == f"VPC Endpoint Interface {endpoint}"
        assert (one["RequesterManaged"], one["Attachment"]["InstanceOwnerId"]) == (True, "amazon-aws")
        assert one["RequesterId"] != network.account.id
        assert [group["GroupId"] for group in one["Groups"]] == [network.group]
    [shown] = network.account.ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"]
    assert shown["Groups"] == [{"GroupId": network.group, "GroupName": "group"}]
    assert sorted(shown["NetworkInterfaceIds"]) == sorted(one["NetworkInterfaceId"] for one in interfaces)


def test_without_a_group_it_gets_the_default_one(network: Network) -> None:
    network.make(SecurityGroupIds=[])
    assert {group["GroupName"] for one in network.interfaces() for group in one["Groups"]} == {"default"}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"ServiceName": NAME("none")}, "InvalidServiceName"),
        ({"ServiceName": "cn." + NAME("sts")}, "InvalidServiceName"),
        ({"ServiceName": "com.amazonaws.eu-west-1.sts"}, "InvalidServiceName"),
        ({"VpcEndpointType": "Gateway"}, "InvalidParameter"),
        ({"VpcId": "vpc-00000000000000000"}, "InvalidVpcID.NotFound"),
        ({"SubnetIds": ["subnet-00000000000000000"]}, "InvalidSubnetID.NotFound"),
        ({"SecurityGroupIds": ["sg-00000000000000000"]}, "InvalidGroup.NotFound"),
    ],
)
def test_what_an_endpoint_names_must_be_there(network: Network, options: dict[str, Any], code: str) -> None:
    assert code_of(network.account.ec2.create_vpc_endpoint, **network.wanted(**options)) == code


@pytest.mark.parametrize("attribute", ["EnableDnsSupport", "EnableDnsHostnames"])
def test_private_names_need_dns(network: Network, attribute: str) -> None:
    ec2 = network.account.ec2
    ec2.modify_vpc_attribute(VpcId=network.vpc, **{attribute: {"Value": False}})
    create = ec2.create_vpc_endpoint
    assert code_of(create, **network.wanted()) == "InvalidParameter"
    assert message_of(create, **network.wanted()) == (
        "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for "
        f"{network.vpc}"
    )
    network.make(PrivateDnsEnabled=False)


def test_a_private_name_has_one_endpoint(network: Network) -> None:
    first = network.make()
    create = network.account.ec2.create_vpc_endpoint
    assert message_of(create, **network.wanted()) == (
        "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
        f"sts.us-east-1.amazonaws.com in the VPC {network.vpc}"
    )
    network.make(PrivateDnsEnabled=False)
    network.make("ssm")
    network.account.ec2.delete_vpc_endpoints(VpcEndpointIds=[first])
    network.make()


def test_a_service_may_lack_a_zone(network: Network, control: Control) -> None:
    ec2 = network.account.ec2
    [subnet, other] = ec2.describe_subnets(SubnetIds=network.subnets)["Subnets"]
    control.settings(zones_without_services={subnet["AvailabilityZone"]: ["sts"]})
    [service] = ec2.describe_vpc_endpoint_services(ServiceNames=[NAME("sts")])["ServiceDetails"]
    assert subnet["AvailabilityZone"] not in service["AvailabilityZones"]
    assert other["AvailabilityZone"] in service["AvailabilityZones"]
    assert message_of(ec2.create_vpc_endpoint, **network.wanted()) == (
        f"The VPC endpoint service {NAME('sts')} does not support the availability zone of the subnet: "
        f"{subnet['SubnetId']}."
    )
    network.make(SubnetIds=[other["SubnetId"]])
    network.make("ssm")


def test_one_subnet_in_each_zone(network: Network) -> None:
    zone = network.account.ec2.describe_subnets(SubnetIds=network.subnets)["Subnets"][0]["AvailabilityZone"]
    made = network.account.ec2.create_subnet(VpcId=network.vpc, CidrBlock="10.0.9.0/24", AvailabilityZone=zone)
    wanted = network.wanted(SubnetIds=[*network.subnets, made["Subnet"]["SubnetId"]])
    assert code_of(network.account.ec2.create_vpc_endpoint, **wanted) == "DuplicateSubnetsInSameZone"


@pytest.mark.parametrize("table_stays", [True, False])
def test_a_gateway_endpoint(network: Network, table_stays: bool) -> None:
    ec2 = network.account.ec2
    table = ec2.create_route_table(VpcId=network.vpc)["RouteTable"]["RouteTableId"]

    def routes() -> list[str]:
        [found] = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
        return [route["GatewayId"] for route in found["Routes"] if "DestinationPrefixListId" in route]

    wanted = {"VpcId": network.vpc, "ServiceName": NAME("s3"), "RouteTableIds": [table]}
    made = ec2.create_vpc_endpoint(**wanted)["VpcEndpoint"]
    assert (made["VpcEndpointType"], made["PrivateDnsEnabled"]) == ("Gateway", False)
    assert routes() == [made["VpcEndpointId"]]
    if not table_stays:
        ec2.delete_route_table(RouteTableId=table)
    assert ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])["Unsuccessful"] == []
    assert network.state(made["VpcEndpointId"]) is None
    if table_stays:
        assert routes() == []


@pytest.mark.parametrize(
    ("region", "there", "missing"),
    [
        ("eu-west-1", ["sts", "ssm", "ssmmessages", "ec2messages", "guardduty-data"], []),
        ("us-gov-west-1", ["sts", "ssm", "ssmmessages", "ec2messages"], []),
        ("mx-central-1", ["sts", "ssm", "ssmmessages"], ["ec2messages"]),
        ("ap-southeast-7", ["sts", "ssm", "ssmmessages"], ["ec2messages"]),
    ],
)
def test_services_by_region(account: Account, region: str, there: list[str], missing: list[str]) -> None:
    ec2 = account.client("ec2", region)
    names = [f"com.amazonaws.{region}.{name}" for name in there]
    found = ec2.describe_vpc_endpoint_services(ServiceNames=names)
    assert found["ServiceNames"] == names
    assert all(one["PrivateDnsName"].endswith(f".{region}.amazonaws.com") for one in found["ServiceDetails"])
    for name in missing:
        wanted = {"ServiceNames": [f"com.amazonaws.{region}.{name}"]}
        assert code_of(ec2.describe_vpc_endpoint_services, **wanted) == "InvalidServiceName"
        filters = [{"Name": "service-name", "Values": [f"*.{name}"]}]
        assert ec2.describe_vpc_endpoint_services(Filters=filters)["ServiceNames"] == []


@pytest.mark.parametrize("region", ["cn-north-1", "cn-northwest-1"])
def test_only_some_services_have_a_name_of_their_own_in_china(account: Account, region: str) -> None:
    ec2 = account.client("ec2", region)
    filters = [
        {"Name": "service-name", "Values": [f"*.{name}" for name in ("sts", "ssm", "ssmmessages", "ec2messages")]}
    ]
    assert sorted(ec2.describe_vpc_endpoint_services(Filters=filters)["ServiceNames"]) == [
        f"cn.com.amazonaws.{region}.sts",
        f"com.amazonaws.{region}.ec2messages",
        f"com.amazonaws.{region}.ssm",
        f"com.amazonaws.{region}.ssmmessages",
    ]


def test_s3_has_both_types(account: Account) -> None:
    [interface, gateway] = account.ec2.describe_vpc_endpoint_services(ServiceNames=[NAME("s3")])["ServiceDetails"]
    assert [one["ServiceType"][0]["ServiceType"] for one in (interface, gateway)] == ["Interface", "Gateway"]
    filters = [{"Name": "service-type", "Values": ["Gateway"]}]
    assert account.ec2.describe_vpc_endpoint_services(Filters=filters)["ServiceNames"] == [NAME("dynamodb"), NAME("s3")]


def test_what_guardduty_makes_can_be_made_by_hand(network: Network) -> None:
    """GuardDuty Runtime Monitoring puts an endpoint and a group into every VPC; these calls stand in for it."""
    ec2 = network.account.ec2
    tags = listed({"GuardDutyManaged": "true"})
    group = ec2.create_security_group(
        VpcId=network.vpc,
        GroupName=f"GuardDutyManagedSecurityGroup-{network.vpc}",
        Description="Associated with VPC-vpc-1 and tagged as GuardDutyManaged",
        TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}],
    )["GroupId"]
    endpoint = network.make(
        "guardduty-data",
        SecurityGroupIds=[group],
        TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": tags}],
    )
    [shown] = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"]
    assert (shown["ServiceName"], shown["Tags"]) == (NAME("guardduty-data"), tags)
    assert code_of(ec2.delete_security_group, GroupId=group) == "DependencyViolation"
    assert code_of(ec2.delete_vpc, VpcId=network.vpc) == "DependencyViolation"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    ec2.delete_security_group(GroupId=group)


def test_a_policy_that_is_reset_is_the_default_one_again(network: Network) -> None:
    ec2 = network.account.ec2
    usual, other = network.make("sts"), network.make("ssm", PolicyDocument='{"Statement": []}')
    ec2.modify_vpc_endpoint(VpcEndpointId=other, ResetPolicy=True)
    first, second = ec2.describe_vpc_endpoints(VpcEndpointIds=[usual, other])["VpcEndpoints"]
    assert first["PolicyDocument"] == second["PolicyDocument"]
