# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rights that a run of each side needs. Written by `make generate` from tools/permissions.py. Pure."""

from __future__ import annotations

from typing import NamedTuple


class Right(NamedTuple):
    """Actions that are needed on the same resources, as a statement of docs/permissions_a.json or _b.json has them.

    :ivar sid: the statement.
    :ivar actions: such as ``ec2:CreateVpc``.
    :ivar resources: ARNs with ``*`` for what differs from run to run; ``*`` alone for any resource.
    :ivar context: condition keys that a call brings along, and their values; ``CLUSTER`` stands for the cluster's ARN.
    """

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    context: dict[str, str]


def _right(sid: str, actions: str, resources: str, context: dict[str, str] | None = None) -> Right:
    return Right(sid, tuple(actions.split()), tuple(resources.split()), context or {})


RIGHTS: dict[str, tuple[Right, ...]] = {
    "a": (
        _right(
            "ReadNetwork",
            """
            ec2:DescribeManagedPrefixLists ec2:DescribeNetworkAcls ec2:DescribeRegions ec2:DescribeRouteTables
            ec2:DescribeSecurityGroupRules ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeTags
            ec2:DescribeVpcPeeringConnections ec2:DescribeVpcs
            """,
            "*",
        ),
        _right(
            "ReadVpc",
            "ec2:DescribeVpcAttribute",
            "arn:aws:ec2:*:*:vpc/*",
        ),
        _right(
            "ReadCluster",
            "dax:DescribeClusters dax:DescribeSubnetGroups",
            "*",
        ),
        _right(
            "FindRoles",
            "iam:ListRoles",
            "*",
        ),
        _right(
            "ReadRoles",
            "iam:GetRole iam:GetRolePolicy iam:ListAttachedRolePolicies iam:ListRolePolicies",
            "arn:aws:iam::*:role/*",
        ),
        _right(
            "Role",
            """
            iam:CreateRole iam:DeleteRole iam:DeleteRolePermissionsBoundary iam:DeleteRolePolicy
            iam:DetachRolePolicy iam:ListInstanceProfilesForRole iam:PutRolePermissionsBoundary
            iam:PutRolePolicy iam:TagRole iam:UntagRole iam:UpdateAssumeRolePolicy iam:UpdateRole
            """,
            "arn:aws:iam::*:role/DaxCrossAccountRole arn:aws:iam::*:role/DaxCrossAccountRole-*",
        ),
        _right(
            "Peering",
            "ec2:AcceptVpcPeeringConnection",
            "arn:aws:ec2:*:*:vpc/* arn:aws:ec2:*:*:vpc-peering-connection/*",
        ),
        _right(
            "Peering",
            "ec2:DeleteVpcPeeringConnection ec2:ModifyVpcPeeringConnectionOptions ec2:RejectVpcPeeringConnection",
            "arn:aws:ec2:*:*:vpc-peering-connection/*",
        ),
        _right(
            "Routes",
            "ec2:CreateRoute ec2:DeleteRoute ec2:ReplaceRoute",
            "arn:aws:ec2:*:*:route-table/*",
        ),
        _right(
            "Rules",
            "ec2:AuthorizeSecurityGroupIngress",
            "arn:aws:ec2:*:*:security-group/* arn:aws:ec2:*:*:security-group-rule/*",
        ),
        _right(
            "Rules",
            "ec2:RevokeSecurityGroupIngress ec2:UpdateSecurityGroupRuleDescriptionsIngress",
            "arn:aws:ec2:*:*:security-group/*",
        ),
        _right(
            "Tags",
            "ec2:CreateTags ec2:DeleteTags",
            "arn:aws:ec2:*:*:security-group-rule/* arn:aws:ec2:*:*:vpc-peering-connection/*",
        ),
        _right(
            "ReadPrefixLists",
            "ec2:GetManagedPrefixListEntries",
            "arn:aws:ec2:*:*:prefix-list/*",
        ),
        _right(
            "ReadQuotas",
            "iam:GetAccountSummary servicequotas:GetServiceQuota",
            "*",
        ),
    ),
    "b": (
        _right(
            "Read",
            """
            ec2:DescribeAvailabilityZones ec2:DescribeEgressOnlyInternetGateways
            ec2:DescribeIamInstanceProfileAssociations ec2:DescribeImages ec2:DescribeInstanceStatus
            ec2:DescribeInstanceTypeOfferings ec2:DescribeInstanceTypes ec2:DescribeInstances
            ec2:DescribeInternetGateways ec2:DescribeKeyPairs ec2:DescribeManagedPrefixLists
            ec2:DescribeNatGateways ec2:DescribeNetworkAcls ec2:DescribeNetworkInterfaces ec2:DescribeRegions
            ec2:DescribeRouteTables ec2:DescribeSecurityGroupRules ec2:DescribeSecurityGroups
            ec2:DescribeSubnets ec2:DescribeTags ec2:DescribeVpcEndpointServices ec2:DescribeVpcEndpoints
            ec2:DescribeVpcPeeringConnections ec2:DescribeVpcs ec2:DescribeVpnGateways
            """,
            "*",
        ),
        _right(
            "ReadAttributes",
            "ec2:DescribeInstanceAttribute",
            "arn:aws:ec2:*:*:instance/*",
        ),
        _right(
            "ReadAttributes",
            "ec2:DescribeVpcAttribute",
            "arn:aws:ec2:*:*:vpc/*",
        ),
        _right(
            "ReadPrefixLists",
            "ec2:GetManagedPrefixListEntries",
            "arn:aws:ec2:*:*:prefix-list/*",
        ),
        _right(
            "ReadQuotas",
            "iam:GetAccountSummary servicequotas:GetServiceQuota",
            "*",
        ),
        _right(
            "Role",
            """
            iam:CreateRole iam:DeleteRole iam:DeleteRolePermissionsBoundary iam:DeleteRolePolicy
            iam:DetachRolePolicy iam:GetRole iam:GetRolePolicy iam:ListAttachedRolePolicies
            iam:ListInstanceProfilesForRole iam:ListRolePolicies iam:PutRolePermissionsBoundary
            iam:PutRolePolicy iam:TagRole iam:UntagRole iam:UpdateAssumeRolePolicy iam:UpdateRole
            """,
            "arn:aws:iam::*:role/AssumeDaxRole",
        ),
        _right(
            "FindRoles",
            "iam:ListInstanceProfiles iam:ListRoles",
            "*",
        ),
        _right(
            "RoleForSsm",
            "iam:AttachRolePolicy",
            "arn:aws:iam::*:role/AssumeDaxRole",
            {"iam:PolicyARN": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"},
        ),
        _right(
            "PassRole",
            "iam:PassRole",
            "arn:aws:iam::*:role/AssumeDaxRole",
            {"iam:PassedToService": "ec2.amazonaws.com"},
        ),
        _right(
            "InstanceProfile",
            """
            iam:AddRoleToInstanceProfile iam:CreateInstanceProfile iam:DeleteInstanceProfile
            iam:GetInstanceProfile iam:RemoveRoleFromInstanceProfile iam:TagInstanceProfile
            iam:UntagInstanceProfile
            """,
            "arn:aws:iam::*:instance-profile/AssumeDaxInstanceProfile",
        ),
        _right(
            "Make",
            "ec2:CreateInternetGateway",
            "arn:aws:ec2:*:*:internet-gateway/*",
            {"aws:RequestTag/dax.cross_account:cluster": "CLUSTER"},
        ),
        _right(
            "Make",
            "ec2:CreateSecurityGroup",
            "arn:aws:ec2:*:*:security-group/* arn:aws:ec2:*:*:vpc/*",
            {"aws:RequestTag/dax.cross_account:cluster": "CLUSTER"},
        ),
        _right(
            "Make",
            "ec2:CreateSubnet",
            "arn:aws:ec2:*:*:subnet/* arn:aws:ec2:*:*:vpc/*",
            {"aws:RequestTag/dax.cross_account:cluster": "CLUSTER"},
        ),
        _right(
            "Make",
            "ec2:CreateVpc",
            "arn:aws:ec2:*:*:vpc/*",
            {"aws:RequestTag/dax.cross_account:cluster": "CLUSTER"},
        ),
        _right(
            "Make",
            "ec2:CreateVpcEndpoint",
            """
            arn:aws:ec2:*:*:security-group/* arn:aws:ec2:*:*:subnet/* arn:aws:ec2:*:*:vpc/*
            arn:aws:ec2:*:*:vpc-endpoint/*
            """,
            {"aws:RequestTag/dax.cross_account:cluster": "CLUSTER"},
        ),
        _right(
            "Make",
            "ec2:CreateVpcPeeringConnection",
            "arn:aws:ec2:*:*:vpc/* arn:aws:ec2:*:*:vpc-peering-connection/*",
            {"aws:RequestTag/dax.cross_account:cluster": "CLUSTER"},
        ),
        _right(
            "Make",
            "ec2:RunInstances",
            """
            arn:aws:ec2:*:*:instance/* arn:aws:ec2:*:*:security-group/* arn:aws:ec2:*:*:subnet/*
            arn:aws:ec2:*:*:volume/*
            """,
            {"aws:RequestTag/dax.cross_account:cluster": "CLUSTER"},
        ),
        _right(
            "MakeIn",
            "ec2:CreateSecurityGroup",
            "arn:aws:ec2:*:*:security-group/* arn:aws:ec2:*:*:vpc/*",
        ),
        _right(
            "MakeIn",
            "ec2:CreateSubnet",
            "arn:aws:ec2:*:*:subnet/* arn:aws:ec2:*:*:vpc/*",
        ),
        _right(
            "MakeIn",
            "ec2:CreateVpcEndpoint",
            "arn:aws:ec2:*:*:security-group/* arn:aws:ec2:*:*:subnet/* arn:aws:ec2:*:*:vpc/*",
        ),
        _right(
            "MakeIn",
            "ec2:CreateVpcPeeringConnection",
            "arn:aws:ec2:*:*:vpc/*",
        ),
        _right(
            "LaunchIn",
            "ec2:RunInstances",
            """
            arn:aws:ec2:*:*:key-pair/* arn:aws:ec2:*:*:network-interface/* arn:aws:ec2:*:*:security-group/*
            arn:aws:ec2:*:*:subnet/* arn:aws:ec2:*::image/*
            """,
        ),
        _right(
            "FindImage",
            "ssm:GetParameters",
            "arn:aws:ssm:*::parameter/aws/service/*",
        ),
        _right(
            "NameEndpoints",
            "route53:AssociateVPCWithHostedZone route53:ListHostedZonesByVPC",
            "*",
        ),
        _right(
            "Tags",
            "ec2:CreateTags",
            """
            arn:aws:ec2:*:*:instance/* arn:aws:ec2:*:*:internet-gateway/* arn:aws:ec2:*:*:security-group/*
            arn:aws:ec2:*:*:security-group-rule/* arn:aws:ec2:*:*:subnet/* arn:aws:ec2:*:*:volume/*
            arn:aws:ec2:*:*:vpc/* arn:aws:ec2:*:*:vpc-endpoint/* arn:aws:ec2:*:*:vpc-peering-connection/*
            """,
        ),
        _right(
            "Network",
            "ec2:AssociateSubnetCidrBlock ec2:ModifySubnetAttribute",
            "arn:aws:ec2:*:*:subnet/*",
        ),
        _right(
            "Network",
            "ec2:AssociateVpcCidrBlock ec2:ModifyVpcAttribute",
            "arn:aws:ec2:*:*:vpc/*",
        ),
        _right(
            "Network",
            "ec2:AttachInternetGateway",
            "arn:aws:ec2:*:*:internet-gateway/* arn:aws:ec2:*:*:vpc/*",
        ),
        _right(
            "Network",
            "ec2:ModifyVpcPeeringConnectionOptions",
            "arn:aws:ec2:*:*:vpc-peering-connection/*",
        ),
        _right(
            "Routes",
            "ec2:CreateRoute ec2:DeleteRoute ec2:ReplaceRoute",
            "arn:aws:ec2:*:*:route-table/*",
        ),
        _right(
            "RuleForEndpoints",
            "ec2:AuthorizeSecurityGroupIngress",
            "arn:aws:ec2:*:*:security-group/* arn:aws:ec2:*:*:security-group-rule/*",
        ),
        _right(
            "Instance",
            """
            ec2:AssociateIamInstanceProfile ec2:ModifyInstanceAttribute ec2:ReplaceIamInstanceProfileAssociation
            ec2:TerminateInstances
            """,
            "arn:aws:ec2:*:*:instance/*",
            {"aws:ResourceTag/dax.cross_account:cluster": "CLUSTER"},
        ),
        _right(
            "GroupsOfInstance",
            "ec2:ModifyInstanceAttribute",
            "arn:aws:ec2:*:*:security-group/*",
        ),
        _right(
            "Remove",
            "ec2:DeleteInternetGateway",
            "arn:aws:ec2:*:*:internet-gateway/*",
            {"aws:ResourceTag/dax.cross_account:cluster": "CLUSTER"},
        ),
        _right(
            "Remove",
            "ec2:DeleteSecurityGroup",
            "arn:aws:ec2:*:*:security-group/*",
            {"aws:ResourceTag/dax.cross_account:cluster": "CLUSTER"},
        ),
        _right(
            "Remove",
            "ec2:DeleteSubnet",
            "arn:aws:ec2:*:*:subnet/*",
            {"aws:ResourceTag/dax.cross_account:cluster": "CLUSTER"},
        ),
        _right(
            "Remove",
            "ec2:DeleteTags",
            """
            arn:aws:ec2:*:*:internet-gateway/* arn:aws:ec2:*:*:security-group/* arn:aws:ec2:*:*:subnet/*
            arn:aws:ec2:*:*:vpc/* arn:aws:ec2:*:*:vpc-endpoint/* arn:aws:ec2:*:*:vpc-peering-connection/*
            """,
            {"aws:ResourceTag/dax.cross_account:cluster": "CLUSTER"},
        ),
        _right(
            "Remove",
            "ec2:DeleteVpc",
            "arn:aws:ec2:*:*:vpc/*",
            {"aws:ResourceTag/dax.cross_account:cluster": "CLUSTER"},
        ),
        _right(
            "Remove",
            "ec2:DeleteVpcEndpoints",
            "arn:aws:ec2:*:*:vpc-endpoint/*",
            {"aws:ResourceTag/dax.cross_account:cluster": "CLUSTER"},
        ),
        _right(
            "Remove",
            "ec2:DeleteVpcPeeringConnection",
            "arn:aws:ec2:*:*:vpc-peering-connection/*",
            {"aws:ResourceTag/dax.cross_account:cluster": "CLUSTER"},
        ),
        _right(
            "Remove",
            "ec2:DetachInternetGateway",
            "arn:aws:ec2:*:*:internet-gateway/* arn:aws:ec2:*:*:vpc/*",
            {"aws:ResourceTag/dax.cross_account:cluster": "CLUSTER"},
        ),
    ),
}
