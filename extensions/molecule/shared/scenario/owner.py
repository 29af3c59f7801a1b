# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An owner's account with its DAX cluster and a consumer's account, made by plain boto3 in a second.

As a program: ``python -m scenario.owner cluster ACCOUNT DOCUMENT`` makes the owner's side and writes the cluster
document, ``python -m scenario.owner consumer OWNER ACCOUNT DOCUMENT`` both sides and the consumer document.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from .accounts import Account

CLUSTER = "orders"


@dataclass(frozen=True)
class Owner:
    """What the owner of the cluster has made."""

    account: Account
    vpc_id: str
    subnet_ids: list[str]
    # Of the first two subnets; the third one follows the main table.
    custom_tables: list[str]
    main_table: str
    # Belongs to a subnet that has nothing to do with DAX.
    other_table: str
    group_id: str
    cluster_arn: str

    @property
    def tables(self) -> list[str]:
        """Return the tables that the cluster's subnets follow."""
        return [*self.custom_tables, self.main_table]


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make_owner(
    account: Account,
    block: str = "10.0.0.0/16",
    *,
    secondary_block: str = "",
    network_type: str = "ipv4",
    encryption_type: str = "NONE",
    with_default_group: bool = False,
    dns_hostnames: bool = False,
) -> Owner:
    """Make a VPC, three DAX subnets in three zones, two tables of their own, a security group and a cluster.

    :param secondary_block: a further /16 of the VPC, in which the DAX subnets then are.
    :param with_default_group: gives the cluster the VPC's default security group too, before its own.
    """
    ec2 = account.ec2
    ipv6 = network_type != "ipv4"
    vpc = ec2.create_vpc(CidrBlock=block, AmazonProvidedIpv6CidrBlock=ipv6)["Vpc"]
    vpc_id, prefix = vpc["VpcId"], (secondary_block or block).rsplit(".", 2)[0]
    if secondary_block:
        ec2.associate_vpc_cidr_block(VpcId=vpc_id, CidrBlock=secondary_block)
    if dns_hostnames:
        ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True})
    ipv6_blocks = subnets_of(ec2, vpc_id) if ipv6 else []
    zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]]
    subnet_ids = []
    for number in range(3):
        options = {"Ipv6CidrBlock": ipv6_blocks[number]} if ipv6 else {}
        zone = zones[number % len(zones)]
        subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"{prefix}.{number}.0/24", AvailabilityZone=zone, **options)
        subnet_ids.append(subnet["Subnet"]["SubnetId"])
    other_block = f"{block.rsplit('.', 2)[0]}.9.0/24"
    other_subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock=other_block, AvailabilityZone=zones[0])
    other = other_subnet["Subnet"]["SubnetId"]
    tables = []
    for subnet_id in [*subnet_ids[:2], other]:
        tables.append(ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"])
        ec2.associate_route_table(RouteTableId=tables[-1], SubnetId=subnet_id)
    main = ec2.describe_route_tables(
        Filters=[{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "association.main", "Values": ["true"]}]
    )["RouteTables"][0]["RouteTableId"]
    group_id = ec2.create_security_group(GroupName="dax", Description="DAX", VpcId=vpc_id)["GroupId"]
    filters = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "group-name", "Values": ["default"]}]
    default = ec2.describe_security_groups(Filters=filters)["SecurityGroups"][0]["GroupId"]
    account.dax.create_subnet_group(SubnetGroupName="dax", SubnetIds=subnet_ids)
    cluster = account.dax.create_cluster(
        ClusterName=CLUSTER,
        NodeType="dax.t3.small",
        ReplicationFactor=3,
        IamRoleArn=_service_role(account),
        SubnetGroupName="dax",
        SecurityGroupIds=[default, group_id] if with_default_group else [group_id],
        ClusterEndpointEncryptionType=encryption_type,
        NetworkType=network_type,
    )["Cluster"]
    return Owner(account, vpc_id, subnet_ids, tables[:2], main, tables[2], group_id, cluster["ClusterArn"])


def make_further_cluster(owner: Owner, name: str) -> Owner:
    """Make another cluster in the same subnets, with a security group of its own, and return it as what is owned."""
    account = owner.account
    group = account.ec2.create_security_group(GroupName=name, Description="DAX", VpcId=owner.vpc_id)["GroupId"]
    cluster = account.dax.create_cluster(
        ClusterName=name,
        NodeType="dax.t3.small",
        ReplicationFactor=1,
        IamRoleArn=_service_role(account),
        SubnetGroupName="dax",
        SecurityGroupIds=[group],
    )["Cluster"]
    return replace(owner, group_id=group, cluster_arn=cluster["ClusterArn"])


