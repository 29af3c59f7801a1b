# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the report that tell of the whole run: the overview, what was read, plans and documents."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...module_utils.plan.doctor.diagnose import Diagnosis
from ...module_utils.plan.doctor.model import VERDICTS
from ...module_utils.plan.doctor.output.document import Read
from ...module_utils.plan.doctor.output.words import first_finding, link_name, said
from .elements import add, el
from .pair import badge, data_text, folded, pair_name


def overview(diagnoses: Sequence[Diagnosis], contents: Sequence[list[ET.Element]]) -> ET.Element:
    """Return all pairs, the worst first, each to be opened; a filter and a search are shown where a script runs.

    :param contents: what is said of each pair in detail.
    """
    order = sorted(range(len(diagnoses)), key=lambda at: -VERDICTS.index(diagnoses[at]["verdict"]))
    verdicts = [item["verdict"] for item in diagnoses]
    filters = el("fieldset", el("legend", "Show"))
    for verdict in ("all", *reversed(VERDICTS)):
        fitting = sum(verdict in ("all", item) for item in verdicts)
        if fitting:
            box = el("input", type="radio", name="verdict", value=verdict, checked="" if verdict == "all" else None)
            add(filters, el("label", box, f" {verdict} ({fitting})"))
    search = el("label", "Search ", el("input", type="search", id="search", autocomplete="off"))
    count = el("p", f"{len(diagnoses)} of {len(diagnoses)} consumers", id="count", role="status")
    return el(
        "section",
        el("h2", "All consumers", id="all"),
        el("form", filters, search, count, id="filter", class_="filter", hidden=""),
        el("div", *(_row(diagnoses[at], contents[at], f"p{at}") for at in order), class_="links overview"),
        aria_labelledby="all",
    )


def _row(diagnosis: Diagnosis, content: list[ET.Element], name: str) -> ET.Element:
    finding = first_finding(diagnosis)
    told = f"{link_name(finding['link'])}: {said(finding)}" if finding else "no fault found"
    head = el("summary", badge(diagnosis["verdict"]), el("h3", *pair_name(diagnosis)), el("span", told, class_="first"))
    inside = el("div", *content, id=name, class_="inside", tabindex="-1")
    return el("details", head, inside, class_="pair", data_verdict=diagnosis["verdict"])


def readings(read: Iterable[Read]) -> ET.Element:
    """Return what was read, when, and with whose rights."""
    items = [_reading(item) for item in read]
    if len(items) > 6:
        items = [items[0], folded(f"{len(items) - 1} more", *items[1:])]
    section = el("section", el("h2", "What was read", id="read"), aria_labelledby="read")
    return add(section, *(items or [el("p", "Nothing was read in AWS.", class_="calm")]))


def _reading(read: Read) -> ET.Element:
    title = f"{read['side'].capitalize()[:-1]}{read['side'][-1].upper()}"
    problems = [el("li", f"{item['reading'].replace('_', ' ')}: {item['problem']}") for item in read["problems"]]
    terms = {
        "Consumer": read["consumer"] or "",
        "Account": read["account_id"],
        "Region": read["region"],
        "When": read["read_at"],
        "As": read["arn"],
    }
    told = el("dl", *(el("div", el("dt", name), el("dd", text)) for name, text in terms.items() if text))
    if not problems:
        return folded(f"{title}: {read['consumer'] or read['account_id']}", told, el("p", "All could be read."))
    head = f"{title}: {read['consumer'] or read['account_id']}, {len(problems)} could not be read"
    return folded(head, told, el("p", "Could not be read with these rights:"), el("ul", *problems))


def plan_part(plans: Iterable[Mapping[str, Any]]) -> Iterator[ET.Element]:
    """Yield the plans of the last run with what was there before and what is there after it."""
    parts = [_plan(plan) for plan in plans]
    if parts:
        yield el("section", el("h2", "The last plan", id="plan"), *parts, aria_labelledby="plan")


def _plan(plan: Mapping[str, Any]) -> ET.Element:
    lines = plan.get("lines") or [f"{plan.get('side', 'plan')}"]
    actions = [_action(action) for action in plan.get("actions") or []]
    return folded(lines[0], *(actions or [el("p", "Nothing had to be written.", class_="calm")]))


def _action(action: Mapping[str, Any]) -> ET.Element:
    why = f" ({action['why']})" if action.get("why") else ""
    told = el("div", el("p", el("strong", str(action["kind"])), f" {action['resource']}{why}"), class_="action")
    if action.get("before") is None and action.get("after") is None:
        return told
    cells = (
        el("div", el("h3", name.capitalize()), el("pre", _value(action.get(name)))) for name in ("before", "after")
    )
    return add(told, el("div", *cells, class_="change"))


def _value(value: Any) -> str:
    return "nothing" if value is None else value if isinstance(value, str) else data_text(value)


def document_part(documents: Iterable[Mapping[str, Any]]) -> Iterator[ET.Element]:
    """Yield the documents of either side."""
    parts = [folded(_document_title(item), el("pre", data_text(item))) for item in documents]
    if parts:
        yield el("section", el("h2", "The documents", id="documents"), *parts, aria_labelledby="documents")


def _document_title(content: Mapping[str, Any]) -> str:
    kind = str(content.get("kind", "document")).rpartition("/")[2]
    return f"{kind} {content.get('name') or content.get('cluster_name') or ''}, {content.get('account_id', '')}"
