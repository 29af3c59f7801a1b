# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ingress rules on security groups that belong to other people.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html
"""

from __future__ import annotations

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict

from .ec2_routes import normalise_cidr

# EC2 takes numbers and gives back names for these.
_PROTOCOL_NAMES = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "all": "-1"}


def normalise_protocol(value: str | int) -> str:
    """Return a protocol as EC2 shows it: ``tcp``, ``udp``, ``icmp``, ``icmpv6``, ``-1`` for all, else its number."""
    text = str(value).strip().lower()
    return _PROTOCOL_NAMES.get(text, text)


def normalise_rule(raw: dict[str, Any]) -> dict[str, Any]:
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
        "tags": boto3_tag_list_to_ansible_dict(raw.get("Tags", [])),
    }
