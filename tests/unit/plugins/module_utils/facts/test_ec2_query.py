# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.facts.ec2_query import batches, query


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, []), (1, [1]), (200, [200]), (201, [200, 1]), (400, [200, 200]), (401, [200, 200, 1])]
)
def test_a_filter_takes_200_values(count: int, sizes: list[int]) -> None:
    parts = list(batches(range(count)))
    assert [len(part) for part in parts] == sizes
    assert [value for part in parts for value in part] == list(range(count))


def test_a_value_that_is_given_twice_is_asked_for_once() -> None:
    assert list(batches(["a", "b", "a"])) == [["a", "b"]]


def listed(params: dict[str, Any]) -> dict[str, list[str]]:
    return {item["Name"]: item["Values"] for item in params.get("Filters", [])}


def test_each_call_has_all_filters_and_an_empty_one_is_left_out(fake_aws: Any) -> None:
    ids = [f"vpc-{number}" for number in range(201)]
    fake = fake_aws("ec2").on(
        "DescribeSubnets", lambda params: {"Subnets": [{"SubnetId": listed(params)["vpc-id"][0]}]}
    )
    found = query(
        fake.client, "describe_subnets", "Subnets", {"vpc_id": ids, "state": "available", "tag:a_b": "x", "y": ""}
    )
    assert [item["SubnetId"] for item in found] == ["vpc-0", "vpc-200"]
    for _operation, params in fake.calls:
        assert {**listed(params), "vpc-id": []} == {"vpc-id": [], "state": ["available"], "tag:a_b": ["x"]}


def test_every_call_goes_to_its_last_page(fake_aws: Any) -> None:
    ids = [f"vpc-{number}" for number in range(201)]
    pages = [{"Subnets": [{"SubnetId": "a"}], "NextToken": "more"}, {"Subnets": [{"SubnetId": "b"}]}]
    fake = fake_aws("ec2").on("DescribeSubnets", *pages, {"Subnets": [{"SubnetId": "c"}]})
    found = query(fake.client, "describe_subnets", "Subnets", {"vpc-id": ids})
    assert [item["SubnetId"] for item in found] == ["a", "b", "c"]


def test_without_filters_there_is_one_call(fake_aws: Any) -> None:
    fake = fake_aws("ec2").on("DescribeSubnets", {})
    assert query(fake.client, "describe_subnets", "Subnets", {}) == []
    assert [params.get("Filters") for _operation, params in fake.calls] == [None]