def move_cluster(owner: Owner, block: str) -> Owner:
    """Delete the cluster, and make it anew under its name in a new VPC with this block. The old VPC stays as it is."""
    dax = owner.account.dax
    dax.delete_cluster(ClusterName=CLUSTER)
    dax.delete_subnet_group(SubnetGroupName="dax")
    return make_owner(owner.account, block)


def _service_role(account: Account) -> str:
    """Return the ARN of the clusters' service role, which is made for the first one."""
    iam = account.iam
    for role in iam.list_roles()["Roles"]:
        if role["RoleName"] == "DaxService":
            return str(role["Arn"])
    made = iam.create_role(RoleName="DaxService", AssumeRolePolicyDocument=trust("dax.amazonaws.com"))
    tables = f"arn:aws:dynamodb:*:{account.id}:table/orders"
    statement = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": tables}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="DaxService", PolicyName="tables", PolicyDocument=document)
    return str(made["Role"]["Arn"])


def subnets_of(ec2: Any, vpc_id: str) -> list[str]:
    """Return the /64 blocks of a VPC's IPv6 block."""
    (vpc,) = ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"]
    return [
        str(part)
        for association in vpc["Ipv6CidrBlockAssociationSet"]
        for part in ip_network(association["Ipv6CidrBlock"]).subnets(new_prefix=64)
    ]


def cluster_document(owner: Owner) -> dict[str, Any]:
    """Return what a colleague in account A would mail: written from AWS's own answers, not by this collection."""
    account = owner.account
    cluster = account.dax.describe_clusters(ClusterNames=[CLUSTER])["Clusters"][0]
    endpoint = cluster["ClusterDiscoveryEndpoint"]
    vpc = account.ec2.describe_vpcs(VpcIds=[owner.vpc_id])["Vpcs"][0]
    return {
        "kind": "dax.cross_account/cluster",
        "version": 1,
        "account_id": account.id,
        "partition": "aws",
        "region": account.region,
        "cluster_name": CLUSTER,
        "cluster_arn": owner.cluster_arn,
        "endpoint": {"address": endpoint["Address"], "port": endpoint["Port"], "url": endpoint["URL"]},
        "encryption_type": "NONE",
        "network_type": "ipv4",
        "vpc_id": owner.vpc_id,
        "cidr_blocks": [each["CidrBlock"] for each in vpc["CidrBlockAssociationSet"]],
        "ipv6_cidr_blocks": [],
        "role_arn": f"arn:aws:iam::{account.id}:role/DaxCrossAccountRole",
        "external_id": None,
    }


def make_consumer(account: Account, owner: Owner, block: str = "10.50.0.0/24") -> dict[str, Any]:
    """Make a consumer's side without this collection, up to the peering request, and return its document."""
    ec2 = account.ec2
    role = account.iam.create_role(RoleName="AssumeDaxRole", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
    vpc_id = ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"]
    group_id = ec2.create_security_group(GroupName="client", Description="Client", VpcId=vpc_id)["GroupId"]
    peering = ec2.create_vpc_peering_connection(VpcId=vpc_id, PeerVpcId=owner.vpc_id, PeerOwnerId=owner.account.id)
    return {
        "kind": "dax.cross_account/consumer",
        "version": 1,
        "name": "reports",
        "cluster_arn": owner.cluster_arn,
        "account_id": account.id,
        "partition": "aws",
        "region": account.region,
        "role_arn": role["Role"]["Arn"],
        "vpc_id": vpc_id,
        "cidr_blocks": [block],
        "ipv6_cidr_blocks": [],
        "peering_connection_id": peering["VpcPeeringConnection"]["VpcPeeringConnectionId"],
        "peering_managed": True,
        "security_group_id": group_id,
        "external_id": None,
    }


def main(arguments: list[str]) -> None:
    kind, *accounts, path = arguments
    owner = make_owner(Account(accounts[0]))
    document = cluster_document(owner) if kind == "cluster" else make_consumer(Account(accounts[1]), owner)
    Path(path).write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
