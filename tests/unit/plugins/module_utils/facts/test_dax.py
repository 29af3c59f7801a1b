# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError
from ansible_collections.dax.cross_account.plugins.module_utils.facts import dax

ARN = "arn:aws:dax:us-east-1:111111111111:cache/"


def raw_cluster(name: str, **more: Any) -> dict[str, Any]:
    return {"ClusterName": name, "ClusterArn": ARN + name, "Status": "available", **more}


@pytest.mark.parametrize(
    ("raw", "endpoint", "encryption", "network"),
    [
        pytest.param({}, {"address": None, "port": 8111, "url": None}, "NONE", "ipv4", id="creating"),
        pytest.param(
            {"ClusterDiscoveryEndpoint": {"Address": "a.example", "Port": 8111}},
            {"address": "a.example", "port": 8111, "url": "dax://a.example"},
            "NONE",
            "ipv4",
            id="older API without URL",
        ),
        pytest.param(
            {"ClusterEndpointEncryptionType": "TLS", "ClusterDiscoveryEndpoint": {"Address": "a.example"}},
            {"address": "a.example", "port": 9111, "url": "daxs://a.example"},
            "TLS",
            "ipv4",
            id="TLS without port and URL",
        ),
        pytest.param(
            {"ClusterEndpointEncryptionType": "TLS"}, {"address": None, "port": 9111, "url": None}, "TLS", "ipv4"
        ),
        pytest.param(
            {"NetworkType": "dual_stack", "ClusterDiscoveryEndpoint": {"Address": "127.0.0.1", "Port": 18111}},
            {"address": "127.0.0.1", "port": 18111, "url": "dax://127.0.0.1:18111"},
            "NONE",
            "dual_stack",
            id="port of its own",
        ),
        pytest.param(
            {"ClusterDiscoveryEndpoint": {"Address": "a.example", "Port": 8111, "URL": "dax://b.example"}},
            {"address": "a.example", "port": 8111, "url": "dax://b.example"},
            "NONE",
            "ipv4",
            id="URL as told",
        ),
    ],
)
def test_normalise_cluster(raw: dict[str, Any], endpoint: dict[str, Any], encryption: str, network: str) -> None:
    cluster = dax.normalise_cluster(raw_cluster("orders", **raw))
    assert cluster["endpoint"] == endpoint
    assert cluster["encryption_type"] == encryption
    assert cluster["network_type"] == network
    assert (cluster["nodes"], cluster["security_groups"], cluster["tags"]) == ([], [], {})
    assert cluster["sse_description"] == {"status": "DISABLED"}


def test_normalise_nodes() -> None:
    node = {
        "NodeId": "orders-a",
        "Endpoint": {"Address": "n.example", "Port": 9111},
        "NodeCreateTime": datetime(2026, 1, 2, tzinfo=UTC),
    }
    raw = raw_cluster("orders", ClusterEndpointEncryptionType="TLS", Nodes=[node], SSEDescription={"Status": "ENABLED"})
    cluster = dax.normalise_cluster(raw, {"Team": "a"})
    assert cluster["nodes"] == [
        {
            "node_id": "orders-a",
            "endpoint": {"address": "n.example", "port": 9111, "url": "daxs://n.example"},
            "node_create_time": "2026-01-02T00:00:00+00:00",
        }
    ]
    assert cluster["sse_description"] == {"status": "ENABLED"}
    assert cluster["tags"] == {"Team": "a"}
    json.dumps(cluster)


def test_normalise_subnet_group() -> None:
    raw = {"SubnetGroupName": "g", "VpcId": "vpc-1", "Subnets": [{"SubnetIdentifier": "subnet-1"}]}
    assert dax.normalise_subnet_group(raw) == {
        "subnet_group_name": "g",
        "vpc_id": "vpc-1",
        "subnets": [{"subnet_identifier": "subnet-1", "supported_network_types": ["ipv4"]}],
        "supported_network_types": ["ipv4"],
    }
    assert dax.normalise_subnet_group({"SubnetGroupName": "g", "SupportedNetworkTypes": ["ipv6"]})["subnets"] == []


def test_all_clusters_of_all_pages_with_all_pages_of_tags(fake_aws: Any) -> None:
    fake = fake_aws("dax")
    fake.on("DescribeClusters", {"Clusters": [raw_cluster("a")], "NextToken": "more"}, {"Clusters": [raw_cluster("b")]})
    fake.on(
        "ListTags",
        {"Tags": [{"Key": "k1", "Value": "v1"}], "NextToken": "more"},
        {"Tags": [{"Key": "k2", "Value": "v2"}]},
        {"Tags": []},
    )
    clusters = dax.describe_clusters(fake.client)
    assert [(item["cluster_name"], item["tags"]) for item in clusters] == [("a", {"k1": "v1", "k2": "v2"}), ("b", {})]
    assert fake.calls[0] == ("DescribeClusters", {})
    assert fake.calls[1] == ("DescribeClusters", {"NextToken": "more"})
    assert fake.calls[2] == ("ListTags", {"ResourceName": ARN + "a"})


