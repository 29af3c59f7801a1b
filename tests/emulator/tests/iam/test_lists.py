# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of roles and instance profiles, and names and tag keys in another case."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import Account, code_of, listed, message_of, trusting

EC2 = {"Service": "ec2.amazonaws.com"}
TAGS = listed({"team": "cache"})
DUPLICATE = "Duplicate tag keys found. Please note that Tag keys are case insensitive."


def test_a_list_of_roles_tells_descriptions_and_trust_and_no_tags(account: Account) -> None:
    account.role("client", EC2, Description="of orders", Tags=TAGS)
    [shown] = account.iam.list_roles()["Roles"]
    assert (shown["Description"], shown["AssumeRolePolicyDocument"]) == ("of orders", trusting(EC2))
    assert "Tags" not in shown
    assert account.iam.get_role(RoleName="client")["Role"]["Tags"] == TAGS


def test_lists_come_in_pages(account: Account) -> None:
    names = {f"role-{number}" for number in range(103)}
    for name in names:
        account.role(name, EC2)
    first = account.iam.list_roles()
    assert (len(first["Roles"]), first["IsTruncated"]) == (100, True)
    pages = list(account.iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 40}))
    assert [len(page["Roles"]) for page in pages] == [40, 40, 23]
    assert {role["RoleName"] for page in pages for role in page["Roles"]} == names
    assert code_of(account.iam.list_roles, Marker="nonsense") == "ValidationError"


def test_instance_profiles_of_a_role(account: Account) -> None:
    iam = account.iam
    account.role("client", EC2, Tags=TAGS)
    for name in ("one", "two", "empty"):
        iam.create_instance_profile(InstanceProfileName=name, Tags=TAGS)
    for name in ("one", "two"):
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName="client")
    found = iam.list_instance_profiles_for_role(RoleName="client")["InstanceProfiles"]
    assert {profile["InstanceProfileName"] for profile in found} == {"one", "two"}
    for profile in [*found, *iam.list_instance_profiles()["InstanceProfiles"]]:
        assert "Tags" not in profile
        for role in profile["Roles"]:
            assert role["AssumeRolePolicyDocument"] == trusting(EC2)
            assert "Tags" not in role
    first = iam.list_instance_profiles_for_role(RoleName="client", MaxItems=1)
    assert (len(first["InstanceProfiles"]), first["IsTruncated"]) == (1, True)
    assert code_of(iam.list_instance_profiles_for_role, RoleName="nobody") == "NoSuchEntity"


@pytest.mark.parametrize("kind", ["role", "instance_profile", "policy"])
def test_a_name_in_another_case_is_taken(account: Account, kind: str) -> None:
    trust = json.dumps(trusting(EC2))
    allowed = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    more: dict[str, dict[str, Any]] = {
        "role": {"AssumeRolePolicyDocument": trust},
        "policy": {"PolicyDocument": json.dumps(allowed)},
    }
    parameter = "".join(part.title() for part in kind.split("_")) + "Name"
    create = getattr(account.iam, f"create_{kind}")
    create(**{parameter: "Orders"}, **more.get(kind, {}))
    for name in ("Orders", "orders", "ORDERS"):
        assert code_of(create, **{parameter: name}, **more.get(kind, {})) == "EntityAlreadyExists"


def test_a_tag_key_in_another_case_replaces_the_tag_of_a_role(account: Account) -> None:
    account.role("client", EC2, Tags=listed({"Test": "1"}))
    account.iam.tag_role(RoleName="client", Tags=listed({"test": "2"}))
    assert account.iam.list_role_tags(RoleName="client")["Tags"] == listed({"test": "2"})
    twice = listed({"a": "1", "A": "2"})
    assert message_of(account.iam.tag_role, RoleName="client", Tags=twice) == DUPLICATE
    create = {"RoleName": "other", "AssumeRolePolicyDocument": json.dumps(trusting(EC2)), "Tags": twice}
    assert code_of(account.iam.create_role, **create) == "InvalidInput"
    account.iam.tag_role(RoleName="client", Tags=listed({f"key-{number}": "" for number in range(49)}))
    account.iam.tag_role(RoleName="client", Tags=listed({"TEST": "3"}))
    assert code_of(account.iam.tag_role, RoleName="client", Tags=listed({"more": ""})) == "LimitExceeded"
