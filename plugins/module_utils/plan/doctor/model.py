# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the doctor says: links in the order in which a call travels, checks of each, findings and what heals them. Pure.

A check is a function that takes a :class:`Pair <.pair.Pair>` and yields findings. One that meets a reading which failed
raises :class:`Unreadable`, and its link is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ...common.text import printable

if TYPE_CHECKING:
    from .pair import Pair

Verdict = Literal["ok", "unknown", "warning", "broken"]
VERDICTS: tuple[Verdict, ...] = ("ok", "unknown", "warning", "broken")  # the worst last

Where = Literal["account A", "account B", "the client's host"]
A: Where = "account A"
B: Where = "account B"
HOST: Where = "the client's host"

# The links, in the order in which a call travels: {id: (number, title)}.
LINKS: dict[str, tuple[int, str]] = {
    "compute": (1, "The consumer's compute and its credentials"),
    "assume": (2, "The consumer's role may assume account A's role"),
    "sts": (3, "A way to STS"),
    "trust": (4, "Account A's role trusts the consumer"),
    "rights": (5, "Account A's role may use the cluster"),
    "cluster": (6, "The cluster, its nodes and its service role"),
    "peering": (7, "The peering connection"),
    "routes": (8, "Routes both ways"),
    "groups": (9, "Security groups"),
    "acls": (10, "Network ACLs"),
    "dns": (11, "DNS"),
    "tls": (12, "Encryption in transit"),
    "limits": (13, "Limits"),
    "live": (14, "Tried from the client's host"),
}


@dataclass(frozen=True)
class Fix:
    """What heals a broken link.

    :ivar kind: ``run``: a playbook of this collection corrects it. ``variable``: set it, and run. ``command``: one or
        more commands of the AWS CLI. ``manual``: what only a person can decide or do.
    :ivar where: who can do it.
    :ivar text: one line for a person.
    :ivar commands: what to type, each as a list of arguments; empty for ``manual``.
    """

    kind: Literal["run", "variable", "command", "manual"]
    where: Where
    text: str
    commands: tuple[tuple[str, ...], ...] = ()

    def data(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "where": self.where,
            "text": printable(self.text),
            "commands": [[printable(word) for word in command] for command in self.commands],
        }


@dataclass(frozen=True)
class Finding:
    """One verdict on one thing.

    :ivar check: the id of the check, ``<link>.<what>``.
    :ivar subject: what it is about, in words: "route 10.1.0.0/24 in rtb-…".
    :ivar found: what is there. ``expected``: what has to be there; "" where ``found`` says it all.
    :ivar evidence: ids and values as plain data.
    """

    check: str
    verdict: Verdict
    where: Where
    subject: str
    found: str
    expected: str = ""
    fix: Fix | None = None
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def link(self) -> str:
        return self.check.partition(".")[0]

    def data(self) -> dict[str, Any]:
        return {
            "check": self.check,
            "link": self.link,
            "verdict": self.verdict,
            "where": self.where,
            "subject": printable(self.subject),
            "found": printable(self.found),
            "expected": printable(self.expected),
            "fix": self.fix.data() if self.fix else None,
            "evidence": self.evidence,
        }


class Unreadable(Exception):
    """A reading that a check needs and that failed, or a side that was not read."""

    def __init__(self, where: Where, subject: str, problem: str, fix: Fix | None = None) -> None:
        super().__init__(problem)
        self.where, self.subject, self.problem, self.fix = where, subject, problem, fix


Run: TypeAlias = Callable[["Pair"], Iterator[Finding]]


@dataclass(frozen=True)
class Check:
    """One thing that is looked at.

    :ivar id: ``<link>.<what>``.
    :ivar title: what is true when it is ok.
    :ivar symptoms: what a client says when it is not, each as (language, words); for the page on troubleshooting.
    """

    id: str
    title: str
    run: Run
    symptoms: tuple[tuple[str, str], ...] = ()

    @property
    def link(self) -> str:
        return self.id.partition(".")[0]


CHECKS: dict[str, Check] = {}


def check(check_id: str, title: str, *symptoms: tuple[str, str]) -> Callable[[Run], Run]:
    """Register a check. The order of registration within a link is the order in which they are told."""
    if check_id.partition(".")[0] not in LINKS or check_id in CHECKS:
        raise ValueError(f"{check_id} is of no link, or registered twice")

    def register(run: Run) -> Run:
        CHECKS[check_id] = Check(check_id, title, run, symptoms)
        return run

    return register
