# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clusters and networks of every kind: the right port, family, tables, group and partition."""

from __future__ import annotations

from typing import Any

import pytest
from scenario.emulator import control
from scenario.pairs import Pair
from scenario.playbook import Run

NAMES = ["tls", "dual_stack", "ipv6", "by_id", "by_tags", "dead", "china", "gov"]


def routes(pair: Pair, side: str, table: str) -> dict[str, str]:
    """Return where a table leads, its own VPC left out."""
    found = pair.snapshots()[side]["route_tables"][table]["routes"]
    return {block: route["target"] for block, route in found.items() if route["target"] != "local"}


def peering(pair: Pair) -> str:
    """Return the connection between the two VPCs: there has to be one, and active for both sides."""
    now = pair.snapshots()
    (found,) = now["A"]["peerings"]
    assert now["B"]["peerings"][found]["status"] == now["A"]["peerings"][found]["status"] == "active"
    assert len(now["B"]["peerings"]) == 1
    return str(found)


def main_table(pair: Pair, vpc_id: str) -> str:
    tables = pair.snapshots()["B"]["route_tables"]
    (found,) = [key for key, table in tables.items() if table["vpc"] == vpc_id and table["main"]]
    return str(found)


def rules(pair: Pair) -> list[dict[str, Any]]:
    """Return the inbound rules of all of the cluster's groups, the one of a default group for itself left out."""
    (cluster,) = pair.a.dax.describe_clusters()["Clusters"]
    groups = [group["SecurityGroupIdentifier"] for group in cluster["SecurityGroups"]]
    filters = [{"Name": "group-id", "Values": groups}]
    found = pair.a.ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
    return [
        rule
        for rule in found
        if not rule["IsEgress"] and (rule.get("ReferencedGroupInfo") or {}).get("GroupId") != rule["GroupId"]
    ]


def port(pair: Pair) -> int:
    return int(pair.a.dax.describe_clusters()["Clusters"][0]["ClusterDiscoveryEndpoint"]["Port"])


@pytest.mark.parametrize("name", NAMES)
def test_every_dax_subnet_reaches_the_consumer_and_no_other_table_is_touched(joined, name: str) -> None:
    pair = joined[name]
    connection, (_cluster, consumer) = peering(pair), pair.documents
    families = {"ipv6": ["ipv6_cidr_blocks"], "dual_stack": ["cidr_blocks", "ipv6_cidr_blocks"]}
    blocks = [block for key in families.get(name, ["cidr_blocks"]) for block in consumer[key]]
    assert blocks
    for table in pair.owner.tables:
        assert routes(pair, "A", table) == dict.fromkeys(blocks, connection)
    assert routes(pair, "A", pair.owner.other_table) == {}


@pytest.mark.parametrize("name", NAMES)
def test_one_rule_on_one_group(joined, name: str) -> None:
    pair = joined[name]
    (rule,) = rules(pair)
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", port(pair), port(pair))
    assert rule["GroupId"] == pair.owner.group_id
    _cluster, consumer = pair.documents
    if name == "ipv6":  # in another region
        assert [rule["CidrIpv6"]] == consumer["ipv6_cidr_blocks"]
        assert "ReferencedGroupInfo" not in rule
    else:
        assert rule["ReferencedGroupInfo"]["GroupId"] == consumer["security_group_id"]


def test_the_next_run_of_each_side_changes_nothing(joined) -> None:
    for side in ("second B", "second A"):
        run: Run = joined.runs[side]
        changed = [(host, task) for host, task, result in run.results if result.get("changed")]
        assert (changed, run.write_attempts()) == ([], [])
    assert {joined.runs["second B"].told(joined[name].hosts[1]) for name in NAMES} == {"account B: complete"}
    assert {joined.runs["second A"].told(joined[name].hosts[0]) for name in NAMES} == {"account A: complete"}


def test_a_tls_cluster_in_a_secondary_block(joined) -> None:
    pair = joined["tls"]
    cluster, consumer = pair.documents
    assert cluster["encryption_type"] == "TLS"
    assert (cluster["endpoint"]["port"], cluster["endpoint"]["url"][:7]) == (9111, "daxs://")
    assert cluster["cidr_blocks"] == ["10.0.0.0/16", "10.200.0.0/16"]
    connection = peering(pair)
    table = main_table(pair, consumer["vpc_id"])
    assert routes(pair, "B", table) == {"10.0.0.0/16": connection, "10.200.0.0/16": connection}
    (why,) = [line for line in joined.runs["grant"].plan_of("tls_a")["lines"] if "create rule" in line]
    assert "that is not a default group; dax_account_a_security_group_id overrides" in why


