# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The DAX modules from their options to their results; what lies between is tested with module_utils."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.modules import (
    dax_cluster,
    dax_cluster_info,
    dax_subnet_group,
    dax_subnet_group_info,
)

CLUSTER = {"ClusterName": "orders", "ClusterArn": "arn:aws:dax:us-east-1:1:cache/orders", "Status": "available"}
GROUP = {"SubnetGroupName": "orders", "VpcId": "vpc-1", "Subnets": [{"SubnetIdentifier": "subnet-1"}]}


@pytest.fixture
def dax(fake_aws: Any) -> Any:
    fake = fake_aws("dax").on("DescribeClusters", {"Clusters": [CLUSTER]}).on("ListTags", {"Tags": []})
    return fake.on("DescribeSubnetGroups", {"SubnetGroups": [GROUP]})


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({}, {}),
        ({"names": ["orders"]}, {"ClusterNames": ["orders"]}),
        ({"name": "Orders"}, {"ClusterNames": ["orders"]}),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_cluster_info(run_module: Any, dax: Any, options: Any, sent: Any, check: bool) -> None:
    result = run_module(dax_cluster_info, options, check, dax=dax)
    assert (result["failed"], result["changed"]) == (False, False)
    assert [item["cluster_name"] for item in result["clusters"]] == ["orders"]
    assert dax.calls[0] == ("DescribeClusters", sent)


def test_subnet_group_info(run_module: Any, dax: Any, aws_error: Any) -> None:
    result = run_module(dax_subnet_group_info, {}, dax=dax)
    assert (result["changed"], result["subnet_groups"][0]["vpc_id"]) == (False, "vpc-1")
    dax.on("DescribeSubnetGroups", aws_error("SubnetGroupNotFoundFault"))
    assert run_module(dax_subnet_group_info, {"name": "other"}, dax=dax)["subnet_groups"] == []


def test_errors_name_what_failed(run_module: Any, dax: Any, aws_error: Any) -> None:
    dax.on("DescribeClusters", aws_error("AccessDeniedException", "not authorized to perform dax:DescribeClusters"))
    result = run_module(dax_cluster_info, {}, dax=dax)
    assert result["failed"]
    assert result["msg"].startswith("Failed to describe DAX clusters: ")
    assert "DescribeClusters operation: not authorized to perform dax:DescribeClusters" in result["msg"]
    assert result["error"]["code"] == "AccessDeniedException"


def test_cluster_as_wanted_and_gone(run_module: Any, dax: Any, aws_error: Any) -> None:
    result = run_module(dax_cluster, {"name": "orders", "encryption_type": "NONE"}, dax=dax)
    assert (result["failed"], result["changed"], result["cluster"]["endpoint"]["port"]) == (False, False, 8111)
    dax.on("DescribeClusters", aws_error("ClusterNotFoundFault"))
    assert run_module(dax_cluster, {"name": "orders", "state": "absent"}, dax=dax)["changed"] is False


def test_cluster_check_mode(run_module: Any, dax: Any) -> None:
    result = run_module(dax_cluster, {"name": "orders", "state": "absent"}, check=True, dax=dax)
    assert (result["changed"], dax.writes) == (True, [])


def test_cluster_refusal_is_one_line(run_module: Any, dax: Any) -> None:
    result = run_module(dax_cluster, {"name": "orders", "encryption_type": "TLS"}, dax=dax)
    assert result["failed"]
    assert "encryption_type is 'NONE', wanted 'TLS'" in result["msg"]
    assert "\n" not in result["msg"]


def test_subnet_group(run_module: Any, dax: Any) -> None:
    dax.on("UpdateSubnetGroup", {})
    same = run_module(dax_subnet_group, {"name": "orders", "subnet_ids": ["subnet-1"]}, dax=dax)
    assert (same["changed"], dax.writes) == (False, [])
    options = {"name": "orders", "subnet_ids": ["subnet-1", "subnet-2"]}
    assert (run_module(dax_subnet_group, options, check=True, dax=dax)["changed"], dax.writes) == (True, [])
    assert run_module(dax_subnet_group, options, dax=dax)["changed"]
    assert len(dax.writes) == 1


@pytest.mark.parametrize(
    ("module", "options", "word"),
    [
        (dax_cluster, {}, "name"),
        (dax_cluster, {"name": "orders", "encryption_type": "ssl"}, "encryption_type"),
        (dax_cluster, {"name": "orders", "network_type": "v6"}, "network_type"),
        (dax_subnet_group, {}, "name"),
        (dax_subnet_group_info, {"tags": {}}, "tags"),
    ],
)
def test_bad_options_are_named(run_module: Any, dax: Any, module: Any, options: dict[str, Any], word: str) -> None:
    result = run_module(module, options, dax=dax)
    assert result["failed"]
    assert word in result["msg"]
    assert dax.calls == []
