# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes to VPC peering connections in route tables that belong to other people.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html
"""

from __future__ import annotations

import ipaddress
from typing import Any

# The API has one field a kind of target. The order matters: a route to an instance also names its interface.
_TARGETS: tuple[tuple[str, str], ...] = (
    ("VpcPeeringConnectionId", "vpc_peering_connection"),
    ("GatewayId", "gateway"),
    ("NatGatewayId", "nat_gateway"),
    ("TransitGatewayId", "transit_gateway"),
    ("EgressOnlyInternetGatewayId", "egress_only_internet_gateway"),
    ("LocalGatewayId", "local_gateway"),
    ("CarrierGatewayId", "carrier_gateway"),
    ("CoreNetworkArn", "core_network"),
    ("InstanceId", "instance"),
    ("NetworkInterfaceId", "network_interface"),
)


def normalise_cidr(value: str) -> str:
    """Return a v4 or v6 CIDR block in its canonical text, host bits cleared as EC2 clears them.

    :raises ValueError: when the value is no CIDR block.
    """
    return str(ipaddress.ip_network(value, strict=False))


def normalise_route(raw: dict[str, Any]) -> dict[str, Any]:
    """Shape one ``Route`` of the API.

    :returns: ``destination`` (canonical CIDR block or prefix list id), ``target_type`` (``local`` or the kind
        of thing that ``target_id`` names, ``None`` when the API names none), ``target_id``, ``state``
        (``active`` or ``blackhole``) and ``origin``.
    """
    block = raw.get("DestinationCidrBlock") or raw.get("DestinationIpv6CidrBlock")
    target_type, target_id = None, None
    for field, kind in _TARGETS:
        if raw.get(field):
            target_type, target_id = kind, raw[field]
            break
    if target_id == "local":
        target_type = "local"
    return {
        "destination": normalise_cidr(block) if block else raw.get("DestinationPrefixListId"),
        "target_type": target_type,
        "target_id": target_id,
        "state": raw.get("State", "active"),
        "origin": raw.get("Origin"),
    }
