# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service Quotas tells what the setting enforces; prefix lists lead where their routes lead."""

from __future__ import annotations

import pytest
from conftest import Account, Control, Pair, code_of


def quota(account: Account, service: str, code: str) -> float:
    client = account.client("service-quotas")
    found = client.get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]
    assert (found["QuotaCode"], found["ServiceCode"]) == (code, service)
    return float(found["Value"])


@pytest.mark.parametrize(
    ("code", "setting", "default"),
    [
        ("L-7E9ECCDB", "peerings_per_vpc", 50),
        ("L-DC9F7029", "peering_requests_per_region", 25),
        ("L-93826ACB", "routes_per_table", 500),
        ("L-0EA8095F", "rules_per_group", 60),
        ("L-F678F1CE", "vpcs_per_region", 5),
        ("L-E79EC296", "groups_per_region", 2500),
    ],
)
def test_what_is_enforced_is_told(account: Account, control: Control, code: str, setting: str, default: int) -> None:
    control.settings(quotas={setting: 77})
    assert quota(account, "vpc", code) == 77
    control.settings(quotas={setting: 0})
    assert quota(account, "vpc", code) > 10_000
    control.settings(preset="realistic", enforce_iam=False)
    assert quota(account, "vpc", code) == default


def test_other_quotas_have_awss_defaults(account: Account) -> None:
    assert quota(account, "vpc", "L-2AFB9258") == 5
    assert quota(account, "ec2", "L-1216C47A") == 32
    client = account.client("service-quotas")
    assert code_of(client.get_service_quota, ServiceCode="vpc", QuotaCode="L-00000000") == "NoSuchResourceException"


def test_a_route_for_a_prefix_list(pair: Pair) -> None:
    ec2 = pair.a.ec2
    entries = [{"Cidr": "10.66.0.0/16", "Description": "office"}]
    made = ec2.create_managed_prefix_list(
        PrefixListName="offices", AddressFamily="IPv4", MaxEntries=5, Entries=entries
    )["PrefixList"]
    list_id = made["PrefixListId"]
    table = ec2.create_route_table(VpcId=pair.vpc_a)["RouteTable"]["RouteTableId"]
    gateway = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    ec2.create_route(RouteTableId=table, DestinationPrefixListId=list_id, TransitGatewayId=gateway)
    (found,) = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    (route,) = [item for item in found["Routes"] if item.get("DestinationPrefixListId")]
    assert (route["DestinationPrefixListId"], route["TransitGatewayId"], route["State"]) == (list_id, gateway, "active")
    filters = [{"Name": "prefix-list-id", "Values": [list_id]}]
    (shown,) = ec2.describe_managed_prefix_lists(Filters=filters)["PrefixLists"]
    assert (shown["OwnerId"], shown["MaxEntries"], shown["AddressFamily"]) == (pair.a.id, 5, "IPv4")
    assert [item["Cidr"] for item in ec2.get_managed_prefix_list_entries(PrefixListId=list_id)["Entries"]] == [
        "10.66.0.0/16"
    ]
