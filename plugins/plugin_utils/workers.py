# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules at the same time: each thread has an action of its own, since an action runs one module at a time."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from threading import Lock, local
from typing import Any

from .executor import in_turn


class Turn:
    """Whose turn it is to run Ansible's own code, of which parts fail in several threads at once.

    Commands and this collection's own modules run outside of a turn, so these are what happens at the same time.
    Templating is not among it: threads share the list in which Ansible notes the templates that it is in. Nor is
    building a module, where two threads that parse source text at once can fail.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._mine = local()

    def __enter__(self) -> None:
        self._lock.acquire()
        self._mine.it_is = True

    def __exit__(self, *_error: object) -> None:
        self._mine.it_is = False
        self._lock.release()

    @contextmanager
    def left(self) -> Iterator[None]:
        """Let others have a turn for a while, if this thread has one."""
        if not getattr(self._mine, "it_is", False):
            yield
            return
        self.__exit__()
        try:
            yield
        finally:
            self.__enter__()


class Workers:
    """The actions of the threads of one action, which stands for the thread that made it."""

    def __init__(self, action: Any) -> None:
        self._action = action
        self._of_thread = local()

    def own(self) -> Any:
        """Return the action of the thread that asks."""
        return getattr(self._of_thread, "action", self._action)

    def side_by_side(self, functions: list[Callable[[], None]]) -> None:
        """Run functions at the same time, and return when all of them have; the first one's exception counts."""
        if len(functions) < 2:
            in_turn(functions)
            return
        with ThreadPoolExecutor(len(functions)) as pool:
            # Ansible keeps what belongs to a task in context variables, which no thread has of its own.
            running = [pool.submit(copy_context().run, self._work, function) for function in functions]
        for each in running:
            each.result()

    def _work(self, function: Callable[[], None]) -> None:
        turn: Turn = self._action.turn
        with turn:
            self._of_thread.action = action = _another(self._action)
        try:
            function()
        finally:
            with turn:
                action.cleanup()


def _another(action: Any) -> Any:
    """Return an action of the same task with a connection, and so a temporary folder, of its own."""
    found = copy.copy(action)
    found._connection = copy.copy(action._connection)
    found._connection._shell = copy.copy(action._connection._shell)
    found._connection._shell.tmpdir = None
    found._templar = action._templar.copy_with_new_env()
    return found
