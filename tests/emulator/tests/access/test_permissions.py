# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The setting `enforce_iam`: the callers' policies limit every call."""

from __future__ import annotations

import json

from conftest import Account, Control, code_of, message_of, trusting

EC2 = {"Service": "ec2.amazonaws.com"}


def test_policies_limit_every_call_when_wanted(account: Account, control: Control) -> None:
    arn = account.role("reader", f"arn:aws:iam::{account.id}:root")
    account.allow("reader", "ec2:DescribeVpcs", "*")
    account.allow("reader", "iam:GetRole", arn)
    acting = account.acting(account.assume(arn))
    control.settings(enforce_iam=True)
    acting("ec2").describe_vpcs()
    acting("iam").get_role(RoleName="reader")
    acting("sts").get_caller_identity()
    assert code_of(acting("ec2").describe_subnets) == "UnauthorizedOperation"
    assert "ec2:DescribeSubnets" in message_of(acting("ec2").describe_subnets)
    assert code_of(acting("iam").get_role, RoleName="other") == "AccessDenied"
    assert code_of(acting("dax").describe_clusters) == "AccessDeniedException"
    account.ec2.describe_subnets()


def test_calls_need_the_permissions_beside_their_own_too(account: Account, control: Control) -> None:
    arn = account.role("builder", f"arn:aws:iam::{account.id}:root")
    client = account.role("client", EC2)
    account.iam.create_instance_profile(InstanceProfileName="client")
    acting = account.acting(account.assume(arn))
    control.settings(enforce_iam=True)
    add = acting("iam").add_role_to_instance_profile
    wanted = {"InstanceProfileName": "client", "RoleName": "client"}
    account.allow("builder", "iam:AddRoleToInstanceProfile", client.replace(":role/", ":instance-profile/"))
    assert "iam:PassRole" in message_of(add, **wanted)
    account.allow("builder", "iam:PassRole", client)
    add(**wanted)
    account.allow("builder", "ec2:CreateVpc", "*")
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "a", "Value": "b"}]}]
    create = acting("ec2").create_vpc
    assert "ec2:CreateTags" in message_of(create, CidrBlock="10.0.0.0/16", TagSpecifications=tags)
    create(CidrBlock="10.0.0.0/16")
    account.allow("builder", "iam:CreateRole", "*")
    trust = json.dumps(trusting(EC2))
    make = {"RoleName": "made", "AssumeRolePolicyDocument": trust, "Tags": [{"Key": "a", "Value": "b"}]}
    assert "iam:TagRole" in message_of(acting("iam").create_role, **make)


def test_ec2_resources_and_tags_count(account: Account, control: Control) -> None:
    arn = account.role("builder", f"arn:aws:iam::{account.id}:root")
    marked = {"Null": {"aws:RequestTag/mark": "false"}}
    statement = {"Effect": "Allow", "Action": ["ec2:CreateVpc", "ec2:CreateTags"], "Resource": "arn:aws:ec2:*:*:vpc/*"}
    removal = {"Effect": "Allow", "Action": "ec2:DeleteVpc", "Resource": "*"}
    owned = {"StringEquals": {"aws:ResourceTag/mark": "ours"}}
    document = {"Statement": [{**statement, "Condition": marked}, {**removal, "Condition": owned}]}
    account.iam.put_role_policy(
        RoleName="builder", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", **document})
    )
    acting = account.acting(account.assume(arn))("ec2")
    foreign = account.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    control.settings(enforce_iam=True)
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "mark", "Value": "ours"}]}]
    assert "ec2:CreateVpc" in message_of(acting.create_vpc, CidrBlock="10.0.0.0/16")
    own = acting.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"]
    assert f"ec2:DeleteVpc on resource: arn:aws:ec2:us-east-1:{account.id}:vpc/{foreign}" in message_of(
        acting.delete_vpc, VpcId=foreign
    )
    acting.delete_vpc(VpcId=own)
