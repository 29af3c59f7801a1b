"""The table of rights that ``permissions.py`` writes policies from: which actions each side needs, on what, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


def ec2(*kinds: str) -> tuple[str, ...]:
    return tuple(f"arn:aws:ec2:*:*:{kind}/*" for kind in kinds)


ANY = ("*",)
ROLES = ("arn:aws:iam::*:role/*",)
OWNERS_ROLE = ("arn:aws:iam::*:role/DaxCrossAccountRole", "arn:aws:iam::*:role/DaxCrossAccountRole-*")
CLIENTS_ROLE = ("arn:aws:iam::*:role/AssumeDaxRole",)
CLIENTS_PROFILE = ("arn:aws:iam::*:instance-profile/AssumeDaxInstanceProfile",)
SSM_POLICY = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
SERVICE_ROLE = ("arn:aws:iam::*:role/DaxServiceRole",)
IMAGES = ("arn:aws:ssm:*::parameter/aws/service/*",)

# The ownership tag of everything that the collection creates, see plugins/module_utils/common/ownership.py.
MARK = "dax.cross_account:cluster"
CREATED_WITH_TAG = {"Null": {f"aws:RequestTag/{MARK}": "false"}}
HAS_TAG = {"Null": {f"aws:ResourceTag/{MARK}": "false"}}

READS_OF_A_ROLE = ("iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies")
WRITES_OF_A_ROLE = (
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:ListInstanceProfilesForRole",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
)
READS_OF_A_NETWORK = (
    "ec2:DescribeManagedPrefixLists",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeRegions",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroupRules",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeTags",
    "ec2:DescribeVpcPeeringConnections",
    "ec2:DescribeVpcs",
)
READ_OF_LISTS = ("ec2:GetManagedPrefixListEntries",)
WHY_LISTS = "The blocks of the prefix lists that route tables name. Without it a line names each list."
READS_OF_QUOTAS = ("iam:GetAccountSummary", "servicequotas:GetServiceQuota")
WHY_QUOTAS = "The account's own quotas. Without it AWS's defaults count, and a line that comes near one says so."
WRITES_OF_ROUTES = ("ec2:CreateRoute", "ec2:DeleteRoute", "ec2:ReplaceRoute")


@dataclass(frozen=True)
class Grant:
    """One statement of a side's policy: the actions of one concern, the resources that they need, and why so."""

    side: str
    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    why: str
    condition: dict[str, Any] = field(default_factory=dict)


