# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the doctor says, for a terminal: no colours, nothing wider than it is asked to be, verdicts as words. Pure."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ....common.text import printable
from ..diagnose import Diagnosis
from ..model import LINKS, VERDICTS
from .words import cluster_name, first_finding, headline, link_name, of_link, said, tally, worst_of

_WORDS = {"ok": "ok", "unknown": "unknown", "warning": "WARNING", "broken": "BROKEN"}


def lines(diagnoses: Sequence[Diagnosis], width: int = 100) -> list[str]:
    """Return what is said of some pairs, as lines of at most so many columns.

    Of several pairs, a table of all comes first, then the details of those that are not ok, and the links of those
    that are broken.

    :param width: columns, 60 or more.
    """
    width = max(width, 60)
    if len(diagnoses) == 1:
        return list(_pair(diagnoses[0], width, links=True))
    counts = tally(diagnoses)
    told = [f"{len(diagnoses)} pairs: {counts}" if diagnoses else "no pair was looked at"]
    rows = [("consumer", "cluster", "verdict", "first finding")] if diagnoses else []
    rows += [(item["consumer"], cluster_name(item), _WORDS[item["verdict"]], _first(item)) for item in diagnoses]
    told += _table(rows, (width * 28 // 100, width * 16 // 100, 7), width)
    for item in diagnoses:
        if item["verdict"] != "ok":
            told += ["", *_pair(item, width, links=item["verdict"] == "broken")]
    return told


def _first(diagnosis: Diagnosis) -> str:
    finding = first_finding(diagnosis)
    return f"{link_name(finding['link'])}: {said(finding)}" if finding else ""


def _pair(diagnosis: Diagnosis, width: int, links: bool) -> Iterator[str]:
    first = first_finding(diagnosis)
    yield from _wrapped(f"{diagnosis['consumer']} -> {cluster_name(diagnosis)}", width)
    yield from _wrapped(headline(diagnosis), width)
    if first:
        yield from _details(first, "  ", width, found=False)
    if links:
        yield ""
        yield from _link_table(diagnosis, width)
    others = [item for item in diagnosis["findings"] if item["verdict"] != "ok" and item != first]
    for finding in sorted(others, key=lambda item: -VERDICTS.index(item["verdict"])):
        yield ""
        name = f"{_WORDS[finding['verdict']]} at {link_name(finding['link'])} ({finding['where']})"
        yield from _wrapped(f"{name}: {finding['subject']}", width)
        yield from _details(finding, "  ", width)


def _link_table(diagnosis: Diagnosis, width: int) -> Iterator[str]:
    rows = [("#", "link", "verdict", "findings")]
    for link, (number, title) in LINKS.items():
        findings = of_link(diagnosis, link)
        verdict = worst_of(findings)
        rows.append((f"{number:2}", title, _WORDS[verdict] if verdict else "-", tally(findings) or "not looked at"))
    yield from _table(rows, (2, width * 48 // 100, 7), width)


def _details(finding: Mapping[str, Any], indent: str, width: int, found: bool = True) -> Iterator[str]:
    """Yield what was found and expected, and the fix with its commands."""
    yield from _wrapped(f"check: {finding['check']}", width, indent)
    if found and finding["found"]:
        yield from _wrapped(f"found: {finding['found']}", width, indent)
    if finding["expected"]:
        yield from _wrapped(f"expected: {finding['expected']}", width, indent)
    fix = finding["fix"]
    if fix:
        yield from _wrapped(f"fix ({fix['where']}): {fix['text']}", width, indent)
        for words in fix["commands"]:
            yield from command_lines(words, width, indent + "  ")


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Wrap a text; a word that is too long for a line, such as an ARN, is cut where it has to be."""
    return textwrap.wrap(
        printable(text), width, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False
    ) or [indent.rstrip()]


def _table(rows: Sequence[Sequence[str]], most: Sequence[int], width: int) -> Iterator[str]:
    """Yield the rows of a table, two columns apart; cells that are too wide are wrapped, the last column has the rest.

    :param most: how wide each column but the last may be.
    """
    columns = [
        min(limit, max((len(printable(row[index])) for row in rows), default=0)) for index, limit in enumerate(most)
    ]
    columns.append(width - sum(columns) - 2 * len(columns))
    for row in rows:
        cells = [_cell(printable(text), size) for text, size in zip(row, columns, strict=True)]
        for at in range(max(map(len, cells))):
            parts = (cell[at] if at < len(cell) else "" for cell in cells)
            yield "  ".join(f"{part:{size}}" for part, size in zip(parts, columns, strict=True)).rstrip()


def _cell(text: str, size: int) -> list[str]:
    # The spaces before a number stay.
    return [text] if len(text) <= size else textwrap.wrap(text, size, break_on_hyphens=False)


def command_lines(words: Sequence[str], width: int, indent: str = "") -> list[str]:
    """Return a command so that a POSIX shell takes its lines as one, however it is copied.

    A line ends with a backslash where the next one continues it. An argument that is longer than a line is quoted in
    parts; the lines that continue it are not indented, since a space would begin another argument.
    """
    told: list[str] = []
    line = indent
    for word in words:
        quoted = shlex.quote(printable(str(word)))
        lead = "" if line.isspace() or not line else " "
        if len(line) + len(lead) + len(quoted) <= width - 2:
            line += lead + quoted
            continue
        if lead:
            told.append(line + " \\")
            line = indent + "  "
        if len(line) + len(quoted) <= width - 2:
            line += quoted
            continue
        parts = _parts(printable(str(word)), width - len(line) - 2, width - 2)
        told.append(line + parts[0] + "\\")
        told += [part + "\\" for part in parts[1:-1]]
        line = parts[-1]
    return [*told, line]


def _parts(word: str, first: int, rest: int) -> list[str]:
    """Return an argument as quoted parts, the first of at most ``first`` columns, the others of ``rest``."""
    parts: list[str] = []
    part = ""
    for char in word:
        # With a space, so that the quotes are counted in.
        if len(shlex.quote(f"{part}{char} ")) > (rest if parts else first):
            parts.append(shlex.quote(part))
            part = ""
        part += char
    return [*parts, shlex.quote(part)]
