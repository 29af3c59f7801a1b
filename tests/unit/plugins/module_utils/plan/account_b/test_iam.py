# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.ownership import User
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    STRANGER,
    TAGS_B,
    built_b,
    done,
    facts_b,
    policy,
    trust,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_b.planning import (
    DELETED_CLUSTER,
    OTHER,
    POLICY,
    PROFILE,
    ROLE,
    actions,
    args,
    modules,
    plan,
)

SSM = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
BOUNDARY = f"arn:aws:iam::{build.B}:policy/Boundary"
EC2 = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
SID = User(build.CLUSTER_ARN, "dax-client").sid
NOTHING_ELSE = {"purge_policies": False, "create_instance_profile": False, "delete_instance_profile": False}


def role(**more: Any) -> dict[str, Any]:
    return {**built_b()["role"], **more}


def adopted(**more: Any) -> dict[str, Any]:
    """A role of the user's own."""
    return role(**{"tags": {}, "description": "", **more})


def profile(**more: Any) -> dict[str, Any]:
    return {**built_b()["instance_profile"], **more}


def test_a_new_role_with_its_policy_and_profile() -> None:
    settings: dict[str, Any] = {
        "max_session_duration": 7200,
        "permissions_boundary": BOUNDARY,
        "role_path": "/dax/",
        "tags": {"Team": "b"},
    }
    result = plan(facts_b(), ssm_access=True, **settings)
    tags = {"Team": "b", **TAGS_B}
    assert args(result, "role") == [
        {
            "state": "present",
            "name": "AssumeDaxRole",
            "path": "/dax/",
            "assume_role_policy_document": policy(EC2),
            "description": f"dax.cross_account: {build.CLUSTER_ARN} dax-client",
            "tags": tags,
            "max_session_duration": 7200,
            "boundary": BOUNDARY,
            "managed_policies": [SSM],
            **NOTHING_ELSE,
        }
    ]
    document = policy({"Sid": SID, "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": build.ROLE_A})
    names = {"iam_type": "role", "iam_name": "AssumeDaxRole", "policy_name": "AssumeDaxRolePolicy"}
    assert args(result, "policy") == [{**names, "state": "present", "policy_json": document}]
    expected = {"state": "present", "name": "AssumeDaxInstanceProfile", "role": "AssumeDaxRole", "path": "/dax/"}
    assert args(result, "instance_profile") == [{**expected, "tags": tags}]


