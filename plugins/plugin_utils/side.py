# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the actions of both sides share: modules of the side's account, the plan as it is shown and applied."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from ..module_utils.common.text import shown
from ..module_utils.plan.model import Call
from ..module_utils.plan.report import Summary, diff_of
from . import account, artifacts
from .document_files import write_document
from .executor import ApplyError, Executor
from .failures import words
from .role import RoleAction, RoleError
from .show import show
from .values import plain

# Calls that AWS would carry out twice are sent once. Throttled ones were not carried out; amazon.aws sends these again.
_ONCE = {"retries": {"total_max_attempts": 1}}

# What boto3 and amazon.aws say when they cannot reach an account with the options that they were given.
_OF_CONNECTION = re.compile(
    "locate credentials|specify a region|Partial credentials|Invalid endpoint|config profile|connect to"
    "|InvalidClientTokenId|ExpiredToken|SignatureDoesNotMatch|AuthFailure|correct the region"
)

Plan = dict[str, Any]


class SideAction(RoleAction):
    """An action of a role that works in one account. A subclass says how a plan is made of it."""

    OWN_OPTIONS = frozenset({"phase", "facts", "so_far"})
    INFO_MODULE = ""
    CONNECTION = ""
    # The variable that says where the side's document is written.
    DOCUMENT_PATH = ""
    # The variable that holds the consumer's name, of account B.
    NAME = ""

    # The AWS options of the role's connection; a subclass sets them first of all.
    connection: dict[str, Any]

    def work(self) -> dict[str, Any]:
        wanted = self._artifacts_wanted()
        try:
            result = self.in_phase(str(self._task.args.get("phase", "apply")))
        except account.ConnectionError as error:
            raise RoleError(str(error)) from error
        if wanted and (data := artifacts.of_run(result, self._name())):
            # As ansible.builtin.set_stats returns it: statistics of the run, not of a host.
            result["ansible_stats"] = {"data": data, "per_host": False, "aggregate": False}
        return result

    def _name(self) -> str:
        return str(plain(self._templar.template(self._vars.get(self.NAME, "")))) if self.NAME else ""

    def _artifacts_wanted(self) -> bool:
        """Tell whether documents, plan and summary are left to the next job: under AWX, unless said otherwise."""
        in_a_job = "awx_job_id" in self._vars or "tower_job_id" in self._vars
        given = self._templar.template(self._vars.get("dax_stats", in_a_job))
        try:
            return bool(boolean(given))
        except TypeError as error:
            raise RoleError(f"dax_stats: expected true or false, got {shown(given)}") from error

    def in_phase(self, phase: str) -> dict[str, Any]:
        """Do what a phase is for, and return its result."""
        raise NotImplementedError

    # The account's modules.

    def module(self, name: str, args: Mapping[str, Any], once: bool = False) -> dict[str, Any]:
        """Run a module in the side's account and return its result as plain data."""
        given = account.module_arguments(self.account_options())
        if once:
            given["aws_config"] = {**(given.get("aws_config") or {}), **_ONCE}
        with self._environment():
            found = self._execute_module(
                module_name=name, module_args={**args, **given}, task_vars={**self._vars, **self._interpreter()}
            )
        return dict(plain(found))

    def _update_module_args(self, module_name: str, module_args: dict[str, Any], task_vars: Any, **more: Any) -> None:
        """Have modules hand over the causes of an error: some of amazon.aws's say nothing of AWS's words otherwise."""
        super()._update_module_args(module_name, module_args, task_vars, **more)
        module_args["_ansible_tracebacks_for"] = ["error"]

    def account_options(self) -> dict[str, Any]:
        """Return the AWS options: the role's connection before the ``module_defaults`` of the action group."""
        given = {str(name): plain(value) for name, value in self._task.args.items() if name not in self.OWN_OPTIONS}
        return account.merged(given, self.connection)

    def _interpreter(self) -> dict[str, Any]:
        default = self._vars.get("ansible_playbook_python") if self._is_local() else "auto_silent"
        return {"ansible_python_interpreter": self._vars.get("ansible_python_interpreter", default)}

    def _is_local(self) -> bool:
        return bool(self._connection.transport == "local")

    @contextmanager
    def _environment(self) -> Iterator[None]:
        """Give what runs on this machine the account's environment for a while; each task is a process of its own."""
        inherited = dict(os.environ)
        own = account.environment(inherited, self.account_options()) if self._is_local() else inherited
        os.environ.clear()
        os.environ.update(own)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(inherited)

    def _compute_environment_string(self, raw_environment_out: dict[str, Any] | None = None) -> str:
        """Return the keyword ``environment`` of the task as the shell takes it, without AWS settings of others too."""
        given: dict[str, Any] = {}
        text = str(super()._compute_environment_string(given))
        if given and self._is_local():
            given = account.environment(given, self.account_options())
            text = str(self._connection._shell.env_prefix(**given))
        if raw_environment_out is not None:
            raw_environment_out.update(given)
        return text

    def facts(self, args: Mapping[str, Any], module: str = "") -> Any:
        """Read the account, and return its facts.

        :param module: what reads them, by default the side's own.
        :raises RoleError: with the module's one line.
        """
        found = self.module(module or self.INFO_MODULE, args)
        if found.get("failed"):
            message = words(found)
            raise RoleError(f"{message} ({self.CONNECTION})" if _OF_CONNECTION.search(message) else message)
        return found["facts"]

    # The plan.

    def show(self, lines: list[str]) -> None:
        """Show lines, with the name of the host where several take part in the play."""
        if len(self._vars.get("ansible_play_hosts_all") or []) > 1:
            lines = [f"{self._vars['inventory_hostname']}: {lines[0]}", *lines[1:]]
        show(lines)

    def refuse_conflicts(self, plan: Plan) -> None:
        if plan["conflicts"]:
            raise RoleError("\n".join(plan["conflicts"]), plan=plan)

    def apply(self, plan: Plan, replan: Any, options: Any) -> Plan:
        """Carry out a plan that was shown, and return the plan of what is left."""

        def run(call: Call) -> dict[str, Any]:
            return self.module(call["module"], call["args"], bool(call.get("once")))

        where = f"Account {plan['account_id']} ({self._vars['inventory_hostname']})"
        executor = Executor(run, replan, lambda line: self.show([f"{plan['side']}: {line}"]), options.wait_timeout)
        try:
            return executor.apply(plan)
        except ApplyError as error:
            raise RoleError(f"{where}: {error}") from error

    def write_document(self, options: Any, plan: Plan) -> bool:
        """Write the side's document where a path is given; tell whether the file changed."""
        if not (options.document_path and plan["document"] and options.state == "present") or options.check_mode:
            return False
        return write_document(self.DOCUMENT_PATH, options.document_path, plan["document"])

    def outcome(self, shown: Plan, left: Plan, summary: Summary) -> dict[str, Any]:
        """Return the result of a run.

        :param shown: the plan that was shown; its changes are what the run changed, or would.
        :param left: the plan of what is left, which knows the state that was reached.
        """
        return {
            "changed": shown["changes"] > 0,
            "diff": diff_of(shown),
            "msg": "\n".join(shown["lines"]),
            "plan": shown,
            "document": left["document"],
            "summary": summary,
        }
