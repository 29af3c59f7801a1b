# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One way to break each link of the demo, as somebody does it by hand: through the AWS API, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from item import CONSUMER, OWNER, client

CLUSTER = "orders"
ROLE_A, POLICY_A = "DaxCrossAccountRole", "DaxCrossAccountPolicy"
ROLE_B, POLICY_B = "AssumeDaxRole", "AssumeDaxRolePolicy"
SERVICE_ROLE = "DaxServiceRole"
TAG = "dax.cross_account:consumer"


@dataclass(frozen=True)
class Demo:
    """The two accounts of the demo."""

    url: str

    def ec2(self, account: str) -> Any:
        return client(self.url, "ec2", account)

    def iam(self, account: str) -> Any:
        return client(self.url, "iam", account)

    def peering(self) -> str:
        filters = [{"Name": "status-code", "Values": ["active"]}]
        found = self.ec2(CONSUMER).describe_vpc_peering_connections(Filters=filters)["VpcPeeringConnections"]
        return str(found[0]["VpcPeeringConnectionId"])

    def vpc_b(self) -> str:
        filters = [{"Name": f"tag:{TAG}", "Values": ["dax-client"]}]
        return str(self.ec2(CONSUMER).describe_vpcs(Filters=filters)["Vpcs"][0]["VpcId"])

    def group_a(self) -> str:
        dax = client(self.url, "dax", OWNER)
        (cluster,) = dax.describe_clusters(ClusterNames=[CLUSTER])["Clusters"]
        return str(cluster["SecurityGroups"][0]["SecurityGroupIdentifier"])


def _profile(demo: Demo) -> str:
    ec2 = demo.ec2(CONSUMER)
    for item in ec2.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]:
        ec2.disassociate_iam_instance_profile(AssociationId=item["AssociationId"])
    return "the instance lost its instance profile"


def _assume(demo: Demo) -> str:
    demo.iam(CONSUMER).delete_role_policy(RoleName=ROLE_B, PolicyName=POLICY_B)
    return f"role {ROLE_B} lost its policy {POLICY_B}"


def _sts(demo: Demo) -> str:
    ec2, vpc = demo.ec2(CONSUMER), demo.vpc_b()
    for table in ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]:
        if any(route.get("DestinationCidrBlock") == "0.0.0.0/0" for route in table["Routes"]):
            ec2.delete_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0")
    return f"{vpc} lost its route to the internet gateway"


def _trust(demo: Demo) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWNER}:root"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    demo.iam(OWNER).update_assume_role_policy(RoleName=ROLE_A, PolicyDocument=document)
    return f"role {ROLE_A} trusts its own account only"


def _rights(demo: Demo) -> str:
    demo.iam(OWNER).delete_role_policy(RoleName=ROLE_A, PolicyName=POLICY_A)
    return f"role {ROLE_A} lost its policy {POLICY_A}"


def _cluster(demo: Demo) -> str:
    iam = demo.iam(OWNER)
    names = iam.list_role_policies(RoleName=SERVICE_ROLE)["PolicyNames"]
    for name in names:
        iam.delete_role_policy(RoleName=SERVICE_ROLE, PolicyName=name)
    return f"the cluster's service role {SERVICE_ROLE} lost its policy {', '.join(names)}"


def _peering(demo: Demo) -> str:
    peering = demo.peering()
    demo.ec2(CONSUMER).delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    return f"peering connection {peering} was deleted"


def _routes(demo: Demo) -> str:
    ec2, peering = demo.ec2(OWNER), demo.peering()
    filters = [{"Name": "route.vpc-peering-connection-id", "Values": [peering]}]
    table = ec2.describe_route_tables(Filters=filters)["RouteTables"][0]
    (block,) = [
        item["DestinationCidrBlock"] for item in table["Routes"] if item.get("VpcPeeringConnectionId") == peering
    ]
    ec2.delete_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock=block)
    return f"{table['RouteTableId']} in account A lost its route to {block}"


def _groups(demo: Demo) -> str:
    ec2, group = demo.ec2(OWNER), demo.group_a()
    found = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    rules = [rule["SecurityGroupRuleId"] for rule in found if not rule["IsEgress"]]
    ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=rules)
    return f"the cluster's security group {group} lost its rules of ingress"


def _acls(demo: Demo) -> str:
    ec2, vpc = demo.ec2(CONSUMER), demo.vpc_b()
    (acl,) = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkAcls"]
    # What an earlier demo left, the fault and its fix, has the numbers before the default rule.
    for entry in acl["Entries"]:
        if entry["Egress"] and entry["RuleNumber"] < 100:
            number = {"NetworkAclId": acl["NetworkAclId"], "RuleNumber": entry["RuleNumber"]}
            ec2.delete_network_acl_entry(**number, Egress=True)
    block = {"Protocol": "6", "PortRange": {"From": 1024, "To": 65535}, "CidrBlock": "10.0.0.0/16"}
    shut: dict[str, Any] = {"NetworkAclId": acl["NetworkAclId"], "RuleNumber": 50, "RuleAction": "deny"}
    ec2.create_network_acl_entry(**shut, Egress=True, **block)
    return f"network ACL {acl['NetworkAclId']} of {vpc} lets nothing out to the cluster's VPC"


def _dns(demo: Demo) -> str:
    vpc = demo.vpc_b()
    demo.ec2(CONSUMER).modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": False})
    return f"{vpc} resolves no names any more"


# By link, in the order in which a call travels. Each returns what it has done, in words.
BREAKS: dict[str, Callable[[Demo], str]] = {
    "compute": _profile,
    "assume": _assume,
    "sts": _sts,
    "trust": _trust,
    "rights": _rights,
    "cluster": _cluster,
    "peering": _peering,
    "routes": _routes,
    "groups": _groups,
    "acls": _acls,
    "dns": _dns,
}
