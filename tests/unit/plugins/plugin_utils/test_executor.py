# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.patience import TABLE, Passing
from ansible_collections.dax.cross_account.plugins.plugin_utils import executor as module
from ansible_collections.dax.cross_account.plugins.plugin_utils.executor import ApplyError, Executor
from ansible_collections.dax.cross_account.plugins.plugin_utils.failures import Verdict, judge, words

LOST = {"failed": True, "msg": "Connection was closed before we received a valid response"}
DENIED = {"failed": True, "msg": "An error occurred (UnauthorizedOperation)\nwhen calling"}
VPC = "amazon.aws.ec2_vpc_net"
# What is done for as long as a reading may lag behind.
READINGS = ["read", 1.0, "read", 2.0, "read", 4.0, "read", 5.0, "read", 3.0, "read"]


def call(module: str = VPC, **more: Any) -> dict[str, Any]:
    return {"module": module, "args": {"state": "present"}, "resource": "VPC payments", **more}


def plan(*stages: list[str], calls: dict[str, list[Any]] | None = None, **more: Any) -> dict[str, Any]:
    writes = {step: [call(resource=step)] for stage in stages for step in stage} | (calls or {})
    return {
        "side": "account B",
        "state": "present",
        "stages": list(stages),
        "writes": writes,
        "actions": [{"step": step, "resource": step} for stage in stages for step in stage],
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
    world = World(plans=[plan(conflicts=["CIDR block: overlaps", "route: in the way"])] * 9)
    with pytest.raises(ApplyError, match="CIDR block: overlaps; route: in the way"):
        world.executor.apply(plan(["vpc"], ["subnets"]))
    assert world.events[0] == "vpc" and world.events.count("vpc") == 1
    assert module.LAG <= world.now < module.LAG + module.LONGEST_PAUSE


def test_a_lost_response_is_looked_after_and_the_rest_of_the_stage_goes_on() -> None:
    world = World([{}, LOST], plans=[plan(["vpc"])])
    world.executor.apply(plan(["role", "vpc", "policy"]))
    assert world.events == ["role", "policy", "vpc", "read", "vpc"]


@pytest.mark.parametrize("mark", ["once", "single"])
def test_what_would_be_made_twice_is_looked_for_longer_before_it_is_made_again(mark: str) -> None:
    once = {"vpc": [call(resource="vpc", **{mark: True})]}
    still, seen = plan(["vpc"], calls=once), plan([])
    world = World([LOST], plans=[still, still, seen])
    world.executor.apply(plan(["vpc"], calls=once))
    assert world.events == ["vpc", "read", 1.0, "read", 2.0, "read"]
    world = World([LOST], plans=[still] * 9)
    world.executor.apply(plan(["vpc"], calls=once))
    assert world.events == ["vpc", *READINGS, "vpc"]
    assert world.now == module.LAG


def test_a_reading_that_lags_behind_after_a_lost_response_is_not_believed() -> None:
    lagging = plan(["vpc"], ["subnets"])
    world = World([{}, LOST], plans=[plan([], ["subnets"]), lagging, plan([], ["subnets"]), plan([], [])])
    world.executor.apply(plan(["vpc"], ["subnets"]))
    assert world.events == ["vpc", "read", "subnets", "read", 1.0, "read", "subnets", "read"]


def test_responses_that_keep_getting_lost_end_the_run() -> None:
    lost = module.LOST_RESPONSES
    world = World([LOST] * (lost + 1), plans=[plan(["vpc"])] * lost)
    with pytest.raises(ApplyError, match="vpc: vpc: Connection was closed"):
        world.executor.apply(plan(["vpc"]))
    assert world.events == ["vpc", "read"] * lost + ["vpc"]


def test_the_account_is_read_until_it_shows_what_was_written() -> None:
    unseen, seen = plan(["vpc"], ["subnets"]), plan([], ["subnets"])
    all_seen = plan([], [])
    world = World(plans=[unseen, unseen, seen, plan(["vpc"], []), plan([], ["subnets"]), *[all_seen] * 3])
    world.executor.apply(plan(["vpc"], ["subnets"]))
    first, second = ["vpc", "read", 1.0, "read", 2.0, "read"], ["subnets", "read", 1.0, "read", 2.0, "read"]
    assert world.events == [*first, *second, "read", 1.0, "read"]


def test_after_lagging_readings_two_in_a_row_have_to_show_all() -> None:
    made, seen = plan(["vpc"], []), plan([], [])
    world = World(plans=[made, seen, seen, made, seen, seen])
    assert world.executor.apply(made) == seen
    assert world.events.count("read") == 6
    never = World(plans=[made, seen, *[made, seen] * 20])
    never.executor.apply(made)
    assert never.now < 3 * module.LAG, "what was shown once is there"


def test_what_was_taken_for_done_and_is_not_is_done_again() -> None:
    undone = plan(["role"], ["subnets"])
    world = World(plans=[undone] * 6 + [plan([], [])] * 3)
    world.executor.apply(undone)
    again = ["role", *["read"] * 3]
    assert [event for event in world.events if event in ("role", "read")] == ["role", *["read"] * 6, *again]
    assert world.now >= module.LAG


def test_what_is_never_shown_ends_the_run_in_one_line() -> None:
    made = plan(["vpc"], ["subnets"], calls={"vpc": [call(resource="vpc", once=True)]})
    world = World(plans=[made] * 20)
    with pytest.raises(ApplyError) as caught:
        world.executor.apply(made)
    line = "vpc: written, but 20 seconds later AWS does not show it as written: vpc; run it again"
    assert str(caught.value) == line
    assert world.events.count("vpc") == 1


def test_a_conflict_that_only_a_lagging_reading_has_is_no_conflict() -> None:
    lagging = plan(["vpc"], [], conflicts=["VPC block 10.1.0.0/24: taken"])
    world = World(plans=[lagging, lagging, plan([], [])])
    world.executor.apply(plan(["vpc"], []))
    assert world.events == ["vpc", "read", 1.0, "read", 2.0, "read"]


def test_an_error_ends_the_run_in_one_line_that_names_step_and_resource() -> None:
    world = World([DENIED])
    with pytest.raises(ApplyError) as caught:
        world.executor.apply(plan(["vpc"], calls={"vpc": [call()]}))
    assert str(caught.value) == "vpc: VPC payments: An error occurred (UnauthorizedOperation) when calling"


ROLE = "amazon.aws.iam_role"
UNKNOWN = (
    "An error occurred (MalformedPolicyDocument) when calling the CreateRole operation: Invalid principal in policy"
)
UNTAGGED = "An error occurred (InvalidVpcID.NotFound) when calling the ModifyVpcAttribute operation: does not exist"


def test_a_refusal_that_passes_is_waited_for() -> None:
    passing = {"failed": True, "msg": UNKNOWN}
    world = World([passing, passing, {}])
    world.executor.apply(plan(["role"], calls={"role": [call(ROLE)]}))
    report = "waits for the other account's role to be known as a principal, at most 20 seconds: "
    first, last = ["VPC payments", f"{report}VPC payments: {UNKNOWN}", 1.0], ["VPC payments", 2.0, "VPC payments"]
    assert world.events == [*first, *last]


def test_waiting_ends_with_the_time_that_the_run_has() -> None:
    world = World([{"failed": True, "msg": UNKNOWN}] * 10)
    with pytest.raises(ApplyError) as caught:
        world.executor.apply(plan(["role"], calls={"role": [call(ROLE)]}))
    waited = "waited 20 seconds for the other account's role to be known as a principal; AWS still says: "
    assert str(caught.value) == f"role: VPC payments: {waited}{UNKNOWN}"
    assert world.now == 20


def test_what_was_made_in_part_is_read_before_it_is_gone_on_with() -> None:
    passing = {"failed": True, "msg": UNTAGGED}
    first, rest = call(resource="VPC payments", once=True), call(resource="VPC vpc-1")
    made = plan(["vpc"], calls={"vpc": [rest]})
    world = World([passing, passing, {}], plans=[made])
    world.executor.apply(plan(["vpc"], calls={"vpc": [first]}))
    assert [event for event in world.events if isinstance(event, str) and "waits" not in event] == [
        *("VPC payments", "read"),
        *("VPC vpc-1", "VPC vpc-1"),
    ]


def test_a_refusal_that_stays_through_the_readings_ends_too() -> None:
    passing = {"failed": True, "msg": UNTAGGED}
    made = plan(["vpc"], calls={"vpc": [call(once=True)]})
    world = World([passing] * 30, plans=[made] * 200)
    with pytest.raises(ApplyError, match=r"waited [0-9]+ seconds for the VPC to be seen by all of AWS; AWS still says"):
        world.executor.apply(made)
    assert world.now < 60


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


def quoted(row: Passing, operation: str) -> str:
    return f"Failed to do it: An error occurred ({row.code}) when calling the {operation} operation: {row.says}"


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.code}-{row.operations[0]}")
def test_every_row_of_the_table_is_waited_for(row: Passing) -> None:
    for operation in row.operations:
        result = {"failed": True, "msg": quoted(row, operation)}
        assert judge(call("amazon.aws.some"), result) == (Verdict.RETRY, row)
        creates = operation.startswith(("Create", "Run"))
        partly = Verdict.RETRY if creates and operation != "CreateTags" else Verdict.LOOK
        assert judge(call("amazon.aws.some", once=True), result) == (partly, row)
        # The modules of this collection have waited already.
        assert judge(call("dax.cross_account.some"), result).verdict is Verdict.FAILED


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.code}-{row.operations[0]}")
def test_every_row_ends_with_its_limit_in_one_line_that_says_all(row: Passing) -> None:
    operation = row.operations[0]
    world = World([{"failed": True, "msg": quoted(row, operation)}] * 500)
    world.executor.patience = 600
    with pytest.raises(ApplyError) as caught:
        world.executor.apply(plan(["vpc"], calls={"vpc": [call("amazon.aws.some")]}))
    limit = row.seconds or 600
    assert limit <= world.now < limit + module.LONGEST_PAUSE
    assert str(caught.value) == (
        f"vpc: VPC payments: waited {limit} seconds for {row.waits_for}; AWS still says: {quoted(row, operation)}"
    )


