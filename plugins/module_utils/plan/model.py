# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan: what one side is about to do, as data and as text.

The rule of this wing: everything that is decided is decided here, from facts and options alone. Nothing in it imports
boto3, botocore or Ansible, reads a file or asks a clock; ``tests/unit/test_wings.py`` holds that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NotRequired, TypedDict

from ..common.compare import changed_tags, differing
from ..common.shapes import Tags
from ..common.text import printable
from .resources import Resource
from .stages import STAGES, Side

Kind = Literal["create", "change", "remove", "conflict", "warning", "wait", "keep"]

# The signs are terraform's, which every reader of a plan knows.
_SIGNS: dict[Kind, str] = {
    "create": "+",
    "change": "~",
    "remove": "-",
    "conflict": "!",
    "warning": "?",
    "wait": ".",
    "keep": "=",
}
_WRITES: tuple[Kind, ...] = ("create", "change", "remove")


@dataclass(frozen=True)
class Action:
    """One line of a plan.

    :ivar step: the step that carries it out, such as ``routes``; see ``stages.py``.
    :ivar kind: ``create``, ``change``, ``remove``: will be written. ``conflict``: refuses the whole plan.
        ``warning``, ``wait`` (for the other side) and ``keep`` (an orphan that stays): reported, not acted on.
    :ivar resource: what it is about.
    :ivar before: what is there now, None for nothing.
    :ivar after: what will be there, None for nothing.
    :ivar why: one clause for the reader.
    """

    step: str
    kind: Kind
    resource: Resource
    before: Any = None
    after: Any = None
    why: str = ""

    def line(self) -> str:
        text = f"{_SIGNS[self.kind]} {self.kind} {self.resource.words}"
        if self.kind == "change":
            text += f": {brief(self.before)} -> {brief(self.after)}"
        elif self.kind == "create" and self.after is not None:
            text += f": {brief(self.after)}"
        return printable(f"{text} ({self.why})" if self.why else text)

    def data(self) -> dict[str, Any]:
        """Return the action as plain data; ``resource`` is what a person calls it."""
        return {
            "step": self.step,
            "kind": self.kind,
            "resource_type": self.resource.type,
            "resource_id": self.resource.id,
            "attribute": self.resource.attribute,
            "resource": printable(self.resource.words),
            "before": self.before,
            "after": self.after,
            "why": printable(self.why),
        }


class Call(TypedDict):
    """One call of a module that writes, with its arguments ready.

    The account's connection is added when it is made.
    """

    module: str
    args: dict[str, Any]
    # What it is about, in words, for messages.
    resource: str
    # What the module waits for by itself, and at most how many seconds: shown before the call.
    waits_for: NotRequired[str]
    timeout: NotRequired[int]
    # AWS would carry it out twice if it were sent twice: it is sent once, and the account is read if no answer came.
    once: NotRequired[bool]
    # There must be one of what it makes: it is looked for before another call may make it again. ``once`` implies it.
    single: NotRequired[bool]
    # Arguments that are left out where the installed module has no such option any more.
    if_known: NotRequired[list[str]]
    # The key of the previous call's result that holds the id of args.connections[0].
    id_from: NotRequired[str]


@dataclass
class Plan:
    """All that one side will do. ``writes`` holds the calls of each step that has any, in the order of the step."""

    side: Side
    state: str = "present"
    actions: list[Action] = field(default_factory=list)
    writes: dict[str, list[Call]] = field(default_factory=dict)

    def add(
        self, step: str, kind: Kind, resource: Resource, before: Any = None, after: Any = None, why: str = ""
    ) -> None:
        self.actions.append(Action(step, kind, resource, before, after, why))

    def conflict(self, step: str, resource: Resource, why: str) -> None:
        self.add(step, "conflict", resource, why=why)

    def warn(self, step: str, resource: Resource, why: str) -> None:
        self.add(step, "warning", resource, why=why)

    def wait_for(self, step: str, resource: Resource, why: str) -> None:
        self.add(step, "wait", resource, why=why)

    def change_tags(self, step: str, resource: Resource, current: Tags, desired: Tags) -> bool:
        """Plan the tags that are missing or differ, and tell whether there are any; other tags do not count."""
        setting = changed_tags(current, desired)
        if setting:
            self.add(step, "change", resource.of("tags"), differing(current, desired), setting)
        return bool(setting)

    def write(self, step: str, module: str, resource: Resource, args: Mapping[str, Any], **more: Any) -> None:
        """Add a call to a step.

        :param args: the module's options; those that are None are left out.
        :param more: further keys of :class:`Call`.
        """
        given = {name: value for name, value in args.items() if value is not None}
        call: Call = {"module": module, "args": given, "resource": printable(resource.words), **more}  # type: ignore[typeddict-item]
        self.writes.setdefault(step, []).append(call)

    def of_kind(self, *kinds: Kind) -> list[Action]:
        return [action for action in self.actions if action.kind in kinds]

    def steps(self) -> list[str]:
        """Return the steps that have something to write, in the order in which they are carried out."""
        due = {action.step for action in self.of_kind(*_WRITES)}
        return [step for stage in STAGES[self.side][self.state] for step in stage if step in due]

    def stages(self) -> list[list[str]]:
        """Return the steps that have something to write, a list for each stage; a stage may be empty."""
        due = self.steps()
        return [[step for step in stage if step in due] for stage in STAGES[self.side][self.state]]

    def counts(self) -> dict[str, int]:
        return {kind: len(self.of_kind(kind)) for kind in _WRITES}

    def lines(self) -> list[str]:
        """Return the plan as a person reads it: a head line, then one line an action."""
        counts = self.counts()
        head = f"{self.side}: {counts['create']} to create, {counts['change']} to change, {counts['remove']} to remove"
        if self.of_kind("conflict"):
            head = f"{self.side}: refused, nothing has been written"
        elif not any(counts.values()):
            head = f"{self.side}: nothing to change"
        return [head, *(f"  {action.line()}" for action in self.actions)]

    def result(self, **more: Any) -> dict[str, Any]:
        """Return the plan as plain data, the shape that the roles and the docs know."""

        def said(kind: Kind) -> list[str]:
            return [printable(f"{action.resource.words}: {action.why}") for action in self.of_kind(kind)]

        return {
            "side": self.side,
            "state": self.state,
            "actions": [action.data() for action in self.actions],
            "changes": sum(self.counts().values()),
            "steps": self.steps(),
            "stages": self.stages(),
            "conflicts": said("conflict"),
            "warnings": said("warning"),
            "waiting_for": said("wait"),
            "lines": self.lines(),
            # A plan that is refused has nothing that could be carried out by mistake.
            "writes": {} if self.of_kind("conflict") else self.writes,
            **more,
        }


def brief(value: Any) -> str:
    """Return a value of ``before`` or ``after`` as the plan's lines show it."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return ", ".join(f"{key}={brief(item)}" for key, item in value.items()) or "nothing"
    if isinstance(value, (list, tuple, set)) or (isinstance(value, Iterable) and not isinstance(value, str)):
        return "[" + ", ".join(brief(item) for item in value) + "]"
    return str(value)
