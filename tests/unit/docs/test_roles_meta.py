# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds what Galaxy shows of each role, its meta/main.yml, to the role's specs and to the collection."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
roles = pytest.mark.parametrize("role", sorted(ROOT.glob("roles/*")), ids=lambda path: path.name)


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@roles
def test_galaxy_shows_what_ansible_doc_shows(role: Path) -> None:
    info = load(role / "meta" / "main.yml")["galaxy_info"]
    told = load(role / "meta" / "argument_specs.yml")["argument_specs"]["main"]["short_description"]
    assert info["description"] == told
    # Galaxy's own template for a new role, which was never filled in.
    assert not told.lower().startswith("your")


@roles
def test_a_role_is_of_the_collections_licence_and_depends_on_no_other(role: Path) -> None:
    meta = load(role / "meta" / "main.yml")
    (licence,) = re.findall(r"Identifier: (\S+)", (ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert meta["galaxy_info"]["license"] == licence
    assert meta["dependencies"] == []
