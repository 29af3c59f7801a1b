# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.facts.account_b import gather_b
from ansible_collections.dax.cross_account.plugins.module_utils.facts.consumer import (
    ConsumerQuery,
    find_vpc,
    how_found,
)
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.plan import plan_b
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import TAGS_B, peering, subnet, vpc


def query(**more: Any) -> ConsumerQuery:
    names = {"role_name": "AssumeDaxRole", "instance_profile_name": "AssumeDaxInstanceProfile"}
    return ConsumerQuery(**{"name": "dax-client", "cluster_arn": build.CLUSTER_ARN, **names, **more})


THEIRS = {**TAGS_B, build.CONSUMER: "other"}
OURS = vpc("vpc-b", build.BLOCK_B, tags={**TAGS_B, "Name": "x"})
PLAIN: Any = vpc("vpc-b", build.BLOCK_B, tags={"Env": "test", "Team": "b"})
DEFAULT: Any = vpc("vpc-d", "172.31.0.0/16", tags={"Env": "test"})


@pytest.mark.parametrize(
    ("vpcs", "peerings", "vpc_id", "tags", "found"),
    [
        pytest.param([DEFAULT], [], None, {}, (None, None), id="none"),
        pytest.param([DEFAULT, OURS], [], None, {}, ("vpc-b", "ours"), id="ours"),
        pytest.param([DEFAULT, OURS], [], "vpc-d", {}, ("vpc-d", "id"), id="by id"),
        pytest.param([DEFAULT, PLAIN], [], None, {"Env": "test", "Team": "b"}, ("vpc-b", "tags"), id="by tags"),
        pytest.param([DEFAULT, PLAIN], [peering(tags=TAGS_B)], None, {}, ("vpc-b", "peering"), id="by our peering"),
        pytest.param([DEFAULT, PLAIN], [peering(tags=THEIRS)], None, {}, (None, None), id="another consumer's peering"),
        pytest.param([DEFAULT, PLAIN], [peering()], None, {}, (None, None), id="an unmanaged peering"),
        pytest.param(
            [DEFAULT, PLAIN],
            [peering("pcx-1", "deleted", TAGS_B)],
            None,
            {},
            (None, None),
            id="a peering in a terminal state",
        ),
        pytest.param([vpc("vpc-b", "10.1.0.0/24", tags=THEIRS)], [], None, {}, (None, None), id="another consumer's"),
    ],
)
def test_the_clients_vpc(
    vpcs: list[Any], peerings: list[Any], vpc_id: str | None, tags: dict[str, str], found: tuple[str | None, str | None]
) -> None:
    one, how = find_vpc(vpcs, peerings, query(vpc_id=vpc_id, vpc_tags=tags))
    assert (one["vpc_id"] if one else None, how) == found