JUDGED: list[tuple[str, str, Verdict]] = [
    ("iam_role", "Module failed: 'NoneType' object does not support item assignment", Verdict.LOOK),
    ("ec2_security_group", "Module failed: list index out of range", Verdict.LOOK),
    ("ec2_vpc_igw", "VPC with Id vpc-0a1b not found, aborting", Verdict.LOOK),
    ("ec2_vpc_subnet", "Failed to describe newly created subnet", Verdict.LOOK),
    ("ec2_instance", "Could not find IAM instance profile payments", Verdict.LOOK),
    ("ec2_vpc_net", "Timeout waiting for 'vpc_exists': Waiter VpcExists failed: Max attempts exceeded", Verdict.LOOK),
    (
        "ec2_security_group",
        "An error occurred (UnauthorizedOperation) when calling the X operation: no",
        Verdict.FAILED,
    ),
    (
        "iam_role",
        "An error occurred (EntityAlreadyExists) when calling the CreateRole operation: is there",
        Verdict.LOST,
    ),
    ("ec2_vpc_net", "Read timeout on endpoint URL", Verdict.LOST),
    ("ec2_vpc_net", "Could not connect to the endpoint URL", Verdict.LOST),
    ("ec2_vpc_subnet", "InvalidSubnet.Conflict", Verdict.LOST),
    ("ec2_security_group", "InvalidGroup.Duplicate", Verdict.LOST),
    ("ec2_vpc_igw", "Resource.AlreadyAssociated", Verdict.LOST),
    ("ec2_vpc_igw", "Network vpc-1 already has an internet gateway attached", Verdict.LOST),
    ("ec2_vpc_igw", "Gateway.NotAttached", Verdict.LOST),
    ("iam_instance_profile", "InstanceSessionsPerInstanceProfile", Verdict.LOST),
    ("ec2_vpc_net", "An error occurred (VpcLimitExceeded) when calling the CreateVpc operation: full", Verdict.FAILED),
]


