# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AssumeRole and sessions."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import Account, Control, code_of, message_of, trusting


class Chain:
    """Account B's role `client`, as its administrator can assume it, and account A's role `dax` that trusts it."""

    def __init__(self, a: Account, b: Account) -> None:
        self.a, self.b = a, b
        self.client_arn = b.role("client", f"arn:aws:iam::{b.id}:root")
        self.dax_arn = a.role("dax", self.client_arn)

    def trust(self, principal: Any, **statement: Any) -> None:
        document = json.dumps(trusting(principal, **statement))
        self.a.iam.update_assume_role_policy(RoleName="dax", PolicyDocument=document)

    def assume(self, **options: Any) -> dict[str, Any]:
        """Assume `dax` with a session of `client`."""
        sts = self.b.acting(self.b.assume(self.client_arn))("sts")
        return dict(sts.assume_role(RoleArn=self.dax_arn, RoleSessionName="orders", **options))


@pytest.fixture
def chain(account: Account, other: Account) -> Chain:
    return Chain(account, other)


def test_both_accounts_must_allow(chain: Chain) -> None:
    expected = (
        f"User: arn:aws:sts::{chain.b.id}:assumed-role/client/test is not authorized to perform: sts:AssumeRole "
        f"on resource: {chain.dax_arn}"
    )
    assert message_of(chain.assume) == expected
    chain.b.allow("client", "sts:AssumeRole", chain.dax_arn)
    answer = chain.assume()
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{chain.a.id}:assumed-role/dax/orders"
    identity = chain.a.acting(answer)("sts").get_caller_identity()
    assert identity["Arn"] == answer["AssumedRoleUser"]["Arn"]
    assert identity["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]
    assert identity["Account"] == chain.a.id
    chain.trust(f"arn:aws:iam::{chain.a.id}:root")
    assert code_of(chain.assume) == "AccessDenied"
    chain.trust(f"arn:aws:iam::{chain.b.id}:root")
    chain.assume()
    chain.b.allow("client", "sts:AssumeRole", chain.dax_arn, effect="Deny")
    assert code_of(chain.assume) == "AccessDenied"


def test_an_administrator_counts_as_its_accounts_root(chain: Chain, control: Control) -> None:
    assert code_of(chain.b.assume, arn=chain.dax_arn) == "AccessDenied"
    chain.trust(f"arn:aws:iam::{chain.b.id}:root")
    chain.b.assume(chain.dax_arn)
    stranger = Account(control.url, "299999999997")
    assert code_of(stranger.assume, arn=chain.dax_arn) == "AccessDenied"
    chain.trust("*")
    stranger.assume(chain.dax_arn)


def test_a_role_that_does_not_exist_is_denied(account: Account) -> None:
    missing = f"arn:aws:iam::{account.id}:role/none"
    assert code_of(account.assume, arn=missing) == "AccessDenied"
    assert code_of(account.assume, arn="nonsense-but-long-enough") == "ValidationError"


def test_conditions(chain: Chain) -> None:
    chain.b.allow("client", "sts:AssumeRole", "*")
    chain.trust(chain.client_arn, Condition={"StringEquals": {"sts:ExternalId": "orders-7"}})
    assert code_of(chain.assume) == code_of(chain.assume, ExternalId="other") == "AccessDenied"
    chain.assume(ExternalId="orders-7")
    chain.trust(chain.client_arn, Condition={"StringLike": {"sts:RoleSessionName": "order?"}})
    chain.assume()
    chain.trust(chain.client_arn, Condition={"StringLike": {"sts:RoleSessionName": "other*"}})
    assert code_of(chain.assume) == "AccessDenied"
    chain.trust("*", Condition={"ArnEquals": {"aws:PrincipalArn": chain.client_arn}})
    chain.assume()


def test_a_recreated_role_is_not_the_one_that_was_trusted(chain: Chain) -> None:
    chain.b.allow("client", "sts:AssumeRole", "*")
    chain.assume()
    chain.b.iam.delete_role_policy(RoleName="client", PolicyName="Allow-sts-AssumeRole")
    chain.b.iam.delete_role(RoleName="client")
    chain.b.role("client", f"arn:aws:iam::{chain.b.id}:root")
    chain.b.allow("client", "sts:AssumeRole", "*")
    assert code_of(chain.assume) == "AccessDenied"
    chain.trust(chain.client_arn)
    chain.assume()


def test_durations(chain: Chain) -> None:
    chain.b.allow("client", "sts:AssumeRole", "*")
    chain.a.iam.update_role(RoleName="dax", MaxSessionDuration=7200)
    chain.trust([chain.client_arn, f"arn:aws:iam::{chain.b.id}:root"])
    now = datetime.now(UTC)

    def seconds(answer: dict[str, Any]) -> float:
        return float((answer["Credentials"]["Expiration"] - now).total_seconds())

    assert 3590 < seconds(chain.assume()) < 3660
    assert 890 < seconds(chain.assume(DurationSeconds=900)) < 960
    assert 7190 < seconds(chain.b.assume(chain.dax_arn, DurationSeconds=7200)) < 7260
    assert "role chaining" in message_of(chain.assume, DurationSeconds=3601)
    assert "MaxSessionDuration" in message_of(chain.b.assume, arn=chain.dax_arn, DurationSeconds=7201)
    assert code_of(chain.b.assume, arn=chain.dax_arn, DurationSeconds=899) == "ValidationError"


def test_sessions_end_and_tokens_matter(account: Account, control: Control) -> None:
    arn = account.role("short", f"arn:aws:iam::{account.id}:root")
    control.settings(credential_lifetime_seconds=0.001)
    expired = account.acting(account.assume(arn))
    assert code_of(expired("sts").get_caller_identity) == "ExpiredToken"
    assert code_of(expired("ec2").describe_vpcs) == "RequestExpired"
    assert code_of(expired("dax").describe_clusters) == "ExpiredTokenException"
    control.settings(credential_lifetime_seconds=0)
    answer = account.assume(arn)
    answer["Credentials"]["SessionToken"] = "tampered"
    assert code_of(account.acting(answer)("sts").get_caller_identity) == "InvalidClientTokenId"
    unknown = account.client("sts", aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="any")
    assert code_of(unknown.get_caller_identity) == "InvalidClientTokenId"
    unknown = account.client("ec2", aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="any")
    assert code_of(unknown.describe_vpcs) == "AuthFailure"


def test_sessions_act_in_their_roles_account(account: Account, other: Account) -> None:
    arn = account.role("open", f"arn:aws:iam::{other.id}:root")
    vpc, _ = account.vpc("10.77.0.0/16")
    ec2 = other.acting(other.assume(arn))("ec2")
    assert vpc in [one["VpcId"] for one in ec2.describe_vpcs()["Vpcs"]]


def test_users(account: Account) -> None:
    account.iam.create_user(UserName="ann")
    key = account.iam.create_access_key(UserName="ann")["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    identity = account.client("sts", **keys).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:iam::{account.id}:user/ann"
    arn = account.role("open", identity["Arn"])
    assume = account.client("sts", **keys).assume_role
    # named directly in the same account: no policy of the user's own is needed
    assume(RoleArn=arn, RoleSessionName="ann")
    trust = json.dumps(trusting(f"arn:aws:iam::{account.id}:root"))
    account.iam.update_assume_role_policy(RoleName="open", PolicyDocument=trust)
    assert code_of(assume, RoleArn=arn, RoleSessionName="ann") == "AccessDenied"
    account.iam.update_access_key(UserName="ann", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert code_of(account.client("sts", **keys).get_caller_identity) == "InvalidClientTokenId"


def test_other_kinds_of_sessions_are_not_pretended(account: Account) -> None:
    assert code_of(account.sts.get_session_token) == "InternalFailure"
    assert "not emulated" in message_of(account.sts.get_session_token)


def test_root_identity_in_every_partition(account: Account) -> None:
    for region, partition in (("us-east-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")):
        identity = account.client("sts", region).get_caller_identity()
        assert identity["Arn"] == f"arn:{partition}:iam::{account.id}:root"
        assert identity["UserId"] == account.id
        iam = account.client("iam", region)
        role = iam.create_role(RoleName="client", AssumeRolePolicyDocument=json.dumps(trusting(account.id)))["Role"]
        assert role["Arn"] == f"arn:{partition}:iam::{account.id}:role/client"
        session = account.client("sts", region).assume_role(RoleArn=role["Arn"], RoleSessionName="test")
        assert session["AssumedRoleUser"]["Arn"] == f"arn:{partition}:sts::{account.id}:assumed-role/client/test"