@pytest.mark.parametrize(
    ("vpc_id", "tags", "says"),
    [
        ("vpc-9", {}, r"no VPC vpc-9 .* correct dax_account_b_vpc_id"),
        (
            None,
            {"Env": "test"},
            r"vpc-d, vpc-b with the tags .*, exactly one is needed; correct dax_account_b_vpc_tags",
        ),
        (None, {"Env": "prod"}, r"no VPC with the tags"),
    ],
)
def test_a_vpc_that_cannot_be_told(vpc_id: str | None, tags: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        find_vpc([DEFAULT, PLAIN], [], query(vpc_id=vpc_id, vpc_tags=tags))


@pytest.mark.parametrize(
    ("found_by", "tags", "how"),
    [
        ("peering", TAGS_B, "peering"),
        ("peering", {}, "adopted"),
        ("peering", THEIRS, "adopted"),
        ("ours", {}, "ours"),
        ("id", TAGS_B, "id"),
        (None, {}, None),
    ],
)
def test_a_vpc_that_only_our_peering_tells_of(found_by: str | None, tags: dict[str, str], how: str | None) -> None:
    one: Any = subnet("subnet-1", build.BLOCK_B, tags=tags)
    assert how_found(found_by, [one], query()) == how


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


@pytest.fixture
def account(fake_aws: Any, aws_error: Any) -> dict[str, Any]:
    """Account B with a VPC of ours, which has one subnet, and another VPC with a route."""
    gone = aws_error("NoSuchEntity")
    own = {"VpcId": "vpc-b", "CidrBlock": build.BLOCK_B, "Tags": tag_list(TAGS_B)}
    blocks = {"b": "10.1.0.128/25", "a": "10.1.0.0/25"}
    subnets = [
        {"SubnetId": f"subnet-{name}", "AvailabilityZone": name, "CidrBlock": blocks[name], "Tags": tag_list(TAGS_B)}
        for name in blocks
    ]
    local = {"DestinationCidrBlock": build.BLOCK_B, "GatewayId": "local"}
    routes = [
        local,
        {"DestinationCidrBlock": "10.8.0.0/16", "TransitGatewayId": "tgw-1"},
        {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"},
        {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"},
    ]
    requester = {"OwnerId": build.B, "VpcId": "vpc-b", "CidrBlock": build.BLOCK_B}
    accepter = {"OwnerId": build.A, "VpcId": "vpc-a", "CidrBlock": build.BLOCK_A}
    pcx = {"VpcPeeringConnectionId": "pcx-1", "Status": {"Code": "active"}, "RequesterVpcInfo": requester}
    ec2 = fake_aws("ec2")
    ec2.on("DescribeVpcs", {"Vpcs": [own, {"VpcId": "vpc-d", "CidrBlock": "172.31.0.0/16"}]})
    ec2.on("DescribeVpcPeeringConnections", {"VpcPeeringConnections": [{**pcx, "AccepterVpcInfo": accepter}]})
    ec2.on("DescribeAvailabilityZones", {"AvailabilityZones": [{"ZoneName": "us-east-1a", "State": "available"}]})
    ec2.on("DescribeSubnets", {"Subnets": subnets})
    ec2.on(
        "DescribeRouteTables",
        {"RouteTables": [{"RouteTableId": "rtb-1", "Associations": [{"Main": True}], "Routes": routes}]},
    )
    s3 = {"PrefixListId": "pl-1", "PrefixListName": "com.amazonaws.us-east-1.s3", "OwnerId": "AWS"}
    ec2.on("DescribeManagedPrefixLists", {"PrefixLists": [s3]})
    ec2.on("DescribeNetworkAcls", {"NetworkAcls": []})
    groups = [{"GroupId": "sg-b", "GroupName": "dax-client"}, {"GroupId": "sg-x", "GroupName": "app"}]
    groups.append({"GroupId": "sg-o", "GroupName": "renamed", "Tags": tag_list(TAGS_B)})  # type: ignore[dict-item]
    ec2.on("DescribeSecurityGroups", {"SecurityGroups": groups})
    ec2.on(
        "DescribeSecurityGroupRules",
        lambda params: {
            "SecurityGroupRules": [
                {"GroupId": group_id, "IpProtocol": "-1", "IsEgress": True}
                for group_id in params["Filters"][0]["Values"]
            ]
        },
    )
    ec2.on("DescribeInternetGateways", {"InternetGateways": []})
    ec2.on("DescribeVpcEndpoints", {"VpcEndpoints": []})
    ec2.on("DescribeInstances", {"Reservations": []})
    ec2.on(
        "DescribeVpcAttribute",
        lambda params: {params["Attribute"][0].upper() + params["Attribute"][1:]: {"Value": True}},
    )
    ec2.on("DescribeInstanceTypeOfferings", {"InstanceTypeOfferings": [{"Location": "us-east-1a"}, {"Location": "a"}]})
    ec2.on("DescribeInstanceTypes", {"InstanceTypes": [{"ProcessorInfo": {"SupportedArchitectures": ["x86_64"]}}]})
    details = [{"ServiceName": "com.amazonaws.us-east-1.sts", "ServiceType": [{"ServiceType": "Interface"}]}]
    ec2.on("DescribeVpcEndpointServices", {"ServiceDetails": details})
    ec2.on("DescribeNetworkInterfaces", {"NetworkInterfaces": [{"NetworkInterfaceId": "eni-1"}]})
    ec2.on("DescribeVpnGateways", {"VpnGateways": []})
    ec2.on("DescribeEgressOnlyInternetGateways", {"EgressOnlyInternetGateways": []})
    zone = {"HostedZoneId": "Z1", "Name": "sts.us-east-1.amazonaws.com.", "Owner": {"OwningAccount": build.C}}
    route53 = fake_aws("route53").on("ListHostedZonesByVPC", {"HostedZoneSummaries": [zone], "MaxItems": "100"})
    iam = fake_aws("iam").on("GetRole", gone).on("GetInstanceProfile", gone)
    iam.on("GetAccountSummary", {"SummaryMap": {"Roles": 5, "RolesQuota": 1000}})
    iam.on("ListRoles", {"Roles": []}).on("ListInstanceProfiles", {"InstanceProfiles": []})
    marks = [(one, key, text) for one in ("vpc-b", "subnet-a", "subnet-b", "sg-o") for key, text in TAGS_B.items()]
    ec2.on("DescribeTags", {"Tags": [{"ResourceId": one, "Key": key, "Value": text} for one, key, text in marks]})
    return {"ec2": ec2, "iam": iam, "route53": route53}


def gather(account: dict[str, Any], **more: Any) -> Any:
    clients = {service: fake.client for service, fake in account.items()}
    consumer: Any = build.identity(build.B)
    return gather_b(clients, consumer, build.REGION, query(**{"cluster_vpc_id": "vpc-a", **more}))


def test_the_facts_of_a_vpc(account: dict[str, Any]) -> None:
    facts = gather(account)
    assert (facts["vpc"]["vpc_id"], facts["vpc_found_by"]) == ("vpc-b", "ours")
    assert (facts["vpc"]["dns_support"], facts["vpc"]["dns_hostnames"]) == (True, True)
    assert [item["subnet_id"] for item in facts["subnets"]] == ["subnet-a", "subnet-b"]
    assert facts["effective_route_tables"] == {"subnet-a": "rtb-1", "subnet-b": "rtb-1"}
    assert rules_of(facts) == {"sg-b": 0, "sg-x": 0, "sg-o": 1}
    assert [item["id"] for item in facts["peerings"]] == ["pcx-1"]
    assert (facts["availability_zones"], facts["routed_cidr_blocks"]) == ([], [])
    assert len(facts["vpcs"]) == 2


def rules_of(facts: Any) -> dict[str, int]:
    return {item["group_id"]: len(item["rules"]) for item in facts["security_groups"]}


@pytest.mark.parametrize(
    ("options", "read"),
    [
        ({}, {"sg-o"}),
        ({"security_group_name": "dax-client"}, {"sg-b", "sg-o"}),
        ({"security_group_id": "sg-x"}, {"sg-x", "sg-o"}),
        ({"removal": True}, {"sg-b", "sg-x", "sg-o"}),
    ],
)
def test_rules_are_read_of_the_groups_that_decide(
    account: dict[str, Any], options: dict[str, Any], read: set[str]
) -> None:
    assert {group_id for group_id, count in rules_of(gather(account, **options)).items() if count} == read


BASE = {
    "DescribeTags",
    "DescribeVpcs",
    "DescribeVpcPeeringConnections",
    "DescribeRouteTables",
    "DescribeManagedPrefixLists",
    "DescribeSubnets",
    "DescribeVpcAttribute",
    "DescribeNetworkAcls",
    "DescribeSecurityGroups",
    "DescribeSecurityGroupRules",
    "DescribeInternetGateways",
    "DescribeVpcEndpoints",
    "DescribeInstances",
}
LAUNCH = {"DescribeInstanceTypeOfferings", "DescribeInstanceTypes"}
OURS_RUNNING = {
    "InstanceId": "i-1",
    "State": {"Name": "running"},
    "InstanceType": "t3.micro",
    "ImageId": "ami-1",
    "Tags": tag_list(TAGS_B),
}
STS = {"VpcEndpointId": "vpce-1", "ServiceName": "com.amazonaws.us-east-1.sts", "State": "available"}


@pytest.mark.parametrize(
    ("instances", "endpoints", "options", "more"),
    [
        pytest.param([], [], {}, set(), id="nothing is wanted"),
        pytest.param([OURS_RUNNING], [], {"instance": True}, set(), id="the instance stands"),
        pytest.param([], [], {"instance": True}, LAUNCH, id="an instance is to be made"),
        pytest.param(
            [{**OURS_RUNNING, "State": {"Name": "shutting-down"}}], [], {"instance": True}, LAUNCH, id="it ends"
        ),
        pytest.param([{**OURS_RUNNING, "Tags": []}], [], {"instance": True}, LAUNCH, id="another's instance"),
        pytest.param([], [STS], {"endpoint_services": ["sts"]}, set(), id="the endpoint stands"),
        pytest.param(
            [], [STS], {"endpoint_services": ["sts", "ssm"]}, {"DescribeVpcEndpointServices"}, id="one is missing"
        ),
        pytest.param(
            [],
            [],
            {"removal": True, "instance": True, "endpoint_services": ["sts"]},
            {"DescribeNetworkInterfaces", "DescribeVpnGateways", "DescribeEgressOnlyInternetGateways"},
            id="removal",
        ),
        pytest.param([], [], {"name": "another", "removal": True, "vpc_id": "vpc-b"}, set(), id="adopted, removal"),
    ],
)
def test_nothing_is_read_that_decides_on_nothing(
    account: dict[str, Any], instances: list[Any], endpoints: list[Any], options: dict[str, Any], more: set[str]
) -> None:
    account["ec2"].on("DescribeInstances", {"Reservations": [{"Instances": instances}]})
    account["ec2"].on("DescribeVpcEndpoints", {"VpcEndpoints": endpoints})
    gather(account, **options)
    assert set(account["ec2"].operations) == BASE | more
    assert account["route53"].calls == []


def test_others_private_zones_are_read_where_an_endpoint_is_missing_in_an_adopted_vpc(account: dict[str, Any]) -> None:
    facts = gather(account, vpc_id="vpc-b", endpoint_services=["sts"])
    assert facts["private_zones"] == [{"name": "sts.us-east-1.amazonaws.com.", "owner": build.C, "zone_id": "Z1"}]
    account["ec2"].on("DescribeVpcEndpoints", {"VpcEndpoints": [STS]})
    facts = gather(account, vpc_id="vpc-b", endpoint_services=["sts"])
    assert (facts["private_zones"], facts["endpoint_services"]) == ([], None)
    assert len(account["route53"].calls) == 1


def test_a_removal_without_a_vpc_reads_nothing_that_a_new_one_needs(account: dict[str, Any]) -> None:
    facts = gather(account, name="another", removal=True, instance=True)
    assert (facts["vpc"], facts["launch"], facts["availability_zones"]) == (None, None, [])
    assert set(account["ec2"].operations) == {"DescribeVpcs", "DescribeTags", "DescribeVpcPeeringConnections"}


@pytest.mark.parametrize(("count", "zones"), [(2, []), (3, ["us-east-1a"])])
def test_zones_are_read_when_there_are_subnets_to_be_made(
    account: dict[str, Any], count: int, zones: list[str]
) -> None:
    assert gather(account, subnet_count=count)["availability_zones"] == zones
    assert gather(account, name="another", subnet_count=count, vpc_id="vpc-b")["availability_zones"] == []


def test_the_facts_without_a_vpc_tell_what_is_taken(account: dict[str, Any]) -> None:
    facts = gather(account, name="another")
    assert (facts["vpc"], facts["vpc_found_by"], facts["subnets"]) == (None, None, [])
    assert facts["routed_cidr_blocks"] == ["10.8.0.0/16"]
    assert facts["availability_zones"] == ["us-east-1a"]
    assert "DescribeSubnets" not in account["ec2"].operations


def tagged(*ids: str) -> dict[str, Any]:
    return {"Tags": [{"ResourceId": one, "Key": key, "Value": text} for one in ids for key, text in TAGS_B.items()]}


@pytest.mark.parametrize(
    ("found", "operation", "vpcs"),
    [
        ((), None, []),
        (("vpc-d",), None, ["vpc-d"]),
        (("sg-9",), "DescribeSecurityGroups", ["vpc-d"]),
        (("subnet-9",), "DescribeSubnets", ["vpc-d"]),
        (("vpce-9",), "DescribeVpcEndpoints", ["vpc-d"]),
        (("i-9",), "DescribeInstances", ["vpc-d"]),
        (("igw-9",), "DescribeInternetGateways", ["vpc-d"]),
        (("pcx-1",), None, []),
        (("vol-9", "sgr-9"), None, []),
    ],
)
def test_another_vpc_is_read_only_where_tags_show_something_in_it(
    account: dict[str, Any], found: tuple[str, ...], operation: str | None, vpcs: list[str]
) -> None:
    ec2 = account["ec2"]
    ec2.on("DescribeTags", tagged("vpc-b", "subnet-a", "subnet-b", "sg-o", *found))
    answers: dict[str, tuple[str, dict[str, Any]]] = {
        "DescribeSecurityGroups": ("SecurityGroups", {"GroupId": "sg-9", "GroupName": "x"}),
        "DescribeSubnets": ("Subnets", {"SubnetId": "subnet-9", "AvailabilityZone": "a"}),
        "DescribeVpcEndpoints": ("VpcEndpoints", {"VpcEndpointId": "vpce-9", "ServiceName": "s"}),
        "DescribeInternetGateways": ("InternetGateways", {"InternetGatewayId": "igw-9"}),
        "DescribeInstances": ("Reservations", {}),
    }
    if operation:
        key, raw = answers[operation]
        raw = {**raw, "VpcId": "vpc-d", "Attachments": [{"VpcId": "vpc-d"}]}
        if key == "Reservations":
            raw = {"Instances": [{**OURS_RUNNING, "InstanceId": "i-9", "VpcId": "vpc-d"}]}

        def answer(params: dict[str, Any]) -> Any:
            names = {item["Name"]: item["Values"] for item in params.get("Filters", [])}
            wanted = names.get("vpc-id", names.get("attachment.vpc-id"))
            return {key: [] if wanted == ["vpc-b"] else [raw]}

        ec2.on(operation, answer)
    facts = gather(account)
    assert [item["vpc"]["vpc_id"] for item in facts["elsewhere"]] == vpcs
    assert facts["vpc"]["vpc_id"] == "vpc-b"


def test_a_detached_gateway_of_ours_is_among_the_facts(account: dict[str, Any]) -> None:
    ec2 = account["ec2"].on("DescribeTags", tagged("vpc-b", "igw-9"))
    loose = {"InternetGatewayId": "igw-9", "Attachments": [], "Tags": tag_list(TAGS_B)}
    ec2.on(
        "DescribeInternetGateways",
        lambda params: {"InternetGateways": [loose] if params["Filters"][0]["Name"] == "internet-gateway-id" else []},
    )
    (gateway,) = gather(account)["internet_gateways"]
    assert (gateway["internet_gateway_id"], gateway["attached"]) == ("igw-9", False)


@pytest.mark.parametrize("options", [{"vpc_tags": {"Env": "none"}}, {"vpc_id": "vpc-9"}])
def test_a_name_that_fits_no_vpc_stops_no_teardown(account: dict[str, Any], options: dict[str, Any]) -> None:
    assert gather(account, removal=True, **options)["vpc"]["vpc_id"] == "vpc-b"
    with pytest.raises(ValueError, match="correct dax_account_b_vpc"):
        gather(account, **options)


def test_the_facts_are_what_the_plan_takes(account: dict[str, Any]) -> None:
    for name in ("dax-client", "another"):
        facts = gather(account, name=name, subnet_count=2, instance=True)
        plan = plan_b(facts, build.wanted_b(name=name, subnet_count=2, security_group_name="renamed"))
        assert plan["conflicts"] == []
        assert plan_b(gather(account, name=name), build.wanted_b(name=name, state="absent"))["lines"]
