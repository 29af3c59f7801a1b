# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the quotas leave room for what a plan makes: a line for each, also where there is room. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...common.ownership import TAG_CLUSTER
from ...common.prerequisites import Prerequisites, QuotaQuery, is_standard
from ...common.quotas import (
    QUOTAS,
    active_peerings,
    interface_endpoints,
    judge,
    own_vpcs,
    used_routes,
    used_rules,
)
from ...common.shapes import FactsA, FactsB, Reading
from .findings import Findings

OF_SIDE: dict[str, tuple[str, ...]] = {
    "a": ("peerings", "routes", "rules"),
    "b": (
        "peerings",
        "routes",
        "vpcs",
        "subnets",
        "interface_endpoints",
        "internet_gateways",
        "peering_requests",
        "standard_vcpus",
    ),
}
# Those that IAM tells with their use.
OF_IAM = ("roles", "instance_profiles")
# What each counts, where it is not what there is of it in the region.
_WHAT = {
    "peerings": "active peering connections of {}",
    "routes": "routes in {}",
    "rules": "inbound rules of {}",
    "vpcs": "VPCs in {}",
    "subnets": "subnets of {}",
    "interface_endpoints": "interface endpoints of {}",
    "internet_gateways": "internet gateways in {}",
    "peering_requests": "requests for peering that nobody has answered in {}",
    "standard_vcpus": "vCPUs of running standard instances in {}",
}


def quota_queries(side: str) -> list[QuotaQuery]:
    """Return the quotas to read for a side."""
    return [{"name": name, "service": QUOTAS[name].service, "code": QUOTAS[name].code} for name in OF_SIDE[side]]


def judge_quotas_a(findings: Findings, found: Prerequisites, facts: FactsA, consumers: int) -> None:
    """Add whether account A's quotas leave room.

    :param consumers: how many consumers the run has.
    """
    vpc = facts["vpc"]
    if vpc is None:
        return
    judge_readable(findings, found)
    active = active_peerings(facts["peerings"], vpc["vpc_id"])
    new = max(0, consumers - sum(item["id"] in active and TAG_CLUSTER in item["tags"] for item in facts["peerings"]))
    _judge(findings, found, "peerings", vpc["vpc_id"], len(active), new)
    _judge_routes(findings, found, facts, new)
    for group in facts["security_groups"]:
        inbound = used_rules(group, facts["prefix_lists"])
        _judge(findings, found, "rules", group["group_id"], max(inbound.values()), new)


def judge_quotas_b(
    findings: Findings, found: Prerequisites, facts: FactsB, creates: Iterable[dict[str, Any]], vcpus: int
) -> None:
    """Add whether account B's quotas leave room.

    :param creates: the plan's actions that create something.
    :param vcpus: of the instance that is to be launched; 0 if they could not be read, and for a type that does not
        count for the quota of standard instances.
    """
    new = [action["resource_type"] for action in creates]
    region, usage, vpc = found["region"], found.get("usage"), facts["vpc"]
    judge_readable(findings, found)
    _judge(findings, found, "vpcs", region, own_vpcs(facts["vpcs"], found["identity"]["account_id"]), new.count("vpc"))
    if vpc:
        own, vpc_id = active_peerings(facts["peerings"], vpc["vpc_id"]), vpc["vpc_id"]
        _judge(findings, found, "peerings", vpc_id, len(own), new.count("peering_connection"))
        _judge_routes(findings, found, facts, new.count("route"))
        _judge(findings, found, "subnets", vpc_id, len(facts["subnets"]), new.count("subnet"))
        endpoints = interface_endpoints(facts["vpc_endpoints"])
        _judge(findings, found, "interface_endpoints", vpc_id, endpoints, new.count("vpc_endpoint"))
    if usage is None:
        return
    _judge_reading(findings, found, "internet_gateways", usage["internet_gateways"], new.count("internet_gateway"))
    _judge_reading(findings, found, "peering_requests", usage["peering_requests"], new.count("peering_connection"))
    if "instance" in new and vcpus:
        _judge_reading(findings, found, "standard_vcpus", usage["standard_vcpus"], vcpus)
    _judge_iam(findings, found, new)


