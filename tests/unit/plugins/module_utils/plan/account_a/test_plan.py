# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    KEY,
    consumer,
    facts_a,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_a.planning import (
    OTHER,
    plan,
)


@pytest.mark.parametrize(
    ("facts", "options", "says"),
    [
        pytest.param(
            facts_a(cluster=None, cluster_names=["stock", "users"]),
            {},
            [
                "DAX cluster orders",
                "us-east-1",
                "stock, users",
                "dax_account_a_cluster_name",
                "dax_account_a_connection",
            ],
            id="unknown cluster or wrong region",
        ),
        pytest.param(facts_a(cluster=None), {}, ["(there: none)"], id="no cluster at all"),
        pytest.param(
            facts_a(), {"account_id": build.C}, [build.C, build.A, "dax_account_a_account_id"], id="wrong account"
        ),
        pytest.param(
            facts_a(cluster=build.cluster(status="creating")),
            {},
            ["creating", "dax_account_a_cluster_name"],
            id="creating",
        ),
        pytest.param(
            facts_a(cluster=build.cluster(status="deleting")),
            {},
            ["it is being deleted", "create it anew", "dax_account_a_cluster_name"],
            id="deleting",
        ),
        pytest.param(
            facts_a(cluster=build.cluster(status="modifying", endpoint={"address": None, "port": 8111, "url": None})),
            {},
            ["modifying", "run again"],
            id="modifying, without an endpoint",
        ),
        pytest.param(facts_a(cluster=build.cluster(status="incompatible")), {}, ["incompatible"], id="a new word"),
        pytest.param(
            facts_a(), {"security_group_id": "sg-f"}, ["sg-f", "sg-a", "dax_account_a_security_group_id"], id="group"
        ),
        pytest.param(facts_a(security_groups=[]), {}, ["has no security group"], id="no group"),
    ],
)
def test_a_cluster_that_cannot_be_used_is_refused(
    facts: dict[str, Any], options: dict[str, Any], says: list[str]
) -> None:
    result = plan(facts, **options)
    assert len(result["conflicts"]) == 1
    assert [text for text in says if text not in result["conflicts"][0]] == []
    assert result["steps"] == []


@pytest.mark.parametrize("status", ["modifying", "rebooting", "rebooting cluster nodes"])
def test_a_cluster_whose_nodes_are_changed_takes_consumers(status: str) -> None:
    result = plan(facts_a(cluster=build.cluster(status=status)))
    assert result["conflicts"] == []
    assert result["warnings"] == [
        f"DAX cluster orders: its status is {status}, so some nodes may not answer yet; access is granted"
    ]
    assert result["document"] == plan(facts_a())["document"]


@pytest.mark.parametrize("status", ["creating", "modifying", "deleting", "available"])
def test_a_teardown_does_not_mind_the_clusters_status(status: str) -> None:
    result = plan(facts_a(cluster=build.cluster(status=status)), state="absent")
    assert (result["conflicts"], result["warnings"]) == ([], [])


@pytest.mark.parametrize(
    ("consumers", "says"),
    [
        pytest.param([consumer(cidr_blocks=["10.0.9.0/24"])], ["10.0.0.0/16", "10.0.9.0/24"], id="overlap"),
        pytest.param([consumer(cidr_blocks=["10.1.0.0/24", "10.0.9.0/24"])], ["10.0.9.0/24"], id="secondary overlaps"),
        pytest.param([consumer(cidr_blocks=["100.64.1.0/24"])], ["100.64.0.0/16"], id="overlaps the secondary"),
        pytest.param([consumer(ipv6_cidr_blocks=["2001:db8:a::/60"])], ["2001:db8:a::/56"], id="IPv6 overlaps"),
        pytest.param([consumer(), consumer()], [KEY, "given twice", "dax_account_b_name"], id="twice"),
        pytest.param([consumer(build.A)], ["cluster's own", "dax_account_b_connection"], id="the same account"),
        pytest.param(
            [consumer(cluster_arn=f"{build.CLUSTER_ARN}2")], [f"{build.CLUSTER_ARN}2", KEY], id="another cluster's"
        ),
        pytest.param(
            [consumer(partition="aws-cn", role_arn=f"arn:aws-cn:iam::{build.B}:role/R")], ["aws-cn"], id="partition"
        ),
        pytest.param([consumer(), 5], ["consumer document 2", "int", "dax_account_a_consumers"], id="no document"),
        pytest.param([build.cluster_document()], ["consumer document 1", "kind"], id="the wrong document"),
        pytest.param(
            [consumer(), consumer(build.C, cidr_blocks=[build.BLOCK_B])], [KEY, OTHER, build.BLOCK_B], id="same block"
        ),
        pytest.param(
            [consumer(), consumer(build.C, cidr_blocks=["10.1.0.128/25"])],
            [KEY, OTHER, build.BLOCK_B, "10.1.0.128/25"],
            id="nested blocks",
        ),
    ],
)
def test_consumers_that_cannot_be_let_in_are_refused(consumers: list[Any], says: list[str]) -> None:
    vpc = build.vpc(build.VPC_A, build.BLOCK_A, "100.64.0.0/16", ipv6=("2001:db8:a::/56",))
    result = plan(facts_a(vpc=vpc), *consumers)
    assert result["conflicts"], result["lines"]
    text = "\n".join(result["conflicts"])
    assert [item for item in says if item not in text] == []
    assert result["steps"] == []
    assert result["lines"][0] == "account A: refused, nothing has been written"


def test_a_refused_overlap_is_reported_once_a_pair() -> None:
    assert len(plan(facts_a(), consumer(cidr_blocks=["10.0.9.0/24"]))["conflicts"]) == 1
