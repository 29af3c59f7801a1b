# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of a side's action as a task would make them, in a play of its own; modules answer as the test says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

from ansible import constants
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task
from ansible.template import Templar
from ansible_collections.dax.cross_account.plugins.action import dax_account_a_reconcile, dax_account_b_reconcile
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

ACTIONS: dict[str, Any] = {"a": dax_account_a_reconcile.ActionModule, "b": dax_account_b_reconcile.ActionModule}
REGION = {"region": "us-east-1"}
# The groups as Ansible knows them in a play, and which modules are in them.
FULL = {"group/aws": "group/ansible.builtin.aws", "group/k8s": "group/kubernetes.core.k8s"}
GROUPS = {
    "amazon.aws.iam_role": ["amazon.aws.aws", "ansible.builtin.aws"],
    "kubernetes.core.k8s": ["kubernetes.core.k8s"],
}
Answer = Callable[[str, dict[str, Any]], dict[str, Any]]


class InPlay(Task):  # type: ignore[misc]
    """A task of a play that knows the groups."""

    play = SimpleNamespace(_action_groups=GROUPS)


class Host:
    """One host of a play; ``facts`` are those that its roles have left, as ``register`` and ``set_fact`` do."""

    def __init__(self, side: str, folder: Path, monkeypatch: Any, *, hosts: dict[str, Host] | None = None) -> None:
        # Ansible's directory for this run.
        monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(folder))
        monkeypatch.setattr(
            f"{ACTIONS[side].__module__.rpartition('.action')[0]}.plugin_utils.side.show", lambda _: None
        )
        self.side, self.role = side, f"dax_account_{side}"
        self.facts: dict[str, Any] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.hosts = hosts if hosts is not None else {}
        self.name = f"host{len(self.hosts)}"
        self.hosts[self.name] = self

    def run(
        self,
        answer: Answer,
        phase: str = "apply",
        *,
        defaults: dict[str, Any] | None = None,
        args: dict[str, Any] | None = None,
        check: bool = True,
        **given: Any,
    ) -> dict[str, Any]:
        """Run the action with the role's defaults and variables, and return its result.

        :param answer: returns the result of a module, by its name and arguments.
        :param defaults: the ``module_defaults`` of the play.
        :param args: the arguments of the task besides the phase.
        """
        path = build.ROLES / self.role / "defaults" / "main.yml"
        variables = DataLoader().load_from_file(str(path), trusted_as_template=True)
        variables |= {f"{self.role}_{name}": value for name, value in {"connection": REGION, **given}.items()}
        variables |= {
            **self.facts,
            "hostvars": {name: host.facts for name, host in self.hosts.items()},
            "ansible_play_hosts_all": list(self.hosts),
            "inventory_hostname": self.name,
        }
        loader, task = DataLoader(), InPlay()
        task.args, task.check_mode = {"phase": phase, **(args or {})}, check
        task.module_defaults = [{FULL.get(name, name): each for name, each in (defaults or {}).items()}]
        templar = Templar(loader, variables=variables)
        action = ACTIONS[self.side](task, MagicMock(), MagicMock(), loader, templar, MagicMock())

        def execute(module_name: str, module_args: dict[str, Any], task_vars: Any) -> dict[str, Any]:
            self.calls.append((module_name, module_args))
            return answer(module_name, module_args)

        action._execute_module = execute
        found: dict[str, Any] = action.run(task_vars=variables)
        return found

    def turn(self, answer: Answer, **given: Any) -> dict[str, Any]:
        """Run the tasks of the entry point ``main`` of account B, and leave the facts that they leave."""
        self.read(answer, **given)
        return self.apply(answer, **given)

    def read(self, answer: Answer, **given: Any) -> None:
        self.facts["dax_account_b_result"] = self.run(answer, "read", **given)

    def apply(self, answer: Answer, **given: Any) -> dict[str, Any]:
        found = self.run(answer, args={"facts": self.facts["dax_account_b_result"].get("facts", {})}, **given)
        self.facts["dax_account_b_result"] = found
        if "consumers" in found:
            self.facts["dax_account_b_consumers"] = found["consumers"]
        return found

    def modules(self) -> list[str]:
        """Return the short names of the modules that were run, in order."""
        return [name.rpartition(".")[2] for name, _args in self.calls]


def account_b(account: str, **more: Any) -> Answer:
    """Return the answers of the reading module for an empty account B."""

    def answer(name: str, _args: dict[str, Any]) -> dict[str, Any]:
        assert name == "dax.cross_account.dax_account_b_info", name
        return {"facts": build.facts_b(identity=build.identity(account), **more)}

    return answer


def refused(message: str) -> dict[str, Any]:
    return {"failed": True, "msg": message}
