# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The log of data-plane requests, which tests read."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any

_KEPT = 20_000


@dataclass(frozen=True)
class Entry:
    """One request. `outcome` is "ok", the name of an error, "drop" or "malformed"."""

    n: int
    time: str
    cluster: str
    node: str
    operation: str
    table: str | None
    outcome: str
    message: str | None
    principal: str | None
    access_key: str | None
    user_agent: str | None


class RequestLog:
    """The last requests, numbered from 1."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=_KEPT)
        self._last = 0
        self._lock = Lock()

    def add(self, **fields: Any) -> None:
        """Append an entry made of `Entry`'s fields, its number and time apart."""
        with self._lock:
            self._last += 1
            self._entries.append(Entry(n=self._last, time=datetime.now(UTC).isoformat(), **fields))

    def since(self, number: int) -> dict[str, Any]:
        """Return the entries after `number`, and the number of the last one."""
        with self._lock:
            return {"last": self._last, "requests": [asdict(entry) for entry in self._entries if entry.n > number]}
