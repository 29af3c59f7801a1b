# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of every API call that reached the emulator, failed ones included."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any

from localstack.aws.api import RequestContext

_READS = (
    "AssumeRole",
    "BatchGet",
    "Decode",
    "Describe",
    "Get",
    "List",
    "Query",
    "Scan",
    "Search",
    "Simulate",
    "TransactGet",
)
KEPT = 200_000


@dataclass
class Call:
    """One call. `status` is 0 when the connection was dropped; `error` is the AWS error code."""

    n: int
    time: float
    account: str | None
    region: str | None
    service: str
    operation: str
    write: bool
    status: int
    error: str | None
    principal: str | None
    user_agent: str


def is_write(context: RequestContext) -> bool:
    """Whether a call changes anything; a dry run does not."""
    assert context.operation is not None
    dry_run = bool((context.service_request or {}).get("DryRun"))
    return not context.operation.name.startswith(_READS) and not dry_run


class CallLog:
    """Calls in the order in which they were answered, numbered from 1."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=KEPT)
        self._last = 0
        self._lock = Lock()

    def add(self, context: RequestContext, status: int, error: str | None, principal: str | None) -> None:
        assert context.service is not None and context.operation is not None
        operation = context.operation.name
        with self._lock:
            self._last += 1
            self._calls.append(
                Call(
                    n=self._last,
                    time=time.time(),
                    account=context.account_id,
                    region=context.region,
                    service=context.service.service_name,
                    operation=operation,
                    write=is_write(context),
                    status=status,
                    error=error,
                    principal=principal,
                    user_agent=context.request.headers.get("User-Agent", ""),
                )
            )

    def since(self, number: int, account: str | None = None) -> dict[str, Any]:
        """Calls after `number`, of one account if given, and the number of the last call of all."""
        with self._lock:
            found = [
                asdict(call) for call in self._calls if call.n > number and (account is None or call.account == account)
            ]
            return {"last": self._last, "calls": found}


CALLS = CallLog()
