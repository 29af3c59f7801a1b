# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles and policies under names that are no longer wanted: over whole runs of account A's side, and in its plan."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.ownership import registered_consumers
from ansible_collections.dax.cross_account.plugins.module_utils.common.policies import dax_policy, trusted_principals
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_a.owners import Owner
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_a.planning import (
    NAME,
    POLICY,
    actions,
    plan_joined,
    role,
    role_after,
)


def roles(owner: Owner) -> dict[str, set[str]]:
    """The roles that are there, and the names of the roles that each of them trusts by our statements."""
    found = [owner.a["role"], *owner.a["other_roles"]]
    return {
        item["role_name"]: {arn.rsplit("/", 1)[1] for arn in trusted_principals(item["trust"])}
        for item in found
        if item
    }


def own(name: str, prefix: str = "Role-orders") -> str:
    return f"{prefix}-{build.B}-{name}"


CHANGES: list[Any] = [
    pytest.param({"role_name": "New"}, {"New": {"web", "app"}}, id="renamed"),
    pytest.param({"role_name": "New", "role_path": "/x/"}, {"New": {"web", "app"}}, id="renamed, with another path"),
    pytest.param({"role_per_consumer": True}, {own("web"): {"web"}, own("app"): {"app"}}, id="one for each"),
    pytest.param(
        {"role_per_consumer": True, "role_name": "New"},
        {own("web", "New"): {"web"}, own("app", "New"): {"app"}},
        id="one for each, renamed",
    ),
]


@pytest.mark.parametrize(("changed", "expected"), CHANGES)
@pytest.mark.parametrize("back", [False, True], ids=["there", "and back"])
def test_a_role_under_another_name_takes_the_place_of_the_old_one(
    changed: dict[str, Any], expected: dict[str, set[str]], back: bool
) -> None:
    owner = Owner()
    documents = [owner.document(name) for name in ("web", "app")]
    before = {name: owner.variables_a.get(name) for name in changed}
    plain = {"role_name": "Role-orders", "role_path": "/", "role_per_consumer": False}
    owner.run(*documents)
    owner.run(*documents, **changed)
    assert roles(owner) == expected
    assert owner.written[-1] == "a.leftovers"
    assert owner.run(*documents) == []
    if back:
        owner.run(*documents, **{name: plain[name] for name in before})
        assert roles(owner) == {"Role-orders": {"web", "app"}}
        assert owner.run(*documents) == []
    owner.run(*documents, state="absent")
    assert roles(owner) == {}


@pytest.mark.parametrize(("changed", "expected"), CHANGES)
def test_an_old_role_stays_for_exactly_the_consumers_that_are_not_in_this_run(
    changed: dict[str, Any], expected: dict[str, set[str]]
) -> None:
    owner = Owner()
    web, app = (owner.document(name) for name in ("web", "app"))
    owner.run(web, app)
    owner.run(web, **changed)
    new = next(name for name in expected if name in ("New", own("web"), own("web", "New")))
    assert roles(owner) == {"Role-orders": {"app"}, new: {"web"}}
    (old,) = [item for item in (owner.a["role"], *owner.a["other_roles"]) if item["role_name"] == "Role-orders"]
    assert list(registered_consumers(old["tags"])) == [f"{build.B}/app"]
    kept = f"= keep role Role-orders (used by consumer {build.B}/app, not in this run)"
    assert kept in owner.lines(web)
    assert owner.run(web) == []
    # Once it is part of a run, or loses access, nothing holds the old role any more.
    owner.run(web, app)
    assert roles(owner) == expected
    owner.run(web, prune=True)
    assert {arn for named in roles(owner).values() for arn in named} == {"web"}


@pytest.mark.parametrize("documents", [(), ("app",), ("app", "web")], ids=["prune", "one, and prune", "all"])
def test_a_teardown_removes_roles_of_all_names(documents: tuple[str, ...]) -> None:
    owner = Owner()
    web, app = (owner.document(name) for name in ("web", "app"))
    owner.run(web, app)
    owner.run(web, role_name="New")
    owner.run(*(owner.document(name) for name in documents), state="absent", prune=len(documents) < 2)
    assert roles(owner) == {}


@pytest.mark.parametrize("access", ["read_only", "read_write"])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_policy_under_another_name_goes_in_the_same_run(access: str, state: str) -> None:
    owner = Owner()
    app = owner.document("app")
    owner.run(app)
    changed = {"policy_name": "New", "access": access}
    why = "(it is New now, dax_account_a_policy_name)"
    if state == "present":
        assert f"- remove policy {POLICY} of role Role-orders {why}" in owner.lines(app, **changed)
    owner.run(app, state=state, **changed)
    if state == "absent":
        assert roles(owner) == {}
        return
    assert owner.a["role"]["inline_policies"] == {"New": dax_policy(build.CLUSTER_ARN, access)}
    assert owner.run(app) == []


STATEMENT = dax_policy(build.CLUSTER_ARN, "read_only")["Statement"][0]


