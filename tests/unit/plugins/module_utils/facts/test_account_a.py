# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.ownership import User
from ansible_collections.dax.cross_account.plugins.module_utils.common.policies import dax_policy
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
    ec2.on("DescribeTags", {"Tags": [{**TAG, "ResourceId": name} for name in ("pcx-1", "sgr-1")]})
    dax = (
        fake_aws("dax")
        .on("DescribeClusters", {"Clusters": [cluster]})
        .on("DescribeSubnetGroups", {"SubnetGroups": [group]})
    )
    iam = fake_aws("iam").on("GetRole", aws_error("NoSuchEntity")).on("ListRoles", {"Roles": []})
    return {"ec2": ec2, "dax": dax, "iam": iam}


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
    assert sorted(names) == sorted(set(names))
    assert sorted(account["iam"].operations) == ["GetRole", "ListRoles"]
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
    groups = facts["other_security_groups"]
    assert [(item["group_id"], len(item["rules"])) for item in groups] == [("sg-2", 1)]
    assert facts["security_groups"] == []
    plan = plan_a(facts, build.wanted_a(state="absent", prune=True))
    assert build.done(plan) == [("remove", "rule:sg-2/sgr-1"), ("remove", "peering_connection:pcx-1")]


def test_nothing_is_left_of_a_cluster_that_never_was(account: dict[str, Any], aws_error: Any) -> None:
    account["dax"].on("DescribeClusters", aws_error("ClusterNotFoundFault"), {"Clusters": []})
    account["ec2"].on("DescribeTags", {"Tags": []})
    facts = gather(account)
    assert (facts["peerings"], facts["route_tables"], facts["other_security_groups"]) == ([], [], [])
    assert sorted(account["ec2"].operations) == ["DescribeTags", "DescribeVpcPeeringConnections"]
    assert plan_a(facts, build.wanted_a(state="absent"))["changes"] == 0


def test_what_lies_elsewhere_is_read_when_the_tags_show_it(account: dict[str, Any]) -> None:
    """The cluster was made anew in another VPC, with other groups."""
    old = raw_peering("pcx-9", build.KEY)
    old["AccepterVpcInfo"]["VpcId"] = "vpc-old"
    mark = User(build.CLUSTER_ARN, build.KEY).mark
    [(key, text)] = mark.items()
    tags = [{**TAG, "ResourceId": name} for name in ("pcx-1", "sgr-1", "sgr-9")]
    account["ec2"].on("DescribeTags", {"Tags": [*tags, {"Key": key, "Value": text, "ResourceId": "pcx-9"}]})
    found = [old, raw_peering("pcx-1", build.KEY)]
    account["ec2"].on("DescribeVpcPeeringConnections", {"VpcPeeringConnections": found})
    account["ec2"].on(
        "DescribeRouteTables",
        lambda params: {
            "RouteTables": [
                {"RouteTableId": f"rtb-{filters(params)['vpc-id'][0]}", "Associations": [{"Main": True}], "Routes": []}
            ]
        },
    )
    other = {**RULE, "SecurityGroupRuleId": "sgr-9", "GroupId": "sg-old"}
    account["ec2"].on(
        "DescribeSecurityGroupRules",
        lambda params: {
            "SecurityGroupRules": [RULE] if "sg-1" in filters(params).get("group-id", []) else [other],
        },
    )
    account["ec2"].on(
        "DescribeSecurityGroups",
        lambda params: {
            "SecurityGroups": [{"GroupId": name, "GroupName": name} for name in filters(params)["group-id"]]
        },
    )
    facts = gather(account, consumers=[build.KEY])
    assert [item["id"] for item in facts["peerings"]] == ["pcx-1", "pcx-9"]
    assert [item["route_table_id"] for item in facts["route_tables"]] == ["rtb-vpc-a", "rtb-vpc-old"]
    assert [item["group_id"] for item in facts["security_groups"]] == ["sg-2", "sg-1"]
    assert [item["group_id"] for item in facts["other_security_groups"]] == ["sg-old"]


def test_the_tables_of_a_vpc_that_is_shared_with_the_account_are_not_waited_for(account: dict[str, Any]) -> None:
    shared = {"VpcId": "vpc-a", "CidrBlock": "10.0.0.0/16", "OwnerId": build.C}
    account["ec2"].on("DescribeVpcs", {"Vpcs": [shared]}).on("DescribeRouteTables", {"RouteTables": []})
    facts = gather(account)
    assert (facts["route_tables"], facts["effective_route_tables"]) == ([], {})
    [conflict] = plan_a(facts, build.wanted_a())["conflicts"]
    assert f"belongs to account {build.C}" in conflict


