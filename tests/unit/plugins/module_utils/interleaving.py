# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that call AWS at the same time, in every order of their calls.

A program is a function of a client. It runs in a thread of its own and stops before each call, and at each pause, until
it is told to go on, so that an order of turns decides all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Semaphore, Thread
from typing import Any


class Turns:
    """What a program waits at before each of its calls; the time goes by in its pauses."""

    def __init__(self) -> None:
        self.now = 0.0
        self._go, self._stopped = Semaphore(0), Semaphore(0)
        self.over = False

    def wait(self) -> None:
        self._stopped.release()
        self._go.acquire()

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.wait()

    def clock(self) -> float:
        return self.now

    def start(self, program: Callable[[], None]) -> Thread:
        def run() -> None:
            self.wait()
            try:
                program()
            finally:
                self.over = True
                self._stopped.release()

        thread = Thread(target=run, daemon=True)
        thread.start()
        self._stopped.acquire()
        return thread

    def step(self) -> None:
        """Let the program make its next call."""
        self._go.release()
        self._stopped.acquire()


class Client:
    """A client each of whose calls is a turn."""

    def __init__(self, iam: Any, turns: Turns) -> None:
        self._iam, self._turns = iam, turns

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._iam, name)

        def called(**params: Any) -> Any:
            self._turns.wait()
            return call(**params)

        return called


Program = Callable[[Client, Turns], None]
# Whose turn it was, and whose it could have been.
Turn = tuple[int, list[int]]


def run_in_order(iam: Any, programs: list[Program], order: list[int]) -> list[Turn]:
    """Run programs with the given turns first, and then one after the other; return all turns that were taken."""
    turns = [Turns() for _program in programs]
    errors: list[BaseException] = []

    def guarded(program: Program, own: Turns) -> Callable[[], None]:
        def run() -> None:
            try:
                program(Client(iam, own), own)
            except BaseException as error:  # it belongs to the test's thread
                errors.append(error)

        return run

    threads = [own.start(guarded(program, own)) for program, own in zip(programs, turns, strict=True)]
    taken: list[Turn] = []
    while living := [index for index, own in enumerate(turns) if not own.over]:
        which = order[len(taken)] if len(taken) < len(order) else living[0]
        which = which if which in living else living[0]
        turns[which].step()
        taken.append((which, living))
        assert len(taken) < 2000, "they never come to an end"
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return taken


def orders(run: Callable[[list[int]], list[Turn]], depth: int) -> Iterator[list[int]]:
    """Run programs in all orders of their first ``depth`` turns, and yield each order.

    :param run: runs the programs in an order that may end early, and returns all turns.
    """
    start: list[int] | None = []
    while start is not None:
        taken = run(start)
        yield [which for which, _living in taken]
        start = _next(taken[:depth])


def _next(taken: list[Turn]) -> list[int] | None:
    """Return the order that comes after one, as numbers are counted, up to the turn that changes."""
    while taken:
        which, living = taken.pop()
        if later := [index for index in living if index > which]:
            return [*(each for each, _living in taken), later[0]]
    return None
