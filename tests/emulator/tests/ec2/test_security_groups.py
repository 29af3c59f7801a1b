# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Security group rules between accounts."""

from __future__ import annotations

from typing import Any

from conftest import Account, Pair, code_of


def rule(*pairs: dict[str, str], port: int = 8111, **ranges: Any) -> list[dict[str, Any]]:
    return [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": list(pairs), **ranges}]


def ingress(account: Account, group: str) -> list[dict[str, Any]]:
    return list(account.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"])


def test_a_foreign_group_needs_an_active_peering(pair: Pair) -> None:
    cluster, client = pair.a.group(pair.vpc_a), pair.b.group(pair.vpc_b)
    permissions = rule({"UserId": pair.b.id, "GroupId": client, "Description": "orders"})
    authorize = pair.a.ec2.authorize_security_group_ingress
    assert code_of(authorize, GroupId=cluster, IpPermissions=permissions) == "InvalidGroup.NotFound"
    peering = pair.request()
    assert code_of(authorize, GroupId=cluster, IpPermissions=permissions) == "InvalidGroup.NotFound"
    pair.a.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    [added] = authorize(GroupId=cluster, IpPermissions=permissions)["SecurityGroupRules"]
    expected = {
        "UserId": pair.b.id,
        "GroupId": client,
        "VpcId": pair.vpc_b,
        "VpcPeeringConnectionId": peering,
        "PeeringStatus": "active",
    }
    assert added["ReferencedGroupInfo"] == expected
    assert added["Description"] == "orders"
    [shown] = ingress(pair.a, cluster)
    assert shown["UserIdGroupPairs"] == [expected | {"Description": "orders"}]
    rules = pair.a.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [cluster]}])
    [found] = [one for one in rules["SecurityGroupRules"] if not one["IsEgress"]]
    assert found["ReferencedGroupInfo"] == expected
    pair.b.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    [stale] = ingress(pair.a, cluster)
    assert stale["UserIdGroupPairs"][0]["PeeringStatus"] == "deleted"


def test_foreign_rules_are_revoked_by_value_and_by_id(pair: Pair) -> None:
    pair.peer()
    cluster, client = pair.a.group(pair.vpc_a), pair.b.group(pair.vpc_b)
    foreign = {"UserId": pair.b.id, "GroupId": client}
    authorize, revoke = pair.a.ec2.authorize_security_group_ingress, pair.a.ec2.revoke_security_group_ingress
    authorize(GroupId=cluster, IpPermissions=rule(foreign | {"Description": "first"}))
    duplicate = rule(foreign | {"Description": "another"})
    assert code_of(authorize, GroupId=cluster, IpPermissions=duplicate) == "InvalidPermission.Duplicate"
    revoke(GroupId=cluster, IpPermissions=rule(foreign))
    assert ingress(pair.a, cluster) == []
    assert code_of(revoke, GroupId=cluster, IpPermissions=rule(foreign)) == "InvalidPermission.NotFound"
    [added] = authorize(GroupId=cluster, IpPermissions=rule(foreign))["SecurityGroupRules"]
    revoke(GroupId=cluster, SecurityGroupRuleIds=[added["SecurityGroupRuleId"]])
    assert ingress(pair.a, cluster) == []
    unknown = {"GroupId": cluster, "SecurityGroupRuleIds": ["sgr-00000000000000000"]}
    assert code_of(revoke, **unknown) == "InvalidSecurityGroupRuleId.NotFound"


def test_the_description_of_a_foreign_rule_changes(pair: Pair) -> None:
    pair.peer()
    cluster, client = pair.a.group(pair.vpc_a), pair.b.group(pair.vpc_b)
    foreign = {"UserId": pair.b.id, "GroupId": client}
    ec2 = pair.a.ec2
    ec2.authorize_security_group_ingress(GroupId=cluster, IpPermissions=rule(foreign | {"Description": "old"}))
    new = rule(foreign | {"Description": "new"})
    ec2.update_security_group_rule_descriptions_ingress(GroupId=cluster, IpPermissions=new)
    assert ingress(pair.a, cluster)[0]["UserIdGroupPairs"][0]["Description"] == "new"


