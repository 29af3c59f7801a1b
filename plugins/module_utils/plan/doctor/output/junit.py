# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the doctor says as JUnit XML: a test suite a pair, a test case a check. Pure."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from typing import Any

from ....common.text import printable
from ..diagnose import Diagnosis
from .words import FAILING, FailOn, check_title, cluster_name, command, plain, said, worst_of


def junit(diagnoses: Iterable[Diagnosis], fail_on: FailOn = "broken") -> str:
    """Return JUnit XML as Jenkins and GitLab read it.

    What is broken is a failure, whatever ``fail_on`` says. A warning is one with ``fail_on`` ``warning``, and is told
    in ``system-out`` otherwise. What is unknown is skipped.
    """
    root = ET.Element("testsuites", name="dax_doctor")
    for diagnosis in diagnoses:
        _suite(root, diagnosis, ("broken", *FAILING[fail_on]))
    for name in ("tests", "failures", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ET.indent(root)
    # Every text is printable, so there is none that XML forbids.
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(root: ET.Element, diagnosis: Diagnosis, failing: tuple[str, ...]) -> None:
    suite = ET.SubElement(root, "testsuite", name=printable(f"{diagnosis['consumer']} -> {cluster_name(diagnosis)}"))
    checks: dict[str, list[dict[str, Any]]] = {}
    for finding in diagnosis["findings"]:
        checks.setdefault(finding["check"], []).append(finding)
    counts = {"failure": 0, "skipped": 0}
    for check, findings in checks.items():
        case = ET.SubElement(suite, "testcase", classname=f"dax_doctor.{findings[0]['link']}", name=check)
        verdict = worst_of(findings) or "ok"
        bad = [item for item in findings if item["verdict"] == verdict]
        element = "failure" if verdict in failing else "skipped" if verdict == "unknown" else None
        if element:
            counts[element] += 1
            # The text of what is skipped is its message alone, in most readers.
            told = ET.SubElement(case, element, message=printable("; ".join(map(said, bad))))
            if element == "failure":
                told.set("type", verdict)
                told.text = "\n\n".join(map(_details, bad))
        # What is ok is told where nothing else is; one that fails may have lesser findings beside it.
        rest = [item for item in findings if item["verdict"] != "ok" and not (element and item in bad)]
        out = [*map(_details, rest)] if rest or element else [*map(said, findings)]
        if out:
            ET.SubElement(case, "system-out").text = "\n".join([check_title(check), *out])
    suite.set("tests", str(len(checks)))
    suite.set("failures", str(counts["failure"]))
    suite.set("errors", "0")
    suite.set("skipped", str(counts["skipped"]))


def _details(finding: Mapping[str, Any]) -> str:
    fix = finding["fix"] or {"where": "", "text": "", "commands": []}
    told = {
        finding["verdict"]: said(finding),
        "expected": finding["expected"],
        "fix": f"{fix['text']} ({fix['where']})" if fix["text"] else "",
        "evidence": json.dumps(plain(finding["evidence"])) if finding["evidence"] else "",
    }
    lines = [f"{name}: {text}" for name, text in told.items() if text]
    return "\n".join(map(printable, [*lines, *(f"  {command(words)}" for words in fix["commands"])]))
