# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.plan import plan_b
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    STRANGER,
    TAGS_B,
    built_b,
    cluster_document,
    done,
    facts_b,
    policy,
    trust,
    wanted_b,
)


def plan(facts: dict[str, Any], cluster: dict[str, Any] | None = None, **wanted: Any) -> dict[str, Any]:
    return plan_b(facts, wanted_b(cluster=cluster_document(**(cluster or {})), **wanted))


def of(result: dict[str, Any], *concerns: str) -> list[tuple[str, str]]:
    return [(item["kind"], item["resource"]) for item in result["actions"] if item["concern"] in concerns]


ROLE, PROFILE = "role AssumeDaxRole", "instance profile AssumeDaxInstanceProfile"
POLICY = f"policy AssumeDaxRolePolicy of {ROLE}"
SSM = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
EC2 = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
OTHER = {**TAGS_B, build.CONSUMER: "other"}


def role(**more: Any) -> dict[str, Any]:
    return {**built_b()["role"], **more}


def profile(**more: Any) -> dict[str, Any]:
    return {**built_b()["instance_profile"], **more}


def test_a_new_role_with_its_policy_and_profile() -> None:
    settings: dict[str, Any] = {
        "max_session_duration": 7200,
        "permissions_boundary": "arn:b",
        "role_path": "/dax/",
        "tags": {"Team": "b"},
    }
    writes = plan(facts_b(), ssm_access=True, **settings)["writes"]
    tags = {"Team": "b", **TAGS_B}
    assert writes["role"] == {
        "state": "present",
        "name": "AssumeDaxRole",
        "path": "/dax/",
        "trust": policy(EC2),
        "tags": tags,
        "max_session_duration": 7200,
        "boundary": "arn:b",
        "managed_policies": [SSM],
    }
    document = policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": build.ROLE_A})
    names = {"state": "present", "role": "AssumeDaxRole", "name": "AssumeDaxRolePolicy"}
    assert writes["policy"] == {**names, "document": document}
    expected = {"state": "present", "name": "AssumeDaxInstanceProfile", "role": "AssumeDaxRole", "path": "/dax/"}
    assert writes["instance_profile"] == {**expected, "tags": tags}


@pytest.mark.parametrize(
    ("current", "wanted", "actions"),
    [
        pytest.param({}, {}, [], id="as wanted"),
        pytest.param({"trust": policy(EC2, STRANGER)}, {}, [("change", f"trust policy of {ROLE}")], id="trusts more"),
        pytest.param({"trust": policy(trust("*"))}, {}, [("change", f"trust policy of {ROLE}")], id="trusts others"),
        pytest.param({"max_session_duration": 7200}, {}, [("change", ROLE)], id="session duration"),
        pytest.param({"permissions_boundary": "arn:x"}, {}, [("change", ROLE)], id="boundary"),
        pytest.param({}, {"permissions_boundary": "arn:x"}, [("change", ROLE)], id="boundary wanted"),
        pytest.param({"tags": {**TAGS_B, "More": "x"}}, {}, [], id="more tags"),
        pytest.param({}, {"tags": {"Team": "b"}}, [("change", f"tags of {ROLE}")], id="another tag"),
        pytest.param({}, {"ssm_access": True}, [("change", f"managed policies of {ROLE}")], id="SSM wanted"),
        pytest.param({"attached_policies": [SSM, "arn:x"]}, {"ssm_access": True}, [], id="SSM there"),
        pytest.param({"attached_policies": ["arn:x"]}, {}, [], id="a managed policy of others"),
        pytest.param({"inline_policies": {}}, {}, [("create", POLICY)], id="policy gone"),
        pytest.param(
            {"inline_policies": {"AssumeDaxRolePolicy": policy(), "Theirs": {}}}, {}, [("change", POLICY)], id="policy"
        ),
    ],
)
def test_a_role_of_ours(current: dict[str, Any], wanted: dict[str, Any], actions: list[tuple[str, str]]) -> None:
    result = plan(built_b(role=role(**current)), **wanted)
    assert of(result, "role", "policy") == actions
    kept = result["writes"]["role"]
    assert {"arn:x"} & set(current.get("attached_policies", [])) <= set(kept["managed_policies"])
    assert set(current.get("tags", {})) <= set(kept["tags"])
    assert kept["boundary"] == wanted.get("permissions_boundary", "")


def test_an_adopted_role_gets_our_policy_and_nothing_else() -> None:
    theirs = role(tags={"Owner": "x"}, max_session_duration=43200, inline_policies={})
    result = plan(built_b(role=theirs))
    assert of(result, "role", "policy") == [("create", POLICY)]
    assert "role" not in result["writes"]
    assert result["warnings"] == []


