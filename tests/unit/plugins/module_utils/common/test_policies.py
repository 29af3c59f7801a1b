# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.policy import compare_policies
from ansible_collections.dax.cross_account.plugins.module_utils.common import policies
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import STRANGER, policy, trust

ONE, TWO, THREE = (f"arn:aws:iam::{digit * 12}:role/AssumeDaxRole" for digit in "234")
EXTERNAL = {"StringEquals": {"sts:ExternalId": "x"}}


@pytest.mark.parametrize(
    ("current", "desired", "same"),
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
def test_same_policy(current: dict[str, Any] | None, desired: dict[str, Any] | None, same: bool) -> None:
    assert policies.same_policy(current, desired) is same


def test_policies_of_no_version_are_of_the_oldest() -> None:
    bare = {"Statement": [trust(ONE)]}
    assert policies.same_policy(bare, {"Version": "2008-10-17", **bare})
    assert not policies.same_policy(bare, policy(trust(ONE)))


# Of each list one element, a list of some, or a wildcard; all written in ways that IAM itself uses.
ACCOUNT = "2" * 12
CHOICES: dict[str, list[Any]] = {
    "Sid": ["One", "Two"],
    "Effect": ["Allow", "Deny"],
    "Action": ["sts:AssumeRole", "sts:TagSession", "sts:*", "*"],
    "Resource": ["arn:aws:iam::222222222222:role/x", "*"],
    "AWS": [ONE, TWO, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", int(ACCOUNT), "*"],
    "Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"],
    "Condition": ["x", "true", True, False, "1", 1],
}


def some(dice: random.Random, kind: str) -> Any:
    """One of the choices, alone or in a list, or several different ones in any order."""
    found = dice.sample(CHOICES[kind], dice.choice([1, 1, 2]))
    return found[0] if len(found) == 1 and dice.random() < 0.5 else found


def principal(dice: random.Random) -> Any:
    kinds = dice.sample(["AWS", "Service"], dice.choice([1, 1, 2]))
    return "*" if dice.random() < 0.2 else {kind: some(dice, kind) for kind in kinds}


def statement(dice: random.Random) -> dict[str, Any]:
    found: dict[str, Any] = {"Effect": dice.choice(CHOICES["Effect"]), "Action": some(dice, "Action")}
    if dice.random() < 0.3:
        found["Sid"] = dice.choice(CHOICES["Sid"])
    if dice.random() < 0.5:
        found[dice.choice(["Principal", "NotPrincipal"])] = principal(dice)
    else:
        found["Resource"] = some(dice, "Resource")
    if dice.random() < 0.4:
        operators = dice.sample(["StringEquals", "Bool", "NumericEquals"], dice.choice([1, 2]))
        found["Condition"] = {operator: {"aws:key": some(dice, "Condition")} for operator in operators}
    return found


def document(dice: random.Random) -> dict[str, Any]:
    found = [statement(dice) for _number in range(dice.choice([1, 1, 2]))]
    versions = [{}, {"Version": "2008-10-17"}, {"Version": "2012-10-17"}]
    return {**dice.choice(versions), "Statement": found[0] if len(found) == 1 and dice.random() < 0.3 else found}


ANYBODY: list[Any] = ["*", {"AWS": "*"}]
ROOT: list[Any] = [ACCOUNT, int(ACCOUNT), f"arn:aws:iam::{ACCOUNT}:root"]


def rewritten(dice: random.Random, value: Any, key: str = "") -> Any:
    """The same part of a policy, written in another way."""
    if key in ("Principal", "NotPrincipal") and value in ANYBODY:
        return dice.choice(ANYBODY)
    if isinstance(value, dict):
        items = [(name, rewritten(dice, item, name)) for name, item in dice.sample(list(value.items()), len(value))]
        return [dict(items)] if key == "Statement" and dice.random() < 0.5 else dict(items)
    if isinstance(value, list):
        items = [rewritten(dice, item) for item in dice.sample(value, len(value))]
        return items[0] if len(items) == 1 and dice.random() < 0.5 else items
    if value in ROOT:
        return dice.choice(ROOT)
    if isinstance(value, bool):
        return dice.choice([value, str(value).lower()])
    if isinstance(value, int):
        return dice.choice([value, str(value)])
    return [value] if key in CHOICES and key not in ("Sid", "Effect") and dice.random() < 0.5 else value


def altered(dice: random.Random, policy: dict[str, Any]) -> dict[str, Any]:
    """The policy with one statement's key given anew, which may come out as it was."""
    found: dict[str, Any] = copy.deepcopy(policy)
    first = found["Statement"][0] if isinstance(found["Statement"], list) else found["Statement"]
    other = statement(dice)
    key = dice.choice(sorted(other))
    first[key] = other[key]
    return found


def doubled(value: Any) -> bool:
    """Return whether a list names the same twice, as the account's id and the ARN of its root."""
    if isinstance(value, dict):
        return any(map(doubled, value.values()))
    if not isinstance(value, list):
        return False
    texts = [ACCOUNT if item in ROOT else json.dumps(item, sort_keys=True).strip('"') for item in value]
    return len(set(texts)) < len(texts) or any(map(doubled, value))


@pytest.mark.parametrize("seed", range(30))
def test_the_comparison_is_that_of_amazon_aws(seed: int) -> None:
    """Of 3000 pairs; only lists that name the same twice are left out, see the known differences."""
    dice = random.Random(seed)
    verdicts: list[bool] = []
    while len(verdicts) < 100:
        one = document(dice)
        other = dice.choice([rewritten(dice, one), rewritten(dice, altered(dice, one)), document(dice)])
        if doubled(one) or doubled(other):
            continue
        verdicts.append(policies.same_policy(one, other))
        assert verdicts[-1] is not compare_policies(one, other), (one, other)
    assert {True, False} == set(verdicts)


@pytest.mark.parametrize("seed", range(10))
def test_a_policy_written_in_another_way_is_the_same(seed: int) -> None:
    dice = random.Random(seed)
    for _pair in range(100):
        one = document(dice)
        assert policies.same_policy(one, rewritten(dice, one)), one


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param({"Action": ["a:B", "a:B"]}, {"Action": "a:B"}, True, id="doubles do not count"),
        pytest.param(
            {"Principal": {"AWS": [ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root"]}},
            {"Principal": {"AWS": ACCOUNT}},
            True,
            id="the same account twice",
        ),
        pytest.param(
            {"Principal": {"AWS": f"arn:aws-cn:iam::{ACCOUNT}:root"}},
            {"Principal": {"AWS": ACCOUNT}},
            True,
            id="the root of another partition",
        ),
        pytest.param({"Condition": {"x": 1.5}}, {"Condition": {"x": 2.5}}, False, id="fractions"),
    ],
)
def test_known_differences_from_amazon_aws(one: dict[str, Any], other: dict[str, Any], same: bool) -> None:
    documents = policy({"Effect": "Allow", **one}), policy({"Effect": "Allow", **other})
    assert policies.same_policy(*documents) is same
    assert compare_policies(*documents) is same


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
    [tagging] = policies.assume_role_policy("arn:role", session_tags=True)["Statement"]
    assert tagging == {**expected, "Action": ["sts:AssumeRole", "sts:TagSession"]}


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


TAG_SESSION = {"Sid": "DaxCrossAccountTags", "Effect": "Allow", "Action": "sts:TagSession"}


@pytest.mark.parametrize(
    ("principals", "named"),
    [
        pytest.param({ONE: None}, ONE, id="one"),
        pytest.param({TWO: "x", ONE: None}, [ONE, TWO], id="all of them, with and without external ids"),
    ],
)
def test_session_tags_are_a_statement_of_their_own(principals: dict[str, str | None], named: Any) -> None:
    """It has no condition, and does not change what is known of the consumers' external ids."""
    with_tags = policies.merged_trust(policy(STRANGER), principals, session_tags=True)
    assert policies.statements(with_tags)[-1] == {**TAG_SESSION, "Principal": {"AWS": named}}
    assert policies.trusted_principals(with_tags) == principals
    assert policies.foreign_statements(with_tags) == [STRANGER]
    without = policies.merged_trust(with_tags, principals)
    assert without == policies.merged_trust(policy(STRANGER), principals)


def test_nobody_is_let_in_by_session_tags_alone() -> None:
    assert policies.merged_trust(None, {}, session_tags=True) is None


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
