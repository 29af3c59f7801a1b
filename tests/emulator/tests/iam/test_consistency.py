# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IAM's eventual consistency: what is new is not seen yet, what was removed still counts."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import Account, Control, code_of, listed, message_of, trusting

LATE = 2.0  # seconds; a loaded machine needs some room
TRUST = json.dumps(trusting({"Service": "ec2.amazonaws.com"}))
POLICY = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
AWS_POLICY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def role(account: Account, name: str = "app") -> None:
    account.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)


def profile(account: Account, name: str = "app") -> None:
    account.iam.create_instance_profile(InstanceProfileName=name)


def user(account: Account) -> None:
    account.iam.create_user(UserName="app")


def policy(account: Account) -> str:
    return str(account.iam.create_policy(PolicyName="app", PolicyDocument=POLICY)["Policy"]["Arn"])


ROLE, PROFILE, USER = {"RoleName": "app"}, {"InstanceProfileName": "app"}, {"UserName": "app"}
NO_ROLE = "The role with name app cannot be found."
NO_PROFILE = "Instance Profile app cannot be found."
NO_USER = "The user with name app cannot be found."
NEW: list[tuple[Callable[[Account], Any], str, dict[str, Any], str]] = [
    (role, "get_role", ROLE, NO_ROLE),
    (role, "list_role_policies", ROLE, NO_ROLE),
    (role, "list_attached_role_policies", ROLE, NO_ROLE),
    (role, "list_role_tags", ROLE, NO_ROLE),
    (role, "get_role_policy", {**ROLE, "PolicyName": "p"}, NO_ROLE),
    (role, "list_instance_profiles_for_role", ROLE, NO_ROLE),
    (role, "put_role_policy", {**ROLE, "PolicyName": "p", "PolicyDocument": POLICY}, NO_ROLE),
    (role, "attach_role_policy", {**ROLE, "PolicyArn": AWS_POLICY}, NO_ROLE),
    (role, "tag_role", {**ROLE, "Tags": listed({"a": "1"})}, NO_ROLE),
    (role, "untag_role", {**ROLE, "TagKeys": ["a"]}, NO_ROLE),
    (role, "update_assume_role_policy", {**ROLE, "PolicyDocument": TRUST}, NO_ROLE),
    (role, "update_role", {**ROLE, "MaxSessionDuration": 7200}, NO_ROLE),
    (role, "update_role_description", {**ROLE, "Description": "d"}, NO_ROLE),
    (role, "delete_role", ROLE, NO_ROLE),
    (profile, "get_instance_profile", PROFILE, NO_PROFILE),
    (profile, "delete_instance_profile", PROFILE, NO_PROFILE),
    (profile, "tag_instance_profile", {**PROFILE, "Tags": listed({"a": "1"})}, NO_PROFILE),
    (user, "get_user", USER, NO_USER),
    (user, "list_user_policies", USER, NO_USER),
    (user, "put_user_policy", {**USER, "PolicyName": "p", "PolicyDocument": POLICY}, NO_USER),
    (user, "create_access_key", USER, NO_USER),
]


@pytest.mark.parametrize(("make", "call", "arguments", "message"), NEW)
def test_what_is_new_cannot_be_found(
    account: Account,
    control: Control,
    make: Callable[[Account], Any],
    call: str,
    arguments: dict[str, Any],
    message: str,
) -> None:
    control.settings(iam_visibility_seconds=60)
    make(account)
    with pytest.raises(ClientError) as caught:
        getattr(account.iam, call)(**arguments)
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("NoSuchEntity", message)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


