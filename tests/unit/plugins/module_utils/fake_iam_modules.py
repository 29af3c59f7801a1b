# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules that write roles and instance profiles, on account B in memory; see ``fake_modules.py``.

``own["roles"]`` and ``own["profiles"]`` hold them by their names, which IAM does not tell apart by case.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

Record = dict[str, Any]


class FakeIamModules:
    """The modules with account B's connection."""

    account: str
    own: Record
    world: Any

    def iam_role_present(
        self,
        *,
        name: str,
        path: str,
        description: str,
        assume_role_policy_document: Record,
        max_session_duration: int,
        tags: dict[str, str],
        purge_policies: bool,
        create_instance_profile: bool,
        delete_instance_profile: bool,
        boundary: str | None = None,
        managed_policies: tuple[str, ...] | list[str] = (),
    ) -> None:
        assert (purge_policies, create_instance_profile, delete_instance_profile) == (False, False, False)
        role = self.own["roles"].get(name)
        if role is None:
            assert boundary != "", "IAM refuses an empty ARN for a new role"
            assert name.lower() not in map(str.lower, self.own["roles"]), "IAM has a role of this name"
            role = build.role(name, {}, self.account, path=path, arn=f"arn:aws:iam::{self.account}:role{path}{name}")
        assert role["path"] == path
        attached = list(dict.fromkeys([*role["attached_policies"], *managed_policies]))
        boundary = role["permissions_boundary"] if boundary is None else boundary or None
        settings = {"max_session_duration": max_session_duration, "permissions_boundary": boundary}
        given = {"trust": assume_role_policy_document, "attached_policies": attached, "tags": tags}
        self.own["roles"][name] = {**role, **settings, **given, "description": description}

    def iam_role_absent(
        self, *, name: str, purge_policies: bool, create_instance_profile: bool, delete_instance_profile: bool
    ) -> None:
        assert (purge_policies, create_instance_profile, delete_instance_profile) == (False, False, False)
        for profile in self.own["profiles"].values():
            profile["role_names"] = [role for role in profile["role_names"] if role != name]
        gone = self.own["roles"].pop(name, None)
        assert gone or not self.world.weather.calm

    def iam_policy_present(self, *, iam_type: str, iam_name: str, policy_name: str, policy_json: Record) -> None:
        assert iam_type == "role"
        self.own["roles"][iam_name]["inline_policies"][policy_name] = policy_json

    def iam_policy_absent(self, *, iam_type: str, iam_name: str, policy_name: str) -> None:
        assert iam_type == "role"
        gone = self.own["roles"][iam_name]["inline_policies"].pop(policy_name, None)
        assert gone or not self.world.weather.calm

    def iam_instance_profile_present(self, *, name: str, path: str, role: str, tags: dict[str, str]) -> None:
        assert role in self.own["roles"]
        arn = f"arn:aws:iam::{self.account}:instance-profile/{name}"
        found = self.own["profiles"].get(name)
        assert found or name.lower() not in map(str.lower, self.own["profiles"]), "IAM has a profile of this name"
        made_id = found["instance_profile_id"] if found else f"AIPA{len(self.world.calls)}"
        shape = {"instance_profile_name": name, "arn": arn, "path": path, "instance_profile_id": made_id}
        self.own["profiles"][name] = {**shape, "role_names": [role], "tags": tags}

    def iam_instance_profile_absent(self, *, name: str) -> None:
        gone = self.own["profiles"].pop(name, None)
        assert gone or not self.world.weather.calm
