# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The DAX control plane."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from conftest import Account, Control, code_of, listed


@pytest.fixture
def network(account: Account) -> tuple[str, list[str]]:
    return account.vpc("10.0.0.0/16", 2)


def cluster(account: Account, subnets: list[str] | None, name: str = "orders", **options: Any) -> dict[str, Any]:
    """Create a cluster, in a subnet group of its own if subnets are given."""
    if subnets is not None:
        account.dax.create_subnet_group(SubnetGroupName=f"{name}-group", SubnetIds=subnets)
        options["SubnetGroupName"] = f"{name}-group"
    wanted = {
        "ClusterName": name,
        "NodeType": "dax.r5.large",
        "ReplicationFactor": 1,
        "IamRoleArn": account.service_role(region=account.region),
        **options,
    }
    return dict(account.dax.create_cluster(**wanted)["Cluster"])


def shown(account: Account, name: str = "orders") -> dict[str, Any]:
    return dict(account.dax.describe_clusters(ClusterNames=[name])["Clusters"][0])


def raw(account: Account, operation: str, **request: Any) -> dict[str, Any]:
    """An answer of DAX without the client's model, which may be older than the emulator's."""
    received: list[bytes] = []
    client = account.client("dax")
    client.meta.events.register("before-parse.dax", lambda response_dict, **_: received.append(response_dict["body"]))
    client._make_api_call(operation, request)
    return dict(json.loads(received[0]))


def test_a_clusters_life(account: Account, network: tuple[str, list[str]]) -> None:
    vpc, subnets = network
    created = cluster(account, subnets, ReplicationFactor=3, Description="orders", Tags=listed({"team": "a"}))
    assert created["Status"] == "creating"
    assert created["ClusterDiscoveryEndpoint"] == {"Port": 8111}
    assert "Nodes" not in created
    found = shown(account)
    assert found["Status"] == "available"
    assert found["ClusterArn"] == f"arn:aws:dax:us-east-1:{account.id}:cache/orders"
    assert (found["TotalNodes"], found["ActiveNodes"], found["ClusterEndpointEncryptionType"]) == (3, 3, "NONE")
    assert found["ClusterDiscoveryEndpoint"]["URL"].startswith("dax://")
    assert [node["NodeId"] for node in found["Nodes"]] == ["orders-a", "orders-b", "orders-c"]
    assert [node["AvailabilityZone"][-1] for node in found["Nodes"]] == ["a", "b", "a"]
    filters = [{"Name": "vpc-id", "Values": [vpc]}]
    [default] = account.ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    assert found["SecurityGroups"] == [{"SecurityGroupIdentifier": default["GroupId"], "Status": "active"}]
    assert account.dax.list_tags(ResourceName=found["ClusterArn"])["Tags"] == listed({"team": "a"})
    again = {"account": account, "subnets": None, "SubnetGroupName": "orders-group"}
    assert code_of(cluster, **again) == code_of(cluster, name="ORDERS", **again) == "ClusterAlreadyExistsFault"
    assert account.dax.delete_cluster(ClusterName="orders")["Cluster"]["Status"] == "deleting"
    assert code_of(shown, account=account) == "ClusterNotFoundFault"


def test_endpoints_without_a_data_plane(account: Account, network: tuple[str, list[str]], control: Control) -> None:
    control.settings(cluster_seconds=600)
    cluster(account, network[1])
    record = control("GET", f"clusters/{account.id}/us-east-1/orders")
    assert record["Status"] == "creating"
    control("POST", f"clusters/{account.id}/us-east-1/orders", {"status": "available"})
    endpoint = shown(account)["ClusterDiscoveryEndpoint"]
    host = re.fullmatch(r"orders\.([0-9a-f]{6})\.dax-clusters\.us-east-1\.amazonaws\.com", endpoint["Address"])
    assert host
    assert endpoint == {"Address": host[0], "Port": 8111, "URL": f"dax://{host[0]}"}
    [node] = shown(account)["Nodes"]
    address = f"orders-a.{host[1]}.nodes.dax-clusters.us-east-1.amazonaws.com"
    assert node["Endpoint"] == {"Address": address, "Port": 8111}


def test_tls(account: Account, network: tuple[str, list[str]], control: Control) -> None:
    control.settings(cluster_seconds=600)
    cluster(account, network[1], ClusterEndpointEncryptionType="TLS")
    control("POST", f"clusters/{account.id}/us-east-1/orders", {"status": "available"})
    found = shown(account)
    assert found["ClusterEndpointEncryptionType"] == "TLS"
    assert found["ClusterDiscoveryEndpoint"]["Port"] == found["Nodes"][0]["Endpoint"]["Port"] == 9111
    assert found["ClusterDiscoveryEndpoint"]["URL"].startswith("daxs://")


