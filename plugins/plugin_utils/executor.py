# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries out a plan: stage after stage, call after call, with the account read again where AWS answers late.

Knows nothing of Ansible: who runs a module, reads the account and shows a line is handed in.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..module_utils.common.patience import LAG, PROPAGATION, Passing
from ..module_utils.plan.model import Call
from ..module_utils.plan.stages import chains_of
from .failures import Judgement, Verdict, is_single, judge, words

LOST_RESPONSES = 5

# Seconds between two tries: short at first, since most of what is new is seen at once.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 5.0

Plan = dict[str, Any]


def in_turn(functions: list[Callable[[], None]]) -> None:
    """Run functions one after the other."""
    for function in functions:
        function()


class ApplyError(Exception):
    """A run that stopped; the message is one line that names the step, the resource and AWS's words."""


class _Look(Exception):
    """A call of which only reading the account tells what came of it.

    :ivar lost: whether no answer came.
    """

    def __init__(self, message: str, lost: bool) -> None:
        super().__init__(message)
        self.lost = lost


@dataclass
class Executor:
    """One run of one side.

    :ivar run_module: runs a module with its options and returns its result.
    :ivar replan: reads the account again and returns the plan of what is left.
    :ivar report: shows one line.
    :ivar side_by_side: runs the chains of a stage, at the same time or in turn, until all of them have ended.
    :ivar patience: for how many seconds a call is tried again, and the account read again, while AWS may come round.
    """

    run_module: Callable[[Call], Mapping[str, Any]]
    replan: Callable[[], Plan]
    report: Callable[[str], None]
    patience: float
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    side_by_side: Callable[[list[Callable[[], None]]], None] = in_turn
    # When a call was first refused by something that passes, by its step and resource.
    _refused: dict[tuple[str, str], float] = field(default_factory=dict)
    # What a stage has made, or may have, that AWS would make a second time.
    _made: set[tuple[str, str]] = field(default_factory=set)
    # Whether AWS was seen to lag behind.
    _lagged: bool = False
    # Whether a chain has failed, so that the others begin nothing more.
    _failed: bool = False

    def apply(self, plan: Plan) -> Plan:
        """Carry out a plan, and return the plan of what is left; of a removal, the plan that was carried out.

        :raises ApplyError: when a call failed, or when what came in between makes the rest impossible.
        """
        for number in range(len(plan["stages"])):
            plan = self._stage(plan, number)
        return self._confirmed(plan) if self._lagged else plan

    def _stage(self, plan: Plan, number: int) -> Plan:
        if not plan["stages"][number]:
            return plan
        lost, self._made = 0, set()
        until: float | None = None
        while True:
            try:
                self._write(plan, number)
            except _Look as look:
                lost += look.lost
                if lost > LOST_RESPONSES:
                    raise ApplyError(str(look)) from look
                plan = self._look(number)
                continue
            if plan["state"] != "present" or not plan["incomplete"]:
                return plan
            until = until or self.clock() + min(PROPAGATION, self.patience)
            plan = self._read_until_seen(number, until)
            if not _left(plan, number):
                return plan

    # Reading the account again.

    def _readings(self, until: float) -> Iterator[tuple[Plan, float]]:
        """Read the account until a time, and yield each plan and for how many seconds the readings have gone on."""
        start, pause = self.clock(), FIRST_PAUSE
        while True:
            plan, now = self.replan(), self.clock()
            if not plan["conflicts"]:
                yield plan, now - start
            elif now >= min(start + LAG, until):
                raise ApplyError("; ".join(plan["conflicts"]))
            if now >= until:
                return
            self.sleep(min(pause, max(until - now, 0.1)))
            pause = min(pause * 2, LONGEST_PAUSE)

    def _read_until_seen(self, number: int, until: float) -> Plan:
        """Return the plan of what is left once the account shows all that the stages so far have written.

        A plan that is made before would leave out what follows from it, or write it a second time. What is not shown
        after ``LAG`` seconds was not done, though a module took it for done: then the plan that is returned has it.
        """
        unseen: list[str] = []
        resources: dict[str, None] = {}
        for plan, seconds in self._readings(until):
            unseen = _left(plan, number)
            if not unseen:
                return plan
            self._lagged = True
            resources = dict.fromkeys(action["resource"] for action in plan["actions"] if action["step"] in unseen)
            if seconds >= LAG and not _left(plan, number - 1) and not self._made & _calls(plan, number):
                return plan
        raise ApplyError(
            f"{', '.join(unseen)}: written, but {min(PROPAGATION, self.patience):g} seconds later AWS does not show it "
            f"as written: {', '.join(resources)}; run it again"
        )

    def _confirmed(self, plan: Plan) -> Plan:
        """Read until two readings in a row show all, so that a run that follows at once does not miss what is there."""
        if plan["state"] != "present" or not plan["incomplete"]:
            return plan
        in_a_row, last = 0, len(plan["stages"]) - 1
        for plan, _seconds in self._readings(self.clock() + min(LAG, self.patience)):
            in_a_row = 0 if _left(plan, last) else in_a_row + 1
            if in_a_row == 2:
                break
        return plan

    def _look(self, number: int) -> Plan:
        """Return the plan of what is left after a call that may have been carried out.

        What AWS would make twice is not made again before there was time to see it.
        """
        plan: Plan = {}
        for plan, _seconds in self._readings(self.clock() + min(LAG, self.patience)):
            if not _left(plan, number - 1) and not self._made & _calls(plan, number):
                return plan
        if _left(plan, number - 1):
            return self._read_until_seen(number - 1, self.clock() + min(PROPAGATION, self.patience))
        return plan

    # Writing.

    def _write(self, plan: Plan, number: int) -> None:
        """Carry out a stage, its chains side by side; raise when all of them have ended, the worst that happened."""
        problems: list[ApplyError | _Look] = []

        def follow(chain: list[str]) -> None:
            try:
                for step in chain:
                    previous: Mapping[str, Any] = {}
                    for call in plan["writes"].get(step, []):
                        if self._failed:
                            return
                        previous = self._call(step, call, previous)
            except (ApplyError, _Look) as problem:
                problems.append(problem)
                self._failed = self._failed or isinstance(problem, ApplyError)

        chains = chains_of(plan["side"], plan["state"], plan["stages"][number])
        self.side_by_side([partial(follow, chain) for chain in chains])
        for problem in sorted(problems, key=lambda item: isinstance(item, _Look)):
            raise problem

    def _call(self, step: str, call: Call, previous: Mapping[str, Any]) -> Mapping[str, Any]:
        call = _with_id(call, previous)
        if call.get("waits_for"):
            self.report(f"waits for {call['waits_for']}, at most {call.get('timeout', self.patience):g} seconds")
        pause = FIRST_PAUSE
        while True:
            result = self.run_module(call)
            judgement = judge(call, result)
            message = f"{step}: {call['resource']}: {words(result)}"
            if is_single(call) and judgement.verdict in (Verdict.DONE, Verdict.LOOK, Verdict.LOST):
                self._made.add((step, call["resource"]))
            if judgement.verdict is Verdict.DONE:
                self._refused.pop((step, call["resource"]), None)
                return result
            if judgement.verdict is Verdict.FAILED:
                raise ApplyError(message)
            if judgement.verdict is Verdict.LOST:
                raise _Look(message, lost=True)
            self._wait(step, call, judgement, words(result), pause)
            if judgement.verdict is Verdict.LOOK:
                raise _Look(message, lost=False)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _wait(self, step: str, call: Call, judgement: Judgement, said: str, pause: float) -> None:
        """Wait a little for what is known to pass.

        :raises ApplyError: when it has been waited for as long as the table and the run allow.
        """
        row: Passing | None = judgement.row
        if row is None:
            raise AssertionError("what is waited for has a row")
        first = (step, call["resource"]) not in self._refused
        since = self._refused.setdefault((step, call["resource"]), self.clock())
        limit, waited = row.limit(self.patience), self.clock() - since
        if waited >= limit:
            raise ApplyError(
                f"{step}: {call['resource']}: waited {waited:.0f} seconds for {row.waits_for}; AWS still says: {said}"
            )
        self._lagged = True
        if first:
            self.report(f"waits for {row.waits_for}, at most {limit:g} seconds: {call['resource']}: {said}")
        self.sleep(min(pause, max(limit - waited, 0.1)))


def _left(plan: Plan, number: int) -> list[str]:
    """Return the steps of the stages up to this one that a plan has something to write for."""
    return [step for stage in plan["stages"][: number + 1] for step in stage]


def _calls(plan: Plan, number: int) -> set[tuple[str, str]]:
    """Return the calls of a stage, by step and resource."""
    return {(step, call["resource"]) for step in plan["stages"][number] for call in plan["writes"].get(step, [])}


def _with_id(call: Call, previous: Mapping[str, Any]) -> Call:
    """Return a call with the id of what the call before it made."""
    if "id_from" not in call:
        return call
    first, *rest = call["args"]["connections"]
    connections = [{**first, "id": previous[call["id_from"]]}, *rest]
    return {**call, "args": {**call["args"], "connections": connections}}
