# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The check of each side: what was read, the plan that a run would show, and one line for each point. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...common.prerequisites import Prerequisites
from ...common.quotas import QUOTAS
from ...common.shapes import FactsA, FactsB
from ..options import ConsumerOptions
from ..quotas import STEP
from .findings import Findings
from .places import judge_dns, judge_launch, judge_regions
from .quotas import OF_IAM, OF_SIDE, judge_quotas_a, judge_quotas_b, standard_vcpus
from .rights import judge_rights


def check_a(
    findings: Findings,
    found: Prerequisites,
    facts: FactsA | None,
    plan: Mapping[str, Any] | None,
    regions: Iterable[str],
    consumers: int,
) -> None:
    """Add all points of account A.

    :param found: what ``dax_account_check_info`` read, the rights included.
    :param facts: None if they could not be read, and so the plan.
    :param plan: what ``plan_a`` made of the facts.
    :param regions: the regions of the other side.
    :param consumers: how many consumers the run has.
    """
    judge_regions(findings, found, [found["region"], *regions])
    judge_rights(findings, found, "a")
    if facts is None or plan is None:
        return
    cluster = facts["cluster"]
    if cluster and cluster["status"] == "available":
        findings.ok("cluster", f"{cluster['cluster_name']} is available, {cluster['endpoint']['url']}")
    judge_plan(findings, plan, "a")
    judge_dns(findings, facts["vpc"])
    judge_quotas_a(findings, found, facts, consumers)


def check_b(
    findings: Findings,
    found: Prerequisites,
    facts: FactsB | None,
    plan: Mapping[str, Any] | None,
    options: ConsumerOptions,
    regions: Iterable[str],
) -> None:
    """Add all points of account B; the arguments are like those of :func:`check_a`."""
    judge_regions(findings, found, [found["region"], *regions])
    judge_rights(findings, found, "b")
    if facts is None or plan is None:
        return
    judge_plan(findings, plan, "b")
    judge_launch(findings, facts, options)
    judge_dns(findings, facts["vpc"], options)
    creates = [action for action in plan["actions"] if action["kind"] == "create"]
    reading = found.get("vcpus")
    vcpus = standard_vcpus(options.instance_type, reading["value"]) if reading and reading["value"] else 0
    judge_quotas_b(findings, found, facts, creates, vcpus)


def judge_plan(findings: Findings, plan: Mapping[str, Any], side: str) -> None:
    """Add what the plan refuses and warns of, or that it can be carried out.

    The quotas that the check counts by itself have lines of their own.
    """
    counted = [QUOTAS[name].code for name in (*OF_SIDE[side], *(OF_IAM if side == "b" else ()))]
    for action in plan["actions"]:
        if action["step"] == STEP and any(f"({code})" in action["why"] for code in counted):
            continue
        if action["kind"] == "conflict":
            findings.missing(f"plan {action['step']}", action["resource"], action["why"])
        elif action["kind"] == "warning":
            findings.add(f"plan {action['step']}", "warning", action["resource"], action["why"])
    if not plan["conflicts"]:
        kinds = {kind: sum(action["kind"] == kind for action in plan["actions"]) for kind in ("create", "change")}
        findings.ok("plan", f"nothing is refused; {kinds['create']} to create, {kinds['change']} to change")
