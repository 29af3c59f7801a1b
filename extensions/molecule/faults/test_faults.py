# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS busy, slow, or gone for a moment: each run converges with nothing doubled, or stops, and the next goes on."""

from __future__ import annotations

from scenario.accounts import Account, new_account
from scenario.emulator import settings
from scenario.faults import DROP, FOREVER, LOST, Fault, faults
from scenario.once import assert_one_of_each
from scenario.owner import make_owner
from scenario.playbook import SITE, TEARDOWN, Run, converge, run_playbook
from scenario.snapshot import differences, snapshot

INVALID_PRINCIPAL = 'Invalid principal in policy: "AWS":"arn:aws:iam::222222222222:role/AssumeDaxRole"'
INVALID_PROFILE = "Value (x) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"
CLOSED = "Connection was closed"

WRITES_OF_B = (
    "iam:CreateRole",
    "iam:PutRolePolicy",
    "iam:CreateInstanceProfile",
    "iam:AddRoleToInstanceProfile",
    "ec2:CreateVpc",
    "ec2:ModifyVpcAttribute",
    "ec2:CreateSubnet",
    "ec2:ModifySubnetAttribute",
    "ec2:CreateInternetGateway",
    "ec2:AttachInternetGateway",
    "ec2:CreateSecurityGroup",
    "ec2:CreateVpcPeeringConnection",
    "ec2:CreateRoute",
    "ec2:RunInstances",
)
WRITES_OF_A = (
    "iam:CreateRole",
    "iam:PutRolePolicy",
    "ec2:AcceptVpcPeeringConnection",
    "ec2:CreateTags",
    "ec2:CreateRoute",
    "ec2:AuthorizeSecurityGroupIngress",
)
REMOVALS_OF_B = (
    "ec2:TerminateInstances",
    "ec2:DeleteSecurityGroup",
    "ec2:DetachInternetGateway",
    "ec2:DeleteInternetGateway",
    "ec2:DeleteSubnet",
    "ec2:DeleteVpc",
    "iam:RemoveRoleFromInstanceProfile",
    "iam:DeleteInstanceProfile",
    "iam:DeleteRolePolicy",
    "iam:DeleteRole",
)
REMOVALS_OF_A = (
    "ec2:RevokeSecurityGroupIngress",
    "ec2:DeleteRoute",
    "ec2:DeleteVpcPeeringConnection",
    "iam:DeleteRolePolicy",
    "iam:DeleteRole",
)


def lost(account: Account, actions: tuple[str, ...]) -> list[Fault]:
    return [Fault(account, action, LOST) for action in actions]


def test_every_write_is_done_once_though_its_answer_is_lost() -> None:
    """What AWS carried out is found again, whether botocore sent the call once more or the run looked for it."""
    a, b = new_account(), new_account()
    owner = make_owner(a)
    before = {"A": snapshot(a), "B": snapshot(b)}
    with faults(*lost(b, WRITES_OF_B), *lost(a, WRITES_OF_A)):
        converge(SITE, a, b)
    assert_one_of_each(owner, a, b)
    with faults(*lost(b, REMOVALS_OF_B), *lost(a, REMOVALS_OF_A)):
        converge(TEARDOWN, a, b)
    assert differences(before, {"A": snapshot(a), "B": snapshot(b)}) == []


