# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Eight pairs of accounts, each with another network, joined side by side: what they had before, and the runs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from scenario.accounts import Account, new_account
from scenario.emulator import control, force_peering, patch_cluster, settings
from scenario.owner import CLUSTER, Owner, make_owner, trust
from scenario.pairs import ClientNetwork, Pair, Pairs, make_client_network, make_role
from scenario.playbook import Run

DEAD = ("expired", "rejected", "failed", "deleted")


def account(region: str = "us-east-1") -> Account:
    return Account(new_account().id, region)


def request(requester: Account, vpc_id: str, accepter: Account, accepter_vpc_id: str, name: str = "") -> str:
    """Request a peering connection by hand."""
    tags = [{"ResourceType": "vpc-peering-connection", "Tags": [{"Key": "Name", "Value": name or "by hand"}]}]
    answer = requester.ec2.create_vpc_peering_connection(
        VpcId=vpc_id, PeerVpcId=accepter_vpc_id, PeerOwnerId=accepter.id, TagSpecifications=tags
    )
    return str(answer["VpcPeeringConnection"]["VpcPeeringConnectionId"])


def tls(folder: Path) -> Pair:
    """Encrypted, DAX subnets in the VPC's secondary block, a default security group before the cluster's own."""
    options: dict[str, Any] = {"secondary_block": "10.200.0.0/16", "encryption_type": "TLS"}
    owner = make_owner(account(), **options, with_default_group=True)
    # The emulator serves the cluster on any free port of this machine; AWS shows this one.
    address = "orders.abc123.dax-clusters.us-east-1.amazonaws.com"
    endpoint = {"address": address, "port": 9111, "url": f"daxs://{address}"}
    patch_cluster(owner.account.id, "us-east-1", CLUSTER, {"endpoint": endpoint})
    variables = {"dax_account_b_sts_access": "existing", "dax_account_b_instance": False}
    return Pair("tls", owner, account(), folder, variables_b=variables)


def dual_stack(folder: Path) -> Pair:
    owner = make_owner(account(), network_type="dual_stack")
    return Pair("dual_stack", owner, account(), folder, variables_b={"dax_account_b_subnet_count": 2})


def ipv6(folder: Path) -> Pair:
    """IPv6 only, and the consumer in another region, in a VPC whose only way out is by endpoints."""
    variables = {
        "dax_account_b_sts_access": "vpc_endpoint",
        "dax_account_b_ssm_access": True,
        "dax_account_b_instance": False,
    }
    owner = make_owner(account(), network_type="ipv6")
    return Pair("ipv6", owner, account("eu-west-1"), folder, variables_b=variables)


def by_id(folder: Path) -> Pair:
    """All that a consumer can have already: VPC, subnets, group, role, profile, an active peering; and A its role."""
    owner, b = make_owner(account(), dns_hostnames=True), account()
    network = make_client_network(b)
    gateway = b.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    b.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc_id)
    b.ec2.create_route(RouteTableId=network.tables[0], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    # An ACL without entries of its own lets nothing pass.
    acl = b.ec2.create_network_acl(VpcId=network.vpc_id)["NetworkAcl"]["NetworkAclId"]
    filters = [{"Name": "association.subnet-id", "Values": [network.subnet_ids[1]]}]
    (current,) = b.ec2.describe_network_acls(Filters=filters)["NetworkAcls"]
    (association,) = [item for item in current["Associations"] if item["SubnetId"] == network.subnet_ids[1]]
    b.ec2.replace_network_acl_association(AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl)
    make_role(b, "AppRole", "AppProfile")
    owner.account.iam.create_role(
        RoleName="DaxCrossAccountRole", AssumeRolePolicyDocument=trust("lambda.amazonaws.com")
    )
    peering = request(b, network.vpc_id, owner.account, owner.vpc_id)
    owner.account.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    variables = {
        "dax_account_b_vpc_id": network.vpc_id,
        "dax_account_b_subnet_ids": network.subnet_ids[:2],
        "dax_account_b_security_group_id": network.group_id,
        "dax_account_b_role_name": "AppRole",
        "dax_account_b_instance_profile_name": "AppProfile",
        "dax_account_b_dns_resolution": True,
    }
    return Pair("by_id", owner, b, folder, {"dax_account_a_dns_resolution": True}, variables, network)


def by_tags(folder: Path) -> Pair:
    """A VPC by its tags, and a peering that account A's side asked for and nobody has accepted."""
    owner, b = make_owner(account()), account()
    network = make_client_network(b)
    make_client_network(b, "10.61.0.0/16", "others")
    request(owner.account, owner.vpc_id, b, network.vpc_id)
    variables = {
        "dax_account_b_vpc_tags": {"Name": "apps"},
        "dax_account_b_sts_access": "vpc_endpoint",
        "dax_account_b_instance": False,
    }
    return Pair("by_tags", owner, b, folder, variables_b=variables, network=network)


def dead(folder: Path) -> Pair:
    """Dead peerings of every kind, the last one ours with its routes, and a foreign route where ours has to be."""
    owner, b = make_owner(account()), account()
    network = make_client_network(b)
    for status in DEAD:
        peering = request(b, network.vpc_id, owner.account, owner.vpc_id)
        if status == "deleted":
            _leave_ours(owner, b, network, peering)
        force_peering(peering, status)
    gateway = b.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    b.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc_id)
    b.ec2.create_route(RouteTableId=network.tables[0], DestinationCidrBlock="10.0.0.0/16", GatewayId=gateway)
    variables = {"dax_account_b_vpc_id": network.vpc_id, "dax_account_b_instance": False}
    return Pair("dead", owner, b, folder, variables_b=variables, network=network)