@pytest.mark.parametrize(("name", "message", "verdict"), JUDGED)
def test_verdicts(name: str, message: str, verdict: Verdict) -> None:
    made = call(f"amazon.aws.{name}")
    assert judge(made, {"failed": True, "msg": message}).verdict is verdict
    assert judge(made, {"changed": True, "msg": message}).verdict is Verdict.DONE


def event(message: str, cause: Any = None) -> SimpleNamespace:
    return SimpleNamespace(msg=message, chain=SimpleNamespace(event=cause) if cause else None)


def test_a_module_that_let_an_exception_through_is_heard() -> None:
    exception = SimpleNamespace(event=event("Failed to create\npeering", event("Connection was closed")))
    result = {"failed": True, "exception": exception}
    assert words(result) == "Failed to create peering: Connection was closed"
    assert judge(call("amazon.aws.ec2_vpc_peering"), result).verdict is Verdict.LOST
    assert words({"failed": True, "exception": "Traceback"}) == "failed without a word"


def test_words_of_aws_that_a_module_keeps_to_itself_are_heard() -> None:
    said = "An error occurred (InvalidVpcID.NotFound) when calling the CreateSecurityGroup operation: The vpc ID"
    traceback = (
        f"Traceback\n  File ec2.py\nbotocore.exceptions.ClientError: {said}\n\nThe above\nTraceback\nOther: no\n"
    )
    silent = SimpleNamespace(event=SimpleNamespace(msg="Failed", chain=None, formatted_traceback=traceback))
    result = {"failed": True, "msg": "Unable to create security group", "exception": silent}
    assert words(result) == f"Unable to create security group: {said}"
    assert judge(call("amazon.aws.ec2_security_group"), result).verdict is Verdict.RETRY
    told = {**result, "msg": said}
    assert words(told) == said


def test_the_real_clock_is_the_default() -> None:
    made: Callable[[], float] = Executor(lambda _call: {}, lambda: {}, lambda _line: None, 1).clock
    assert made() > 0