def test_what_an_adopted_role_lacks_is_told() -> None:
    theirs = role(tags={}, trust=policy(STRANGER))
    warnings = plan(built_b(role=theirs), ssm_access=True)["warnings"]
    assert ["ec2.amazonaws.com" in warnings[0], SSM in warnings[1]] == [True, True]


@pytest.mark.parametrize("tags", [OTHER, {**TAGS_B, build.MARK: f"{build.CLUSTER_ARN}2"}])
def test_a_role_of_another_consumer_or_cluster_is_refused(tags: dict[str, str]) -> None:
    conflicts = plan(built_b(role=role(tags=tags)))["conflicts"]
    assert "dax_account_b_role_name" in conflicts[0] and tags[build.CONSUMER] in conflicts[0]
    assert tags[build.MARK] in conflicts[0]


@pytest.mark.parametrize(
    ("current", "actions", "conflict"),
    [
        pytest.param(None, [("create", PROFILE)], "", id="missing"),
        pytest.param(profile(), [], "", id="as wanted"),
        pytest.param(profile(role_names=[]), [("change", f"role of {PROFILE}")], "", id="empty"),
        pytest.param(profile(role_names=["Other"]), [("change", f"role of {PROFILE}")], "", id="another role"),
        pytest.param(profile(tags={**TAGS_B, "More": "x"}), [], "", id="more tags"),
        pytest.param(profile(tags={}), [], "", id="adopted"),
        pytest.param(profile(tags={}, role_names=["Other"]), [], "Other", id="adopted, another role"),
        pytest.param(profile(tags={}, role_names=[]), [], "no role", id="adopted, empty"),
        pytest.param(profile(tags=OTHER, role_names=["Other"]), [], "Other", id="another consumer's"),
    ],
)
def test_the_instance_profile(current: dict[str, Any] | None, actions: list[tuple[str, str]], conflict: str) -> None:
    result = plan(built_b(instance_profile=current))
    assert of(result, "instance_profile") == [*actions, *([("conflict", PROFILE)] if conflict else [])]
    assert all(conflict in line and "dax_account_b_instance_profile_name" in line for line in result["conflicts"])
    if current and "More" in current["tags"]:
        assert result["writes"]["instance_profile"]["tags"]["More"] == "x"


# The end.


@pytest.mark.parametrize(
    ("facts", "actions", "conflict"),
    [
        pytest.param({}, [("remove", PROFILE), ("remove", ROLE)], "", id="ours"),
        pytest.param({"role": None, "instance_profile": None}, [], "", id="nothing"),
        pytest.param({"role": None}, [("remove", PROFILE)], "", id="the profile alone"),
        pytest.param({"instance_profile": None}, [("remove", ROLE)], "", id="the role alone"),
        pytest.param({"role": role(inline_policies={})}, [("remove", PROFILE), ("remove", ROLE)], "", id="no policy"),
        pytest.param({"role": role(tags={})}, [("remove", PROFILE), ("remove", POLICY)], "", id="adopted role"),
        pytest.param(
            {"role": role(tags={}, inline_policies={"AssumeDaxRolePolicy": policy(STRANGER)})},
            [("remove", PROFILE)],
            "",
            id="adopted role, a policy of theirs",
        ),
        pytest.param({"role": role(tags=OTHER, inline_policies={})}, [("remove", PROFILE)], "", id="another's role"),
        pytest.param({"instance_profile": profile(tags={})}, [("remove", ROLE)], "", id="adopted profile"),
        pytest.param(
            {"role": role(inline_policies={"Theirs": {}})}, [("remove", PROFILE)], "Theirs", id="a policy would be lost"
        ),
    ],
)
def test_the_end(facts: dict[str, Any], actions: list[tuple[str, str]], conflict: str) -> None:
    result = plan(built_b(**facts), state="absent")
    expected = [*actions, *([("conflict", ROLE)] if conflict else [])]
    assert of(result, "role", "policy", "instance_profile") == expected
    assert all(conflict in line for line in result["conflicts"])


def test_the_end_without_the_cluster_leaves_the_policy_of_an_adopted_role() -> None:
    gone: dict[str, Any] = {"endpoint": None, "vpc_id": None, "cidr_blocks": [], "role_arn": None}
    result = plan(built_b(role=role(tags={})), gone, state="absent")
    assert result["conflicts"] == []
    assert ("remove", "VPC vpc-b") in done(result)
    assert of(result, "policy", "role") == []
