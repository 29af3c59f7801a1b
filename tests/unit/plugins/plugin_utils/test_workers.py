# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads have actions of their own, take turns where Ansible's code runs, and run commands at the same time."""

from __future__ import annotations

from contextvars import ContextVar
from threading import Barrier, Lock
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.plugin_utils.workers import Turn, Workers

TASK: ContextVar[str] = ContextVar("task", default="")


class Action:
    """What an action has that a thread needs one of its own of."""

    def __init__(self) -> None:
        self.turn = Turn()
        self._connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir="of the first"))
        self._templar = SimpleNamespace(copy_with_new_env=SimpleNamespace)
        self.cleaned: list[Any] = []

    def cleanup(self) -> None:
        self.cleaned.append(self._connection._shell.tmpdir)


def test_each_thread_has_an_action_a_connection_and_a_folder_of_its_own() -> None:
    action = Action()
    workers = Workers(action)
    together, seen = Barrier(2, timeout=10), []

    def work(name: str) -> None:
        own = workers.own()
        assert own._connection._shell.tmpdir is None
        own._connection._shell.tmpdir = name
        together.wait()
        seen.append((own, own._connection, own._connection._shell, own._templar, own._connection._shell.tmpdir))

    TASK.set("the task")
    workers.side_by_side([lambda: work("one"), lambda: work("two")])
    assert workers.own() is action and action._connection._shell.tmpdir == "of the first"
    assert all(one is not two for one, two in zip(*[parts[:4] for parts in seen], strict=True))
    assert sorted(action.cleaned) == ["one", "two"], "each folder is removed"
    assert all(own.turn is action.turn for own, *_rest in seen)


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_all_of_them_run_in_the_task_that_began_them(number: int) -> None:
    TASK.set("the task")
    seen: list[str] = []
    Workers(Action()).side_by_side([lambda: seen.append(TASK.get())] * number)
    assert seen == ["the task"] * number


def test_an_error_is_raised_when_all_have_ended() -> None:
    seen: list[str] = []

    def fail() -> None:
        raise ValueError("the first")

    with pytest.raises(ValueError, match="the first"):
        Workers(Action()).side_by_side([fail, lambda: seen.append("the other")])
    assert seen == ["the other"]


def test_a_turn_is_one_at_a_time_and_is_left_while_a_command_runs() -> None:
    turn, together, inside = Turn(), Barrier(2, timeout=10), Lock()

    def work() -> None:
        for _round in range(50):
            with turn:
                assert inside.acquire(blocking=False), "two threads have a turn"
                inside.release()
                with turn.left():
                    together.wait()  # both are out of their turn at the same time
                assert inside.acquire(blocking=False)
                inside.release()

    Workers(Action()).side_by_side([work, work])


def test_without_a_turn_there_is_nothing_to_leave() -> None:
    turn = Turn()
    with turn.left(), turn, pytest.raises(ValueError, match="x"), turn.left():
        raise ValueError("x")
    with turn:
        pass
