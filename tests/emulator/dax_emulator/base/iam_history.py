# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each account's IAM state was before its latest writes, for those who do not see them yet."""

from __future__ import annotations

import copy
import time
from collections import deque
from threading import RLock
from typing import Any

from dax_emulator.base import iam_state
from dax_emulator.base.iam_state import Key
from dax_emulator.base.settings import SETTINGS

# Held while a state is copied, and by those who write or look at copies.
LOCK = RLock()
_SHARED = ("aws_managed_policies", "policy_arn_regex")  # what no write changes, and a thousand objects
_states: dict[Key, deque[tuple[float, Any]]] = {}  # each with the moment until which it was the state


def longest() -> float:
    """How far back anybody looks."""
    return max(
        SETTINGS.visibility_seconds,
        SETTINGS.iam_visibility_seconds,
        SETTINGS.replica_seconds,
        SETTINGS.detach_seconds,
    )


def record(key: Key) -> None:
    """Keep the state as it is before a write."""
    now = time.monotonic()
    states = _states.setdefault(key, deque())
    while states and states[0][0] < now - longest():
        states.popleft()
    states.append((now, duplicate(iam_state.backend(*key))))


def before(key: Key, seconds: float) -> Any | None:
    """The state of so many seconds ago; None if nothing was written since. Not to be changed."""
    moment = time.monotonic() - seconds
    return next((state for until, state in _states.get(key, ()) if until > moment), None) if seconds else None


def without_new(key: Key, seconds: float) -> Any | None:
    """The state as it is now, but for what was added within so many seconds; None if that is nothing.

    What was removed or changed meanwhile is as it is now.
    """
    old = before(key, seconds)
    if old is None:
        return None
    now = duplicate(iam_state.backend(*key))
    _drop_new(now, old, set())
    return now


def duplicate(backend: Any) -> Any:
    """A copy of moto's state that shares AWS's own policies with it."""
    result = copy.copy(backend)
    shared = {id(policy): policy for policy in backend.aws_managed_policies}
    own = {name: value for name, value in vars(backend).items() if name not in _SHARED}
    vars(result).update(copy.deepcopy(own, {id(backend): result, **shared}))
    return result


def _drop_new(now: Any, old: Any, done: set[int]) -> None:
    """Take out of every collection in `now` what the same collection in `old` does not have."""
    if now is old or id(now) in done:
        return
    done.add(id(now))
    if isinstance(now, dict) and isinstance(old, dict):
        for key in list(now):
            if key in old and _identity(now[key]) == _identity(old[key]):
                _drop_new(now[key], old[key], done)
            else:
                del now[key]
    elif isinstance(now, list) and isinstance(old, list):
        known = {_identity(one) or repr(one): one for one in old}
        now[:] = [one for one in now if (_identity(one) or repr(one)) in known]
        for one in now:
            _drop_new(one, known[_identity(one) or repr(one)], done)
    elif type(now).__module__.startswith("moto.") and type(now) is type(old):
        for name, value in vars(now).items():
            _drop_new(value, vars(old).get(name), done)


def _identity(value: Any) -> str | None:
    """What an object of moto is known by; None for plain values: these may change and are not new for that."""
    for name in ("id", "access_key_id", "version_id", "arn"):
        if found := getattr(value, name, None):
            return str(found)
    return None
