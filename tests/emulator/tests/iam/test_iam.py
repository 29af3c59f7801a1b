# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Trust policies and deletions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import Account, Control, code_of, message_of, trusting

EC2 = {"Service": "ec2.amazonaws.com"}


def trust_of(account: Account, role: str) -> Any:
    return account.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]


def test_a_principal_must_exist(account: Account, other: Account) -> None:
    missing = f"arn:aws:iam::{other.id}:role/AssumeDaxRole"
    assert code_of(account.role, name="dax", trust=missing) == "MalformedPolicyDocument"
    assert message_of(account.role, name="dax", trust=missing) == f'Invalid principal in policy: "AWS":"{missing}"'
    assert other.role("AssumeDaxRole", EC2) == missing
    account.role("dax", missing)
    assert trust_of(account, "dax") == trusting(missing)
    gone = [missing, f"arn:aws:iam::{other.id}:role/Gone"]
    update = {"RoleName": "dax", "PolicyDocument": json.dumps(trusting(gone))}
    assert code_of(account.iam.update_assume_role_policy, **update) == "MalformedPolicyDocument"
    assert trust_of(account, "dax") == trusting(missing)


@pytest.mark.parametrize("principal", ["*", "arn:aws:iam::299999999998:root", ["arn:aws:iam::299999999998:root"]])
def test_anyone_and_account_roots_always_exist(account: Account, principal: Any) -> None:
    account.role("open", principal)
    assert trust_of(account, "open") == trusting(principal)


def test_an_account_id_becomes_its_root(account: Account, other: Account) -> None:
    account.role("open", other.id)
    assert trust_of(account, "open") == trusting(f"arn:aws:iam::{other.id}:root")


@pytest.mark.parametrize(
    "principal",
    [
        "arn:aws-cn:iam::299999999998:root",
        "arn:aws:iam::299999999998:role/*",
        "arn:aws:iam::299999999998:user/nobody",
        "AROAAAAAAAAAAAAAAAAAA",
        "nonsense",
        {"Service": "nonsense"},
    ],
)
def test_impossible_principals(account: Account, principal: Any) -> None:
    assert code_of(account.role, name="bad", trust=principal) == "MalformedPolicyDocument"


@pytest.mark.parametrize(
    "document",
    [
        "{",
        "[]",
        json.dumps(trusting("*", Resource="*")),
        json.dumps(trusting("*", Action="s3:GetObject")),
        json.dumps(trusting("*", Effect="Maybe")),
        '{"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}',
    ],
)
def test_malformed_documents(account: Account, document: str) -> None:
    create = {"RoleName": "bad", "AssumeRolePolicyDocument": document}
    assert code_of(account.iam.create_role, **create) == "MalformedPolicyDocument"


def test_a_deleted_role_leaves_its_id_behind(account: Account, other: Account) -> None:
    arn = other.role("client", EC2)
    first_id = other.iam.get_role(RoleName="client")["Role"]["RoleId"]
    stranger = f"arn:aws:iam::{other.id}:root"
    account.role("dax", [arn, stranger])
    other.iam.delete_role(RoleName="client")
    assert trust_of(account, "dax") == trusting([first_id, stranger])
    other.role("client", EC2)
    assert trust_of(account, "dax") == trusting([first_id, stranger])
    stale = {"RoleName": "dax", "PolicyDocument": json.dumps(trusting([first_id, arn]))}
    assert code_of(account.iam.update_assume_role_policy, **stale) == "MalformedPolicyDocument"
    mended = {"RoleName": "dax", "PolicyDocument": json.dumps(trusting([arn]))}
    account.iam.update_assume_role_policy(**mended)
    assert trust_of(account, "dax") == trusting([arn])


def test_a_living_id_becomes_an_arn(account: Account, other: Account) -> None:
    arn = other.role("client", EC2)
    account.role("dax", other.iam.get_role(RoleName="client")["Role"]["RoleId"])
    assert trust_of(account, "dax") == trusting(arn)


def test_the_quota_of_a_trust_policy(account: Account) -> None:
    def document(length: int) -> str:
        text = json.dumps(trusting("*", Sid=""), separators=(",", ":"))
        return json.dumps(trusting("*", Sid="x" * (length - len(text))), indent=4)

    account.iam.create_role(RoleName="full", AssumeRolePolicyDocument=document(2048))
    create = {"RoleName": "over", "AssumeRolePolicyDocument": document(2049)}
    assert code_of(account.iam.create_role, **create) == "LimitExceeded"
    assert "2048" in message_of(account.iam.create_role, **create)


