# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.facts import iam
from botocore.exceptions import ClientError

TRUST = {"Version": "2012-10-17", "Statement": []}


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_who_the_credentials_are(fake_aws: Any, partition: str) -> None:
    arn = f"arn:{partition}:sts::111111111111:assumed-role/Ops/me"
    fake = fake_aws("sts").on("GetCallerIdentity", {"Account": "111111111111", "Arn": arn, "UserId": "AROA:me"})
    assert iam.caller_identity(fake.client) == {"account_id": "111111111111", "arn": arn, "partition": partition}


def raw_role(**more: Any) -> dict[str, Any]:
    shape = {
        "RoleName": "R",
        "Arn": "arn:role",
        "RoleId": "AROA1",
        "Path": "/p/",
        "AssumeRolePolicyDocument": json.dumps(TRUST),
    }
    return {"Role": {**shape, **more}}


def test_a_role_with_all_its_policies_over_several_pages(fake_aws: Any) -> None:
    fake = fake_aws("iam").on(
        "GetRole",
        raw_role(
            MaxSessionDuration=7200,
            PermissionsBoundary={"PermissionsBoundaryArn": "arn:boundary"},
            Tags=[{"Key": "a", "Value": "1"}],
        ),
    )
    fake.on(
        "ListRolePolicies",
        {"PolicyNames": ["one"], "IsTruncated": True, "Marker": "m"},
        {"PolicyNames": ["two"], "IsTruncated": False},
    )
    fake.on("GetRolePolicy", lambda params: {"PolicyDocument": json.dumps({"Id": params["PolicyName"]})})
    fake.on(
        "ListAttachedRolePolicies",
        {"AttachedPolicies": [{"PolicyArn": "arn:1"}], "IsTruncated": True, "Marker": "m"},
        {"AttachedPolicies": [{"PolicyArn": "arn:2"}], "IsTruncated": False},
    )
    assert iam.read_role(fake.client, "R") == {
        "role_name": "R",
        "arn": "arn:role",
        "role_id": "AROA1",
        "path": "/p/",
        "description": "",
        "trust": TRUST,
        "inline_policies": {"one": {"Id": "one"}, "two": {"Id": "two"}},
        "attached_policies": ["arn:1", "arn:2"],
        "max_session_duration": 7200,
        "permissions_boundary": "arn:boundary",
        "tags": {"a": "1"},
    }


def test_a_role_with_nothing_to_it(fake_aws: Any) -> None:
    fake = fake_aws("iam").on("GetRole", raw_role())
    fake.on("ListRolePolicies", {"PolicyNames": []}).on("ListAttachedRolePolicies", {"AttachedPolicies": []})
    role = iam.read_role(fake.client, "R")
    assert role is not None
    assert (role["max_session_duration"], role["permissions_boundary"], role["tags"]) == (3600, None, {})
    assert (role["inline_policies"], role["attached_policies"]) == ({}, [])
    assert "GetRolePolicy" not in fake.operations


def test_an_instance_profile(fake_aws: Any) -> None:
    raw: dict[str, Any] = {"InstanceProfileName": "P", "InstanceProfileId": "AIPA1", "Arn": "arn:profile", "Path": "/"}
    raw["Roles"] = [{"RoleName": "R"}]
    fake = fake_aws("iam").on("GetInstanceProfile", {"InstanceProfile": {**raw, "Tags": [{"Key": "a", "Value": "1"}]}})
    assert iam.read_instance_profile(fake.client, "P") == {
        "instance_profile_name": "P",
        "instance_profile_id": "AIPA1",
        "arn": "arn:profile",
        "path": "/",
        "role_names": ["R"],
        "tags": {"a": "1"},
    }


@pytest.mark.parametrize(
    ("read", "operation"), [(iam.read_role, "GetRole"), (iam.read_instance_profile, "GetInstanceProfile")]
)
def test_what_is_not_there_is_none_and_another_error_passes_through(
    fake_aws: Any, aws_error: Any, read: Any, operation: str
) -> None:
    assert read(fake_aws("iam").on(operation, aws_error("NoSuchEntity")).client, "X") is None
    with pytest.raises(ClientError, match="AccessDenied"):
        read(fake_aws("iam").on(operation, aws_error("AccessDenied")).client, "X")
