# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The evaluator of IAM policies: against another one's answers, by tables, and the unknown against all it may be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.iam import (
    Request,
    decide,
    decide_for_role,
    decide_trust,
)
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.iam_conditions import conditions_hold
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.iam_matching import (
    Context,
    OneOf,
    Principal,
    matches_action,
    matches_arn,
    pattern_of,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor.iam_replay import decide_case
from hypothesis import given
from hypothesis import strategies as st

CORPUS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "iam_corpus.json").read_text(encoding="utf-8"))
ALL = Context({}, known=[""])
CALLER = Principal(build.ROLE_B, "i-1")


def test_all_cases_of_the_corpus_end_as_the_other_evaluator_says() -> None:
    """It is @cloud-copilot/iam-simulate: see tests/iam_oracle."""
    wrong = [number for number, case in enumerate(CORPUS) if decide_case(case).result != case["result"]]
    assert (wrong, len(CORPUS)) == ([], 300)
    assert {case["result"] for case in CORPUS} == {"allowed", "explicit_deny", "implicit_deny"}


@pytest.mark.parametrize("key", sorted({key for case in CORPUS for key in case["context"]}))
def test_what_is_decided_without_a_key_is_so_whatever_its_value(key: str) -> None:
    """A result other than unknown has to hold for every value that the key may have."""
    unknown = 0
    values: list[Any] = [None, *{json.dumps(case["context"][key]): 0 for case in CORPUS if key in case["context"]}]
    for case in CORPUS[::3]:
        others = {name: value for name, value in case["context"].items() if name != key}
        # All others are known; those that the request lacks are absent.
        names = {name for other in CORPUS for name in other["context"]} | {"aws:PrincipalTag/none"}
        absent: dict[str, Any] = {name: None for name in names if name != key}
        found = decide_case(case, Context({**absent, **others}))
        if found.result == "unknown":
            unknown += 1
            assert key.lower() in {name.lower() for name in found.unknown}
            continue
        for value in values:
            given = {**others, **({key: json.loads(value)} if value else {})}
            assert decide_case({**case, "context": given}).allowed == found.allowed
    assert unknown < len(CORPUS) / 6


