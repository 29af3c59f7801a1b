# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lengths, ranges and patterns of what IAM and STS are given, as the service models in botocore have them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.base.errors import aws_error
from dax_emulator.base.overrides import Proceed, Request, Response, around

# The classes of Java's patterns that Python lacks: letters and numbers (with _, which all of them allow) and spaces.
_CLASSES = {r"\p{L}": r"\w", r"\p{N}": r"\w", r"\p{Z}": r" \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"}


@around("iam", "sts")
def valid(context: RequestContext, request: Request, proceed: Proceed) -> Response:
    assert context.operation is not None
    shape = context.operation.input_shape
    errors = list(_errors(shape, request, "")) if shape is not None else []
    if errors:
        counted = f"{len(errors)} validation error{'s' if len(errors) > 1 else ''} detected: "
        raise aws_error("ValidationError", counted + "; ".join(errors))
    return proceed()


def _errors(shape: Any, value: Any, path: str) -> Iterator[str]:
    """What is wrong with a value by its shape in the service model."""
    if value is None:
        return
    broken = None
    if isinstance(value, int) and not isinstance(value, bool):
        broken = _outside(shape.metadata, value, "value")
    elif isinstance(value, str | list):
        broken = _outside(shape.metadata, len(value), "length")
    pattern = shape.metadata.get("pattern")
    if broken is None and isinstance(value, str) and pattern and not _compiled(pattern).fullmatch(value):
        broken = f"Member must satisfy regular expression pattern: {pattern}"
    if broken is not None:
        shown = "" if isinstance(value, list) else f" '{value}'"
        yield f"Value{shown} at '{path}' failed to satisfy constraint: {broken}"
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield from _errors(member, value.get(name), f"{path}.{_lower(name)}" if path else _lower(name))
    elif shape.type_name == "list":
        for number, one in enumerate(value, 1):
            yield from _errors(shape.member, one, f"{path}.{number}.member")


def _outside(limits: Any, number: int, what: str) -> str | None:
    if number < limits.get("min", number):
        return f"Member must have {what} greater than or equal to {limits['min']}"
    if number > limits.get("max", number):
        return f"Member must have {what} less than or equal to {limits['max']}"
    return None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    flags = 0 if r"\p{" in pattern else re.ASCII
    for java, python in _CLASSES.items():
        pattern = pattern.replace(java, python)
    return re.compile(pattern, flags)


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
