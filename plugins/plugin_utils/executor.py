# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries out a plan: stage after stage, call after call, with the account read again where a response was lost.

Knows nothing of Ansible: who runs a module, reads the account and shows a line is handed in.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..module_utils.plan.model import Call
from .failures import Verdict, judge, words

# So often in a row may responses get lost in one stage.
LOST_RESPONSES = 5
RETRY_SECONDS = 5.0

Plan = dict[str, Any]


class ApplyError(Exception):
    """A run that stopped; the message is one line that names the step, the resource and AWS's words."""


class _Lost(Exception):
    """The response to a call was lost."""


@dataclass
class Executor:
    """One run of one side.

    :ivar run_module: runs a module with its options and returns its result.
    :ivar replan: reads the account again and returns the plan of what is left.
    :ivar report: shows one line.
    :ivar patience: for how many seconds a call is tried again while its error may pass.
    """

    run_module: Callable[[Call], Mapping[str, Any]]
    replan: Callable[[], Plan]
    report: Callable[[str], None]
    patience: float
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def apply(self, plan: Plan) -> Plan:
        """Carry out a plan, and return the plan of what is left; of a removal, the plan that was carried out.

        :raises ApplyError: when a call failed, or when what came in between makes the rest impossible.
        """
        for number in range(len(plan["stages"])):
            plan = self._stage(plan, number)
        return plan

    def _stage(self, plan: Plan, number: int) -> Plan:
        if not plan["stages"][number]:
            return plan
        for lost in range(LOST_RESPONSES + 1):
            try:
                self._write(plan, number)
                break
            except _Lost as error:
                if lost == LOST_RESPONSES:
                    raise ApplyError(f"{error}") from error
                plan = self._read_again()
        return self._read_again() if plan["state"] == "present" and plan["incomplete"] else plan

    def _read_again(self) -> Plan:
        plan = self.replan()
        if plan["conflicts"]:
            raise ApplyError("; ".join(plan["conflicts"]))
        return plan

    def _write(self, plan: Plan, number: int) -> None:
        for step in plan["stages"][number]:
            previous: Mapping[str, Any] = {}
            for call in plan["writes"].get(step, []):
                previous = self._call(step, call, previous)

    def _call(self, step: str, call: Call, previous: Mapping[str, Any]) -> Mapping[str, Any]:
        call = _with_id(call, previous)
        if call.get("waits_for"):
            self.report(f"waits for {call['waits_for']}, at most {call.get('timeout', self.patience):g} seconds")
        until, tries = self.clock() + self.patience, 0
        while True:
            result = self.run_module(call)
            verdict = judge(call["module"], call["args"], result, tries)
            if verdict is Verdict.RETRY and self.clock() < until:
                if not tries:
                    self.report(
                        f"tries {call['resource']} again for {self.patience:g} seconds at most: {words(result)}"
                    )
                tries += 1
                self.sleep(RETRY_SECONDS)
                continue
            break
        if verdict is Verdict.DONE:
            return result
        message = f"{step}: {call['resource']}: {words(result)}"
        raise _Lost(message) if verdict is Verdict.LOST else ApplyError(message)


def _with_id(call: Call, previous: Mapping[str, Any]) -> Call:
    """Return a call with the id of what the call before it made."""
    if "id_from" not in call:
        return call
    first, *rest = call["args"]["connections"]
    connections = [{**first, "id": previous[call["id_from"]]}, *rest]
    return {**call, "args": {**call["args"], "connections": connections}}
