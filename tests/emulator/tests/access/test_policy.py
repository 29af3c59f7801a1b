# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IAM policies by tables."""

from __future__ import annotations

from typing import Any

import pytest

from dax_emulator.access.policy import Decision, PolicySet, decide

_ARN = "arn:aws:dax:us-east-1:111111111111:cache/orders"
ALLOW, IMPLICIT, EXPLICIT = Decision.ALLOW, Decision.IMPLICIT_DENY, Decision.EXPLICIT_DENY


def statement(effect: str = "Allow", action: Any = "dax:GetItem", resource: Any = _ARN, **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([], IMPLICIT),
        (statement(), ALLOW),
        ([statement()], ALLOW),
        ([statement(action=["dax:PutItem", "dax:GetItem"])], ALLOW),
        ([statement(action="dax:PutItem")], IMPLICIT),
        ([statement(action="DAX:getitem")], ALLOW),
        ([statement(action="dax:*")], ALLOW),
        ([statement(action="dax:Get*")], ALLOW),
        ([statement(action="dax:GetIte?")], ALLOW),
        ([statement(action="dynamodb:*")], IMPLICIT),
        ([statement(action="*", resource="*")], ALLOW),
        ([statement(resource=_ARN + "2")], IMPLICIT),
        ([statement(resource=_ARN.upper())], IMPLICIT),
        ([statement(resource="arn:aws:dax:*:111111111111:cache/ord*")], ALLOW),
        ([statement(resource="arn:aws:dax:us-east-1:222222222222:cache/*")], IMPLICIT),
        ([statement(resource="arn:aws:dax:us-east-1:111111111111:cache/[o]rders")], IMPLICIT),
        ([statement(), statement("Deny")], EXPLICIT),
        ([statement("Deny", "dax:Put*"), statement()], ALLOW),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], ALLOW),
        ([{"Effect": "Allow", "NotAction": "dax:*", "Resource": "*"}], IMPLICIT),
        ([{"Effect": "Deny", "Action": "*", "NotResource": _ARN}, statement()], ALLOW),
        ([{"Effect": "Deny", "Action": "*", "NotResource": _ARN + "2"}, statement()], EXPLICIT),
    ],
)
def test_statements(statements: Any, expected: Decision) -> None:
    assert decide([{"Version": "2012-10-17", "Statement": statements}], "dax:GetItem", _ARN) == expected


_CONTEXT = {
    "aws:username": "jo",
    "aws:SourceIp": "10.1.2.3",
    "aws:CurrentTime": "2026-01-02T03:04:05Z",
    "dax:EnclosingOperation": "TransactWriteItems",
    "aws:TagKeys": ["one", "two"],
    "aws:MultiFactorAuthAge": "300",
}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"StringEquals": {"aws:username": "jo"}}, True),
        ({"StringEquals": {"AWS:UserName": ["x", "jo"]}}, True),
        ({"StringEquals": {"aws:username": "Jo"}}, False),
        ({"StringEqualsIgnoreCase": {"aws:username": "Jo"}}, True),
        ({"StringNotEquals": {"aws:username": ["x", "jo"]}}, False),
        ({"StringNotEquals": {"aws:username": "x"}}, True),
        ({"StringLike": {"aws:username": "j?"}}, True),
        ({"StringLike": {"dax:EnclosingOperation": "Transact*"}}, True),
        ({"StringEquals": {"missing": "x"}}, False),
        ({"StringNotEquals": {"missing": "x"}}, True),
        ({"StringEqualsIfExists": {"missing": "x"}}, True),
        ({"StringEqualsIfExists": {"aws:username": "x"}}, False),
        ({"Null": {"missing": "true"}}, True),
        ({"Null": {"aws:username": "true"}}, False),
        ({"IpAddress": {"aws:SourceIp": "10.1.0.0/16"}}, True),
        ({"NotIpAddress": {"aws:SourceIp": "10.1.0.0/16"}}, False),
        ({"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}, True),
        ({"NumericLessThan": {"aws:MultiFactorAuthAge": "300"}}, False),
        ({"NumericLessThanEquals": {"aws:MultiFactorAuthAge": 300}}, True),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["one", "two", "three"]}}, True),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["one"]}}, False),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["one"]}}, True),
        ({"StringEquals": {"aws:username": "jo", "dax:EnclosingOperation": "x"}}, False),
        ({"StringEquals": {"aws:username": "${aws:username}"}}, True),
    ],
)
def test_conditions(condition: dict[str, Any], holds: bool) -> None:
    document = {"Statement": statement(Condition=condition)}
    assert (decide([document], "dax:GetItem", _ARN, _CONTEXT) == ALLOW) is holds


def test_an_unknown_operator_is_an_error() -> None:
    document = {"Statement": statement(Condition={"StringSounds": {"aws:username": "jo"}})}
    with pytest.raises(ValueError, match="StringSounds"):
        decide([document], "dax:GetItem", _ARN, _CONTEXT)


def test_variables_in_resources() -> None:
    document = {"Statement": statement(resource="arn:aws:dax:*:*:cache/${aws:username}")}
    assert decide([document], "dax:GetItem", "arn:aws:dax:x:y:cache/jo", _CONTEXT) == ALLOW
    assert decide([document], "dax:GetItem", "arn:aws:dax:x:y:cache/other", _CONTEXT) == IMPLICIT


@pytest.mark.parametrize(
    ("boundary", "session", "expected"),
    [
        (None, None, ALLOW),
        ("Allow", None, ALLOW),
        ("Allow", "Allow", ALLOW),
        ("other", None, IMPLICIT),
        (None, "other", IMPLICIT),
        ("Deny", "Allow", EXPLICIT),
        ("other", "Deny", EXPLICIT),
    ],
)
def test_limits_take_away(boundary: str | None, session: str | None, expected: Decision) -> None:
    def document(kind: str | None) -> dict[str, Any] | None:
        if kind is None:
            return None
        return {"Statement": statement(action="dax:Scan") if kind == "other" else statement(kind)}

    policies = PolicySet([{"Statement": statement()}], document(boundary), document(session))
    assert policies.decide("dax:GetItem", _ARN) == expected
    assert PolicySet((), document(boundary), document(session)).decide("dax:GetItem", _ARN) != ALLOW
