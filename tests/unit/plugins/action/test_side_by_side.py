# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writers in several threads: whatever Ansible's own code is in the midst of, it is one thread that is."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Barrier, Lock
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task
from ansible.template import Templar, trust_as_template
from ansible_collections.dax.cross_account.plugins.action import dax_account_b_reconcile
from ansible_collections.dax.cross_account.plugins.plugin_utils import on_controller
from ansible_collections.dax.cross_account.plugins.plugin_utils.workers import Workers

THREADS, ROUNDS = 4, 25


class Alone:
    """Fails when a second thread is inside."""

    def __init__(self) -> None:
        self._lock = Lock()

    def __enter__(self) -> None:
        assert self._lock.acquire(blocking=False), "two threads at once"

    def __exit__(self, *_error: object) -> None:
        self._lock.release()


@pytest.fixture
def action() -> Iterator[Any]:
    task, loader = Task(), DataLoader()
    task.args = {}
    python = trust_as_template("{{ ansible_playbook_python }}")
    variables = {"ansible_playbook_python": "/usr/bin/python3", "ansible_python_interpreter": python}
    connection = MagicMock(transport="local", become=None)
    connection._shell = SimpleNamespace(tmpdir=None, env_prefix=lambda **_given: "")
    made = dax_account_b_reconcile.ActionModule(
        task, connection, MagicMock(), loader, Templar(loader, variables=variables), MagicMock()
    )
    made._vars, made.connection = variables, {"region": "us-east-1"}
    made.cleanup = lambda force=False: None
    return made


def test_templates_and_modules_are_made_by_one_thread_at_a_time(action: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    alone, template, calls = Alone(), Templar.template, []

    def templated(self: Any, *args: Any, **more: Any) -> Any:
        with alone:
            return template(self, *args, **more)

    def execute(module_name: str, **_given: Any) -> dict[str, Any]:
        with alone:
            calls.append(module_name)
        return {"changed": False}

    monkeypatch.setattr(Templar, "template", templated)
    action._execute_module = execute
    workers = Workers(action)

    def work() -> None:
        for number in range(ROUNDS):
            workers.own().module(f"amazon.aws.module_{number}", {})

    with action.entered():
        workers.side_by_side([work] * THREADS)
    assert len(calls) == THREADS * ROUNDS


def test_modules_of_this_collection_run_at_the_same_time(action: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    together = Barrier(2, timeout=10)

    def run(*_args: Any) -> dict[str, Any]:
        together.wait()
        return {"changed": False}

    monkeypatch.setattr(on_controller, "run", run)
    monkeypatch.setattr(on_controller, "can_run", lambda _name: True)
    monkeypatch.setattr(type(action), "_is_here", lambda _self: True)
    workers = Workers(action)
    with action.entered():
        workers.side_by_side([lambda: workers.own().module("dax.cross_account.x", {})] * 2)
