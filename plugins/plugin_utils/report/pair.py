# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the report that tells of one pair: the headline with its fix, the picture, the links with evidence."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...module_utils.plan.doctor.diagnose import Diagnosis
from ...module_utils.plan.doctor.model import LINKS, VERDICTS
from ...module_utils.plan.doctor.output.words import (
    check_title,
    cluster_name,
    command,
    first_finding,
    link_name,
    of_link,
    plain,
    tally,
    worst_of,
)
from .elements import add, el
from .picture import picture

SIGNS = {"ok": "✓", "unknown": "?", "warning": "!", "broken": "✕", "none": "–"}
_KINDS = {
    "run": "Run the playbook again",
    "variable": "Set a variable and run",
    "command": "AWS CLI",
    "manual": "By hand",
}


def badge(verdict: str) -> ET.Element:
    """Return a verdict as a sign and a word."""
    word = "not looked at" if verdict == "none" else verdict
    return el("span", el("span", SIGNS[verdict], aria_hidden="true"), f" {word}", class_=f"badge v-{verdict}")


def pair_content(diagnosis: Diagnosis, a: Any, b: Any, prefix: str) -> list[ET.Element]:
    """Return all that is said of a pair.

    :param prefix: what the ids of this pair begin with, ``p0-``.
    """
    finding = first_finding(diagnosis)
    scroller = el(
        "div",
        picture(diagnosis, a, b, f"#{prefix}"),
        class_="scroller",
        tabindex="0",
        role="region",
        aria_label=f"Picture of {diagnosis['consumer']}",
    )
    return [
        *([callout(finding)] if finding else [el("p", "Nothing to mend.", class_="calm")]),
        el("figure", scroller, el("figcaption", *_legend()), class_="figure"),
        el("p", "The links, in the order in which a call travels", class_="over"),
        el("div", *(_link(diagnosis, link, prefix) for link in LINKS), class_="links"),
    ]


def _legend() -> Iterator[ET.Element]:
    for verdict in ("ok", "warning", "broken", "unknown", "none"):
        yield badge(verdict)


def callout(finding: Mapping[str, Any]) -> ET.Element:
    """Return the finding that is told first, with its fix."""
    return el(
        "div",
        el("p", badge(finding["verdict"]), f" at {link_name(finding['link'])}, {finding['where']}", class_="where"),
        *_said(finding),
        class_=f"callout v-{finding['verdict']}",
    )


def _link(diagnosis: Diagnosis, link: str, prefix: str) -> ET.Element:
    findings = of_link(diagnosis, link)
    verdict = worst_of(findings) or "none"
    number, title = LINKS[link]
    summary = el(
        "summary",
        el("span", str(number), class_="number"),
        el("span", title, class_="title"),
        el("span", tally(findings), class_="tally"),
        badge(verdict),
    )
    bad = [item for item in findings if item["verdict"] != "ok"]
    good = [item for item in findings if item["verdict"] == "ok"]
    bad.sort(key=lambda item: -VERDICTS.index(item["verdict"]))
    # The address leads to what is within: a browser opens what has to be open to show it.
    inside = el("div", *map(_finding, bad), id=prefix + link, class_="inside", tabindex="-1")
    if good:
        add(inside, el("ul", *map(_good, good), class_="good"))
    if not findings:
        add(inside, el("p", "Nothing to look at here, or what it depends on is not there.", class_="calm"))
    return el("details", summary, inside, class_=f"link v-{verdict}", open="" if bad else None)


def _good(finding: Mapping[str, Any]) -> ET.Element:
    what = f"{finding['subject']}: {finding['found']}" if finding["found"] else finding["subject"]
    return el("li", el("span", "✓ ", class_="tick", aria_hidden="true"), what, el("small", f" {finding['where']}"))


def _finding(finding: Mapping[str, Any]) -> ET.Element:
    head = el("p", badge(finding["verdict"]), f" {finding['where']} ", el("code", finding["check"]), class_="where")
    title = check_title(finding["check"])
    told = el("article", head, class_=f"finding v-{finding['verdict']}")
    if title != finding["check"]:
        add(told, el("p", f"Wanted: {title}", class_="wanted"))
    add(told, *_said(finding))
    if finding["evidence"]:
        add(told, folded("Evidence", el("pre", data_text(finding["evidence"]))))
    return told


def _said(finding: Mapping[str, Any]) -> Iterator[ET.Element]:
    yield el("p", finding["subject"], class_="subject")
    terms = el("dl")
    for name in ("found", "expected"):
        if finding[name]:
            add(terms, el("div", el("dt", name.capitalize()), el("dd", finding[name])))
    if len(terms):
        yield terms
    if finding["fix"]:
        yield _fix(finding["fix"])


def _fix(fix: Mapping[str, Any]) -> ET.Element:
    head = el("p", el("strong", "Fix"), f" in {fix['where']}: {fix['text']}")
    told = el("div", head, class_="fix")
    add(head, el("span", _KINDS.get(fix["kind"], fix["kind"]), class_="kind"))
    return add(told, *map(_command, fix["commands"]))


def _command(words: Sequence[str]) -> ET.Element:
    """Return a command with a button that copies it; the button is shown where a script can run."""
    code = el("code")
    for at, word in enumerate(words):
        # A word is broken only where it is longer than a line.
        add(code, " " if at else None, el("span", command([word]), class_="word"))
    name = " ".join(map(str, words[:3]))
    button = el("button", "Copy", type="button", class_="copy", hidden="", aria_label=f"Copy the command {name} …")
    return el("div", el("pre", code), button, class_="command")


def folded(title: str, *children: ET.Element) -> ET.Element:
    return el("details", el("summary", title), *children, class_="folded")


def data_text(value: Any) -> str:
    """Return data as a person reads it: JSON, what is between the two accounts alone hidden."""
    return json.dumps(plain(value), indent=2, ensure_ascii=False)


def pair_name(diagnosis: Diagnosis) -> list[str | ET.Element]:
    return [diagnosis["consumer"], el("span", " to ", class_="to"), cluster_name(diagnosis)]
