# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Session tags and what AssumeRole asks for them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import Account, code_of, listed, message_of, trusting

BOTH = ["sts:AssumeRole", "sts:TagSession"]


class Chain:
    """A role `pod` that the administrator assumes with tags, and a role `dax` that trusts it for what is given."""

    def __init__(self, account: Account, trusted: Any) -> None:
        self.account = account
        account.role("pod", account.id)
        self.trust("pod", account.id, BOTH)
        account.allow("pod", "sts:*", "*")
        account.role("dax", f"arn:aws:iam::{account.id}:role/pod")
        self.trust("dax", f"arn:aws:iam::{account.id}:role/pod", trusted)

    def trust(self, role: str, principal: str, action: Any, **more: Any) -> None:
        document = json.dumps(trusting(principal, Action=action, **more))
        self.account.iam.update_assume_role_policy(RoleName=role, PolicyDocument=document)

    def session(self, **options: Any) -> Any:
        """AssumeRole as a session of `pod` with a tag and these options."""
        arn = f"arn:aws:iam::{self.account.id}:role/pod"
        answer = self.account.assume(arn, Tags=listed({"namespace": "shop"}), **options)
        return self.account.acting(answer)("sts").assume_role

    @property
    def target(self) -> dict[str, str]:
        return {"RoleArn": f"arn:aws:iam::{self.account.id}:role/dax", "RoleSessionName": "orders"}


@pytest.mark.parametrize(
    ("options", "tags", "trusted", "allowed"),
    [
        ({}, {}, "sts:AssumeRole", True),
        ({"TransitiveTagKeys": ["namespace"]}, {}, "sts:AssumeRole", False),
        ({"TransitiveTagKeys": ["namespace"]}, {}, BOTH, True),
        ({"TransitiveTagKeys": ["Namespace"]}, {}, "sts:AssumeRole", False),
        ({}, {"team": "a"}, "sts:AssumeRole", False),
        ({}, {"team": "a"}, BOTH, True),
        ({}, {"team": "a"}, "sts:*", True),
        ({}, {"team": "a"}, "sts:TagSession", False),
    ],
)
def test_tags_need_a_trust_policy_that_allows_them(
    account: Account, options: dict[str, Any], tags: dict[str, str], trusted: Any, allowed: bool
) -> None:
    chain = Chain(account, trusted)
    assume = chain.session(**options)
    wanted = {**chain.target, **({"Tags": listed(tags)} if tags else {})}
    if allowed:
        assume(**wanted)
        return
    action = "sts:AssumeRole" if trusted == "sts:TagSession" else "sts:TagSession"
    expected = (
        f"User: arn:aws:sts::{account.id}:assumed-role/pod/test is not authorized to perform: {action} "
        f"on resource: arn:aws:iam::{account.id}:role/dax"
    )
    assert code_of(assume, **wanted) == "AccessDenied"
    assert message_of(assume, **wanted) == expected


def test_the_callers_own_policies_count_too(account: Account, other: Account) -> None:
    arn = account.role("dax", other.id)
    account.iam.update_assume_role_policy(
        RoleName="dax", PolicyDocument=json.dumps(trusting(f"arn:aws:iam::{other.id}:root", Action=BOTH))
    )
    caller = other.role("client", other.id)
    other.allow("client", "sts:AssumeRole", "*")
    assume = other.acting(other.assume(caller))("sts").assume_role
    assume(RoleArn=arn, RoleSessionName="test")
    assert code_of(assume, RoleArn=arn, RoleSessionName="test", Tags=listed({"a": "1"})) == "AccessDenied"
    other.allow("client", "sts:TagSession", "*")
    assume(RoleArn=arn, RoleSessionName="test", Tags=listed({"a": "1"}))


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("aws:PrincipalTag/namespace", "shop", True),
        ("aws:PrincipalTag/namespace", "other", False),
        ("aws:RequestTag/team", "a", True),
        ("aws:RequestTag/team", "b", False),
    ],
)
def test_conditions(account: Account, key: str, value: str, allowed: bool) -> None:
    chain = Chain(account, BOTH)
    pod = f"arn:aws:iam::{account.id}:role/pod"
    chain.trust("dax", pod, BOTH, Condition={"StringEquals": {key: value}})
    assume = chain.session()
    if allowed:
        assume(**chain.target, Tags=listed({"team": "a"}))
    else:
        assert code_of(assume, **chain.target, Tags=listed({"team": "a"})) == "AccessDenied"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"Tags": listed({"a": "1", "A": "2"})}, "Duplicate tag keys"),
        ({"TransitiveTagKeys": ["a"]}, "transitive tag key must be included"),
        ({"Tags": listed({"NAMESPACE": "other"})}, "conflicts with a transitive tag key"),
    ],
)
def test_impossible_tags(account: Account, arguments: dict[str, Any], words: str) -> None:
    chain = Chain(account, BOTH)
    assume = chain.session(TransitiveTagKeys=["namespace"])
    assert code_of(assume, **chain.target, **arguments) == "InvalidParameterValue"
    assert words in message_of(assume, **chain.target, **arguments)
