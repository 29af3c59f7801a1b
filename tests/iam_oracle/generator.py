# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls with policies on both sides, made by chance from a seed: as people write them, and as they should not.

A case is plain data: ``action``, ``resource``, ``caller`` (the ARN of its role), ``session``, ``context`` (all keys of
the request), ``policies`` and ``boundary`` of the caller's role, and ``trust`` of the role that is assumed or None.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

A, B, C = "111111111111", "222222222222", "333333333333"
ASSUMED = f"arn:aws:iam::{A}:role/DaxCrossAccountRole"
CALLER = f"arn:aws:iam::{B}:role/AssumeDaxRole"
CLUSTER = f"arn:aws:dax:us-east-1:{A}:cache/orders"
SESSION = "i-0123456789abcdef0"

STS_ACTIONS = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
DAX_ACTIONS = ["dax:GetItem", "dax:PutItem", "dax:BatchGetItem", "dax:ConditionCheckItem"]
ACTION_PATTERNS = ["*", "sts:*", "sts:Assume*", "STS:assumerole", "sts:?ssumeRole", "dax:*", "dax:*Item", "dax:Get*"]
ACTION_PATTERNS += ["dax:BatchGet?tem", "s3:GetObject", *STS_ACTIONS, *DAX_ACTIONS]

RESOURCES: dict[str, list[str]] = {
    ASSUMED: [
        *("*", ASSUMED, f"arn:aws:iam::{A}:role/*", "arn:aws:iam::*:role/DaxCrossAccountRole", "arn:aws:iam::*"),
        *(f"arn:aws:iam::{A}:role/daxcrossaccountrole", f"arn:aws:iam::{A}:role/Dax*Role", f"arn:*:iam::{A}:role/*"),
        *(f"arn:aws:iam::{A}:role/OldDaxRole", f"arn:aws:iam::{B}:role/*", "arn:aws:iam::11111111111?:role/Dax*"),
        *("arn:aws:s3:::*", f"arn:aws:iam::{A}:role/${{aws:PrincipalTag/team}}*", f"arn:aws:iam::{A}:*", "arn:aws:*"),
        *(f"arn:aws:iam::{A}:role/${{aws:PrincipalTag/none, 'Dax'}}CrossAccountRole", "arn:aws:iam::*:role/?axCross*"),
    ],
    CLUSTER: [
        *("*", CLUSTER, f"arn:aws:dax:*:{A}:cache/*", "arn:aws:dax:*", f"arn:aws:dax:us-east-1:{A}:cache/Orders"),
        *(f"arn:aws:dax:us-east-2:{A}:cache/orders", f"arn:aws:dax:us-east-?:{A}:cache/or*s", "arn:aws:dynamodb:*"),
        *(f"arn:aws:dax:us-east-1:{A}:cache/payments", f"arn:aws:dax:us-east-1:{A}:cache/${{aws:PrincipalTag/team}}"),
    ],
}
PRINCIPALS: list[Any] = [
    *("*", {"AWS": "*"}, {"AWS": CALLER}, {"AWS": CALLER}, {"AWS": [CALLER, f"arn:aws:iam::{C}:root"]}, {"AWS": B}),
    *({"AWS": f"arn:aws:iam::{B}:root"}, {"AWS": f"arn:aws:iam::{C}:root"}, {"AWS": f"arn:aws:iam::{B}:role/Old"}),
    *({"AWS": "AROAEXAMPLEGONE"}, {"Service": "ec2.amazonaws.com"}, {"AWS": f"arn:aws:iam::{B}:user/ops"}),
    *({"AWS": f"arn:aws:sts::{B}:assumed-role/AssumeDaxRole/{SESSION}"}, {"AWS": [B, CALLER]}),
    *({"AWS": f"arn:aws:sts::{B}:assumed-role/AssumeDaxRole/other"}, {"AWS": f"arn:aws:iam::{B}:role/*"}),
    {"Federated": "cognito-identity.amazonaws.com", "AWS": f"arn:aws:iam::{C}:root"},
]

