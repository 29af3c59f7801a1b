# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the connection and of the routes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from botocore.exceptions import ClientError

from ..accounts import Account
from ..emulator import force_peering
from ..pair import BLOCK, OWNERS_BLOCK
from .fault import Fault, Happen, run
from .world import World


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
}
