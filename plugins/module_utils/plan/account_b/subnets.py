# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The subnets of account B's VPC: made and corrected in an owned one, checked in an adopted one. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...common.addresses import first_free, is_ipv6, network, overlapping, subnet_blocks
from ...common.shapes import FactsB, Subnet
from ..model import Plan
from ..resources import UNKNOWN, Resource, resource
from .desired import Desired
from .owned import client_subnets, own_subnets
from .zones import subnet_zones

MODULE = "amazon.aws.ec2_vpc_subnet"


def check_subnets(plan: Plan, facts: FactsB, vpc_id: str, desired: Desired) -> None:
    """Refuse an adopted VPC without the client's subnets, and warn of subnets that cannot reach the cluster."""
    _check_named(plan, facts, desired)
    if not facts["subnets"]:
        about = resource("vpc", vpc_id=vpc_id)
        plan.conflict("subnets", about, "has no subnet for a client; make one (dax_account_b_vpc_id)")
    if desired.cluster["network_type"] == "ipv6":
        for subnet in client_subnets(facts, desired):
            if not subnet["ipv6_cidr_blocks"]:
                why = "has no IPv6 block, and the cluster takes IPv6 only; give it one (dax_account_b_subnet_ids)"
                plan.warn("subnets", resource("subnet", subnet_id=subnet["subnet_id"]), why)


def _check_named(plan: Plan, facts: FactsB, desired: Desired) -> None:
    """Refuse subnets that the user names and the VPC does not have."""
    known, vpc = sorted(subnet["subnet_id"] for subnet in facts["subnets"]), facts["vpc"]
    for subnet_id in desired.options.subnet_ids:
        if subnet_id not in known:
            there = ", ".join(known) or "none"
            where = f"VPC {vpc['vpc_id']}, which has {there}" if vpc else "a VPC that is still to be made"
            about = resource("subnet", subnet_id=subnet_id)
            plan.conflict("subnets", about, f"is not in {where}; correct dax_account_b_subnet_ids")


def plan_subnets(plan: Plan, facts: FactsB, desired: Desired, vpc_block: str) -> None:
    """Plan the subnets of an owned VPC.

    :param vpc_block: the block that is shared out, of a VPC that may be still to be made.
    """
    count = desired.options.subnet_count
    try:
        prefix = network(subnet_blocks(vpc_block, count)[0]).prefixlen
    except ValueError as error:
        about = resource("vpc_block", block=vpc_block)
        plan.conflict("subnets", about, f"{error} (dax_account_b_subnet_count)")
        return
    taken = [
        block for subnet in facts["subnets"] for block in (subnet["cidr_block"], *subnet["ipv6_cidr_blocks"]) if block
    ]
    own = own_subnets(facts, desired)
    _check_named(plan, facts, desired)
    _check_own(plan, own, desired)
    free_ipv6 = _free_ipv6_blocks(_ipv6_blocks(facts, desired), list(taken))
    for subnet in own:
        _correct_subnet(plan, facts, desired, subnet, free_ipv6)
    zones = subnet_zones(plan, facts, desired) if len(own) < count else []
    for index in range(len(own), count):
        block = first_free(prefix, taken, [vpc_block])
        if block is None:
            why = f"has no free /{prefix} left; lower dax_account_b_subnet_count"
            plan.conflict("subnets", resource("vpc_block", block=vpc_block), why)
            break
        taken.append(block)
        zone, about = zones[index % len(zones)] if zones else None, resource("subnet", block=block)
        plan.add("subnets", "create", about, after=zone)
        _write_subnet(plan, facts, desired, about, block, zone, next(free_ipv6, None))


def _check_own(plan: Plan, own: list[Subnet], desired: Desired) -> None:
    """Look at the options that standing subnets do not fit: AWS moves none, and none is removed but by teardown."""
    zones, count = desired.options.availability_zones, desired.options.subnet_count
    for subnet in own:
        if zones and subnet["availability_zone"] not in zones:
            why = f"is in {subnet['availability_zone']}, not in {', '.join(zones)}, and AWS moves no subnet; run "
            about = resource("subnet", subnet_id=subnet["subnet_id"])
            plan.conflict("subnets", about, f"{why}teardown first, or add its zone (dax_account_b_availability_zones)")
    for subnet in own[count:]:
        why = f"is ours and stays, one more than dax_account_b_subnet_count: {count}; delete it if nobody needs it"
        plan.warn("subnets", resource("subnet", subnet_id=subnet["subnet_id"]), why)


def _correct_subnet(plan: Plan, facts: FactsB, desired: Desired, subnet: Subnet, free_ipv6: Iterator[str]) -> None:
    about, public = resource("subnet", subnet_id=subnet["subnet_id"]), _is_public(desired)
    ipv6 = next(iter(subnet["ipv6_cidr_blocks"]), None) or next(free_ipv6, None)
    before = len(plan.actions)
    plan.change_tags("subnets", about, subnet["tags"], desired.named_tags)
    if subnet["map_public_ip"] != public:
        plan.add("subnets", "change", about.of("map_public_ip"), subnet["map_public_ip"], public)
    if desired.needs_ipv6 and not subnet["ipv6_cidr_blocks"]:
        plan.add("subnets", "change", about.of("ipv6_block"), None, ipv6 or UNKNOWN)
    if len(plan.actions) > before:
        _write_subnet(plan, facts, desired, about, subnet["cidr_block"], subnet["availability_zone"], ipv6)


def _write_subnet(
    plan: Plan, facts: FactsB, desired: Desired, about: Resource, block: str | None, zone: str | None, ipv6: str | None
) -> None:
    """Add the call for a subnet once the VPC is there, with the IPv6 block that the subnet is cut from."""
    vpc = facts["vpc"]
    if vpc is None or (desired.needs_ipv6 and not vpc["ipv6_cidr_blocks"]):
        return
    args = {
        "state": "present",
        "vpc_id": vpc["vpc_id"],
        "cidr": block,
        "az": zone,
        "ipv6_cidr": ipv6,
        "assign_instances_ipv6": ipv6 is not None,
        "map_public": _is_public(desired),
        "tags": desired.named_tags,
        "purge_tags": False,
    }
    plan.write("subnets", MODULE, about, args)


def _is_public(desired: Desired) -> bool:
    return desired.options.sts_access == "internet_gateway"


def _ipv6_blocks(facts: FactsB, desired: Desired) -> list[str]:
    """Return the blocks of the VPC from which subnets get theirs."""
    return facts["vpc"]["ipv6_cidr_blocks"] if facts["vpc"] and desired.needs_ipv6 else []


def _free_ipv6_blocks(vpc_blocks: Iterable[str], taken: list[str]) -> Iterator[str]:
    """Yield the free /64 blocks, which is the size of every IPv6 subnet."""
    for block in vpc_blocks:
        for part in network(block).subnets(new_prefix=64):
            if not any(is_ipv6(item) and overlapping([str(part)], [item]) for item in taken):
                yield str(part)
