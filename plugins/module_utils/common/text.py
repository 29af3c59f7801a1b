# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text from outside as it may be shown: in one line, without what a terminal would act on. Pure."""

from __future__ import annotations

import re
from typing import Any

_EXTERNAL_ID = re.compile(r"(external id )'[^']*'")


def shown(value: Any, quoted: bool = True) -> str:
    """Return a value for a message: in one line, its control characters escaped, cut when it is long."""
    text = repr(value)
    text = text if len(text) <= 80 else f"{text[:77]}..."
    return text if quoted or not isinstance(value, str) else text.strip("'\"")


def printable(text: str) -> str:
    """Return a text with line breaks, control characters and the like escaped, so that it stays one line."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def without_external_ids(value: Any) -> Any:
    """Return plain data with the external ids in its texts hidden, for what more people read than may know them."""
    if isinstance(value, dict):
        return {key: without_external_ids(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_external_ids(item) for item in value]
    return _EXTERNAL_ID.sub(r"\1(hidden)", value) if isinstance(value, str) else value
