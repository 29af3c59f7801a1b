# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever is changed by hand in account B, the next run mends exactly that."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from scenario.owner import trust
from scenario.pair import OWNERS_BLOCK, Pair, same

ROLE, POLICY, PROFILE = "AssumeDaxRole", "AssumeDaxRolePolicy", "AssumeDaxInstanceProfile"
MARKS = ("dax.cross_account:cluster", "dax.cross_account:consumer")


def trust_somebody_else(pair: Pair) -> None:
    pair.b.iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust("lambda.amazonaws.com"))


def aim_the_policy_elsewhere(pair: Pair) -> None:
    document = pair.b.iam.get_role_policy(RoleName=ROLE, PolicyName=POLICY)["PolicyDocument"]
    document["Statement"][0]["Resource"] = "*"
    pair.b.iam.put_role_policy(RoleName=ROLE, PolicyName=POLICY, PolicyDocument=json.dumps(document))


def delete_the_policy(pair: Pair) -> None:
    pair.b.iam.delete_role_policy(RoleName=ROLE, PolicyName=POLICY)


def take_the_role_out_of_the_profile(pair: Pair) -> None:
    pair.b.iam.remove_role_from_instance_profile(InstanceProfileName=PROFILE, RoleName=ROLE)


def put_another_role_into_the_profile(pair: Pair) -> None:
    take_the_role_out_of_the_profile(pair)
    if "Other" not in [role["RoleName"] for role in pair.b.iam.list_roles()["Roles"]]:
        pair.b.iam.create_role(RoleName="Other", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
    pair.b.iam.add_role_to_instance_profile(InstanceProfileName=PROFILE, RoleName="Other")


def untag(what: str) -> Callable[[Pair], None]:
    def remove(pair: Pair) -> None:
        keys = [*MARKS[:1], "Name"] if what in ("vpc", "instance") else [*MARKS, "Name"]
        keys = ["Name"] if what == "instance" else keys
        pair.b.ec2.delete_tags(Resources=[getattr(pair, what)], Tags=[{"Key": key} for key in keys])

    remove.__name__ = f"untag_the_{what}"
    return remove


def switch_dns_support_off(pair: Pair) -> None:
    pair.b.ec2.modify_vpc_attribute(VpcId=pair.vpc, EnableDnsSupport={"Value": False})


def switch_dns_hostnames_off(pair: Pair) -> None:
    pair.b.ec2.modify_vpc_attribute(VpcId=pair.vpc, EnableDnsHostnames={"Value": False})


def stop_public_addresses(pair: Pair) -> None:
    pair.b.ec2.modify_subnet_attribute(SubnetId=pair.subnet, MapPublicIpOnLaunch={"Value": False})


def delete_route(block: str) -> Callable[[Pair], None]:
    def delete(pair: Pair) -> None:
        pair.b.ec2.delete_route(RouteTableId=pair.table, DestinationCidrBlock=block)

    delete.__name__ = f"delete_route_{block}"
    return delete


def take_the_instance_out_of_the_group(pair: Pair) -> None:
    (default,) = pair.b.ec2.describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [pair.vpc]}, {"Name": "group-name", "Values": ["default"]}]
    )["SecurityGroups"]
    pair.b.ec2.modify_instance_attribute(InstanceId=pair.instance, Groups=[default["GroupId"]])


def take_the_profile_off_the_instance(pair: Pair) -> None:
    found = pair.b.ec2.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"]
    (association,) = [item["AssociationId"] for item in found if item["InstanceId"] == pair.instance]
    pair.b.ec2.disassociate_iam_instance_profile(AssociationId=association)


def terminate_the_instance(pair: Pair) -> None:
    pair.b.ec2.terminate_instances(InstanceIds=[pair.instance])


def detach_the_gateway(pair: Pair) -> None:
    pair.b.ec2.detach_internet_gateway(InternetGatewayId=pair.gateway, VpcId=pair.vpc)


