# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.ownership import registered_consumers
from ansible_collections.dax.cross_account.plugins.module_utils.common.policies import trusted_principals
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    CLUSTER_ARN,
    CONSUMER,
    KEY,
    MARK,
    ROLE_B,
    STRANGER,
    consumer,
    trust,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_a.planning import (
    NAME,
    OTHER,
    POLICY,
    REGISTER,
    ROLE_C,
    actions,
    args,
    changed_role,
    plan_joined,
    role,
    role_after,
)

TRUST_CHANGED = ("change", f"role:{NAME}#trust_policy")


@pytest.mark.parametrize(
    ("current", "expected", "conflict"),
    [
        pytest.param(None, [], "", id="missing"),
        pytest.param(role(), [("remove", f"role:{NAME}")], "", id="owned"),
        pytest.param(role(trust("AROAEXAMPLEID")), [("remove", f"role:{NAME}")], "", id="owned, principal deleted"),
        pytest.param(role(inline_policies={}), [("remove", f"role:{NAME}")], "", id="owned, without its policy"),
        pytest.param(
            role(STRANGER, trust(ROLE_B)),
            [TRUST_CHANGED, ("remove", f"policy:{NAME}/{POLICY}")],
            "",
            id="owned, used by others",
        ),
        pytest.param(
            role(STRANGER, trust(ROLE_B), tags={REGISTER: ROLE_B}),
            [TRUST_CHANGED, ("remove", f"policy:{NAME}/{POLICY}")],
            "",
            id="adopted",
        ),
        pytest.param(
            role(inline_policies={"DaxCrossAccountPolicy": {}, "Theirs": {}}),
            [],
            "Theirs",
            id="holds an unmanaged policy",
        ),
    ],
)
def test_the_removal_of_the_role(
    current: dict[str, Any] | None, expected: list[tuple[str, str]], conflict: str
) -> None:
    result = plan_joined(consumer(), facts={"role": current}, state="absent")
    assert actions(result, "role", "policy") == [*expected, *([("conflict", f"role:{NAME}")] if conflict else [])]
    assert [line for line in result["conflicts"] if conflict not in line] == []
    after = role_after(result, current) if "role" in result["writes"] else None
    assert (after is not None) is (TRUST_CHANGED in expected)
    if after:
        assert after["trust"]["Statement"] == [STRANGER]
        assert [key for key in after["tags"] if key.startswith("dax.cross_account")] == []
        assert (after["inline_policies"], after["description"]) == ({}, "")


def test_managed_policies_that_are_detached_with_the_role_are_reported() -> None:
    result = plan_joined(
        consumer(), facts={"role": role(attached_policies=["arn:aws:iam::aws:policy/X"])}, state="absent"
    )
    assert any("detaches arn:aws:iam::aws:policy/X" in line for line in result["lines"])


def test_the_calls_that_remove_and_that_withdraw() -> None:
    leaving = {"state": "absent", "name": NAME, "cluster_arn": CLUSTER_ARN, "removing": [KEY], "policies": [POLICY]}
    leaving["known"] = [ROLE_B]
    owned = plan_joined(consumer(), facts={"role": role()}, state="absent")
    assert args(owned, "role") == [{**leaving, "delete": True, "retry_seconds": 0}]
    used = role(STRANGER, trust(ROLE_B), path="/x/", max_session_duration=7200)
    result = plan_joined(consumer(), facts={"role": used}, state="absent")
    assert args(result, "role") == [{**leaving, "retry_seconds": 0}]
    assert {"policy"}.isdisjoint({**owned["writes"], **result["writes"]})


def test_an_adopted_role_that_trusts_nobody_else_keeps_its_trust_policy() -> None:
    adopted = role(tags={REGISTER: ROLE_B, "Owner": "x"})
    result = plan_joined(consumer(), facts={"role": adopted}, state="absent")
    assert actions(result, "role", "policy") == [
        ("warning", f"role:{NAME}"),
        TRUST_CHANGED,
        ("remove", f"policy:{NAME}/{POLICY}"),
    ]
    after = changed_role(result, adopted)
    assert (after["trust"], after["tags"], after["inline_policies"]) == (adopted["trust"], {"Owner": "x"}, {})


@pytest.mark.parametrize("also", [(), (STRANGER,)], ids=["the role would go", "the role would stay"])
def test_a_consumer_that_comes_meanwhile_keeps_all_that_it_needs(also: tuple[dict[str, Any], ...]) -> None:
    planned = role(*also, trust(ROLE_B))
    result = plan_joined(consumer(), facts={"role": planned}, state="absent")
    meanwhile = role(*also, trust(ROLE_B, ROLE_C))
    meanwhile["tags"][f"{CONSUMER}:{OTHER}"] = ROLE_C
    after = changed_role(result, meanwhile)
    assert trusted_principals(after["trust"]) == {ROLE_C: None}
    assert registered_consumers(after["tags"]) == {OTHER: ROLE_C}
    assert (after["inline_policies"], MARK in after["tags"]) == (meanwhile["inline_policies"], True)


def test_a_statement_of_others_that_comes_meanwhile_keeps_the_role() -> None:
    result = plan_joined(consumer(), facts={"role": role()}, state="absent")
    after = changed_role(result, role(trust(ROLE_B), STRANGER))
    assert (after["trust"]["Statement"], after["tags"], after["inline_policies"]) == ([STRANGER], {}, {})
