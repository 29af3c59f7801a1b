# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.plugin_utils import executor as module
from ansible_collections.dax.cross_account.plugins.plugin_utils.executor import ApplyError, Executor
from ansible_collections.dax.cross_account.plugins.plugin_utils.failures import TRANSIENT, Verdict, judge, words

LOST = {"failed": True, "msg": "Connection was closed before we received a valid response"}
DENIED = {"failed": True, "msg": "An error occurred (UnauthorizedOperation)\nwhen calling"}
VPC = "amazon.aws.ec2_vpc_net"


def call(module: str = VPC, **more: Any) -> dict[str, Any]:
    return {"module": module, "args": {"state": "present"}, "resource": "VPC payments", **more}


def plan(*stages: list[str], calls: dict[str, list[Any]] | None = None, **more: Any) -> dict[str, Any]:
    writes = {step: [call(resource=step)] for stage in stages for step in stage} | (calls or {})
    return {
        "state": "present",
        "stages": list(stages),
        "writes": writes,
        "conflicts": [],
        "incomplete": len(stages) > 1,
        **more,
    }


class World:
    """Modules that answer as told, in turn; each reading of the account gives the next plan."""

    def __init__(self, answers: list[dict[str, Any]] | None = None, plans: list[dict[str, Any]] | None = None) -> None:
        self.answers, self.plans = answers or [], plans or []
        self.events: list[Any] = []
        self.now = 0.0
        self.executor = Executor(self._run, self._replan, self._report, 20, self._sleep, lambda: self.now)

    def _run(self, made: Any) -> dict[str, Any]:
        self.events.append(made["resource"])
        self.args = made["args"]
        return self.answers.pop(0) if self.answers else {}

    def _replan(self) -> dict[str, Any]:
        self.events.append("read")
        return self.plans.pop(0)

    def _report(self, line: str) -> None:
        self.events.append(line)

    def _sleep(self, seconds: float) -> None:
        self.events.append(seconds)
        self.now += seconds


def test_stages_are_written_in_order_and_the_account_is_read_between_them() -> None:
    second = plan([], ["subnets"])
    world = World(plans=[second, plan([], [])])
    left = world.executor.apply(plan(["role", "vpc"], ["subnets"]))
    assert world.events == ["role", "vpc", "read", "subnets", "read"]
    assert left == plan([], [])


def test_a_stage_with_nothing_to_do_reads_nothing() -> None:
    world = World(plans=[plan([], [])])
    world.executor.apply(plan([], ["subnets"]))
    assert world.events == ["subnets", "read"]


@pytest.mark.parametrize(
    "alone", [plan(["role"], [], incomplete=False), plan(["role"], [], state="absent")], ids=["complete", "removal"]
)
def test_no_reading_where_nothing_follows(alone: dict[str, Any]) -> None:
    world = World()
    assert world.executor.apply(alone) is alone
    assert world.events == ["role"]


def test_what_came_in_between_is_refused() -> None:
    world = World(plans=[plan(conflicts=["CIDR block: overlaps", "route: in the way"])])
    with pytest.raises(ApplyError, match="CIDR block: overlaps; route: in the way"):
        world.executor.apply(plan(["vpc"], ["subnets"]))
    assert world.events == ["vpc", "read"]


def test_a_lost_response_is_looked_after_and_the_rest_of_the_stage_goes_on() -> None:
    world = World([{}, LOST], plans=[plan(["policy"])])
    world.executor.apply(plan(["role", "vpc", "policy"]))
    assert world.events == ["role", "vpc", "read", "policy"]


def test_responses_that_keep_getting_lost_end_the_run() -> None:
    lost = module.LOST_RESPONSES
    world = World([LOST] * (lost + 1), plans=[plan(["vpc"])] * lost)
    with pytest.raises(ApplyError, match="vpc: vpc: Connection was closed"):
        world.executor.apply(plan(["vpc"]))
    assert world.events == ["vpc", "read"] * lost + ["vpc"]


def test_an_error_ends_the_run_in_one_line_that_names_step_and_resource() -> None:
    world = World([DENIED])
    with pytest.raises(ApplyError) as caught:
        world.executor.apply(plan(["vpc"], calls={"vpc": [call()]}))
    assert str(caught.value) == "vpc: VPC payments: An error occurred (UnauthorizedOperation) when calling"


def test_an_error_that_passes_is_waited_for() -> None:
    passing = {"failed": True, "msg": "Invalid principal in policy"}
    world = World([passing, passing, {}])
    world.executor.apply(plan(["role"], calls={"role": [call("amazon.aws.iam_role")]}))
    report = "tries VPC payments again for 20 seconds at most: Invalid principal in policy"
    assert world.events == ["VPC payments", report, 5.0, "VPC payments", 5.0, "VPC payments"]