# {key: values that it has in requests}; a list of lists for one with several values at once.
KEYS: dict[str, list[Any]] = {
    "sts:ExternalId": ["orders-7", "Orders-7", "other", ""],
    "sts:RoleSessionName": [SESSION, "dax-client", "dax-other"],
    "aws:PrincipalArn": [CALLER],
    "aws:PrincipalAccount": [B],
    "aws:PrincipalOrgID": ["o-abcdefghij", "o-other"],
    "aws:PrincipalTag/team": ["orders", "Dax", "da*"],
    "aws:RequestTag/project": ["orders", "Blue"],
    "aws:TagKeys": [["project"], ["project", "team"], ["Other"], []],
    "sts:TransitiveTagKeys": [["project"], ["team", "project"]],
    "aws:SourceIp": ["192.0.2.7", "198.51.100.9", "2001:db8::7"],
    "aws:MultiFactorAuthPresent": ["true", "false"],
    "aws:MultiFactorAuthAge": ["30", "3600", "86400"],
    "aws:CurrentTime": ["2026-03-04T05:06:07Z", "2027-01-01T00:00:00Z"],
    "aws:EpochTime": ["1772600767", "1900000000"],
    "aws:userid": [f"AROAEXAMPLE:{SESSION}"],
}
# Which keys of STS its calls have. Those of TagSession lack what only AssumeRole is asked.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
KEYS_OF = {
    "sts:AssumeRole": ("sts:ExternalId", "sts:RoleSessionName", "sts:TransitiveTagKeys"),
    "sts:TagSession": ("sts:TransitiveTagKeys",),
}
STRINGS = ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")
LIKES = ("StringLike", "StringNotLike")
ORDERS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
OPERATORS: dict[str, list[str]] = {
    "aws:PrincipalArn": ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", *STRINGS, *LIKES],
    "aws:SourceIp": ["IpAddress", "NotIpAddress"],
    "aws:MultiFactorAuthPresent": ["Bool"],
    "aws:MultiFactorAuthAge": [f"Numeric{order}" for order in ORDERS],
    "aws:CurrentTime": [f"Date{order}" for order in ORDERS],
    "aws:EpochTime": [f"Date{order}" for order in ORDERS] + [f"Numeric{order}" for order in ORDERS],
}
WANTED: dict[str, list[Any]] = {
    "sts:ExternalId": ["orders-7", "orders-*", "ORDERS-7", "${aws:PrincipalTag/team}-7", "${*}", "?rders-7"],
    "sts:RoleSessionName": ["dax-*", SESSION, "${aws:PrincipalTag/team, 'dax'}-client", "dax-??????"],
    "aws:PrincipalArn": [CALLER, f"arn:aws:iam::{B}:role/*", "arn:aws:iam::*:role/Assume*", "arn:*:iam::2*:role/?*"],
    "aws:PrincipalAccount": [B, C, "2*"],
    "aws:SourceIp": ["192.0.2.0/24", "198.51.100.9", "2001:db8::/32", "0.0.0.0/0", "192.0.2.7/32"],
    "aws:MultiFactorAuthPresent": ["true", "false", True, False],
    "aws:MultiFactorAuthAge": ["3600", 3600, "30", "86400"],
    "aws:CurrentTime": ["2026-03-04T05:06:07Z", "2026-06-01T00:00:00Z", "2026-12-31"],
    "aws:EpochTime": ["1772600767", "1800000000"],
    "aws:TagKeys": ["project", "team", "Pro*", "*"],
    "sts:TransitiveTagKeys": ["project", "team"],
    "aws:PrincipalOrgID": ["o-abcdefghij", "o-*", "${aws:PrincipalOrgID}"],
    "aws:PrincipalTag/team": ["orders", "dax", "d*", "${aws:RequestTag/project}"],
    "aws:RequestTag/project": ["orders", "${aws:PrincipalTag/team}", "B?ue", "${$}"],
    "aws:userid": ["AROAEXAMPLE:*", "AROAOTHER:*"],
}


def cases(seed: int, count: int) -> Iterator[dict[str, Any]]:
    """Yield so many cases; the same ones for the same seed."""
    chance = random.Random(seed)
    for _ in range(count):
        yield _case(chance)


