# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of an IAM role that both sides have: session duration and permissions boundary. Pure, no AWS."""

from __future__ import annotations

from typing import Any

from .model import Plan, differing


def wanted_settings(wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the settings as the facts show them: seconds, and an ARN or None."""
    return {
        "max_session_duration": wanted["max_session_duration"],
        "permissions_boundary": wanted["permissions_boundary"] or None,
    }


def current_settings(role: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of an adopted role, which stay as its owner made them."""
    return {key: role[key] for key in ("max_session_duration", "permissions_boundary")}


def compare_settings(plan: Plan, resource: str, role: dict[str, Any], settings: dict[str, Any]) -> None:
    changed = differing(role, settings)
    if changed:
        plan.add("role", "change", resource, changed, {key: settings[key] for key in changed})


def role_write(
    role: dict[str, Any] | None, name: str, path: str, trust: Any, tags: dict[str, str], settings: dict[str, Any]
) -> dict[str, Any]:
    """Return the arguments of amazon.aws.iam_role, whose whole set of tags is given.

    An empty boundary takes one off; a new role must not be given one, for IAM refuses an empty ARN.
    """
    write = {
        "state": "present",
        "name": name,
        "path": role["path"] if role else path,
        "trust": trust,
        "tags": tags,
        "max_session_duration": settings["max_session_duration"],
    }
    boundary = settings["permissions_boundary"]
    return {**write, "boundary": boundary or ""} if role or boundary else write
