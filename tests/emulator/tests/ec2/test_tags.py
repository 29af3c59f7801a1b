# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of EC2's resources: what DescribeTags tells, and what is written or removed."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Account, Control, Pair, code_of, listed

Tag = tuple[str, str, str, str]


def told(account: Account, *filters: tuple[str, list[str]]) -> set[Tag]:
    """Every tag as (type, id, key, value)."""
    wanted = [{"Name": name, "Values": values} for name, values in filters]
    tags = account.ec2.describe_tags(Filters=wanted)["Tags"]
    return {(tag["ResourceType"], tag["ResourceId"], tag["Key"], tag["Value"]) for tag in tags}


def tags_of(account: Account, resource: str) -> dict[str, str]:
    return {key: value for _type, _id, key, value in told(account, ("resource-id", [resource]))}


def make_one_of_each(pair: Pair) -> dict[str, str]:
    """The ids of what account A has and this collection tags, by type."""
    ec2, vpc = pair.a.ec2, pair.vpc_a
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone="us-east-1a")["Subnet"]["SubnetId"]
    group = pair.a.group(vpc)
    permission = [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]
    rule = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=permission)["SecurityGroupRules"][0]
    image = ec2.describe_images()["Images"][0]["ImageId"]
    launched = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"][0]
    endpoint = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3")["VpcEndpoint"]
    return {
        "vpc": vpc,
        "subnet": subnet,
        "route-table": ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"],
        "internet-gateway": ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"],
        "security-group": group,
        "security-group-rule": rule["SecurityGroupRuleId"],
        "instance": launched["InstanceId"],
        "network-interface": launched["NetworkInterfaces"][0]["NetworkInterfaceId"],
        "vpc-endpoint": endpoint["VpcEndpointId"],
        "vpc-peering-connection": pair.request(),
    }


def test_every_tagged_resource_is_told_by_its_type(pair: Pair) -> None:
    made = make_one_of_each(pair)
    pair.a.ec2.create_tags(Resources=list(made.values()), Tags=listed({"team": "cache"}))
    expected = {(kind, resource, "team", "cache") for kind, resource in made.items()}
    assert told(pair.a, ("key", ["team"])) == expected
    for kind in made:
        assert told(pair.a, ("resource-type", [kind]), ("tag:team", ["ca*"])) == {(kind, made[kind], "team", "cache")}
    assert told(pair.b, ("key", ["team"])) == set()


def test_each_account_has_tags_of_its_own_on_a_peering(pair: Pair) -> None:
    peering = pair.request(
        TagSpecifications=[{"ResourceType": "vpc-peering-connection", "Tags": listed({"side": "b"})}]
    )
    pair.a.ec2.create_tags(Resources=[peering], Tags=listed({"side": "a"}))
    for account, value in ((pair.a, "a"), (pair.b, "b")):
        assert told(account) == {("vpc-peering-connection", peering, "side", value)}
    pair.a.ec2.delete_tags(Resources=[peering])
    assert (tags_of(pair.a, peering), tags_of(pair.b, peering)) == ({}, {"side": "b"})


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ([("key", ["a"])], {"1a", "2a"}),
        ([("value", ["x"])], {"1a", "2b"}),
        ([("key", ["a", "b"]), ("value", ["x"])], {"1a", "2b"}),
        ([("tag:a", ["x"])], {"1a"}),
        ([("tag:a", ["x", "y"])], {"1a", "2a"}),
        ([("tag:a", ["?"])], {"1a", "2a"}),
        ([("tag:A", ["x"])], set()),
        ([("tag:a", ["x"]), ("tag:b", ["x"])], set()),
        ([("resource-type", ["subnet"])], set()),
    ],
)
def test_filters(account: Account, filters: list[tuple[str, list[str]]], found: set[str]) -> None:
    names = {}
    for number, tags in (("1", {"a": "x", "c": "z"}), ("2", {"a": "y", "b": "x"})):
        vpc, _ = account.vpc(f"10.{number}.0.0/16")
        account.ec2.create_tags(Resources=[vpc], Tags=listed(tags))
        names[vpc] = number
    assert {names[resource] + key for _type, resource, key, _value in told(account, *filters)} == found


def test_filters_have_limits_and_known_names(account: Account) -> None:
    describe = account.ec2.describe_tags
    values = [f"vpc-{number:017x}" for number in range(201)]
    assert describe(Filters=[{"Name": "resource-id", "Values": values[:200]}])["Tags"] == []
    assert code_of(describe, Filters=[{"Name": "resource-id", "Values": values}]) == "FilterLimitExceeded"
    assert code_of(describe, Filters=[{"Name": "colour", "Values": ["red"]}]) == "InvalidParameterValue"


