# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the doctor says as data, for other programs; ``docs/schemas/doctor.schema.json`` is its schema. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, TypedDict

from ....common.doctor import DoctorFactsA, DoctorFactsB
from ..diagnose import Diagnosis
from ..model import VERDICTS
from .words import FailOn, fails, headline, plain, worst

KIND = "dax.cross_account/doctor"
SCHEMA_VERSION = 1


class Problem(TypedDict):
    reading: str  # the name of the reading that failed
    problem: str  # AWS's words in one line


class Read(TypedDict):
    """What was read of one side, when, and as whom."""

    side: str  # account A or account B
    consumer: str | None  # <account id>/<name>; None for account A
    account_id: str
    region: str
    arn: str  # the caller
    read_at: str  # ISO 8601, UTC
    problems: list[Problem]


def what_was_read(a: DoctorFactsA | None, b: Iterable[DoctorFactsB] = ()) -> list[Read]:
    """Return of each side that was read what was read of it, account A first."""
    return [_read(facts) for facts in ([a] if a else []) + [*b]]


def _read(facts: Any) -> Read:
    identity = facts["identity"]
    return {
        "side": f"account {facts['side'].upper()}",
        "consumer": f"{identity['account_id']}/{facts['name']}" if facts["side"] == "b" else None,
        "account_id": identity["account_id"],
        "region": facts["region"],
        "arn": identity["arn"],
        "read_at": facts["read_at"],
        "problems": [
            {"reading": name, "problem": reading["problem"]}
            for name, reading in facts["readings"].items()
            if reading["problem"] is not None
        ],
    }


def document(
    diagnoses: Sequence[Diagnosis],
    a: DoctorFactsA | None = None,
    b: Iterable[DoctorFactsB] = (),
    fail_on: FailOn = "broken",
) -> dict[str, Any]:
    """Return ``doctor.json``: plain data, with every text printable.

    :param fail_on: which verdict fails the run; see :func:`fails <.words.fails>`.
    """
    found = [item["verdict"] for item in diagnoses]
    pairs = [{**item, "headline_text": headline(item)} for item in diagnoses]
    return {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "verdict": worst(diagnoses),
        "fail_on": fail_on,
        "failed": fails(diagnoses, fail_on),
        "counts": {verdict: found.count(verdict) for verdict in VERDICTS},
        "read": plain(what_was_read(a, b)),
        "pairs": plain(pairs),
    }


def document_text(content: dict[str, Any]) -> str:
    """Return the text of ``doctor.json``: ASCII, so that no terminal acts on it."""
    return json.dumps(content, indent=2, ensure_ascii=True) + "\n"