@pytest.mark.parametrize(
    ("current", "options", "expected"),
    [
        pytest.param({}, {}, [], id="as desired"),
        pytest.param({"trust": policy(EC2, STRANGER)}, {}, [("change", f"{ROLE}#trust_policy")], id="trusts more"),
        pytest.param({"trust": policy(trust("*"))}, {}, [("change", f"{ROLE}#trust_policy")], id="trusts others"),
        pytest.param({"max_session_duration": 7200}, {}, [("change", ROLE)], id="session duration"),
        pytest.param({"permissions_boundary": BOUNDARY}, {}, [("change", ROLE)], id="boundary"),
        pytest.param({}, {"permissions_boundary": BOUNDARY}, [("change", ROLE)], id="boundary desired"),
        pytest.param({"tags": {**TAGS_B, "More": "x"}}, {}, [], id="more tags"),
        pytest.param({}, {"tags": {"Team": "b"}}, [("change", f"{ROLE}#tags")], id="another tag"),
        pytest.param(
            {"tags": {**TAGS_B, "More": "x"}},
            {"tags": {"Team": "b"}},
            [("change", f"{ROLE}#tags")],
            id="one tag of two",
        ),
        pytest.param({}, {"ssm_access": True}, [("change", f"{ROLE}#managed_policies")], id="SSM desired"),
        pytest.param({"attached_policies": [SSM, "arn:x"]}, {"ssm_access": True}, [], id="SSM there"),
        pytest.param(
            {"attached_policies": ["arn:x"]},
            {"ssm_access": True},
            [("change", f"{ROLE}#managed_policies")],
            id="SSM beside another",
        ),
        pytest.param({"attached_policies": ["arn:x"]}, {}, [], id="an unmanaged managed policy"),
        pytest.param({"inline_policies": {}}, {}, [("create", POLICY)], id="policy removed"),
        pytest.param(
            {"inline_policies": {"AssumeDaxRolePolicy": policy(), "Theirs": {}}}, {}, [("change", POLICY)], id="policy"
        ),
    ],
)
def test_an_owned_role(current: dict[str, Any], options: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    result = plan(built_b(role=role(**current)), **options)
    assert actions(result, "role", "policy") == expected
    assert modules(result, "policy") == ["iam_policy"] * any(identity == POLICY for _kind, identity in expected)
    writes = args(result, "role")
    assert len(writes) == any(identity.startswith(ROLE) for _kind, identity in expected)
    for given in writes:
        assert given.get("managed_policies", []) == [
            *current.get("attached_policies", []),
            *([SSM] if options.get("ssm_access") else []),
        ]
        assert given["tags"] == {**TAGS_B, **current.get("tags", {}), **options.get("tags", {})}
        assert given["boundary"] == options.get("permissions_boundary", ""), "an empty one takes it off"


def test_an_adopted_role_gets_our_policy_and_nothing_else() -> None:
    theirs = adopted(tags={"Owner": "x"}, max_session_duration=43200, inline_policies={})
    result = plan(built_b(role=theirs))
    assert actions(result, "role", "policy") == [("create", POLICY)]
    assert result["writes"].keys() == {"policy"}
    assert result["warnings"] == []


def test_what_an_adopted_role_lacks_is_reported() -> None:
    theirs = adopted(trust=policy(STRANGER))
    warnings = plan(built_b(role=theirs), ssm_access=True)["warnings"]
    assert ["ec2.amazonaws.com" in warnings[0], SSM in warnings[1]] == [True, True]


@pytest.mark.parametrize("tags", [OTHER, {**TAGS_B, build.MARK: f"{build.CLUSTER_ARN}2"}])
def test_a_role_of_another_consumer_or_cluster_is_refused(tags: dict[str, str]) -> None:
    result = plan(built_b(role=role(tags=tags)))
    assert actions(result, "role", "policy", "instance_profile") == [("conflict", ROLE)]
    (conflict,) = result["conflicts"]
    assert "dax_account_b_role_name" in conflict and tags[build.CONSUMER] in conflict and tags[build.MARK] in conflict


@pytest.mark.parametrize(
    ("current", "expected", "conflict"),
    [
        pytest.param(None, [("create", PROFILE)], "", id="missing"),
        pytest.param(profile(), [], "", id="as desired"),
        pytest.param(profile(role_names=[]), [("change", f"{PROFILE}#role")], "", id="empty"),
        pytest.param(profile(role_names=["Other"]), [("change", f"{PROFILE}#role")], "", id="another role"),
        pytest.param(profile(tags={**TAGS_B, "More": "x"}), [], "", id="more tags"),
        pytest.param(
            profile(tags={**TAGS_B, "More": "x"}, role_names=[]), [("change", f"{PROFILE}#role")], "", id="tags stay"
        ),
        pytest.param(profile(tags={}), [], "", id="adopted"),
        pytest.param(profile(tags={}, role_names=["Other"]), [], "Other", id="adopted, another role"),
        pytest.param(profile(tags={}, role_names=[]), [], "no role", id="adopted, empty"),
        pytest.param(profile(tags=OTHER, role_names=["Other"]), [], "Other", id="another consumer's"),
    ],
)
def test_the_instance_profile(current: dict[str, Any] | None, expected: list[tuple[str, str]], conflict: str) -> None:
    result = plan(built_b(instance_profile=current))
    assert actions(result, "instance_profile") == [*expected, *([("conflict", PROFILE)] if conflict else [])]
    assert all(conflict in line and "dax_account_b_instance_profile_name" in line for line in result["conflicts"])
    writes = args(result, "instance_profile")
    assert len(writes) == len(expected)
    assert all(given["tags"] == {**TAGS_B, **(current or {}).get("tags", {})} for given in writes)


@pytest.mark.parametrize(
    ("partition", "region", "service"),
    [
        ("aws-cn", "cn-north-1", "ec2.amazonaws.com.cn"),
        ("aws-us-gov", "us-gov-west-1", "ec2.amazonaws.com"),
    ],
)
def test_names_in_other_partitions(partition: str, region: str, service: str) -> None:
    arn = f"arn:{partition}:dax:{region}:{build.A}:cache/orders"
    assumed = f"arn:{partition}:iam::{build.A}:role/DaxCrossAccountRole"
    facts = facts_b(identity=build.identity(build.B, partition), region=region)
    cluster = {"partition": partition, "region": region, "cluster_arn": arn, "role_arn": assumed}
    result = plan(facts, cluster, ssm_access=True)
    (given,), (written,) = args(result, "role"), args(result, "policy")
    assert given["assume_role_policy_document"]["Statement"][0]["Principal"] == {"Service": service}
    assert given["managed_policies"] == [f"arn:{partition}:iam::aws:policy/AmazonSSMManagedInstanceCore"]
    assert written["policy_json"]["Statement"][0]["Resource"] == assumed
    assert result["document"]["role_arn"] == f"arn:{partition}:iam::{build.B}:role/AssumeDaxRole"


@pytest.mark.parametrize(("own", "arn"), [(False, build.ROLE_A), (True, f"{build.ROLE_A}-{build.B}-dax-client")])
def test_the_role_that_the_instance_may_assume(own: bool, arn: str) -> None:
    result = plan(facts_b(), {"role_per_consumer": own})
    (written,) = args(result, "policy")
    assert written["policy_json"]["Statement"][0]["Resource"] == arn
    assert result["document"]["assumed_role_arn"] == arn


# The removal.


@pytest.mark.parametrize(
    ("facts", "expected", "conflict"),
    [
        pytest.param({}, [("remove", PROFILE), ("remove", ROLE)], "", id="owned"),
        pytest.param({"role": None, "instance_profile": None}, [], "", id="nothing"),
        pytest.param({"role": None}, [("remove", PROFILE)], "", id="the profile alone"),
        pytest.param({"instance_profile": None}, [("remove", ROLE)], "", id="the role alone"),
        pytest.param({"role": role(inline_policies={})}, [("remove", PROFILE), ("remove", ROLE)], "", id="no policy"),
        pytest.param({"role": adopted()}, [("remove", PROFILE), ("remove", POLICY)], "", id="adopted role"),
        pytest.param(
            {"role": adopted(inline_policies={"AssumeDaxRolePolicy": policy(STRANGER)})},
            [("remove", PROFILE)],
            "",
            id="adopted role, an unmanaged policy",
        ),
        pytest.param({"role": role(tags=OTHER, inline_policies={})}, [("remove", PROFILE)], "", id="another's role"),
        pytest.param({"instance_profile": profile(tags={})}, [("remove", ROLE)], "", id="adopted profile"),
        pytest.param(
            {"role": role(inline_policies={"Theirs": {}})}, [("remove", PROFILE)], "Theirs", id="a policy would be lost"
        ),
    ],
)
def test_the_removal(facts: dict[str, Any], expected: list[tuple[str, str]], conflict: str) -> None:
    result = plan(built_b(**facts), state="absent")
    refused = [("conflict", ROLE)] if conflict else []
    assert actions(result, "role", "policy", "instance_profile") == [*expected, *refused]
    assert all(conflict in line for line in result["conflicts"])
    calls = {
        PROFILE: ("instance_profile", {"state": "absent", "name": "AssumeDaxInstanceProfile"}),
        ROLE: ("role", {"state": "absent", "name": "AssumeDaxRole", **NOTHING_ELSE}),
        POLICY: (
            "policy",
            {
                "iam_type": "role",
                "iam_name": "AssumeDaxRole",
                "policy_name": "AssumeDaxRolePolicy",
                "state": "absent",
            },
        ),
    }
    planned = set() if conflict else {identity for _kind, identity in expected}
    for identity, (step, given) in calls.items():
        assert args(result, step) == ([given] if identity in planned else [])


def test_the_removal_without_the_cluster_leaves_the_policy_of_an_adopted_role() -> None:
    result = plan(built_b(role=adopted()), DELETED_CLUSTER, state="absent")
    assert result["conflicts"] == []
    assert ("remove", "vpc:vpc-b") in done(result)
    assert actions(result, "policy", "role") == []


def test_session_tags_are_in_the_policy_where_they_are_wanted() -> None:
    assume = ["sts:AssumeRole", "sts:TagSession"]
    [made] = args(plan(facts_b(), allow_session_tags=True), "policy")
    assert made["policy_json"]["Statement"] == [
        {"Sid": SID, "Effect": "Allow", "Action": assume, "Resource": build.ROLE_A}
    ]
    [changed] = args(plan(built_b(), allow_session_tags=True), "policy")
    assert changed["policy_json"] == made["policy_json"]
    held = role(inline_policies={"AssumeDaxRolePolicy": made["policy_json"]})
    assert args(plan(built_b(role=held), allow_session_tags=True), "policy") == []
