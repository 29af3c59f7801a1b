# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Both sides run with docs/permissions_*.json alone, and nothing in these policies is there for nothing.

The emulator refuses here what the caller's policies do not allow, resources, tags and passed roles included.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import permission_table
import pytest
import yaml
from scenario.accounts import new_account
from scenario.emulator import control, patch_cluster
from scenario.owner import CLUSTER, make_owner, trust
from scenario.pair import Pair
from scenario.playbook import SIDE_A, SIDE_B, SITE, TEARDOWN, Run, run_playbook
from scenario.users import User

ROLE_A, ROLE_B, PROFILE = "DaxCrossAccountRole", "AssumeDaxRole", "AssumeDaxInstanceProfile"
SOMETHING = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}
)
WANTED: dict[str, Any] = {
    "dax_account_a_dns_resolution": True,
    "dax_account_a_tags": {"team": "a"},
    "dax_account_b_dns_resolution": True,
    "dax_account_b_tags": {"team": "b"},
    "dax_account_b_ssm_access": True,
}


@dataclass
class World:
    """A pair of accounts whose users have the generated policies, and all calls that they made."""

    pair: Pair
    users: dict[str, User]
    calls: list[dict[str, Any]] = field(default_factory=list)

    def run(self, playbook: Path, **variables: Any) -> Run:
        connections = {f"dax_account_{side}_connection": user.connection for side, user in self.users.items()}
        run = run_playbook(playbook, self.pair.a, self.pair.b, variables={**WANTED, **connections, **variables})
        self.calls += run.calls
        return run

    def must(self, playbook: Path, **variables: Any) -> Run:
        run = self.run(playbook, **variables)
        assert run.rc == 0, "\n".join(run.failures) or run.text[-4000:]
        return run


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    a, b = new_account(), new_account()
    owner = make_owner(a)
    a.ec2.modify_vpc_attribute(VpcId=owner.vpc_id, EnableDnsHostnames={"Value": True})
    users = {"a": User(a, "a"), "b": User(b, "b")}
    path = tmp_path_factory.mktemp("documents") / "consumer.yml"
    control("PUT", "settings", {"enforce_iam": True})
    try:
        made = World(Pair(a, b, owner, {}), users)
        made.must(SITE, dax_account_b_document_path=str(path))
        made.pair.consumer = yaml.safe_load(path.read_text())
        yield made
    finally:
        control("PUT", "settings", {"enforce_iam": False})


def change_account_a(pair: Pair) -> None:
    ec2, iam = pair.a.ec2, pair.a.iam
    ec2.delete_route(RouteTableId=pair.owner.tables[0], DestinationCidrBlock=pair.consumer["cidr_blocks"][0])
    ec2.delete_tags(Resources=[pair.peering], Tags=[{"Key": "team"}])
    rule = pair.rule
    source = {"GroupId": pair.group, "UserId": pair.b.id, "Description": "by hand"}
    described = {key: rule[key] for key in ("IpProtocol", "FromPort", "ToPort")} | {"UserIdGroupPairs": [source]}
    ec2.update_security_group_rule_descriptions_ingress(GroupId=pair.owner.group_id, IpPermissions=[described])
    trusted = iam.get_role(RoleName=ROLE_A)["Role"]["AssumeRolePolicyDocument"]
    trusted["Statement"][0]["Principal"] = {"AWS": f"arn:aws:iam::{pair.b.id}:root"}
    iam.update_assume_role_policy(RoleName=ROLE_A, PolicyDocument=json.dumps(trusted))
    iam.delete_role_policy(RoleName=ROLE_A, PolicyName="DaxCrossAccountPolicy")
    iam.update_role(RoleName=ROLE_A, MaxSessionDuration=7200)
    iam.untag_role(RoleName=ROLE_A, TagKeys=["team"])
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=SOMETHING)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName=ROLE_A, PermissionsBoundary=boundary)
    # From now on the cluster is reached by IPv6 too.
    ec2.associate_vpc_cidr_block(VpcId=pair.owner.vpc_id, AmazonProvidedIpv6CidrBlock=True)
    patch_cluster(pair.a.id, pair.a.region, CLUSTER, {"network_type": "dual_stack"})