def _case(chance: random.Random) -> dict[str, Any]:
    assumes = chance.random() < 0.65
    resource = ASSUMED if assumes else CLUSTER
    action = chance.choice(STS_ACTIONS[:2] if assumes else DAX_ACTIONS)
    # A role of account A itself now and then; the rights on the cluster are always those of such a one.
    caller = CALLER if assumes and chance.random() < 0.85 else CALLER.replace(B, A)
    asked = [key for key in KEYS if not key.startswith("sts:") or key in KEYS_OF.get(action, ())]
    context = {key: chance.choice(KEYS[key]) for key in asked if chance.random() < 0.6}
    context["aws:PrincipalArn"], context["aws:PrincipalAccount"] = caller, caller.split(":")[4]
    statements = [_statement(chance, action, resource) for _ in range(chance.randint(1, 4))]
    cut = chance.randint(0, len(statements))
    return {
        "action": action,
        "resource": resource,
        "caller": caller,
        "session": SESSION,
        "context": context,
        "policies": [_document(chance, part) for part in (statements[:cut], statements[cut:]) if part],
        "boundary": _document(chance, [_statement(chance, action, resource) for _ in range(chance.randint(1, 2))])
        if chance.random() < 0.3
        else None,
        "trust": _document(chance, [_trusting(chance, action, caller) for _ in range(chance.randint(1, 3))])
        if assumes
        else None,
    }


def _document(chance: random.Random, statements: list[dict[str, Any]]) -> dict[str, Any]:
    version = "2012-10-17" if chance.random() < 0.9 else "2008-10-17"
    return {"Version": version, "Statement": statements if len(statements) > 1 else statements[0]}


def _statement(chance: random.Random, action: str, resource: str) -> dict[str, Any]:
    statement = _acting(chance, action)
    element = "Resource" if chance.random() < 0.88 else "NotResource"
    likely = [resource, "*"] if chance.random() < 0.5 else RESOURCES[resource]
    return {**statement, element: _some(chance, likely), **_condition(chance)}


def _trusting(chance: random.Random, action: str, caller: str) -> dict[str, Any]:
    principal = {"AWS": caller} if chance.random() < 0.4 else chance.choice(PRINCIPALS)
    return {**_acting(chance, action), "Principal": principal, **_condition(chance)}


def _acting(chance: random.Random, action: str) -> dict[str, Any]:
    effect = "Allow" if chance.random() < 0.78 else "Deny"
    element = "Action" if chance.random() < 0.88 else "NotAction"
    likely = [action, f"{action.split(':')[0]}:*"] if chance.random() < 0.6 else ACTION_PATTERNS
    return {"Effect": effect, element: _some(chance, likely)}


def _some(chance: random.Random, of: list[str]) -> Any:
    chosen = [chance.choice(of) for _ in range(chance.choice((1, 1, 2)))]
    return chosen if len(chosen) > 1 or chance.random() < 0.3 else chosen[0]


def _condition(chance: random.Random) -> dict[str, Any]:
    if chance.random() < 0.55:
        return {}
    block: dict[str, Any] = {}
    for _ in range(chance.choice((1, 1, 1, 2))):
        key = chance.choice(list(KEYS))
        several = isinstance(KEYS[key][0], list)
        values: Any = [chance.choice(WANTED[key]) for _ in range(chance.choice((1, 1, 2)))]
        if chance.random() < 0.1:
            operator, values = "Null", [chance.choice(("true", "false", True, False))]
        else:
            operator = chance.choice(OPERATORS.get(key, [*STRINGS, *LIKES]))
            if several or chance.random() < 0.05:
                operator = f"{chance.choice(('ForAllValues', 'ForAnyValue'))}:{operator}"
            if chance.random() < 0.2:
                operator += "IfExists"
        spelt = key if chance.random() < 0.8 else key.lower()
        block.setdefault(operator, {})[spelt] = values if len(values) > 1 or chance.random() < 0.3 else values[0]
    return {"Condition": block}
