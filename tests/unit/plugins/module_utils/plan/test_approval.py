# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a plan is the approved one: whole runs of both sides, and what may not differ."""

from __future__ import annotations

import copy
import random
import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.approval import differences, is_done, problem_of
from ansible_collections.dax.cross_account.plugins.module_utils.plan.resources import UNKNOWN
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.drift import (
    DRIFT,
    KINDS,
    remove_route_b,
    world,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.plans import (
    checked,
    kept,
    plan_of_a,
    plan_of_b,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.simulator import World

Plan = dict[str, Any]


def carry_out(made: World, approved_b: Plan, approved_a: Plan) -> None:
    """Run site.yml, or teardown.yml, and hold each side's plan to the approved one before that side writes."""
    made.discover()
    teardown = made.variables_a.get("state") == "absent"
    if teardown:
        made.variables_a["consumers"] = [made.plan_b()["document"]]
        assert differences(approved_a, kept(plan_of_a(made))) == []
        made.run_a()
    assert differences(approved_b, kept(plan_of_b(made))) == []
    made.run_b()
    if not teardown:
        made.end_transitions()
        made.variables_a["consumers"] = [made.plan_b()["document"]]
        assert differences(approved_a, kept(plan_of_a(made))) == []
        made.run_a()
        # What had to wait for account A.
        assert differences(approved_b, kept(plan_of_b(made)), finishing=True) == []
        made.run_b()


SETTINGS = {**KINDS, "DNS from both sides": ({"dns_resolution": True}, {"dns_resolution": True})}


@pytest.mark.parametrize("shows", ["with blocks", "without blocks", "not yet"])
@pytest.mark.parametrize("kind", SETTINGS)
def test_the_plan_of_a_check_is_that_of_the_run(kind: str, shows: Any) -> None:
    """On two empty accounts too, where account A's plan is made before account B's ids are there."""
    made = World()
    made.shows_requests = shows
    made.a["vpc"] = {**made.a["vpc"], "dns_support": True, "dns_hostnames": True}
    made.variables_a |= SETTINGS[kind][0]
    made.variables_b |= SETTINGS[kind][1]
    approved = checked(made)
    carry_out(made, *approved)
    again = checked(made)
    for before, now in zip(approved, again, strict=True):
        assert differences(before, now) == []
        assert is_done(before, now)
    made.set_state("absent")
    carry_out(made, *checked(made))


@pytest.mark.parametrize("what", DRIFT)
def test_what_was_changed_by_hand_since_is_refused(what: str) -> None:
    made = world()
    made.site()
    before = checked(made)
    DRIFT[what][0](made)
    after = checked(made)
    found = [line for old, new in zip(before, after, strict=True) for line in differences(old, new)]
    assert any(line.startswith("not in it: ") for line in found), found
    # And the plan that mends it is what it is.
    assert [differences(plan, plan) for plan in after] == [[], []]


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "instance_type": ({"instance_type": "t3.small"}, "dax_account_b_instance_type was 't3.micro' and is 't3.small'"),
    # Of what is only planned in words so far.
    "image_id": ({"image_id": "ami-0aaaaaaa"}, "dax_account_b_image_id was '' and is 'ami-0aaaaaaa'"),
    "key_name": ({"key_name": "mine"}, "dax_account_b_key_name was '' and is 'mine'"),
    "tags": ({"tags": {"Team": "b"}}, "dax_account_b_tags was {} and is {'Team': 'b'}"),
    "external_id": ({"external_id": "s3cret"}, "dax_account_b_external_id was another"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_another_variable_is_named(what: str) -> None:
    made = world()
    approved, _a = checked(made)
    variables, says = CHANGES[what]
    made.variables_b |= variables
    assert differences(approved, kept(plan_of_b(made)))[0] == says


@pytest.mark.parametrize(
    ("variable", "value"),
    [("wait_timeout", 5), ("document_path", "x.yml"), ("connection", {"region": "us-east-1"}), ("plan_path", "x")],
)
def test_how_a_run_works_is_not_compared(variable: str, value: Any) -> None:
    made = world()
    approved, _a = checked(made)
    made.variables_b[variable] = value
    assert differences(approved, kept(plan_of_b(made))) == []


def first_write(plan: Plan) -> dict[str, Any]:
    found: dict[str, Any] = next(item for item in plan["actions"] if item["kind"] == "create")
    return found


EDITS: dict[str, tuple[Callable[[Plan], Any], str]] = {
    "side": (lambda plan: plan.update(side="account A"), "it is of side 'account A', not of 'account B'"),
    "state": (lambda plan: plan.update(state="absent"), "it is of state 'absent', not of 'present'"),
    "account": (lambda plan: plan.update(account_id="9" * 12), f"it is of account_id '{'9' * 12}', not of"),
    "region": (lambda plan: plan.update(region="eu-west-1"), "it is of region 'eu-west-1', not of 'us-east-1'"),
    "cluster": (lambda plan: plan.update(cluster_arn="arn:x"), "it is of cluster_arn 'arn:x', not of"),
    "consumer": (lambda plan: plan.update(consumer="2/x"), "it is of consumer '2/x', not of"),
    "conflict": (lambda plan: plan.update(conflicts=["x"]), "it was refused itself"),
    "one action less": (lambda plan: plan["actions"].pop(0), "not in it: create role AssumeDaxRole"),
    "one more": (
        lambda plan: plan["actions"].append({**first_write(plan), "resource_id": "Another"}),
        "no longer to do: create role Another",
    ),
    "twice": (lambda plan: plan["actions"].append(first_write(plan)), "no longer to do: create role AssumeDaxRole"),
    "another value": (
        lambda plan: first_write(plan).update(after="for lambda.amazonaws.com"),
        "create role AssumeDaxRole: was nothing -> for lambda.amazonaws.com, is nothing -> for ec2.amazonaws.com",
    ),
    "another state before": (
        lambda plan: first_write(plan).update(before="there"),
        "create role AssumeDaxRole: was there -> ",
    ),
    "a variable less": (
        lambda plan: plan["variables"].pop("dax_account_b_subnet_count"),
        "dax_account_b_subnet_count was None and is 1",
    ),
}


@pytest.mark.parametrize("what", EDITS)
def test_what_differs_is_named_first(what: str) -> None:
    plan, _a = checked(world())
    approved = copy.deepcopy(plan)
    edit, says = EDITS[what]
    edit(approved)
    assert problem_of(approved) is None
    assert differences(approved, plan)[0].startswith(says)


def test_words_for_a_reader_and_order_do_not_count() -> None:
    plan, _a = checked(world())
    approved = copy.deepcopy(plan)
    random.Random(1).shuffle(approved["actions"])
    approved |= {"lines": [], "warnings": ["x"], "waiting_for": ["x"], "changes": 0, "more": 1}
    for action in approved["actions"]:
        action |= {"why": "x", "resource": "\x1b[31m"}
    assert differences(approved, plan) == []


@pytest.mark.parametrize(
    ("consumers", "says"),
    [
        ([], "consumer 222222222222/dax-client is new in this run"),
        ([{"consumer": "222222222222/dax-client", "role_arn": "arn:x"}], "consumer 222222222222/dax-client had role"),
    ],
)
def test_other_consumers_are_named(consumers: list[Any], says: str) -> None:
    _b, plan = checked(world())
    found = differences({**plan, "consumers": consumers}, plan)
    assert found[0].startswith(says)
    assert differences(plan, {**plan, "consumers": []})[0] == "consumer 222222222222/dax-client is not in this run"


def test_nothing_left_of_another_plan_is_refused() -> None:
    """That there is nothing to do says only of the same wishes that all of it is there."""
    made = world()
    approved_b, approved_a = checked(made)
    made.site()
    b, a = checked(made)
    assert differences(approved_b, b) == differences(approved_a, a) == []
    assert differences(approved_a, {**a, "consumers": []})
    approved_b["variables"]["dax_account_b_instance"] = False
    assert differences(approved_b, b)


def test_an_empty_plan_lets_nothing_be_written() -> None:
    made = world()
    made.site()
    approved = checked(made)
    assert not is_done(approved[0], approved[0])
    remove_route_b(made)
    assert differences(approved[0], checked(made)[0])


@pytest.mark.parametrize(
    ("approved", "now", "same"),
    [
        (f"sg-a/8111/{UNKNOWN}", "sg-a/8111/sg-0b", True),
        (f"sg-a/8111/{UNKNOWN}", "sg-a/8111/10.0.0.0", False),
        (f"sg-a/8111/{UNKNOWN}", "sg-b/8111/sg-0b", False),
        (UNKNOWN, "pcx-0a", True),
        (UNKNOWN, "pcx-0a/x", False),
        ("pcx-0a", UNKNOWN, False),
    ],
)
def test_what_was_not_known_may_be_an_id_and_nothing_else(approved: str, now: str, same: bool) -> None:
    plan, _a = checked(world())
    plan["actions"] = [{**first_write(plan), "resource_id": now}]
    assert (differences({**plan, "actions": [{**plan["actions"][0], "resource_id": approved}]}, plan) == []) is same


def test_many_placeholders_cost_no_time() -> None:
    plan, _a = checked(world())
    plan["actions"] = [{**first_write(plan), "resource_id": "a-" * 5000}]
    approved = {**plan, "actions": [{**plan["actions"][0], "resource_id": UNKNOWN * 500}]}
    start = time.monotonic()
    assert differences(approved, plan)
    assert time.monotonic() - start < 2


# What comes from outside.


@pytest.mark.parametrize("name", ["state", "account_id", "consumers", "variables", "actions", "conflicts", "consumer"])
@pytest.mark.parametrize("value", [7, True, [7], {"a": 1}, [[]], "", [None]])
def test_any_value_is_a_plan_or_told(name: str, value: Any) -> None:
    plan, _a = checked(world())
    for document in ({**plan, name: value}, {key: item for key, item in plan.items() if key != name}):
        problem = problem_of(document)
        if problem is None:
            assert isinstance(differences(document, plan), list)
        else:
            assert problem.isprintable() and len(problem) < 300


@pytest.mark.parametrize("name", ["step", "kind", "resource_type", "resource_id", "attribute", "before", "after"])
@pytest.mark.parametrize("value", [7, [7], {"a": [1]}, "\x1b[31m", None])
def test_any_action_can_be_compared_or_is_told(name: str, value: Any) -> None:
    plan, _a = checked(world())
    approved = copy.deepcopy(plan)
    first_write(approved)[name] = value
    if problem_of(approved) is None:
        assert all(line.isprintable() for line in differences(approved, plan))


@pytest.mark.parametrize("value", [None, [], "x", {"kind": "x"}, {"kind": "dax.cross_account/plan"}])
def test_what_is_no_plan_is_told(value: Any) -> None:
    assert problem_of(value)


@pytest.mark.parametrize("version", [None, 0, 2, "1", True, 1.0])
def test_another_schema_version_is_refused(version: Any) -> None:
    plan, _a = checked(world())
    assert f"has schema_version {version!r}" in str(problem_of({**plan, "schema_version": version}))


@pytest.mark.parametrize("side", [None, [], {}, "account C"])
def test_another_side_is_refused(side: Any) -> None:
    plan, _a = checked(world())
    assert "has side " in str(problem_of({**plan, "side": side}))
