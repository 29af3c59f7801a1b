# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What IAM and STS take: names, paths, ranges, tags."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import Account, Control, code_of, listed, message_of, trusting

TRUST = json.dumps(trusting({"Service": "ec2.amazonaws.com"}))
POLICY = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
NAME, LENGTH, PATTERN = "app", "length less than or equal to", "regular expression pattern"
ROLE, SECONDS = {"RoleName": NAME}, "maxSessionDuration"
CREATE = {**ROLE, "AssumeRolePolicyDocument": TRUST}
ASSUME = {"RoleArn": "arn:aws:iam::200000000001:role/none", "RoleSessionName": "test"}


@pytest.mark.parametrize(
    ("call", "arguments", "member", "rule"),
    [
        ("iam.create_role", {**CREATE, "RoleName": "r" * 65}, "roleName", f"{LENGTH} 64"),
        ("iam.create_role", {**CREATE, "RoleName": "a/b"}, "roleName", PATTERN),
        ("iam.create_role", {**CREATE, "RoleName": "rôle"}, "roleName", PATTERN),
        ("iam.create_role", {**CREATE, "Path": "team"}, "path", PATTERN),
        ("iam.create_role", {**CREATE, "Path": "/team"}, "path", PATTERN),
        ("iam.create_role", {**CREATE, "Path": f"/{'p' * 511}/"}, "path", f"{LENGTH} 512"),
        (
            "iam.create_role",
            {**CREATE, "MaxSessionDuration": 3599},
            "maxSessionDuration",
            "greater than or equal to 3600",
        ),
        (
            "iam.create_role",
            {**CREATE, "MaxSessionDuration": 50000},
            "maxSessionDuration",
            "less than or equal to 43200",
        ),
        ("iam.create_role", {**CREATE, "Description": "d" * 1001}, "description", f"{LENGTH} 1000"),
        ("iam.create_role", {**CREATE, "Tags": listed({"a,b": ""})}, "tags.1.member.key", PATTERN),
        ("iam.create_role", {**CREATE, "Tags": listed({"k": "", "l": "a,b"})}, "tags.2.member.value", PATTERN),
        ("iam.create_role", {**CREATE, "Tags": listed({"k" * 129: ""})}, "tags.1.member.key", f"{LENGTH} 128"),
        ("iam.create_role", {**CREATE, "Tags": listed({"k": "v" * 257})}, "tags.1.member.value", f"{LENGTH} 256"),
        ("iam.create_role", {**CREATE, "Tags": listed({str(n): "" for n in range(51)})}, "tags", f"{LENGTH} 50"),
        ("iam.update_role", {**ROLE, "MaxSessionDuration": 1}, SECONDS, "3600"),
        (
            "iam.put_role_policy",
            {**ROLE, "PolicyName": "p p", "PolicyDocument": POLICY},
            "policyName",
            PATTERN,
        ),
        (
            "iam.attach_role_policy",
            {**ROLE, "PolicyArn": "short"},
            "policyArn",
            "greater than or equal to 20",
        ),
        ("iam.tag_role", {**ROLE, "Tags": listed({"k": "a,b"})}, "tags.1.member.value", PATTERN),
        ("iam.create_instance_profile", {"InstanceProfileName": "i" * 129}, "instanceProfileName", f"{LENGTH} 128"),
        ("iam.create_user", {"UserName": "u" * 65}, "userName", f"{LENGTH} 64"),
        ("iam.create_policy", {"PolicyName": "p" * 129, "PolicyDocument": POLICY}, "policyName", f"{LENGTH} 128"),
        ("sts.assume_role", {**ASSUME, "ExternalId": "x"}, "externalId", "greater than or equal to 2"),
        ("sts.assume_role", {**ASSUME, "ExternalId": "x" * 1225}, "externalId", f"{LENGTH} 1224"),
        ("sts.assume_role", {**ASSUME, "ExternalId": "a b"}, "externalId", PATTERN),
        ("sts.assume_role", {**ASSUME, "RoleSessionName": "a b"}, "roleSessionName", PATTERN),
        ("sts.assume_role", {**ASSUME, "RoleSessionName": "s" * 65}, "roleSessionName", f"{LENGTH} 64"),
        ("sts.assume_role", {**ASSUME, "DurationSeconds": 899}, "durationSeconds", "greater than or equal to 900"),
        ("sts.assume_role", {**ASSUME, "DurationSeconds": 43201}, "durationSeconds", "less than or equal to 43200"),
    ],
)
def test_what_is_refused(account: Account, call: str, arguments: dict[str, Any], member: str, rule: str) -> None:
    service, operation = call.split(".")
    method = getattr(account.client(service), operation)
    assert code_of(method, **arguments) == "ValidationError"
    message = message_of(method, **arguments)
    assert message.startswith("1 validation error detected: Value")
    assert f"at '{member}' failed to satisfy constraint: Member must" in message
    assert rule in message


