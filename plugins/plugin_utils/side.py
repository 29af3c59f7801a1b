# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the actions of both sides share: the plan as it is shown and applied, the document, the outcome."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from ..module_utils.common.text import shown
from ..module_utils.plan.approval import differences, is_done
from ..module_utils.plan.model import Call
from ..module_utils.plan.published import header, published
from ..module_utils.plan.report import Summary, diff_of
from ..module_utils.plan.role import MODULE as ROLE_MODULE
from . import account, artifacts, same_account
from .account_action import AccountAction
from .document_files import write_document
from .executor import ApplyError, Executor, in_turn
from .installed import without_unknown
from .plan_files import check_apart, check_directory, read_plan, write_plan
from .role import RoleError
from .show import show
from .values import plain
from .workers import Workers

Plan = dict[str, Any]


class SideAction(AccountAction):
    """An action of a role that works in one account. A subclass says how a plan is made of it."""

    OWN_OPTIONS = frozenset({"phase", "facts", "so_far"})
    # The variable that says where the side's document is written.
    DOCUMENT_PATH = ""
    # The variable that holds the consumer's name, of account B.
    NAME = ""

    # What was read last of the account.
    _facts: Any

    def work(self) -> dict[str, Any]:
        wanted = self._artifacts_wanted()
        try:
            result = self.in_phase(str(self._task.args.get("phase", "apply")))
        except account.ConnectionError as error:
            raise RoleError(str(error)) from error
        if wanted and (data := artifacts.of_run(result, self._name(), bool(self._task.check_mode))):
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

    # The plan.

    def show(self, lines: list[str]) -> None:
        """Show lines, with the name of the host where several take part in the play."""
        if len(self._vars.get("ansible_play_hosts_all") or []) > 1:
            lines = [f"{self._vars['inventory_hostname']}: {lines[0]}", *lines[1:]]
        show(lines)

    def refuse_conflicts(self, plan: Plan) -> None:
        if plan["conflicts"]:
            raise RoleError("\n".join(plan["conflicts"]), plan=plan)

    def check_plan_path(self, options: Any) -> None:
        """Refuse a directory for the plan that is not there, before anything is read or written."""
        check_directory(f"{options.PREFIX}plan_path", options.plan_path)

    def with_header(
        self, plan: Plan, options: Any, cluster_arn: str | None, name: str | None = None, documents: Iterable[Any] = ()
    ) -> Plan:
        """Return a plan with what it is about, see :func:`header`."""
        return {**plan, **header(self._facts, options, cluster_arn, name=name, documents=documents)}

    def review(self, plan: Plan, options: Any) -> None:
        """Write a plan that was shown where a path is given, and refuse one that must not be carried out.

        :raises RoleError: for a conflict, and for another plan than the approved one, if there is one.
        """
        written, approved = f"{options.PREFIX}plan_path", f"{options.PREFIX}plan_file"
        finishing = "so_far" in self._task.args
        if options.plan_path and not finishing:
            check_apart(plan, (written, options.plan_path), (approved, options.plan_file))
            write_plan(written, options.plan_path, plan)
        self.refuse_conflicts(plan)
        if options.plan_file and not (finishing and not plan["changes"]):
            self._hold_to_approved(plan, approved, options.plan_file, finishing)

    def _hold_to_approved(self, plan: Plan, variable: str, given: str, finishing: bool) -> None:
        name, approved = read_plan(variable, given, plan)
        # Both as JSON has them.
        found = differences(approved, json.loads(json.dumps(published(plan))), finishing)
        if found:
            more = f"; and {len(found) - 3} more" if len(found) > 3 else ""
            raise RoleError(
                f"{variable}: {name} is not the plan that was made now, and {plan['side']} is left as it is: "
                f"{'; '.join(found[:3])}{more}. Look at what has changed, and approve a new plan",
                # As of a plan with conflicts: nothing of it is written.
                plan={**plan, "writes": {}},
            )
        if not finishing and is_done(approved, plan):
            self.show([f"{plan['side']}: {name} has been carried out already, nothing is left to do"])

    def prove_account(self, plan: Plan) -> None:
        """Refuse what would be written in another account than the one that the play means.

        :raises RoleError: one line that names the cause.
        """
        modules = {call["module"] for calls in plan["writes"].values() for call in calls}
        same_account.prove(self, modules | {ROLE_MODULE}, plan["account_id"], self._facts["region"])

    def apply(self, plan: Plan, replan: Any, options: Any) -> Plan:
        """Carry out a plan that was shown, and return the plan of what is left."""

        workers = Workers(self)

        def run(call: Call) -> dict[str, Any]:
            with self.turn:
                args = without_unknown(call["module"], call["args"], call.get("if_known", []))
            return workers.own().module(call["module"], args, bool(call.get("once")))

        def side_by_side(functions: list[Callable[[], None]]) -> None:
            # The environment is the process's: it is set once for all threads, and stays as it is until all are done.
            with self.entered():
                workers.side_by_side(functions)

        def report(line: str) -> None:
            self.show([f"{plan['side']}: {line}"])

        where = f"Account {plan['account_id']} ({self._vars['inventory_hostname']})"
        together = side_by_side if self._is_local() else in_turn
        executor = Executor(run, replan, report, options.wait_timeout, side_by_side=together)
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