def test_waiting_ends_with_the_time_that_the_run_has() -> None:
    passing = {"failed": True, "msg": "Invalid principal in policy"}
    world = World([passing] * 10)
    with pytest.raises(ApplyError, match="Invalid principal"):
        world.executor.apply(plan(["role"], calls={"role": [call("amazon.aws.iam_role")]}))
    assert world.now == 20


def test_a_wait_is_reported_before_it_begins() -> None:
    world = World()
    waiting = call(waits_for="instance payments to run", timeout=600)
    world.executor.apply(plan(["instance"], calls={"instance": [waiting]}))
    assert world.events == ["waits for instance payments to run, at most 600 seconds", "VPC payments"]


def test_a_call_takes_the_id_of_what_the_one_before_it_made() -> None:
    follow = call(args={"connections": [{"side": "requester"}], "state": "present"}, id_from="peering_id")
    world = World([{"peering_id": "pcx-1"}])
    made = plan(["peering"], calls={"peering": [call(), follow]})
    world.executor.apply(made)
    assert world.args["connections"] == [{"side": "requester", "id": "pcx-1"}]
    assert follow["args"]["connections"] == [{"side": "requester"}]


JUDGED: list[tuple[str, str, str, int, Verdict]] = [
    ("amazon.aws.iam_role", "present", "Invalid principal in policy", 9, Verdict.RETRY),
    ("amazon.aws.iam_role", "present", "EntityAlreadyExists", 0, Verdict.RETRY),
    ("amazon.aws.iam_instance_profile", "present", "EntityAlreadyExists", 0, Verdict.LOST),
    ("amazon.aws.ec2_instance", "present", "Invalid IAM Instance Profile name", 0, Verdict.RETRY),
    ("amazon.aws.ec2_security_group", "present", "Failed", 0, Verdict.RETRY),
    ("amazon.aws.ec2_security_group", "present", "Failed", 1, Verdict.FAILED),
    ("amazon.aws.ec2_security_group", "absent", "DependencyViolation", 5, Verdict.RETRY),
    ("amazon.aws.ec2_security_group", "absent", "UnauthorizedOperation", 0, Verdict.FAILED),
    ("amazon.aws.ec2_vpc_net", "absent", "DependencyViolation", 5, Verdict.RETRY),
    ("amazon.aws.ec2_vpc_net", "present", "DependencyViolation", 0, Verdict.FAILED),
    ("amazon.aws.ec2_vpc_net", "present", "Read timeout on endpoint URL", 0, Verdict.LOST),
    ("amazon.aws.ec2_vpc_net", "present", "Could not connect to the endpoint URL", 0, Verdict.LOST),
    ("amazon.aws.ec2_vpc_subnet", "present", "InvalidSubnet.Conflict", 0, Verdict.LOST),
    ("amazon.aws.ec2_vpc_igw", "absent", "Gateway.NotAttached", 0, Verdict.LOST),
    ("amazon.aws.iam_instance_profile", "present", "InstanceSessionsPerInstanceProfile", 0, Verdict.LOST),
]


@pytest.mark.parametrize(("name", "state", "message", "tries", "verdict"), JUDGED)
def test_verdicts(name: str, state: str, message: str, tries: int, verdict: Verdict) -> None:
    assert judge(name, {"state": state}, {"failed": True, "msg": message}, tries) is verdict
    assert judge(name, {"state": state}, {"changed": True, "msg": message}, tries) is Verdict.DONE


def event(message: str, cause: Any = None) -> SimpleNamespace:
    return SimpleNamespace(msg=message, chain=SimpleNamespace(event=cause) if cause else None)


def test_a_module_that_let_an_exception_through_is_heard() -> None:
    exception = SimpleNamespace(event=event("Failed to create\npeering", event("Connection was closed")))
    result = {"failed": True, "exception": exception}
    assert words(result) == "Failed to create peering: Connection was closed"
    assert judge("amazon.aws.ec2_vpc_peering", {}, result, 0) is Verdict.LOST
    assert words({"failed": True, "exception": "Traceback"}) == "failed without a word"


def test_every_row_of_the_table_is_tried() -> None:
    tried = {(name, state) for name, state, _message, _tries, verdict in JUDGED if verdict is Verdict.RETRY}
    for row in TRANSIENT:
        assert (row.module, row.state or "present") in tried, row.why


def test_the_real_clock_is_the_default() -> None:
    made: Callable[[], float] = Executor(lambda _call: {}, lambda: {}, lambda _line: None, 1).clock
    assert made() > 0
