# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.facts.account_a import OwnerQuery, gather_a
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_a.plan import plan_a
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

TAG = {"Key": build.MARK, "Value": build.CLUSTER_ARN}


def filters(params: dict[str, Any]) -> dict[str, list[str]]:
    return {item["Name"]: item["Values"] for item in params.get("Filters", [])}


def raw_peering(peering_id: str, key: str, requester: str = "vpc-b") -> dict[str, Any]:
    return {
        "VpcPeeringConnectionId": peering_id,
        "Status": {"Code": "active"},
        "RequesterVpcInfo": {
            "OwnerId": build.B,
            "VpcId": requester,
            "CidrBlock": "10.1.0.0/24",
            "Region": build.REGION,
        },
        "AccepterVpcInfo": {"OwnerId": build.A, "VpcId": "vpc-a", "CidrBlock": "10.0.0.0/16", "Region": build.REGION},
        "Tags": [TAG, {"Key": build.CONSUMER, "Value": key}],
    }


RULE = {
    "SecurityGroupRuleId": "sgr-1",
    "GroupId": "sg-2",
    "IpProtocol": "tcp",
    "FromPort": 8111,
    "ToPort": 8111,
    "ReferencedGroupInfo": {"GroupId": "sg-b", "UserId": build.B},
    "Description": f"dax.cross_account: orders for {build.KEY}",
    "Tags": [TAG],
}


@pytest.fixture
def account(fake_aws: Any, aws_error: Any) -> dict[str, Any]:
    """Account A with a cluster in two of its three subnets, on two tables, with two groups and a consumer."""
    group = {
        "SubnetGroupName": "orders",
        "VpcId": "vpc-a",
        "Subnets": [{"SubnetIdentifier": "subnet-2"}, {"SubnetIdentifier": "subnet-1"}],
    }
    cluster = {
        "ClusterName": "orders",
        "ClusterArn": build.CLUSTER_ARN,
        "Status": "available",
        "SubnetGroup": "orders",
        "ClusterDiscoveryEndpoint": {"Address": "a.example", "Port": 9111},
        "ClusterEndpointEncryptionType": "TLS",
        "SecurityGroups": [{"SecurityGroupIdentifier": "sg-2"}, {"SecurityGroupIdentifier": "sg-1"}],
    }
    local = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}
    tables = [
        {"RouteTableId": "rtb-main", "Associations": [{"Main": True}], "Routes": [local]},
        {"RouteTableId": "rtb-1", "Associations": [{"SubnetId": "subnet-1"}], "Routes": [local]},
    ]
    subnets = [{"SubnetId": f"subnet-{n}", "AvailabilityZone": "a", "CidrBlock": f"10.0.{n}.0/24"} for n in (1, 2, 3)]
    groups = [{"GroupId": name, "GroupName": name} for name in ("sg-1", "sg-2")]
    ec2 = fake_aws("ec2")
    ec2.on("DescribeVpcs", {"Vpcs": [{"VpcId": "vpc-a", "CidrBlock": "10.0.0.0/16"}]})
    ec2.on("DescribeSubnets", {"Subnets": subnets})
    ec2.on(
        "DescribeRouteTables",
        lambda params: {"RouteTables": tables if filters(params) == {"vpc-id": ["vpc-a"]} else []},
    )
    ec2.on("DescribeNetworkAcls", {"NetworkAcls": []})
    ec2.on(
        "DescribeSecurityGroups",
        lambda params: {"SecurityGroups": [item for item in groups if item["GroupId"] in filters(params)["group-id"]]},
    )
    ec2.on("DescribeSecurityGroupRules", {"SecurityGroupRules": [RULE]})
    ec2.on("DescribeVpcPeeringConnections", {"VpcPeeringConnections": [raw_peering("pcx-1", build.KEY)]})
    dax = (
        fake_aws("dax")
        .on("DescribeClusters", {"Clusters": [cluster]})
        .on("DescribeSubnetGroups", {"SubnetGroups": [group]})
    )
    return {"ec2": ec2, "dax": dax, "iam": fake_aws("iam").on("GetRole", aws_error("NoSuchEntity"))}


def gather(account: dict[str, Any], name: str = "Orders", **more: Any) -> Any:
    clients = {service: fake.client for service, fake in account.items()}
    query = OwnerQuery(cluster_name=name, role_name="DaxCrossAccountRole", **more)
    owner: Any = build.identity(build.A)
    return gather_a(clients, owner, build.REGION, query)


def test_the_facts_of_a_cluster(account: dict[str, Any]) -> None:
    facts = gather(account)
    assert (facts["cluster"]["cluster_name"], facts["cluster_arn"]) == ("orders", build.CLUSTER_ARN)
    assert facts["cluster"]["endpoint"]["port"] == 9111
    assert (facts["cluster_names"], facts["role"], facts["consumer_roles"]) == ([], None, {})
    assert facts["cluster_subnet_ids"] == ["subnet-1", "subnet-2"]
    assert [item["subnet_id"] for item in facts["subnets"]] == ["subnet-1", "subnet-2"]
    assert facts["effective_route_tables"] == {"subnet-1": "rtb-1", "subnet-2": "rtb-main"}
    assert [(item["group_id"], len(item["rules"])) for item in facts["security_groups"]] == [("sg-2", 1), ("sg-1", 0)]
    assert [item["id"] for item in facts["peerings"]] == ["pcx-1"]
    assert "dns_support" not in facts["vpc"]