@pytest.mark.parametrize(
    ("statement", "ours"),
    [
        pytest.param(STATEMENT, True, id="as we write it"),
        pytest.param({**STATEMENT, "Sid": "X", "Action": "dax:*"}, True, id="all of DAX"),
        pytest.param({**STATEMENT, "Resource": [build.CLUSTER_ARN]}, True, id="in a list"),
        pytest.param({**STATEMENT, "Resource": "*"}, False, id="all clusters"),
        pytest.param({**STATEMENT, "Resource": [build.CLUSTER_ARN, f"{build.CLUSTER_ARN}2"]}, False, id="two clusters"),
        pytest.param({**STATEMENT, "Action": ["dax:GetItem", "s3:GetObject"]}, False, id="of another service too"),
        pytest.param({**STATEMENT, "Effect": "Deny"}, False, id="denies"),
        pytest.param({**STATEMENT, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}, False, id="conditional"),
        pytest.param({"Effect": "Allow", "NotAction": "iam:*", "Resource": build.CLUSTER_ARN}, False, id="all but"),
    ],
)
def test_what_policy_is_ours(statement: dict[str, Any], ours: bool) -> None:
    policies = {POLICY: dax_policy(build.CLUSTER_ARN, "read_write"), "Old": build.policy(statement)}
    facts = {"role": role(inline_policies=policies)}
    removal = [("remove", f"policy:{NAME}/Old")] if ours else []
    assert actions(plan_joined(build.consumer(), facts=facts), "leftovers") == removal
    gone = plan_joined(build.consumer(), facts=facts, state="absent")
    assert [line for line in gone["conflicts"] if "Old" in line] == gone["conflicts"]
    assert bool(gone["conflicts"]) is not ours


def test_a_policy_of_the_users_own_role_is_named_and_stays() -> None:
    adopted = role(tags={}, inline_policies={**role()["inline_policies"], "Old": build.policy(STATEMENT)})
    result = plan_joined(build.consumer(), facts={"role": adopted})
    assert actions(result, "leftovers") == [("keep", f"policy:{NAME}/Old")]


def test_an_old_role_with_policies_of_others_stays_and_grants_nothing_of_ours() -> None:
    policies = {**role()["inline_policies"], "Reports": build.policy()}
    old = role(role_name="Old", inline_policies=policies)
    result = plan_joined(build.consumer(), facts={"other_roles": [old]})
    assert result["conflicts"] == []
    assert actions(result, "leftovers") == [("keep", "role:Old"), ("remove", f"policy:Old/{POLICY}")]
    [conflict] = plan_joined(build.consumer(), facts={"other_roles": [old]}, state="absent")["conflicts"]
    assert conflict.startswith("role Old: ") and "Reports" in conflict


def test_an_old_role_that_others_use_stays_for_them() -> None:
    old = role(build.STRANGER, build.trust(build.ROLE_B), role_name="Old")
    result = plan_joined(build.consumer(), facts={"other_roles": [old]})
    assert actions(result, "leftovers") == [("change", "role:Old#trust_policy"), ("remove", f"policy:Old/{POLICY}")]
    after = role_after(result, old, "leftovers")
    assert after is not None and after["trust"] == build.policy(build.STRANGER)
    assert after["inline_policies"] == {}


@pytest.mark.parametrize(
    ("found", "options", "refused"),
    [
        pytest.param(role(path="/old/"), {}, "path /old/, not /", id="another path"),
        pytest.param(role(path="/old/"), {"role_path": "/old/"}, "", id="the path that it has"),
        pytest.param(role(path="/old/", tags={}), {}, "", id="adopted, with any path"),
    ],
)
def test_the_path_of_a_role_of_ours_stays(found: dict[str, Any], options: dict[str, Any], refused: str) -> None:
    conflicts = plan_joined(build.consumer(), facts={"role": found}, **options)["conflicts"]
    assert [
        line for line in conflicts if refused and refused in line and "dax_account_a_role_path" in line
    ] == conflicts
    assert bool(conflicts) is bool(refused)
    assert plan_joined(build.consumer(), facts={"role": found}, state="absent", **options)["conflicts"] == []


def test_a_name_that_differs_in_case_only_is_refused() -> None:
    facts = {"role_names_alike": ["daxcrossaccountROLE"]}
    [conflict] = plan_joined(build.consumer(), facts=facts)["conflicts"]
    assert "dax_account_a_role_name" in conflict and "in case only" in conflict
    assert plan_joined(build.consumer(), facts=facts, state="absent")["conflicts"] == []


def test_the_description_marks_a_role_of_ours_alone() -> None:
    older = plan_joined(build.consumer(), facts={"role": role(description="")})
    assert actions(older, "role") == [("change", f"role:{NAME}")]
    [call] = older["writes"]["role"]
    assert call["args"]["settings"]["description"] == f"dax.cross_account: {build.CLUSTER_ARN}"
    adopted = plan_joined(build.consumer(), facts={"role": role(tags={}, description="theirs")})
    assert [call["args"].get("settings") for call in adopted["writes"].get("role", [])] in ([], [None])
