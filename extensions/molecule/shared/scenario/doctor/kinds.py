# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Healthy pairs of other kinds: three consumers of one cluster, a cluster with TLS on two stacks, one of IPv6 alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.diagnose import Diagnosis

from ..accounts import Account, new_account
from ..owner import CLUSTER, Owner, make_owner, trust
from ..pairs import make_client_network
from ..playbook import SITE, converge, write_inventory
from .reading import examine
from .world import CLUSTER_PORTS, allow, make_usual, policy


@dataclass
class Kind:
    """An owner and its consumers, each an account with the variables of its host.

    :ivar instance_id: of a client that this collection did not make.
    """

    owner: Owner
    consumers: dict[Account, dict[str, Any]]
    variables_a: dict[str, Any] = field(default_factory=dict)
    instance_id: str = ""

    def examine(self) -> list[Diagnosis]:
        given = {"dax_account_a_cluster_name": CLUSTER, **self.variables_a}
        return examine(self.owner.account, given, self.consumers, self.instance_id)

    def join(self, folder: Path) -> None:
        owner = self.owner.account
        hosts = {
            f"account_b{number}": {"dax_account_b_connection": account.connection(), **variables}
            for number, (account, variables) in enumerate(self.consumers.items())
        }
        a = {"dax_account_a_cluster_name": CLUSTER, "dax_account_a_connection": owner.connection(), **self.variables_a}
        inventory = write_inventory(folder / f"{owner.id}.json", {"account_a": a}, hosts)
        converge(SITE, owner, owner, inventory=inventory)


Kinds = dict[str, Kind]


def _account(region: str = "us-east-1") -> Account:
    return Account(new_account().id, region)


def _three(owner: Owner) -> Kind:
    """An adopted VPC with a subnet that nothing leaves, one with an endpoint and no internet, and another region."""
    adopted, shut, far = _account(), _account(), _account("eu-west-1")
    network = make_client_network(adopted)
    gateway = adopted.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    adopted.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc_id)
    adopted.ec2.create_route(RouteTableId=network.tables[0], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    adopted.ec2.modify_subnet_attribute(SubnetId=network.subnet_ids[0], MapPublicIpOnLaunch={"Value": True})
    consumers: dict[Account, dict[str, Any]] = {
        adopted: {
            "dax_account_b_name": "adopted",
            "dax_account_b_vpc_id": network.vpc_id,
            "dax_account_b_sts_access": "existing",
            "dax_account_b_instance": False,
        },
        shut: {"dax_account_b_name": "shut", "dax_account_b_sts_access": "vpc_endpoint"},
        far: {"dax_account_b_name": "far"},
    }
    own = {"dax_account_a_role_per_consumer": True, "dax_account_a_external_id_per_consumer": True}
    return Kind(owner, consumers, own)


def _theirs(owner: Owner) -> Kind:
    """A pair that others made, with names of their own and no tag of this collection's."""
    a, b = owner.account, _account()
    network = make_client_network(b)
    iam, ec2 = b.iam, b.ec2
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc_id)
    ec2.create_route(RouteTableId=network.tables[0], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    iam.create_role(RoleName="App", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
    role = f"arn:aws:iam::{a.id}:role/TheirDax"
    iam.put_role_policy(RoleName="App", PolicyName="Dax", PolicyDocument=policy(allow("sts:AssumeRole", role)))
    iam.create_instance_profile(InstanceProfileName="AppProfile")
    iam.add_role_to_instance_profile(InstanceProfileName="AppProfile", RoleName="App")
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{b.id}:role/App"}, "Action": "sts:AssumeRole"}
    a.iam.create_role(RoleName="TheirDax", AssumeRolePolicyDocument=policy(statement))
    a.iam.put_role_policy(
        RoleName="TheirDax", PolicyName="Dax", PolicyDocument=policy(allow("dax:*", owner.cluster_arn))
    )
    asked = ec2.create_vpc_peering_connection(VpcId=network.vpc_id, PeerVpcId=owner.vpc_id, PeerOwnerId=a.id)
    connection = asked["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    a.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=connection)
    for account, tables, block in ((b, network.tables[:1], "10.0.0.0/16"), (a, owner.tables, "10.60.0.0/16")):
        for table in tables:
            account.ec2.create_route(RouteTableId=table, DestinationCidrBlock=block, VpcPeeringConnectionId=connection)
    port = CLUSTER_PORTS["NONE"]
    source = [{"GroupId": network.group_id, "UserId": b.id}]
    permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": source}
    a.ec2.authorize_security_group_ingress(GroupId=owner.group_id, IpPermissions=[permission])
    interface = {"DeviceIndex": 0, "SubnetId": network.subnet_ids[0], "Groups": [network.group_id]}
    instance = ec2.run_instances(
        ImageId=ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"],
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        IamInstanceProfile={"Name": "AppProfile"},
        NetworkInterfaces=[{**interface, "AssociatePublicIpAddress": True}],
    )["Instances"][0]["InstanceId"]
    return Kind(owner, {b: {}}, {"dax_account_a_role_name": "TheirDax"}, instance)


def make_kinds(folder: Path) -> Kinds:
    plain = make_owner(_account())
    secure = make_owner(_account(), network_type="dual_stack", encryption_type="TLS")
    ipv6 = make_owner(_account(), network_type="ipv6")
    foreign = make_owner(_account())
    for owner, encryption in ((plain, "NONE"), (secure, "TLS"), (ipv6, "NONE"), (foreign, "NONE")):
        make_usual(owner, CLUSTER_PORTS[encryption])
    made = {
        "three consumers": _three(plain),
        "TLS and two stacks": Kind(secure, {_account(): {}}),
        "IPv6": Kind(ipv6, {_account(): {}}),
    }
    for kind in made.values():
        kind.join(folder)
    return {**made, "theirs": _theirs(foreign)}
