# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever is changed by hand, the next run of that side mends exactly that: one change for each module that writes.

What is found and how it is planned, change by change, is in the unit tests (table DRIFT of ``plan/drift.py``).
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from scenario.owner import trust
from scenario.pair import BLOCK, OWNERS_BLOCK, Pair, join, same
from scenario.playbook import SIDE_A, run_playbook

ROLE_A, POLICY_A = "DaxCrossAccountRole", "DaxCrossAccountPolicy"
ROLE_B, PROFILE = "AssumeDaxRole", "AssumeDaxInstanceProfile"
KEY = "{b}/dax-client"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """Return one pair of joined accounts; each test leaves it as it was."""
    return join(tmp_path_factory.mktemp("documents"))


def widen_our_trust(pair: Pair) -> None:
    document = pair.a.iam.get_role(RoleName=ROLE_A)["Role"]["AssumeRolePolicyDocument"]
    document["Statement"][0]["Principal"] = {"AWS": f"arn:aws:iam::{pair.b.id}:root"}
    pair.a.iam.update_assume_role_policy(RoleName=ROLE_A, PolicyDocument=json.dumps(document))


def widen_the_policy(pair: Pair) -> None:
    document = pair.a.iam.get_role_policy(RoleName=ROLE_A, PolicyName=POLICY_A)["PolicyDocument"]
    document["Statement"][0] |= {"Action": "dax:*", "Resource": "*"}
    pair.a.iam.put_role_policy(RoleName=ROLE_A, PolicyName=POLICY_A, PolicyDocument=json.dumps(document))


def delete_the_route_to_the_client(pair: Pair) -> None:
    pair.a.ec2.delete_route(RouteTableId=pair.owner.main_table, DestinationCidrBlock=BLOCK)


def revoke_the_rule(pair: Pair) -> None:
    rule = pair.rule["SecurityGroupRuleId"]
    pair.a.ec2.revoke_security_group_ingress(GroupId=pair.owner.group_id, SecurityGroupRuleIds=[rule])


def describe_the_rule_otherwise(pair: Pair) -> None:
    rule = pair.rule
    source = [{"GroupId": pair.group, "UserId": pair.b.id, "Description": "by hand"}]
    permission = {"IpProtocol": "tcp", "FromPort": rule["FromPort"], "ToPort": rule["ToPort"]}
    pair.a.ec2.update_security_group_rule_descriptions_ingress(
        GroupId=pair.owner.group_id, IpPermissions=[{**permission, "UserIdGroupPairs": source}]
    )


def untag_the_accepted_peering(pair: Pair) -> None:
    pair.a.ec2.delete_tags(Resources=[pair.peering], Tags=[{"Key": "dax.cross_account:cluster"}, {"Key": "Name"}])


CHANGES_A: list[tuple[Callable[[Pair], None], str, list[str]]] = [
    (widen_our_trust, f"change role: trust policy of role {ROLE_A}", ["UpdateAssumeRolePolicy"]),
    (widen_the_policy, f"change policy: policy {POLICY_A} of role {ROLE_A}", ["PutRolePolicy"]),
    (delete_the_route_to_the_client, f"create routes: route {BLOCK} in rtb", ["CreateRoute"]),
    # A new rule gets its own id in its tags.
    (revoke_the_rule, "create rules: rule TCP {port} from sg on sg", ["AuthorizeSecurityGroupIngress", "CreateTags"]),
    (
        describe_the_rule_otherwise,
        "change rules: rule TCP {port} from sg on sg",
        ["UpdateSecurityGroupRuleDescriptionsIngress"],
    ),
    (untag_the_accepted_peering, f"change peering: tags of peering connection pcx of {KEY}", ["CreateTags"]),
]


def put_another_role_into_the_profile(pair: Pair) -> None:
    pair.b.iam.remove_role_from_instance_profile(InstanceProfileName=PROFILE, RoleName=ROLE_B)
    pair.b.iam.add_role_to_instance_profile(InstanceProfileName=PROFILE, RoleName="Other")


