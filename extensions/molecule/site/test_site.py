# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What site.yml made, read by plain boto3, and that its second run only read."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from botocore.exceptions import ClientError
from scenario.accounts import scenario_accounts
from scenario.emulator import calls_since
from scenario.snapshot import snapshot

A, B = scenario_accounts()
DAX_ACTIONS = {
    f"dax:{name}"
    for name in (
        "GetItem",
        "BatchGetItem",
        "Query",
        "Scan",
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "BatchWriteItem",
        "ConditionCheckItem",
    )
}


@pytest.fixture(scope="module")
def a() -> dict:
    return snapshot(A)


@pytest.fixture(scope="module")
def b() -> dict:
    return snapshot(B)


@pytest.fixture(scope="module")
def cluster() -> dict:
    return A.dax.describe_clusters(ClusterNames=["orders"])["Clusters"][0]


@pytest.fixture(scope="module")
def owner_vpc(a) -> str:
    return next(key for key, vpc in a["vpcs"].items() if vpc["blocks"] == ["10.0.0.0/16"])


@pytest.fixture(scope="module")
def client_vpc(b) -> str:
    found = [key for key, vpc in b["vpcs"].items() if vpc["tags"].get("Name") == "dax-client"]
    assert len(found) == 1
    return found[0]


@pytest.fixture(scope="module")
def peering(a, b) -> str:
    assert len(a["peerings"]) == 1
    assert a["peerings"].keys() == b["peerings"].keys()
    return next(iter(a["peerings"]))


@pytest.fixture(scope="module")
def client_group(b, client_vpc) -> str:
    found = [key for key, group in b["security_groups"].items() if group["name"] == "dax-client"]
    assert [b["security_groups"][key]["vpc"] for key in found] == [client_vpc]
    return found[0]


def statements(policy: dict) -> list[dict]:
    return [{key: value for key, value in item.items() if key != "Sid"} for item in policy["Statement"]]


def test_the_role_of_account_a_trusts_exactly_the_role_of_account_b(a, b) -> None:
    principal = {"AWS": f"arn:aws:iam::{B.id}:role/AssumeDaxRole"}
    trust = a["roles"]["DaxCrossAccountRole"]["trust"]
    assert statements(trust) == [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]


def test_the_policy_of_account_a_allows_the_nine_actions_on_the_cluster(a, cluster) -> None:
    role = a["roles"]["DaxCrossAccountRole"]
    assert list(role["inline"]) == ["DaxCrossAccountPolicy"]
    (statement,) = statements(role["inline"]["DaxCrossAccountPolicy"])
    assert set(statement["Action"]) == DAX_ACTIONS
    assert statement["Effect"] == "Allow"
    assert statement["Resource"] in (cluster["ClusterArn"], [cluster["ClusterArn"]])
    assert role["attached"] == []


def test_the_role_of_account_b_may_assume_that_role_and_nothing_else(b) -> None:
    role = b["roles"]["AssumeDaxRole"]
    service = {"Service": "ec2.amazonaws.com"}
    assert statements(role["trust"]) == [{"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"}]
    assert list(role["inline"]) == ["AssumeDaxRolePolicy"]
    target = f"arn:aws:iam::{A.id}:role/DaxCrossAccountRole"
    (statement,) = statements(role["inline"]["AssumeDaxRolePolicy"])
    assert statement["Effect"] == "Allow"
    assert statement["Action"] in ("sts:AssumeRole", ["sts:AssumeRole"])
    assert statement["Resource"] in (target, [target])
    assert role["attached"] == []


def test_the_instance_profile_holds_the_role(b) -> None:
    assert b["instance_profiles"]["AssumeDaxInstanceProfile"]["roles"] == ["AssumeDaxRole"]


def test_nobody_else_in_account_b_can_assume_the_role_of_account_a() -> None:
    with pytest.raises(ClientError) as caught:
        B.sts.assume_role(RoleArn=f"arn:aws:iam::{A.id}:role/DaxCrossAccountRole", RoleSessionName="test")
    assert caught.value.response["Error"]["Code"] == "AccessDenied"