def test_pages(account: Account) -> None:
    vpc, _ = account.vpc("10.0.0.0/16")
    account.ec2.create_tags(Resources=[vpc], Tags=listed({str(number): "" for number in range(12)}))
    pages = list(account.ec2.get_paginator("describe_tags").paginate(PaginationConfig={"PageSize": 5}))
    assert [len(each["Tags"]) for each in pages] == [5, 5, 2]


def test_what_is_gone_has_no_tags(account: Account) -> None:
    vpc, _ = account.vpc("10.0.0.0/16")
    group = account.group(vpc)
    account.ec2.create_tags(Resources=[vpc, group], Tags=listed({"a": "x"}))
    account.ec2.delete_security_group(GroupId=group)
    assert told(account) == {("vpc", vpc, "a", "x")}


MISSING = {
    "vpc": "InvalidVpcID.NotFound",
    "subnet": "InvalidSubnetID.NotFound",
    "rtb": "InvalidRouteTableID.NotFound",
    "igw": "InvalidInternetGatewayID.NotFound",
    "sg": "InvalidGroup.NotFound",
    "sgr": "InvalidSecurityGroupRuleId.NotFound",
    "i": "InvalidInstanceID.NotFound",
    "eni": "InvalidNetworkInterfaceID.NotFound",
    "acl": "InvalidNetworkAclID.NotFound",
    "vpce": "InvalidVpcEndpointId.NotFound",
    "pcx": "InvalidVpcPeeringConnectionID.NotFound",
}


@pytest.mark.parametrize(("prefix", "code"), MISSING.items())
def test_what_is_not_there_is_refused_and_nothing_is_written(account: Account, prefix: str, code: str) -> None:
    vpc, _ = account.vpc("10.0.0.0/16")
    account.ec2.create_tags(Resources=[vpc], Tags=listed({"a": "x"}))
    wanted: dict[str, Any] = {"Resources": [vpc, f"{prefix}-0123456789abcdef0"]}
    assert code_of(account.ec2.create_tags, **wanted, Tags=listed({"b": "y"})) == code
    assert code_of(account.ec2.delete_tags, **wanted, Tags=[{"Key": "a"}]) == code
    assert tags_of(account, vpc) == {"a": "x"}


def test_a_strangers_peering_cannot_be_tagged(pair: Pair, control: Control) -> None:
    stranger = Account(control.url, "299999999997")
    peering = pair.request()
    wanted = {"Resources": [peering], "Tags": listed({"a": "x"})}
    assert code_of(stranger.ec2.create_tags, **wanted) == "InvalidVpcPeeringConnectionID.NotFound"
    control.settings(peering_accept_seconds=600)
    assert code_of(pair.a.ec2.create_tags, **wanted) == "InvalidVpcPeeringConnectionID.NotFound"


@pytest.mark.parametrize(
    ("tags", "left"),
    [
        ([{"Key": "a"}], {"b": "", "c": "z"}),
        ([{"Key": "a", "Value": "x"}], {"b": "", "c": "z"}),
        ([{"Key": "a", "Value": "y"}], {"a": "x", "b": "", "c": "z"}),
        ([{"Key": "a", "Value": ""}], {"a": "x", "b": "", "c": "z"}),
        ([{"Key": "b", "Value": ""}, {"Key": "c"}], {"a": "x"}),
        ([{"Key": "A"}, {"Key": "d"}], {"a": "x", "b": "", "c": "z"}),
        ([], {}),
        (None, {}),
    ],
)
def test_removal(account: Account, tags: list[dict[str, str]] | None, left: dict[str, str]) -> None:
    vpc, _ = account.vpc("10.0.0.0/16")
    account.ec2.create_tags(Resources=[vpc], Tags=listed({"a": "x", "b": "", "c": "z"}))
    account.ec2.delete_tags(Resources=[vpc], **({} if tags is None else {"Tags": tags}))
    assert tags_of(account, vpc) == left


def test_tags_of_aws_cannot_be_removed(account: Account) -> None:
    vpc, _ = account.vpc("10.0.0.0/16")
    wanted = {"Resources": [vpc], "Tags": [{"Key": "aws:cloudformation:stack-name"}]}
    assert code_of(account.ec2.delete_tags, **wanted) == "InvalidParameterValue"


def test_a_replica_that_is_behind_tells_old_tags(account: Account, control: Control) -> None:
    vpc, _ = account.vpc("10.0.0.0/16")
    account.ec2.create_tags(Resources=[vpc], Tags=listed({"a": "old"}))
    control.settings(replica_seconds=600)
    account.ec2.create_tags(Resources=[vpc], Tags=listed({"a": "new"}))
    assert [told(account, ("tag:a", ["*"])) for _ in range(2)] == [{("vpc", vpc, "a", each)} for each in ("new", "old")]