def switch_dns_hostnames_off(pair: Pair) -> None:
    pair.b.ec2.modify_vpc_attribute(VpcId=pair.vpc, EnableDnsHostnames={"Value": False})


def stop_public_addresses(pair: Pair) -> None:
    pair.b.ec2.modify_subnet_attribute(SubnetId=pair.subnet, MapPublicIpOnLaunch={"Value": False})


def untag_the_group(pair: Pair) -> None:
    pair.b.ec2.delete_tags(Resources=[pair.group], Tags=[{"Key": "dax.cross_account:cluster"}, {"Key": "Name"}])


def delete_the_route_to_the_cluster(pair: Pair) -> None:
    pair.b.ec2.delete_route(RouteTableId=pair.table, DestinationCidrBlock=OWNERS_BLOCK)


def untag_the_requested_peering(pair: Pair) -> None:
    pair.b.ec2.delete_tags(Resources=[pair.peering], Tags=[{"Key": "dax.cross_account:consumer"}, {"Key": "Name"}])


def take_the_profile_off_the_instance(pair: Pair) -> None:
    found = pair.b.ec2.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]
    (association,) = [item["AssociationId"] for item in found if item["InstanceId"] == pair.instance]
    pair.b.ec2.disassociate_iam_instance_profile(AssociationId=association)


CHANGES_B: list[tuple[Callable[[Pair], None], str, list[str]]] = [
    (
        put_another_role_into_the_profile,
        f"change instance_profile: role of instance profile {PROFILE}",
        ["RemoveRoleFromInstanceProfile", "AddRoleToInstanceProfile"],
    ),
    (switch_dns_hostnames_off, "change vpc: VPC vpc", ["ModifyVpcAttribute"]),
    (stop_public_addresses, "change subnets: public addresses in subnet subnet", ["ModifySubnetAttribute"]),
    (untag_the_group, "change security_group: tags of security group sg", ["CreateTags"]),
    (delete_the_route_to_the_cluster, f"create routes: route {OWNERS_BLOCK} in rtb", ["CreateRoute"]),
    (untag_the_requested_peering, "change peering: tags of peering connection pcx", ["CreateTags"]),
    (
        take_the_profile_off_the_instance,
        "change instance: instance profile of instance i",
        ["AssociateIamInstanceProfile"],
    ),
]
ROWS = [("A", *row) for row in CHANGES_A] + [("B", *row) for row in CHANGES_B]


@pytest.mark.parametrize(("side", "change", "plan", "writes"), ROWS, ids=lambda item: getattr(item, "__name__", ""))
def test_a_change_by_hand(pair: Pair, side: str, change: Callable[[Pair], None], plan: str, writes: list[str]) -> None:
    if change is put_another_role_into_the_profile:
        pair.b.iam.create_role(RoleName="Other", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
    before = pair.snapshot()
    port = pair.rule["FromPort"]
    change(pair)
    assert pair.snapshot() != before, "nothing was changed by hand"
    run = pair.run(side)
    assert run.actions(side) == [plan.format(port=port, b=pair.b.id)]
    assert run.writes() == writes
    same(before, pair.snapshot(), new_ids=change is revoke_the_rule)


def test_an_instance_out_of_its_group_is_put_back_and_keeps_the_other_group(pair: Pair) -> None:
    before = pair.snapshot()
    filters = [{"Name": "vpc-id", "Values": [pair.vpc]}, {"Name": "group-name", "Values": ["default"]}]
    (default,) = pair.b.ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    pair.b.ec2.modify_instance_attribute(InstanceId=pair.instance, Groups=[default["GroupId"]])
    run = pair.run("B")
    assert run.actions("B") == ["change instance: security groups of instance i"]
    assert run.writes() == ["ModifyInstanceAttribute"]
    (instance,) = pair.snapshot()["B"]["instances"].values()
    # The group that somebody gave it stays, until he takes it off.
    assert sorted(instance["groups"]) == sorted([pair.group, default["GroupId"]])
    pair.b.ec2.modify_instance_attribute(InstanceId=pair.instance, Groups=[pair.group])
    same(before, pair.snapshot())


def test_a_profile_that_was_made_anew_is_associated_again(pair: Pair) -> None:
    iam, ec2 = pair.b.iam, pair.b.ec2
    old = iam.get_instance_profile(InstanceProfileName=PROFILE)["InstanceProfile"]
    iam.remove_role_from_instance_profile(InstanceProfileName=PROFILE, RoleName=ROLE_B)
    iam.delete_instance_profile(InstanceProfileName=PROFILE)
    new = iam.create_instance_profile(InstanceProfileName=PROFILE, Path=old["Path"], Tags=old["Tags"])
    iam.add_role_to_instance_profile(InstanceProfileName=PROFILE, RoleName=ROLE_B)
    run = pair.run("B")
    assert run.actions("B") == ["change instance: instance profile of instance i"]
    assert run.writes() == ["ReplaceIamInstanceProfileAssociation"]
    (association,) = ec2.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]
    assert association["IamInstanceProfile"]["Id"] == new["InstanceProfile"]["InstanceProfileId"]
    assert pair.run("B").writes() == []


