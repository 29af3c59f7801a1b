# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sessions of roles that were assumed, kept for the tasks of one run of Ansible.

Each task is a process of its own, and what a task returns may be shown and stays in hostvars. So a session is kept in a
file in Ansible's directory for this run, which nobody else can read and which Ansible removes when it ends.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypedDict

# What is left of a session has to be enough for this many seconds more than a module waits.
_MARGIN = 60.0


class Session(TypedDict):
    """Credentials with their times, in seconds since the epoch."""

    access_key: str
    secret_key: str
    session_token: str
    since: float
    until: float


class Sessions:
    """The sessions of a run.

    :ivar folder: Ansible's directory for this run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def now(self) -> float:
        """Return the time in seconds since the epoch."""
        return time.time()

    def get(self, about: Mapping[str, Any], fetch: Callable[[], Session], seconds: float) -> Session:
        """Return the session that is kept, or one that is fetched, if what is left of it is too short.

        :param about: what the session depends on: the side, its credentials, and the role with its options.
        :param seconds: for how long the session is needed; half of its life at the most.
        """
        path = self._path(about)
        with _locked(path):
            kept = _read(path)
            if kept and kept["until"] - self.now() >= min(seconds + _MARGIN, (kept["until"] - kept["since"]) / 2):
                return kept
            fetched = fetch()
            _write(path, fetched)
            return fetched

    def forget(self, about: Mapping[str, Any]) -> None:
        """Have the next task fetch a new session."""
        path = self._path(about)
        with _locked(path):
            path.unlink(missing_ok=True)

    def _path(self, about: Mapping[str, Any]) -> Path:
        name = hashlib.sha256(json.dumps(about, sort_keys=True, default=str).encode()).hexdigest()
        return self.folder / f"dax.cross_account-{name}"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one task at a time look after a session, so that the tasks of several hosts fetch one together."""
    with open(f"{path}.lock", "w", encoding="utf-8", opener=_private) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _read(path: Path) -> Session | None:
    try:
        kept: Session = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return kept


def _write(path: Path, session: Session) -> None:
    new = path.with_suffix(".new")
    with open(new, "w", encoding="utf-8", opener=_private) as file:
        json.dump(session, file)
    os.replace(new, path)