def change_account_b(pair: Pair) -> None:
    ec2, iam = pair.b.ec2, pair.b.iam
    instance = pair.instance
    for each in (pair.vpc, pair.subnet, pair.group, pair.gateway, pair.peering, instance):
        ec2.delete_tags(Resources=[each], Tags=[{"Key": "team"}])
    ec2.modify_vpc_attribute(VpcId=pair.vpc, EnableDnsHostnames={"Value": False})
    ec2.modify_subnet_attribute(SubnetId=pair.subnet, MapPublicIpOnLaunch={"Value": True})
    ec2.delete_route(RouteTableId=pair.table, DestinationCidrBlock="10.0.0.0/16")
    (association,) = ec2.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]
    ec2.disassociate_iam_instance_profile(AssociationId=association["AssociationId"])
    groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [pair.vpc]}])["SecurityGroups"]
    (default,) = [group["GroupId"] for group in groups if group["GroupName"] == "default"]
    ec2.modify_instance_attribute(InstanceId=instance, Groups=[default])
    iam.remove_role_from_instance_profile(InstanceProfileName=PROFILE, RoleName=ROLE_B)
    iam.untag_instance_profile(InstanceProfileName=PROFILE, TagKeys=["team"])
    iam.update_assume_role_policy(RoleName=ROLE_B, PolicyDocument=trust("lambda.amazonaws.com"))
    iam.delete_role_policy(RoleName=ROLE_B, PolicyName="AssumeDaxRolePolicy")
    iam.detach_role_policy(RoleName=ROLE_B, PolicyArn=permission_table.SSM_POLICY)
    iam.update_role(RoleName=ROLE_B, MaxSessionDuration=7200)
    iam.untag_role(RoleName=ROLE_B, TagKeys=["team"])
    iam.create_policy(PolicyName="boundary", PolicyDocument=SOMETHING)


def test_what_was_changed_by_hand_is_mended_and_options_are_added(world: World) -> None:
    pair = world.pair
    change_account_a(pair)
    change_account_b(pair)
    boundaries = {
        f"dax_account_{side}_permissions_boundary": f"arn:aws:iam::{account.id}:policy/boundary"
        for side, account in (("a", pair.a), ("b", pair.b))
    }
    options = {"dax_account_b_sts_access": "vpc_endpoint"}
    world.must(SITE, **options, dax_account_b_permissions_boundary=boundaries["dax_account_b_permissions_boundary"])
    world.must(SITE, **options, dax_account_a_permissions_boundary=boundaries["dax_account_a_permissions_boundary"])
    run = world.must(
        SITE, **options, dax_account_a_permissions_boundary=boundaries["dax_account_a_permissions_boundary"]
    )
    assert run.changed == 0
    assert run.writes() == []


@pytest.mark.parametrize("action", ["ec2:DescribeNetworkAcls", "dax:DescribeClusters", "iam:GetRole"])
def test_an_error_of_the_facts_names_the_missing_action(world: World, action: str) -> None:
    _refused(world, "a", action, SIDE_A, dax_account_a_consumers=[])


def test_an_error_of_our_own_writers_names_the_missing_action(world: World) -> None:
    pair = world.pair
    block = pair.consumer["cidr_blocks"][0]
    pair.a.ec2.delete_route(RouteTableId=pair.owner.tables[0], DestinationCidrBlock=block)
    _refused(world, "a", "ec2:CreateRoute", SIDE_A, dax_account_a_consumers=[pair.consumer])


def test_an_error_of_amazon_aws_names_the_missing_action(world: World) -> None:
    pair = world.pair
    pair.b.ec2.modify_vpc_attribute(VpcId=pair.vpc, EnableDnsHostnames={"Value": False})
    _refused(world, "b", "ec2:ModifyVpcAttribute", SIDE_B, dax_account_b_cluster=pair.cluster)
    pair.b.iam.delete_role_policy(RoleName=ROLE_B, PolicyName="AssumeDaxRolePolicy")
    _refused(world, "b", "iam:PutRolePolicy", SIDE_B, dax_account_b_cluster=pair.cluster)


def _refused(world: World, side: str, action: str, playbook: Path, **variables: Any) -> None:
    user = world.users[side]
    user.lacks(action)
    try:
        run = world.run(playbook, **variables)
    finally:
        user.lacks("")
    assert run.rc != 0
    told = run.failures[-1]
    assert action in told
    assert user.account.id in told


def test_teardown_then_nothing_is_left_and_no_action_is_there_for_nothing(world: World) -> None:
    before = len(world.calls)
    world.must(SITE, dax_account_b_sts_access="vpc_endpoint")
    world.must(TEARDOWN)
    assert [call for call in world.calls[before:] if call["error"] in ("AccessDenied", "UnauthorizedOperation")] == []
    assert world.pair.snapshot()["B"]["vpcs"].keys().isdisjoint([world.pair.vpc])
    called = {side: user.called(world.calls) for side, user in world.users.items()}
    granted = {side: permission_table.actions(side) for side in called}
    assert {side: sorted(called[side] - granted[side]) for side in called} == {"a": [], "b": []}
    unused = {side: sorted(granted[side] - called[side]) for side in called}
    assert unused == {side: sorted(permission_table.UNSEEN[side]) for side in called}
