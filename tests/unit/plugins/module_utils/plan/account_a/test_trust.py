# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Statements of others that name somebody who was deleted: IAM saves no such policy."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    ROLE_B,
    STRANGER,
    consumer,
    trust,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_a.planning import (
    NAME,
    REGISTER,
    ROLE_C,
    changed_role,
    plan_joined,
    role,
)

DEAD_ROLE, DEAD_USER = "AROAEXAMPLEEXAMPLE123", "AIDAEXAMPLEEXAMPLE456"


def theirs(principal: Any, **more: Any) -> dict[str, Any]:
    return {**STRANGER, "Principal": principal, **more}


# What a statement of somebody else looks like: how the line names it, and whom.
DEAD = [
    pytest.param([theirs({"AWS": DEAD_ROLE}, Sid="Theirs")], "Theirs", DEAD_ROLE, id="a role"),
    pytest.param([theirs({"AWS": [ROLE_C, DEAD_USER]}, Sid="Theirs")], "Theirs", DEAD_USER, id="one of a list"),
    pytest.param([theirs({"AWS": DEAD_USER}, Sid="")], "1", DEAD_USER, id="without a Sid: its number"),
    pytest.param([STRANGER, theirs({"AWS": DEAD_ROLE}, Sid="")], "2", DEAD_ROLE, id="the second"),
    pytest.param(
        [{"Effect": "Deny", "NotPrincipal": {"AWS": DEAD_ROLE}, "Action": "sts:AssumeRole"}], "1", DEAD_ROLE, id="not"
    ),
    pytest.param(
        [theirs({"AWS": [DEAD_ROLE, DEAD_USER]}, Sid="Theirs")], "Theirs", f"{DEAD_ROLE}, {DEAD_USER}", id="two"
    ),
]
ALIVE = [
    pytest.param([STRANGER], id="somebody"),
    pytest.param([theirs({"Service": "ec2.amazonaws.com"})], id="a service"),
    pytest.param([theirs("*")], id="everybody"),
    pytest.param([theirs({"Federated": "arn:aws:iam::111111111111:saml-provider/AROA"})], id="a provider"),
]
# Runs that have to save the trust policy, by what they differ in.
SAVED: list[Any] = [
    pytest.param([], {}, id="a consumer comes"),
    pytest.param([trust(DEAD_ROLE)], {}, id="our own statement is corrected"),
    pytest.param([trust(ROLE_B)], {"session_name_pattern": "dax-*"}, id="a condition comes"),
    pytest.param([trust(ROLE_B)], {"state": "absent"}, id="our statement goes"),
]


def planned(ours: list[dict[str, Any]], others: list[dict[str, Any]], options: dict[str, Any]) -> dict[str, Any]:
    return plan_joined(consumer(), facts={"role": role(*others, *ours, tags={REGISTER: ROLE_B})}, **options)


@pytest.mark.parametrize(("others", "statement", "ids"), DEAD)
@pytest.mark.parametrize(("ours", "options"), SAVED)
def test_a_policy_that_iam_would_not_save_is_refused(
    ours: list[Any], options: dict[str, Any], others: list[Any], statement: str, ids: str
) -> None:
    result = planned(ours, others, options)
    assert result["conflicts"] == [
        f"trust policy of role {NAME}: its statement {statement} names {ids}, which was deleted, and IAM saves no "
        "policy that does; take it out there, or give another dax_account_a_role_name"
    ]
    assert result["writes"] == {}


@pytest.mark.parametrize(("others", "statement", "ids"), DEAD)
def test_a_policy_that_need_not_be_saved_is_nobodys_business(others: list[Any], statement: str, ids: str) -> None:
    result = planned([trust(ROLE_B)], others, {})
    assert (result["conflicts"], "role" in result["writes"]) == ([], False)


@pytest.mark.parametrize("others", ALIVE)
@pytest.mark.parametrize(("ours", "options"), SAVED)
def test_statements_of_others_are_no_obstacle(ours: list[Any], options: dict[str, Any], others: list[Any]) -> None:
    result = planned(ours, others, options)
    assert (result["conflicts"], "role" in result["writes"]) == ([], True)


@pytest.mark.parametrize("external_id", ["", "of-the-owner"])
def test_session_tags_come_and_go(external_id: str) -> None:
    options = {"external_id": external_id}
    plain = plan_joined(consumer(), facts={"role": None}, **options)
    tagged = plan_joined(consumer(), facts={"role": None}, allow_session_tags=True, **options)
    trusts = [changed_role(result)["trust"] for result in (plain, tagged)]
    assert [item["Sid"] for item in trusts[1]["Statement"]] == ["DaxCrossAccount", "DaxCrossAccountTags"]
    for wish, current in ((False, trusts[1]), (True, trusts[0])):
        found = {**role(tags={REGISTER: ROLE_B}), "trust": current}
        result = plan_joined(consumer(), facts={"role": found}, allow_session_tags=wish, **options)
        assert changed_role(result, found)["trust"] == trusts[wish]
        found = {**found, "trust": trusts[wish]}
        again = plan_joined(consumer(), facts={"role": found}, allow_session_tags=wish, **options)
        assert "role" not in again["writes"]
