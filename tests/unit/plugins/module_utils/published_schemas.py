# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schemas that are published in docs/schemas, and how what is written fits them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

DOCS = Path(__file__).parents[4] / "docs"


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DOCS / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))
    return found


def misfits(published: dict[str, Any], content: Any) -> list[str]:
    """Return what does not fit a schema, a key that it does not describe among it."""
    found = Draft202012Validator(_closed(published)).iter_errors(content)
    return [f"{error.json_path}: {error.message}" for error in found]


def _closed(part: Any) -> Any:
    """Return the schema without leave for further keys, so that a key that it does not describe is found."""
    if isinstance(part, list):
        return [_closed(item) for item in part]
    if not isinstance(part, dict):
        return part
    made = {name: _closed(item) for name, item in part.items()}
    # "required" alone tells one kind of value from another.
    return {**made, "additionalProperties": False} if "properties" in part and "required" in part else made
