# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the issue forms to what a code host takes; it ignores a form that is wrong, and says so to nobody.

https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parents[3] / ".github" / "ISSUE_TEMPLATE"
FORMS = sorted(path for path in FOLDER.glob("*.yml") if path.name != "config.yml")
# The attributes of each kind of field, and those that it needs.
FIELDS = {
    "markdown": ({"value"}, {"value"}),
    "textarea": ({"label", "description", "placeholder", "value", "render"}, {"label"}),
    "input": ({"label", "description", "placeholder", "value"}, {"label"}),
    "dropdown": ({"label", "description", "multiple", "options", "default"}, {"label", "options"}),
}
forms = pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_there_are_forms() -> None:
    assert {path.stem for path in FORMS} == {"docs", "fault", "wish"}


@forms
def test_a_form_has_what_it_needs_and_nothing_else(path: Path) -> None:
    form = load(path)
    assert set(form) == {"name", "description", "title", "labels", "body"}
    assert all(isinstance(form[key], str) and form[key] for key in ("name", "description", "title"))
    assert any(field["type"] != "markdown" for field in form["body"])


@forms
def test_the_fields_of_a_form(path: Path) -> None:
    for field in load(path)["body"]:
        known, needed = FIELDS[field["type"]]
        assert needed <= set(field["attributes"]) <= known, field
        assert set(field) <= {"type", "attributes"} | ({"id", "validations"} if field["type"] != "markdown" else set())
        assert set(field.get("validations", {})) <= {"required"}
        # YAML reads a plain `no` as false, which is no option.
        options = field["attributes"].get("options", [])
        assert all(isinstance(option, str) for option in options)
        assert len(set(options)) == len(options)


@forms
def test_the_names_of_fields(path: Path) -> None:
    fields = [field for field in load(path)["body"] if field["type"] != "markdown"]
    for names in ([field["id"] for field in fields], [field["attributes"]["label"] for field in fields]):
        assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[\w-]+", field["id"]) for field in fields)


def test_links_beside_the_forms() -> None:
    config = load(FOLDER / "config.yml")
    assert set(config) == {"blank_issues_enabled", "contact_links"}
    assert all(set(link) == {"name", "url", "about"} for link in config["contact_links"])
    assert config["contact_links"][0]["url"] in (FOLDER.parents[1] / "SECURITY.md").read_text(encoding="utf-8")