GRANTS: tuple[Grant, ...] = (
    Grant("a", "ReadNetwork", READS_OF_A_NETWORK, ANY, "AWS lets these reads of EC2 be limited to no resource."),
    Grant(
        "a",
        "ReadVpc",
        ("ec2:DescribeVpcAttribute",),
        ec2("vpc"),
        "`dax_account_a_dns_resolution` asks for the DNS settings of the cluster's VPC; narrow `vpc/*` to it.",
    ),
    Grant(
        "a",
        "ReadCluster",
        ("dax:DescribeClusters", "dax:DescribeSubnetGroups"),
        ANY,
        "A cluster that is not found is looked for among all, and subnet groups can be limited to no resource.",
    ),
    Grant(
        "a",
        "FindRoles",
        ("iam:ListRoles",),
        ANY,
        "A role of an earlier run may have any name. The list of roles can be limited to no resource.",
    ),
    Grant(
        "a",
        "ReadRoles",
        READS_OF_A_ROLE,
        ROLES,
        "IAM lists roles without their tags and policies, so those that may be ours are read, under any name.",
    ),
    Grant(
        "a",
        "Role",
        WRITES_OF_A_ROLE,
        OWNERS_ROLE,
        "The role that consumers assume, and with `dax_account_a_role_per_consumer` theirs, which begin with its name. "
        "To rename it, name the old one here too until the run that removes it.",
    ),
    Grant(
        "a",
        "Peering",
        (
            "ec2:AcceptVpcPeeringConnection",
            "ec2:DeleteVpcPeeringConnection",
            "ec2:ModifyVpcPeeringConnectionOptions",
            "ec2:RejectVpcPeeringConnection",
        ),
        ec2("vpc", "vpc-peering-connection"),
        "A request comes without tags of account A's, so none can be required; narrow `vpc/*` to the cluster's VPC.",
    ),
    Grant(
        "a",
        "Routes",
        WRITES_OF_ROUTES,
        ec2("route-table"),
        "The tables are the owner's, without ownership tags; narrow `route-table/*` to those of the cluster's subnets.",
    ),
    Grant(
        "a",
        "Rules",
        (
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:RevokeSecurityGroupIngress",
            "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
        ),
        ec2("security-group", "security-group-rule"),
        "The group is the owner's, without ownership tags; narrow `security-group/*` to the cluster's.",
    ),
    Grant(
        "a",
        "Tags",
        ("ec2:CreateTags", "ec2:DeleteTags"),
        ec2("security-group-rule", "vpc-peering-connection"),
        "Account A's own tags of a connection, and those of the rule; who leaves what others use takes its mark off.",
    ),
    Grant("a", "ReadPrefixLists", READ_OF_LISTS, ec2("prefix-list"), WHY_LISTS),
    Grant("a", "ReadQuotas", READS_OF_QUOTAS, ANY, WHY_QUOTAS),
    Grant(
        "b",
        "Read",
        (
            *READS_OF_A_NETWORK,
            "ec2:DescribeAvailabilityZones",
            "ec2:DescribeEgressOnlyInternetGateways",
            "ec2:DescribeIamInstanceProfileAssociations",
            "ec2:DescribeImages",
            "ec2:DescribeInstanceStatus",
            "ec2:DescribeInstanceTypeOfferings",
            "ec2:DescribeInstanceTypes",
            "ec2:DescribeInstances",
            "ec2:DescribeInternetGateways",
            "ec2:DescribeKeyPairs",
            "ec2:DescribeNatGateways",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeVpcEndpointServices",
            "ec2:DescribeVpcEndpoints",
            "ec2:DescribeVpnGateways",
        ),
        ANY,
        "AWS lets these reads of EC2 be limited to no resource.",
    ),
    Grant(
        "b",
        "ReadAttributes",
        ("ec2:DescribeInstanceAttribute", "ec2:DescribeVpcAttribute"),
        ec2("instance", "vpc"),
        "The DNS settings of the VPC, and whether the instance is protected.",
    ),
    Grant("b", "ReadPrefixLists", READ_OF_LISTS, ec2("prefix-list"), WHY_LISTS),
    Grant("b", "ReadQuotas", READS_OF_QUOTAS, ANY, WHY_QUOTAS),
    Grant(
        "b",
        "Role",
        READS_OF_A_ROLE + WRITES_OF_A_ROLE,
        CLIENTS_ROLE,
        "The instance's role; while you rename it, put both names, here and for the instance profile.",
    ),
    Grant(
        "b",
        "FindRoles",
        ("iam:ListInstanceProfiles", "iam:ListRoles"),
        ANY,
        "What an earlier run made under other names is found among all roles, which can be limited to none.",
    ),
    Grant(
        "b",
        "RoleForSsm",
        ("iam:AttachRolePolicy",),
        CLIENTS_ROLE,
        "`dax_account_b_ssm_access` attaches this managed policy and no other.",
        {"ArnEquals": {"iam:PolicyARN": SSM_POLICY}},
    ),
    Grant(
        "b",
        "PassRole",
        ("iam:PassRole",),
        CLIENTS_ROLE,
        "The instance gets this role and no other, and nothing but EC2 gets it.",
        {"StringEquals": {"iam:PassedToService": ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]}},
    ),
    Grant(
        "b",
        "InstanceProfile",
        (
            "iam:AddRoleToInstanceProfile",
            "iam:CreateInstanceProfile",
            "iam:DeleteInstanceProfile",
            "iam:GetInstanceProfile",
            "iam:RemoveRoleFromInstanceProfile",
            "iam:TagInstanceProfile",
            "iam:UntagInstanceProfile",
        ),
        CLIENTS_PROFILE,
        "The instance profile.",
    ),
    Grant(
        "b",
        "Make",
        (
            "ec2:CreateInternetGateway",
            "ec2:CreateSecurityGroup",
            "ec2:CreateSubnet",
            "ec2:CreateVpc",
            "ec2:CreateVpcEndpoint",
            "ec2:CreateVpcPeeringConnection",
            "ec2:RunInstances",
        ),
        ec2(
            "instance",
            "internet-gateway",
            "security-group",
            "subnet",
            "volume",
            "vpc",
            "vpc-endpoint",
            "vpc-peering-connection",
        ),
        "What is created carries the ownership tag from its first moment.",
        CREATED_WITH_TAG,
    ),
    Grant(
        "b",
        "MakeIn",
        (
            "ec2:CreateSecurityGroup",
            "ec2:CreateSubnet",
            "ec2:CreateVpcEndpoint",
            "ec2:CreateVpcPeeringConnection",
        ),
        ec2("security-group", "subnet", "vpc"),
        "What it is created in may be yours, without an ownership tag; narrow `vpc/*` if there is an adopted VPC only.",
    ),
    Grant(
        "b",
        "LaunchIn",
        ("ec2:RunInstances",),
        (*ec2("key-pair", "network-interface", "security-group", "subnet"), "arn:aws:ec2:*::image/*"),
        "What the instance is launched in and from.",
    ),
    Grant(
        "b",
        "FindImage",
        ("ssm:GetParameters",),
        IMAGES,
        "The default image is AWS's newest; drop this if `dax_account_b_image_id` is an `ami-` id.",
    ),
    Grant(
        "b",
        "NameEndpoints",
        ("route53:AssociateVPCWithHostedZone", "route53:ListHostedZonesByVPC"),
        ANY,
        "The zones are AWS's own and others'; drop this if `dax_account_b_sts_access` is not `vpc_endpoint`.",
    ),
    Grant(
        "b",
        "Tags",
        ("ec2:CreateTags",),
        ec2(
            "instance",
            "internet-gateway",
            "security-group",
            "security-group-rule",
            "subnet",
            "volume",
            "vpc",
            "vpc-endpoint",
            "vpc-peering-connection",
        ),
        "The ownership tag itself may be what has to be corrected, so it cannot be required.",
    ),
    Grant(
        "b",
        "Network",
        (
            "ec2:AssociateSubnetCidrBlock",
            "ec2:AssociateVpcCidrBlock",
            "ec2:AttachInternetGateway",
            "ec2:ModifySubnetAttribute",
            "ec2:ModifyVpcAttribute",
            "ec2:ModifyVpcPeeringConnectionOptions",
        ),
        ec2("internet-gateway", "subnet", "vpc", "vpc-peering-connection"),
        "A VPC whose ownership tag somebody removed is corrected too, so none can be required.",
    ),
    Grant(
        "b",
        "Routes",
        WRITES_OF_ROUTES,
        ec2("route-table"),
        "A VPC's main table carries no ownership tag.",
    ),
    Grant(
        "b",
        "RuleForEndpoints",
        ("ec2:AuthorizeSecurityGroupIngress",),
        ec2("security-group", "security-group-rule"),
        "`dax_account_b_sts_access: vpc_endpoint` lets the client's group reach the endpoints; the group may be yours.",
    ),
    Grant(
        "b",
        "Instance",
        (
            "ec2:AssociateIamInstanceProfile",
            "ec2:ModifyInstanceAttribute",
            "ec2:ReplaceIamInstanceProfileAssociation",
            "ec2:TerminateInstances",
        ),
        ec2("instance"),
        "Only an instance that carries the ownership tag is changed or terminated.",
        HAS_TAG,
    ),
    Grant(
        "b",
        "GroupsOfInstance",
        ("ec2:ModifyInstanceAttribute",),
        ec2("security-group"),
        "The groups that an instance gets: the client's, and those that it has already.",
    ),
    Grant(
        "b",
        "Remove",
        (
            "ec2:DeleteInternetGateway",
            "ec2:DeleteSecurityGroup",
            "ec2:DeleteSubnet",
            "ec2:DeleteTags",
            "ec2:DeleteVpc",
            "ec2:DeleteVpcEndpoints",
            "ec2:DeleteVpcPeeringConnection",
            "ec2:DetachInternetGateway",
        ),
        ec2("internet-gateway", "security-group", "subnet", "vpc", "vpc-endpoint", "vpc-peering-connection"),
        "Nothing is removed that lacks the ownership tag. Of what others use too, a consumer takes its mark off.",
        HAS_TAG,
    ),
    Grant(
        "b",
        "RemoveGuardDuty",
        ("ec2:DeleteSecurityGroup", "ec2:DeleteVpcEndpoints"),
        ec2("security-group", "vpc-endpoint"),
        "What GuardDuty made in a VPC of ours by itself would keep AWS from deleting it; drop this if it is off.",
        {"StringEquals": {"aws:ResourceTag/GuardDutyManaged": "true"}},
    ),
    Grant(
        "cluster",
        "Clusters",
        (
            "dax:CreateCluster",
            "dax:DecreaseReplicationFactor",
            "dax:DeleteCluster",
            "dax:DescribeClusters",
            "dax:IncreaseReplicationFactor",
            "dax:ListTags",
            "dax:TagResource",
            "dax:UntagResource",
            "dax:UpdateCluster",
        ),
        ("arn:aws:dax:*:*:cache/*",),
        "`dax_cluster`, `dax_cluster_info`. Narrow `cache/*` to the clusters' names, in lower case.",
    ),
    Grant(
        "cluster",
        "SubnetGroups",
        (
            "dax:CreateSubnetGroup",
            "dax:DeleteSubnetGroup",
            "dax:DescribeSubnetGroups",
            "dax:UpdateSubnetGroup",
        ),
        ANY,
        "`dax_subnet_group`, `dax_subnet_group_info`. AWS lets these be limited to no resource.",
    ),
    Grant(
        "cluster",
        "Network",
        (
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
        ),
        ANY,
        "DAX looks at the network in the caller's name. AWS lets these reads be limited to no resource.",
    ),
    Grant(
        "cluster",
        "NodeInterfaces",
        ("ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"),
        ec2("network-interface", "security-group", "subnet"),
        "The nodes' interfaces, which DAX makes and removes in the caller's name.",
    ),
    Grant(
        "cluster",
        "PassRole",
        ("iam:GetRole", "iam:PassRole"),
        SERVICE_ROLE,
        "The role with which the cluster reads and writes DynamoDB; put its name.",
    ),
    Grant(
        "cluster",
        "LinkedRole",
        ("iam:CreateServiceLinkedRole",),
        ("arn:aws:iam::*:role/aws-service-role/dax.amazonaws.com/AWSServiceRoleForDAX",),
        "DAX makes this role with the first cluster of an account.",
        {"StringEquals": {"iam:AWSServiceName": "dax.amazonaws.com"}},
    ),
    Grant(
        "check",
        "AskForRights",
        ("iam:GetRole", "iam:SimulatePrincipalPolicy"),
        ("arn:aws:iam::*:role/*", "arn:aws:iam::*:user/*"),
        "Asks AWS whether the policies of a person or a role allow what a run does; narrow it to those who run it.",
    ),
    Grant(
        "check",
        "AskForQuotas",
        READS_OF_QUOTAS,
        ANY,
        "The account's own quotas; without it, AWS's defaults are taken, and the line says so.",
    ),
    Grant(
        "check",
        "AskForPlaces",
        (
            "ec2:DescribeInstanceTypes",
            "ec2:DescribeInstances",
            "ec2:DescribeInternetGateways",
            "ec2:DescribeRegions",
            "ec2:DescribeVpcPeeringConnections",
        ),
        ANY,
        "Whether the regions are enabled, what is in use, what an instance adds; no such read can be limited.",
    ),
)

