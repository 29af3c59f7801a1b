# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds docs/first_run_on_aws.md to the code: its lines and tables are made by what makes them in a run.

After a change of words or limits, ``UPDATE_DOCS=1 make unit ARGS="-k first_run"`` writes them into the page.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from ansible_collections.dax.cross_account.tests.unit.docs.first_run_cases import CASES, TABLES

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "first_run_on_aws.md"
BLOCK = re.compile(r"<!-- lines: (?P<name>.+?) -->\n```text\n.*?```\n", re.DOTALL)
TABLE = re.compile(r"<!-- table: (?P<name>.+?) -->\n.*?<!-- end -->\n", re.DOTALL)


def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def block(name: str) -> str:
    return f"<!-- lines: {name} -->\n```text\n" + "".join(f"{line}\n" for line in CASES[name]()) + "```\n"


def table(name: str) -> str:
    return f"<!-- table: {name} -->\n" + "".join(f"{line}\n" for line in TABLES[name]()) + "<!-- end -->\n"


def test_the_lines_and_tables_are_what_a_run_says() -> None:
    names = [found["name"] for found in BLOCK.finditer(page())]
    tables = [found["name"] for found in TABLE.finditer(page()) if found["name"] in TABLES]
    assert sorted(names) == sorted(CASES)
    assert sorted(tables) == sorted(TABLES)
    if os.environ.get("UPDATE_DOCS"):
        text = BLOCK.sub(lambda found: block(found["name"]), page())
        text = TABLE.sub(lambda found: table(found["name"]) if found["name"] in TABLES else found[0], text)
        PAGE.write_text(text, encoding="utf-8")
    stale = [name for name in names if block(name) not in page()]
    stale += [name for name in tables if table(name) not in page()]
    assert stale == [], 'run: UPDATE_DOCS=1 make unit ARGS="-k first_run"'


def test_no_line_is_shown_beside_the_cases() -> None:
    assert page().count("```text") == len(CASES)
    assert [name for name in CASES if not CASES[name]()] == []


def test_the_commands_come_in_the_order_in_which_they_are_typed() -> None:
    typed = re.search(r"## The commands, in order\n(.*?)\n## ", page(), re.DOTALL)
    assert typed is not None
    plays = re.findall(r"^ansible-playbook -i inventories/mine playbooks/(\w+)\.yml( --check)?", typed[1], re.MULTILINE)
    assert [f"{name}{more}" for name, more in plays] == [
        "check",
        "site --check",
        "site",
        "site",
        "verify",
        "teardown",
    ]
