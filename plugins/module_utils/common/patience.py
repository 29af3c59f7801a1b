# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The patience table: which refusals of AWS pass by themselves, what is waited for, and for how long. Pure, no AWS.

AWS answers late. What was made is not known everywhere for some seconds, what was removed is held for some minutes.
The modules of this collection look an error up here themselves; for amazon.aws's modules the action does, by the words
of the failure. Every row is tried out against the emulator, which gives the answer ``says``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# AWS publishes no limit for either. Two minutes are what the Terraform provider allows IAM
# (internal/service/iam/wait.go, propagationTimeout), and more than EC2 was seen to need.
PROPAGATION = 120

# For so many seconds a reading may miss what is there, because it was answered by a part of AWS that lags behind.
# After them, what is not shown was not made, and what stands in the way does.
LAG = 15.0

_IAM = "IAM guide, Troubleshooting IAM: Changes that I make are not always immediately visible"
_EC2 = "EC2 developer guide, Ensure eventual consistency in the Amazon EC2 API"
_TF = "Terraform AWS provider, internal/service"


class Passing(NamedTuple):
    """A refusal that passes by itself.

    :ivar operations: the API operations that answer so.
    :ivar code: the error code.
    :ivar says: AWS's message; of a refusal it is compared with ``pattern`` only.
    :ivar pattern: what has to be found in a message; "" for any.
    :ivar waits_for: what is waited for, as it completes "waits for …".
    :ivar seconds: after which it is no longer thought to pass; None for as long as the run may wait.
    :ivar source: where it is documented or was reported.
    """

    operations: tuple[str, ...]
    code: str
    says: str
    pattern: str
    waits_for: str
    seconds: int | None
    source: str

    def limit(self, wait_timeout: float) -> float:
        """Return how many seconds to wait at most, in a run that may wait for ``wait_timeout``."""
        return wait_timeout if self.seconds is None else min(self.seconds, wait_timeout)


def _unseen(operations: tuple[str, ...], code: str, says: str, what: str, source: str = _EC2) -> Passing:
    """Return the row of what is seconds old; one that is not there at all is refused in the same words."""
    return Passing(operations, code, says, "", f"{what} to be seen by all of AWS", PROPAGATION, source)


def _held(operations: tuple[str, ...], code: str, says: str, by: str, source: str) -> Passing:
    """Return the row of what is still held by something that is on its way out."""
    return Passing(operations, code, says, "", f"{by} to let go of it", None, source)


_CHANGING_ROLE = (
    "AttachRolePolicy",
    "DeleteRolePermissionsBoundary",
    "DeleteRolePolicy",
    "DetachRolePolicy",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "TagRole",
    "UntagRole",
    "UpdateAssumeRolePolicy",
    "UpdateRole",
)
_READING_ROLE = (
    "GetRole",
    "GetRolePolicy",
    "ListAttachedRolePolicies",
    "ListInstanceProfilesForRole",
    "ListRolePolicies",
)
_USING_PROFILE = ("AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation", "RunInstances")
_ROUTING = ("CreateRoute", "ReplaceRoute")