def test_every_error_is_named(account: Account) -> None:
    message = message_of(account.iam.create_role, **{**CREATE, "RoleName": "a/b", "Path": "team"})
    assert message.startswith("2 validation errors detected: ")
    assert "'path'" in message
    assert "'roleName'" in message


def test_what_is_taken(account: Account) -> None:
    tags = {"k" * 128: "v" * 256, "Größe_.:/=+-@": "日本 語", "aws-like": ""}
    account.iam.create_role(
        RoleName="r+=,.@-" + "r" * 57,
        Path=f"/{'p' * 510}/",
        AssumeRolePolicyDocument=TRUST,
        MaxSessionDuration=43200,
        Tags=listed(tags),
    )
    [role] = account.iam.list_roles()["Roles"]
    found = account.iam.list_role_tags(RoleName=role["RoleName"])["Tags"]
    assert {one["Key"]: one["Value"] for one in found} == tags
    account.role("open", f"arn:aws:iam::{account.id}:root")
    account.assume(f"arn:aws:iam::{account.id}:role/open", ExternalId="+=,.@:/-" * 153)


@pytest.mark.parametrize(
    ("operation", "parameter", "more"),
    [
        ("create_role", "RoleName", {"AssumeRolePolicyDocument": TRUST}),
        ("create_user", "UserName", {}),
        ("create_group", "GroupName", {}),
        ("create_instance_profile", "InstanceProfileName", {}),
        ("create_policy", "PolicyName", {"PolicyDocument": POLICY}),
    ],
)
def test_names_that_differ_only_in_case_are_one(
    account: Account, other: Account, operation: str, parameter: str, more: dict[str, Any]
) -> None:
    create = getattr(account.iam, operation)
    create(**{parameter: "Orders", **more})
    for name in ("Orders", "orders", "ORDERS"):
        assert code_of(create, **{parameter: name, **more}) == "EntityAlreadyExists"
        assert name in message_of(create, **{parameter: name, **more})
    create(**{parameter: "orders-2", **more})
    getattr(other.iam, operation)(**{parameter: "orders", **more})


def test_a_policy_may_have_the_name_of_one_of_aws(account: Account) -> None:
    account.iam.create_policy(PolicyName="ReadOnlyAccess", PolicyDocument=POLICY)


KINDS = [
    ("role", {"AssumeRolePolicyDocument": TRUST}, "Role", True),
    ("user", {}, "User", True),
    ("instance_profile", {}, "InstanceProfile", False),
]


@pytest.mark.parametrize(("kind", "more", "word", "folded"), KINDS)
def test_tags(account: Account, kind: str, more: dict[str, Any], word: str, folded: bool) -> None:
    named = {f"{word}Name": NAME}
    tag, show = getattr(account.iam, f"tag_{kind}"), getattr(account.iam, f"list_{kind}_tags")
    getattr(account.iam, f"create_{kind}")(**named, **more, Tags=listed({"Team": "a"}))

    def tags() -> dict[str, str]:
        return {one["Key"]: one["Value"] for one in show(**named)["Tags"]}

    tag(**named, Tags=listed({"team": "b"}))
    assert tags() == ({"team": "b"} if folded else {"Team": "a", "team": "b"})
    both = {**named, "Tags": listed({"X": "1", "x": "2"})}
    if folded:
        assert message_of(tag, **both).startswith("Duplicate tag keys found")
    for number in range(len(tags()), 50):
        tag(**named, Tags=listed({f"key-{number}": ""}))
    tag(**named, Tags=listed({"key-49": "again"}))
    assert code_of(tag, **named, Tags=listed({"one-more": ""})) == "LimitExceeded"
    assert message_of(tag, **named, Tags=listed({"one-more": ""})) == f"Cannot exceed quota for TagsPer{word}: 50"
    assert len(tags()) == 50


@pytest.mark.parametrize("operation", ["create_role", "update_assume_role_policy"])
@pytest.mark.parametrize("form", ["{}", "arn:aws:iam::{}:root"])
def test_accounts_that_do_not_exist(account: Account, control: Control, operation: str, form: str) -> None:
    account.role("there", account.id)
    control.settings(known_accounts=[account.id])
    arguments = {
        "create_role": ("new", "AssumeRolePolicyDocument"),
        "update_assume_role_policy": ("there", "PolicyDocument"),
    }
    name, parameter = arguments[operation]
    wanted = {"RoleName": name, parameter: json.dumps(trusting(form.format("299999999998")))}
    assert code_of(getattr(account.iam, operation), **wanted) == "MalformedPolicyDocument"
    expected = 'Invalid principal in policy: "AWS":"arn:aws:iam::299999999998:root"'
    assert message_of(getattr(account.iam, operation), **wanted) == expected
    wanted[parameter] = json.dumps(trusting(form.format(account.id)))
    getattr(account.iam, operation)(**wanted)
