# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account's own quotas, where they can matter, and what is counted for nothing else. Reads only.

In a small account that lacks nothing, no call is made: a quota is asked for when AWS's default comes near, and what is
counted by a call of its own is counted when the run makes one more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypedDict

from ..common.compare import is_terminal
from ..common.quotas import (
    QUOTAS,
    active_peerings,
    interface_endpoints,
    may_matter,
    own_vpcs,
    used_routes,
    used_rules,
)
from ..common.shapes import FactsA, FactsB, Peering, PrefixList, Reading, RouteTable, SecurityGroup
from .consumer import ConsumerQuery
from .ec2_query import query as ask
from .reading import quota_reading, reading

# At most so many routes does account B's side add to one table: to the cluster's blocks, and the default route.
_ROUTES_OF_B = 10


class Limits(TypedDict):
    """The part of the facts that is about quotas."""

    quotas: dict[str, Reading]
    usage: dict[str, Reading]


class _Uses(dict[str, int]):
    """What there is, and what this run may add at most, by the names of quotas."""

    def add(self, name: str, used: int, to_come: int) -> None:
        if may_matter(name, used, to_come):
            self[name] = used


def limits_a(clients: Mapping[str, Any], facts: FactsA, to_come: int) -> Limits:
    """Return account A's quotas.

    :param to_come: how many of anything the run may add: its consumers, or their blocks; 0 for a removal.
    """
    if not to_come or facts["vpc"] is None:
        return {"quotas": {}, "usage": {}}
    uses, limits = _Uses(), _of_iam(clients, {"roles": facts["role"] is None})
    uses.add("peerings", len(active_peerings(facts["peerings"], facts["vpc"]["vpc_id"])), to_come)
    followed = set(facts["effective_route_tables"].values())
    tables = [table for table in facts["route_tables"] if table["route_table_id"] in followed]
    _add_tables_and_groups(uses, tables, facts["security_groups"], facts["prefix_lists"], to_come, to_come)
    limits["quotas"] |= _own(clients, uses)
    return limits


def limits_b(clients: Mapping[str, Any], facts: FactsB, query: ConsumerQuery) -> Limits:
    """Return account B's quotas."""
    if query.removal:
        return {"quotas": {}, "usage": {}}
    ec2, uses, vpc = clients["ec2"], _Uses(), facts["vpc"]
    missing = {"roles": facts["role"] is None, "instance_profiles": facts["instance_profile"] is None}
    limits, to_come = _of_iam(clients, missing), query.to_come
    counted: dict[str, Callable[[], int]] = {}
    if vpc is None:
        uses.add("vpcs", own_vpcs(facts["vpcs"], facts["identity"]["account_id"]), to_come)
    else:
        uses.add("peerings", len(active_peerings(facts["peerings"], vpc["vpc_id"])), 1)
        tables = [item for item in facts["route_tables"] if item["route_table_id"] in _followed(facts)]
        _add_tables_and_groups(uses, tables, facts["security_groups"], facts["prefix_lists"], _ROUTES_OF_B, 1)
        uses.add("subnets", len(facts["subnets"]), 0 if _adopted(facts) else query.subnet_count)
        uses.add("interface_endpoints", interface_endpoints(facts["vpc_endpoints"]), len(query.endpoint_services))
        own = [item for item in facts["instances"] if query.owns(item["tags"], item["instance_id"])]
        uses.add("groups_per_interface", max((len(item["security_group_ids"]) for item in own), default=0), 1)
    if not (facts["internet_gateways"] or query.endpoint_services or _adopted(facts)):
        counted["internet_gateways"] = lambda: count_internet_gateways(ec2)
    if not _has_group(facts, query):
        counted["security_groups"] = lambda: len(ask(ec2, "describe_security_groups", "SecurityGroups", {}))
    if query.cluster_vpc_id and not _has_peering(facts, query):
        counted["peering_requests"] = lambda: count_peering_requests(ec2, facts["identity"]["account_id"])
    for name, count in counted.items():
        limits["usage"][name] = found = reading(count)
        if found["problem"] is None:
            uses.add(name, found["value"], to_come)
    limits["quotas"] |= _own(clients, uses)
    return limits


def count_internet_gateways(ec2: Any) -> int:
    return len(ask(ec2, "describe_internet_gateways", "InternetGateways", {}))


def count_peering_requests(ec2: Any, account_id: str) -> int:
    """Count the requests of this account, in the region, that nobody has answered."""
    filters: dict[str, str | list[str]] = {
        "status-code": ["initiating-request", "pending-acceptance"],
        "requester-vpc-info.owner-id": account_id,
    }
    return len(ask(ec2, "describe_vpc_peering_connections", "VpcPeeringConnections", filters))


def _own(clients: Mapping[str, Any], uses: Iterable[str]) -> dict[str, Reading]:
    return {name: quota_reading(clients["service-quotas"], QUOTAS[name]) for name in uses}


def _of_iam(clients: Mapping[str, Any], missing: Mapping[str, bool]) -> Limits:
    """Return the quotas and counts of what is missing in IAM: one call tells both."""
    limits: Limits = {"quotas": {}, "usage": {}}
    names = [name for name, is_missing in missing.items() if is_missing]
    if not names:
        return limits
    summary = reading(lambda: clients["iam"].get_account_summary()["SummaryMap"])
    keys = {"roles": ("Roles", "RolesQuota"), "instance_profiles": ("InstanceProfiles", "InstanceProfilesQuota")}
    for name in names:
        count, quota = keys[name]
        limits["usage"][name] = _part(summary, count)
        limits["quotas"][name] = _part(summary, quota)
    return limits


def _part(summary: Reading, key: str) -> Reading:
    if summary["problem"] is None and key not in summary["value"]:
        return {"value": None, "problem": f"GetAccountSummary tells no {key}"}
    return {**summary, "value": summary["value"] and summary["value"][key]}


def _add_tables_and_groups(
    uses: _Uses,
    tables: Iterable[RouteTable],
    groups: Iterable[SecurityGroup],
    lists: list[PrefixList],
    routes_to_come: int,
    rules_to_come: int,
) -> None:
    """Add the fullest table and the fullest group: what fits into them fits into all."""
    routes = [used_routes(table, lists, ipv6) for table in tables for ipv6 in (False, True)]
    rules = [count for group in groups for count in used_rules(group, lists).values()]
    uses.add("routes", max(routes, default=0), routes_to_come)
    uses.add("rules", max(rules, default=0), rules_to_come)


def _followed(facts: FactsB) -> set[str]:
    main = {table["route_table_id"] for table in facts["route_tables"] if table["main"]}
    return main | set(facts["effective_route_tables"].values())


def _adopted(facts: FactsB) -> bool:
    return facts["vpc_found_by"] in ("id", "tags", "adopted")


def _has_group(facts: FactsB, query: ConsumerQuery) -> bool:
    wanted = (query.security_group_id, query.security_group_name)
    return bool(query.security_group_id) or any(
        group["group_name"] in wanted or query.owns(group["tags"], group["group_id"])
        for group in facts["security_groups"]
    )


def _has_peering(facts: FactsB, query: ConsumerQuery) -> bool:
    """Tell whether the consumer's VPC has a connection to the cluster's already, in whichever direction."""
    own = facts["vpc"]["vpc_id"] if facts["vpc"] else None
    ends = {own, query.cluster_vpc_id}
    return any(_ends(item) == ends and not is_terminal(item) for item in facts["peerings"])


def _ends(peering: Peering) -> set[str | None]:
    return {peering["requester"]["vpc_id"], peering["accepter"]["vpc_id"]}
