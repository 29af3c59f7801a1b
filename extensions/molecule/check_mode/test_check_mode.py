# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode writes nothing, anywhere, and what it tells is what a run then does."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from scenario.accounts import Account, new_account
from scenario.owner import Owner, make_owner
from scenario.playbook import SITE, TEARDOWN, Run, converge
from scenario.snapshot import differences, snapshot

# What is made in EC2 gets its own id in its tags, once it has one: a call that is no line of its own.
OWN_ID = "CreateTags"
# The calls that carry out one line of a plan, by the beginning of that line.
CALLS = {
    "create role: role": ["CreateRole"],
    "create policy: policy": ["PutRolePolicy"],
    "create instance_profile: instance profile": ["CreateInstanceProfile", "AddRoleToInstanceProfile"],
    "create vpc: VPC": ["CreateVpc", "ModifyVpcAttribute", OWN_ID],
    "create subnets: subnet": ["CreateSubnet", "ModifySubnetAttribute", OWN_ID],
    "create internet_gateway: internet gateway": ["CreateInternetGateway", "AttachInternetGateway", OWN_ID],
    "create internet_gateway: route": ["CreateRoute"],
    "create security_group: security group": ["CreateSecurityGroup", OWN_ID],
    "create peering: peering connection to": ["CreateVpcPeeringConnection", OWN_ID],
    "create routes: route": ["CreateRoute"],
    "create instance: instance": ["RunInstances", OWN_ID],
    "create peering: peering connection": ["AcceptVpcPeeringConnection", "CreateTags"],
    "create rules: rule": ["AuthorizeSecurityGroupIngress", OWN_ID],
    "remove rules: rule": ["RevokeSecurityGroupIngress"],
    "remove routes: route": ["DeleteRoute"],
    "remove role: role": ["DeleteRolePolicy", "DeleteRole"],
    "remove peering: peering connection": ["DeleteVpcPeeringConnection"],
    "remove instance: instance": ["TerminateInstances"],
    "remove security_group: security group": ["DeleteSecurityGroup"],
    "remove internet_gateway: internet gateway": ["DetachInternetGateway", "DeleteInternetGateway"],
    "remove subnets: subnet": ["DeleteSubnet"],
    "remove vpc: VPC": ["DeleteVpc"],
    "remove instance_profile: instance profile": ["RemoveRoleFromInstanceProfile", "DeleteInstanceProfile"],
    "change policy: policy": ["PutRolePolicy"],
    "change vpc: VPC": ["ModifyVpcAttribute"],
    "change rules: rule": ["UpdateSecurityGroupRuleDescriptionsIngress"],
}


@pytest.fixture(scope="module")
def accounts() -> tuple[Account, Account]:
    return new_account(), new_account()


@pytest.fixture(scope="module")
def owner(accounts) -> Owner:
    return make_owner(accounts[0])


def carried_out_by(actions: list[str]) -> Counter[str]:
    """Return the writes that belong to the lines of a plan."""
    beginnings = [max((item for item in CALLS if line.startswith(item)), key=len) for line in actions]
    return Counter(call for beginning in beginnings for call in CALLS[beginning])


def fits(predicted: list[str], done: list[str]) -> bool:
    """Compare plans line by line; check mode cannot know the ids of what is not there yet."""
    patterns = [re.escape(line).replace(re.escape("known after apply"), r"\S+") for line in predicted]
    return len(patterns) == len(done) and all(any(re.fullmatch(one, line) for line in done) for one in patterns)


def check(accounts: tuple[Account, Account], playbook: Path = SITE) -> Run:
    """Run in check mode: it ends well, shows both plans, and leaves both accounts exactly as they are."""
    before = [snapshot(account) for account in accounts]
    run = converge(playbook, *accounts, "--check")
    assert run.write_attempts() == []
    assert [differences(*pair) for pair in zip(before, map(snapshot, accounts), strict=True)] == [[], []]
    assert [plan["side"] for plan in run.plans][-1] in ("account A", "account B")
    assert {plan["side"] for plan in run.plans} == {"account A", "account B"}
    return run


def check_then_run(accounts: tuple[Account, Account]) -> Run:
    predicted = check(accounts)
    assert predicted.changed == 2, "check mode reports a change for each account"
    run = converge(SITE, *accounts)
    for side in "AB":
        assert fits(predicted.actions(side), run.actions(side)), (predicted.actions(side), run.actions(side))
    assert Counter(run.writes()) == carried_out_by(predicted.actions())
    return run


def test_on_two_accounts_without_our_things(accounts, owner) -> None:
    run = check_then_run(accounts)
    assert len(run.actions("A")) == 7
    assert len(run.actions("B")) == 11


def test_on_converged_accounts(accounts, owner) -> None:
    run = check(accounts)
    assert run.changed == 0
    assert [plan["lines"] for plan in run.plans] == [["account B: nothing to change"], ["account A: nothing to change"]]


def test_on_accounts_that_were_changed_by_hand(accounts, owner) -> None:
    a, b = accounts
    a.ec2.delete_route(RouteTableId=owner.main_table, DestinationCidrBlock="10.1.0.0/24")
    a.iam.delete_role_policy(RoleName="DaxCrossAccountRole", PolicyName="DaxCrossAccountPolicy")
    (vpc,) = [item["VpcId"] for item in b.ec2.describe_vpcs()["Vpcs"] if item["CidrBlock"] == "10.1.0.0/24"]
    b.ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": False})
    run = check_then_run(accounts)
    assert len(run.actions()) == 3


def test_on_a_teardown(accounts, owner) -> None:
    predicted = check(accounts, TEARDOWN)
    run = converge(TEARDOWN, *accounts)
    assert predicted.actions("A") == run.actions("A")
    # Both ends of the connection are told of, and the first to come ends it: account A.
    both = "remove peering: peering connection pcx"
    assert predicted.actions("B") == sorted([*run.actions("B"), both])
    assert both in run.actions("A")
    assert Counter(run.writes()) == carried_out_by(run.actions())
    assert check(accounts, TEARDOWN).changed == 0
