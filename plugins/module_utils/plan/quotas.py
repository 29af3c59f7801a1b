# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS's quotas that a plan can count towards, so that a run does not stop at one half way. Pure, no AWS.

A default quota that is exceeded is a warning, since AWS may have raised it for the account; the most that AWS grants is
a conflict. Only what the plan adds is reported.

Source: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..common.compare import is_propagated, is_terminal
from ..common.shapes import Peering, RouteTable, SecurityGroup, Vpc
from .model import Kind, Plan
from .resources import Resource, resource


class Quota(NamedTuple):
    """A quota of AWS.

    :ivar name: as AWS calls it.
    :ivar default: what every account has.
    :ivar highest: the most that AWS grants; None where it names none.
    :ivar note: what else to know of the default.
    """

    name: str
    default: int
    highest: int | None = None
    note: str = ""


ROUTES = Quota("Routes per route table", 50, 1000, ", which has been 500 since June 2025")
# Its product with the groups of an interface, five by default, is 1,000 at most.
RULES = Quota("Inbound or outbound rules per security group", 60, 1000)
PEERINGS = Quota("Active VPC peering connections per VPC", 50, 125)
VPCS = Quota("VPCs per Region", 5)


def check_quotas(
    plan: Plan, tables: Iterable[RouteTable], groups: Iterable[SecurityGroup], peerings: Iterable[Peering]
) -> None:
    """Count what is there and what the plan adds; call it when all else is planned.

    :param peerings: of the one VPC that the plan is about.
    """
    for table in tables:
        _check_routes(plan, table)
    for group in groups:
        _check_rules(plan, group)
    _check_peerings(plan, peerings)


def check_vpcs(plan: Plan, vpcs: Iterable[Vpc], account_id: str, about: Resource) -> None:
    """Count the VPCs of an account that is to get one more; those that others share with it do not count."""
    own = [vpc for vpc in vpcs if vpc["owner_id"] in (None, account_id)]
    _compare(plan, "vpc", about, VPCS, len(own) + 1)


def _check_routes(plan: Plan, table: RouteTable) -> None:
    """IPv4 and IPv6 count apart, propagated routes not at all."""
    about = resource("route_table", route_table_id=table["route_table_id"])
    removed = _values(plan, "remove", "route", "destination", about)
    standing = [route["destination"] for route in table["routes"] if not is_propagated(route)]
    for ipv6 in (False, True):
        new = [block for block in _values(plan, "create", "route", "destination", about) if (":" in block) is ipv6]
        there = [block for block in standing if (":" in block) is ipv6 and block not in removed]
        if new:
            _compare(plan, "routes", about, ROUTES, len(there) + len(new))


def _check_rules(plan: Plan, group: SecurityGroup) -> None:
    """Inbound rules for IPv4 and for IPv6 count apart; one that names a group counts with both."""
    about = resource("security_group", group_id=group["group_id"])
    removed = _values(plan, "remove", "rule", "rule_id", about)
    standing = [rule for rule in group["rules"] if not rule["egress"] and rule["rule_id"] not in removed]
    added = _values(plan, "create", "rule", "source", about)
    ipv4 = [rule for rule in standing if not rule["cidr_ipv6"]], [item for item in added if ":" not in item]
    ipv6 = [rule for rule in standing if not rule["cidr_ip"]], [item for item in added if "." not in item]
    there, new = max(ipv4, ipv6, key=lambda found: len(found[0]) + len(found[1]) if found[1] else 0)
    if new:
        _compare(plan, "rules", about, RULES, len(there) + len(new))


def _values(plan: Plan, kind: Kind, of: str, part: str, holder: Resource) -> list[str]:
    """Return one part of the names of what the plan creates or removes in a table or group."""
    ((holder_key, holder_id),) = holder.parts
    names = [
        dict(action.resource.parts)
        for action in plan.of_kind(kind)
        if action.resource.type == of and action.resource.attribute is None
    ]
    return [name[part] for name in names if name.get(holder_key) == holder_id and part in name]


def _check_peerings(plan: Plan, peerings: Iterable[Peering]) -> None:
    standing = {item["id"] for item in peerings if not is_terminal(item)}
    new = [action.resource for action in plan.of_kind("create") if action.resource.type == "peering_connection"]
    gone = {action.resource.id for action in plan.of_kind("remove") if action.resource.type == "peering_connection"}
    # To accept a connection that is there adds none.
    added = [about for about in new if dict(about.parts).get("id") not in standing]
    if new:
        _compare(plan, "peering", new[-1], PEERINGS, len(standing - gone) + len(added))


def _compare(plan: Plan, step: str, about: Resource, quota: Quota, count: int) -> None:
    if quota.highest and count > quota.highest:
        plan.conflict(step, about, f"{quota.name}: would be {count}, and AWS grants {quota.highest} at most")
    elif count > quota.default:
        why = f"{quota.name}: would be {count}, more than AWS's default of {quota.default}{quota.note}; "
        plan.warn(step, about, f"{why}ask AWS for more if the account has not got it")
