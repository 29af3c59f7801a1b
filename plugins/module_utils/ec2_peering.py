# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPC peering connections, by id: accept, reject, end, and wait for what EC2 makes of it.

Source: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-lifecycle
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict

# No way leads from these to an active connection. EC2 still shows such connections for hours or days.
DEAD = frozenset({"failed", "expired", "rejected", "deleting", "deleted"})


def normalise_peering(raw: dict[str, Any]) -> dict[str, Any]:
    """Shape one ``VpcPeeringConnection`` of the API.

    :returns: ``id``; ``status`` as ``code`` and ``message``; ``expiration_time`` (ISO 8601 or ``None``);
        ``requester`` and ``accepter``, each as ``owner_id``, ``region``, ``vpc_id``, ``cidr_blocks`` and
        ``ipv6_cidr_blocks`` (empty where EC2 does not tell, as of the other side before it accepts) and
        ``dns_resolution`` (``None`` where EC2 does not tell); ``tags``, which are this account's own.
    """
    status = raw.get("Status") or {}
    expires = raw.get("ExpirationTime")
    return {
        "id": raw.get("VpcPeeringConnectionId"),
        "status": {"code": status.get("Code"), "message": status.get("Message") or ""},
        "expiration_time": expires.isoformat() if isinstance(expires, datetime) else expires,
        "requester": _side(raw.get("RequesterVpcInfo") or {}),
        "accepter": _side(raw.get("AccepterVpcInfo") or {}),
        "tags": boto3_tag_list_to_ansible_dict(raw.get("Tags", [])),
    }


def _side(raw: dict[str, Any]) -> dict[str, Any]:
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
