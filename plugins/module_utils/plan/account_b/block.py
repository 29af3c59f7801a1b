# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The choice of the block of a new VPC in account B. Pure, no AWS."""

from __future__ import annotations

from ...common.addresses import PRIVATE_POOLS, VPC_PREFIX_RANGE, first_free, is_ipv6, network
from ...common.shapes import BlockRequest, FactsB
from ..options import ConsumerOptions


def block_request(facts: FactsB, options: ConsumerOptions) -> BlockRequest:
    """Return the block that a consumer has, or what decides on its choice, so that new ones in one run choose apart.

    :returns: ``blocks`` that it has or that the user gave, else empty; ``prefix``, ``pools`` and what is ``taken``
        already, for its choice.
    """
    if block_problems(options) and not facts["vpc"]:  # which this consumer's own plan reports
        return {"blocks": [], "prefix": options.vpc_prefix, "pools": [], "taken": []}
    own = [block for vpc in facts["vpcs"] for block in vpc["cidr_blocks"]]
    given = [options.vpc_cidr] if options.vpc_cidr else []
    return {
        "blocks": facts["vpc"]["cidr_blocks"] if facts["vpc"] else given,
        "prefix": options.vpc_prefix,
        "pools": options.vpc_pools or list(PRIVATE_POOLS),
        "taken": [
            # Asked for before the document is completed: a short one may leave these out.
            *(options.cluster.get("cidr_blocks") or []),
            *(options.cluster.get("routed_cidr_blocks") or []),
            *facts["routed_cidr_blocks"],
            *own,
        ],
    }


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
