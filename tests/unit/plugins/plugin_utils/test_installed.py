# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.amazon.aws.plugins.modules import iam_role
from ansible_collections.dax.cross_account.plugins.module_utils.plan.model import Plan
from ansible_collections.dax.cross_account.plugins.module_utils.plan.role import write_role, write_role_removal
from ansible_collections.dax.cross_account.plugins.plugin_utils import installed

LEAVING = ["create_instance_profile", "delete_instance_profile"]


def without(source: str, *options: str) -> str:
    """Return a module's source as of the release that removes options."""
    for option in options:
        source = re.sub(rf"^  {option}:\n(?:    .*\n|\n)+", "", source, flags=re.MULTILINE)
    return source


def calls() -> list[Any]:
    plan = Plan("account B")
    settings: Any = {"max_session_duration": 3600, "permissions_boundary": None}
    write_role(plan, None, "AssumeDaxRole", "/", {}, {}, settings)
    write_role_removal(plan, "AssumeDaxRole")
    return plan.writes["role"]


@pytest.mark.parametrize("gone", [[], LEAVING[:1], LEAVING], ids=str)
def test_only_what_the_installed_module_takes_is_passed(tmp_path: Path, monkeypatch: Any, gone: list[str]) -> None:
    path = tmp_path / "iam_role.py"
    path.write_text(without(Path(str(iam_role.__file__)).read_text(encoding="utf-8"), *gone), encoding="utf-8")
    found = SimpleNamespace(resolved=True, plugin_resolved_path=str(path))
    monkeypatch.setattr(installed.module_loader, "find_plugin_with_context", lambda _name: found)
    for call in calls():
        args = installed.without_unknown(call["module"], call["args"], call["if_known"])
        assert args == {name: value for name, value in call["args"].items() if name not in gone}
        assert set(args) & set(LEAVING) == set(LEAVING) - set(gone)
        assert not set(args) - (installed.options_of(call["module"]) or set()) - {"tags"}


def test_what_is_not_meant_to_go_is_passed_and_refused_by_the_module(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "module.py"
    path.write_text('DOCUMENTATION = r"""\nmodule: x\noptions:\n  name:\n    type: str\n"""\n', encoding="utf-8")
    found = SimpleNamespace(resolved=True, plugin_resolved_path=str(path))
    monkeypatch.setattr(installed.module_loader, "find_plugin_with_context", lambda _name: found)
    assert installed.without_unknown("x", {"name": 1, "other": 2}, ["name"]) == {"name": 1, "other": 2}


def test_a_module_that_cannot_be_looked_at_is_given_all(monkeypatch: Any) -> None:
    missing = SimpleNamespace(resolved=False, plugin_resolved_path=None)
    monkeypatch.setattr(installed.module_loader, "find_plugin_with_context", lambda _name: missing)
    assert installed.without_unknown("x", {"name": 1}, ["name"]) == {"name": 1}