IAM: tuple[Passing, ...] = (
    Passing(
        (*_CHANGING_ROLE, *_READING_ROLE, "AddRoleToInstanceProfile"),
        "NoSuchEntity",
        "The role with name payments cannot be found.",
        "[Rr]ole",
        "the role to be seen by all of IAM",
        PROPAGATION,
        f"{_IAM}; {_TF}/iam/role.go and instance_profile.go",
    ),
    Passing(
        ("AttachRolePolicy", "CreateRole", "PutRolePermissionsBoundary"),
        "NoSuchEntity",
        "Policy arn:aws:iam::111111111111:policy/boundary does not exist or is not attachable.",
        "[Pp]olicy",
        "the managed policy to be seen by all of IAM",
        # More often somebody's mistake than a policy that is seconds old.
        30,
        f"{_IAM}; {_TF}/iam/role_policy_attachment.go",
    ),
    Passing(
        ("AddRoleToInstanceProfile", "GetInstanceProfile", "RemoveRoleFromInstanceProfile", "TagInstanceProfile"),
        "NoSuchEntity",
        "Instance Profile payments cannot be found.",
        "[Ii]nstance [Pp]rofile",
        "the instance profile to be seen by all of IAM",
        PROPAGATION,
        f"{_IAM}; {_TF}/iam/instance_profile.go",
    ),
    Passing(
        ("CreateRole", "UpdateAssumeRolePolicy"),
        "MalformedPolicyDocument",
        'Invalid principal in policy: "AWS":"arn:aws:iam::222222222222:role/payments"',
        "Invalid principal",
        "the other account's role to be known as a principal",
        PROPAGATION,
        f"{_TF}/iam/role.go",
    ),
    _held(
        ("DeleteInstanceProfile", "DeleteRole"),
        "DeleteConflict",
        "Cannot delete entity, must remove roles from instance profile first.",
        "what uses it",
        f"API_DeleteRole; {_TF}/iam/role.go",
    ),
    Passing(
        (*_CHANGING_ROLE, "AddRoleToInstanceProfile", "CreateInstanceProfile", "CreateRole", "DeleteRole"),
        "ConcurrentModification",
        "The request was rejected because multiple requests to change this object were submitted simultaneously.",
        "",
        "another change of it to end",
        PROPAGATION,
        f"API_PutRolePolicy; {_TF}/iam/role.go",
    ),
)

EC2: tuple[Passing, ...] = (
    _unseen(
        (
            "AttachInternetGateway",
            "CreateSecurityGroup",
            "CreateSubnet",
            "CreateVpcEndpoint",
            "CreateVpcPeeringConnection",
            "DescribeVpcAttribute",
            "DescribeVpcs",
            "ModifyVpcAttribute",
            "CreateTags",
        ),
        "InvalidVpcID.NotFound",
        "The vpc ID 'vpc-0123456789abcdef0' does not exist",
        "the VPC",
        f"{_EC2}; {_TF}/ec2/vpc_.go",
    ),
    _unseen(
        ("CreateTags", "CreateVpcEndpoint", "DescribeSubnets", "ModifySubnetAttribute", "RunInstances"),
        "InvalidSubnetID.NotFound",
        "The subnet ID 'subnet-0123456789abcdef0' does not exist",
        "the subnet",
    ),
    _unseen(
        (
            "AuthorizeSecurityGroupIngress",
            "CreateTags",
            "CreateVpcEndpoint",
            "DescribeSecurityGroups",
            "ModifyInstanceAttribute",
            "RunInstances",
            "UpdateSecurityGroupRuleDescriptionsIngress",
        ),
        "InvalidGroup.NotFound",
        "The security group 'sg-0123456789abcdef0' does not exist",
        "the security group",
        f"{_EC2}; {_TF}/ec2/vpc_security_group.go",
    ),
    _unseen(
        ("CreateTags",),
        "InvalidSecurityGroupRuleId.NotFound",
        "The security group rule ID 'sgr-0123456789abcdef0' does not exist",
        "the rule",
    ),
    _unseen(
        ("AttachInternetGateway", "CreateTags", "DescribeInternetGateways", *_ROUTING),
        "InvalidInternetGatewayID.NotFound",
        "The internetGateway ID 'igw-0123456789abcdef0' does not exist",
        "the internet gateway",
    ),
    _unseen(_ROUTING, "InvalidGatewayID.NotFound", "The gateway ID 'igw-0123456789abcdef0' does not exist", "it"),
    _unseen(
        _ROUTING,
        "InvalidRouteTableID.NotFound",
        "The routeTable ID 'rtb-0123456789abcdef0' does not exist",
        "the route table",
        f"{_EC2}; {_TF}/ec2/vpc_route.go",
    ),
    Passing(
        _ROUTING,
        "InvalidParameterValue",
        "route table rtb-0123456789abcdef0 and network gateway igw-0123456789abcdef0 belong to different networks",
        "belong to different networks",
        "the gateway to be attached",
        PROPAGATION,
        "hashicorp/terraform#1303, EC2 error codes",
    ),
    _unseen(
        ("AcceptVpcPeeringConnection", "CreateTags", "ModifyVpcPeeringConnectionOptions", *_ROUTING),
        "InvalidVpcPeeringConnectionID.NotFound",
        "The vpcPeeringConnection ID 'pcx-0123456789abcdef0' does not exist",
        "the peering connection",
        f"{_EC2}; {_TF}/ec2/vpc_peering_connection.go",
    ),
    _unseen(
        ("AssociateIamInstanceProfile", "CreateTags", "DescribeInstances", "ModifyInstanceAttribute"),
        "InvalidInstanceID.NotFound",
        "The instance ID 'i-0123456789abcdef0' does not exist",
        "the instance",
        f"{_EC2}; {_TF}/ec2/ec2_instance.go",
    ),
    Passing(
        _USING_PROFILE,
        "InvalidParameterValue",
        "Value (payments) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
        "Invalid IAM Instance Profile",
        "the instance profile to be known to EC2",
        PROPAGATION,
        f"{_TF}/ec2/ec2_instance.go; hashicorp/terraform#4306",
    ),
    Passing(
        _USING_PROFILE,
        "InvalidParameterValue",
        'IAM Instance Profile "arn:aws:iam::222222222222:instance-profile/payments" has no associated IAM Roles',
        "has no associated IAM Roles",
        "the role of the instance profile to be known to EC2",
        PROPAGATION,
        f"{_TF}/ec2/ec2_instance.go; hashicorp/terraform#4306",
    ),
    _held(
        ("DetachInternetGateway",),
        "DependencyViolation",
        "Network vpc-0123456789abcdef0 has some mapped public address(es). "
        "Please unmap those public address(es) before detaching the gateway.",
        "the address of the terminated instance",
        f"{_TF}/ec2/vpc_internet_gateway.go; hashicorp/terraform#497",
    ),
    _held(
        ("DeleteInternetGateway", "DeleteSecurityGroup", "DeleteSubnet", "DeleteVpc"),
        "DependencyViolation",
        "The resource has dependencies and cannot be deleted.",
        "the network interfaces of what was removed",
        f"{_TF}/ec2/vpc_subnet.go; gruntwork-io/cloud-nuke#293",
    ),
    Passing(
        ("CreateVpcEndpoint",),
        "InvalidParameter",
        "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
        "sts.us-east-1.amazonaws.com in the VPC vpc-0123456789abcdef0",
        "conflicting DNS domain",
        "the endpoint that was removed to let go of its name",
        None,
        f"{_TF}/ec2/vpc_endpoint.go",
    ),
)