PASSING_IN_B = (
    ("sts:GetCallerIdentity", "Throttling"),
    ("iam:GetRole", "Throttling"),
    ("iam:GetInstanceProfile", DROP),
    ("ec2:DescribeVpcs", "RequestLimitExceeded"),
    ("ec2:DescribeRouteTables", "InternalError"),
    ("ec2:DescribeAvailabilityZones", DROP),
    ("iam:CreateRole", "Throttling"),
    ("iam:PutRolePolicy", DROP),
    ("iam:CreateInstanceProfile", "InternalFailure"),
    ("iam:AddRoleToInstanceProfile", DROP),
)
PASSING_IN_B_LATER = (
    ("ec2:DescribeVpcs", "InternalError"),
    ("ec2:CreateVpc", "RequestLimitExceeded"),
    ("ec2:ModifyVpcAttribute", DROP),
    ("ec2:CreateSubnet", "InternalError"),
    ("ec2:DescribeSubnets", "RequestLimitExceeded"),
    ("ec2:CreateInternetGateway", "RequestLimitExceeded"),
    ("ec2:AttachInternetGateway", DROP),
    ("ec2:CreateSecurityGroup", DROP),
    ("ec2:DescribeSecurityGroups", "RequestLimitExceeded"),
    ("ec2:CreateVpcPeeringConnection", "RequestLimitExceeded"),
    ("ec2:DescribeVpcPeeringConnections", "InternalError"),
    ("ec2:CreateRoute", "RequestLimitExceeded"),
    ("ec2:CreateRoute", DROP),
    ("ec2:RunInstances", "RequestLimitExceeded"),
    ("ec2:DescribeInstances", DROP),
)
PASSING_IN_A = (
    ("sts:GetCallerIdentity", DROP),
    ("dax:DescribeClusters", "ThrottlingException"),
    ("dax:DescribeSubnetGroups", "InternalFailure"),
    ("iam:GetRole", "Throttling"),
    ("ec2:DescribeNetworkAcls", "RequestLimitExceeded"),
    ("iam:CreateRole", "Throttling"),
    ("iam:PutRolePolicy", DROP),
    ("ec2:AcceptVpcPeeringConnection", "InternalError"),
    ("ec2:CreateTags", DROP),
)
PASSING_IN_A_LATER = (
    ("ec2:DescribeRouteTables", DROP),
    ("ec2:CreateRoute", "RequestLimitExceeded"),
    ("ec2:CreateRoute", "InternalError"),
    ("ec2:AuthorizeSecurityGroupIngress", DROP),
    ("ec2:AuthorizeSecurityGroupIngress", "InternalError"),
)


def test_a_run_stops_past_the_limit_and_the_next_one_goes_on() -> None:
    """On the way every kind of passing fault happens, to reads and to writes, of our modules and of amazon.aws's."""
    a, b = new_account(), new_account()
    owner = make_owner(a)

    with faults(*[Fault(b, *each) for each in PASSING_IN_B], Fault(b, "ec2:CreateVpc", DROP, count=FOREVER)):
        run = run_playbook(SITE, a, b)
    assert_stopped(run, b, "Failed to create vpc", CLOSED)
    assert run.writes(a) == []

    invalid_profile = Fault(b, "ec2:RunInstances", "InvalidParameterValue", INVALID_PROFILE)
    invalid_principal = Fault(a, "iam:CreateRole", "MalformedPolicyDocument", INVALID_PRINCIPAL)
    passing = [Fault(b, *each) for each in PASSING_IN_B_LATER] + [Fault(a, *each) for each in PASSING_IN_A]
    endless = Fault(a, "ec2:CreateRoute", DROP, count=FOREVER)
    slow = settings(peering_visibility_seconds=25, peering_provisioning_seconds=3)
    with slow, faults(*passing, invalid_profile, invalid_principal, endless):
        run = run_playbook(SITE, a, b)
    assert_stopped(run, a, "Failed to create the route", CLOSED)

    with faults(*[Fault(a, *each) for each in PASSING_IN_A_LATER]):
        run = converge(SITE, a, b)
    # The new rule carries its own id, which only comes with it.
    assert set(run.writes()) == {"CreateRoute", "AuthorizeSecurityGroupIngress", "CreateTags"}
    assert_one_of_each(owner, a, b)


def assert_stopped(run: Run, account: Account, operation: str, error: str) -> None:
    """The run tells AWS's error, the operation and the account, all in one line."""
    assert run.rc != 0
    told = run.failures[-1]
    assert error in told
    assert operation in told
    assert account.id in told
