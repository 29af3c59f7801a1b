# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the connection, the routes, the security groups and the network ACLs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from botocore.exceptions import ClientError

from ..accounts import Account
from ..emulator import force_peering, patch_cluster
from ..owner import CLUSTER
from ..pair import BLOCK, OWNERS_BLOCK
from .fault import Fault, Happen, run
from .world import World

EVERYWHERE = "0.0.0.0/0"
EPHEMERAL = (1024, 65535)


def place(world: World, where: str) -> tuple[Account, str, str]:
    """Return the account, a table on the way, and the block that it has to lead to the connection."""
    if where == "B":
        return world.b, world.pair.table, OWNERS_BLOCK
    return world.a, world.owner.main_table, BLOCK


# The connection.


@contextmanager
def pending(world: World) -> Iterator[None]:
    force_peering(world.pair.peering, "pending-acceptance")
    yield
    force_peering(world.pair.peering, "active")


def dead(status: str) -> Happen:
    """Put the connection into a state from which it never comes back, but here."""

    @contextmanager
    def happen(world: World) -> Iterator[None]:
        force_peering(world.pair.peering, status)
        yield
        force_peering(world.pair.peering, "active")

    return happen


@contextmanager
def wrong_vpc(world: World) -> Iterator[None]:
    """Let account B's route lead to a connection with another VPC of account A, and no other connection be there."""
    other = _another_vpc(world)
    table = world.pair.table
    lead = {"RouteTableId": table, "DestinationCidrBlock": OWNERS_BLOCK}
    world.b.ec2.replace_route(**lead, VpcPeeringConnectionId=other["id"])
    force_peering(world.pair.peering, "expired")
    yield
    force_peering(world.pair.peering, "active")
    world.b.ec2.replace_route(**lead, VpcPeeringConnectionId=world.pair.peering)
    world.b.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=other["id"])


def _another_vpc(world: World) -> dict[str, str]:
    vpc = world.a.ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    asked = world.b.ec2.create_vpc_peering_connection(VpcId=world.pair.vpc, PeerVpcId=vpc, PeerOwnerId=world.a.id)
    found = str(asked["VpcPeeringConnection"]["VpcPeeringConnectionId"])
    world.a.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=found)
    return {"id": found, "vpc": vpc}


@contextmanager
def overlap(world: World) -> Iterator[None]:
    """Give account B's VPC a block of account A's, which AWS lets nobody do while the two are peered."""
    force_peering(world.pair.peering, "expired")
    made = world.b.ec2.associate_vpc_cidr_block(VpcId=world.pair.vpc, CidrBlock="10.0.128.0/20")
    yield
    world.b.ec2.disassociate_vpc_cidr_block(AssociationId=made["CidrBlockAssociation"]["AssociationId"])
    force_peering(world.pair.peering, "active")


# Routes.


def no_route(where: str, table: int | None = None) -> Happen:
    @contextmanager
    def happen(world: World) -> Iterator[None]:
        account, found, block = place(world, where)
        found = found if table is None else world.owner.custom_tables[table]
        account.ec2.delete_route(RouteTableId=found, DestinationCidrBlock=block)
        yield
        lead = {"RouteTableId": found, "DestinationCidrBlock": block}
        account.ec2.create_route(**lead, VpcPeeringConnectionId=world.pair.peering)

    return happen


def _gateway(account: Account, vpc_id: str) -> str:
    """Return the VPC's internet gateway, made where there is none: it is something else that a route may lead to."""
    found = account.ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [vpc_id]}])
    for gateway in found["InternetGateways"]:
        return str(gateway["InternetGatewayId"])
    made = account.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    account.ec2.attach_internet_gateway(InternetGatewayId=made, VpcId=vpc_id)
    return str(made)


def elsewhere(where: str) -> Happen:
    @contextmanager
    def happen(world: World) -> Iterator[None]:
        account, table, block = place(world, where)
        vpc = world.pair.vpc if where == "B" else world.owner.vpc_id
        lead = {"RouteTableId": table, "DestinationCidrBlock": block}
        account.ec2.replace_route(**lead, GatewayId=_gateway(account, vpc))
        yield
        account.ec2.replace_route(**lead, VpcPeeringConnectionId=world.pair.peering)

    return happen


def stolen(where: str, part: str) -> Happen:
    """Add a route for a part of the other side's block."""

    @contextmanager
    def happen(world: World) -> Iterator[None]:
        account, table, _block = place(world, where)
        vpc = world.pair.vpc if where == "B" else world.owner.vpc_id
        lead = {"RouteTableId": table, "DestinationCidrBlock": part}
        account.ec2.create_route(**lead, GatewayId=_gateway(account, vpc))
        yield
        with suppress(ClientError):
            account.ec2.delete_route(**lead)

    return happen


@contextmanager
def to_a_dead_connection(world: World) -> Iterator[None]:
    other = _another_vpc(world)
    lead = {"RouteTableId": world.pair.table, "DestinationCidrBlock": OWNERS_BLOCK}
    world.b.ec2.replace_route(**lead, VpcPeeringConnectionId=other["id"])
    world.b.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=other["id"])
    yield
    world.b.ec2.replace_route(**lead, VpcPeeringConnectionId=world.pair.peering)


@contextmanager
def another_table(world: World) -> Iterator[None]:
    """Associate one of the nodes' subnets with a table of its own."""
    ec2 = world.a.ec2
    table = ec2.create_route_table(VpcId=world.owner.vpc_id)["RouteTable"]["RouteTableId"]
    made = ec2.associate_route_table(RouteTableId=table, SubnetId=world.owner.subnet_ids[2])
    yield
    ec2.disassociate_route_table(AssociationId=made["AssociationId"])
    ec2.delete_route_table(RouteTableId=table)


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


BY_A_PERSON = "somebody has to choose"

FAULTS: dict[str, Fault] = {
    "pending": run("peering.active", pending, says="has to accept it"),
    **{
        f"connection {status}": Fault(
            "peering.exists",
            dead(status),
            fix="run",
            heals="none",
            why="one deleted connection is healed by a run of its own, see the test of runs",
            says=status,
        )
        for status in ("expired", "rejected", "failed", "deleted")
    },
    "wrong VPC": Fault("peering.vpcs", wrong_vpc, fix="run", heals="none", why="as the connections before it"),
    "overlap": Fault("peering.overlap", overlap, fix="variable", heals="none", why=BY_A_PERSON, says="10.0.128.0/20"),
    "route of B gone": run("routes.to_cluster", no_route("B"), says="no route"),
    "route of B to a dead connection": run("routes.to_cluster", to_a_dead_connection, says="leads to pcx-"),
    "route of B elsewhere": Fault("routes.to_cluster", elsewhere("B"), fix="variable", heals="run", says="igw-"),
    "route of B stolen": Fault("routes.to_cluster", stolen("B", "10.0.1.0/24"), says="10.0.1.0/24 leads to igw-"),
    "route of A gone in the main table": run("routes.to_client", no_route("A"), says="no route"),
    "route of A gone in its own table": run("routes.to_client", no_route("A", 1), says="no route"),
    "route of A elsewhere": Fault("routes.to_client", elsewhere("A"), fix="variable", heals="run", says="igw-"),
    "route of A stolen": Fault("routes.to_client", stolen("A", "10.1.0.0/25"), says="10.1.0.0/25 leads to igw-"),
    "a table of its own": run("routes.to_client", another_table, says="no route"),
    "cluster without group": Fault(
        "groups.cluster", cluster_without_group, fix="manual", heals="none", why=BY_A_PERSON
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
