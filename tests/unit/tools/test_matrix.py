# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The versions that are run: what the README says of them, and what counts as a warning."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "tools"))

import matrix  # noqa: E402

DEPRECATED = "[DEPRECATION WARNING]: The option is deprecated.\nThis feature will be removed in 2.24.\n\n"


def test_the_readme_lists_what_is_run() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.findall(r"^\| (3\.\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)
    expected = []
    for row in matrix.rows():
        boto = [one.partition("==")[2] for one in row.packages if one.startswith("boto3==")]
        preview = any(re.search(r"\d(a|b|rc)\d", one) for one in row.packages)
        core = row.expected["ansible-core"] + (" (preview)" if preview else "")
        expected.append((row.python, core, row.expected["amazon.aws"], *(boto or ["the newest"])))
    assert found == expected


def test_the_first_row_is_the_oldest_that_is_supported() -> None:
    first = matrix.rows()[0]
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    runtime = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))
    assert galaxy["dependencies"]["amazon.aws"].startswith(f">={first.expected['amazon.aws']}.")
    assert runtime["requires_ansible"].startswith(f">={first.expected['ansible-core']}.")
    wanted = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for package in first.packages:
        if package.startswith("boto"):
            assert f"\n{package.replace('==', '>=')}\n" in wanted


@pytest.mark.parametrize(
    ("printed", "warned"),
    [
        ("PLAY [x] ***\n\nok: [a]\n", []),
        (DEPRECATED, ["[DEPRECATION WARNING]: The option is deprecated. This feature will be removed in 2.24."]),
        ("[WARNING]: one\n[WARNING]: two\nTASK [y] ***\n", ["[WARNING]: one", "[WARNING]: two"]),
        ("[DEPRECATION WARNING]: iam_role.assume_role_policy_document_raw will go\nTASK [y]\n", []),
    ],
)
def test_what_counts_as_a_warning(printed: str, warned: list[str]) -> None:
    assert matrix.warnings_of(printed) == warned


def test_every_warning_of_others_has_a_reason() -> None:
    assert all(each["reason"] and re.compile(each["pattern"]) for each in matrix.table()["warnings_of_others"])
