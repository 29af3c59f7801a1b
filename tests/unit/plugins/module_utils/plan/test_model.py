# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.model import Action, Kind, Plan
from ansible_collections.dax.cross_account.plugins.module_utils.plan.resources import resource
from ansible_collections.dax.cross_account.plugins.module_utils.plan.stages import STAGES, A, B, Side

ROUTE = resource("route", route_table_id="rtb-1", destination="10.1.0.0/24")
ROLE = resource("role", name="r")
VPC = resource("vpc", vpc_id="v")
CONSUMER = resource("consumer", key="c")


@pytest.mark.parametrize(
    ("action", "line"),
    [
        (Action("routes", "create", ROUTE), "+ create route 10.1.0.0/24 in rtb-1"),
        (Action("routes", "create", ROUTE, after="pcx-1"), "+ create route 10.1.0.0/24 in rtb-1: pcx-1"),
        (Action("role", "create", ROLE, after={"trust": ["a", "b"]}), "+ create role r: trust=[a, b]"),
        (Action("vpc", "change", VPC, {"dns": False}, {"dns": True}), "~ change VPC v: dns=False -> dns=True"),
        (Action("vpc", "change", VPC, None, "x", "so"), "~ change VPC v: nothing -> x (so)"),
        (Action("vpc", "change", VPC, {}, []), "~ change VPC v: nothing -> []"),
        (Action("vpc", "change", VPC.of("tags"), {"a": None}, {"a": "1"}), "~ change tags of VPC v: a=nothing -> a=1"),
        (Action("vpc", "remove", VPC, before="x"), "- remove VPC v"),
        (Action("vpc", "conflict", VPC, why="no way"), "! conflict VPC v (no way)"),
        (Action("vpc", "warning", VPC, why="look"), "? warning VPC v (look)"),
        (Action("vpc", "wait", VPC, why="for B"), ". wait VPC v (for B)"),
        (Action("orphans", "keep", CONSUMER), "= keep consumer c"),
        (Action("vpc", "conflict", VPC, why="two\nlines"), "! conflict VPC v (two\\nlines)"),
    ],
    ids=lambda value: value.kind if isinstance(value, Action) else None,
)
def test_an_action_reads_like_one_of_terraform(action: Action, line: str) -> None:
    assert action.line() == line


def test_an_action_as_data_has_an_identity_and_words() -> None:
    assert Action("vpc", "change", VPC.of("tags"), {"a": None}, {"a": "1"}, "so").data() == {
        "step": "vpc",
        "kind": "change",
        "resource_type": "vpc",
        "resource_id": "v",
        "attribute": "tags",
        "resource": "tags of VPC v",
        "before": {"a": None},
        "after": {"a": "1"},
        "why": "so",
    }
    assert Action("routes", "create", ROUTE).data()["attribute"] is None


def plan(*kinds: Kind) -> Plan:
    made = Plan(A)
    for number, kind in enumerate(kinds):
        made.add(("role", "routes")[number % 2], kind, resource("role", name=number), why="why")
    return made


@pytest.mark.parametrize(
    ("kinds", "head"),
    [
        ([], "account A: nothing to change"),
        (["warning", "wait", "keep"], "account A: nothing to change"),
        (["create", "create", "change", "remove"], "account A: 2 to create, 1 to change, 1 to remove"),
        (["create", "conflict"], "account A: refused, nothing has been written"),
    ],
)
def test_the_first_line_sums_up(kinds: list[Kind], head: str) -> None:
    lines = plan(*kinds).lines()
    assert lines[0] == head
    assert len(lines) == 1 + len(kinds)
    assert all(line.startswith("  ") for line in lines[1:])


WRITING: list[tuple[str, Kind]] = [
    ("rules", "wait"),
    ("routes", "remove"),
    ("role", "create"),
    ("routes", "change"),
    ("policy", "conflict"),
    ("orphans", "keep"),
]


@pytest.mark.parametrize(
    ("state", "stages"), [("present", [["role"], ["routes"], []]), ("absent", [["routes", "role"]])]
)
def test_steps_are_those_with_something_to_write_in_the_order_of_the_stages(
    state: str, stages: list[list[str]]
) -> None:
    made = Plan(A, state)
    for step, kind in WRITING:
        made.add(step, kind, ROLE)
    assert made.stages() == stages
    assert made.steps() == [step for stage in stages for step in stage]


def test_a_stage_may_be_empty() -> None:
    made = Plan(B)
    made.add("instance", "create", ROLE)
    made.add("vpc", "create", ROLE)
    assert made.stages() == [["vpc"], [], [], ["instance"], []]
    assert made.steps() == ["vpc", "instance"]


@pytest.mark.parametrize("side", [A, B])
def test_what_is_made_can_be_removed(side: Side) -> None:
    present, absent = ([step for stage in STAGES[side][state] for step in stage] for state in ("present", "absent"))
    # A teardown removes what earlier runs made with all the rest.
    assert sorted(present) == sorted([*absent, "leftovers"])
    assert len(set(present)) == len(present)


def test_the_result_is_plain_data() -> None:
    made = Plan(A)
    made.add("role", "create", ROLE, after=1)
    made.conflict("vpc", VPC, "overlaps")
    made.warn("network_acl", resource("network_acl", network_acl_id="a"), "blocks")
    made.wait_for("peering", resource("peering_connection", id="pcx"), "pending")
    made.write("role", "some.module", ROLE, {"name": "r"})
    result = made.result(document=None)
    assert json.loads(json.dumps(result)) == result
    assert result.pop("lines") == made.lines()
    assert [item["kind"] for item in result.pop("actions")] == ["create", "conflict", "warning", "wait"]
    assert result == {
        "side": "account A",
        "state": "present",
        "changes": 1,
        "steps": ["role"],
        "stages": [["role"], [], []],
        "conflicts": ["VPC v: overlaps"],
        "warnings": ["network ACL a: blocks"],
        "waiting_for": ["peering connection pcx: pending"],
        "writes": {},
        "document": None,
    }


def test_only_a_plan_that_is_not_refused_has_calls() -> None:
    made = Plan(A)
    made.write("role", "some.module", ROLE, {"name": "r", "path": None})
    calls = {"role": [{"module": "some.module", "args": {"name": "r"}, "resource": "role r"}]}
    assert made.result()["writes"] == calls
    made.conflict("vpc", VPC, "overlaps")
    assert made.result()["writes"] == {}


def test_a_call_has_its_arguments_without_those_that_are_not_given() -> None:
    made = Plan(A)
    made.write("role", "m", ROLE, {"name": "r", "path": None, "tags": {}, "wait": False}, waits_for="r", timeout=5)
    made.write("role", "m", ROLE, {}, once=True)
    assert made.writes == {
        "role": [
            {
                "module": "m",
                "args": {"name": "r", "tags": {}, "wait": False},
                "resource": "role r",
                "waits_for": "r",
                "timeout": 5,
            },
            {"module": "m", "args": {}, "resource": "role r", "once": True},
        ]
    }


def test_tags_of_others_do_not_count() -> None:
    made = Plan(A)
    assert not made.change_tags("vpc", VPC, {"a": "1", "theirs": "x"}, {"a": "1"})
    assert made.actions == []
    assert made.change_tags("vpc", VPC, {"a": "1", "theirs": "x"}, {"a": "2", "b": "3"})
    expected = Action("vpc", "change", VPC.of("tags"), {"a": "1", "b": None}, {"a": "2", "b": "3"})
    assert made.actions == [expected]
