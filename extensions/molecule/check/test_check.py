# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The check before a first run: it says what is there and what is missing, and writes nothing.

One broken point of each kind is a row in tests/unit; here it is seen that what is read comes from the account.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scenario.accounts import Account, new_account
from scenario.emulator import settings
from scenario.owner import Owner, cluster_document, make_owner
from scenario.playbook import ROOT, Run, run_playbook
from scenario.snapshot import differences, snapshot
from scenario.users import User

CHECK = ROOT / "playbooks/check.yml"


@pytest.fixture(scope="module")
def accounts() -> tuple[Account, Account]:
    return new_account(), new_account()


@pytest.fixture(scope="module")
def owner(accounts: tuple[Account, Account]) -> Owner:
    return make_owner(accounts[0])


@pytest.fixture
def users(accounts: tuple[Account, Account], owner: Owner) -> Iterator[dict[str, User]]:
    """A user for each side who has its generated policy and the one for the check, which the emulator enforces."""
    made = {side: User(account, side) for side, account in zip("ab", accounts, strict=True)}
    policy = (ROOT / "docs/permissions_check.json").read_text()
    for user in made.values():
        user.account.iam.put_user_policy(UserName="operator", PolicyName="check", PolicyDocument=policy)
    with settings(enforce_iam=True):
        yield made
    for user in made.values():
        remove(user)


def remove(user: User) -> None:
    iam = user.account.iam
    iam.detach_user_policy(UserName="operator", PolicyArn=user.policy)
    for name in iam.list_user_policies(UserName="operator")["PolicyNames"]:
        iam.delete_user_policy(UserName="operator", PolicyName=name)
    for key in iam.list_access_keys(UserName="operator")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="operator", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="operator")
    for version in iam.list_policy_versions(PolicyArn=user.policy)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=user.policy, VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=user.policy)


def check(accounts: tuple[Account, Account], *arguments: str, **variables: Any) -> tuple[Run, dict[str, Any]]:
    """Run the check, see that it wrote nothing, and return the run and what each side found, {host: {point: …}}."""
    before = [snapshot(account) for account in accounts]
    run = run_playbook(CHECK, *accounts, *arguments, variables=variables)
    assert run.write_attempts() == []
    assert [differences(*pair) for pair in zip(before, map(snapshot, accounts), strict=True)] == [[], []]
    found = {}
    for host, _task, result in run.results:
        if isinstance(result.get("check"), dict):
            assert result["msg"].splitlines() == result["check"]["lines"]
            found[host] = {point["point"]: point for point in result["check"]["findings"]}
    missing = any(point["status"] == "missing" for points in found.values() for point in points.values())
    assert run.rc == (2 if missing else 0), run.text[-3000:]
    return run, found


def bad(points: dict[str, Any]) -> dict[str, str]:
    return {name: point["status"] for name, point in points.items() if point["status"] != "ok"}


def connections(users: dict[str, User]) -> dict[str, Any]:
    return {f"dax_account_{side}_connection": user.connection for side, user in users.items()}


def test_with_everything_there_every_line_is_ok(accounts, owner, users) -> None:
    run, found = check(accounts, **connections(users))
    assert {host: bad(points) for host, points in found.items()} == {"account_a": {}, "account_b": {}}
    for host, account in zip(("account_a", "account_b"), accounts, strict=True):
        assert account.id in found[host]["credentials"]["what"]
        assert f"{account.id}:user/operator" in found[host]["rights"]["what"]
    assert owner.vpc_id in found["account_a"]["dns"]["what"]
    # That the policies for the check are enough, and that they are needed.
    assert [call for call in run.calls if call["error"] in ("AccessDenied", "UnauthorizedOperation")] == []
    granted = {
        action
        for statement in json.loads((ROOT / "docs/permissions_check.json").read_text())["Statement"]
        for action in statement["Action"]
    }
    called = {f"{call['service'].replace('-', '')}:{call['operation']}" for call in run.calls}
    # Only an assumed role is looked up.
    assert granted - called == {"iam:GetRole"} - called


def test_rights_that_are_missing_and_rights_that_cannot_be_asked_for(accounts, owner, users) -> None:
    users["a"].lacks("ec2:AcceptVpcPeeringConnection")
    users["b"].account.iam.delete_user_policy(UserName="operator", PolicyName="check")
    _run, found = check(accounts, **connections(users))
    assert bad(found["account_a"]) == {"rights Peering": "missing"}
    point = found["account_a"]["rights Peering"]
    assert "ec2:AcceptVpcPeeringConnection" in point["what"]
    assert "permissions_a.json" in point["fix"]
    assert bad(found["account_b"])["rights"] == "unknown"
    assert "iam:SimulatePrincipalPolicy" in found["account_b"]["rights"]["what"]


