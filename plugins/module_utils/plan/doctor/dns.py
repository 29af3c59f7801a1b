# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Link 11: the names of the cluster and its nodes. Pure, no AWS.

DAX's names are public ones that resolve to private addresses, in every VPC and outside: the cluster's VPC and the
connection have no part in it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from ...common.addresses import common, is_address
from ...common.shapes import PrivateZone
from .model import HOST, B, Finding, Fix, check
from .pair import Pair
from .path import is_ours
from .symptoms import UNKNOWN_NAME


@check("dns.support", "The client's VPC resolves names", *UNKNOWN_NAME)
def support(pair: Pair) -> Iterator[Finding]:
    if pair.b is None:
        return
    vpc = pair.read_b("vpc")
    if vpc is None or "dns_support" not in vpc:
        return
    subject = f"enableDnsSupport of {vpc['vpc_id']}"
    if vpc["dns_support"]:
        yield Finding("dns.support", "ok", B, subject, "true")
    elif _resolves(pair):
        yield Finding("dns.support", "ok", B, subject, "false; the client's host has other name servers, which answer")
    else:
        command = (
            "aws",
            "ec2",
            "modify-vpc-attribute",
            "--vpc-id",
            vpc["vpc_id"],
            "--enable-dns-support",
            "Value=true",
        )
        fix = pair.run(
            "let Amazon's name servers answer in this VPC",
            is_ours(pair, B) and bool(vpc["tags"]),
            B,
            (*command, "--region", str(pair.region_b)),
        )
        yield Finding("dns.support", "broken", B, subject, "false", "true", fix)


@check("dns.shadow", "No private zone of the client's VPC takes the cluster's name", *UNKNOWN_NAME)
def shadow(pair: Pair) -> Iterator[Finding]:
    if pair.b is None:
        return
    names = _names(pair)
    zones: list[PrivateZone] = pair.read_b("private_zones")
    taking = [zone for zone in zones if any(_is_below(name, zone["name"]) for name in names)]
    subject = f"private zones for {names[0]}"
    evidence = {"zones": [zone["name"] for zone in zones]}
    if not taking:
        yield Finding("dns.shadow", "ok", B, subject, "none", evidence=evidence)
    for zone in taking:
        told = f"{zone['name']} of {zone['owner']} answers instead, with what stands in it alone"
        if _resolves(pair):
            yield Finding("dns.shadow", "ok", B, subject, f"{told}; that is right", evidence=evidence)
            continue
        yield Finding("dns.shadow", "broken", B, subject, told, "no such zone", _without(pair, zone), evidence)


def _without(pair: Pair, zone: PrivateZone) -> Fix:
    """Return what takes a zone off the VPC; a service's own goes only with what it was made for."""
    text = f"take {zone['name']} off {pair.vpc_id_b()}, or let it hold records for these names"
    if not zone["owner"].isdigit():
        return Fix("manual", B, text)
    text += "; Route 53 keeps the only VPC of a zone: give the zone another one before, or delete it"
    where = ("--vpc", f"VPCRegion={pair.region_b},VPCId={pair.vpc_id_b()}")
    command = ("aws", "route53", "disassociate-vpc-from-hosted-zone", "--hosted-zone-id", zone["zone_id"])
    return Fix("command", B, text, ((*command, *where),))


@check("dns.resolves", "The cluster's names resolve into its blocks", *UNKNOWN_NAME)
def resolves(pair: Pair) -> Iterator[Finding]:
    """What the client's host was told; nothing where it was not asked."""
    if pair.live is None or not pair.live["resolved"]:
        return
    blocks = pair.blocks_a()
    for name, addresses in pair.live["resolved"].items():
        if is_address(name) or _plain(name) not in [_plain(item) for item in _names(pair)]:
            continue
        subject, evidence = f"name {name}", {"addresses": addresses, "cidr_blocks": blocks}
        outside = [address for address in addresses if not _within(address, blocks)]
        if addresses and not outside:
            yield Finding("dns.resolves", "ok", HOST, subject, ", ".join(addresses), evidence=evidence)
        elif addresses and all(ipaddress.ip_address(address).is_loopback for address in addresses):
            answers = any(node["connected"] for node in pair.live["nodes"])
            told = f"{', '.join(addresses)}: the host itself, so a tunnel or its hosts file decides on the way"
            yield Finding("dns.resolves", "ok" if answers else "unknown", HOST, subject, told, evidence=evidence)
        elif _explained(pair):
            why = "the host does not know it, as the VPC's name servers or a private zone explain"
            yield Finding("dns.resolves", "unknown", HOST, subject, why, evidence=evidence)
        else:
            told = f"{', '.join(outside)} is not the cluster's" if outside else "no address"
            text = f"look at the host's name servers and at its hosts file: {name} is a public name"
            fix, expected = Fix("manual", HOST, text), f"an address in {', '.join(blocks)}"
            yield Finding("dns.resolves", "broken", HOST, subject, told, expected, fix, evidence)


def _names(pair: Pair) -> list[str]:
    """Return the names that a client asks for: the cluster's, which gives it the addresses of the nodes."""
    nodes = pair.cluster().get("nodes", []) if pair.a else []
    found = [pair.endpoint()["address"], *(node["endpoint"]["address"] for node in nodes)]
    return [name for name in found if name and not is_address(name)] or [str(found[0])]


def _is_below(name: str, zone: str) -> bool:
    return f".{_plain(name)}".endswith(f".{_plain(zone)}")


def _plain(name: str) -> str:
    return name.rstrip(".").lower()


def _within(address: str, blocks: list[str]) -> bool:
    return is_address(address) and bool(common([address], blocks))


def _resolves(pair: Pair) -> bool:
    """Tell whether the client's host was told the right address of the cluster."""
    found = pair.live["resolved"].get(str(pair.endpoint()["address"]), []) if pair.live else []
    return bool(found) and all(_within(address, pair.blocks_a()) for address in found)


def _explained(pair: Pair) -> bool:
    return any(item.verdict == "broken" for run in (support, shadow) for item in run(pair))
