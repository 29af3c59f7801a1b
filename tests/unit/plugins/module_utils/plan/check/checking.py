# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the check reads of an account where everything is there, for the tests to bend, and its verdicts."""

from __future__ import annotations

from typing import Any, cast

from ansible_collections.dax.cross_account.plugins.module_utils.common.prerequisites import Prerequisites
from ansible_collections.dax.cross_account.plugins.module_utils.common.rights import RIGHTS
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_a.plan import plan_a
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.plan import plan_b
from ansible_collections.dax.cross_account.plugins.module_utils.plan.check.findings import Findings
from ansible_collections.dax.cross_account.plugins.module_utils.plan.check.places import judge_identity
from ansible_collections.dax.cross_account.plugins.module_utils.plan.check.quotas import OF_SIDE, QUOTAS
from ansible_collections.dax.cross_account.plugins.module_utils.plan.check.sides import check_a, check_b
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

DENIED = "AccessDenied: User is not authorized"
VCPUS = 32


def value(what: Any) -> dict[str, Any]:
    return {"value": what, "problem": None}


def problem(words: str = DENIED) -> dict[str, Any]:
    return {"value": None, "problem": words}


def decision(action: str = "ec2:CreateVpc", allowed: bool = True, **more: Any) -> dict[str, Any]:
    shape = {"sid": "Make", "action": action, "resource": "*", "allowed": allowed, "by": "policy", "missing_keys": []}
    return {**shape, **more}


def read(side: str, **more: Any) -> dict[str, Any]:
    """What ``dax_account_check_info`` returns of an account where everything is there."""
    account = {"a": build.A, "b": build.B}[side]
    identity = build.identity(account)
    found: dict[str, Any] = {
        "identity": identity,
        "region": build.REGION,
        "regions": value({build.REGION: "opt-in-not-required", "af-south-1": "opted-in", "me-south-1": "not-opted-in"}),
        "principal": identity["arn"],
        "rights": value([decision(name, sid=right.sid) for right in RIGHTS[side] for name in right.actions]),
        "quotas": {name: value(float(QUOTAS[name].default or VCPUS)) for name in OF_SIDE[side]},
    }
    if side == "b":
        found |= {
            "usage": {name: value(0) for name in ("internet_gateways", "peering_requests", "standard_vcpus")},
            "iam": value({"Roles": 1, "RolesQuota": 1000, "InstanceProfiles": 1, "InstanceProfilesQuota": 1000}),
            "vcpus": value(2),
        }
    return {**found, **more}


def of_a(
    found: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
    regions: tuple[str, ...] = (),
    consumers: int = 1,
    **given: Any,
) -> Findings:
    facts, options = facts or build.facts_a(), build.wanted_a(**given)
    findings = Findings("account A")
    judge_identity(findings, cast(Prerequisites, found or read("a")))
    plan = plan_a(cast(Any, facts), options)
    check_a(findings, cast(Prerequisites, found or read("a")), cast(Any, facts), plan, regions, consumers)
    return findings


def of_b(
    found: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
    regions: tuple[str, ...] = (),
    **given: Any,
) -> Findings:
    facts, options = facts or build.facts_b(), build.wanted_b(**{"cluster": build.cluster_document(), **given})
    findings = Findings("account B")
    judge_identity(findings, cast(Prerequisites, found or read("b")))
    plan = plan_b(cast(Any, facts), options)
    check_b(findings, cast(Prerequisites, found or read("b")), cast(Any, facts), plan, options, regions)
    return findings


def bad(findings: Findings) -> list[tuple[str, str]]:
    """Return (point, status) of all that is not ok."""
    return [(point.point, point.status) for point in findings.points if point.status != "ok"]
