# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many pairs of accounts, joined side by side by the two teams' playbooks: one run of one side takes all of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from .accounts import Account
from .owner import CLUSTER, Owner, trust
from .playbook import ACCOUNT_A, ACCOUNT_B, Run, run_playbook, write_inventory
from .snapshot import snapshot


@dataclass(frozen=True)
class ClientNetwork:
    """What a consumer had before: a VPC whose first subnet has a table of its own, the second one the main table."""

    vpc_id: str
    subnet_ids: list[str]
    tables: list[str]
    main_table: str
    group_id: str


@dataclass
class Pair:
    """One owner and one consumer, the hosts ``<name>_a`` and ``<name>_b``."""

    name: str
    owner: Owner
    b: Account
    folder: Path
    variables_a: dict[str, Any] = field(default_factory=dict)
    variables_b: dict[str, Any] = field(default_factory=dict)
    network: ClientNetwork | None = None

    @property
    def a(self) -> Account:
        return self.owner.account

    @property
    def hosts(self) -> tuple[str, str]:
        return f"{self.name}_a", f"{self.name}_b"

    @cached_property
    def paths(self) -> tuple[str, str]:
        """Return where the cluster document and the consumer document are."""
        return str(self.folder / f"{self.name}_cluster.yml"), str(self.folder / f"{self.name}_consumer.yml")

    @property
    def documents(self) -> tuple[dict[str, Any], dict[str, Any]]:
        cluster, consumer = (yaml.safe_load(Path(path).read_text()) for path in self.paths)
        return cluster, consumer

    def snapshots(self) -> dict[str, Any]:
        return {"A": snapshot(self.a), "B": snapshot(self.b)}

    def inventory(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the variables of both hosts."""
        cluster, consumer = self.paths
        owner = {
            "dax_account_a_cluster_name": CLUSTER,
            "dax_account_a_connection": self.a.connection(),
            "dax_account_a_document_path": cluster,
            "dax_account_a_consumers": [consumer],
        }
        client = {
            "dax_account_b_connection": self.b.connection(),
            "dax_account_b_cluster": cluster,
            "dax_account_b_document_path": consumer,
        }
        return owner | self.variables_a, client | self.variables_b


@dataclass
class Pairs:
    """All pairs of a scenario."""

    pairs: dict[str, Pair]
    folder: Path

    def __getitem__(self, name: str) -> Pair:
        return self.pairs[name]

    def run(self, side: str, *names: str, **variables: Any) -> Run:
        """Run one side, ``A`` or ``B``, of the named pairs, or of all."""
        owners, clients = {}, {}
        for pair in [self.pairs[name] for name in names] or self.pairs.values():
            owner, client = pair.inventory()
            owners[pair.hosts[0]], clients[pair.hosts[1]] = owner | variables, client | variables
        inventory = write_inventory(self.folder / "inventory.json", owners, clients)
        some = next(iter(self.pairs.values()))
        return run_playbook(ACCOUNT_A if side == "A" else ACCOUNT_B, some.a, some.b, inventory=inventory)


def make_client_network(account: Account, block: str = "10.60.0.0/16", name: str = "apps") -> ClientNetwork:
    """Make a VPC with three subnets, of which the first and the last have tables of their own, and a group."""
    ec2, prefix = account.ec2, block.rsplit(".", 2)[0]
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": name}]}]
    vpc_id = ec2.create_vpc(CidrBlock=block, TagSpecifications=tags)["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True})
    zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]]
    subnet_ids = []
    for number in range(3):
        zone = zones[number % len(zones)]
        subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"{prefix}.{number}.0/24", AvailabilityZone=zone)
        subnet_ids.append(subnet["Subnet"]["SubnetId"])
    tables = []
    for subnet_id in subnet_ids[::2]:
        tables.append(ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"])
        ec2.associate_route_table(RouteTableId=tables[-1], SubnetId=subnet_id)
    filters = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "association.main", "Values": ["true"]}]
    main = ec2.describe_route_tables(Filters=filters)["RouteTables"][0]["RouteTableId"]
    group_id = ec2.create_security_group(GroupName="apps", Description="Applications", VpcId=vpc_id)["GroupId"]
    return ClientNetwork(vpc_id, subnet_ids, tables, main, group_id)


def make_role(account: Account, role: str, profile: str) -> None:
    """Make an instance's role with a policy and an instance profile."""
    iam = account.iam
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=role, PolicyName="Own", PolicyDocument=document)
    iam.create_instance_profile(InstanceProfileName=profile)
    iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=role)
