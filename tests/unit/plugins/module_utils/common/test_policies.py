# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import random
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common import policies
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import STRANGER, policy, trust

ONE, TWO, THREE = (f"arn:aws:iam::{digit * 12}:role/AssumeDaxRole" for digit in "234")
EXTERNAL = {"StringEquals": {"sts:ExternalId": "x"}}


@pytest.mark.parametrize(
    ("current", "wanted", "same"),
    [
        pytest.param(None, None, True, id="none and none"),
        pytest.param(None, policy(trust(ONE)), False, id="none and one"),
        pytest.param(policy(trust(ONE)), None, False, id="one and none"),
        pytest.param(policy(trust(ONE)), policy(trust(ONE)), True, id="equal"),
        pytest.param(policy(trust(ONE, TWO)), policy(trust(TWO, ONE)), True, id="order of principals"),
        pytest.param(
            policy({**trust(ONE), "Action": ["sts:AssumeRole"], "Principal": {"AWS": [ONE]}}),
            policy(trust(ONE)),
            True,
            id="lists of one element",
        ),
        pytest.param(policy(STRANGER, trust(ONE)), policy(trust(ONE), STRANGER), True, id="order of statements"),
        pytest.param(policy(trust(ONE)), policy(trust(ONE, TWO)), False, id="another principal"),
        pytest.param(policy(trust(ONE)), policy(trust(ONE, condition=EXTERNAL)), False, id="condition"),
        pytest.param(policy(trust(ONE)), policy({**trust(ONE), "Effect": "Deny"}), False, id="effect"),
    ],
)
def test_same_policy(current: dict[str, Any] | None, wanted: dict[str, Any] | None, same: bool) -> None:
    assert policies.same_policy(current, wanted) is same


NINE = {
    "dax:GetItem",
    "dax:PutItem",
    "dax:ConditionCheckItem",
    "dax:BatchGetItem",
    "dax:BatchWriteItem",
    "dax:DeleteItem",
    "dax:Query",
    "dax:UpdateItem",
    "dax:Scan",
}


@pytest.mark.parametrize(
    ("access", "actions"),
    [("read_write", NINE), ("read_only", {"dax:GetItem", "dax:BatchGetItem", "dax:Query", "dax:Scan"})],
)
def test_what_the_role_may_do_on_the_cluster(access: str, actions: set[str]) -> None:
    statement = policies.dax_policy("arn:cluster", access)["Statement"][0]
    assert (set(statement["Action"]), statement["Resource"], statement["Effect"]) == (actions, "arn:cluster", "Allow")


def test_what_the_consumers_role_may_do() -> None:
    expected = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:role"}
    assert policies.assume_role_policy("arn:role")["Statement"] == [expected]