def test_a_new_role_is_not_seen_at_once(account: Account, other: Account, control: Control) -> None:
    control.settings(visibility_seconds=600)
    arn = other.role("client", EC2)
    assert code_of(account.role, name="dax", trust=arn) == "MalformedPolicyDocument"
    control.settings(visibility_seconds=0)
    account.role("dax", arn)


def test_what_is_attached_is_not_deleted(account: Account) -> None:
    iam = account.iam
    account.role("client", EC2)
    account.allow("client", "sts:AssumeRole", "*")
    iam.create_instance_profile(InstanceProfileName="client")
    iam.add_role_to_instance_profile(InstanceProfileName="client", RoleName="client")
    document = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    policy = iam.create_policy(PolicyName="all", PolicyDocument=document)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="client", PolicyArn=policy)
    assert code_of(iam.delete_role, RoleName="client") == "DeleteConflict"
    assert code_of(iam.delete_policy, PolicyArn=policy) == "DeleteConflict"
    assert code_of(iam.delete_instance_profile, InstanceProfileName="client") == "DeleteConflict"
    iam.remove_role_from_instance_profile(InstanceProfileName="client", RoleName="client")
    assert code_of(iam.delete_role, RoleName="client") == "DeleteConflict"
    iam.detach_role_policy(RoleName="client", PolicyArn=policy)
    assert code_of(iam.delete_role, RoleName="client") == "DeleteConflict"
    iam.delete_role_policy(RoleName="client", PolicyName="Allow-sts-AssumeRole")
    iam.delete_role(RoleName="client")
    iam.delete_policy(PolicyArn=policy)
    iam.delete_instance_profile(InstanceProfileName="client")


def test_roles_are_listed_with_readable_documents(account: Account) -> None:
    account.role("client", EC2, Path="/team/")
    for options in ({}, {"PathPrefix": "/team/"}):
        [shown] = account.iam.list_roles(**options)["Roles"]
        assert shown["AssumeRolePolicyDocument"] == trusting(EC2)
    assert account.iam.get_role(RoleName="client")["Role"]["MaxSessionDuration"] == 3600


def test_simulation(account: Account) -> None:
    arn = account.role("client", EC2)
    account.allow("client", "dax:GetItem", "arn:aws:dax:*:*:cache/orders")
    asked = {"PolicySourceArn": arn, "ActionNames": ["dax:GetItem", "dax:PutItem"]}
    resources = ["arn:aws:dax:us-east-1:111111111111:cache/orders"]
    results = account.iam.simulate_principal_policy(ResourceArns=resources, **asked)["EvaluationResults"]
    assert [one["EvalDecision"] for one in results] == ["allowed", "implicitDeny"]


def test_the_quota_of_inline_policies(account: Account) -> None:
    def document(length: int) -> str:
        return json.dumps({"Version": "x" * (length - len('{"Version":""}'))}, indent=4)

    account.role("client", EC2)
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    small = json.dumps({"Version": "2012-10-17", "Statement": statement})
    put = account.iam.put_role_policy
    put(RoleName="client", PolicyName="small", PolicyDocument=small)
    over = {"RoleName": "client", "PolicyName": "big", "PolicyDocument": document(10240)}
    assert code_of(put, **over) == "LimitExceeded"
    assert account.iam.list_role_policies(RoleName="client")["PolicyNames"] == ["small"]


def test_an_instance_profile_gives_up_only_what_it_holds(account: Account) -> None:
    account.role("client", EC2)
    account.iam.create_instance_profile(InstanceProfileName="client")
    remove = {"InstanceProfileName": "client", "RoleName": "client"}
    assert code_of(account.iam.remove_role_from_instance_profile, **remove) == "NoSuchEntity"
    account.iam.add_role_to_instance_profile(**remove)
    account.iam.remove_role_from_instance_profile(**remove)


def test_a_setting_that_is_left_out_stays(account: Account) -> None:
    account.role("dax", EC2)
    account.iam.update_role(RoleName="dax", Description="ours", MaxSessionDuration=7200)
    account.iam.update_role(RoleName="dax", MaxSessionDuration=3600)
    account.iam.update_role(RoleName="dax")
    role = account.iam.get_role(RoleName="dax")["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("ours", 3600)
    account.iam.update_role(RoleName="dax", Description="theirs")
    role = account.iam.get_role(RoleName="dax")["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("theirs", 3600)