def test_one_of_several_values_decides_only_if_all_of_them_agree() -> None:
    either = Context({"aws:MultiFactorAuthPresent": OneOf(("false", None))})
    assert conditions_hold({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, either, True).truth is False
    assert conditions_hold({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}, either, True).truth is None
    assert conditions_hold({"Null": {"aws:MultiFactorAuthPresent": "true"}}, either, True).truth is None


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "holds"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "A", "a", False),
        ("StringEquals", "a*", "abc", False),
        ("StringEqualsIgnoreCase", "A", "a", True),
        ("StringNotEquals", ["a", "b"], "c", True),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringNotEquals", "a", None, True),
        ("StringEquals", "a", None, False),
        ("StringEqualsIfExists", "a", None, True),
        ("StringLike", "a?c*", "abcdef", True),
        ("StringLike", "a?c", "ac", False),
        ("StringNotLike", "a*", "abc", False),
        ("stringlike", "a*", "abc", True),
        ("ArnLike", "arn:aws:iam::*:role/A*", "arn:aws:iam::1:role/App", True),
        ("ArnEquals", "arn:aws:iam::*:role/A*", "arn:aws:iam::1:role/App", True),
        ("ArnLike", "arn:aws:iam::1*:role/A", "arn:aws:iam::1:x:role/A", False),
        ("ArnNotEquals", "arn:aws:iam::1:role/A", "arn:aws:iam::1:role/B", True),
        ("NumericLessThan", "10", "9", True),
        ("NumericLessThan", 10, "9.5", True),
        ("NumericLessThan", "10", "ten", False),
        ("NumericNotEquals", "10", "10.0", False),
        ("NumericGreaterThanEquals", "10", "10", True),
        ("DateLessThan", "2027-01-01T00:00:00Z", "2026-12-31T23:59:59Z", True),
        ("DateGreaterThan", "2026-03-01", "2026-03-01T00:00:01Z", True),
        ("DateEquals", "1772600767", "2026-03-04T05:06:07Z", True),
        ("DateEquals", "yesterday", "2026-03-04T05:06:07Z", False),
        ("Bool", True, "true", True),
        ("Bool", "False", "false", True),
        ("Bool", "yes", "yes", False),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
        ("IpAddress", "10.0.0.0/8", "10.1.2.3", True),
        ("IpAddress", "10.1.2.3", "10.1.2.3", True),
        ("IpAddress", "2001:db8::/32", "2001:DB8::1", True),
        ("IpAddress", "0.0.0.0/0", "2001:db8::1", False),
        ("NotIpAddress", ["10.0.0.0/8", "192.0.2.0/24"], "198.51.100.1", True),
        ("IpAddress", "no block", "10.1.2.3", False),
        ("Null", "true", None, True),
        ("Null", False, "a", True),
        ("Null", "false", None, False),
        ("ForAllValues:StringEquals", ["a", "b"], ["a"], True),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], False),
        ("ForAllValues:StringEquals", ["a"], [], True),
        ("ForAllValues:StringEquals", ["a"], None, True),
        ("ForAnyValue:StringLike", ["a*"], ["b", "ab"], True),
        ("ForAnyValue:StringLike", ["a*"], None, False),
        ("ForAnyValue:StringNotEquals", ["a"], ["a", "b"], True),
        ("StringEquals", "a", ["a", "b"], None),
        ("StringSounds", "a", "a", None),
    ],
)
def test_operators(operator: str, wanted: Any, value: Any, holds: bool | None) -> None:
    context = Context({"aws:x": value}, known=[""])
    assert conditions_hold({operator: {"AWS:X": wanted}}, context, True).truth is holds


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("*", build.ROLE_A, True),
        (build.ROLE_A, build.ROLE_A, True),
        (build.ROLE_A.lower(), build.ROLE_A, False),
        ("arn:aws:iam::*", build.ROLE_A, True),
        ("arn:aws:iam::111111111111:role/Dax*", build.ROLE_A, True),
        ("arn:aws:iam::11111111111?:role/DaxCrossAccountRol?", build.ROLE_A, True),
        ("arn:aws:i*m:role/DaxCrossAccountRole", build.ROLE_A, False),
        ("arn:aws:iam:*:role/DaxCrossAccountRole", build.ROLE_A, True),
        ("arn:aws:iam::111111111111:role", build.ROLE_A, False),
        ("arn:aws-cn:iam::111111111111:role/*", build.ROLE_A, False),
        ("arn:aws:dax:us-east-1:1:cache/${aws:PrincipalTag/team}", "arn:aws:dax:us-east-1:1:cache/blue", True),
        ("arn:aws:dax:us-east-1:1:cache/${aws:PrincipalTag/no}", "arn:aws:dax:us-east-1:1:cache/", False),
        ("arn:aws:dax:us-east-1:1:cache/${aws:PrincipalTag/no, 'x'}", "arn:aws:dax:us-east-1:1:cache/x", True),
        ("arn:aws:dax:us-east-1:1:cache/${*}", "arn:aws:dax:us-east-1:1:cache/blue", False),
        ("arn:aws:dax:us-east-1:1:cache/${*}", "arn:aws:dax:us-east-1:1:cache/*", True),
        ("arn:aws:dax:us-east-1:1:cache/${aws:PrincipalTag/star}", "arn:aws:dax:us-east-1:1:cache/blue", False),
    ],
)
def test_arns(pattern: str, text: str, found: bool) -> None:
    context = Context({"aws:PrincipalTag/team": "blue", "aws:PrincipalTag/star": "*"}, known=[""])
    assert matches_arn(pattern_of(pattern, context, True), text) is found


def test_a_variable_that_is_not_known_is_unknown_only_where_it_decides() -> None:
    pattern = pattern_of("arn:aws:dax:us-east-1:1:cache/${aws:PrincipalTag/team}-x", Context({}), True)
    assert matches_arn(pattern, "arn:aws:dax:us-east-1:1:cache/blue-x") is None
    assert matches_arn(pattern, "arn:aws:dax:us-east-1:1:cache/blue") is False


def test_the_first_version_of_policies_has_no_variables() -> None:
    assert pattern_of("${aws:username}", ALL, variables=False).literal() == "${aws:username}"


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        *(("dax:GetItem", True), ("DAX:getitem", True), ("dax:*", True), ("*", True), ("dax:Get?tem", True)),
        *(("dax:Get", False), ("s3:*", False), ("dax:*Items", False)),
    ],
)
def test_actions(pattern: str, found: bool) -> None:
    assert matches_action(pattern, "dax:GetItem") is found