EC2 = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.mark.parametrize(
    ("document", "trusted"),
    [
        pytest.param(policies.service_trust("ec2.amazonaws.com"), True, id="ours"),
        pytest.param(policy({**EC2, "Principal": {"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}}), True),
        pytest.param(policy({**EC2, "Action": ["sts:TagSession", "sts:AssumeRole"]}), True, id="several actions"),
        pytest.param(policy({**EC2, "Action": "sts:TagSession"}, EC2), True, id="the second statement"),
        pytest.param(policy({**EC2, "Action": "sts:*"}), True, id="all actions of STS"),
        pytest.param(policy({**EC2, "Action": "*"}), True, id="all actions"),
        pytest.param(policy({**EC2, "Action": "sts:TagSession"}), False, id="another action"),
        pytest.param(policy({**EC2, "Effect": "Deny"}), False, id="denied"),
        pytest.param(policy({**EC2, "Principal": {"Service": "lambda.amazonaws.com"}}), False, id="another service"),
        pytest.param(policy({**EC2, "Principal": "*"}), False, id="anybody is no service"),
        pytest.param({}, False, id="nothing"),
    ],
)
def test_trusts_service(document: dict[str, Any], trusted: bool) -> None:
    assert policies.trusts_service(document, "ec2.amazonaws.com") is trusted


def test_a_new_trust_policy_names_exactly_the_consumers() -> None:
    assert policies.merged_trust(None, {ONE: None})["Statement"] == [trust(ONE)]  # type: ignore[index]
    assert policies.merged_trust(None, {TWO: None, ONE: None})["Statement"] == [trust(ONE, TWO)]  # type: ignore[index]


def test_consumers_with_an_external_id_have_a_statement_of_their_own() -> None:
    merged = policies.merged_trust(None, {ONE: "x", TWO: None, THREE: "x"})
    assert merged is not None
    with_id = trust(ONE, THREE, sid="DaxCrossAccount1", condition=EXTERNAL)
    assert merged["Statement"] == [trust(TWO), with_id]
    assert policies.trusted_principals(merged) == {ONE: "x", TWO: None, THREE: "x"}


def test_a_pattern_for_session_names_goes_with_the_external_id() -> None:
    merged = policies.merged_trust(None, {ONE: "x", TWO: None}, "dax-*")
    assert merged is not None
    pattern = {"StringLike": {"sts:RoleSessionName": "dax-*"}}
    assert [item["Condition"] for item in merged["Statement"]] == [pattern, {**EXTERNAL, **pattern}]


def test_strangers_statements_stay_as_they_are() -> None:
    current = {"Version": "2008-10-17", "Id": "theirs", **policy(STRANGER, trust(TWO))}
    merged = policies.merged_trust(current, {ONE: None})
    assert merged == {**current, "Version": "2012-10-17", "Statement": [STRANGER, trust(ONE)]}
    assert policies.merged_trust(current, {}) == {**current, "Version": "2012-10-17", "Statement": [STRANGER]}
    assert policies.foreign_statements(current) == [STRANGER]


def test_one_statement_that_is_not_in_a_list() -> None:
    current = {"Version": "2012-10-17", "Statement": STRANGER}
    merged = policies.merged_trust(current, {ONE: None})
    assert merged is not None
    assert merged["Statement"] == [STRANGER, trust(ONE)]


@pytest.mark.parametrize("sid", ["DaxCrossAccountRole", "DaxCrossAccountOldGrant", "Dax", "daxcrossaccount", None])
def test_a_sid_that_only_begins_like_ours_is_a_strangers(sid: str | None) -> None:
    theirs = {**trust(TWO), "Sid": sid} if sid else {key: value for key, value in trust(TWO).items() if key != "Sid"}
    assert policies.foreign_statements(policy(theirs)) == [theirs]
    assert policies.trusted_principals(policy(theirs)) == {}


def test_nothing_left_is_no_policy() -> None:
    assert policies.merged_trust(policy(trust(ONE)), {}) is None
    assert policies.merged_trust(None, {}) is None


@pytest.mark.parametrize(
    ("statement", "principals"),
    [
        pytest.param({"Principal": {"AWS": ONE}}, {ONE: None}, id="one"),
        pytest.param({"Principal": {"AWS": [ONE, TWO]}}, {ONE: None, TWO: None}, id="two"),
        pytest.param({"Principal": "*"}, {"*": None}, id="anybody"),
        pytest.param({"Principal": {"Service": "ec2.amazonaws.com"}}, {}, id="a service"),
        pytest.param({}, {}, id="nobody"),
        pytest.param({"Principal": {"AWS": ONE}, "Condition": EXTERNAL}, {ONE: "x"}, id="external id"),
        pytest.param(
            {"Principal": {"AWS": ONE}, "Condition": {"StringEquals": {"sts:ExternalId": ["x"]}}},
            {ONE: "x"},
            id="external id in a list",
        ),
        pytest.param({"Principal": {"AWS": ONE}, "Condition": {"Bool": {"a": "b"}}}, {ONE: None}, id="other condition"),
    ],
)
def test_whom_our_statements_name(statement: dict[str, Any], principals: dict[str, str | None]) -> None:
    document = policy({"Sid": "DaxCrossAccount", "Effect": "Allow", "Action": "sts:AssumeRole", **statement})
    assert policies.trusted_principals(document) == principals
    merged = policies.merged_trust(document, policies.trusted_principals(document))
    assert policies.trusted_principals(merged) == principals


@pytest.mark.parametrize(
    ("principal", "dead"),
    [
        ("AROAEXAMPLEID1234567", True),
        ("AIDAEXAMPLEID1234567", True),
        (ONE, False),
        ("*", False),
        ("222222222222", False),
    ],
)
def test_the_id_of_somebody_deleted(principal: str, dead: bool) -> None:
    assert policies.dead_principals([principal]) == ([principal] if dead else [])


def test_white_space_does_not_count_against_the_quota() -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Action": ["a", "b"]}]}
    assert policies.policy_size(document) == len('{"Version":"2012-10-17","Statement":[{"Action":["a","b"]}]}')


@pytest.mark.parametrize("seed", range(40))
def test_strangers_survive_any_coming_and_going(seed: int) -> None:
    dice = random.Random(seed)
    theirs = [{**STRANGER, "Sid": f"S{number}"} for number in range(dice.randrange(4))]
    current: dict[str, Any] | None = policy(*theirs) if theirs else None
    for _run in range(6):
        arns = dice.sample([ONE, TWO, THREE], dice.randrange(4))
        wanted = {arn: dice.choice([None, "x", "y"]) for arn in arns}
        current = policies.merged_trust(current, wanted)
        assert policies.foreign_statements(current) == theirs
        assert policies.trusted_principals(current) == wanted
        assert policies.merged_trust(current, wanted) == current