def standard_vcpus(instance_type: str, vcpus: int) -> int:
    """Return what an instance of a type takes of the quota of standard instances."""
    return vcpus if is_standard(instance_type) else 0


def _judge_routes(findings: Findings, found: Prerequisites, facts: FactsA | FactsB, new: int) -> None:
    """Add the fullest of the route tables that matter: what fits into it fits into all."""
    effective = set(facts["effective_route_tables"].values())
    tables = [table for table in facts["route_tables"] if table["route_table_id"] in effective]
    if tables:
        counts = {
            table["route_table_id"]: max(used_routes(table, facts["prefix_lists"], ipv6) for ipv6 in (False, True))
            for table in tables
        }
        fullest = max(counts, key=lambda table_id: counts[table_id])
        _judge(findings, found, "routes", fullest, counts[fullest], new)


def _judge_reading(findings: Findings, found: Prerequisites, name: str, used: Reading, new: int) -> None:
    if used["problem"]:
        what = _WHAT[name].format(found["region"])
        fix = "allow docs/permissions_check.json, or count them in the console"
        findings.unknown(f"quota {name}", f"the {what} could not be counted: {used['problem']}", fix)
    else:
        _judge(findings, found, name, found["region"], used["value"], new)


def _judge(findings: Findings, found: Prerequisites, name: str, where: str, used: int, new: int) -> None:
    quota, point = QUOTAS[name], f"quota {name}"
    counted = f"{_WHAT[name].format(where)}: {used}, and {new} to come"
    code, standing = f"{quota.service} {quota.code}", judge(name, found["quotas"][name], used, used + new)
    default = " by AWS's default" if standing.problem or standing.state == "unknown" else ""
    if quota.default is None and standing.limit is None:
        findings.unknown(point, f"{counted}, of a number that could not be read", f"look up {code} in Service Quotas")
    elif not new or standing.state in ("fits", "near"):
        findings.ok(point, f"{counted}, of {standing.limit}{default}")
    elif standing.state == "unknown":
        told = f"{counted}, of {quota.default}{default}, so this account has more"
        findings.unknown(point, told, f"look up {code} in Service Quotas")
    else:
        higher = f"ask for a higher quota ({code} in Service Quotas), or remove some"
        findings.missing(point, f"{counted}, of {standing.limit}{default}", higher)


def judge_readable(findings: Findings, found: Prerequisites) -> None:
    """Add, once, that the account's own quotas could not be read and that AWS's defaults stand for them."""
    problems = dict.fromkeys(item["problem"] for item in found["quotas"].values() if item["problem"])
    if problems:
        fix = "AWS's defaults stand for them; allow docs/permissions_check.json to have them read"
        findings.unknown("quotas", f"the account's own could not be read: {next(iter(problems))}", fix)


def _judge_iam(findings: Findings, found: Prerequisites, new: list[str]) -> None:
    reading = found.get("iam")
    if reading is None:
        return
    if reading["problem"]:
        fix = "allow docs/permissions_check.json; AWS's default is 1000 of each"
        findings.unknown("quota iam", f"roles and instance profiles could not be counted: {reading['problem']}", fix)
        return
    for kind, key in (("role", "Roles"), ("instance_profile", "InstanceProfiles")):
        used, limit, more = reading["value"].get(key, 0), reading["value"].get(f"{key}Quota"), new.count(kind)
        told = f"in the account: {used}, and {more} to come, of {limit}"
        if limit is not None and more and used + more > limit:
            findings.missing(f"quota {kind}s", told, "ask for a higher quota in Service Quotas, or remove some")
        else:
            findings.ok(f"quota {kind}s", told)
