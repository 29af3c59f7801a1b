# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What takes its time: it is finished by the first call that comes after it is due."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock

from dax_emulator.base.settings import SETTINGS


@dataclass(frozen=True)
class _Pending:
    where: tuple[str, str]
    begun: float
    setting: str
    finish: Callable[[], None]

    @property
    def due(self) -> bool:
        seconds: float = getattr(SETTINGS, self.setting)
        return time.monotonic() >= self.begun + seconds


_pending: list[_Pending] = []
_lock = RLock()


def finish_after(setting: str, account: str, region: str, finish: Callable[[], None]) -> None:
    """Call `finish` as many seconds from now as the setting says: at once if it is 0, and if it becomes so later."""
    with _lock:
        _pending.append(_Pending((account, region), time.monotonic(), setting, finish))
    settle(account, region)


def settle(account: str, region: str) -> None:
    """Finish what is due in this account and region, in the order in which it began."""
    with _lock:
        due = [one for one in _pending if one.where == (account, region) and one.due]
        _pending[:] = [one for one in _pending if one not in due]
        for one in due:
            one.finish()