@pytest.mark.parametrize(
    ("region", "partition", "domain"),
    [
        ("cn-north-1", "aws-cn", ".amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", ".amazonaws.com"),
        ("eu-west-1", "aws", ".amazonaws.com"),
    ],
)
def test_partitions(control: Control, account: Account, region: str, partition: str, domain: str) -> None:
    there = Account(control.url, account.id, region)
    _, subnets = there.vpc("10.0.0.0/16", 1)
    control.settings(cluster_seconds=600, regions_without_dax=[])
    created = cluster(there, subnets)
    assert created["ClusterArn"] == f"arn:{partition}:dax:{region}:{account.id}:cache/orders"
    assert account.dax.describe_clusters()["Clusters"] == []
    control("POST", f"clusters/{account.id}/{region}/orders", {"status": "available"})
    assert shown(there)["ClusterDiscoveryEndpoint"]["Address"].endswith(region + domain)


def test_network_types_follow_the_subnets(account: Account) -> None:
    vpc, subnets = account.vpc("10.0.0.0/16", 2, AmazonProvidedIpv6CidrBlock=True)
    block = account.ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]
    account.ec2.associate_subnet_cidr_block(SubnetId=subnets[0], Ipv6CidrBlock=block.replace("/56", "/64"))
    account.dax.create_subnet_group(SubnetGroupName="mixed", SubnetIds=subnets)
    account.dax.create_subnet_group(SubnetGroupName="both", SubnetIds=subnets[:1])
    groups = raw(account, "DescribeSubnetGroups", SubnetGroupNames=["mixed", "both"])["SubnetGroups"]
    assert [group["SupportedNetworkTypes"] for group in groups] == [["ipv4"], ["ipv4", "ipv6", "dual_stack"]]
    wanted = {
        "ClusterName": "six",
        "NodeType": "dax.r5.large",
        "ReplicationFactor": 1,
        "IamRoleArn": account.service_role(),
    }
    create = account.client("dax")
    create.meta.events.register("before-call.dax.CreateCluster", _with_network_type("dual_stack"))
    assert code_of(create.create_cluster, SubnetGroupName="mixed", **wanted) == "InvalidParameterValueException"
    create.create_cluster(SubnetGroupName="both", **wanted)
    assert raw(account, "DescribeClusters")["Clusters"][0]["NetworkType"] == "dual_stack"


def _with_network_type(value: str) -> Any:
    def change(params: dict[str, Any], **_: Any) -> None:
        params["body"] = json.dumps({**json.loads(params["body"]), "NetworkType": value}).encode()

    return change


def test_transitions_take_their_time(account: Account, network: tuple[str, list[str]], control: Control) -> None:
    cluster(account, network[1])
    control.settings(cluster_seconds=600)
    account.dax.update_cluster(ClusterName="orders", Description="changed")
    found = shown(account)
    assert (found["Status"], found["Description"]) == ("modifying", "changed")
    for operation in (account.dax.update_cluster, account.dax.delete_cluster):
        assert code_of(operation, ClusterName="orders") == "InvalidClusterStateFault"
    control("POST", f"clusters/{account.id}/us-east-1/orders", {"status": "available"})
    account.dax.delete_cluster(ClusterName="orders")
    assert shown(account)["Status"] == "deleting"
    assert code_of(account.dax.delete_subnet_group, SubnetGroupName="orders-group") == "SubnetGroupInUseFault"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"name": "-orders"}, "InvalidParameterValueException"),
        ({"name": "or--ders"}, "InvalidParameterValueException"),
        ({"name": "o" * 21}, "InvalidParameterValueException"),
        ({"NodeType": "cache.r5.large"}, "InvalidParameterValueException"),
        ({"ReplicationFactor": 0}, "InvalidParameterValueException"),
        ({"ReplicationFactor": 12}, "NodeQuotaForClusterExceededFault"),
        ({"IamRoleArn": "arn:aws:iam::123456789012:role/other"}, "InvalidParameterValueException"),
        ({"SubnetGroupName": "none"}, "SubnetGroupNotFoundFault"),
        ({"ParameterGroupName": "none"}, "ParameterGroupNotFoundFault"),
        ({"SecurityGroupIds": ["sg-00000000000000000"]}, "InvalidParameterValueException"),
        ({"AvailabilityZones": ["us-east-1f"]}, "InvalidParameterValueException"),
        ({"AvailabilityZones": ["us-east-1a", "us-east-1b"]}, "InvalidParameterCombinationException"),
    ],
)
def test_bad_clusters(account: Account, network: tuple[str, list[str]], options: dict[str, Any], code: str) -> None:
    account.dax.create_subnet_group(SubnetGroupName="group", SubnetIds=network[1])
    assert code_of(cluster, **{"account": account, "subnets": None, "SubnetGroupName": "group", **options}) == code


