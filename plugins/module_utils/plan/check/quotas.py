# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the quotas leave room for what a plan makes. Pure.

Sources: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html (routes per route table: 500 since June
2025, 50 before), https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ...common.ownership import TAG_CLUSTER
from ...common.prerequisites import Prerequisites, QuotaQuery, Reading, is_standard
from ...common.shapes import FactsA, FactsB
from .findings import Findings


class Quota(NamedTuple):
    """A quota of AWS.

    :ivar what: what it counts.
    :ivar default: AWS's default; None where it differs from account to account.
    """

    service: str
    code: str
    what: str
    default: int | None


QUOTAS: dict[str, Quota] = {
    "peerings": Quota("vpc", "L-7E9ECCDB", "active peering connections of {}", 50),
    "routes": Quota("vpc", "L-93826ACB", "routes in {}", 500),
    "rules": Quota("vpc", "L-0EA8095F", "inbound rules of {}", 60),
    "vpcs": Quota("vpc", "L-F678F1CE", "VPCs in {}", 5),
    "internet_gateways": Quota("vpc", "L-A4707A72", "internet gateways in {}", 5),
    "peering_requests": Quota("vpc", "L-DC9F7029", "requests for peering that nobody has answered in {}", 25),
    "standard_vcpus": Quota("ec2", "L-1216C47A", "vCPUs of running standard instances in {}", None),
}
OF_SIDE: dict[str, tuple[str, ...]] = {
    "a": ("peerings", "routes", "rules"),
    "b": ("peerings", "routes", "vpcs", "internet_gateways", "peering_requests", "standard_vcpus"),
}
_ACTIVE = ("active", "provisioning", "pending-acceptance", "initiating-request")


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
    ends = [(item, (item["requester"]["vpc_id"], item["accepter"]["vpc_id"])) for item in facts["peerings"]]
    peerings = [item for item, vpc_ids in ends if item["status"]["code"] in _ACTIVE and vpc["vpc_id"] in vpc_ids]
    new = max(0, consumers - sum(TAG_CLUSTER in item["tags"] for item in peerings))
    _judge(findings, found, "peerings", vpc["vpc_id"], len(peerings), new)
    _judge_routes(findings, found, facts, new)
    for group in facts["security_groups"]:
        inbound = sum(not rule["egress"] for rule in group["rules"])
        _judge(findings, found, "rules", group["group_id"], inbound, new)


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
    _judge(findings, found, "vpcs", region, len(facts["vpcs"]), new.count("vpc"))
    if vpc:
        peerings = [item for item in facts["peerings"] if item["status"]["code"] in _ACTIVE]
        own = [item for item in peerings if vpc["vpc_id"] in (item["requester"]["vpc_id"], item["accepter"]["vpc_id"])]
        _judge(findings, found, "peerings", vpc["vpc_id"], len(own), new.count("peering_connection"))
        _judge_routes(findings, found, facts, new.count("route"))
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
        fullest = max(tables, key=lambda table: len(table["routes"]))
        _judge(findings, found, "routes", fullest["route_table_id"], len(fullest["routes"]), new)


def _judge_reading(findings: Findings, found: Prerequisites, name: str, used: Reading, new: int) -> None:
    if used["problem"]:
        what = QUOTAS[name].what.format(found["region"])
        fix = "allow docs/permissions_check.json, or count them in the console"
        findings.unknown(f"quota {name}", f"the {what} could not be counted: {used['problem']}", fix)
    else:
        _judge(findings, found, name, found["region"], used["value"], new)


def _judge(findings: Findings, found: Prerequisites, name: str, where: str, used: int, new: int) -> None:
    quota, point = QUOTAS[name], f"quota {name}"
    counted = f"{quota.what.format(where)}: {used}, and {new} to come"
    code, reading = f"{quota.service} {quota.code}", found["quotas"][name]
    higher = f"ask for a higher quota ({code} in Service Quotas), or remove some"
    if reading["problem"] is None:
        limit = int(reading["value"])
        if new and used + new > limit:
            findings.missing(point, f"{counted}, of {limit}", higher)
        else:
            findings.ok(point, f"{counted}, of {limit}")
    elif quota.default is None:
        findings.unknown(point, f"{counted}, of a number that could not be read", f"look up {code} in Service Quotas")
    else:
        told = f"{counted}, of {quota.default} by AWS's default"
        if not new or used + new <= quota.default:
            findings.ok(point, told)
        elif used > quota.default:
            findings.unknown(point, f"{told}, so this account has more", f"look up {code} in Service Quotas")
        else:
            findings.missing(point, told, higher)


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
