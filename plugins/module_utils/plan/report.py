# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person sees of a run besides the plan: the difference, and the summary at its end. Pure."""

from __future__ import annotations

import json
from typing import Any, TypedDict

from ..common.shapes import Endpoint
from ..common.text import printable
from .model import brief

_WRITES = {"create": "created", "change": "changed", "remove": "removed"}


class Summary(TypedDict):
    """What came of a run of one side."""

    complete: bool  # nothing is waited for
    changed: dict[str, int]  # created, changed, removed; in check mode what would be
    account_id: str | None
    endpoint: str | None
    role_arn: str | None  # the role to assume
    nodes: list[Endpoint]  # account A: address, port and url of each node of the cluster
    instance_id: str | None  # account B
    waiting_for: list[str]
    warnings: list[str]
    next: str  # what to do now
    lines: list[str]  # all of this, as it is shown


def diff_of(plan: dict[str, Any]) -> list[dict[str, str]]:
    """Return a plan's changes as Ansible shows differences, one entry a resource."""
    return [
        {
            "before_header": action["resource"],
            "after_header": action["resource"],
            "before": _document(_or_present(action, "before", "remove")),
            "after": _document(_or_present(action, "after", "create")),
        }
        for action in plan["actions"]
        if action["kind"] in _WRITES
    ]


def _or_present(action: dict[str, Any], when: str, kind: str) -> Any:
    """Return what is there before or after; what is made or goes has a word where nothing is said of it."""
    return "present" if action[when] is None and action["kind"] == kind else action[when]


def _document(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        text = json.dumps(value, indent=2, ensure_ascii=False)
        return "".join(f"{printable(line)}\n" for line in text.splitlines())
    return printable(brief(value)) + "\n"


def summarise(
    plan: dict[str, Any],
    check_mode: bool,
    next_step: str,
    so_far: dict[str, int] | None = None,
    *,
    endpoint: str | None = None,
    role_arn: str | None = None,
    nodes: list[Endpoint] | None = None,
    instance_id: str | None = None,
    consumers: list[str] | None = None,
) -> Summary:
    """Return the summary of a run.

    :param plan: the plan that was shown, with ``account_id``; its waits and warnings are those that are left.
    :param next_step: what to do now, in words.
    :param so_far: what an earlier part of the same run changed.
    """
    changed = {
        word: sum(action["kind"] == kind for action in plan["actions"]) + (so_far or {}).get(word, 0)
        for kind, word in _WRITES.items()
    }
    waiting = list(plan["waiting_for"])
    state = f"waits for {'; '.join(waiting)}" if waiting else "complete"
    if check_mode:
        state = "checked, nothing was written"
    counts = ", ".join(f"{count} {word}" for word, count in changed.items())
    counts = f"would be {counts}" if check_mode else counts
    details = {
        "endpoint": endpoint,
        "role to assume": role_arn,
        "instance": instance_id,
        "consumers": ", ".join(consumers or []),
        "next": next_step,
    }
    lines = [f"{plan['side']}: {state} ({counts if any(changed.values()) else 'nothing to change'})"]
    lines += [f"  {name}: {value}" for name, value in details.items() if value]
    lines += [f"  ? {warning}" for warning in plan["warnings"]]
    return {
        "complete": not waiting,
        "changed": changed,
        "account_id": plan.get("account_id"),
        "endpoint": endpoint,
        "role_arn": role_arn,
        "nodes": nodes or [],
        "instance_id": instance_id,
        "waiting_for": waiting,
        "warnings": list(plan["warnings"]),
        "next": next_step,
        "lines": [printable(line) for line in lines],
    }