# What the doctor reads, and nothing else: for those who look and do not run. It reads any cluster, client and role,
# since it is asked of pairs that this collection did not make too.
_DOCTORS_NETWORK = (
    "ec2:DescribeManagedPrefixLists",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroupRules",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcPeeringConnections",
    "ec2:DescribeVpcs",
)
_CLIENTS_NETWORK = (
    "ec2:DescribeInstances",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeNatGateways",
    "ec2:DescribeVpcEndpoints",
)
_NO_RESOURCE = "AWS lets these reads of EC2 be limited to no resource."
_POLICIES = ("iam:GetPolicy", "iam:GetPolicyVersion")
GRANTS += (
    Grant("doctor_a", "ReadNetwork", _DOCTORS_NETWORK, ANY, _NO_RESOURCE),
    Grant("doctor_b", "ReadNetwork", _DOCTORS_NETWORK + _CLIENTS_NETWORK, ANY, _NO_RESOURCE),
    Grant(
        "doctor_a",
        "ReadCluster",
        ("dax:DescribeClusters", "dax:DescribeSubnetGroups"),
        ANY,
        "The cluster; subnet groups can be limited to no resource.",
    ),
    Grant(
        "doctor_a",
        "FindRoles",
        ("iam:ListRoles",),
        ANY,
        "The roles of `dax_account_a_role_per_consumer`; drop this without it.",
    ),
    Grant(
        "doctor_b",
        "ReadProfile",
        ("iam:GetInstanceProfile",),
        ("arn:aws:iam::*:instance-profile/*",),
        "The client's instance profile, and the role in it.",
    ),
    Grant(
        "doctor_b",
        "ReadZones",
        ("route53:ListHostedZonesByVPC",),
        ANY,
        "Private zones that may take the cluster's name; they may be others'.",
    ),
    *(
        grant
        for side in ("doctor_a", "doctor_b")
        for grant in (
            Grant(side, "ReadVpc", ("ec2:DescribeVpcAttribute",), ec2("vpc"), "The DNS settings of the VPC."),
            Grant(side, "ReadPrefixLists", READ_OF_LISTS, ec2("prefix-list"), "The blocks of prefix lists."),
            Grant(side, "ReadRoles", READS_OF_A_ROLE, ROLES, "What the roles on the way may do; narrow it to these."),
            Grant(
                side,
                "ReadPolicies",
                _POLICIES,
                ("arn:aws:iam::*:policy/*",),
                "The managed policies and boundaries of these roles, AWS's own among them.",
            ),
        )
    ),
)

