# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Link 8, before any route: addresses of the family that the cluster uses. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterator

from ...common.addresses import common, network
from .model import B, Finding, check
from .pair import Pair
from .path import NoFamily, client_subnets, is_ours, places
from .symptoms import OTHER_FAMILY


@check(
    "routes.family",
    "The client's subnets have addresses of the family that the cluster uses",
    *OTHER_FAMILY,
)
def family(pair: Pair) -> Iterator[Finding]:
    subject, wanted = "addresses of the client's subnets", pair.network_type
    if pair.wanted.ip_family:
        wanted += f", and the client uses {pair.wanted.ip_family}"
    try:
        found = places(pair, B)
    except NoFamily:
        fix = pair.run("give the VPC and the client's subnets such blocks", is_ours(pair, B), B, *_commands(pair))
        yield Finding("routes.family", "broken", B, subject, "none of the family that is needed", wanted, fix)
        return
    text = ", ".join(block for place in found for block in place.blocks)
    yield Finding("routes.family", "ok", B, subject, text, evidence={place.subnet_id: place.blocks for place in found})


def _commands(pair: Pair) -> list[tuple[str, ...]]:
    """Return what gives IPv6 to the VPC, or to each of the client's subnets a free part of its block."""
    vpc, region = pair.read_b("vpc") if pair.b else None, str(pair.region_b)
    if not vpc:
        return []
    if not vpc["ipv6_cidr_blocks"]:
        whole = ("aws", "ec2", "associate-vpc-cidr-block", "--vpc-id", str(vpc["vpc_id"]))
        return [(*whole, "--amazon-provided-ipv6-cidr-block", "--region", region)]
    taken = [block for item in pair.read_b("subnets") for block in item["ipv6_cidr_blocks"]]
    parts = (str(part) for part in network(vpc["ipv6_cidr_blocks"][0]).subnets(new_prefix=64))
    free = (part for part in parts if not common([part], taken))
    command = ("aws", "ec2", "associate-subnet-cidr-block", "--subnet-id")
    subnets = zip(client_subnets(pair), free, strict=False)
    return [(*command, name, "--ipv6-cidr-block", part, "--region", region) for name, part in subnets]