def _leave_ours(owner: Owner, b: Account, network: ClientNetwork, peering: str) -> None:
    """Leave what an earlier run left: tags on both sides of the peering, and routes."""
    for side, consumer in ((b, "dax-client"), (owner.account, f"{b.id}/dax-client")):
        tags = {"dax.cross_account:cluster": owner.cluster_arn, "dax.cross_account:consumer": consumer}
        side.ec2.create_tags(Resources=[peering], Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
    for table in (network.main_table, network.tables[1]):
        b.ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.0.0.0/16", VpcPeeringConnectionId=peering)
    for table in owner.tables:
        owner.account.ec2.create_route(
            RouteTableId=table, DestinationCidrBlock="10.60.0.0/16", VpcPeeringConnectionId=peering
        )


def china(folder: Path) -> Pair:
    owner, b = make_owner(account("cn-north-1")), account("cn-north-1")
    network = make_client_network(b)
    return Pair("china", owner, b, folder, variables_b={"dax_account_b_vpc_id": network.vpc_id}, network=network)


def gov(folder: Path) -> Pair:
    owner, b = make_owner(account("us-gov-west-1")), account("us-gov-west-1")
    network = make_client_network(b)
    variables = {
        "dax_account_b_vpc_id": network.vpc_id,
        "dax_account_b_ssm_access": True,
        "dax_account_b_instance": False,
    }
    return Pair("gov", owner, b, folder, variables_b=variables, network=network)


@dataclass
class Joined:
    """All pairs, joined: the runs, and what was there before them."""

    pairs: Pairs
    before: dict[str, Any]
    runs: dict[str, Run]

    def __getitem__(self, name: str) -> Pair:
        return self.pairs[name]


@pytest.fixture(scope="session")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Joined:
    folder = tmp_path_factory.mktemp("documents")
    # GovCloud stands for its partition here, whether DAX is there today or not.
    control("PUT", "settings", {"regions_without_dax": []})
    made = [make(folder) for make in (tls, dual_stack, ipv6, by_id, by_tags, dead, china, gov)]
    pairs = Pairs({pair.name: pair for pair in made}, folder)
    before = {name: pair.snapshots() for name, pair in pairs.pairs.items()}
    runs = {"discover": pairs.run("A"), "refused": pairs.run("B", "dead")}
    pairs["dead"].variables_b["dax_account_b_force_routes"] = True
    runs["build"] = pairs.run("B")
    with settings(peering_provisioning_seconds=2):
        runs["grant"] = pairs.run("A")
    # Account B's side comes again where DNS resolution had to wait; elsewhere it has nothing to do.
    runs["second B"] = pairs.run("B")
    runs["second A"] = pairs.run("A")
    wrong = {name: run.failures for name, run in runs.items() if run.rc != 0 and name != "refused"}
    assert not wrong, json.dumps(wrong, indent=2)
    return Joined(pairs, before, runs)
