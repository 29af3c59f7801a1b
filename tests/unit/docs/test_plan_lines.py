# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds docs/what_it_does_when.md to the plans: what it shows is what they say, to the letter.

After a change of words, ``UPDATE_DOCS=1 make unit ARGS="-k plan_lines"`` writes what the plans say now into the page.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from ansible_collections.dax.cross_account.tests.unit.docs.cases import CASES

PAGE = Path(__file__).parents[3] / "docs" / "what_it_does_when.md"
BLOCK = re.compile(r"<!-- plan: (?P<name>.+?) -->\n```text\n(?P<lines>.*?)```\n", re.DOTALL)


def shown(name: str) -> str:
    return f"<!-- plan: {name} -->\n```text\n" + "".join(f"{line}\n" for line in CASES[name]()) + "```\n"


def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_plan_lines_are_what_the_plans_say() -> None:
    names = [found["name"] for found in BLOCK.finditer(page())]
    unknown = [name for name in names if name not in CASES]
    assert unknown == [], "no such case in plan_cases.py or aws_cases.py"
    if os.environ.get("UPDATE_DOCS"):
        PAGE.write_text(BLOCK.sub(lambda found: shown(found["name"]), page()), encoding="utf-8")
    stale = [name for name in names if shown(name) not in page()]
    assert stale == [], 'run: UPDATE_DOCS=1 make unit ARGS="-k plan_lines"'


def test_every_case_is_told_once_and_says_something() -> None:
    names = [found["name"] for found in BLOCK.finditer(page())]
    assert sorted(names) == sorted(CASES)
    assert [name for name in CASES if not CASES[name]()] == []


def test_no_plan_is_shown_beside_the_cases() -> None:
    assert page().count("```text") == len(CASES)
