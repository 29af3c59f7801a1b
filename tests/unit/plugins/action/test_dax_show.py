# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines as they are, and a failure after them."""

from __future__ import annotations

from typing import Any
from unittest.mock import MagicMock

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task
from ansible.template import Templar
from ansible_collections.dax.cross_account.plugins.action import dax_show

ESCAPE = "\x1b[31m"


def run(monkeypatch: pytest.MonkeyPatch, **given: Any) -> tuple[dict[str, Any], list[str]]:
    shown: list[str] = []
    monkeypatch.setattr(dax_show, "show", shown.extend)
    task = Task()
    task.action, task.args = "dax.cross_account.dax_show", given
    action = dax_show.ActionModule(task, MagicMock(), MagicMock(), DataLoader(), Templar(DataLoader()), MagicMock())
    return action.run(task_vars={}), shown


def test_lines_are_shown_and_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    result, shown = run(monkeypatch, lines=["one", f"two{ESCAPE}"])
    assert shown == ["one", "two\\x1b[31m"]
    assert result["msg"] == "\n".join(shown)
    assert not result.get("failed")


@pytest.mark.parametrize("failure", ["", None])
def test_nothing_is_no_failure(monkeypatch: pytest.MonkeyPatch, failure: Any) -> None:
    result, shown = run(monkeypatch, lines=[], failure=failure)
    assert (shown, result.get("failed"), result["msg"]) == ([], None, "")


def test_a_failure_comes_after_the_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    result, shown = run(monkeypatch, lines=["account A: complete"], failure=f"broken{ESCAPE}")
    assert shown == result["lines"] == ["account A: complete"]
    assert (result["failed"], result["msg"], result["changed"]) == (True, "broken\\x1b[31m", False)
