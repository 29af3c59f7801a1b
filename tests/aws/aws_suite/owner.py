# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The smallest thing that account A can have: one node of dax.t3.small in a VPC of its own."""

from __future__ import annotations

import json
import time
from typing import Any

from botocore.exceptions import ClientError

from .accounts import DAX_PREFIX, IAM_PREFIX, TAG, Side

BLOCK, SUBNET_BLOCK = "10.250.0.0/24", "10.250.0.0/25"
NODE_TYPE = "dax.t3.small"
# AWS takes up to 45 minutes to make a cluster.
CLUSTER_SECONDS = 3600
ROLE_SECONDS = 180


def cluster_name(run_id: str) -> str:
    return f"{DAX_PREFIX}{run_id}"


def make(side: Side, run_id: str, poll: float) -> dict[str, Any]:
    """Make the VPC, the service role, the subnet group and the cluster, and return the cluster when it is available.

    :param poll: seconds between two looks at what takes time.
    """
    ec2, name = side.client("ec2"), cluster_name(run_id)
    tags = [{"Key": TAG, "Value": run_id}, {"Key": "Name", "Value": name}]

    def specification(kind: str) -> list[dict[str, Any]]:
        return [{"ResourceType": kind, "Tags": tags}]

    vpc_id = ec2.create_vpc(CidrBlock=BLOCK, TagSpecifications=specification("vpc"))["Vpc"]["VpcId"]
    ec2.get_waiter("vpc_available").wait(VpcIds=[vpc_id])
    subnet = _again(
        lambda: ec2.create_subnet(VpcId=vpc_id, CidrBlock=SUBNET_BLOCK, TagSpecifications=specification("subnet")),
        "InvalidVpcID.NotFound",
        poll,
    )["Subnet"]["SubnetId"]
    group = ec2.create_security_group(
        GroupName=name, Description="DAX cluster", VpcId=vpc_id, TagSpecifications=specification("security-group")
    )["GroupId"]
    role = _service_role(side, run_id)
    dax = side.client("dax")
    dax.create_subnet_group(SubnetGroupName=name, SubnetIds=[subnet])
    _again(
        lambda: dax.create_cluster(
            ClusterName=name,
            NodeType=NODE_TYPE,
            ReplicationFactor=1,
            IamRoleArn=role,
            SubnetGroupName=name,
            SecurityGroupIds=[group],
            Tags=tags,
        ),
        "InvalidParameterValueException",
        poll,
    )
    return _available(dax, name, poll)


def _service_role(side: Side, run_id: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": "dax.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return str(
        side.client("iam").create_role(
            RoleName=f"{IAM_PREFIX}{run_id}Service",
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
            Tags=[{"Key": TAG, "Value": run_id}],
        )["Role"]["Arn"]
    )


def _again(call: Any, code: str, poll: float) -> Any:
    """Return what a call returns, tried again while AWS does not know yet what was made a moment ago."""
    until = time.monotonic() + ROLE_SECONDS
    while True:
        try:
            return call()
        except ClientError as error:
            if error.response["Error"]["Code"] != code or time.monotonic() > until:
                raise
        time.sleep(poll)


def _available(dax: Any, name: str, poll: float) -> dict[str, Any]:
    until = time.monotonic() + CLUSTER_SECONDS
    while True:
        cluster = dax.describe_clusters(ClusterNames=[name])["Clusters"][0]
        if cluster.get("Status") == "available":
            return dict(cluster)
        if time.monotonic() > until:
            raise TimeoutError(f"the cluster is {cluster.get('Status')} after {CLUSTER_SECONDS} seconds")
        time.sleep(poll)