# What each action needs, where its statement names more kinds of resources for the sake of other actions. Source:
# "Actions, resources, and condition keys for Amazon EC2" in AWS's service authorization reference.
NEEDS: dict[str, tuple[str, ...]] = {
    "ec2:AssociateSubnetCidrBlock": ("subnet",),
    "ec2:AssociateVpcCidrBlock": ("vpc",),
    "ec2:CreateInternetGateway": ("internet-gateway",),
    "ec2:CreateSecurityGroup": ("security-group", "vpc"),
    "ec2:CreateSubnet": ("subnet", "vpc"),
    "ec2:CreateVpc": ("vpc",),
    "ec2:CreateVpcEndpoint": ("security-group", "subnet", "vpc", "vpc-endpoint"),
    "ec2:CreateVpcPeeringConnection": ("vpc", "vpc-peering-connection"),
    "ec2:DeleteInternetGateway": ("internet-gateway",),
    "ec2:DeleteSecurityGroup": ("security-group",),
    "ec2:DeleteSubnet": ("subnet",),
    "ec2:DeleteVpc": ("vpc",),
    "ec2:DeleteVpcEndpoints": ("vpc-endpoint",),
    "ec2:DeleteVpcPeeringConnection": ("vpc-peering-connection",),
    "ec2:DescribeInstanceAttribute": ("instance",),
    "ec2:DescribeVpcAttribute": ("vpc",),
    "ec2:DetachInternetGateway": ("internet-gateway", "vpc"),
    "ec2:AttachInternetGateway": ("internet-gateway", "vpc"),
    "ec2:ModifySubnetAttribute": ("subnet",),
    "ec2:ModifyVpcAttribute": ("vpc",),
    "ec2:ModifyVpcPeeringConnectionOptions": ("vpc-peering-connection",),
    "ec2:RejectVpcPeeringConnection": ("vpc-peering-connection",),
    "ec2:RevokeSecurityGroupIngress": ("security-group",),
    "ec2:RunInstances": ("image", "instance", "key-pair", "network-interface", "security-group", "subnet", "volume"),
    "ec2:UpdateSecurityGroupRuleDescriptionsIngress": ("security-group",),
}