@pytest.mark.parametrize(
    ("call", "message"),
    [("get_policy", "Policy {} was not found."), ("delete_policy", "Policy {} was not found.")],
)
def test_a_new_policy_cannot_be_found(account: Account, control: Control, call: str, message: str) -> None:
    role(account)
    control.settings(iam_visibility_seconds=60)
    arn = policy(account)
    assert code_of(account.iam.attach_role_policy, RoleName="app", PolicyArn=arn) == "NoSuchEntity"
    assert message_of(getattr(account.iam, call), PolicyArn=arn) == message.format(arn)
    control.settings(iam_visibility_seconds=0)
    assert account.iam.list_attached_role_policies(RoleName="app")["AttachedPolicies"] == []


def test_a_new_role_joins_no_profile_and_a_new_profile_takes_none(account: Account, control: Control) -> None:
    add = account.iam.add_role_to_instance_profile
    profile(account)
    role(account, "old")
    control.settings(iam_visibility_seconds=60)
    role(account)
    assert message_of(add, InstanceProfileName="app", RoleName="app") == NO_ROLE
    profile(account, "new")
    assert message_of(add, InstanceProfileName="new", RoleName="old") == "Instance Profile new cannot be found."
    control.settings(iam_visibility_seconds=0)
    assert account.iam.get_instance_profile(InstanceProfileName="app")["InstanceProfile"]["Roles"] == []


def test_lists_leave_out_what_is_new(account: Account, control: Control) -> None:
    control.settings(iam_visibility_seconds=60)
    role(account)
    profile(account)
    user(account)
    policy(account)
    iam = account.iam
    assert iam.list_roles()["Roles"] == []
    assert iam.list_instance_profiles()["InstanceProfiles"] == []
    assert iam.list_users()["Users"] == []
    assert iam.list_policies(Scope="Local")["Policies"] == []
    assert code_of(role, account=account) == "EntityAlreadyExists"  # names are taken at once


def test_what_was_added_to_something_old_is_left_out(account: Account, control: Control) -> None:
    iam = account.iam
    role(account)
    profile(account)
    control.settings(iam_visibility_seconds=LATE)
    iam.put_role_policy(RoleName="app", PolicyName="p", PolicyDocument=POLICY)
    iam.attach_role_policy(RoleName="app", PolicyArn=AWS_POLICY)
    iam.tag_role(RoleName="app", Tags=listed({"a": "1"}))
    iam.add_role_to_instance_profile(InstanceProfileName="app", RoleName="app")

    def seen() -> list[Any]:
        return [
            iam.list_role_policies(RoleName="app")["PolicyNames"],
            [one["PolicyArn"] for one in iam.list_attached_role_policies(RoleName="app")["AttachedPolicies"]],
            iam.list_role_tags(RoleName="app")["Tags"],
            [
                one["RoleName"]
                for one in iam.get_instance_profile(InstanceProfileName="app")["InstanceProfile"]["Roles"]
            ],
            [
                one["InstanceProfileName"]
                for one in iam.list_instance_profiles_for_role(RoleName="app")["InstanceProfiles"]
            ],
        ]

    assert seen() == [[], [], [], [], []]
    assert code_of(iam.get_role_policy, RoleName="app", PolicyName="p") == "NoSuchEntity"
    assert code_of(iam.delete_role_policy, RoleName="app", PolicyName="p") == "NoSuchEntity"
    assert code_of(iam.detach_role_policy, RoleName="app", PolicyArn=AWS_POLICY) == "NoSuchEntity"
    remove = iam.remove_role_from_instance_profile
    assert code_of(remove, InstanceProfileName="app", RoleName="app") == "NoSuchEntity"
    time.sleep(LATE)
    assert seen() == [["p"], [AWS_POLICY], listed({"a": "1"}), ["app"], ["app"]]


