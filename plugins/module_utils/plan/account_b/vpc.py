# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Account B's VPC: its block and its settings. Pure, no AWS."""

from __future__ import annotations

from ...common.addresses import inside, network, overlapping
from ...common.compare import differing
from ...common.ownership import TAG_CLUSTER
from ...common.shapes import FactsB, Vpc
from ..model import Plan
from ..peerings import check_overlap, check_owner
from ..resources import resource
from .block import block_problems, block_request, choose_block, warn_of_hidden_networks
from .desired import Desired
from .owned import instance_claims, is_adopted, places, vpc_claims, vpc_id_of
from .security_group import plan_group
from .subnets import check_subnets, plan_subnets
from .users import peerings_of, tagged_in, tagged_peering

MODULE = "amazon.aws.ec2_vpc_net"


def plan_vpc(plan: Plan, facts: FactsB, desired: Desired) -> str | None:
    """Plan the VPC, its subnets and the client's security group; return the block of a VPC that is to be made."""
    vpc, adopted, planned = facts["vpc"], is_adopted(facts), None
    check_left_behind(plan, facts, desired)
    theirs = desired.cluster["cidr_blocks"] + desired.cluster["ipv6_cidr_blocks"]
    if vpc:
        variable = "dax_account_b_vpc_id" if adopted else "dax_account_b_vpc_cidr"
        check_overlap(plan, vpc["cidr_blocks"] + vpc["ipv6_cidr_blocks"], theirs, variable)
        if adopted:
            _check_adopted_vpc(plan, facts, vpc, desired)
        else:
            _plan_own_vpc(plan, vpc, desired)
    else:
        planned = _plan_new_vpc(plan, facts, desired, theirs)
        if plan.of_kind("conflict"):
            return planned
    block = vpc["cidr_blocks"][0] if vpc else planned
    if vpc and adopted:
        check_subnets(plan, facts, vpc["vpc_id"], desired)
    elif block:
        plan_subnets(plan, facts, desired, block)
    plan_group(plan, facts, desired)
    return planned


def check_left_behind(plan: Plan, facts: FactsB, desired: Desired) -> None:
    """Refuse to use one VPC while what is ours is in another, or tell of it: teardown removes all, wherever it is."""
    vpc_id, naming = vpc_id_of(facts), _naming(desired)
    claims = vpc_claims(facts, desired)
    for vpc in claims.doubtful:
        report_doubtful(plan, vpc["vpc_id"], claims.ours[0]["vpc_id"])
    doubtful = [vpc["vpc_id"] for vpc in claims.doubtful]
    for view in places(facts)[1:]:
        other, ours = vpc_id_of(view), _ours_in(view, desired)
        about = resource("vpc", vpc_id=other)
        if not is_adopted(view) and naming:
            why = f"is ours, and {naming} names another; run teardown first, or unset it"
            plan.conflict("vpc", about, why)
        elif not is_adopted(view) and other not in doubtful:
            plan.warn("vpc", about, f"carries the same tags as {vpc_id}; only that one is looked after")
        elif is_adopted(view) and ours:
            why = f"holds what is ours: {', '.join(ours)}; run teardown first, which removes it, or name that VPC again"
            plan.conflict("vpc", about, f"{why} (dax_account_b_vpc_id)")


def report_doubtful(plan: Plan, vpc_id: str, beside: str) -> None:
    why = f"carries our tags, but not its own id, beside {beside}; it is not ours, take {TAG_CLUSTER} off"
    plan.warn("vpc", resource("vpc", vpc_id=vpc_id), why)


def _ours_in(view: FactsB, desired: Desired) -> list[str]:
    found = [*tagged_in(view), *map(tagged_peering, peerings_of(view))]
    claims = instance_claims(view, desired)
    doubtful = {vpc_id_of(view), *(item["instance_id"] for item in claims.doubtful)}
    return [
        item.resource_id
        for item in found
        if item.resource_id not in doubtful and desired.is_owned(item.tags, item.resource_id)
    ]


def _naming(desired: Desired) -> str:
    """Return the variable that names an existing VPC, "" for none."""
    options = desired.options
    return f"dax_account_b_{'vpc_id' if options.vpc_id else 'vpc_tags'}" if options.vpc_id or options.vpc_tags else ""


def _check_adopted_vpc(plan: Plan, facts: FactsB, vpc: Vpc, desired: Desired) -> None:
    fix = f"that account has to run this side, or give another VPC ({_naming(desired) or 'dax_account_b_vpc_id'})"
    check_owner(plan, vpc, facts["identity"]["account_id"], fix)
    block = desired.options.vpc_cidr
    if block and block not in vpc["cidr_blocks"]:
        why = f"is yours and has {', '.join(vpc['cidr_blocks'])}; dax_account_b_vpc_cidr: {block} is for a new VPC only"
        plan.warn("vpc", resource("vpc", vpc_id=vpc["vpc_id"]), why)


