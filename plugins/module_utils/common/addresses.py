# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Address blocks: the arithmetic behind overlaps, routes and the choice of a free block. Pure, no AWS."""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Iterable
from typing import TypeAlias

Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"

# RFC 1918, in the order in which a free block is looked for.
PRIVATE_POOLS: tuple[str, ...] = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")

# AWS accepts VPC blocks from /16 to /28 and subnet blocks no smaller than /28.
VPC_PREFIX_RANGE = (16, 28)
VPC_IPV6_PREFIX_RANGE = (44, 60)
SMALLEST_SUBNET_PREFIX = 28
# Addresses that stand for "this host on this network": nobody has one of them.
_THIS_NETWORK = "0.0.0.0/8"


@functools.lru_cache(maxsize=4096)
def network(block: str) -> Network:
    """Return ``block`` as a network; raises ValueError when host bits are set or the text is no CIDR block."""
    return ipaddress.ip_network(block)


def normalise(block: str) -> str:
    """Return the canonical text of a CIDR block (lower case, compressed); raises ValueError like network()."""
    return str(network(block))


def is_ipv6(block: str) -> bool:
    return network(block).version == 6


def is_address(text: str) -> bool:
    """Tell whether a text is an IPv4 or IPv6 address, and no name."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_default(destination: str) -> bool:
    """Tell whether a route's destination is everything."""
    return destination.endswith("/0")


def problem_of_vpc_block(block: str) -> str | None:
    """Return what a block is that cannot be one of a VPC in this job, or None.

    AWS takes public IPv4 blocks for a VPC too. Here they are refused: a block comes from another team, and a route for
    it would take the traffic to somebody else's servers.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
    """
    found = network(block)
    low, high = VPC_PREFIX_RANGE if found.version == 4 else VPC_IPV6_PREFIX_RANGE
    if not low <= found.prefixlen <= high:
        return f"no /{low} to /{high}"
    for kind in ("link_local", "loopback", "multicast", "reserved"):
        if getattr(found, f"is_{kind}"):
            return kind.replace("_", "-")
    if found.version == 4 and more_specific(block, _THIS_NETWORK):
        return "of no network"
    return "public" if found.version == 4 and found.is_global else None


def overlapping(ours: Iterable[str], theirs: Iterable[str]) -> list[tuple[str, str]]:
    """Return every pair (one of ``ours``, one of ``theirs``) of blocks that share an address."""
    right = [network(block) for block in theirs]
    pairs = []
    for block in ours:
        left = network(block)
        pairs += [(str(left), str(other)) for other in right if left.version == other.version and left.overlaps(other)]
    return pairs


def remaining(blocks: Iterable[str], taken: Iterable[str]) -> list[str]:
    """Return what is left of blocks without what is taken of them, as few blocks as there can be."""
    rest = [network(block) for block in blocks]
    for other in map(network, taken):
        rest = [part for block in rest for part in _without(block, other)]
    return merged(map(str, rest))


def common(blocks: Iterable[str], others: Iterable[str]) -> list[str]:
    """Return what blocks and others have in common: of two blocks that overlap, one is within the other."""
    pairs = overlapping(blocks, others)
    return merged(max(pair, key=lambda block: network(block).prefixlen) for pair in pairs)


def merged(blocks: Iterable[str]) -> list[str]:
    """Return the same addresses in as few blocks as there can be, IPv4 first."""
    found = [network(block) for block in blocks]
    four = [item for item in found if isinstance(item, ipaddress.IPv4Network)]
    six = [item for item in found if isinstance(item, ipaddress.IPv6Network)]
    return [*map(str, ipaddress.collapse_addresses(four)), *map(str, ipaddress.collapse_addresses(six))]


def _without(block: Network, other: Network) -> list[Network]:
    if block.version != other.version or not block.overlaps(other):
        return [block]
    if block.subnet_of(other):  # type: ignore[arg-type]
        return []
    return list(block.address_exclude(other))  # type: ignore[arg-type]


def more_specific(block: str, within: str) -> bool:
    """Tell whether ``block`` is a proper part of ``within``, so that longest-prefix routing prefers it."""
    inner, outer = network(block), network(within)
    return inner.version == outer.version and inner.prefixlen > outer.prefixlen and inner.subnet_of(outer)  # type: ignore[arg-type]


def inside(block: str, whole: str) -> bool:
    """Tell whether ``block`` is ``whole`` or a part of it."""
    return block == whole or more_specific(block, whole)


def blocks_of_family(ipv4: Iterable[str], ipv6: Iterable[str], network_type: str) -> list[str]:
    """Return the blocks that traffic to a cluster of this network type uses.

    :param network_type: DAX's ``NetworkType``: ``ipv4``, ``ipv6`` or ``dual_stack``.
    """
    blocks = [] if network_type == "ipv6" else list(ipv4)
    return blocks + (list(ipv6) if network_type != "ipv4" else [])


def first_free(prefix: int, taken: Iterable[str], pools: Iterable[str] = PRIVATE_POOLS) -> str | None:
    """Return the first IPv4 block of the given size in ``pools`` that overlaps none of ``taken``, or None.

    Walks over what is taken instead of over every candidate, so that a /28 in 10.0.0.0/8 costs no more than a /16.
    """
    used = sorted(
        (int(net.network_address), int(net.broadcast_address))
        for net in map(network, taken)
        if net.version == 4 and net.prefixlen > 0
    )
    size = 1 << (32 - prefix)
    for pool in map(network, pools):
        candidate = int(pool.network_address)
        for low, high in used:
            if candidate + size - 1 < low:
                break
            if high >= candidate:
                candidate = -(-(high + 1) // size) * size
        if candidate + size - 1 <= int(pool.broadcast_address):
            return f"{ipaddress.IPv4Address(candidate)}/{prefix}"
    return None


def subnet_blocks(vpc_block: str, count: int) -> list[str]:
    """Split a VPC's IPv4 block into ``count`` equal blocks, one for each subnet.

    Raises ValueError when the parts would be smaller than AWS's smallest subnet.
    """
    vpc = network(vpc_block)
    prefix = vpc.prefixlen + max(count - 1, 0).bit_length()
    if prefix > SMALLEST_SUBNET_PREFIX:
        raise ValueError(f"{vpc_block} is too small for {count} subnets: AWS's smallest subnet is a /28")
    return [str(part) for _index, part in zip(range(count), vpc.subnets(new_prefix=prefix), strict=False)]
