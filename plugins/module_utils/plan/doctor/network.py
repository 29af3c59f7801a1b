# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which way AWS takes a block, and what a security group lets pass of it. Pure, no AWS.

A block is never taken for one address: what is true of a part of it only is told of that part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ...common.addresses import common, merged, network, remaining
from ...common.compare import is_propagated
from ...common.shapes import Route, RouteTable, Rule

PrefixLists = Mapping[str, Sequence[str]]  # {id of the list: its blocks}


class Hop(NamedTuple):
    """Where a part of a block goes: ``route`` is None where no route takes it."""

    parts: list[str]
    route: Route | None


class Lookup(NamedTuple):
    """Where a table sends blocks, and the routes of prefix lists whose blocks are not known."""

    hops: list[Hop]
    unknown: list[Route]


def lookup(table: RouteTable, blocks: Iterable[str], prefix_lists: PrefixLists) -> Lookup:
    """Return where a table sends blocks: by the longest prefix, then static, of a prefix list, propagated.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
    """
    entries: list[tuple[int, int, str, Route]] = []
    unknown = []
    for route in table["routes"]:
        destination = route["destination"]
        named = destination.startswith("pl-")
        if named and destination not in prefix_lists:
            # The list of a gateway endpoint has public addresses of a service alone.
            if not str(route["target_id"]).startswith("vpce-"):
                unknown.append(route)
            continue
        rank = 2 if is_propagated(route) else 1 if named else 0
        for block in prefix_lists[destination] if named else [destination]:
            entries.append((-network(block).prefixlen, rank, block, route))
    rest, hops = merged(blocks), []
    for _length, _rank, block, route in sorted(entries, key=lambda entry: entry[:2]):
        taken = common(rest, [block])
        if taken:
            hops.append(Hop(taken, route))
            rest = remaining(rest, taken)
    return Lookup([*_joined(hops), *([Hop(rest, None)] if rest else [])], unknown)


def _joined(hops: Iterable[Hop]) -> list[Hop]:
    """Return one hop a route: that of a prefix list takes a part with each of its blocks."""
    found: dict[int, Hop] = {}
    for hop in hops:
        before = found.get(id(hop.route))
        found[id(hop.route)] = Hop(merged([*before.parts, *hop.parts]), hop.route) if before else hop
    return list(found.values())


class Refused(NamedTuple):
    """The parts of blocks that no rule lets pass, and the prefix lists of rules whose blocks are not known."""

    parts: list[str]
    unknown: list[str]


def refused(
    rules: Iterable[Rule],
    egress: bool,
    port: int,
    blocks: Iterable[str],
    groups: Iterable[str],
    prefix_lists: PrefixLists,
) -> Refused:
    """Return what the rules of security groups, taken together, do not let pass of TCP on a port.

    :param egress: which rules count; groups are stateful, so the way back needs none.
    :param blocks: the addresses of the other side.
    :param groups: the security groups of the other side, where a rule may name them.
    """
    rest, unknown, others = merged(blocks), [], set(groups)
    for rule in rules:
        if rule["egress"] is not egress or not passes_port(rule, port):
            continue
        if rule["source_group_id"] in others:
            return Refused([], [])
        listed = rule["prefix_list_id"]
        if listed and listed not in prefix_lists:
            unknown.append(listed)
        block = rule["cidr_ip"] or rule["cidr_ipv6"]
        rest = remaining(rest, [block] if block else prefix_lists.get(listed or "", []))
    return Refused(rest, unknown)


def passes_port(rule: Rule, port: int) -> bool:
    """Tell whether a rule is about TCP on a port, whoever it lets pass."""
    if rule["protocol"] == "-1":
        return True
    return rule["protocol"] in ("tcp", "6") and rule["from_port"] <= port <= rule["to_port"]