def test_one_account_alone_with_an_assumed_role(accounts, owner, tmp_path: Path) -> None:
    b = accounts[1]
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{b.id}:root"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = b.iam.create_role(RoleName="Operator", Path="/team/", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    policy = (ROOT / "docs/permissions_b.json").read_text().replace('ec2:CreateVpc"', 'ec2:DescribeVpcs"')
    b.iam.put_role_policy(RoleName="Operator", PolicyName="b", PolicyDocument=policy)
    keys = b.sts.assume_role(RoleArn=role, RoleSessionName="check")["Credentials"]
    session = {"access_key": keys["AccessKeyId"], "secret_key": keys["SecretAccessKey"]}
    path = tmp_path / "orders.json"
    path.write_text(json.dumps(cluster_document(owner)))
    try:
        _run, found = check(
            accounts,
            "--limit=dax_account_b",
            dax_account_b_connection=b.connection(**session, session_token=keys["SessionToken"]),
            dax_account_b_cluster=str(path),
        )
    finally:
        b.iam.delete_role_policy(RoleName="Operator", PolicyName="b")
        b.iam.delete_role(RoleName="Operator")
    assert list(found) == ["account_b"]
    assert bad(found["account_b"]) == {"rights Make": "missing"}
    assert "ec2:CreateVpc on vpc/* is not allowed" in found["account_b"]["rights Make"]["what"]


def test_what_is_missing_in_the_accounts_is_told(accounts, owner) -> None:
    ec2 = accounts[1].ec2
    made = [ec2.create_vpc(CidrBlock=f"10.{number}.0.0/24")["Vpc"]["VpcId"] for number in range(101, 105)]
    try:
        with settings(quotas={"vpcs_per_region": 5}):
            _run, found = check(
                accounts,
                dax_account_b_instance_type="t9.micro",
                dax_account_a_security_group_id="sg-00000000",
            )
    finally:
        for vpc in made:
            ec2.delete_vpc(VpcId=vpc)
    assert bad(found["account_b"]) == {"plan instance": "missing", "quota vpcs": "missing"}
    assert "dax_account_b_instance_type" in found["account_b"]["plan instance"]["fix"]
    assert "5, and 1 to come, of 5" in found["account_b"]["quota vpcs"]["what"]
    assert bad(found["account_a"]) == {"plan rules": "missing"}
    assert "dax_account_a_security_group_id" in found["account_a"]["plan rules"]["fix"]


def test_a_cluster_that_is_not_there_and_an_adopted_vpc_without_dns(accounts, owner, tmp_path: Path) -> None:
    ec2 = accounts[1].ec2
    vpc = ec2.create_vpc(CidrBlock="10.90.0.0/24")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.90.0.0/25", AvailabilityZone="us-east-1a")["Subnet"]["SubnetId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": False})
    path = tmp_path / "orders.json"
    path.write_text(json.dumps(cluster_document(owner)))
    try:
        _run, found = check(
            accounts,
            dax_account_a_cluster_name="none-such",
            dax_account_b_cluster=str(path),
            dax_account_b_vpc_id=vpc,
            dax_account_b_image_id="ami-00000000000000000",
            dax_account_b_sts_access="existing",
        )
    finally:
        ec2.delete_subnet(SubnetId=subnet)
        ec2.delete_vpc(VpcId=vpc)
    assert bad(found["account_a"]) == {"plan cluster": "missing"}
    assert bad(found["account_b"])["dns"] == "missing"
    assert vpc in found["account_b"]["dns"]["what"]
    assert bad(found["account_b"])["plan instance"] == "missing"
    assert "dax_account_b_image_id" in found["account_b"]["plan instance"]["fix"]


def test_regions_that_the_accounts_have_not_enabled(accounts, owner) -> None:
    region = "me-south-1"
    with settings(enabled_regions={accounts[1].id: [region], "*": []}):
        _run, found = check(accounts, dax_account_b_connection=accounts[1].connection(region=region))
    assert bad(found["account_a"]) == {f"region {region}": "missing"}
    assert f"--region-name {region}" in found["account_a"][f"region {region}"]["fix"]
    # That of account B itself is enabled, and it sees the cluster's.
    assert {name for name in found["account_b"] if name.startswith("region")} == {
        f"region {region}",
        "region us-east-1",
    }
    assert [name for name in bad(found["account_b"]) if name.startswith("region")] == []


def test_variables_and_credentials_that_cannot_be_used_are_findings(accounts, owner) -> None:
    unknown = accounts[1].connection(access_key="AKIAIOSFODNN7EXAMPLE", secret_key="wrong-wrong")
    _run, found = check(accounts, dax_account_a_prune="perhaps", dax_account_b_connection=unknown)
    assert bad(found["account_a"]) == {"variables": "missing"}
    assert "dax_account_a_prune" in found["account_a"]["variables"]["what"]
    assert bad(found["account_b"]) == {"credentials": "missing"}
    assert "dax_account_b_connection" in found["account_b"]["credentials"]["what"]