def test_each_read_is_made_once(account: dict[str, Any]) -> None:
    gather(account)
    names = account["ec2"].operations
    twice = {name for name in names if names.count(name) > 1}
    assert twice == {"DescribeVpcPeeringConnections"}  # once for each direction
    assert "ListTags" not in account["dax"].operations


def test_the_dns_attributes_are_read_where_they_count(account: dict[str, Any]) -> None:
    account["ec2"].on(
        "DescribeVpcAttribute",
        lambda params: {params["Attribute"][0].upper() + params["Attribute"][1:]: {"Value": True}},
    )
    assert gather(account, dns=True)["vpc"]["dns_hostnames"] is True


def test_the_facts_are_what_the_plan_takes(account: dict[str, Any]) -> None:
    plan = plan_a(gather(account), build.wanted_a(consumers=[build.consumer(security_group_id="sg-b")]))
    assert plan["conflicts"] == []
    [call] = plan["writes"]["routes"]
    routes = [(item["route_table_id"], item["destination"]) for item in call["args"]["routes"]]
    assert routes == [("rtb-main", "10.1.0.0/24"), ("rtb-1", "10.1.0.0/24")]
    calls = [call["args"] for call in plan["writes"]["rules"]]
    rules = [(args.get("state", "present"), [item["from_port"] for item in args["rules"]]) for args in calls]
    assert rules == [("present", [9111]), ("absent", [8111])]
    assert [args["group_id"] for args in calls if args.get("state") == "absent"] == ["sg-2"]


def test_a_cluster_that_is_not_there_names_those_that_are(account: dict[str, Any], aws_error: Any) -> None:
    others = [{"ClusterName": name, "ClusterArn": f"arn:{name}", "Status": "available"} for name in ("users", "stock")]
    account["dax"].on("DescribeClusters", aws_error("ClusterNotFoundFault"), {"Clusters": others})
    facts = gather(account)
    assert (facts["cluster"], facts["vpc"], facts["cluster_names"]) == (None, None, ["stock", "users"])
    assert facts["cluster_arn"] == build.CLUSTER_ARN
    assert "stock, users" in plan_a(facts, build.wanted_a())["conflicts"][0]


def test_what_is_left_of_a_cluster_that_is_gone_is_found_by_its_tags(account: dict[str, Any], aws_error: Any) -> None:
    account["dax"].on("DescribeClusters", aws_error("ClusterNotFoundFault"), {"Clusters": []})
    facts = gather(account)
    assert [item["id"] for item in facts["peerings"]] == ["pcx-1"]
    assert [item["route_table_id"] for item in facts["route_tables"]] == ["rtb-main", "rtb-1"]
    assert [(item["group_id"], len(item["rules"])) for item in facts["security_groups"]] == [("sg-2", 1)]
    asked = [filters(params) for name, params in account["ec2"].calls if name == "DescribeVpcPeeringConnections"]
    assert asked == [{f"tag:{build.MARK}": [build.CLUSTER_ARN]}]
    plan = plan_a(facts, build.wanted_a(state="absent", prune=True))
    assert build.done(plan) == [("remove", "peering_connection:pcx-1"), ("remove", "rule:sg-2/sgr-1")]


def test_nothing_is_left_of_a_cluster_that_never_was(account: dict[str, Any], aws_error: Any) -> None:
    account["dax"].on("DescribeClusters", aws_error("ClusterNotFoundFault"), {"Clusters": []})
    account["ec2"].on("DescribeVpcPeeringConnections", {"VpcPeeringConnections": []})
    account["ec2"].on("DescribeSecurityGroupRules", {"SecurityGroupRules": []})
    facts = gather(account)
    assert (facts["peerings"], facts["route_tables"], facts["security_groups"]) == ([], [], [])
    assert plan_a(facts, build.wanted_a(state="absent"))["changes"] == 0


def test_the_roles_of_single_consumers(account: dict[str, Any]) -> None:
    gather(account, role_per_consumer=True, consumers=[f"{build.C}/new"])
    names = [params["RoleName"] for name, params in account["iam"].calls if name == "GetRole"]
    assert names == [
        "DaxCrossAccountRole",
        f"DaxCrossAccountRole-{build.B}-dax-client",
        f"DaxCrossAccountRole-{build.C}-new",
    ]


@pytest.mark.parametrize(
    "left",
    [
        pytest.param({"ClusterName": "orders", "ClusterArn": build.CLUSTER_ARN}, id="without status and all else"),
        pytest.param(
            {"ClusterName": "orders", "ClusterArn": build.CLUSTER_ARN, "Status": "deleting", "SubnetGroup": "orders"},
            id="its subnet group is gone",
        ),
    ],
)
def test_a_cluster_late_in_its_deletion(account: dict[str, Any], aws_error: Any, left: dict[str, Any]) -> None:
    """What earlier runs made for it is found as that of a cluster that is gone, and taken back."""
    account["dax"].on("DescribeClusters", {"Clusters": [left]})
    account["dax"].on("DescribeSubnetGroups", aws_error("SubnetGroupNotFoundFault"))
    facts = gather(account)
    assert (facts["cluster"]["status"], facts["vpc"]) == ("deleting", None)
    assert [item["id"] for item in facts["peerings"]] == ["pcx-1"]
    removal = plan_a(facts, build.wanted_a(state="absent", prune=True))
    assert removal["conflicts"] == []
    assert {action["resource_type"] for action in removal["actions"]} >= {"peering_connection", "rule"}
    [conflict] = plan_a(facts, build.wanted_a())["conflicts"]
    assert "it is being deleted" in conflict
