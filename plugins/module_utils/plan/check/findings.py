# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the check before the first run finds: one line for each point, with the fix. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ...common.text import printable

Status = Literal["ok", "missing", "warning", "unknown"]


@dataclass(frozen=True)
class Finding:
    """One point of the check.

    :ivar point: what was looked at, such as ``quota vpcs``.
    :ivar status: ``missing`` stops a first run, ``warning`` lets it go on with less than was meant, ``unknown`` could
        not be read.
    :ivar what: what was found.
    :ivar fix: what to do about it; "" where nothing is to be done.
    """

    point: str
    status: Status
    what: str
    fix: str = ""

    def line(self) -> str:
        text = f"{self.status:<8} {self.point}: {self.what}"
        return printable(f"{text}; {self.fix}" if self.fix else text)


@dataclass
class Findings:
    """All points of one account, in the order in which they are shown."""

    side: str  # account A or account B
    points: list[Finding] = field(default_factory=list)

    def add(self, point: str, status: Status, what: str, fix: str = "") -> None:
        self.points.append(Finding(point, status, what, fix))

    def ok(self, point: str, what: str) -> None:
        self.add(point, "ok", what)

    def missing(self, point: str, what: str, fix: str) -> None:
        self.add(point, "missing", what, fix)

    def unknown(self, point: str, problem: str | None, fix: str) -> None:
        self.add(point, "unknown", problem or "no answer", fix)

    def lines(self) -> list[str]:
        """Return a head line and one line for each point."""
        counts = self.counts()
        bad = [f"{counts[status]} {status}" for status in ("missing", "warning", "unknown") if counts[status]]
        return [
            f"{self.side}: {', '.join(bad) or 'everything is there'}",
            *(f"  {point.line()}" for point in self.points),
        ]

    def counts(self) -> dict[str, int]:
        statuses: Iterable[Status] = ("ok", "missing", "warning", "unknown")
        return {status: sum(point.status == status for point in self.points) for status in statuses}

    def result(self, about: Mapping[str, Any]) -> dict[str, Any]:
        """Return the findings as plain data.

        :param about: the account and the region, as far as they are known.
        """
        return {
            "side": self.side,
            **about,
            "complete": self.counts()["missing"] == 0,
            "counts": self.counts(),
            "findings": [
                {
                    "point": point.point,
                    "status": point.status,
                    "what": printable(point.what),
                    "fix": printable(point.fix),
                }
                for point in self.points
            ],
            "lines": self.lines(),
        }
