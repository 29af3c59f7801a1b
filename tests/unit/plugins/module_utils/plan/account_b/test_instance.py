# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    TAGS_B,
    adopted_b,
    built_b,
    facts_b,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_b.planning import (
    NAMED,
    actions,
    args,
    plan,
)

PROFILE, GROUPS, TAGS = "instance_profile", "security_groups", "tags"
OWN_PROFILE = f"arn:aws:iam::{build.B}:instance-profile/dax/AssumeDaxInstanceProfile"


def instance(**more: Any) -> dict[str, Any]:
    return {**built_b()["instances"][0], **more}


@pytest.mark.parametrize(
    ("current", "attributes", "groups"),
    [
        pytest.param({}, [], ["sg-b"], id="as desired"),
        pytest.param({"state": "stopped"}, [], ["sg-b"], id="stopped"),
        pytest.param({"instance_profile_arn": None}, [PROFILE], ["sg-b"], id="no profile"),
        pytest.param({"instance_profile_arn": "arn:x/Other"}, [PROFILE], ["sg-b"], id="another profile"),
        pytest.param({"instance_profile_arn": OWN_PROFILE}, [], ["sg-b"], id="a profile with a path"),
        pytest.param({"instance_profile_id": "AIPAOLD"}, [PROFILE], ["sg-b"], id="a profile that was made anew"),
        pytest.param({"instance_profile_id": None}, [], ["sg-b"], id="a profile whose id is not shown"),
        pytest.param(
            {"instance_profile_id": "AIPAOLD", "security_group_ids": []}, [PROFILE, GROUPS], ["sg-b"], id="both"
        ),
        pytest.param({"security_group_ids": []}, [GROUPS], ["sg-b"], id="no group"),
        pytest.param({"security_group_ids": ["sg-x"]}, [GROUPS], ["sg-x", "sg-b"], id="another group"),
        pytest.param({"security_group_ids": ["sg-x", "sg-b"]}, [], ["sg-x", "sg-b"], id="one group more"),
        pytest.param(
            {"security_group_ids": ["sg-b", "sg-x"], "tags": {**NAMED, "Name": "x"}},
            [TAGS],
            ["sg-b", "sg-x"],
            id="groups stay",
        ),
        pytest.param({"tags": {**NAMED, "Name": "x"}}, [TAGS], ["sg-b"], id="name"),
        pytest.param({"tags": {**NAMED, "More": "x"}}, [], ["sg-b"], id="more tags"),
    ],
)
def test_an_owned_instance(current: dict[str, Any], attributes: list[str], groups: list[str]) -> None:
    result = plan(built_b(instances=[instance(**current)]))
    assert actions(result, "instance") == [("change", f"instance:i-1#{attribute}") for attribute in attributes]
    given = {
        "state": "present",
        "instance_ids": ["i-1"],
        "vpc_subnet_id": "subnet-1",
        "security_groups": groups,
        "tags": NAMED,
        "purge_tags": False,
    }
    associated = {"instance_id": "i-1", "instance_profile_name": "AssumeDaxInstanceProfile", "wait_timeout": 600}
    calls = [associated] * (PROFILE in attributes) + [given] * bool(set(attributes) - {PROFILE})
    assert args(result, "instance") == calls


def test_a_profile_that_is_still_to_be_made_anew_is_planned_and_not_written() -> None:
    result = plan(built_b(instance_profile=None))
    assert actions(result, "instance") == [("change", "instance:i-1#instance_profile")]
    assert args(result, "instance") == []


@pytest.mark.parametrize("key_name", ["", "ops"])
def test_a_new_instance(key_name: str) -> None:
    options = {"instance_type": "t4g.nano", "image_id": "ami-1", "key_name": key_name}
    wanted = build.launch(image=build.image("arm64"), architectures=["arm64"], key_pairs=["ops"])
    result = plan(built_b(instances=[], launch=wanted), **options)
    [action] = [item for item in result["actions"] if item["step"] == "instance"]
    assert (action["kind"], action["after"]) == ("create", "t4g.nano in subnet-1")
    (call,) = result["writes"]["instance"]
    # A copy of an instance of ours carries the id of that one, so the filter passes over it.
    filters = {f"tag:{key}": value for key, value in {**TAGS_B, build.ID: "new"}.items()}
    assert call["args"] == {
        "state": "running",
        "name": "dax-client",
        "filters": {**filters, "instance-state-name": ["pending", "running", "stopping", "stopped"]},
        "image_id": "ami-1",
        "instance_type": "t4g.nano",
        "vpc_subnet_id": "subnet-1",
        "security_groups": ["sg-b"],
        "iam_instance_profile": "AssumeDaxInstanceProfile",
        "metadata_options": {"http_tokens": "required"},
        "tags": {**NAMED, build.ID: "new"},
        "purge_tags": False,
        "wait": True,
        **({"key_name": key_name} if key_name else {}),
    }
    assert (call["waits_for"], call["timeout"]) == ("instance dax-client to run", 600)


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param(facts_b(), id="no VPC"),
        pytest.param(built_b(instances=[], subnets=[], effective_route_tables={}), id="no subnet"),
        pytest.param(built_b(instances=[], security_groups=[]), id="no group"),
    ],
)
def test_an_instance_in_what_is_still_to_be_made_is_planned_and_not_written(facts: dict[str, Any]) -> None:
    result = plan(facts)
    assert actions(result, "instance") == [("create", "instance:dax-client")]
    assert args(result, "instance") == []


def test_a_new_instance_goes_into_the_subnet_that_the_user_names() -> None:
    facts = adopted_b(security_groups=[build.group("sg-b", name="dax-client")])
    (given,) = args(plan(facts, subnet_ids=["subnet-2"]), "instance")
    assert given["vpc_subnet_id"] == "subnet-2"


def test_an_unmanaged_instance_does_not_count() -> None:
    result = plan(built_b(instances=[instance(tags={"Name": "dax-client"})]))
    assert actions(result, "instance") == [("create", "instance:dax-client")]


def test_an_instance_that_is_ending_does_not_count() -> None:
    ending = [instance(state="shutting-down")]
    result = plan(built_b(instances=ending, launch=build.launch()))
    assert actions(result, "instance") == [("create", "instance:dax-client")]


def test_an_instance_that_is_still_starting_is_waited_for() -> None:
    result = plan(built_b(instances=[instance(state="pending")]))
    assert (result["changes"], result["waiting_for"]) == (0, ["instance i-1: pending; AWS is still starting it"])


def test_a_second_instance_with_our_tags_is_reported_and_left() -> None:
    result = plan(built_b(instances=[instance(), instance(instance_id="i-2", instance_profile_arn=None)]))
    assert result["changes"] == 0
    assert "i-2" in result["warnings"][0]


@pytest.mark.parametrize("facts", [facts_b, built_b, adopted_b])
def test_those_who_have_their_own_instance(facts: Any) -> None:
    result = plan(facts(instances=[], launch=None), instance=False)
    assert actions(result, "instance") == []
    assert "instance" not in result["writes"]
