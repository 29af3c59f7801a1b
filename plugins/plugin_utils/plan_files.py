# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans as files on the controller: one that a run writes, and one that was approved and is to be applied."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..module_utils.common.text import printable
from ..module_utils.plan.approval import problem_of
from ..module_utils.plan.published import published
from .document_files import DocumentFileError, check_path, is_text, read_text, write_text
from .strict_yaml import Refused, load_json

# Hundreds of consumers, each with a route in every table, take a part of this.
MAX_BYTES = 8 * 1024 * 1024
_MAX_DEPTH, _MAX_NODES = 12, 400_000

Plan = Mapping[str, Any]


def file_name(plan: Plan) -> str:
    """Return the name of a plan's file: by its side, its account, and its cluster or consumer."""
    if plan["consumer"] is not None:
        side, what = "account_b", plan["consumer"].partition("/")[2]
    else:
        side, what = "account_a", str(plan["cluster_arn"]).rpartition("/")[2]
    return f"{side}-{plan['account_id']}-{what}.json"


def check_directory(variable: str, path: str) -> None:
    """Refuse, before anything is done, a directory for plans that is not there.

    :raises DocumentFileError: naming the variable.
    """
    if path and not _absolute(path).is_dir():
        directory = printable(str(_absolute(path)))
        raise DocumentFileError(
            f"{variable}: there is no directory {directory} on the controller; make it, or correct the path"
        )


def write_plan(variable: str, directory: str, plan: Plan) -> None:
    """Write a plan into a directory, for its owner's eyes only.

    :raises DocumentFileError: when it cannot be written, or what is there in its place is no file of its own.
    """
    text = json.dumps(published(plan), indent=2, ensure_ascii=True) + "\n"
    write_text(variable, str(_absolute(directory) / file_name(plan)), text, 0o600)


def read_plan(variable: str, given: str, plan: Plan) -> tuple[str, dict[str, Any]]:
    """Return the approved plan of a side, and what to call it.

    :param given: the path of its file, that of a directory of plans, or JSON text.
    :param plan: the one that was made now, which tells its name in a directory.
    :raises DocumentFileError: when it cannot be used.
    """
    if is_text(given):
        name, text = "the text", given
        if len(text) > MAX_BYTES:
            raise DocumentFileError(f"{variable}: {name} has more than {MAX_BYTES} characters")
    else:
        path = approved_path(given, plan)
        name = printable(str(path))
        try:
            text = read_text(path, MAX_BYTES)
        except DocumentFileError as error:
            fix = "give the file or the directory that a run with --check and dax_plan_path has written"
            raise DocumentFileError(f"{variable}: {name} {error}; {fix}") from error
    try:
        found = load_json(text, _MAX_DEPTH, _MAX_NODES)
    except Refused as error:
        raise DocumentFileError(f"{variable}: {name} is no JSON: {printable(str(error))}") from error
    if problem := problem_of(found):
        raise DocumentFileError(f"{variable}: {name} {printable(problem)}")
    return name, found


def approved_path(given: str, plan: Plan) -> Path:
    """Return the path of an approved plan, in a directory that of this side."""
    path = _absolute(given)
    return path / file_name(plan) if path.is_dir() else path


def check_apart(plan: Plan, written: tuple[str, str], approved: tuple[str, str]) -> None:
    """Refuse to write a plan over the approved one.

    :param written, approved: the variable and its value.
    :raises DocumentFileError: naming both variables.
    """
    target = _absolute(written[1]) / file_name(plan)
    check_path(written[0], str(target))
    is_path = approved[1] and not is_text(approved[1])
    if is_path and target.resolve() == approved_path(approved[1], plan).resolve():
        raise DocumentFileError(
            f"{written[0]}: {printable(str(target))} is the plan of {approved[0]}, which is to be applied; write the "
            "new one elsewhere"
        )


def _absolute(path: str) -> Path:
    return Path(path).expanduser().absolute()
