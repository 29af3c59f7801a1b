# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``report.html``: one file that needs nothing else, and the picture of a pair as a file of its own.

The page may load nothing and run nothing but what it was written with: its content security policy names the style and
the script by their hashes. Without the script all can be read; it filters, searches and copies.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...module_utils.common.doctor import DoctorFactsA, DoctorFactsB
from ...module_utils.plan.doctor.diagnose import Diagnosis
from ...module_utils.plan.doctor.model import VERDICTS
from ...module_utils.plan.doctor.output.document import what_was_read
from ...module_utils.plan.doctor.output.words import first_finding, link_name, worst
from .elements import add, el, html_text, xml_text
from .pair import badge, pair_content, pair_name
from .picture import picture
from .run import document_part, overview, plan_part, readings


def html(
    diagnoses: Sequence[Diagnosis],
    a: DoctorFactsA | None = None,
    b: Iterable[DoctorFactsB] = (),
    plans: Iterable[Mapping[str, Any]] = (),
    documents: Iterable[Mapping[str, Any]] = (),
) -> str:
    """Return the report.

    :param diagnoses: one a pair, as ``diagnose()`` returns them.
    :param a: what was read in account A, None if it was not; ``b``: what was read for each consumer, in any order.
    :param plans: those of the last run, as ``Plan.result()`` returns them.
    :param documents: of the cluster and the consumers; their external ids are not shown.
    """
    b = list(b)
    consumers = {f"{facts['identity']['account_id']}/{facts['name']}": facts for facts in b}
    contents = [pair_content(item, a, consumers.get(item["consumer"]), f"p{at}-") for at, item in enumerate(diagnoses)]
    main = el("main")
    if len(diagnoses) > 1:
        add(main, overview(diagnoses, contents))
    for content in contents if len(diagnoses) == 1 else []:
        add(main, el("section", el("h2", "The way of a call", class_="quiet"), *content, id="p0"))
    add(main, readings(what_was_read(a, b)), *plan_part(plans), *document_part(documents))
    style, script = _asset("report.css") + _asset("picture.css"), _asset("report.js")
    policy = "; ".join(
        [
            "default-src 'none'",
            f"style-src '{_hash(style)}'",
            f"script-src '{_hash(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    title = _title(diagnoses)
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", content=policy, **{"http-equiv": "Content-Security-Policy"}),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("meta", name="referrer", content="no-referrer"),
        el("title", f"{title} - DAX doctor"),
        _raw("style", style),
    )
    body = el("body", _header(diagnoses, title), main, _raw("script", script))
    return f"<!DOCTYPE html>\n{html_text(el('html', head, body, lang='en'))}\n"


def svg(diagnosis: Diagnosis, a: DoctorFactsA | None = None, b: DoctorFactsB | None = None) -> str:
    """Return the picture of one pair as an SVG file that needs nothing else."""
    root = picture(diagnosis, a, b, "")
    root.set("xmlns", "http://www.w3.org/2000/svg")
    root.set("width", root.get("viewBox", "").split()[2])
    root.set("height", root.get("viewBox", "").split()[3])
    root.insert(1, _raw("style", _asset("picture.css")))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{xml_text(root)}\n'


def _header(diagnoses: Sequence[Diagnosis], title: str) -> ET.Element:
    verdicts = [item["verdict"] for item in diagnoses]
    counts = [(verdict, verdicts.count(verdict)) for verdict in reversed(VERDICTS) if verdict in verdicts]
    head = el("header", el("p", "DAX doctor", class_="product"), el("h1", title), class_=f"v-{worst(diagnoses)}")
    if len(diagnoses) > 1:
        told = (el("li", badge(verdict), f" {count}") for verdict, count in counts)
        return add(head, el("ul", *told, class_="counts"))
    return add(head, *(el("p", *pair_name(item), class_="pair-name") for item in diagnoses))


def _title(diagnoses: Sequence[Diagnosis]) -> str:
    """Return what is to be known first."""
    if not diagnoses:
        return "No pair was looked at"
    if len(diagnoses) > 1:
        verdict = worst(diagnoses)
        count = sum(item["verdict"] == verdict for item in diagnoses)
        words = {"ok": "ok", "broken": "broken", "warning": "to be warned of", "unknown": "not known"}
        return f"{count} of {len(diagnoses)} consumers {'is' if count == 1 else 'are'} {words[verdict]}"
    finding = first_finding(diagnoses[0])
    if finding is None:
        return "No fault found"
    return f"{finding['verdict'].capitalize()} at {link_name(finding['link'])}"


def _raw(tag: str, text: str) -> ET.Element:
    """Return an element whose text is ours and is not escaped: in HTML a style or a script has no escapes."""
    element = ET.Element(tag)
    element.text = text
    return element


@functools.cache
def _asset(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
