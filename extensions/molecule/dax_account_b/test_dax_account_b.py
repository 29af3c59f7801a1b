# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The consumer's side alone: all it knows is the cluster document in a file, and nobody accepts its request yet."""

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
def cluster() -> dict:
    return json.loads((FILES / "cluster.json").read_text())


@pytest.fixture(scope="module")
def document() -> dict:
    return yaml.safe_load((FILES / "consumer.yml").read_text())


@pytest.fixture(scope="module")
def b() -> dict:
    return snapshot(B)


def test_one_request_waits_for_account_a(b, cluster, document) -> None:
    (peering,) = b["peerings"].items()
    assert peering[0] == document["peering_connection_id"]
    assert peering[1]["status"] == "pending-acceptance"
    assert peering[1]["accepter"] == cluster["vpc_id"]


def test_the_routes_wait_for_it(b, document) -> None:
    tables = [table for table in b["route_tables"].values() if table["vpc"] == document["vpc_id"]]
    routes = [table["routes"].get("10.0.0.0/16") for table in tables]
    assert routes == [{"target": document["peering_connection_id"], "state": "blackhole"}]


def test_two_subnets_lie_in_two_zones(b, document) -> None:
    subnets = [subnet for subnet in b["subnets"].values() if subnet["vpc"] == document["vpc_id"]]
    assert len(subnets) == 2
    assert len({subnet["zone"] for subnet in subnets}) == 2


def test_the_role_may_assume_the_role_that_the_document_names(b, cluster) -> None:
    (statement,) = b["roles"]["AssumeDaxRole"]["inline"]["AssumeDaxRolePolicy"]["Statement"]
    assert statement["Resource"] in (cluster["role_arn"], [cluster["role_arn"]])


def test_the_instance_runs_in_the_group_of_the_document(b, document) -> None:
    (instance,) = b["instances"].values()
    assert instance["state"] == "running"
    assert instance["groups"] == [document["security_group_id"]]


def test_the_document_says_what_is_there(b, cluster, document) -> None:
    expected = {
        "kind": "dax.cross_account/consumer",
        "version": 1,
        "name": "dax-client",
        "cluster_arn": cluster["cluster_arn"],
        "account_id": B.id,
        "partition": "aws",
        "region": "us-east-1",
        "role_arn": f"arn:aws:iam::{B.id}:role/AssumeDaxRole",
        "cidr_blocks": b["vpcs"][document["vpc_id"]]["blocks"],
        "ipv6_cidr_blocks": [],
        "peering_managed": True,
        "external_id": None,
    }
    assert {key: document[key] for key in expected} == expected


def test_nothing_was_written_in_the_owners_account(cluster) -> None:
    a = snapshot(A)
    assert list(a["roles"]) == ["DaxService"]
    assert next(iter(a["peerings"].values()))["status"] == "pending-acceptance"
    assert not [key for key in a["rules"] if " in tcp " in key]