@pytest.mark.parametrize("name", ["a", "Orders-2-x", "o" * 20])
def test_legal_names(account: Account, network: tuple[str, list[str]], name: str) -> None:
    assert cluster(account, network[1], name)["ClusterName"] == name.lower()


def test_nodes_come_and_go(account: Account, network: tuple[str, list[str]]) -> None:
    cluster(account, network[1], ReplicationFactor=2)
    increase, decrease = account.dax.increase_replication_factor, account.dax.decrease_replication_factor
    assert code_of(increase, ClusterName="orders", NewReplicationFactor=2) == "InvalidParameterValueException"
    increase(ClusterName="orders", NewReplicationFactor=3, AvailabilityZones=["us-east-1b"])
    assert [node["AvailabilityZone"] for node in shown(account)["Nodes"]] == ["us-east-1a", "us-east-1b", "us-east-1b"]
    remove = {"ClusterName": "orders", "NewReplicationFactor": 2}
    assert code_of(decrease, NodeIdsToRemove=["orders-z"], **remove) == "NodeNotFoundFault"
    assert decrease(NodeIdsToRemove=["orders-a"], **remove)["Cluster"]["NodeIdsToRemove"] == ["orders-a"]
    assert [node["NodeId"] for node in shown(account)["Nodes"]] == ["orders-b", "orders-c"]
    increase(ClusterName="orders", NewReplicationFactor=3)
    assert [node["NodeId"] for node in shown(account)["Nodes"]] == ["orders-b", "orders-c", "orders-a"]
    reboot = account.dax.reboot_node
    assert code_of(reboot, ClusterName="orders", NodeId="orders-z") == "NodeNotFoundFault"
    [rebooting] = [
        one for one in reboot(ClusterName="orders", NodeId="orders-c")["Cluster"]["Nodes"] if "c" in one["NodeId"][-1]
    ]
    assert rebooting["NodeStatus"] == "rebooting"
    assert {node["NodeStatus"] for node in shown(account)["Nodes"]} == {"available"}


def test_tags(account: Account, network: tuple[str, list[str]]) -> None:
    arn = cluster(account, network[1])["ClusterArn"]
    dax = account.dax
    assert dax.tag_resource(ResourceName=arn, Tags=listed({"a": "1", "b": "2"}))["Tags"] == listed({"a": "1", "b": "2"})
    assert dax.untag_resource(ResourceName=arn, TagKeys=["a"])["Tags"] == listed({"b": "2"})
    assert code_of(dax.untag_resource, ResourceName=arn, TagKeys=["a"]) == "TagNotFoundFault"
    many = listed({str(number): "" for number in range(50)})
    assert code_of(dax.tag_resource, ResourceName=arn, Tags=many) == "TagQuotaPerResourceExceeded"
    assert dax.list_tags(ResourceName=arn)["Tags"] == listed({"b": "2"})
    assert code_of(dax.list_tags, ResourceName="arn:aws:dax:us-east-1:1:cache/x") == "InvalidARNFault"
    assert code_of(dax.list_tags, ResourceName=arn.replace("orders", "none")) == "ClusterNotFoundFault"


def test_security_groups(account: Account, network: tuple[str, list[str]]) -> None:
    vpc, subnets = network
    group = account.group(vpc)
    cluster(account, subnets, SecurityGroupIds=[group])
    assert code_of(account.ec2.delete_security_group, GroupId=group) == "DependencyViolation"
    another = account.group(vpc, "another")
    account.dax.update_cluster(ClusterName="orders", SecurityGroupIds=[another])
    assert [one["SecurityGroupIdentifier"] for one in shown(account)["SecurityGroups"]] == [another]
    account.ec2.delete_security_group(GroupId=group)


def test_events(account: Account, network: tuple[str, list[str]]) -> None:
    cluster(account, network[1])
    events = account.dax.describe_events(SourceName="orders")["Events"]
    assert [event["Message"] for event in events] == ["Cluster creation started."]