def test_no_group_reference_across_regions(account: Account, other: Account) -> None:
    vpc_a, _ = account.vpc("10.0.0.0/16")
    vpc_b, _ = other.vpc("10.1.0.0/16", region="eu-west-1")
    there = other.client("ec2", "eu-west-1")
    client = there.create_security_group(VpcId=vpc_b, GroupName="group", Description="test")["GroupId"]
    wanted = {"VpcId": vpc_b, "PeerVpcId": vpc_a, "PeerOwnerId": account.id, "PeerRegion": "us-east-1"}
    peering = there.create_vpc_peering_connection(**wanted)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    account.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    cluster = account.group(vpc_a)
    permissions = rule({"UserId": other.id, "GroupId": client})
    authorize = account.ec2.authorize_security_group_ingress
    assert code_of(authorize, GroupId=cluster, IpPermissions=permissions) == "InvalidGroup.NotFound"
    authorize(GroupId=cluster, IpPermissions=rule(IpRanges=[{"CidrIp": "10.1.0.0/16"}]))


def test_own_groups_of_the_same_vpc(account: Account) -> None:
    vpc, _ = account.vpc("10.0.0.0/16")
    elsewhere, _ = account.vpc("10.1.0.0/16")
    group, friend, stranger = account.group(vpc), account.group(vpc, "friend"), account.group(elsewhere)
    authorize = account.ec2.authorize_security_group_ingress
    authorize(GroupId=group, IpPermissions=rule({"GroupId": friend}))
    [shown] = ingress(account, group)
    assert shown["UserIdGroupPairs"] == [{"UserId": account.id, "GroupId": friend}]
    unrelated = rule({"GroupId": stranger}, port=9111)
    assert code_of(authorize, GroupId=group, IpPermissions=unrelated) == "InvalidGroup.NotFound"
    account.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=rule({"GroupId": friend}))
    assert ingress(account, group) == []


def test_a_request_adds_all_of_its_rules_or_none(account: Account) -> None:
    vpc, _ = account.vpc("10.0.0.0/16")
    group = account.group(vpc)
    authorize = account.ec2.authorize_security_group_ingress
    authorize(GroupId=group, IpPermissions=rule(IpRanges=[{"CidrIp": "10.1.0.0/16", "Description": "one"}]))
    mixed = rule(IpRanges=[{"CidrIp": "10.2.0.0/16"}, {"CidrIp": "10.1.0.0/16"}])
    assert code_of(authorize, GroupId=group, IpPermissions=mixed) == "InvalidPermission.Duplicate"
    [shown] = ingress(account, group)
    assert [one["CidrIp"] for one in shown["IpRanges"]] == ["10.1.0.0/16"]
    two = rule(IpRanges=[{"CidrIp": "10.3.0.0/16"}]) + rule(port=9111, Ipv6Ranges=[{"CidrIpv6": "2001:db8::/56"}])
    added = authorize(GroupId=group, IpPermissions=two)["SecurityGroupRules"]
    assert [(one["FromPort"], one.get("CidrIpv4"), one.get("CidrIpv6")) for one in added] == [
        (8111, "10.3.0.0/16", None),
        (9111, None, "2001:db8::/56"),
    ]


def test_a_group_in_use_stays(account: Account) -> None:
    vpc, _ = account.vpc("10.0.0.0/16")
    group, friend = account.group(vpc), account.group(vpc, "friend")
    account.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rule({"GroupId": friend}))
    assert code_of(account.ec2.delete_security_group, GroupId=friend) == "DependencyViolation"
    account.ec2.delete_security_group(GroupId=group)
    account.ec2.delete_security_group(GroupId=friend)
    filters = [{"Name": "vpc-id", "Values": [vpc]}]
    [default] = account.ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    assert code_of(account.ec2.delete_security_group, GroupId=default["GroupId"]) == "CannotDelete"
