# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pagination as DAX does it."""

from __future__ import annotations

import base64
import binascii
from typing import Any, TypeVar

from dax_emulator.base.errors import aws_error

T = TypeVar("T")


def page(items: list[T], request: dict[str, Any]) -> tuple[list[T], str | None]:
    """The part of `items` that MaxResults (20 to 100, by default 100) and NextToken ask for, and the next token."""
    size = request.get("MaxResults") or 100
    if not 20 <= size <= 100:
        raise aws_error("InvalidParameterValueException", "MaxResults must be between 20 and 100.")
    start = 0
    if token := request.get("NextToken"):
        try:
            start = int(base64.b64decode(token, validate=True))
        except (binascii.Error, ValueError):
            raise aws_error("InvalidParameterValueException", "NextToken is not valid.") from None
    end = start + size
    next_token = base64.b64encode(str(end).encode()).decode() if end < len(items) else None
    return items[start:end], next_token
