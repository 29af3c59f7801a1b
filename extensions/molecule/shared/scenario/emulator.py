# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator's control API."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from urllib.request import Request, urlopen

URL = os.environ.get("DAX_EMULATOR_URL", "http://127.0.0.1:4577")

# Every write that comes after the given number of them is refused, which leaves what a killed run leaves.
REFUSED = "UnauthorizedOperation"


def control(method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Call ``/_emulator/<path>`` and return the answer."""
    data = json.dumps(body).encode() if body is not None else None
    with urlopen(Request(f"{URL}/_emulator/{path}", data, method=method), timeout=30) as answer:
        return json.loads(answer.read())


def last_call() -> int:
    return int(control("GET", "calls?since=999999999")["last"])


def calls_since(number: int) -> list[dict[str, Any]]:
    """Return every call that came after the one of this number, whichever account made it."""
    return control("GET", f"calls?since={number}")["calls"]


@contextmanager
def refusing_writes(account: str, after: int) -> Iterator[None]:
    """Refuse an account's writes, once so many of them have passed."""
    fault = {"service": "*", "operation": "*", "error": REFUSED, "account": account, "writes": True}
    control("POST", "faults", {**fault, "after": after, "count": 1000})
    try:
        yield
    finally:
        control("DELETE", "faults")


def patch_cluster(account: str, region: str, name: str, record: dict[str, Any]) -> None:
    """Force fields of a DAX cluster, such as its status."""
    control("POST", f"clusters/{account}/{region}/{name}", record)


def force_peering(peering_id: str, status: str) -> None:
    """Put a VPC peering connection into a state."""
    control("POST", f"peerings/{peering_id}", {"status": status})


def realistic() -> AbstractContextManager[None]:
    """Let the emulator be as slow, as forgetful and as strict as AWS; what was made shows at once afterwards."""
    return settings(preset="realistic")


def reset() -> None:
    """Set all settings to their defaults, and forget the faults."""
    control("DELETE", "faults")
    control("PUT", "settings", {"preset": "fast"})


@contextmanager
def settings(**values: Any) -> Iterator[None]:
    """Change settings of the emulator for a while."""
    before = control("GET", "settings")
    control("PUT", "settings", values)
    try:
        yield
    finally:
        control("PUT", "settings", before)
