# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes one security group rule the same as another, in moto's state and in requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Key = tuple[str, int | None, int | None, str, str]  # protocol, ports, kind of source, source
_NUMBERS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1"}


def permissions(request: dict[str, Any]) -> list[dict[str, Any]]:
    """The permissions of a request, also of one that names a single rule without IpPermissions."""
    if request.get("IpPermissions"):
        return list(request["IpPermissions"])
    if request.get("IpProtocol") and request.get("CidrIp"):
        return [request | {"IpRanges": [{"CidrIp": request["CidrIp"]}]}]
    return []


def _protocol(value: Any) -> str:
    text = str(value).lower()
    return _NUMBERS.get(text, text)


def rule_key(rule: Any) -> Key:
    """What makes moto's rule the same as another: all but its description and tags."""
    protocol = _protocol(rule.ip_protocol)
    ports = (None, None) if protocol == "-1" else (rule.from_port, rule.to_port)
    if rule.ip_range:
        block = rule.ip_range.get("CidrIp") or rule.ip_range.get("CidrIpv6") or ""
        return (protocol, *ports, "cidr", block)
    if rule.prefix_list_id:
        return (protocol, *ports, "prefix", rule.prefix_list_id["PrefixListId"])
    owner = rule.source_group.get("OwnerId") or rule.owner_id
    return (protocol, *ports, "group", f"{owner}/{rule.source_group.get('GroupId')}")


def permission_keys(permission: dict[str, Any], owner: str) -> Iterator[Key]:
    protocol = _protocol(permission.get("IpProtocol"))
    ports = (None, None) if protocol == "-1" else (permission.get("FromPort"), permission.get("ToPort"))
    for one in permission.get("IpRanges") or []:
        yield (protocol, *ports, "cidr", one["CidrIp"])
    for one in permission.get("Ipv6Ranges") or []:
        yield (protocol, *ports, "cidr", one["CidrIpv6"])
    for one in permission.get("PrefixListIds") or []:
        yield (protocol, *ports, "prefix", one["PrefixListId"])
    for one in permission.get("UserIdGroupPairs") or []:
        if one.get("GroupId"):
            yield (protocol, *ports, "group", f"{one.get('UserId') or owner}/{one['GroupId']}")


def words(key: Key) -> str:
    protocol, first, last, _, source = key
    ports = "ALL" if protocol == "-1" else f"{protocol.upper()}, from port: {first}, to port: {last}"
    return f"peer: {source.rpartition('/')[2] if source.count('/sg-') else source}, {ports}, ALLOW"