def test_a_dual_stack_cluster(joined) -> None:
    pair = joined["dual_stack"]
    cluster, consumer = pair.documents
    now, connection = pair.snapshots()["B"], peering(pair)
    vpc = now["vpcs"][consumer["vpc_id"]]
    assert vpc["ipv6_blocks"] == consumer["ipv6_cidr_blocks"] != []
    subnets = [subnet for subnet in now["subnets"].values() if subnet["vpc"] == consumer["vpc_id"]]
    assert len({block for subnet in subnets for block in subnet["ipv6_blocks"]}) == len(subnets) == 2
    found = routes(pair, "B", main_table(pair, consumer["vpc_id"]))
    found.pop("0.0.0.0/0")
    assert found == dict.fromkeys(cluster["cidr_blocks"] + cluster["ipv6_cidr_blocks"], connection)
    assert len(found) == 2


def test_an_ipv6_cluster_and_a_consumer_in_another_region(joined) -> None:
    pair = joined["ipv6"]
    cluster, consumer = pair.documents
    assert (cluster["region"], consumer["region"]) == ("us-east-1", "eu-west-1")
    found = routes(pair, "B", main_table(pair, consumer["vpc_id"]))
    assert found == dict.fromkeys(cluster["ipv6_cidr_blocks"], peering(pair))
    assert len(found) == 1
    subnets = [item for item in pair.snapshots()["B"]["subnets"].values() if item["vpc"] == consumer["vpc_id"]]
    assert [len(subnet["ipv6_blocks"]) for subnet in subnets] == [1]


@pytest.mark.parametrize(
    ("name", "services"), [("ipv6", ["ec2messages", "ssm", "ssmmessages", "sts"]), ("by_tags", ["sts"])]
)
def test_a_vpc_without_a_way_out_gets_endpoints(joined, name: str, services: list[str]) -> None:
    pair = joined[name]
    _cluster, consumer = pair.documents
    now, group = pair.snapshots()["B"], consumer["security_group_id"]
    endpoints = [item for item in now["endpoints"].values() if item["vpc"] == consumer["vpc_id"]]
    assert sorted(item["service"] for item in endpoints) == [
        f"com.amazonaws.{pair.b.region}.{service}" for service in services
    ]
    assert f"{group} in tcp 443-443 {group}" in now["rules"]
    gateways = [item for item in now["internet_gateways"].values() if consumer["vpc_id"] in item["vpcs"]]
    assert gateways == []


@pytest.mark.parametrize(("name", "attached"), [("ipv6", 1), ("gov", 1), ("by_tags", 0)])
def test_the_managed_policy_for_ssm_is_attached_where_it_was_asked_for(joined, name: str, attached: int) -> None:
    partition = joined[name].documents[1]["partition"]
    managed = f"arn:{partition}:iam::aws:policy/AmazonSSMManagedInstanceCore"
    assert joined[name].snapshots()["B"]["roles"]["AssumeDaxRole"]["attached"] == [managed] * attached


@pytest.mark.parametrize(("name", "partition"), [("china", "aws-cn"), ("gov", "aws-us-gov")])
def test_another_partition(joined, name: str, partition: str) -> None:
    pair = joined[name]
    cluster, consumer = pair.documents
    assert (cluster["partition"], consumer["partition"]) == (partition, partition)
    now = pair.snapshots()
    role_a, role_b = now["A"]["roles"]["DaxCrossAccountRole"], now["B"]["roles"]["AssumeDaxRole"]
    (statement,) = role_a["trust"]["Statement"]
    assert statement["Principal"] == {"AWS": f"arn:{partition}:iam::{pair.b.id}:role/AssumeDaxRole"}
    (statement,) = role_a["inline"]["DaxCrossAccountPolicy"]["Statement"]
    assert statement["Resource"] == f"arn:{partition}:dax:{pair.a.region}:{pair.a.id}:cache/orders"
    (statement,) = role_b["inline"]["AssumeDaxRolePolicy"]["Statement"]
    assert statement["Resource"] == f"arn:{partition}:iam::{pair.a.id}:role/DaxCrossAccountRole"
    (statement,) = role_b["trust"]["Statement"]
    service = "ec2.amazonaws.com.cn" if partition == "aws-cn" else "ec2.amazonaws.com"
    assert statement["Principal"] == {"Service": service}


def test_an_instance_in_china_assumes_the_role(joined) -> None:
    pair = joined["china"]
    (instance,) = pair.snapshots()["B"]["instances"]
    metadata = control("GET", f"instances/{pair.b.id}/{pair.b.region}/{instance}/metadata")
    assert metadata["credentials"]["role"] == "AssumeDaxRole"
    session = pair.b.session(metadata["credentials"])
    answer = session.assume_role(RoleArn=pair.documents[0]["role_arn"], RoleSessionName="orders")
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws-cn:sts::{pair.a.id}:assumed-role/DaxCrossAccountRole/orders"


def test_a_stranger_in_the_role_of_account_a_stays(joined) -> None:
    role = joined["by_id"].snapshots()["A"]["roles"]["DaxCrossAccountRole"]
    strangers = [item for item in role["trust"]["Statement"] if "Service" in item["Principal"]]
    assert [item["Principal"] for item in strangers] == [{"Service": "lambda.amazonaws.com"}]
    assert len(role["trust"]["Statement"]) == 2
