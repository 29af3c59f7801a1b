# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The owner's side alone: all it knows of the consumer is a document in a file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import yaml
from scenario.accounts import scenario_accounts
from scenario.snapshot import snapshot

A, B = scenario_accounts()
FILES = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])


@pytest.fixture(scope="module")
def consumer() -> dict:
    return json.loads((FILES / "consumer.json").read_text())


@pytest.fixture(scope="module")
def a() -> dict:
    return snapshot(A)


def test_the_role_trusts_the_consumers_role_and_may_only_read(a, consumer) -> None:
    role = a["roles"]["DaxCrossAccountRole"]
    (trust,) = role["trust"]["Statement"]
    assert trust["Principal"] == {"AWS": consumer["role_arn"]}
    (policy,) = role["inline"]["DaxCrossAccountPolicy"]["Statement"]
    assert set(policy["Action"]) == {"dax:GetItem", "dax:BatchGetItem", "dax:Query", "dax:Scan"}


def test_the_peering_connection_is_accepted_and_routed(a, consumer) -> None:
    connection = a["peerings"][consumer["peering_connection_id"]]
    assert connection["status"] == "active"
    (block,) = consumer["cidr_blocks"]
    routes = [table["routes"].get(block) for table in a["route_tables"].values()]
    led = [route for route in routes if route]
    assert led == [{"target": consumer["peering_connection_id"], "state": "active"}] * 3


def test_the_rule_names_the_consumers_group(a, consumer) -> None:
    rules = [key for key in a["rules"] if key.endswith(f" {consumer['security_group_id']}")]
    (rule,) = rules
    assert " in tcp " in rule
    assert a["rules"][rule]["description"] == f"dax.cross_account: orders for {B.id}/reports"


def test_nothing_was_written_in_the_consumers_account(consumer) -> None:
    assert B.iam.list_role_policies(RoleName="AssumeDaxRole")["PolicyNames"] == []
    assert [item["VpcId"] for item in B.ec2.describe_vpcs()["Vpcs"] if not item["IsDefault"]] == [consumer["vpc_id"]]


def test_the_cluster_document_was_written(consumer) -> None:
    document = yaml.safe_load((FILES / "cluster.yml").read_text())
    cluster = A.dax.describe_clusters()["Clusters"][0]
    vpc_id = A.dax.describe_subnet_groups()["SubnetGroups"][0]["VpcId"]
    endpoint = cluster["ClusterDiscoveryEndpoint"]
    assert document["endpoint"] == {
        "address": endpoint["Address"],
        "port": endpoint["Port"],
        "url": endpoint["URL"],
    }
    expected = {
        "kind": "dax.cross_account/cluster",
        "version": 1,
        "account_id": A.id,
        "partition": "aws",
        "region": "us-east-1",
        "cluster_name": "orders",
        "cluster_arn": consumer["cluster_arn"],
        "encryption_type": "NONE",
        "network_type": "ipv4",
        "vpc_id": vpc_id,
        "cidr_blocks": ["10.0.0.0/16"],
        "ipv6_cidr_blocks": [],
        "role_arn": f"arn:aws:iam::{A.id}:role/DaxCrossAccountRole",
        "external_id": None,
    }
    assert {key: document[key] for key in expected} == expected
