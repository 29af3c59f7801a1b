# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan as others read it, and its published schema."""

from __future__ import annotations

import copy
import json
import re
from functools import partial
from typing import Any, get_args

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.approval import problem_of
from ansible_collections.dax.cross_account.plugins.module_utils.plan.model import Kind
from ansible_collections.dax.cross_account.plugins.module_utils.plan.published import KIND, SCHEMA_VERSION, published
from ansible_collections.dax.cross_account.plugins.module_utils.plan.report import diff_of
from ansible_collections.dax.cross_account.plugins.module_utils.plan.stages import STAGES
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.drift import world
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.plans import (
    checked,
    kept,
    plan_of_a,
    plan_of_b,
    states,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.published_schemas import (
    DOCS,
    misfits,
    schema,
)
from jsonschema import Draft202012Validator

SCHEMA = schema("plan")
problems = partial(misfits, SCHEMA)


def test_the_schema_is_one_and_knows_the_words_of_the_code() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["kind"]["const"] == KIND
    assert SCHEMA["properties"]["schema_version"]["const"] == SCHEMA_VERSION
    assert SCHEMA["properties"]["side"]["enum"] == list(STAGES)
    assert SCHEMA["$defs"]["action"]["properties"]["kind"]["enum"] == list(get_args(Kind))


@pytest.fixture(scope="module")
def plans() -> dict[str, Any]:
    return dict(states())


def test_plans_of_many_states_fit_it_and_can_be_compared(plans: dict[str, Any]) -> None:
    assert {name: problems(plan) for name, plan in plans.items() if problems(plan)} == {}
    assert {name: problem_of(plan) for name, plan in plans.items() if problem_of(plan)} == {}
    kinds = {action["kind"] for plan in plans.values() for action in plan["actions"]}
    assert kinds >= {"create", "change", "remove", "wait"}
    assert {(plan["side"], plan["state"]) for plan in plans.values()} == {
        (side, state) for side in STAGES for state in ("present", "absent")
    }


def test_the_plan_in_the_docs_fits_it() -> None:
    (sample,) = re.findall(r"```json\n(.*?)```", (DOCS / "plans.md").read_text(encoding="utf-8"), re.DOTALL)
    assert problems(json.loads(sample)) == []
    assert problem_of(json.loads(sample)) is None


def test_what_the_roles_return_fits_it_with_more_keys() -> None:
    made = world("external id and tags")
    for plan in (plan_of_b(made), plan_of_a(made)):
        found = json.loads(json.dumps(plan))
        assert "writes" in found
        assert list(Draft202012Validator(SCHEMA).iter_errors(found)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema_version",), 2),
        (("kind",), "dax.cross_account/doctor"),
        (("side",), "account C"),
        (("state",), None),
        (("account_id",), 111111111111),
        (("consumer",), "payments"),
        (("actions",), {}),
        (("actions", 0, "kind"), "replace"),
        (("actions", 0, "why"), None),
        (("variables", "dax_account_b_external_id"), {"pbkdf2_sha256": "s3cret"}),
        (("variables", "instance_type"), "t3.micro"),
        (("lines",), None),
    ],
)
def test_the_schema_refuses_what_is_no_plan(path: tuple[Any, ...], value: Any) -> None:
    at = content = checked(world())[0]
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    assert problems(content)


def test_before_after_and_why_are_those_of_the_difference(plans: dict[str, Any]) -> None:
    """What --diff shows of each change is in the actions, in the same order."""
    for plan in plans.values():
        writing = [action for action in plan["actions"] if action["kind"] in ("create", "change", "remove")]
        assert all({"before", "after", "why"} <= action.keys() for action in plan["actions"])
        assert [item["before_header"] for item in diff_of(plan)] == [action["resource"] for action in writing]
        for item, action in zip(diff_of(plan), writing, strict=True):
            assert (item["before"] == "") == (action["before"] is None and action["kind"] != "remove")
            # Of a trust policy it has whom it names, and where that is the same, the words say so.
            assert item["before"] != item["after"] or action["why"].startswith("the same principals")


@pytest.mark.parametrize("side", ["a", "b"])
def test_an_external_id_is_hidden_and_still_told_from_another(side: str) -> None:
    plans = []
    for external_id in ("s3cret-one", "s3cret-two", "s3cret-one", ""):
        made = world()
        getattr(made, f"variables_{side}")["external_id"] = external_id
        plans.append(kept(plan_of_a(made) if side == "a" else plan_of_b(made)))
    assert "s3cret" not in json.dumps(plans)
    first, second, third, none = (plan["variables"][f"dax_account_{side}_external_id"] for plan in plans)
    assert first == third != second
    assert (len(first["pbkdf2_sha256"]), none) == (64, "")


def test_the_digest_of_one_account_says_nothing_of_another() -> None:
    made = world("external id and tags")
    name = "dax_account_a_external_id"
    here = plan_of_a(made)["variables"][name]
    made.a["identity"] = {**made.a["identity"], "account_id": "999999999999"}
    assert plan_of_a(made)["variables"][name] != here


def test_a_warning_that_names_an_external_id_hides_it() -> None:
    made = world()
    made.variables_a["external_id"], made.variables_b["external_id"] = "of-the-owner", "s3cret-of-b"
    made.discover()
    made.variables_a["consumers"] = [made.plan_b()["document"]]
    plan = plan_of_a(made)
    assert "s3cret-of-b" in json.dumps(plan["warnings"])
    found = published(copy.deepcopy(plan))
    assert "s3cret-of-b" not in json.dumps(found)
    assert "(hidden)" in json.dumps(found["warnings"]) and "(hidden)" in json.dumps(found["actions"])
