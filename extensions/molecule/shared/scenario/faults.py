# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls that fail: the emulator gives them an error of AWS, or no answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .accounts import Account
from .emulator import control

DROP, LOST = "drop", "drop_after"
FOREVER = 1000


@dataclass(frozen=True)
class Fault:
    """Fails the next calls of ``service:operation``, in one account or in any."""

    account: Account | None
    action: str
    error: str
    message: str | None = None
    count: int = 1


@contextmanager
def faults(*wanted: Fault) -> Iterator[None]:
    """Let calls fail. In the end, all those that come a few times only must have happened."""
    with maybe_faults(*wanted) as left:
        yield
        assert [fault for fault in left() if fault.count < FOREVER / 2] == [], "faults that never happened"


@contextmanager
def maybe_faults(*wanted: Fault) -> Iterator[Left]:
    """Let calls fail, and yield a function that returns the faults that have not happened yet."""
    for fault in wanted:
        service, operation = fault.action.split(":")
        account = fault.account.id if fault.account else None
        fields = {"account": account, "service": service, "operation": operation, "error": fault.error}
        control("POST", "faults", {**fields, "message": fault.message, "count": fault.count})
    try:
        yield _left
    finally:
        control("DELETE", "faults")


def _left() -> list[Fault]:
    return [
        Fault(
            Account(each["account"]) if each["account"] else None,
            f"{each['service']}:{each['operation']}",
            each["error"],
            each["message"],
            each["count"],
        )
        for each in control("GET", "faults")["faults"]
    ]


Left = type(_left)
