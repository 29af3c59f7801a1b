# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan adds, against AWS's quotas, so that a run does not stop at one half way. Pure, no AWS.

A quota that would be exceeded is a conflict, and from 80 percent on there is a warning. Only what the plan adds is
reported: call these functions when all else is planned. The quotas, and what counts, are in ``common/quotas.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..common.quotas import active_peerings, judge, used_routes, used_rules
from ..common.shapes import FactsA, FactsB, RouteTable, SecurityGroup
from .model import Kind, Plan
from .resources import Resource, resource

# The step of these lines, which nothing carries out.
STEP = "quotas"


def check_count(plan: Plan, facts: FactsA | FactsB, name: str, about: Resource, used: int, new: int) -> None:
    """Report a quota that the plan adds to and comes near, or would exceed.

    :param name: as in ``QUOTAS``.
    :param used: what there is and stays.
    :param new: what the plan adds.
    """
    if new <= 0:
        return
    standing = judge(name, facts["quotas"].get(name), used, used + new)
    if standing.state == "exceeded":
        plan.conflict(STEP, about, standing.words)
    elif standing.state != "fits":
        plan.warn(STEP, about, standing.words)


def check_routes(plan: Plan, facts: FactsA | FactsB, tables: Iterable[RouteTable], more: Iterable[bool] = ()) -> None:
    """Count the routes of each table: IPv4 and IPv6 apart.

    :param more: whether of IPv6, for each route that is to come to each table beside those of the plan.
    """
    to_come = list(more)
    for table in tables:
        about = resource("route_table", route_table_id=table["route_table_id"])
        removed, new = _parts(plan, "remove", "route", "destination", about), []
        new = _parts(plan, "create", "route", "destination", about)
        for ipv6 in (False, True):
            used = used_routes(table, facts["prefix_lists"], ipv6, removed)
            added = sum((":" in block) is ipv6 for block in new) + to_come.count(ipv6)
            check_count(plan, facts, "routes", about, used, added)


def check_rules(plan: Plan, facts: FactsA | FactsB, groups: Iterable[SecurityGroup]) -> None:
    """Count the inbound rules of each group: those for IPv4 and those for IPv6 apart."""
    for group in groups:
        about = resource("security_group", group_id=group["group_id"])
        used = used_rules(group, facts["prefix_lists"], _parts(plan, "remove", "rule", "rule_id", about))
        sources = _parts(plan, "create", "rule", "source", about)
        new = {ipv6: sum((":" if not ipv6 else ".") not in source for source in sources) for ipv6 in (False, True)}
        # One line for a group: of the family that comes nearer.
        ipv6 = max((False, True), key=lambda family: used[family] + new[family] if new[family] else -1)
        check_count(plan, facts, "rules", about, used[ipv6], new[ipv6])


def check_peerings(plan: Plan, facts: FactsA | FactsB, about: Resource, vpc_id: str | None, more: int = 0) -> None:
    """Count the connections of a VPC that are active, or become so by this plan.

    :param more: how many are to come beside those of the plan.
    """
    gone = {item.resource.id for item in plan.of_kind("remove") if item.resource.type == "peering_connection"}
    there = active_peerings(facts["peerings"], vpc_id) - gone
    new = {
        dict(item.resource.parts).get("id", item.resource.id)
        for item in plan.of_kind("create")
        if item.resource.type == "peering_connection"
    }
    check_count(plan, facts, "peerings", about, len(there), len(new - there) + more)


def check_made(plan: Plan, facts: FactsA | FactsB, name: str, kind: str, others: int = 0) -> None:
    """Count what there is one line of for each, in the account and region.

    :param name: the quota.
    :param kind: the type of the resource.
    :param others: how many others of the same run make in the same place.
    """
    new = [item.resource for item in plan.of_kind("create") if item.resource.type == kind]
    usage = facts["usage"].get(name)
    if new and usage and usage["problem"] is None:
        check_count(plan, facts, name, new[0], usage["value"], len(new) + others)


def _parts(plan: Plan, kind: Kind, of: str, part: str, holder: Resource) -> list[str]:
    """Return one part of the names of what the plan creates or removes in a table or group."""
    ((holder_key, holder_id),) = holder.parts
    names = [
        dict(action.resource.parts)
        for action in plan.of_kind(kind)
        if action.resource.type == of and action.resource.attribute is None
    ]
    return [name[part] for name in names if name.get(holder_key) == holder_id and part in name]
