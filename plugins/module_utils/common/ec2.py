# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From EC2's answers to the shapes of this collection. Pure, no AWS, no Ansible."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from .shapes import Peering, PeeringSide, Route, Rule, Tags, VpcEndpoint

# The terminal states of a peering connection: it will never be active. EC2 still shows such ones for hours or days.
TERMINAL = frozenset({"failed", "expired", "rejected", "deleting", "deleted"})

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

# EC2 takes numbers and gives back names for these.
_PROTOCOL_NAMES = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "all": "-1"}


def tags_of(raw: dict[str, Any]) -> Tags:
    """Return the tags of a resource; EC2 and IAM call them ``Tags``, some answers of EC2 ``TagSet``."""
    return {tag["Key"]: tag["Value"] for tag in raw.get("Tags") or raw.get("TagSet") or []}


def normalise_cidr(value: str) -> str:
    """Return a v4 or v6 CIDR block in its canonical text, host bits cleared as EC2 clears them.

    :raises ValueError: when the value is no CIDR block.
    """
    return str(ipaddress.ip_network(value, strict=False))


def normalise_route(raw: dict[str, Any]) -> Route:
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
        "destination": normalise_cidr(block) if block else raw.get("DestinationPrefixListId", ""),
        "target_type": target_type,
        "target_id": target_id,
        "state": raw.get("State", "active"),
        "origin": raw.get("Origin"),
    }


def normalise_protocol(value: str | int) -> str:
    """Return a protocol as EC2 shows it: ``tcp``, ``udp``, ``icmp``, ``icmpv6``, ``-1`` for all, else its number."""
    text = str(value).strip().lower()
    return _PROTOCOL_NAMES.get(text, text)


def normalise_rule(raw: dict[str, Any]) -> Rule:
    """Shape one ``SecurityGroupRule`` of the API.

    :returns: ``rule_id``, ``egress``, ``protocol``, ``from_port``, ``to_port`` (-1 where the protocol has
        none), one source of ``cidr_ip``, ``cidr_ipv6``, ``source_group_id`` (with ``source_user_id``) and
        ``prefix_list_id``, the others ``None``; ``description`` (``None`` when it has none) and ``tags``.
    """
    group = raw.get("ReferencedGroupInfo") or {}
    protocol = normalise_protocol(raw.get("IpProtocol", "-1"))
    cidr_ip, cidr_ipv6 = raw.get("CidrIpv4"), raw.get("CidrIpv6")
    return {
        "rule_id": raw.get("SecurityGroupRuleId"),
        "egress": bool(raw.get("IsEgress", False)),
        "protocol": protocol,
        "from_port": -1 if protocol == "-1" else raw.get("FromPort", -1),
        "to_port": -1 if protocol == "-1" else raw.get("ToPort", -1),
        "cidr_ip": normalise_cidr(cidr_ip) if cidr_ip else None,
        "cidr_ipv6": normalise_cidr(cidr_ipv6) if cidr_ipv6 else None,
        "source_group_id": group.get("GroupId"),
        "source_user_id": group.get("UserId"),
        "description": raw.get("Description") or None,
        "prefix_list_id": raw.get("PrefixListId") or None,
        "tags": tags_of(raw),
    }


def normalise_peering(raw: dict[str, Any]) -> Peering:
    """Shape one ``VpcPeeringConnection`` of the API.

    :returns: ``id``; ``status`` as ``code`` and ``message``; ``expiration_time`` (ISO 8601 or ``None``);
        ``requester`` and ``accepter``, each as ``owner_id``, ``region``, ``vpc_id``, ``cidr_blocks`` and
        ``ipv6_cidr_blocks`` (empty where EC2 does not show them, as of the other side before it accepts) and
        ``dns_resolution`` (``None`` where EC2 does not show it); ``tags``, which are this account's own.
    """
    status = raw.get("Status") or {}
    expires = raw.get("ExpirationTime")
    return {
        "id": str(raw.get("VpcPeeringConnectionId")),
        "status": {"code": status.get("Code", ""), "message": status.get("Message") or ""},
        "expiration_time": expires.isoformat() if isinstance(expires, datetime) else expires,
        "requester": _side(raw.get("RequesterVpcInfo") or {}),
        "accepter": _side(raw.get("AccepterVpcInfo") or {}),
        "tags": tags_of(raw),
    }


def _side(raw: dict[str, Any]) -> PeeringSide:
    blocks = [item["CidrBlock"] for item in raw.get("CidrBlockSet") or [] if item.get("CidrBlock")]
    if not blocks and raw.get("CidrBlock"):
        blocks = [raw["CidrBlock"]]
    return {
        "owner_id": raw.get("OwnerId"),
        "region": raw.get("Region"),
        "vpc_id": raw.get("VpcId"),
        "cidr_blocks": blocks,
        "ipv6_cidr_blocks": [
            item["Ipv6CidrBlock"] for item in raw.get("Ipv6CidrBlockSet") or [] if item.get("Ipv6CidrBlock")
        ],
        "dns_resolution": (raw.get("PeeringOptions") or {}).get("AllowDnsResolutionFromRemoteVpc"),
    }


def endpoint_of(endpoints: Iterable[VpcEndpoint], region: str, service: str) -> VpcEndpoint | None:
    """Return the endpoint of a service such as ``sts``; one that is not being deleted before one that is.

    The full name of a service begins differently in some partitions, and in China in either way.
    """
    found = [item for item in endpoints if item["service_name"].endswith(f".amazonaws.{region}.{service}")]
    return min(found, key=lambda item: item["state"] == "deleting", default=None)