def test_an_instance_that_was_terminated_is_launched_again(pair: Pair) -> None:
    before = pair.snapshot()
    pair.b.ec2.terminate_instances(InstanceIds=[pair.instance])
    run = pair.run("B")
    assert run.actions("B") == ["create instance: instance dax-client"]
    assert run.writes()[0] == "RunInstances"
    after = pair.snapshot()
    assert len(after["B"]["instances"]) == 1
    same(before, after, new_ids=True)


def test_a_gateway_that_was_detached_is_attached_again(pair: Pair) -> None:
    before = pair.snapshot()
    gateway = pair.gateway
    # AWS lets go of a gateway only when no public address leads through it any more.
    pair.b.ec2.terminate_instances(InstanceIds=[pair.instance])
    pair.b.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=pair.vpc)
    run = pair.run("B")
    assert "CreateInternetGateway" not in run.writes()
    assert {"AttachInternetGateway", "RunInstances"} <= set(run.writes())
    after = pair.snapshot()
    assert after["B"]["internet_gateways"][gateway]["vpcs"] == [pair.vpc]
    same(before, after, new_ids=True)


def test_a_peering_that_was_deleted_is_made_again_by_both_sides(pair: Pair) -> None:
    before = pair.snapshot()
    pair.b.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=pair.peering)
    run = pair.run("both")
    assert run.actions("B") == [
        f"change routes: route {OWNERS_BLOCK} in rtb",
        f"create peering: peering connection to vpc of account {pair.a.id}",
    ]
    assert run.actions("A") == [
        *[f"change routes: route {BLOCK} in rtb"] * 3,
        # Whose tags remember the connection.
        f"change rules: rule TCP {pair.rule['FromPort']} from sg on sg",
        f"create peering: peering connection pcx of {KEY.format(b=pair.b.id)}",
    ]
    assert run.writes(pair.b) == ["CreateVpcPeeringConnection", "ReplaceRoute", "CreateTags"]
    accept = ["CreateTags", "AcceptVpcPeeringConnection"]
    assert run.writes(pair.a) == [*accept, *["ReplaceRoute"] * 3, "CreateTags"]
    same(before, pair.snapshot(), new_ids=True)
    (new,) = pair.snapshot()["B"]["peerings"]
    pair.consumer["peering_connection_id"] = new
    del pair.__dict__["peering"]