def test_without_tags_one_call_does(fake_aws: Any) -> None:
    fake = fake_aws("dax").on("DescribeClusters", {"Clusters": [raw_cluster("a"), raw_cluster("b")]})
    assert len(dax.describe_clusters(fake.client, ["A", "b", "a"], include_tags=False)) == 2
    assert fake.calls == [("DescribeClusters", {"ClusterNames": ["a", "b"]})]


def test_no_names_need_no_call(fake_aws: Any) -> None:
    fake = fake_aws("dax")
    assert dax.describe_clusters(fake.client, []) == []
    assert dax.describe_subnet_groups(fake.client, []) == []
    assert fake.calls == []


def test_unknown_names_are_left_out(fake_aws: Any, aws_error: Any) -> None:
    def describe(params: dict[str, Any]) -> Any:
        if params["ClusterNames"] == ["b"]:
            return {"Clusters": [raw_cluster("b")]}
        return aws_error("ClusterNotFoundFault")

    fake = fake_aws("dax").on("DescribeClusters", describe).on("ListTags", {"Tags": []})
    assert dax.describe_clusters(fake.client, ["a"]) == []
    assert fake.operations == ["DescribeClusters"]
    assert [item["cluster_name"] for item in dax.describe_clusters(fake.client, ["a", "b"])] == ["b"]


def test_subnet_groups_of_all_pages_and_unknown_ones(fake_aws: Any, aws_error: Any) -> None:
    fake = fake_aws("dax").on(
        "DescribeSubnetGroups",
        {"SubnetGroups": [{"SubnetGroupName": "a"}], "NextToken": "more"},
        {"SubnetGroups": [{"SubnetGroupName": "b"}]},
        aws_error("SubnetGroupNotFoundFault"),
    )
    assert [item["subnet_group_name"] for item in dax.describe_subnet_groups(fake.client)] == ["a", "b"]
    assert dax.describe_subnet_groups(fake.client, ["c"]) == []


def test_throttled_reads_are_repeated_and_others_are_not(fake_aws: Any, aws_error: Any) -> None:
    fake = fake_aws("dax").on("DescribeClusters", aws_error("ThrottlingException"), {"Clusters": []})
    assert dax.describe_clusters(fake.client) == []
    fake.on("DescribeClusters", aws_error("AccessDeniedException", "dax:DescribeClusters is not allowed"))
    with pytest.raises(AnsibleAWSError, match=r"Failed to describe DAX clusters.*DescribeClusters is not allowed"):
        dax.describe_clusters(fake.client)


@pytest.mark.parametrize(
    ("status", "code", "fails"),
    [
        *((status, "InvalidClusterStateFault", False) for status in ("creating", "modifying", "rebooting", "deleting")),
        (None, "InvalidClusterStateFault", False),
        ("available", "InvalidClusterStateFault", True),
        ("available", "ClusterNotFoundFault", False),
        ("creating", "AccessDeniedException", True),
        ("available", "AccessDeniedException", True),
    ],
)
def test_tags_that_cannot_be_read(fake_aws: Any, aws_error: Any, status: str, code: str, fails: bool) -> None:
    raw = {**raw_cluster("a"), "Status": status} if status else {"ClusterName": "a", "ClusterArn": ARN + "a"}
    fake = fake_aws("dax").on("DescribeClusters", {"Clusters": [raw]})
    fake.on("ListTags", aws_error(code))
    if fails:
        with pytest.raises(AnsibleAWSError, match="list the tags"):
            dax.describe_clusters(fake.client)
    else:
        assert dax.describe_clusters(fake.client)[0]["tags"] == {}


def test_tags_of_a_cluster_that_has_just_become_available(fake_aws: Any, aws_error: Any) -> None:
    fake = fake_aws("dax").on("DescribeClusters", {"Clusters": [raw_cluster("a")]})
    fake.on("ListTags", aws_error("InvalidClusterStateFault"), {"Tags": [{"Key": "k", "Value": "v"}]})
    assert dax.describe_clusters(fake.client)[0]["tags"] == {"k": "v"}


# What DescribeClusters may leave out late in a deletion, and what is shown then.
@pytest.mark.parametrize("left_out", [["Status"], ["Status", "Nodes"], ["SubnetGroup", "ClusterDiscoveryEndpoint"]])
def test_a_cluster_late_in_its_deletion(left_out: list[str]) -> None:
    raw = raw_cluster(
        "a", Nodes=[{"NodeId": "a-a"}], SubnetGroup="g", ClusterDiscoveryEndpoint={"Address": "a.example"}
    )
    cluster = dax.normalise_cluster({key: value for key, value in raw.items() if key not in left_out})
    assert cluster["status"] == ("deleting" if "Status" in left_out else "available")
    assert cluster["nodes"] == [] or "Nodes" not in left_out
    assert cluster["endpoint"]["address"] == (None if "ClusterDiscoveryEndpoint" in left_out else "a.example")
