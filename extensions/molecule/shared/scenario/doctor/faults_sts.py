# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the client's way to STS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from botocore.exceptions import ClientError

from .fault import Fault, Happen, run
from .faults_filters import EVERYWHERE, egress, tcp
from .world import PROFILE, World, allow, policy


def _default(world: World) -> dict[str, str]:
    return {"RouteTableId": world.pair.table, "DestinationCidrBlock": EVERYWHERE}


@contextmanager
def no_default_route(world: World) -> Iterator[None]:
    world.b.ec2.delete_route(**_default(world))
    yield
    with suppress(ClientError):
        world.b.ec2.create_route(**_default(world), GatewayId=world.pair.gateway)


@contextmanager
def nat_in_the_same_subnet(world: World) -> Iterator[None]:
    """Lead the default route to a NAT gateway in the client's own subnet, whose traffic comes back to itself."""
    ec2 = world.b.ec2
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(SubnetId=world.pair.subnet, AllocationId=address, ConnectivityType="public")
    gateway = made["NatGateway"]["NatGatewayId"]
    ec2.replace_route(**_default(world), NatGatewayId=gateway)
    yield
    ec2.replace_route(**_default(world), GatewayId=world.pair.gateway)
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    ec2.release_address(AllocationId=address)


@contextmanager
def no_public_address(world: World) -> Iterator[None]:
    """Name an instance of somebody's own, launched beside ours without a public address."""
    ec2, subnet, group = world.b.ec2, world.pair.subnet, world.pair.group
    interface = {"DeviceIndex": 0, "SubnetId": subnet, "Groups": [group], "AssociatePublicIpAddress": False}
    made = ec2.run_instances(
        ImageId=ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"],
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        IamInstanceProfile={"Name": PROFILE},
        NetworkInterfaces=[interface],
    )["Instances"][0]["InstanceId"]
    world.instance_id = made
    yield
    world.instance_id = ""
    for address in ec2.describe_addresses()["Addresses"]:
        ec2.disassociate_address(AssociationId=address["AssociationId"])
        ec2.release_address(AllocationId=address["AllocationId"])
    ec2.terminate_instances(InstanceIds=[made])


def endpoint(shut: bool = False, document: str = "", private_dns: bool = True) -> Happen:
    """Make an interface endpoint for STS that nobody reaches by its name, or whose group or policy lets nobody pass."""

    @contextmanager
    def happen(world: World) -> Iterator[None]:
        ec2 = world.b.ec2
        group = ec2.create_security_group(GroupName="sts", Description="STS", VpcId=world.pair.vpc)["GroupId"]
        if not shut:
            ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[tcp(443, 443)])
        options: dict[str, Any] = {"PolicyDocument": document} if document else {}
        made = ec2.create_vpc_endpoint(
            VpcEndpointType="Interface",
            VpcId=world.pair.vpc,
            ServiceName=f"com.amazonaws.{world.b.region}.sts",
            SubnetIds=[world.pair.subnet],
            SecurityGroupIds=[group],
            PrivateDnsEnabled=private_dns,
            **options,
        )["VpcEndpoint"]["VpcEndpointId"]
        if not private_dns:
            ec2.delete_route(**_default(world))
        yield
        if not private_dns:
            ec2.create_route(**_default(world), GatewayId=world.pair.gateway)
        ec2.delete_vpc_endpoints(VpcEndpointIds=[made])
        ec2.delete_security_group(GroupId=group)

    return happen


FAULTS: dict[str, Fault] = {
    "no default route": run("sts.route", no_default_route, says="no default route"),
    "NAT gateway behind itself": Fault("sts.nat", nat_in_the_same_subnet),
    "no public address": Fault("sts.address", no_public_address, says="has none"),
    "no egress to 443": Fault("sts.egress", egress(tcp(8111, 8111))),
    "private DNS off": Fault("sts.endpoint", endpoint(private_dns=False), says="private DNS"),
    "endpoint's group shut": Fault("sts.endpoint_group", endpoint(shut=True)),
    "endpoint's policy": Fault(
        "sts.endpoint_policy",
        endpoint(document=policy({**allow("sts:GetCallerIdentity"), "Principal": "*"})),
    ),
}