def test_a_statement_of_somebody_else_stays_in_the_trust(pair: Pair) -> None:
    before = pair.snapshot()
    pair.a.iam.update_assume_role_policy(RoleName=ROLE_A, PolicyDocument=trust("lambda.amazonaws.com"))
    run = pair.run("A")
    assert run.actions("A") == [f"change role: trust policy of role {ROLE_A}"]
    after = pair.snapshot()
    statements = after["A"]["roles"][ROLE_A]["trust"]["Statement"]
    assert {"Service": "lambda.amazonaws.com"} in [statement["Principal"] for statement in statements]
    ours = [item for item in statements if item["Principal"] != {"Service": "lambda.amazonaws.com"}]
    assert ours == before["A"]["roles"][ROLE_A]["trust"]["Statement"]
    pair.a.iam.update_assume_role_policy(
        RoleName=ROLE_A, PolicyDocument=json.dumps(before["A"]["roles"][ROLE_A]["trust"])
    )


def test_a_foreign_route_in_our_way_is_a_conflict_by_name(pair: Pair) -> None:
    before = pair.snapshot()
    table = pair.owner.tables[0]
    gateway = pair.a.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    pair.a.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=pair.owner.vpc_id)
    pair.a.ec2.replace_route(RouteTableId=table, DestinationCidrBlock=BLOCK, GatewayId=gateway)
    wanted = {"dax_account_a_consumers": [pair.consumer]}
    run = run_playbook(SIDE_A, pair.a, pair.b, variables=wanted)
    assert run.rc != 0
    assert run.write_attempts() == []
    (message,) = run.failures
    assert all(part in message for part in (table, BLOCK, gateway, "dax_account_a_force_routes")), message
    forced = run_playbook(SIDE_A, pair.a, pair.b, variables={**wanted, "dax_account_a_force_routes": True})
    assert forced.writes() == ["ReplaceRoute"]
    pair.a.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=pair.owner.vpc_id)
    pair.a.ec2.delete_internet_gateway(InternetGatewayId=gateway)
    same(before, pair.snapshot())


def test_tags_of_the_users_own_in_account_a_are_put_and_mended(pair: Pair) -> None:
    untouched, wanted = pair.snapshot(), {"dax_account_a_tags": {"team": "cache"}}
    run = pair.run("A", **wanted)
    key = f"{pair.b.id}/dax-client"
    assert run.actions("A") == [
        f"change peering: tags of peering connection pcx of {key}",
        f"change role: tags of role {ROLE_A}",
        f"change rules: rule TCP {pair.rule['FromPort']} from sg on sg",
    ]
    assert run.writes() == ["CreateTags", "TagRole", "CreateTags"]
    before = pair.snapshot()
    pair.a.iam.untag_role(RoleName=ROLE_A, TagKeys=["team"])
    assert pair.run("A", **wanted).writes() == ["TagRole"]
    same(before, pair.snapshot())
    # A run without them leaves them where they are; whoever no longer wants them takes them off.
    pair.a.iam.untag_role(RoleName=ROLE_A, TagKeys=["team"])
    pair.a.ec2.delete_tags(Resources=[pair.peering, pair.rule["SecurityGroupRuleId"]], Tags=[{"Key": "team"}])
    same(untouched, pair.snapshot())


def test_tags_of_the_users_own_in_account_b_are_put_on_everything_and_mended(pair: Pair) -> None:
    wanted = {"dax_account_b_tags": {"team": "orders"}}
    run = pair.run("B", **wanted)
    assert run.actions("B") == [
        "change instance: tags of instance i",
        f"change instance_profile: tags of instance profile {PROFILE}",
        "change internet_gateway: tags of internet gateway igw",
        "change peering: tags of peering connection pcx",
        f"change role: tags of role {ROLE_B}",
        "change security_group: tags of security group sg",
        "change subnets: tags of subnet subnet",
        "change vpc: tags of VPC vpc",
    ]
    assert sorted(run.writes()) == [*["CreateTags"] * 6, "TagInstanceProfile", "TagRole"]
    before = pair.snapshot()
    pair.b.iam.untag_role(RoleName=ROLE_B, TagKeys=["team"])
    pair.b.iam.tag_instance_profile(InstanceProfileName=PROFILE, Tags=[{"Key": "team", "Value": "somebody"}])
    run = pair.run("B", **wanted)
    assert run.writes() == ["TagRole", "TagInstanceProfile"]
    same(before, pair.snapshot())