def test_the_vpcs_do_not_overlap(a, b, owner_vpc, client_vpc) -> None:
    ours = [ip_network(block) for block in b["vpcs"][client_vpc]["blocks"]]
    theirs = [ip_network(block) for block in a["vpcs"][owner_vpc]["blocks"]]
    assert ours and not any(one.overlaps(other) for one in ours for other in theirs)
    assert b["vpcs"][client_vpc]["dns_support"] is True
    assert b["vpcs"][client_vpc]["dns_hostnames"] is True


def test_one_peering_connection_is_active_between_them(a, b, owner_vpc, client_vpc, peering) -> None:
    for side in (a, b):
        connection = side["peerings"][peering]
        assert (connection["status"], connection["requester"], connection["accepter"]) == (
            "active",
            client_vpc,
            owner_vpc,
        )
        assert connection["tags"]["Name"] == "dax-client"


def test_every_table_that_a_dax_subnet_follows_leads_to_the_client(a, b, owner_vpc, client_vpc, peering) -> None:
    (block,) = b["vpcs"][client_vpc]["blocks"]
    group = A.dax.describe_subnet_groups(SubnetGroupNames=["dax"])["SubnetGroups"][0]
    effective = set()
    for subnet in group["Subnets"]:
        followed = [key for key, table in a["route_tables"].items() if subnet["SubnetIdentifier"] in table["subnets"]]
        main = [key for key, table in a["route_tables"].items() if table["vpc"] == owner_vpc and table["main"]]
        effective.add((followed or main)[0])
    assert len(effective) == 3
    for table in effective:
        assert a["route_tables"][table]["routes"][block] == {"target": peering, "state": "active"}


def test_the_tables_of_the_client_lead_to_the_cluster_and_out(b, client_vpc, peering) -> None:
    (subnet,) = [key for key, item in b["subnets"].items() if item["vpc"] == client_vpc]
    tables = [item for item in b["route_tables"].values() if item["vpc"] == client_vpc]
    followed = [table for table in tables if subnet in table["subnets"]] or [table for table in tables if table["main"]]
    assert followed[0]["routes"]["10.0.0.0/16"] == {"target": peering, "state": "active"}
    (gateway,) = [key for key, item in b["internet_gateways"].items() if item["vpcs"] == [client_vpc]]
    assert followed[0]["routes"]["0.0.0.0/0"] == {"target": gateway, "state": "active"}


def test_one_rule_lets_the_clients_group_reach_the_port(a, cluster, client_group) -> None:
    (group,) = [item["SecurityGroupIdentifier"] for item in cluster["SecurityGroups"]]
    port = cluster["ClusterDiscoveryEndpoint"]["Port"]
    inbound = [key for key in a["rules"] if key.startswith(f"{group} in ")]
    assert inbound == [f"{group} in tcp {port}-{port} {client_group}"]
    (rule,) = [
        item
        for item in A.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])[
            "SecurityGroupRules"
        ]
        if not item["IsEgress"]
    ]
    assert rule["ReferencedGroupInfo"]["UserId"] == B.id


def test_one_instance_runs_with_the_profile(b, client_vpc, client_group) -> None:
    (instance,) = b["instances"].values()
    assert instance["state"] == "running"
    assert instance["profile"] == f"arn:aws:iam::{B.id}:instance-profile/AssumeDaxInstanceProfile"
    assert instance["groups"] == [client_group]
    assert b["subnets"][instance["subnet"]]["vpc"] == client_vpc


def test_the_second_run_read_and_wrote_nothing() -> None:
    # Every reading of an account begins with this call, and a run has three: A discovers, B builds, A grants.
    calls = [call for call in calls_since(0) if call["account"] in (A.id, B.id) and "Ansible" in call["user_agent"]]
    starts = [index for index, call in enumerate(calls) if call["operation"] == "GetCallerIdentity"]
    second = calls[starts[-3] :]
    assert [call["account"] for call in second if call["operation"] == "GetCallerIdentity"] == [A.id, B.id, A.id]
    discovery = calls[starts[-3] : starts[-2]]
    assert "DescribeClusters" in [call["operation"] for call in discovery], "the run does not begin here"
    assert [call["operation"] for call in second if call["write"]] == []
    assert [call["operation"] for call in calls[: starts[-3]] if call["write"]], "the first run wrote nothing"