# Needed, though no call of this name is made, or only in a state that the tests of these policies do not bring about.
_ONLY_SOMETIMES = {
    "ec2:DescribeRegions": "called only when AWS refuses the credentials in the region, to say why",
    "ec2:DescribeManagedPrefixLists": "called only where a route table, or a rule of the group, names a prefix list",
    "ec2:GetManagedPrefixListEntries": "called only where a route table names a prefix list that is not AWS's own",
    "servicequotas:GetServiceQuota": "called only when what is used comes near AWS's default",
}
UNSEEN = {
    "a": {
        **_ONLY_SOMETIMES,
        "iam:DetachRolePolicy": "called only when somebody attached a managed policy to the role that is removed",
        "ec2:DeleteTags": "called only when one of several users leaves what the others use",
        "ec2:ReplaceRoute": "called only when a route of ours leads to a connection that is gone or no longer wanted",
        "iam:UntagRole": "called only when one of several consumers goes",
        "ec2:RejectVpcPeeringConnection": "called only when a request that was never accepted is removed",
    },
    "b": {
        **_ONLY_SOMETIMES,
        "iam:PassRole": "asked for by `iam:AddRoleToInstanceProfile`, `ec2:RunInstances` and the calls on associations",
        "ssm:GetParameters": "asked for by `ec2:RunInstances` with an image id that begins with `resolve:ssm:`",
        "route53:ListHostedZonesByVPC": "called only when an endpoint is missing in a VPC that you name",
        "ec2:DescribeImages": "called only when a new instance is to have an image that you name",
        "ec2:DeleteTags": "called only when another consumer uses what this one leaves",
        "ec2:DescribeKeyPairs": "called only when a new instance is to have a key pair",
        "ec2:DescribeNatGateways": "called only where the default route of a VPC that you name leads to one",
        "route53:AssociateVPCWithHostedZone": "asked for by `ec2:CreateVpcEndpoint` with a private DNS name",
        "iam:UntagRole": "called only when the role carries a tag that goes",
        "ec2:DeleteRoute": "called only in a VPC that stays: with a VPC of ours, its tables go",
        "ec2:DeleteVpcPeeringConnection": "called only when account A did not end the connection before",
        "iam:UntagInstanceProfile": "called only when the profile carries a tag that goes",
        "ec2:ReplaceRoute": "called only when a route of ours leads to a connection that is gone",
        "ec2:ReplaceIamInstanceProfileAssociation": "called only when the instance has another profile",
    },
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodbacceleratordax.html
    "cluster": {
        "iam:PassRole": "asked for by `dax:CreateCluster`",
        "iam:GetRole": "asked for by `dax:CreateCluster`",
        "iam:CreateServiceLinkedRole": "asked for by `dax:CreateCluster`, for the first cluster of an account",
        **{
            f"ec2:{name}": "asked for by `dax:CreateCluster` and what changes its nodes"
            for name in (
                "CreateNetworkInterface",
                "DeleteNetworkInterface",
                "DescribeNetworkInterfaces",
                "DescribeSecurityGroups",
            )
        },
        "ec2:DescribeSubnets": "asked for by `dax:CreateSubnetGroup` and `dax:CreateCluster`",
        "ec2:DescribeVpcs": "asked for by `dax:CreateSubnetGroup` and `dax:CreateCluster`",
    },
    "check": {},
    "doctor_a": {"iam:ListRoles": "called only with `dax_account_a_role_per_consumer`"},
    "doctor_b": {"ec2:DescribeNatGateways": "called only where a route leads to a NAT gateway"},
}
# AWS gives these to everybody.
FREE = {"sts:GetCallerIdentity": "needs no permission"}
SIDES = {
    "a": "account A, which owns the cluster",
    "b": "account B, which uses it",
    "cluster": "the modules that make clusters",
    "check": "either account, only for the check before the first run",
    "doctor_a": "account A, only for the doctor",
    "doctor_b": "account B, only for the doctor",
}


def grants(side: str) -> Iterator[Grant]:
    return (grant for grant in GRANTS if grant.side == side)


def actions(side: str) -> set[str]:
    """Return all actions of a side's policy."""
    return {action for grant in grants(side) for action in grant.actions}
