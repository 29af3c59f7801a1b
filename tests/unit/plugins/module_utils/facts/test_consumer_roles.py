# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.facts.consumer import ConsumerQuery
from ansible_collections.dax.cross_account.plugins.module_utils.facts.consumer_roles import read_iam
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import TAGS_B
from botocore.exceptions import ClientError

OURS = f"dax.cross_account: {build.CLUSTER_ARN} dax-client"
OTHERS = {**TAGS_B, build.CONSUMER: "other"}


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def role(name: str, tags: dict[str, str], description: str = OURS) -> dict[str, Any]:
    arn = f"arn:aws:iam::{build.B}:role/{name}"
    shape = {"RoleName": name, "Arn": arn, "RoleId": f"AROA{name}AAAAAAAAAAAA", "Path": "/", "CreateDate": 0}
    return {**shape, "Description": description, "Tags": tag_list(tags)}


def profile(name: str, tags: dict[str, str], *roles: str) -> dict[str, Any]:
    shape = {
        "InstanceProfileName": name,
        "InstanceProfileId": f"AIPA{name}AAAAAAAAAAAA",
        "Arn": f"arn:x:{name}aaaaaaaaaaaaaaaaa",
    }
    return {**shape, "Path": "/", "CreateDate": 0, "Roles": [role(one, {}) for one in roles], "Tags": tag_list(tags)}


def read(fake_aws: Any, aws_error: Any, roles: list[Any], profiles: list[Any], **more: Any) -> tuple[Any, Any]:
    """Read an account with these roles and profiles; also return its fake."""
    gone = aws_error("NoSuchEntity")
    by_role = {item["RoleName"]: item for item in roles}
    by_profile = {item["InstanceProfileName"]: item for item in profiles}

    def without_tags(item: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in item.items() if key != "Tags"}

    def get(found: dict[str, Any], key: str, name: str) -> Any:
        return {key: found[name]} if name in found else gone

    iam = fake_aws("iam")
    iam.on("GetRole", lambda params: get(by_role, "Role", params["RoleName"]))
    iam.on("GetInstanceProfile", lambda params: get(by_profile, "InstanceProfile", params["InstanceProfileName"]))
    iam.on("ListRoles", {"Roles": [without_tags(item) for item in roles], "IsTruncated": False})
    iam.on("ListInstanceProfiles", {"InstanceProfiles": [without_tags(item) for item in profiles]})
    iam.on("ListRolePolicies", {"PolicyNames": []}).on("ListAttachedRolePolicies", {"AttachedPolicies": []})
    iam.on(
        "ListInstanceProfilesForRole",
        lambda params: {
            "InstanceProfiles": [
                without_tags(item)
                for item in profiles
                if params["RoleName"] in [one["RoleName"] for one in item["Roles"]]
            ]
        },
    )
    names = {"role_name": "Role", "instance_profile_name": "Profile"}
    query = ConsumerQuery(**{"name": "dax-client", "cluster_arn": build.CLUSTER_ARN, **names, **more})
    return read_iam(iam.client, query), iam


ROWS = [
    pytest.param([role("Role", TAGS_B)], [profile("Profile", TAGS_B, "Role")], [], [], id="as wanted"),
    pytest.param([role("Role", TAGS_B), role("Old", TAGS_B)], [], ["Old"], [], id="an old role"),
    pytest.param([role("Role", TAGS_B), role("Old", {})], [], ["Old"], [], id="without its tags"),
    pytest.param([role("Role", TAGS_B), role("Old", OTHERS)], [], [], [], id="another's, with our description"),
    pytest.param([role("Role", TAGS_B), role("Old", TAGS_B, "")], [], [], [], id="without its description"),
    pytest.param(
        [role("Role", TAGS_B), role("Old", TAGS_B, "")], [profile("Profile", TAGS_B, "Old")], ["Old"], [], id="held"
    ),
    pytest.param([role("Role", TAGS_B)], [profile("Old", TAGS_B, "Role")], [], ["Old"], id="an old profile"),
    pytest.param([role("Role", TAGS_B)], [profile("Old", {}, "Role")], [], [], id="a profile of others"),
    pytest.param(
        [role("Old", TAGS_B)], [profile("OldProfile", TAGS_B, "Old")], ["Old"], ["OldProfile"], id="both"
    ),
    pytest.param([role("rOLE", {}, "")], [profile("pROFILE", {})], ["rOLE"], ["pROFILE"], id="another case"),
]  # fmt: skip


@pytest.mark.parametrize(("roles", "profiles", "other_roles", "other_profiles"), ROWS)
def test_what_is_the_consumers_under_other_names(
    fake_aws: Any,
    aws_error: Any,
    roles: list[Any],
    profiles: list[Any],
    other_roles: list[str],
    other_profiles: list[str],
) -> None:
    facts, _iam = read(fake_aws, aws_error, roles, profiles)
    assert [item["role_name"] for item in facts["other_roles"]] == other_roles
    assert [item["instance_profile_name"] for item in facts["other_instance_profiles"]] == other_profiles


def test_what_a_converged_account_is_asked(fake_aws: Any, aws_error: Any) -> None:
    _facts, iam = read(fake_aws, aws_error, [role("Role", TAGS_B)], [profile("Profile", TAGS_B, "Role")])
    assert sorted(iam.operations) == [
        "GetInstanceProfile",
        "GetRole",
        "ListAttachedRolePolicies",
        "ListInstanceProfilesForRole",
        "ListRolePolicies",
        "ListRoles",
    ]


@pytest.mark.parametrize("ours", [True, False])
def test_a_closed_profile_of_an_adopted_role_is_none_of_ours(fake_aws: Any, aws_error: Any, ours: bool) -> None:
    def query() -> Any:
        _facts, iam = read(fake_aws, aws_error, [role("Role", TAGS_B if ours else {}, "")], [profile("X", {}, "Role")])
        iam.on("GetInstanceProfile", aws_error("NoSuchEntity"), aws_error("AccessDenied"))
        names = {"role_name": "Role", "instance_profile_name": "Profile"}
        return read_iam(iam.client, ConsumerQuery(name="dax-client", cluster_arn=build.CLUSTER_ARN, **names))

    if ours:
        with pytest.raises(ClientError, match="AccessDenied"):
            query()
    else:
        assert query()["other_instance_profiles"] == []
