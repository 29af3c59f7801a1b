# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits and networks that stand in the way are told before anything is written."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from scenario.accounts import Account, new_account
from scenario.emulator import settings
from scenario.owner import Owner, cluster_document, make_owner
from scenario.pairs import make_client_network
from scenario.playbook import ACCOUNT_B, SITE, Run, run_playbook, write_inventory


@pytest.fixture
def owner() -> Owner:
    return make_owner(new_account())


def refused(run: Run, *words: str) -> None:
    """See that a run was refused in one line that holds these words, and wrote nothing."""
    assert run.rc != 0
    assert run.write_attempts() == []
    lines = [line for message in run.failures for line in message.splitlines()]
    assert [line for line in lines if all(word in line for word in words)], run.failures


def site(owner: Owner, b: Account, *arguments: str, **variables: Any) -> Run:
    return run_playbook(SITE, owner.account, b, *arguments, variables=variables)


def fill(owner: Owner, count: int) -> None:
    """Join so many VPCs of one account to the cluster's."""
    other = new_account().ec2
    for number in range(count):
        vpc_id = other.create_vpc(CidrBlock=f"10.99.{number}.0/24")["Vpc"]["VpcId"]
        asked = other.create_vpc_peering_connection(VpcId=vpc_id, PeerVpcId=owner.vpc_id, PeerOwnerId=owner.account.id)
        peering_id = asked["VpcPeeringConnection"]["VpcPeeringConnectionId"]
        owner.account.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering_id)


def test_a_vpc_without_room_for_one_more_connection(owner: Owner) -> None:
    fill(owner, 50)
    b = new_account()
    with settings(quotas={"peerings_per_vpc": 50}):
        words = "Active VPC peering connections per VPC (L-7E9ECCDB)", "would be 51", "the quota is 50"
        refused(site(owner, b), owner.vpc_id, *words)
    with settings(quotas={"peerings_per_vpc": 60}):
        run = site(owner, b, "--check")
    assert run.rc == 0, run.text[-3000:]
    (line,) = [item for item in run.plan("A")["warnings"] if "L-7E9ECCDB" in item]
    assert "would be 51, the quota is 60" in line


def test_consumers_of_one_account_that_has_not_room_for_all(owner: Owner, tmp_path: Path) -> None:
    b = new_account()
    there = len(b.ec2.describe_vpcs()["Vpcs"])
    hosts = {
        name: {
            "dax_account_b_connection": b.connection(),
            "dax_account_b_cluster": cluster_document(owner),
            "dax_account_b_name": name,
            "dax_account_b_role_name": f"Role-{name}",
            "dax_account_b_instance_profile_name": f"Profile-{name}",
        }
        for name in ("one", "two", "three")
    }
    inventory = write_inventory(tmp_path / "inventory.json", {}, hosts)
    with settings(quotas={"vpcs_per_region": there + 2}):
        run = run_playbook(ACCOUNT_B, owner.account, b, inventory=inventory)
        refused(run, "VPCs per Region (L-F678F1CE)", f"would be {there + 3}", f"is {there + 2}")
        assert len(run.failures) == 3
    with settings(quotas={"vpcs_per_region": there + 3}):
        assert run_playbook(ACCOUNT_B, owner.account, b, "--check", inventory=inventory).rc == 0


def test_dns_resolution_over_a_vpc_that_names_no_hosts(owner: Owner) -> None:
    b = new_account()
    network = make_client_network(b)
    b.ec2.modify_vpc_attribute(VpcId=network.vpc_id, EnableDnsHostnames={"Value": False})
    run = site(owner, b, dax_account_b_vpc_id=network.vpc_id, dax_account_b_dns_resolution=True)
    refused(run, network.vpc_id, "DNS hostnames", "dax_account_b_dns_resolution")


def prefix_list(account: Account, *blocks: str) -> str:
    entries = [{"Cidr": block} for block in blocks]
    made = account.ec2.create_managed_prefix_list(
        PrefixListName="offices", AddressFamily="IPv4", MaxEntries=10, Entries=entries
    )
    return str(made["PrefixList"]["PrefixListId"])


def test_networks_in_prefix_lists_of_both_accounts_are_not_chosen(owner: Owner) -> None:
    b = new_account()
    chosen = _block(site(owner, b, "--check"))
    gateway = owner.account.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    of_a = prefix_list(owner.account, str(ip_network(chosen).supernet(new_prefix=16)))
    owner.account.ec2.create_route(RouteTableId=owner.tables[0], DestinationPrefixListId=of_a, TransitGatewayId=gateway)
    second = _block(site(owner, b, "--check"))
    assert not ip_network(second).overlaps(ip_network(chosen).supernet(new_prefix=16))
    network = make_client_network(b)
    gateway = b.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    of_b = prefix_list(b, str(ip_network(second).supernet(new_prefix=16)))
    b.ec2.create_route(RouteTableId=network.main_table, DestinationPrefixListId=of_b, TransitGatewayId=gateway)
    third = _block(site(owner, b, "--check"))
    for taken in (chosen, second):
        assert not ip_network(third).overlaps(ip_network(taken).supernet(new_prefix=16))


def _block(run: Run) -> str:
    assert run.rc == 0, run.text[-3000:]
    (block,) = [
        item["after"] for item in run.plan("B")["actions"] if (item["kind"], item["resource_type"]) == ("create", "vpc")
    ]
    return str(block)


def test_a_subnet_behind_an_internet_gateway_that_gives_no_public_addresses(owner: Owner) -> None:
    b = new_account()
    network = make_client_network(b)
    gateway = b.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    b.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc_id)
    b.ec2.create_route(RouteTableId=network.tables[0], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    subnet = network.subnet_ids[0]
    given = {"dax_account_b_vpc_id": network.vpc_id, "dax_account_b_subnet_ids": [subnet]}
    run = site(owner, b, "--check", **given)
    (line,) = [item for item in run.plan("B")["warnings"] if subnet in item]
    assert gateway in line
    assert "dax_account_b_subnet_ids" in line
    b.ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    assert [item for item in site(owner, b, "--check", **given).plan("B")["warnings"] if subnet in item] == []


def test_a_default_route_to_a_transit_gateway(owner: Owner) -> None:
    gateway = owner.account.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    owner.account.ec2.create_route(
        RouteTableId=owner.tables[0], DestinationCidrBlock="0.0.0.0/0", TransitGatewayId=gateway
    )
    run = site(owner, new_account(), "--check")
    assert run.rc == 0, run.text[-3000:]
    (line,) = [item for item in run.plan("A")["warnings"] if gateway in item]
    assert owner.tables[0] in line
