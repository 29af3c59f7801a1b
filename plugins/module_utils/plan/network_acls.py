# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network ACLs that stop the traffic. They are read, never written. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterable

from ..common.addresses import is_ipv6, network
from ..common.shapes import AclEntry, NetworkAcl, Subnet
from .model import Plan
from .resources import resource

# Ports on which the answers of a client's own connections come back.
EPHEMERAL_PORTS = (1024, 65535)


def check_acls(
    plan: Plan,
    acls: Iterable[NetworkAcl],
    subnets: Iterable[Subnet],
    remote_blocks: Iterable[str],
    inbound: tuple[int, int],
    outbound: tuple[int, int],
) -> None:
    """Warn of network ACLs that stop the traffic. They are read, never written.

    :param inbound: the ports (first, last) on which traffic from the remote blocks arrives.
    :param outbound: the ports on which the subnets send to the remote blocks.
    """
    acls = list(acls)
    reported = set()
    for subnet in subnets:
        acl = next((entry for entry in acls if subnet["subnet_id"] in entry["subnet_ids"]), None)
        if acl is None:
            continue
        for block in remote_blocks:
            for egress, ports in ((False, inbound), (True, outbound)):
                way = "to" if egress else "from"
                blocked = _first_blocked(acl, egress, block, ports)
                finding = (acl["network_acl_id"], block, egress)
                if blocked and finding not in reported:
                    reported.add(finding)
                    why = (
                        f"TCP {_range(ports)} {way} {block} is not allowed ({blocked}); the collection reads ACLs only"
                    )
                    plan.warn("network_acl", resource("network_acl", network_acl_id=acl["network_acl_id"]), why)


def _first_blocked(acl: NetworkAcl, egress: bool, block: str, ports: tuple[int, int]) -> str | None:
    """Return what stops some of the traffic, or None when an ACL lets all of it pass.

    Entries count in the order of their numbers. An allowing entry must cover the block and the ports whole; several
    that only together would cover them are rare and reported as well, so that a person looks.
    """
    for entry in acl["entries"]:
        if entry["egress"] != egress or entry["protocol"] not in ("-1", "6") or not _touches(entry, block, ports):
            continue
        if not entry["allow"]:
            return "the default rule denies it" if entry["rule_number"] >= 32767 else f"rule {entry['rule_number']}"
        if _covers(entry, block, ports):
            return None
    return "no rule allows all of it"


def _entry_ports(entry: AclEntry) -> tuple[int, int]:
    first = entry["from_port"] if entry["from_port"] is not None else 0
    last = entry["to_port"] if entry["to_port"] is not None else 65535
    return (0, 65535) if entry["protocol"] == "-1" else (first, last)


def _touches(entry: AclEntry, block: str, ports: tuple[int, int]) -> bool:
    first, last = _entry_ports(entry)
    entry_block = entry["cidr_block"]
    if entry_block is None or is_ipv6(entry_block) != is_ipv6(block):
        return False
    return first <= ports[1] and last >= ports[0] and network(entry_block).overlaps(network(block))


def _covers(entry: AclEntry, block: str, ports: tuple[int, int]) -> bool:
    first, last = _entry_ports(entry)
    return (
        first <= ports[0] and last >= ports[1] and network(block).subnet_of(network(str(entry["cidr_block"])))  # type: ignore[arg-type]
    )


def _range(ports: tuple[int, int]) -> str:
    return str(ports[0]) if ports[0] == ports[1] else f"{ports[0]}-{ports[1]}"