def _plan_new_vpc(plan: Plan, facts: FactsB, desired: Desired, theirs: list[str]) -> str | None:
    """Plan a new VPC and return its block; None when there is none to give it."""
    options = desired.options
    problems = block_problems(options)
    for variable, problem in problems.items():
        about = resource("option", value=getattr(options, variable))
        plan.conflict("vpc", about, f"{problem} (dax_account_b_{variable})")
    if problems:
        return None
    if options.vpc_cidr:
        _check_given_block(plan, facts, desired, theirs)
    block = options.vpc_cidr or _chosen_block(plan, facts, desired)
    if block:
        warn_of_hidden_networks(plan, facts, block, bool(options.vpc_cidr))
        why = "" if options.vpc_cidr else "the first block free of both accounts' blocks and routes"
        about = resource("vpc", name=options.name)
        plan.add("vpc", "create", about, after=block, why=why)
        _write_vpc(plan, None, desired, block)
    return block


def _check_given_block(plan: Plan, facts: FactsB, desired: Desired, theirs: list[str]) -> None:
    given = [desired.options.vpc_cidr]
    check_overlap(plan, given, theirs, "dax_account_b_vpc_cidr")
    for left, right in overlapping(given, facts["routed_cidr_blocks"] + desired.cluster["routed_cidr_blocks"]):
        why = f"overlaps {right}, which an account routes elsewhere; choose another dax_account_b_vpc_cidr"
        plan.warn("vpc", resource("cidr_block", block=left), why)


def _chosen_block(plan: Plan, facts: FactsB, desired: Desired) -> str | None:
    request = block_request(facts, desired.options)
    block = choose_block(request, desired.options.earlier_requests, desired.options.later_requests)
    if block is None:
        why = "every one of this size overlaps a block of account A, a VPC or a route of account B; "
        why += "give dax_account_b_vpc_cidr, or change dax_account_b_vpc_prefix or dax_account_b_vpc_pools"
        about = resource("free_block", prefix=request["prefix"], pools=", ".join(request["pools"]))
        plan.conflict("vpc", about, why)
    return block


def _plan_own_vpc(plan: Plan, vpc: Vpc, desired: Desired) -> None:
    about, block = resource("vpc", vpc_id=vpc["vpc_id"]), desired.options.vpc_cidr
    if block and block not in vpc["cidr_blocks"]:
        why = f"has {', '.join(vpc['cidr_blocks'])}, not {block}: AWS changes no VPC's block; run teardown first, "
        plan.conflict("vpc", about, f"{why}or take the old value back (dax_account_b_vpc_cidr)")
        return
    if not block:
        _check_choice(plan, vpc, desired)
    plan.change_tags("vpc", about, vpc["tags"], desired.named_tags)
    changed = differing(vpc, {"dns_support": True, "dns_hostnames": True})
    if changed:
        plan.add("vpc", "change", about, changed, dict.fromkeys(changed, True))
    if desired.needs_ipv6 and not vpc["ipv6_cidr_blocks"]:
        plan.add("vpc", "change", about.of("ipv6_block"), None, "Amazon-provided", "the cluster uses IPv6")
    if "vpc" in plan.steps():
        _write_vpc(plan, vpc["vpc_id"], desired, block or vpc["cidr_blocks"][0])


def _check_choice(plan: Plan, vpc: Vpc, desired: Desired) -> None:
    """Warn when the options would choose another block today: the VPC keeps the one that it has."""
    options, block = desired.options, vpc["cidr_blocks"][0]
    size, problems = network(block).prefixlen, block_problems(options)
    wrong = []
    if size != options.vpc_prefix and "vpc_prefix" not in problems:
        wrong.append(f"dax_account_b_vpc_prefix: {options.vpc_prefix}")
    if options.vpc_pools and not problems and not any(inside(block, pool) for pool in options.vpc_pools):
        wrong.append(f"dax_account_b_vpc_pools: {', '.join(options.vpc_pools)}")
    if wrong:
        why = f"keeps {block}, although new ones would be of {' and '.join(wrong)}; say that it is meant "
        why += f"(dax_account_b_vpc_cidr: {block}), or run teardown first"
        plan.warn("vpc", resource("vpc", vpc_id=vpc["vpc_id"]), why)


def _write_vpc(plan: Plan, vpc_id: str | None, desired: Desired, block: str) -> None:
    name = desired.options.name
    args = {
        "state": "present",
        "name": name,
        "vpc_id": vpc_id,
        "cidr_block": block,
        "ipv6_cidr": True if desired.needs_ipv6 else None,
        "dns_support": True,
        "dns_hostnames": True,
        "tags": desired.named_tags,
        "purge_tags": False,
        # The plan found none that is owned, so another VPC of this name and block is somebody else's.
        "multi_ok": vpc_id is None,
    }
    about = resource("vpc", vpc_id=vpc_id) if vpc_id else resource("vpc", name=name)
    plan.write("vpc", MODULE, about, args, **({} if vpc_id else {"once": True}))
