# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two accounts joined by hand, so that the clients have something to talk to: no role of this collection is used."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import boto3

ACCOUNT_A = "111111111111"
ACCOUNT_B = "222222222222"
STRANGER = "333333333333"
REGION = "us-east-1"
# Where the programs run, and so where they ask STS. DAX is asked in REGION.
CONSUMER_REGION = "eu-west-1"
CLUSTERS = {"plain": "NONE", "secure": "TLS"}
NODES = 3
READ_ACTIONS = ["dax:GetItem", "dax:BatchGetItem", "dax:Query", "dax:Scan"]
WRITE_ACTIONS = ["dax:PutItem", "dax:UpdateItem", "dax:DeleteItem", "dax:BatchWriteItem", "dax:ConditionCheckItem"]
CLIENT_ROLE = f"arn:aws:iam::{ACCOUNT_B}:role/AssumeDaxRole"
READY_SECONDS = 30


@dataclass(frozen=True)
class World:
    """What was made. The documents are those that role dax_account_a would hand out, by the cluster's name."""

    instance_id: str
    documents: dict[str, dict[str, Any]]
    role: str
    read_only_role: str
    untrusting_role: str
    stranger_role: str
    table: str = "orders"
    sorted_table: str = "orders_by_number"


def client(url: str, service: str, account: str) -> Any:
    """A boto3 client of the emulator; there, the access key is the account."""
    make: Any = boto3.client  # its stubs want the service as a literal
    return make(service, region_name=REGION, endpoint_url=url, aws_access_key_id=account, aws_secret_access_key="any")


def build(url: str) -> World:
    """Make both accounts' resources in an empty emulator."""
    instance_id = _instance(url)
    roles = {
        name: _role(url, account, name, CLIENT_ROLE if trusted else f"arn:aws:iam::{account}:root", actions, resource)
        for name, account, trusted, actions, resource in (
            ("DaxCrossAccountRole", ACCOUNT_A, True, READ_ACTIONS + WRITE_ACTIONS, _arn("*")),
            ("DaxReadOnlyRole", ACCOUNT_A, True, READ_ACTIONS, _arn("*")),
            ("DaxUntrustingRole", ACCOUNT_A, False, READ_ACTIONS, _arn("*")),
            ("StrangerRole", STRANGER, True, ["dax:*"], "*"),
        )
    }
    dynamodb = client(url, "dynamodb", ACCOUNT_A)
    _table(dynamodb, World.table)
    _table(dynamodb, World.sorted_table, sort_key=True)
    documents = _clusters(url, roles["DaxCrossAccountRole"])
    return World(
        instance_id,
        documents,
        roles["DaxCrossAccountRole"],
        roles["DaxReadOnlyRole"],
        roles["DaxUntrustingRole"],
        roles["StrangerRole"],
    )


def _arn(cluster: str) -> str:
    return f"arn:aws:dax:{REGION}:{ACCOUNT_A}:cache/{cluster}"


def _instance(url: str) -> str:
    iam, ec2 = client(url, "iam", ACCOUNT_B), client(url, "ec2", ACCOUNT_B)
    iam.create_role(RoleName="AssumeDaxRole", AssumeRolePolicyDocument=_trust({"Service": "ec2.amazonaws.com"}))
    iam.put_role_policy(
        RoleName="AssumeDaxRole", PolicyName="AssumeDaxRolePolicy", PolicyDocument=_policy(["sts:AssumeRole"], "*")
    )
    iam.create_instance_profile(InstanceProfileName="AssumeDaxInstanceProfile")
    iam.add_role_to_instance_profile(InstanceProfileName="AssumeDaxInstanceProfile", RoleName="AssumeDaxRole")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    made = ec2.run_instances(
        ImageId=image, MinCount=1, MaxCount=1, IamInstanceProfile={"Name": "AssumeDaxInstanceProfile"}
    )
    return str(made["Instances"][0]["InstanceId"])


def _role(url: str, account: str, name: str, trusted: str, actions: list[str], resource: str) -> str:
    iam = client(url, "iam", account)
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_trust({"AWS": trusted}))["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="dax", PolicyDocument=_policy(actions, resource))
    return str(role["Arn"])


def _trust(principal: dict[str, str]) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _policy(actions: list[str], resource: str) -> str:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _table(dynamodb: Any, name: str, *, sort_key: bool = False) -> None:
    attributes = [("pk", "S", "HASH")] + ([("number", "N", "RANGE")] if sort_key else [])
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": kind} for each, kind, _ in attributes],
        KeySchema=[{"AttributeName": each, "KeyType": role} for each, _, role in attributes],
        BillingMode="PAY_PER_REQUEST",
    )


def _clusters(url: str, role: str) -> dict[str, dict[str, Any]]:
    ec2, dax, iam = (client(url, service, ACCOUNT_A) for service in ("ec2", "dax", "iam"))
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    dax.create_subnet_group(SubnetGroupName="clients", SubnetIds=[subnet])
    service_role = iam.create_role(
        RoleName="DaxServiceRole", AssumeRolePolicyDocument=_trust({"Service": "dax.amazonaws.com"})
    )["Role"]["Arn"]
    for name, encryption in CLUSTERS.items():
        dax.create_cluster(
            ClusterName=name,
            NodeType="dax.t3.small",
            ReplicationFactor=NODES,
            IamRoleArn=service_role,
            SubnetGroupName="clients",
            ClusterEndpointEncryptionType=encryption,
        )
    return {name: _document(_available(dax, name), vpc, role) for name in CLUSTERS}


def _available(dax: Any, name: str) -> dict[str, Any]:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        cluster: dict[str, Any] = dax.describe_clusters(ClusterNames=[name])["Clusters"][0]
        if cluster["Status"] == "available":
            return cluster
        time.sleep(0.2)
    raise TimeoutError(f"cluster {name} is not available after {READY_SECONDS} seconds")


def _document(cluster: dict[str, Any], vpc: str, role: str) -> dict[str, Any]:
    endpoint = cluster["ClusterDiscoveryEndpoint"]
    return {
        "kind": "dax.cross_account/cluster",
        "version": 1,
        "account_id": ACCOUNT_A,
        "partition": "aws",
        "region": REGION,
        "cluster_name": cluster["ClusterName"],
        "cluster_arn": cluster["ClusterArn"],
        "endpoint": {"address": endpoint["Address"], "port": endpoint["Port"], "url": endpoint["URL"]},
        "encryption_type": cluster["ClusterEndpointEncryptionType"],
        "network_type": cluster.get("NetworkType", "ipv4"),
        "vpc_id": vpc,
        "cidr_blocks": ["10.0.0.0/16"],
        "ipv6_cidr_blocks": [],
        "role_arn": role,
        "external_id": None,
    }
