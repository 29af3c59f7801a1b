# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of what lets traffic pass: security groups and network ACLs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..emulator import patch_cluster
from ..owner import CLUSTER
from ..pair import BLOCK
from .fault import Fault, Happen, run
from .world import World

EVERYWHERE = "0.0.0.0/0"
EPHEMERAL = (1024, 65535)


# Security groups.


@contextmanager
def cluster_without_group(world: World) -> Iterator[None]:
    a = world.a
    patch_cluster(a.id, a.region, CLUSTER, {"security_group_ids": []})
    yield
    patch_cluster(a.id, a.region, CLUSTER, {"security_group_ids": [world.owner.group_id]})


@contextmanager
def instance_out_of_its_group(world: World) -> Iterator[None]:
    filters = [{"Name": "vpc-id", "Values": [world.pair.vpc]}, {"Name": "group-name", "Values": ["default"]}]
    (default,) = world.b.ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    instance = world.pair.instance
    world.b.ec2.modify_instance_attribute(InstanceId=instance, Groups=[default["GroupId"]])
    yield
    world.b.ec2.modify_instance_attribute(InstanceId=instance, Groups=[world.pair.group])


def ingress(change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> Happen:
    """Take away the rule that lets the client in, and put another one in its place."""

    @contextmanager
    def happen(world: World) -> Iterator[None]:
        rule, group, ec2 = world.pair.rule, world.owner.group_id, world.a.ec2
        source = {"GroupId": world.pair.group, "UserId": world.b.id, "Description": rule.get("Description", "")}
        permission = {"IpProtocol": "tcp", "FromPort": rule["FromPort"], "ToPort": rule["ToPort"]}
        usual = {**permission, "UserIdGroupPairs": [source]}
        ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
        instead = change(usual)
        if instead:
            ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[instead])
        yield
        if instead:
            ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[instead])
        tags = [{"ResourceType": "security-group-rule", "Tags": rule.get("Tags", [])}] if rule.get("Tags") else []
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[usual], TagSpecifications=tags)

    return happen


def egress(*permissions: dict[str, Any]) -> Happen:
    """Let the client's group out by these rules alone."""

    @contextmanager
    def happen(world: World) -> Iterator[None]:
        ec2, group = world.b.ec2, world.pair.group
        usual = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": EVERYWHERE}]}
        ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[usual])
        if permissions:
            ec2.authorize_security_group_egress(GroupId=group, IpPermissions=list(permissions))
        yield
        filters = [{"Name": "group-id", "Values": [group]}]
        rules = ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
        ids = [rule["SecurityGroupRuleId"] for rule in rules if rule["IsEgress"]]
        ec2.revoke_security_group_egress(GroupId=group, SecurityGroupRuleIds=ids)
        ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[usual])

    return happen


def tcp(low: int, high: int, block: str = EVERYWHERE) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": low, "ToPort": high, "IpRanges": [{"CidrIp": block}]}


# Network ACLs.


def denied(where: str, block: str, out: bool, low: int, high: int) -> Happen:
    """Deny TCP in the default ACL of a side, before the rule that lets all pass."""

    @contextmanager
    def happen(world: World) -> Iterator[None]:
        ec2, acl = (world.a if where == "A" else world.b).ec2, world.acl(where)
        before = _entries(ec2, acl)
        entry = {"NetworkAclId": acl, "RuleNumber": 50, "Protocol": "6", "RuleAction": "deny", "Egress": out}
        ec2.create_network_acl_entry(**entry, CidrBlock=block, PortRange={"From": low, "To": high})
        yield
        for number, egress in _entries(ec2, acl) - before:
            ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=number, Egress=egress)

    return happen


def _entries(ec2: Any, acl: str) -> set[tuple[int, bool]]:
    (found,) = ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"]
    return {(entry["RuleNumber"], entry["Egress"]) for entry in found["Entries"]}


FAULTS: dict[str, Fault] = {
    "cluster without group": Fault(
        "groups.cluster", cluster_without_group, fix="manual", heals="none", why="somebody has to choose"
    ),
    "instance out of its group": run("groups.client", instance_out_of_its_group),
    "rule gone": run("groups.ingress", ingress(lambda usual: None)),
    "rule on another port": run(
        "groups.ingress", ingress(lambda usual: {**usual, "FromPort": 22, "ToPort": 22}), says="tcp 22 to 22"
    ),
    "rule for another block": run("groups.ingress", ingress(lambda usual: tcp(8111, 8111, "10.9.0.0/16"))),
    "egress to 443 alone": Fault("groups.egress", egress(tcp(443, 443))),
    "egress to one node": Fault("groups.egress", egress(tcp(8111, 8111, "10.0.1.0/24"), tcp(443, 443))),
    "ACL of B shuts calls out": Fault("acls.from_client", denied("B", EVERYWHERE, True, 8000, 9000), says="rule 50"),
    "ACL of A shuts calls out": Fault("acls.to_cluster", denied("A", BLOCK, False, 8111, 8111), says="rule 50"),
    "ACL of A shuts answers in": Fault("acls.from_cluster", denied("A", BLOCK, True, *EPHEMERAL), says="rule 50"),
    "ACL of B shuts answers out": Fault("acls.to_client", denied("B", "10.0.2.0/24", False, *EPHEMERAL), says="50"),
}