def test_what_is_removed_or_changed_is_seen_at_once(account: Account, control: Control) -> None:
    iam = account.iam
    role(account)
    role(account, "other")
    iam.put_role_policy(RoleName="app", PolicyName="p", PolicyDocument=POLICY)
    control.settings(iam_visibility_seconds=60)
    changed = POLICY.replace('"Allow"', '"Deny"')
    iam.put_role_policy(RoleName="app", PolicyName="p", PolicyDocument=changed)
    document = iam.get_role_policy(RoleName="app", PolicyName="p")["PolicyDocument"]
    assert document["Statement"]["Effect"] == "Deny"
    iam.delete_role(RoleName="other")
    assert [one["RoleName"] for one in iam.list_roles()["Roles"]] == ["app"]
    role(account, "other")  # another one of the name
    assert code_of(iam.get_role, RoleName="other") == "NoSuchEntity"


def test_a_refused_write_changes_nothing(account: Account, control: Control) -> None:
    role(account)
    account.iam.attach_role_policy(RoleName="app", PolicyArn=AWS_POLICY)
    control.settings(iam_visibility_seconds=60, detach_seconds=60)
    account.iam.tag_role(RoleName="app", Tags=listed({"a": "1"}))
    role(account, "new")
    assert code_of(account.iam.attach_role_policy, RoleName="new", PolicyArn=AWS_POLICY) == "NoSuchEntity"
    account.iam.detach_role_policy(RoleName="app", PolicyArn=AWS_POLICY)
    control.settings(iam_visibility_seconds=0, detach_seconds=0)
    assert account.iam.get_policy(PolicyArn=AWS_POLICY)["Policy"]["AttachmentCount"] == 0
    assert account.iam.list_attached_role_policies(RoleName="new")["AttachedPolicies"] == []


def test_another_account_is_not_affected(account: Account, other: Account, control: Control) -> None:
    control.settings(iam_visibility_seconds=60)
    role(account)
    time.sleep(0.01)
    role(other, "theirs")
    control.settings(iam_visibility_seconds=0)
    assert [one["RoleName"] for one in other.iam.list_roles()["Roles"]] == ["theirs"]


def test_every_second_read_is_of_a_replica_that_is_behind(account: Account, control: Control) -> None:
    iam = account.iam
    role(account, "gone")
    role(account)
    iam.put_role_policy(RoleName="app", PolicyName="old", PolicyDocument=POLICY)
    control.settings(replica_seconds=LATE)
    role(account, "new")
    iam.delete_role(RoleName="gone")
    iam.delete_role_policy(RoleName="app", PolicyName="old")
    iam.update_role(RoleName="app", MaxSessionDuration=7200)

    def names() -> list[str]:
        return sorted(one["RoleName"] for one in iam.list_roles()["Roles"])

    def policies() -> list[str]:
        return list(iam.list_role_policies(RoleName="app")["PolicyNames"])

    def duration() -> int:
        return int(iam.get_role(RoleName="app")["Role"]["MaxSessionDuration"])

    for read, now, before in (
        (names, ["app", "new"], ["app", "gone"]),
        (policies, [], ["old"]),
        (duration, 7200, 3600),
        (names, ["app", "new"], ["app", "gone"]),
    ):
        assert (read(), read()) == (now, before)
    iam.put_role_policy(RoleName="new", PolicyName="p", PolicyDocument=POLICY)  # writes do not ask a replica
    time.sleep(LATE)
    assert (names(), names()) == (["app", "new"], ["app", "new"])
    assert (policies(), duration()) == ([], 7200)


@pytest.mark.parametrize("read", ["get_role", "create_role"])
def test_a_new_role_may_show_its_id_for_its_arn(account: Account, control: Control, read: str) -> None:
    control.settings(role_arn_seconds=LATE)
    shown = account.iam.create_role(RoleName="app", AssumeRolePolicyDocument=TRUST)["Role"]
    if read == "get_role":
        shown = account.iam.get_role(RoleName="app")["Role"]
    assert shown["Arn"] == shown["RoleId"]
    assert shown["Arn"].startswith("AROA")
    time.sleep(LATE)
    assert account.iam.get_role(RoleName="app")["Role"]["Arn"] == f"arn:aws:iam::{account.id}:role/app"
