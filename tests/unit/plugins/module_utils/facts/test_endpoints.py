# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible_collections.dax.cross_account.plugins.module_utils.facts import endpoints


def filters(params: dict[str, Any]) -> dict[str, list[str]]:
    return {item["Name"]: item["Values"] for item in params.get("Filters", [])}


def test_endpoints_in_all_states_but_deleted(fake_aws: Any) -> None:
    states = {"vpce-1": "available", "vpce-2": "Deleting", "vpce-3": "deleted", "vpce-4": "failed"}
    error = {"LastError": {"Message": "no room"}}
    raw = [
        {"VpcEndpointId": name, "ServiceName": "x", "State": state, **(error if state == "failed" else {})}
        for name, state in states.items()
    ]
    fake = fake_aws("ec2").on(
        "DescribeVpcEndpoints", {"VpcEndpoints": raw[:2], "NextToken": "x"}, {"VpcEndpoints": raw[2:]}
    )
    found = endpoints.describe_vpc_endpoints(fake.client, "vpc-1")
    assert [(item["vpc_endpoint_id"], item["state"], item["last_error"]) for item in found] == [
        ("vpce-1", "available", ""),
        ("vpce-2", "deleting", ""),
        ("vpce-4", "failed", "no room"),
    ]
    assert filters(fake.calls[0][1]) == {"vpc-id": ["vpc-1"]}


def test_services_come_by_the_names_that_aws_has_for_them(fake_aws: Any) -> None:
    interface, gateway = [{"ServiceType": "Interface"}], [{"ServiceType": "Gateway"}]
    details = [
        {
            "ServiceName": "cn.com.amazonaws.cn-north-1.sts",
            "ServiceType": interface,
            "AvailabilityZones": ["b", "a"],
            "PrivateDnsNames": [{"PrivateDnsName": "sts.cn-north-1.amazonaws.com.cn"}],
        },
        {"ServiceName": "com.amazonaws.cn-north-1.ssm", "ServiceType": gateway, "AvailabilityZones": ["a"]},
    ]
    fake = fake_aws("ec2").on("DescribeVpcEndpointServices", {"ServiceDetails": details})
    assert endpoints.describe_endpoint_services(fake.client, "cn-north-1", ["sts", "ssm"]) == [
        {
            "service_name": "cn.com.amazonaws.cn-north-1.sts",
            "availability_zones": ["a", "b"],
            "private_dns_names": ["sts.cn-north-1.amazonaws.com.cn"],
        }
    ]
    assert filters(fake.calls[0][1]) == {
        "service-name": [
            "com.amazonaws.cn-north-1.sts",
            "cn.com.amazonaws.cn-north-1.sts",
            "com.amazonaws.cn-north-1.ssm",
            "cn.com.amazonaws.cn-north-1.ssm",
        ]
    }


def test_private_zones_to_the_last_page_with_their_owners(fake_aws: Any) -> None:
    one = {"HostedZoneId": "Z1", "Name": "a.example.", "Owner": {"OwningAccount": "333333333333"}}
    two = {"HostedZoneId": "Z2", "Name": "b.example.", "Owner": {"OwningService": "efs.amazonaws.com"}}
    fake = fake_aws("route53").on(
        "ListHostedZonesByVPC",
        {"HostedZoneSummaries": [one], "MaxItems": "1", "NextToken": "more"},
        {"HostedZoneSummaries": [two], "MaxItems": "1"},
    )
    assert endpoints.list_private_zones(fake.client, "vpc-1", "us-east-1") == [
        {"name": "a.example.", "owner": "333333333333", "zone_id": "Z1"},
        {"name": "b.example.", "owner": "efs.amazonaws.com", "zone_id": "Z2"},
    ]
    asked = {"VPCId": "vpc-1", "VPCRegion": "us-east-1"}
    assert [params for _operation, params in fake.calls] == [asked, {**asked, "NextToken": "more"}]
