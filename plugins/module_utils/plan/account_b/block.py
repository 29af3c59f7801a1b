# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The choice of the block of a new VPC in account B. Pure, no AWS."""

from __future__ import annotations

from ...common.addresses import PRIVATE_POOLS, VPC_PREFIX_RANGE, first_free, is_ipv6, network
from ...common.shapes import BlockRequest, FactsB
from ..model import Plan
from ..options import ConsumerOptions
from ..peerings import is_open, sides
from ..resources import resource
from .quotas import made_by, place_of


def block_request(facts: FactsB, options: ConsumerOptions) -> BlockRequest:
    """Return the block that a consumer has, or what decides on its choice, so that new ones in one run choose apart.

    :returns: ``blocks`` that it has or that the user gave, else empty; ``prefix``, ``pools`` and what is ``taken``
        already, for its choice; ``place`` and ``makes``, what it takes of the account's quotas.
    """
    made = made_by(facts, options)
    request: BlockRequest = {
        "blocks": [],
        "prefix": options.vpc_prefix,
        "pools": [],
        "taken": [],
        "place": place_of(facts),
        "makes": made,
    }
    if block_problems(options) and not facts["vpc"]:  # which this consumer's own plan reports
        return request
    own = [block for vpc in facts["vpcs"] for block in vpc["cidr_blocks"]]
    # Of other consumers in other regions too, which these connections show.
    peered = [
        block for item in facts["peerings"] if is_open(item) for end in sides(item) for block in end["cidr_blocks"]
    ]
    given = [options.vpc_cidr] if options.vpc_cidr else []
    return {
        **request,
        "blocks": facts["vpc"]["cidr_blocks"] if facts["vpc"] else given,
        "pools": options.vpc_pools or list(PRIVATE_POOLS),
        "taken": [
            # Asked for before the document is completed: a short one may leave these out.
            *(options.cluster.get("cidr_blocks") or []),
            *(options.cluster.get("routed_cidr_blocks") or []),
            *facts["routed_cidr_blocks"],
            *own,
            *peered,
        ],
    }


def settled_request(blocks: list[str]) -> BlockRequest:
    """Return the request of a consumer of which nothing counts but the blocks that it has."""
    return {"blocks": blocks, "prefix": 0, "pools": [], "taken": [], "place": "", "makes": []}


def block_problems(options: ConsumerOptions) -> dict[str, str]:
    """Return what is wrong with the options for a new VPC's block, by variable."""
    first, last = VPC_PREFIX_RANGE
    problems = {}
    given = {"vpc_cidr": [options.vpc_cidr] if options.vpc_cidr else [], "vpc_pools": options.vpc_pools}
    for variable, blocks in given.items():
        try:
            if any(is_ipv6(block) for block in blocks):
                problems[variable] = "is not an IPv4 block"
        except ValueError as error:
            problems[variable] = str(error)
    prefix = options.vpc_prefix
    if options.vpc_cidr and "vpc_cidr" not in problems:
        prefix = network(options.vpc_cidr).prefixlen
    if not first <= prefix <= last:
        variable = "vpc_cidr" if options.vpc_cidr else "vpc_prefix"
        problems[variable] = f"a /{prefix}, and AWS takes VPC blocks from /{first} to /{last}"
    return problems


def choose_block(request: BlockRequest, earlier: list[BlockRequest], later: list[BlockRequest]) -> str | None:
    """Return the first free block for a new VPC, or None.

    :param earlier: the requests of the consumers before this one in the same run, which choose first.
    :param later: those of the consumers after it, of which only blocks that are settled count.
    """
    settled = [block for other in (*earlier, *later) for block in other["blocks"]]
    for other in earlier:
        if not other["blocks"]:
            chosen = first_free(other["prefix"], [*other["taken"], *settled], other["pools"])
            settled += [chosen] if chosen else []
    return first_free(request["prefix"], [*request["taken"], *settled], request["pools"])


def warn_of_hidden_networks(plan: Plan, facts: FactsB, block: str, given: bool) -> None:
    """Warn of what nobody sees who chooses a block: networks behind default routes, and in lists that are not shown.

    :param given: whether the user has chosen, who knows the networks.
    """
    if given:
        return
    about, fix = resource("cidr_block", block=block), "give a block that is free there too (dax_account_b_vpc_cidr)"
    if facts["hidden_networks"]:
        routes = ", ".join(facts["hidden_networks"])
        why = f"may belong to a network that no route table shows, behind {routes}; if so, {fix}"
        plan.warn("vpc", about, why)
    for item in facts["prefix_lists"]:
        if item["problem"]:
            why = f"may be in prefix list {item['prefix_list_id']}, which could not be read: {item['problem']}"
            plan.warn("vpc", about, f"{why}; if so, {fix}")
