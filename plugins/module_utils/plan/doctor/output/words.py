# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all outputs of the doctor say alike: headlines, counts, commands, and which verdicts fail a run. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from ....common.text import printable
from ..diagnose import Diagnosis
from ..model import CHECKS, LINKS, VERDICTS, Verdict

FailOn = Literal["broken", "warning", "never"]
FAILING: dict[FailOn, tuple[Verdict, ...]] = {"broken": ("broken",), "warning": ("broken", "warning"), "never": ()}

# Keys whose values are between the two accounts alone.
_HIDDEN = re.compile(r"(?:sts:)?external_?id", re.IGNORECASE)


def fails(diagnoses: Iterable[Diagnosis], fail_on: FailOn) -> bool:
    """Tell whether a run fails: whether a pair is as bad as ``fail_on`` says; one that is unknown never fails it."""
    return any(item["verdict"] in FAILING[fail_on] for item in diagnoses)


def worst(diagnoses: Iterable[Diagnosis]) -> Verdict:
    """Return the worst verdict of all pairs; ok for none."""
    return VERDICTS[max((VERDICTS.index(item["verdict"]) for item in diagnoses), default=0)]


def first_finding(diagnosis: Diagnosis) -> dict[str, Any] | None:
    """Return the finding that is told first: the headline, else the first as bad as the pair; None if all is ok."""
    if diagnosis["headline"]:
        return diagnosis["headline"]
    bad = (item for item in diagnosis["findings"] if item["verdict"] == diagnosis["verdict"])
    return None if diagnosis["verdict"] == "ok" else next(bad, None)


def link_name(link: str) -> str:
    """Return a link's number and title, such as "8 Routes both ways"."""
    number, title = LINKS[link]
    return f"{number} {title}"


def check_title(check: str) -> str:
    """Return what is true when a check is ok; its id where it has no title."""
    return CHECKS[check].title if check in CHECKS else check


def said(finding: Mapping[str, Any]) -> str:
    """Return a finding in one line: what it is about, what was found and where."""
    what = ": ".join(str(finding[key]) for key in ("subject", "found") if finding[key])
    return printable(f"{what} ({finding['where']})")


def headline(diagnosis: Diagnosis) -> str:
    """Return the one line that says how a pair is."""
    finding = first_finding(diagnosis)
    if finding is None:
        return f"ok: {tally(diagnosis['findings']) or 'nothing to check'}"
    word = finding["verdict"].upper() if finding["verdict"] != "unknown" else "unknown"
    return f"{word} at {link_name(finding['link'])}: {said(finding)}"


def cluster_name(diagnosis: Diagnosis) -> str:
    """Return the name of the cluster, by its ARN; "unknown cluster" where nobody knows."""
    return printable((diagnosis["cluster"] or "unknown cluster").rpartition("/")[2])


def tally(findings: Iterable[Mapping[str, Any]]) -> str:
    """Return how many findings there are of each verdict, the worst first: "1 broken, 5 ok"."""
    verdicts = [item["verdict"] for item in findings]
    return ", ".join(f"{verdicts.count(word)} {word}" for word in reversed(VERDICTS) if word in verdicts)


def worst_of(findings: Iterable[Mapping[str, Any]]) -> Verdict | None:
    """Return the worst verdict of some findings; None for none, which is told as "not looked at"."""
    return max((item["verdict"] for item in findings), key=VERDICTS.index, default=None)


def of_link(diagnosis: Diagnosis, link: str) -> list[dict[str, Any]]:
    return [item for item in diagnosis["findings"] if item["link"] == link]


def command(words: Sequence[str]) -> str:
    """Return a command as a POSIX shell takes it, in one line."""
    return shlex.join(printable(str(word)) for word in words)


def plain(value: Any) -> Any:
    """Return a value as JSON has it, its texts printable and what is between the two accounts alone hidden.

    A value of another kind, such as a time, becomes its text.
    """
    if isinstance(value, Mapping):
        return {
            printable(str(key)): "(hidden)" if item and _HIDDEN.fullmatch(str(key)) else plain(item)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return printable(str(value))