@pytest.mark.parametrize(
    ("principal", "result", "level"),
    [
        ("*", "allowed", "session"),
        ({"AWS": "*"}, "allowed", "session"),
        ({"AWS": build.ROLE_B}, "allowed", "principal"),
        ({"AWS": [f"arn:aws:iam::{build.C}:root", build.ROLE_B]}, "allowed", "principal"),
        ({"AWS": f"arn:aws:iam::{build.B}:root"}, "allowed", "account"),
        ({"AWS": build.B}, "allowed", "account"),
        ({"AWS": [build.B, build.ROLE_B]}, "allowed", "principal"),
        ({"AWS": f"arn:aws:sts::{build.B}:assumed-role/AssumeDaxRole/i-1"}, "allowed", "session"),
        ({"AWS": f"arn:aws:sts::{build.B}:assumed-role/AssumeDaxRole/i-2"}, "implicit_deny", "principal"),
        ({"AWS": f"arn:aws:iam::{build.B}:role/path/AssumeDaxRole"}, "implicit_deny", "principal"),
        ({"AWS": build.C}, "implicit_deny", "principal"),
        ({"AWS": "AROAEXAMPLE"}, "implicit_deny", "principal"),
        ({"Service": "ec2.amazonaws.com"}, "implicit_deny", "principal"),
        ({"Federated": build.ROLE_B}, "implicit_deny", "principal"),
        ({"CanonicalUser": "*"}, "implicit_deny", "principal"),
        (None, "implicit_deny", "principal"),
    ],
)
def test_principals(principal: Any, result: str, level: str) -> None:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    found = decide_trust(build.policy(statement), Request("sts:AssumeRole", build.ROLE_A, ALL, CALLER))
    assert (found.result, found.level) == (result, level)


def test_a_session_whose_name_nobody_knows() -> None:
    named = build.trust(f"arn:aws:sts::{build.B}:assumed-role/AssumeDaxRole/i-1")
    request = Request("sts:AssumeRole", build.ROLE_A, ALL, Principal(build.ROLE_B, ""))
    assert decide_trust(build.policy(named), request).result == "unknown"


def test_not_principal_denies_all_others() -> None:
    """IAM takes none in a trust policy; endpoint policies may have one."""
    allow = build.trust("*")
    for principal, result in ((build.ROLE_B, "allowed"), (f"arn:aws:iam::{build.C}:root", "explicit_deny")):
        deny = {"Effect": "Deny", "Action": "*", "NotPrincipal": {"AWS": principal}}
        request = Request("sts:AssumeRole", build.ROLE_A, ALL, CALLER)
        assert decide_trust(build.policy(allow, deny), request).result == result


@pytest.mark.parametrize(
    ("limit", "result", "policy"),
    [
        ({"Effect": "Allow", "Action": "sts:*", "Resource": "*"}, "allowed", "own"),
        ({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}, "implicit_deny", "limit"),
        ({"Effect": "Deny", "Action": "sts:*", "Resource": "*"}, "explicit_deny", "limit"),
    ],
)
def test_a_boundary_and_the_policies_have_to_allow(limit: dict[str, Any], result: str, policy: str) -> None:
    own = {"name": "own", "arn": None, "document": build.policy({"Effect": "Allow", "Action": "*", "Resource": "*"})}
    role: Any = {"policies": [own], "boundary": {"name": "limit", "arn": "arn", "document": build.policy(limit)}}
    found = decide_for_role(role, Request("sts:AssumeRole", build.ROLE_A, ALL))
    assert (found.result, found.policy) == (result, policy)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet="a*?${}:/,' ", max_size=12),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@given(JUNK, JUNK, JUNK, st.text(alphabet="a*?${}:/", max_size=20))
def test_whatever_a_policy_holds_something_is_decided(action: Any, resource: Any, value: Any, text: str) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": {"StringLike": {"a:b": value}}}
    context = Context({"a:b": text})
    policy: Any = {"name": "own", "arn": None, "document": build.policy(statement)}
    assert decide([policy], Request("sts:AssumeRole", text, context)).words()


def test_a_pattern_full_of_wildcards_takes_no_time() -> None:
    pattern = pattern_of("*a" * 2000 + "b", ALL, True)
    assert matches_arn(pattern, "a" * 4000) is False
