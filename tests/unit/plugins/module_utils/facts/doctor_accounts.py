# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two accounts as AWS answers of them, for the tests of what the doctor reads."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

LIMIT = "arn:aws:iam::aws:policy/Limit"
MANAGED = "arn:aws:iam::222222222222:policy/More"


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def answer_ec2(ec2: Any, vpc_id: str, block: str, tags: dict[str, str], zone: str = "us-east-1a") -> None:
    """Give a VPC with a subnet in each of two zones, a default route to a NAT gateway, and a route by a prefix list."""
    requester = {"OwnerId": build.B, "VpcId": "vpc-b", "CidrBlock": build.BLOCK_B}
    accepter = {"OwnerId": build.A, "VpcId": "vpc-a", "CidrBlock": build.BLOCK_A}
    pcx = {"VpcPeeringConnectionId": "pcx-1", "Status": {"Code": "active"}, "RequesterVpcInfo": requester}
    routes = [
        {"DestinationCidrBlock": block, "GatewayId": "local"},
        {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"},
        {"DestinationPrefixListId": "pl-1", "VpcPeeringConnectionId": "pcx-1"},
    ]
    subnets = [
        {"SubnetId": f"subnet-{name}", "VpcId": vpc_id, "AvailabilityZone": zone[:-1] + name, "CidrBlock": part}
        for name, part in (("a", block.replace("/16", "/24")), ("b", block.replace(".0.0/16", ".1.0/24")))
    ]
    ec2.on("DescribeVpcs", {"Vpcs": [{"VpcId": vpc_id, "CidrBlock": block, "Tags": tag_list(tags)}]})
    ec2.on(
        "DescribeVpcAttribute", lambda given: {given["Attribute"][0].upper() + given["Attribute"][1:]: {"Value": True}}
    )
    ec2.on("DescribeVpcPeeringConnections", {"VpcPeeringConnections": [{**pcx, "AccepterVpcInfo": accepter}]})
    ec2.on("DescribeSubnets", {"Subnets": subnets})
    table = {"RouteTableId": "rtb-1", "Associations": [{"Main": True}], "Routes": routes}
    ec2.on("DescribeRouteTables", {"RouteTables": [table]})
    ec2.on("DescribeManagedPrefixLists", {"PrefixLists": [{"PrefixListId": "pl-1", "OwnerId": build.B}]})
    ec2.on("GetManagedPrefixListEntries", {"Entries": [{"Cidr": "10.5.0.0/16"}]})
    ec2.on("DescribeNetworkAcls", {"NetworkAcls": []})
    ec2.on("DescribeSecurityGroups", lambda given: {"SecurityGroups": [_group(item) for item in _asked(given)]})
    ec2.on("DescribeSecurityGroupRules", {"SecurityGroupRules": []})


def _asked(given: dict[str, Any]) -> list[str]:
    found = [item["Values"] for item in given["Filters"] if item["Name"] == "group-id"]
    return list(found[0]) if found else ["sg-b"]


def _group(group_id: str) -> dict[str, Any]:
    return {"GroupId": group_id, "GroupName": "dax-client", "VpcId": "vpc-b"}


def answer_iam(iam: Any) -> None:
    """Give every role an inline policy, a managed one and a boundary, and a profile with a role."""
    # IAM sends documents as text, which botocore reads, in the very answer: each call needs one of its own.
    trust, empty, second = map(
        json.dumps, (build.policy(build.trust(build.ROLE_B)), {"Statement": []}, {"Statement": [{"Sid": "v2"}]})
    )

    def role(given: dict[str, Any]) -> dict[str, Any]:
        name = given["RoleName"]
        shape = {"RoleName": name, "Arn": f"arn:aws:iam::{build.B}:role/{name}", "RoleId": "AROA1", "Path": "/"}
        more = {"AssumeRolePolicyDocument": trust, "PermissionsBoundary": {"PermissionsBoundaryArn": LIMIT}}
        return {"Role": {**shape, **more, "CreateDate": "2026-01-01T00:00:00Z", "MaxSessionDuration": 3600}}

    iam.on("GetRole", role)
    iam.on("ListRolePolicies", {"PolicyNames": ["Own"]})
    iam.on("GetRolePolicy", lambda _given: {"RoleName": "x", "PolicyName": "Own", "PolicyDocument": empty})
    iam.on("ListAttachedRolePolicies", {"AttachedPolicies": [{"PolicyArn": MANAGED, "PolicyName": "More"}]})
    iam.on("GetPolicy", lambda given: {"Policy": {"PolicyName": given["PolicyArn"][-5:], "DefaultVersionId": "v2"}})
    iam.on("GetPolicyVersion", lambda _given: {"PolicyVersion": {"Document": second}})
    heads = [{"RoleName": name} for name in ("Dax-222222222222-web", "Dax-222222222222-app", "Other")]
    iam.on("ListRoles", lambda _given: {"Roles": [{**head, "AssumeRolePolicyDocument": empty} for head in heads]})
    profile = {"InstanceProfileName": "P", "Arn": "arn:aws:iam::2:instance-profile/P", "InstanceProfileId": "AIPA1"}
    iam.on("GetInstanceProfile", {"InstanceProfile": {**profile, "Path": "/", "Roles": [{"RoleName": "App"}]}})


def answer_dax(dax: Any) -> None:
    nodes = [
        {"NodeId": f"orders-{name}", "AvailabilityZone": f"us-east-1{name}", "NodeStatus": "available"}
        for name in ("a", "b")
    ]
    cluster = {
        "ClusterName": "orders",
        "ClusterArn": build.CLUSTER_ARN,
        "Status": "available",
        "ClusterDiscoveryEndpoint": {"Address": "orders.example", "Port": 8111, "URL": "dax://orders.example"},
        "SubnetGroup": "dax",
        "SecurityGroups": [{"SecurityGroupIdentifier": "sg-a", "Status": "active"}],
        "IamRoleArn": f"arn:aws:iam::{build.A}:role/path/DaxService",
        "Nodes": nodes,
    }
    dax.on("DescribeClusters", {"Clusters": [cluster]})
    subnets = [{"SubnetIdentifier": f"subnet-{zone}", "SubnetAvailabilityZone": f"us-east-1{zone}"} for zone in "ab"]
    group = {"SubnetGroupName": "dax", "VpcId": "vpc-a", "Subnets": subnets}
    dax.on("DescribeSubnetGroups", {"SubnetGroups": [group]})


def answer_consumer(ec2: Any, route53: Any) -> None:
    """Give what only account B is asked for: an instance, gateways, an endpoint with a policy, a private zone."""
    instance = {
        "InstanceId": "i-1",
        "State": {"Name": "running"},
        "InstanceType": "t3.micro",
        "ImageId": "ami-1",
        "VpcId": "vpc-b",
        "SubnetId": "subnet-a",
        "SecurityGroups": [{"GroupId": "sg-b"}],
        "IamInstanceProfile": {"Arn": "arn:aws:iam::2:instance-profile/P", "Id": "AIPA1"},
        "Tags": tag_list(build.TAGS_B),
    }
    ec2.on("DescribeInstances", {"Reservations": [{"Instances": [instance]}]})
    ec2.on("DescribeInternetGateways", {"InternetGateways": []})
    ec2.on("DescribeNatGateways", {"NatGateways": [{"NatGatewayId": "nat-1", "State": "available", "SubnetId": "s"}]})
    endpoint = {
        "VpcEndpointId": "vpce-1",
        "ServiceName": "com.amazonaws.us-east-1.sts",
        "VpcEndpointType": "Interface",
        "State": "Available",
        "Groups": [{"GroupId": "sg-sts"}],
        "PolicyDocument": json.dumps({"Statement": []}),
    }
    ec2.on("DescribeVpcEndpoints", {"VpcEndpoints": [endpoint]})
    zone = {"HostedZoneId": "Z1", "Name": "example.", "Owner": {"OwningAccount": build.B}}
    route53.on("ListHostedZonesByVPC", {"HostedZoneSummaries": [zone], "MaxItems": "100"})
