# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network ACLs that stop the traffic. They are read, never written. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from ..common.addresses import common, merged, remaining
from ..common.shapes import AclEntry, NetworkAcl, Subnet
from .model import Plan
from .resources import resource

# Ports on which the answers of a client's own connections come back.
EPHEMERAL_PORTS = (1024, 65535)


LAST_RULE = 32767  # the number of the entry that denies what no other allows


class Denied(NamedTuple):
    """What an ACL stops.

    :ivar blocks: addresses of the other side.
    :ivar ports: the first and the last.
    :ivar rule_number: of the entry that denies it; 32767 for the last one, which denies the rest.
    """

    blocks: list[str]
    ports: tuple[int, int]
    rule_number: int

    @property
    def cause(self) -> str:
        return "the default rule denies it" if self.rule_number >= LAST_RULE else f"rule {self.rule_number}"


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
        acl = acl_of(acls, subnet["subnet_id"])
        if acl is None:
            continue
        for block in remote_blocks:
            for egress, ports in ((False, inbound), (True, outbound)):
                way = "to" if egress else "from"
                stopped = denied(acl, egress, [block], ports)
                finding = (acl["network_acl_id"], block, egress)
                if stopped and finding not in reported:
                    reported.add(finding)
                    why = f"TCP {port_range(ports)} {way} {block} is not allowed ({stopped[0].cause}); "
                    why += "the collection reads ACLs only"
                    plan.warn("network_acl", resource("network_acl", network_acl_id=acl["network_acl_id"]), why)


def acl_of(acls: Iterable[NetworkAcl], subnet_id: str) -> NetworkAcl | None:
    return next((acl for acl in acls if subnet_id in acl["subnet_ids"]), None)


def denied(acl: NetworkAcl, egress: bool, blocks: Iterable[str], ports: tuple[int, int]) -> list[Denied]:
    """Return what an ACL stops of TCP on these ports, in the order of its rules; [] when all passes.

    The first entry that is about an address and a port decides on it.
    Source: https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
    """
    entries = [entry for entry in acl["entries"] if entry["egress"] == egress and entry["protocol"] in ("-1", "6")]
    found: dict[tuple[int, tuple[str, ...]], tuple[int, int]] = {}
    for first, last in _pieces(entries, ports):
        rest = merged(blocks)
        for entry in entries:
            if not entry["cidr_block"] or not _covers_ports(entry, first, last):
                continue
            taken = common(rest, [entry["cidr_block"]])
            rest = remaining(rest, taken)
            if taken and not entry["allow"]:
                _note(found, entry["rule_number"], taken, first, last)
        if rest:
            _note(found, LAST_RULE, rest, first, last)
    return sorted(
        (Denied(list(parts), span, number) for (number, parts), span in found.items()),
        key=lambda item: item.rule_number,
    )


def _note(
    found: dict[tuple[int, tuple[str, ...]], tuple[int, int]], number: int, parts: list[str], first: int, last: int
) -> None:
    """Note what is stopped; pieces of ports of the same fate are told from the first to the last."""
    number = min(number, LAST_RULE)
    before = found.get((number, tuple(parts)), (first, last))
    found[number, tuple(parts)] = (min(before[0], first), max(before[1], last))


def _pieces(entries: Iterable[AclEntry], ports: tuple[int, int]) -> list[tuple[int, int]]:
    """Cut a range of ports where an entry begins or ends."""
    cuts = {ports[0], ports[1] + 1}
    for entry in entries:
        first, last = _entry_ports(entry)
        cuts |= {cut for cut in (first, last + 1) if ports[0] < cut <= ports[1]}
    ordered = sorted(cuts)
    return [(low, high - 1) for low, high in pairwise(ordered)]


def _covers_ports(entry: AclEntry, first: int, last: int) -> bool:
    low, high = _entry_ports(entry)
    return low <= first and last <= high


def _entry_ports(entry: AclEntry) -> tuple[int, int]:
    first = entry["from_port"] if entry["from_port"] is not None else 0
    last = entry["to_port"] if entry["to_port"] is not None else 65535
    return (0, 65535) if entry["protocol"] == "-1" else (first, last)


def port_range(ports: tuple[int, int]) -> str:
    return str(ports[0]) if ports[0] == ports[1] else f"{ports[0]}-{ports[1]}"
