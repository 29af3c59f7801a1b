# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that tests inject: the next calls that match get an AWS error or no answer at all."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from threading import Lock
from typing import Any

from dax_emulator.base.errors import aws_error

DROP = "drop"  # the connection is closed, nothing was done
DROP_AFTER = "drop_after"  # the operation is done, then the connection is closed

_MESSAGES = {
    "AccessDenied": "Access Denied",
    "ConcurrentModification": (
        "The request was rejected because multiple requests to change this object were submitted simultaneously. "
        "Wait a few minutes and submit your request again."
    ),
    "InternalError": "An internal error has occurred",
    "InternalFailure": "The request processing has failed because of an unknown error, exception or failure.",
    "RequestLimitExceeded": "Request limit exceeded.",
    "ServiceUnavailable": "The request has failed due to a temporary failure of the server.",
    "Throttling": "Rate exceeded",
    "ThrottlingException": "Rate exceeded",
    "UnauthorizedOperation": "You are not authorized to perform this operation.",
}
_STATUS = {
    "AccessDenied": 403,
    "AccessDeniedException": 403,
    "ConcurrentModification": 409,
    "DeleteConflict": 409,
    "EntityAlreadyExists": 409,
    "InternalError": 500,
    "InternalFailure": 500,
    "LimitExceeded": 409,
    "NoSuchEntity": 404,
    "RequestLimitExceeded": 503,
    "ServiceUnavailable": 503,
    "UnauthorizedOperation": 403,
}


@dataclass
class Fault:
    """Fails the next `count` calls of an operation of a service ("*" for any), in one account or in all.

    `writes` takes calls that write only, `after` lets that many of them pass first: together they stop a run at any
    step of it.
    """

    service: str
    operation: str
    error: str
    account: str | None = None
    status: int | None = None
    message: str | None = None
    count: int = 1
    writes: bool = False
    after: int = 0

    def matches(self, service: str, operation: str, account: str | None, write: bool) -> bool:
        return (
            self.count > 0
            and self.service in ("*", service)
            and self.operation in ("*", operation)
            and self.account in (None, account)
            and (write or not self.writes)
        )

    def exception(self, operation: str) -> Exception:
        message = self.message or _MESSAGES.get(self.error) or f"{self.error} injected into {operation}"
        return aws_error(self.error, message, self.status or _STATUS.get(self.error, 400))


class Faults:
    """Faults waiting to happen, taken in the order in which they were added."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = Lock()

    def add(self, wanted: dict[str, Any]) -> None:
        """Add a fault described by a dictionary of `Fault`'s fields; raises ValueError if it is not one."""
        known = {field.name for field in fields(Fault)}
        if unknown := set(wanted) - known:
            raise ValueError(f"unknown fault option {sorted(unknown)[0]!r}: choose from {', '.join(sorted(known))}")
        if missing := {"service", "operation", "error"} - set(wanted):
            raise ValueError(f"a fault needs {sorted(missing)[0]!r}")
        fault = Fault(**wanted)
        if not isinstance(fault.count, int) or fault.count < 1:
            raise ValueError("a fault's count must be a whole number of 1 or more")
        if not isinstance(fault.after, int) or fault.after < 0:
            raise ValueError("a fault's after must be a whole number of 0 or more")
        with self._lock:
            self._faults.append(fault)

    def take(self, service: str, operation: str, account: str | None, write: bool = True) -> Fault | None:
        """The fault for this call, counted down; None if there is none."""
        with self._lock:
            fault = next((one for one in self._faults if one.matches(service, operation, account, write)), None)
            if fault is not None and fault.after > 0:
                fault.after -= 1
                return None
            if fault is not None:
                fault.count -= 1
                self._faults = [one for one in self._faults if one.count > 0]
            return fault

    def remaining(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()


FAULTS = Faults()
