# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of an IAM role that both sides have: session duration and permissions boundary. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from ..common.compare import differing
from ..common.shapes import Role, Tags
from .model import Plan
from .options import ConsumerOptions, OwnerOptions
from .resources import Resource, resource

MODULE = "amazon.aws.iam_role"
POLICY_MODULE = "amazon.aws.iam_policy"

# What amazon.aws's module would otherwise do to things that are not named.
_NOTHING_ELSE = {"purge_policies": False, "create_instance_profile": False, "delete_instance_profile": False}


class RoleSettings(TypedDict):
    """The settings as the facts show them: seconds, and an ARN or None."""

    max_session_duration: int
    permissions_boundary: str | None


def desired_settings(options: OwnerOptions | ConsumerOptions) -> RoleSettings:
    return {
        "max_session_duration": options.max_session_duration,
        "permissions_boundary": options.permissions_boundary or None,
    }


def change_settings(plan: Plan, about: Resource, role: Role, settings: Mapping[str, Any]) -> None:
    """Plan what of a role's settings differs."""
    changed = differing(role, settings)
    if changed:
        plan.add("role", "change", about, changed, {key: value for key, value in settings.items() if key in changed})


def change_description(plan: Plan, about: Resource, role: Role, description: str | None) -> None:
    """Plan the description of a role of ours, by which later runs find it.

    :param description: None for that of an adopted role, which stays as it is.
    """
    if description is not None and role["description"] != description:
        plan.add("role", "change", about, {"description": role["description"]}, {"description": description})


def check_path(plan: Plan, about: Resource, current: str, wanted: str, variable: str) -> None:
    """Refuse another path for a role or an instance profile of ours: IAM changes none.

    :param about: it; its type is also the step.
    """
    if current != wanted:
        why = f"has the path {current}, not {wanted}, and IAM changes no path; run teardown first, or take the old "
        plan.conflict(about.type, about, f"{why}value back ({variable})")


def write_role(
    plan: Plan,
    role: Role | None,
    name: str,
    path: str,
    trust: dict[str, Any] | None,
    tags: Tags,
    settings: RoleSettings,
    managed_policies: list[str] | None = None,
    description: str | None = None,
    step: str = "role",
) -> None:
    """Add the call that makes a role as it is desired, whose whole set of tags is given.

    An empty boundary takes one off; a new role must not be given one, for IAM refuses an empty ARN.

    :param description: None leaves it as it is.
    """
    boundary = settings["permissions_boundary"]
    args = {
        "state": "present",
        "name": name,
        "path": role["path"] if role else path,
        "description": description,
        "assume_role_policy_document": trust,
        "max_session_duration": settings["max_session_duration"],
        "boundary": (boundary or "") if role or boundary else None,
        "managed_policies": managed_policies or None,
        "tags": tags,
        **_NOTHING_ELSE,
    }
    plan.write(step, MODULE, resource("role", name=name), args)


def write_role_removal(plan: Plan, name: str, step: str = "role") -> None:
    plan.write(step, MODULE, resource("role", name=name), {"state": "absent", "name": name, **_NOTHING_ELSE})


def write_policy(plan: Plan, role: str, name: str, document: dict[str, Any] | None, step: str = "policy") -> None:
    """Add the call that writes an inline policy, or with None as its document removes it."""
    args = {
        "iam_type": "role",
        "iam_name": role,
        "policy_name": name,
        "policy_json": document,
        "state": "present" if document else "absent",
    }
    plan.write(step, POLICY_MODULE, resource("policy", role=role, name=name), args)
