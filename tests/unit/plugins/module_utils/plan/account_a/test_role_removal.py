# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    ROLE_B,
    STRANGER,
    consumer,
    policy,
    trust,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_a.planning import (
    NAME,
    POLICY,
    REGISTER,
    actions,
    args,
    plan_joined,
    role,
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
    for write in args(result, "role"):
        if write["state"] == "present":
            assert write["assume_role_policy_document"]["Statement"] == [STRANGER]
            assert [key for key in write["tags"] if key.startswith("dax.cross_account")] == []


def test_managed_policies_that_are_detached_with_the_role_are_reported() -> None:
    result = plan_joined(
        consumer(), facts={"role": role(attached_policies=["arn:aws:iam::aws:policy/X"])}, state="absent"
    )
    assert any("detaches arn:aws:iam::aws:policy/X" in line for line in result["lines"])


def test_the_calls_that_remove_and_that_withdraw() -> None:
    nothing_else = {"purge_policies": False, "create_instance_profile": False, "delete_instance_profile": False}
    owned = plan_joined(consumer(), facts={"role": role()}, state="absent")
    assert args(owned, "role") == [{"state": "absent", "name": NAME, **nothing_else}]
    assert "policy" not in owned["writes"]
    used = role(STRANGER, trust(ROLE_B), path="/x/", max_session_duration=7200)
    result = plan_joined(consumer(), facts={"role": used}, state="absent")
    assert args(result, "role") == [
        {
            "state": "present",
            "name": NAME,
            "path": "/x/",
            "assume_role_policy_document": policy(STRANGER),
            "max_session_duration": 7200,
            "boundary": "",
            "tags": {},
            **nothing_else,
        }
    ]
    removal = {"state": "absent", "iam_type": "role", "iam_name": NAME, "policy_name": POLICY}
    assert args(result, "policy") == [removal]


def test_an_adopted_role_that_trusts_nobody_else_keeps_its_trust_policy() -> None:
    adopted = role(tags={REGISTER: ROLE_B, "Owner": "x"})
    result = plan_joined(consumer(), facts={"role": adopted}, state="absent")
    assert actions(result, "role", "policy") == [
        ("warning", f"role:{NAME}"),
        TRUST_CHANGED,
        ("remove", f"policy:{NAME}/{POLICY}"),
    ]
    [write] = args(result, "role")
    assert (write["assume_role_policy_document"], write["tags"]) == (adopted["trust"], {"Owner": "x"})
