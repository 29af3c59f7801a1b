# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds what docs/first_run_on_aws.md says of the suite for two accounts to the suite.

After a change of prices, ``UPDATE_DOCS=1 make unit ARGS="-k page"`` writes them into the page.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from aws_suite import costs, owner
from aws_suite.accounts import DAX_PREFIX, IAM_PREFIX, TAG

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "first_run_on_aws.md"


def text() -> str:
    return PAGE.read_text(encoding="utf-8")


def table() -> str:
    rows = [
        f"| {price.what} | {price.amount:g} | {price.unit} | {price.amount * price.units:.3f} |"
        for price in costs.PRICES
    ]
    head = [
        f"| What, in {costs.HOME}, {costs.DATE} | USD | a unit | a run of {costs.HOURS} hours |",
        "| --- | --- | --- | --- |",
    ]
    total = f"| **at the most** | | | **{costs.estimate(costs.HOME):.2f}** |"
    return "<!-- table: costs -->\n" + "\n".join([*head, *rows, total]) + "\n<!-- end -->\n"


def test_the_prices_are_those_that_the_suite_counts_with() -> None:
    pattern = re.compile(r"<!-- table: costs -->\n.*?<!-- end -->\n", re.DOTALL)
    if os.environ.get("UPDATE_DOCS"):
        PAGE.write_text(pattern.sub(lambda _found: table(), text()), encoding="utf-8")
    assert table() in text(), 'run: UPDATE_DOCS=1 make unit ARGS="-k page"'
    assert [source for source in costs.SOURCES if source not in text()] == []


def test_what_the_suite_makes_and_marks_is_named() -> None:
    for word in (TAG, f"{IAM_PREFIX}", f"{DAX_PREFIX}", owner.NODE_TYPE, owner.BLOCK):
        assert word in text(), word


def test_every_variable_of_the_targets_is_told_and_every_one_that_is_told_is_there() -> None:
    makefile = (ROOT / "make" / "aws.mk").read_text(encoding="utf-8")
    known = set(re.findall(r"\$\((?:if )?([A-Z_]{3,})[,)]", makefile)) - {"PY"}
    told = {
        name for line in re.findall(r"make aws-[a-z]+.*", text()) for name in re.findall(r"\b([A-Z][A-Z_]+)=", line)
    }
    assert told <= known
    assert known - told <= {"ARGS", "ENDPOINT", "INVENTORY"}
