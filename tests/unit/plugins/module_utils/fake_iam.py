# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles of one account's IAM in memory, with the methods of a boto3 client that a role is read and written by.

Each call is carried out at once and whole. It refuses what IAM refuses.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, MutableMapping
from typing import Any

from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from botocore.exceptions import ClientError

MOST_TAGS = 50
Record = dict[str, Any]


def refusal(operation: str, code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


class FakeIam:
    """A client of IAM.

    :ivar roles: the roles in the shape of the facts, by name.
    :ivar unknown: ARNs that IAM does not know as principals.
    :ivar log: the operations that were called.
    """

    def __init__(self, roles: MutableMapping[str, Record], account: str = build.A) -> None:
        self.roles, self.account = roles, account
        self.unknown: set[str] = set()
        self.log: list[str] = []
        self._made = 0

    def _role(self, operation: str, name: str) -> Record:
        if name not in self.roles:
            raise refusal(operation, "NoSuchEntity", f"The role with name {name} cannot be found.")
        return self.roles[name]

    def _reading(self, operation: str, name: str) -> Record:
        self.log.append(operation)
        return copy.deepcopy(self._role(operation, name))

    def _writing(self, operation: str, name: str) -> Record:
        self.log.append(operation)
        return self._role(operation, name)

    def _trust(self, operation: str, text: str) -> Record:
        document: Record = json.loads(text)
        assert document["Statement"], "IAM has no empty trust policy"
        for named in _principals(document):
            if named in self.unknown or not named.startswith("arn:"):
                message = f'Invalid principal in policy: "AWS":"{named}"'
                raise refusal(operation, "MalformedPolicyDocument", message)
        return document

    def get_role(self, *, RoleName: str) -> Record:
        role = self._reading("GetRole", RoleName)
        boundary = role["permissions_boundary"]
        shown = {
            "RoleName": RoleName,
            "Arn": role["arn"],
            "AssumeRolePolicyDocument": role["trust"],
            "Description": role["description"],
            "MaxSessionDuration": role["max_session_duration"],
            "Tags": [{"Key": key, "Value": value} for key, value in role["tags"].items()],
        }
        if boundary:
            shown["PermissionsBoundary"] = {"PermissionsBoundaryArn": boundary}
        return {"Role": shown}

    def create_role(
        self,
        *,
        RoleName: str,
        Path: str,
        AssumeRolePolicyDocument: str,
        Description: str,
        MaxSessionDuration: int,
        Tags: list[dict[str, str]],
        PermissionsBoundary: str | None = None,
    ) -> None:
        self.log.append("CreateRole")
        assert PermissionsBoundary != "", "IAM refuses an empty ARN for a new role"
        if RoleName.lower() in {name.lower() for name in self.roles}:
            raise refusal("CreateRole", "EntityAlreadyExists", f"Role with name {RoleName} already exists.")
        self._made += 1
        made = {
            "path": Path,
            "arn": f"arn:aws:iam::{self.account}:role{Path}{RoleName}",
            "role_id": f"AROAMADE{self._made}",
            "description": Description,
            "max_session_duration": MaxSessionDuration,
            "permissions_boundary": PermissionsBoundary,
        }
        trust = self._trust("CreateRole", AssumeRolePolicyDocument)
        role = build.role(RoleName, trust, self.account, **made)
        _tag("CreateRole", role, Tags)
        self.roles[RoleName] = role

    def update_assume_role_policy(self, *, RoleName: str, PolicyDocument: str) -> None:
        role = self._writing("UpdateAssumeRolePolicy", RoleName)
        role["trust"] = self._trust("UpdateAssumeRolePolicy", PolicyDocument)

    def tag_role(self, *, RoleName: str, Tags: list[dict[str, str]]) -> None:
        _tag("TagRole", self._writing("TagRole", RoleName), Tags)

    def untag_role(self, *, RoleName: str, TagKeys: list[str]) -> None:
        role = self._writing("UntagRole", RoleName)
        role["tags"] = {key: value for key, value in role["tags"].items() if key not in TagKeys}

    def update_role(self, *, RoleName: str, **changes: Any) -> None:
        role = self._writing("UpdateRole", RoleName)
        names = {"Description": "description", "MaxSessionDuration": "max_session_duration"}
        role.update({names[name]: value for name, value in changes.items()})

    def put_role_permissions_boundary(self, *, RoleName: str, PermissionsBoundary: str) -> None:
        assert PermissionsBoundary.startswith("arn:")
        self._writing("PutRolePermissionsBoundary", RoleName)["permissions_boundary"] = PermissionsBoundary

    def delete_role_permissions_boundary(self, *, RoleName: str) -> None:
        self._writing("DeleteRolePermissionsBoundary", RoleName)["permissions_boundary"] = None

    def list_role_policies(self, *, RoleName: str) -> Record:
        return {"PolicyNames": list(self._reading("ListRolePolicies", RoleName)["inline_policies"])}

    def get_role_policy(self, *, RoleName: str, PolicyName: str) -> Record:
        found = self._reading("GetRolePolicy", RoleName)["inline_policies"]
        if PolicyName not in found:
            message = f"The role policy with name {PolicyName} cannot be found."
            raise refusal("GetRolePolicy", "NoSuchEntity", message)
        return {"PolicyDocument": found[PolicyName]}

    def put_role_policy(self, *, RoleName: str, PolicyName: str, PolicyDocument: str) -> None:
        self._writing("PutRolePolicy", RoleName)["inline_policies"][PolicyName] = json.loads(PolicyDocument)

    def delete_role_policy(self, *, RoleName: str, PolicyName: str) -> None:
        found = self._writing("DeleteRolePolicy", RoleName)["inline_policies"]
        if PolicyName not in found:
            message = f"The role policy with name {PolicyName} cannot be found."
            raise refusal("DeleteRolePolicy", "NoSuchEntity", message)
        del found[PolicyName]

    def list_attached_role_policies(self, *, RoleName: str) -> Record:
        found = self._reading("ListAttachedRolePolicies", RoleName)["attached_policies"]
        return {"AttachedPolicies": [{"PolicyArn": arn} for arn in found]}

    def detach_role_policy(self, *, RoleName: str, PolicyArn: str) -> None:
        self._writing("DetachRolePolicy", RoleName)["attached_policies"].remove(PolicyArn)

    def list_instance_profiles_for_role(self, *, RoleName: str) -> Record:
        self._reading("ListInstanceProfilesForRole", RoleName)
        return {"InstanceProfiles": []}

    def delete_role(self, *, RoleName: str) -> None:
        role = self._writing("DeleteRole", RoleName)
        if role["inline_policies"] or role["attached_policies"]:
            raise refusal("DeleteRole", "DeleteConflict", "Cannot delete entity, must delete policies first.")
        del self.roles[RoleName]


def _tag(operation: str, role: Record, tags: list[dict[str, str]]) -> None:
    wanted = {tag["Key"]: tag["Value"] for tag in tags}
    kept = {key: value for key, value in role["tags"].items() if key.lower() not in {each.lower() for each in wanted}}
    if len({**kept, **wanted}) > MOST_TAGS:
        raise refusal(operation, "LimitExceeded", f"Cannot exceed quota for TagsPerRole: {MOST_TAGS}")
    role["tags"] = {**kept, **wanted}


def _principals(document: Record) -> Iterator[str]:
    for statement in document["Statement"]:
        principal = statement.get("Principal", {})
        named = principal.get("AWS", []) if isinstance(principal, dict) else []
        yield from [named] if isinstance(named, str) else named