DAX: tuple[Passing, ...] = (
    Passing(
        ("CreateCluster",),
        "InvalidParameterValueException",
        "No permission to assume role: arn:aws:iam::111111111111:role/DaxService",
        "assume role",
        "the service role to be known to DAX",
        PROPAGATION,
        f"{_TF}/dax/cluster.go",
    ),
    Passing(
        ("CreateCluster",),
        "ServiceLinkedRoleNotFoundFault",
        "The service linked role of DAX was not found.",
        "",
        "the service-linked role that DAX makes with the first cluster of an account",
        PROPAGATION,
        "API_dax_CreateCluster",
    ),
)

TABLE: tuple[Passing, ...] = (*IAM, *EC2, *DAX)

_WORDS = re.compile(
    r"An error occurred \((?P<code>[^)]+)\) when calling the (?P<operation>\w+) operation(?: \([^)]*\))?: (?P<says>.*)",
    re.DOTALL,
)


class Unsettled(Exception):
    """What was read does not fit together: a part of it is not shown yet. The message says what is waited for."""


class Refusal(NamedTuple):
    """What AWS said no to, and in which words."""

    operation: str
    code: str
    message: str


def refusal_in(text: str) -> Refusal | None:
    """Return the refusal that a text quotes as botocore puts it, or None."""
    found = _WORDS.search(text)
    return Refusal(found["operation"], found["code"], found["says"]) if found else None


def passing(refusal: Refusal | None) -> Passing | None:
    """Return the row of a refusal that passes by itself; None for any other."""
    if refusal is None:
        return None
    # AWS's services do not agree on the case of some codes, such as InvalidVpcID.NotFound.
    code = refusal.code.lower()
    for row in TABLE:
        if refusal.operation in row.operations and row.code.lower() == code and re.search(row.pattern, refusal.message):
            return row
    return None
