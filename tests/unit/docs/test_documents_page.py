# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds docs/documents.md to the documents: its samples can be used, its tables have every key and default."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.dax.cross_account.plugins.module_utils.common.documents import (
    DocumentError,
    check_cluster_document,
    check_consumer_document,
)

PAGE = Path(__file__).parents[3] / "docs" / "documents.md"
Check = Callable[[Any], dict[str, Any]]
documents = pytest.mark.parametrize(
    ("title", "check"),
    [("Cluster document", check_cluster_document), ("Consumer document", check_consumer_document)],
    ids=["cluster", "consumer"],
)


def section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def sample(title: str) -> dict[str, Any]:
    found = re.search(r"```yaml\n(.*?)```", section(title), re.DOTALL)
    assert found is not None
    return yaml.safe_load(found[1])


def table(title: str) -> dict[str, str]:
    """Return {key: what the column Required says}."""
    rows = re.findall(r"^\| (`.+?) \| (.+?) \|", section(title), re.MULTILINE)
    return {key: required for keys, required in rows for key in re.findall(r"`(\w+)`", keys)}


@documents
def test_the_sample_is_a_whole_document(title: str, check: Check) -> None:
    assert check(sample(title)) == sample(title)


@documents
def test_the_table_has_every_key(title: str, check: Check) -> None:
    assert sorted(table(title)) == sorted(sample(title))


@documents
def test_what_the_table_calls_required_is(title: str, check: Check) -> None:
    for key, required in table(title).items():
        without = {name: value for name, value in sample(title).items() if name != key}
        if required == "yes":
            with pytest.raises(DocumentError, match=key):
                check(without)
        else:
            default = re.fullmatch(r"no, `(.+)`", required)
            assert default is not None, key
            assert check(without)[key] == yaml.safe_load(default[1])