NAME, OTHER_ARN = "DaxCrossAccountRole", build.CLUSTER_ARN.replace("orders", "stock")
OURS = f"dax.cross_account: {build.CLUSTER_ARN}"
TRUST = build.policy(build.trust(build.ROLE_B))
OWN_B, OWN_C = f"{NAME}-{build.B}-dax-client", f"{NAME}-{build.C}-new"


@pytest.mark.parametrize(
    ("name", "given", "per_consumer", "found"),
    [
        pytest.param("Old", {"description": OURS, "tags": [TAG]}, False, "other", id="renamed"),
        pytest.param("Old", {"description": OURS}, False, "other", id="its tags were taken off"),
        pytest.param("Old", {"description": "theirs", "tags": [TAG]}, False, "other", id="older than descriptions"),
        pytest.param("Old", {"description": f"{OURS} {build.KEY}"}, False, "other", id="for one consumer"),
        pytest.param(
            "Old",
            {"tags": [], "policies": {"P": dax_policy(build.CLUSTER_ARN, "read_only")}},
            False,
            "other",
            id="adopted, for this cluster",
        ),
        pytest.param(
            "Old",
            {"tags": [], "policies": {"P": dax_policy(OTHER_ARN, "read_only")}},
            False,
            "",
            id="adopted, for another cluster",
        ),
        pytest.param(
            "Old", {"tags": [{"Key": build.MARK, "Value": OTHER_ARN}]}, False, "", id="tagged for another cluster"
        ),
        pytest.param(
            "Old", {"description": f"dax.cross_account: {OTHER_ARN}"}, False, "unread", id="for another cluster"
        ),
        pytest.param("Old", {"description": f"{OURS}-2"}, False, "unread", id="for one whose name goes on"),
        pytest.param("Old", {"trust": build.policy(build.STRANGER)}, False, "unread", id="somebody's"),
        pytest.param(NAME.lower(), {"trust": build.policy(build.STRANGER)}, False, "alike", id="differs in case"),
        pytest.param(OWN_B.upper(), {"trust": build.policy(build.STRANGER)}, True, "alike", id="its own, in case"),
        pytest.param(OWN_B, {"tags": [TAG]}, True, "consumer", id="of a consumer with a connection"),
        pytest.param(OWN_C, {"tags": [TAG]}, True, "consumer", id="of a consumer of this run"),
        pytest.param(OWN_B, {"tags": [TAG]}, False, "other", id="one for each is no longer wanted"),
        pytest.param(
            f"{NAME}-{build.C}-far",
            {"tags": [TAG, {"Key": f"{build.CONSUMER}:{build.C}/far", "Value": "arn"}]},
            True,
            "consumer",
            id="of a consumer of an earlier run",
        ),
    ],
)
def test_roles_are_found_under_any_name(
    account: dict[str, Any], aws_error: Any, name: str, given: dict[str, Any], per_consumer: bool, found: str
) -> None:
    head = {
        "RoleName": name,
        "Arn": f"arn:aws:iam::{build.A}:role/{name}",
        "RoleId": "AROA0123456789ABCDEF",
        "Path": "/",
        "CreateDate": 0,
        "Description": given.get("description", ""),
        "AssumeRolePolicyDocument": json.dumps(given.get("trust", TRUST)),
    }
    policies = given.get("policies", {})
    answers = {name: {"Role": {**head, "Tags": given.get("tags", [])}}}
    iam = account["iam"]
    iam.on("ListRoles", {"Roles": [head]})
    iam.on("GetRole", lambda params: answers.get(params["RoleName"], aws_error("NoSuchEntity")))
    iam.on("ListRolePolicies", {"PolicyNames": list(policies)})
    iam.on("GetRolePolicy", lambda params: {"PolicyDocument": json.dumps(policies[params["PolicyName"]])})
    iam.on("ListAttachedRolePolicies", {"AttachedPolicies": []})
    facts = gather(account, role_per_consumer=per_consumer, consumers=[f"{build.C}/new"])
    assert list(facts["consumer_roles"]) == ([name] if found == "consumer" else [])
    assert [role["role_name"] for role in facts["other_roles"]] == ([name] if found == "other" else [])
    assert facts["role_names_alike"] == ([name] if found == "alike" else [])
    read = [params["RoleName"] for operation, params in iam.calls if operation == "GetRole"]
    assert (name in read) is (found not in ("unread", "alike"))


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
    assert "its status is deleting" in conflict
