# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, cast

from ansible_collections.dax.cross_account.plugins.module_utils.facts.networks import (
    hidden_networks,
    read_nat_gateways,
    read_prefix_lists,
    routed_blocks,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import prefix_list, route, table

OWN = {
    "PrefixListId": "pl-1",
    "PrefixListName": "offices",
    "OwnerId": build.B,
    "AddressFamily": "IPv4",
    "MaxEntries": 20,
}
S3 = {"PrefixListId": "pl-2", "PrefixListName": "com.amazonaws.us-east-1.s3", "OwnerId": "AWS", "AddressFamily": "IPv4"}


def tables(*routes: dict[str, Any]) -> Any:
    return [table("rtb-1", route("10.0.0.0/16", "local"), *routes)]


def test_nothing_is_asked_where_no_list_and_no_gateway_is_named(fake_aws: Any) -> None:
    ec2 = fake_aws("ec2")
    there = tables(route("10.2.0.0/16", "tgw-1"), route("10.3.0.0/16", "nat-1"))
    assert (read_prefix_lists(ec2.client, there), read_nat_gateways(ec2.client, there), ec2.calls) == ([], [], [])


def test_entries_are_read_of_lists_that_routes_name_and_that_are_not_awss(fake_aws: Any) -> None:
    ec2 = fake_aws("ec2").on("DescribeManagedPrefixLists", {"PrefixLists": [OWN, S3, {**OWN, "PrefixListId": "pl-3"}]})
    entries = {"Entries": [{"Cidr": "10.66.0.0/16"}, {"Cidr": "10.65.0.0/16"}]}
    ec2.on("GetManagedPrefixListEntries", entries)
    groups: Any = [
        build.group("sg-a", build.rule(prefix_list_id="pl-3"), build.rule(egress=True, prefix_list_id="pl-9"))
    ]
    found = read_prefix_lists(ec2.client, tables(route("pl-1", "tgw-1"), route("pl-2", "vpce-1")), groups)
    assert found == [
        prefix_list("pl-1", "10.65.0.0/16", "10.66.0.0/16"),
        prefix_list("pl-2", name=S3["PrefixListName"], owner_id="AWS", max_entries=None),
        prefix_list("pl-3"),
    ]
    assert ec2.operations == ["DescribeManagedPrefixLists", "GetManagedPrefixListEntries"]
    assert ec2.calls[1][1] == {"PrefixListId": "pl-1"}


def test_lists_that_cannot_be_read_are_named_with_the_reason(fake_aws: Any, aws_error: Any) -> None:
    there = tables(route("pl-1", "tgw-1"))
    ec2 = fake_aws("ec2").on("DescribeManagedPrefixLists", aws_error("UnauthorizedOperation", "no"))
    (found,) = read_prefix_lists(ec2.client, there)
    assert "ec2:DescribeManagedPrefixLists" in str(found["problem"])
    ec2.on("DescribeManagedPrefixLists", {"PrefixLists": []})
    (found,) = read_prefix_lists(ec2.client, there)
    assert (found["owner_id"], "shares no longer" in str(found["problem"])) == (None, True)
    ec2.on("DescribeManagedPrefixLists", {"PrefixLists": [OWN]})
    ec2.on("GetManagedPrefixListEntries", aws_error("UnauthorizedOperation", "no"))
    (found,) = read_prefix_lists(ec2.client, there)
    assert (found["blocks"], found["max_entries"]) == ([], 20)
    assert "ec2:GetManagedPrefixListEntries" in str(found["problem"])


def test_nat_gateways_of_default_routes(fake_aws: Any, aws_error: Any) -> None:
    gateways = [{"NatGatewayId": "nat-1", "State": "failed", "ConnectivityType": "private"}]
    ec2 = fake_aws("ec2").on("DescribeNatGateways", {"NatGateways": gateways})
    there = tables(route("0.0.0.0/0", "nat-1"), route("10.9.0.0/16", "nat-2"))
    assert read_nat_gateways(ec2.client, there) == [
        {"nat_gateway_id": "nat-1", "state": "failed", "connectivity": "private", "subnet_id": None}
    ]
    assert ec2.calls[0][1]["Filter"][0]["Values"] == ["nat-1"]
    ec2.on("DescribeNatGateways", aws_error("UnauthorizedOperation", "no"))
    assert read_nat_gateways(ec2.client, there) == []


def test_what_is_routed_and_what_is_hidden() -> None:
    there = tables(
        route("10.8.0.0/16", "tgw-1"),
        route("pl-1", "tgw-1"),
        route("pl-2", "vpce-1"),
        route("0.0.0.0/0", "tgw-1"),
        route("::/0", "tgw-1"),
    )
    lists = cast(Any, [prefix_list("pl-1", "10.66.0.0/16", "0.0.0.0/0")])
    assert routed_blocks(there, lists) == ["10.66.0.0/16", "10.8.0.0/16"]
    assert hidden_networks(there) == ["0.0.0.0/0 in rtb-1 to tgw-1"]
    assert hidden_networks(tables(route("0.0.0.0/0", "igw-1"))) == []
