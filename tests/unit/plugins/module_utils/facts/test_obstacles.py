# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible_collections.dax.cross_account.plugins.module_utils.facts import obstacles


def test_interfaces_with_who_has_them(fake_aws: Any) -> None:
    theirs = {
        "NetworkInterfaceId": "eni-1",
        "InterfaceType": "nat_gateway",
        "Description": "Interface for NAT Gateway nat-1",
        "RequesterId": "444455556666",
        "RequesterManaged": True,
        "SubnetId": "subnet-1",
        "Groups": [{"GroupId": "sg-1"}],
    }
    plain = {"NetworkInterfaceId": "eni-2", "RequesterId": "AIDAEXAMPLE", "Attachment": {"InstanceId": "i-1"}}
    fake = fake_aws("ec2").on(
        "DescribeNetworkInterfaces", {"NetworkInterfaces": [theirs], "NextToken": "x"}, {"NetworkInterfaces": [plain]}
    )
    assert obstacles.describe_network_interfaces(fake.client, vpc_id="vpc-1") == [
        {
            "network_interface_id": "eni-1",
            "interface_type": "nat_gateway",
            "description": "Interface for NAT Gateway nat-1",
            "requester": "444455556666",
            "instance_id": None,
            "subnet_id": "subnet-1",
            "security_group_ids": ["sg-1"],
        },
        {
            "network_interface_id": "eni-2",
            "interface_type": "interface",
            "description": "",
            "requester": None,
            "instance_id": "i-1",
            "subnet_id": None,
            "security_group_ids": [],
        },
    ]
    assert fake.calls[0][1]["Filters"] == [{"Name": "vpc-id", "Values": ["vpc-1"]}]


def test_gateways_that_are_attached_to_the_vpc(fake_aws: Any) -> None:
    here, there = {"VpcId": "vpc-1", "State": "attached"}, {"VpcId": "vpc-2", "State": "attached"}
    gone = {"VpcId": "vpc-1", "State": "detached"}
    vpn = [("vgw-1", [here]), ("vgw-2", [gone, there])]
    egress = [("eigw-1", [here]), ("eigw-2", [there]), ("eigw-3", [])]
    fake = fake_aws("ec2")
    fake.on("DescribeVpnGateways", {"VpnGateways": [{"VpnGatewayId": i, "VpcAttachments": a} for i, a in vpn]})
    fake.on(
        "DescribeEgressOnlyInternetGateways",
        {
            "EgressOnlyInternetGateways": [
                {"EgressOnlyInternetGatewayId": gateway_id, "Attachments": attachments}
                for gateway_id, attachments in egress
            ]
        },
    )
    assert obstacles.other_gateways(fake.client, "vpc-1") == ["eigw-1", "vgw-1"]
    assert fake.calls[0][1]["Filters"] == [{"Name": "attachment.vpc-id", "Values": ["vpc-1"]}]
