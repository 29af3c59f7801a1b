# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text from outside as it may be shown: in one line, without what a terminal would act on. Pure."""

from __future__ import annotations

from typing import Any


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
