# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What keeps a VPC or a security group from being deleted, as far as AWS shows it. Reads only."""

from __future__ import annotations

from typing import Any

from ..common.shapes import NetworkInterface
from .ec2_query import query


def describe_network_interfaces(client: Any, **filters: str | list[str]) -> list[NetworkInterface]:
    """Return network interfaces, whoever made them, as :class:`NetworkInterface` has them."""
    return [
        {
            "network_interface_id": interface["NetworkInterfaceId"],
            "interface_type": interface.get("InterfaceType", "interface"),
            "description": interface.get("Description", ""),
            "requester": interface.get("RequesterId") if interface.get("RequesterManaged") else None,
            "instance_id": (interface.get("Attachment") or {}).get("InstanceId"),
            "subnet_id": interface.get("SubnetId"),
            "security_group_ids": [group["GroupId"] for group in interface.get("Groups") or []],
        }
        for interface in query(client, "describe_network_interfaces", "NetworkInterfaces", filters)
    ]


def other_gateways(client: Any, vpc_id: str) -> list[str]:
    """Return the ids of the VPN gateways and egress-only internet gateways that are attached to the VPC."""
    vpn = client.describe_vpn_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [vpc_id]}])["VpnGateways"]
    egress = query(client, "describe_egress_only_internet_gateways", "EgressOnlyInternetGateways", {})
    found = [(gateway["VpnGatewayId"], gateway.get("VpcAttachments") or []) for gateway in vpn]
    found += [(gateway["EgressOnlyInternetGatewayId"], gateway.get("Attachments") or []) for gateway in egress]
    return sorted(
        gateway_id
        for gateway_id, attachments in found
        if any(item.get("VpcId") == vpc_id and item.get("State") != "detached" for item in attachments)
    )