ROLE_LINE, POLICY_LINE, PROFILE_LINE = f"role {ROLE}", f"policy {POLICY} of role {ROLE}", f"instance profile {PROFILE}"
CHANGES = [
    (trust_somebody_else, [f"change role: trust policy of {ROLE_LINE}"], ["UpdateAssumeRolePolicy"]),
    (aim_the_policy_elsewhere, [f"change policy: {POLICY_LINE}"], ["PutRolePolicy"]),
    (delete_the_policy, [f"create policy: {POLICY_LINE}"], ["PutRolePolicy"]),
    (
        take_the_role_out_of_the_profile,
        [f"change instance_profile: role of {PROFILE_LINE}"],
        ["AddRoleToInstanceProfile"],
    ),
    (
        put_another_role_into_the_profile,
        [f"change instance_profile: role of {PROFILE_LINE}"],
        ["RemoveRoleFromInstanceProfile", "AddRoleToInstanceProfile"],
    ),
    (untag("vpc"), ["change vpc: tags of VPC vpc"], ["CreateTags"]),
    (untag("subnet"), ["change subnets: tags of subnet subnet"], ["CreateTags"]),
    (untag("group"), ["change security_group: tags of security group sg"], ["CreateTags"]),
    (untag("gateway"), ["change internet_gateway: tags of internet gateway igw"], ["CreateTags"]),
    (untag("peering"), ["change peering: tags of peering connection pcx"], ["CreateTags"]),
    (untag("instance"), ["change instance: tags of instance i"], ["CreateTags"]),
    (switch_dns_support_off, ["change vpc: VPC vpc"], ["ModifyVpcAttribute"]),
    (switch_dns_hostnames_off, ["change vpc: VPC vpc"], ["ModifyVpcAttribute"]),
    (stop_public_addresses, ["change subnets: public addresses in subnet subnet"], ["ModifySubnetAttribute"]),
    (delete_route(OWNERS_BLOCK), [f"create routes: route {OWNERS_BLOCK} in rtb"], ["CreateRoute"]),
    (delete_route("0.0.0.0/0"), ["create internet_gateway: route 0.0.0.0/0 in rtb"], ["CreateRoute"]),
    (
        take_the_instance_out_of_the_group,
        ["change instance: security groups of instance i"],
        ["ModifyInstanceAttribute"],
    ),
    (
        take_the_profile_off_the_instance,
        ["change instance: instance profile of instance i"],
        ["AssociateIamInstanceProfile"],
    ),
]


@pytest.mark.parametrize(("change", "plan", "writes"), CHANGES, ids=lambda item: getattr(item, "__name__", ""))
def test_a_change_by_hand(pair: Pair, change, plan, writes) -> None:
    if change is put_another_role_into_the_profile:
        pair.b.iam.create_role(RoleName="Other", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
    before = pair.snapshot()
    change(pair)
    assert pair.snapshot() != before, "nothing was changed by hand"
    run = pair.run("B")
    assert run.actions("B") == plan
    assert run.writes() == writes
    after = pair.snapshot()
    if change is take_the_instance_out_of_the_group:
        # The group that somebody gave it stays, until he takes it off.
        (instance,) = after["B"]["instances"].values()
        assert pair.group in instance["groups"]
        assert len(instance["groups"]) == 2
        pair.b.ec2.modify_instance_attribute(InstanceId=pair.instance, Groups=[pair.group])
        after = pair.snapshot()
    same(before, after)


def test_an_instance_that_was_terminated_is_launched_again(pair: Pair) -> None:
    before = pair.snapshot()
    terminate_the_instance(pair)
    run = pair.run("B")
    assert run.actions("B") == ["create instance: instance dax-client"]
    assert run.writes()[0] == "RunInstances"
    after = pair.snapshot()
    assert len(after["B"]["instances"]) == 1
    same(before, after, new_ids=True)


def test_a_gateway_that_was_detached_is_attached_again(pair: Pair) -> None:
    before = pair.snapshot()
    gateway = pair.gateway
    detach_the_gateway(pair)
    run = pair.run("B")
    assert "CreateInternetGateway" not in run.writes()
    assert "AttachInternetGateway" in run.writes()
    assert pair.snapshot()["B"]["internet_gateways"][gateway]["vpcs"] == [pair.vpc]
    same(before, pair.snapshot())


def test_a_peering_that_was_deleted_is_made_again_by_both_sides(pair: Pair) -> None:
    before = pair.snapshot()
    pair.b.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=pair.peering)
    run = pair.run("both")
    assert run.actions("B") == [
        f"change routes: route {OWNERS_BLOCK} in rtb",
        f"create peering: peering connection to vpc of account {pair.a.id}",
    ]
    assert run.actions("A") == [
        *["change routes: route 10.1.0.0/24 in rtb"] * 3,
        f"create peering: peering connection pcx of {pair.b.id}/dax-client",
    ]
    assert run.writes(pair.b) == ["CreateVpcPeeringConnection", "ReplaceRoute"]
    assert run.writes(pair.a) == ["AcceptVpcPeeringConnection", "CreateTags", *["ReplaceRoute"] * 3]
    same(before, pair.snapshot(), new_ids=True)


def test_tags_of_the_users_own_are_put_on_everything_and_mended_one_by_one(pair: Pair) -> None:
    wanted = {"dax_account_b_tags": {"team": "orders"}}
    run = pair.run("B", **wanted)
    assert run.actions("B") == [
        "change instance: tags of instance i",
        f"change instance_profile: tags of {PROFILE_LINE}",
        "change internet_gateway: tags of internet gateway igw",
        "change peering: tags of peering connection pcx",
        f"change role: tags of {ROLE_LINE}",
        "change security_group: tags of security group sg",
        "change subnets: tags of subnet subnet",
        "change vpc: tags of VPC vpc",
    ]
    assert sorted(run.writes()) == [*["CreateTags"] * 6, "TagInstanceProfile", "TagRole"]
    before = pair.snapshot()
    pair.b.iam.untag_role(RoleName=ROLE, TagKeys=["team"])
    pair.b.iam.tag_instance_profile(InstanceProfileName=PROFILE, Tags=[{"Key": "team", "Value": "somebody"}])
    run = pair.run("B", **wanted)
    assert run.writes() == ["TagRole", "TagInstanceProfile"]
    same(before, pair.snapshot())
