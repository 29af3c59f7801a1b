# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan: what one side is about to do, as data and as text. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

# The signs are terraform's, which every reader of a plan knows.
_SIGNS = {"create": "+", "change": "~", "remove": "-", "conflict": "!", "warning": "?", "wait": ".", "keep": "="}
_WRITES = ("create", "change", "remove")


@dataclass
class Action:
    """One line of a plan.

    :param concern: the task file that carries it out, such as ``routes``.
    :param kind: ``create``, ``change``, ``remove``: will be written. ``conflict``: refuses the whole plan.
        ``warning``, ``wait`` (for the other side) and ``keep`` (an orphan that stays): told, not acted on.
    :param resource: what it is about, in AWS's words.
    :param before: what is there now, None for nothing.
    :param after: what will be there, None for nothing.
    :param why: one clause for the reader.
    """

    concern: str
    kind: str
    resource: str
    before: Any = None
    after: Any = None
    why: str = ""

    def line(self) -> str:
        text = f"{_SIGNS[self.kind]} {self.kind} {self.resource}"
        if self.kind == "change":
            text += f": {_brief(self.before)} -> {_brief(self.after)}"
        elif self.kind == "create" and self.after is not None:
            text += f": {_brief(self.after)}"
        return f"{text} ({self.why})" if self.why else text


@dataclass
class Plan:
    """All that one side will do. ``writes`` holds the ready arguments of the writers, by concern."""

    side: str
    actions: list[Action] = field(default_factory=list)
    writes: dict[str, Any] = field(default_factory=dict)

    def add(self, concern: str, kind: str, resource: str, before: Any = None, after: Any = None, why: str = "") -> None:
        self.actions.append(Action(concern, kind, resource, before, after, why))

    def conflict(self, concern: str, resource: str, why: str) -> None:
        self.add(concern, "conflict", resource, why=why)

    def warn(self, concern: str, resource: str, why: str) -> None:
        self.add(concern, "warning", resource, why=why)

    def wait_for(self, concern: str, resource: str, why: str) -> None:
        self.add(concern, "wait", resource, why=why)

    def of_kind(self, *kinds: str) -> list[Action]:
        return [action for action in self.actions if action.kind in kinds]

    def concerns(self) -> list[str]:
        """Return the concerns that have something to write, in the order of the plan."""
        return list(dict.fromkeys(action.concern for action in self.of_kind(*_WRITES)))

    def lines(self) -> list[str]:
        """Return the plan as a person reads it: a summary, then one line an action."""
        counts = {kind: len(self.of_kind(kind)) for kind in _WRITES}
        head = f"{self.side}: {counts['create']} to create, {counts['change']} to change, {counts['remove']} to remove"
        if self.of_kind("conflict"):
            head = f"{self.side}: refused, nothing has been written"
        elif not any(counts.values()):
            head = f"{self.side}: nothing to change"
        return [head, *(f"  {action.line()}" for action in self.actions)]

    def result(self, **more: Any) -> dict[str, Any]:
        """Return the plan as plain data, the shape that the roles and the docs know."""
        return {
            "side": self.side,
            "actions": [asdict(action) for action in self.actions],
            "changes": len(self.of_kind(*_WRITES)),
            "concerns": self.concerns(),
            "conflicts": [f"{action.resource}: {action.why}" for action in self.of_kind("conflict")],
            "warnings": [f"{action.resource}: {action.why}" for action in self.of_kind("warning")],
            "waiting_for": [f"{action.resource}: {action.why}" for action in self.of_kind("wait")],
            "lines": self.lines(),
            "writes": self.writes,
            **more,
        }


def differing(current: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the entries of ``current`` that ``wanted`` would change or add, None where there is none now."""
    return {key: current.get(key) for key, value in wanted.items() if current.get(key) != value}


def compare_tags(plan: Plan, concern: str, resource: str, current: dict[str, str], wanted: dict[str, str]) -> bool:
    """Plan the tags that are missing or differ, and tell whether there are any; tags of others do not count."""
    stale = differing(current, wanted)
    if stale:
        plan.add(concern, "change", f"tags of {resource}", stale, {key: wanted[key] for key in stale})
    return bool(stale)


def _brief(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return ", ".join(f"{key}={_brief(item)}" for key, item in value.items()) or "nothing"
    if isinstance(value, (list, tuple, set)) or (isinstance(value, Iterable) and not isinstance(value, str)):
        return "[" + ", ".join(_brief(item) for item in value) + "]"
    return str(value)
