# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DAX while something takes its time, and where it says no: statuses, tags, service roles, regions."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Account, Control, code_of, listed, message_of, trusting
from test_dax import cluster, network, raw, shown

from dax_emulator.base import regions

__all__ = ["network"]
ARN = "arn:aws:dax:us-east-1:{}:cache/orders"
REFUSED = "InvalidParameterValueException"


def test_creating(account: Account, network: tuple[str, list[str]], control: Control) -> None:
    control.settings(cluster_seconds=1.5)
    cluster(account, network[1], ReplicationFactor=2)
    found = shown(account)
    assert (found["Status"], found["TotalNodes"], found["ActiveNodes"]) == ("creating", 2, 0)
    assert "Nodes" not in found
    assert found["ClusterDiscoveryEndpoint"] == {"Port": 8111}
    time.sleep(1.6)
    found = shown(account)
    assert (found["Status"], found["ActiveNodes"], len(found["Nodes"])) == ("available", 2, 2)


def test_the_last_third_of_a_deletion_has_no_status(
    account: Account, network: tuple[str, list[str]], control: Control
) -> None:
    cluster(account, network[1])
    control.settings(cluster_seconds=3)
    deleted = account.dax.delete_cluster(ClusterName="orders")["Cluster"]
    for early in (deleted, shown(account)):
        assert (early["Status"], early["SubnetGroup"]) == ("deleting", "orders-group")
        assert not {"Nodes", "ClusterDiscoveryEndpoint"} & set(early)
    time.sleep(2.2)
    late = shown(account)
    assert not {"Status", "Nodes", "SubnetGroup", "ClusterDiscoveryEndpoint"} & set(late)
    assert late["ClusterArn"] == ARN.format(account.id)
    assert code_of(account.dax.delete_subnet_group, SubnetGroupName="orders-group") == "SubnetGroupInUseFault"
    time.sleep(1)
    assert code_of(shown, account=account) == "ClusterNotFoundFault"
    account.dax.delete_subnet_group(SubnetGroupName="orders-group")


def _update(dax: Any) -> Any:
    return dax.update_cluster(ClusterName="orders", Description="changed")


def _grow(dax: Any) -> Any:
    return dax.increase_replication_factor(ClusterName="orders", NewReplicationFactor=3)


def _shrink(dax: Any) -> Any:
    return dax.decrease_replication_factor(ClusterName="orders", NewReplicationFactor=1)


def _reboot(dax: Any) -> Any:
    return dax.reboot_node(ClusterName="orders", NodeId="orders-b")


CHANGES: list[tuple[Callable[[Any], Any], list[str]]] = [
    (_update, ["available", "available"]),
    (_grow, ["available", "available", "creating"]),
    (_shrink, ["available", "deleting"]),
    (_reboot, ["available", "rebooting"]),
]


@pytest.mark.parametrize(("change", "statuses"), CHANGES)
def test_nodes_while_a_cluster_changes(
    account: Account,
    network: tuple[str, list[str]],
    control: Control,
    change: Callable[[Any], Any],
    statuses: list[str],
) -> None:
    cluster(account, network[1], ReplicationFactor=2)
    control.settings(cluster_seconds=600)
    change(account.dax)
    found = shown(account)
    assert found["Status"] == "modifying"
    assert [node["NodeStatus"] for node in found["Nodes"]] == statuses
    assert found["ActiveNodes"] == statuses.count("available")
    assert [node["NodeStatus"] for node in found["Nodes"] if "Endpoint" not in node] == [
        status for status in statuses if status in ("creating", "deleting")
    ]
    assert all(("NodeCreateTime" in node) == (node["NodeStatus"] != "creating") for node in found["Nodes"])


def test_nodes_whose_security_groups_change(account: Account, network: tuple[str, list[str]], control: Control) -> None:
    group = account.group(network[0])
    cluster(account, network[1])
    control.settings(cluster_seconds=600)
    account.dax.update_cluster(ClusterName="orders", SecurityGroupIds=[group])
    assert [node["NodeStatus"] for node in shown(account)["Nodes"]] == ["modifying"]


