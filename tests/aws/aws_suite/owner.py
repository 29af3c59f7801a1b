# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The smallest thing that account A can have: one node of dax.t3.small in a VPC of its own."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from .accounts import DAX_PREFIX, IAM_PREFIX, TAG, Side

BLOCK = "10.250.0.0/24"
# A subnet in each of three zones, since not every zone has every type of node.
SUBNET_BLOCKS = ("10.250.0.0/26", "10.250.0.64/26", "10.250.0.128/26")
NODE_TYPE = "dax.t3.small"
# AWS takes up to 45 minutes to make a cluster.
CLUSTER_SECONDS = 3600
NEW_SECONDS = 180
# What DAX says of a role, a subnet or a group that it does not know yet.
_NEW = ("InvalidParameterValueException", "InvalidSubnet", "SubnetGroupNotFoundFault")


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
    found = ec2.describe_availability_zones(Filters=[{"Name": "zone-type", "Values": ["availability-zone"]}])
    zones = sorted(zone["ZoneName"] for zone in found["AvailabilityZones"])
    subnets = [
        _again(
            ec2.create_subnet,
            poll,
            VpcId=vpc_id,
            CidrBlock=block,
            AvailabilityZone=zone,
            TagSpecifications=specification("subnet"),
        )["Subnet"]["SubnetId"]
        for block, zone in zip(SUBNET_BLOCKS, zones, strict=False)
    ]
    group = _again(
        ec2.create_security_group,
        poll,
        GroupName=name,
        Description="DAX cluster",
        VpcId=vpc_id,
        TagSpecifications=specification("security-group"),
    )["GroupId"]
    role = _service_role(side, run_id)
    dax = side.client("dax")
    _again(dax.create_subnet_group, poll, SubnetGroupName=name, SubnetIds=subnets)
    _again(
        dax.create_cluster,
        poll,
        ClusterName=name,
        NodeType=NODE_TYPE,
        ReplicationFactor=1,
        IamRoleArn=role,
        SubnetGroupName=name,
        SecurityGroupIds=[group],
        Tags=tags,
    )
    return _available(dax, name, poll)


def _service_role(side: Side, run_id: str) -> str:
    name = f"{IAM_PREFIX}{run_id}Service"
    statement = {"Effect": "Allow", "Principal": {"Service": "dax.amazonaws.com"}, "Action": "sts:AssumeRole"}
    side.client("iam").create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        Tags=[{"Key": TAG, "Value": run_id}],
    )
    # Of a role that is seconds old, IAM may tell its unique id in place of the ARN.
    return f"arn:{side.identity['partition']}:iam::{side.account_id}:role/{name}"


def _again(call: Callable[..., Any], poll: float, **params: Any) -> Any:
    """Return what a call returns, tried again while AWS does not know everywhere yet what was made a moment ago."""
    until = time.monotonic() + NEW_SECONDS
    while True:
        try:
            return call(**params)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if not (code.endswith(".NotFound") or code in _NEW) or time.monotonic() > until:
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