@pytest.mark.parametrize("status", ["creating", "modifying", "deleting"])
@pytest.mark.parametrize(
    ("call", "arguments"),
    [("list_tags", {}), ("tag_resource", {"Tags": listed({"a": "1"})}), ("untag_resource", {"TagKeys": ["a"]})],
)
def test_tags_of_a_cluster_that_is_not_available(
    account: Account,
    network: tuple[str, list[str]],
    control: Control,
    status: str,
    call: str,
    arguments: dict[str, Any],
) -> None:
    control.settings(cluster_seconds=600 if status == "creating" else 0)
    cluster(account, network[1])
    control.settings(cluster_seconds=600)
    if status == "modifying":
        _update(account.dax)
    elif status == "deleting":
        account.dax.delete_cluster(ClusterName="orders")
    method = getattr(account.dax, call)
    assert code_of(method, ResourceName=ARN.format(account.id), **arguments) == "InvalidClusterStateFault"


@pytest.mark.parametrize(
    ("principal", "action", "allowed"),
    [
        (None, None, False),
        ({"Service": "ec2.amazonaws.com"}, "sts:AssumeRole", False),
        ({"Service": "dax.amazonaws.com"}, "sts:TagSession", False),
        ({"Service": "dax.amazonaws.com"}, "sts:AssumeRole", True),
        ({"Service": ["ec2.amazonaws.com", "dax.amazonaws.com"]}, ["sts:AssumeRole", "sts:TagSession"], True),
        ({"Service": "dax.amazonaws.com"}, "sts:*", True),
    ],
)
def test_service_roles(
    account: Account, network: tuple[str, list[str]], principal: Any, action: Any, allowed: bool
) -> None:
    arn = f"arn:aws:iam::{account.id}:role/Dax"
    if principal is not None:
        document = json.dumps(trusting(principal, Action=action))
        account.iam.create_role(RoleName="Dax", AssumeRolePolicyDocument=document)
    account.dax.create_subnet_group(SubnetGroupName="group", SubnetIds=network[1])
    wanted = {"account": account, "subnets": None, "SubnetGroupName": "group", "IamRoleArn": arn}
    if allowed:
        cluster(**wanted)
        return
    assert code_of(cluster, **wanted) == REFUSED
    assert message_of(cluster, **wanted) == f"No permission to assume role: {arn}"


def test_a_denial_in_the_trust_policy_counts(account: Account, network: tuple[str, list[str]]) -> None:
    document = trusting({"Service": "dax.amazonaws.com"})
    document["Statement"].append({**document["Statement"][0], "Effect": "Deny"})
    account.iam.create_role(RoleName="DAXServiceRole", AssumeRolePolicyDocument=json.dumps(document))
    assert code_of(cluster, account=account, subnets=network[1]) == REFUSED


def test_a_new_service_role_is_not_seen_at_once(
    account: Account, network: tuple[str, list[str]], control: Control
) -> None:
    control.settings(visibility_seconds=600)
    account.dax.create_subnet_group(SubnetGroupName="group", SubnetIds=network[1])
    wanted = {"account": account, "subnets": None, "SubnetGroupName": "group"}
    assert message_of(cluster, **wanted).startswith("No permission to assume role")
    control.settings(visibility_seconds=0)
    cluster(**wanted)


@pytest.mark.parametrize("region", regions.WITHOUT_DAX)
def test_regions_without_dax(account: Account, region: str) -> None:
    there = account.client("dax", region)
    assert code_of(there.describe_clusters) == REFUSED
    assert message_of(there.describe_clusters) == "Access Denied to API Version: DAX_V3"


def test_every_operation_is_refused_where_there_is_no_dax(account: Account, control: Control) -> None:
    control.settings(regions_without_dax=["us-east-1"])
    for call in (account.dax.describe_subnet_groups, account.dax.describe_events):
        assert code_of(call) == REFUSED
    assert code_of(account.dax.create_subnet_group, SubnetGroupName="group", SubnetIds=["subnet-1"]) == REFUSED
    account.client("dax", "eu-south-2").describe_clusters()
    account.client("dax", "af-south-1").describe_clusters()


@pytest.mark.parametrize(("ipv6", "expected"), [(False, "ipv4"), (True, "dual_stack")])
def test_the_network_type_follows_the_subnet_group(account: Account, ipv6: bool, expected: str) -> None:
    vpc = account.ec2.create_vpc(CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=ipv6)["Vpc"]
    options = {}
    if ipv6:
        [association] = account.ec2.describe_vpcs(VpcIds=[vpc["VpcId"]])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]
        options = {"Ipv6CidrBlock": association["Ipv6CidrBlock"].replace("/56", "/64")}
    subnet = account.ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.0.0.0/24", **options)["Subnet"]["SubnetId"]
    cluster(account, [subnet])
    assert raw(account, "DescribeClusters")["Clusters"][0]["NetworkType"] == expected
