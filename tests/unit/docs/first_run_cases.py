# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/first_run_on_aws.md shows, by the names of its blocks: made by what makes it in a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from ansible_collections.dax.cross_account.plugins.module_utils.common import patience
from ansible_collections.dax.cross_account.plugins.module_utils.common.patience import Passing
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.instance import MODULE_WAIT
from ansible_collections.dax.cross_account.plugins.module_utils.plan.check.findings import Findings
from ansible_collections.dax.cross_account.plugins.module_utils.write import cluster
from ansible_collections.dax.cross_account.plugins.plugin_utils.executor import ApplyError, Executor
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.check.checking import (
    decision,
    of_a,
    of_b,
    problem,
    read,
    value,
)

WAIT = build.wanted_b().wait_timeout


def row(operation: str, code: str) -> Passing:
    """Return the row of the patience table for an answer of AWS."""
    (found,) = [item for item in patience.TABLE if operation in item.operations and item.code == code][:1]
    return found


def told(operation: str, code: str, step: str, resource: str, passes: bool = True) -> list[str]:
    """Return what a run shows while it waits for an answer to pass, and what it ends with if it does not."""
    lines, now = [], [0.0]
    answer = f"An error occurred ({code}) when calling the {operation} operation: {row(operation, code).says}"
    answers = [{"failed": True, "msg": answer}] + ([{}] if passes else [])

    def run(_call: Any) -> dict[str, Any]:
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    executor = Executor(run, dict, lambda line: lines.append(f"account B: {line}"), WAIT, sleep, lambda: now[0])
    call = {"module": "amazon.aws.any", "args": {}, "resource": resource}
    plan = {
        "side": "account B",
        "state": "absent",
        "stages": [[step]],
        "writes": {step: [call]},
        "conflicts": [],
        "incomplete": False,
    }
    try:
        executor.apply(plan)
    except ApplyError as error:
        lines.append(f"Account {build.B} (payments): {error}")
    return lines


def point(findings: Findings) -> list[str]:
    """Return the line of what is not ok."""
    return [item.line() for item in findings.points if item.status != "ok"]


def broken() -> list[str]:
    """Return a line of each kind that the check may show."""
    quotas = read("b")["quotas"]
    denied = value([decision("ec2:CreateVpc", allowed=False)])
    several = [
        of_a(facts=build.facts_a(cluster=None, cluster_names=["stock"])),
        of_a(regions=("me-south-1",)),
        of_b(read("b", rights=denied)),
        of_b(read("b", rights=problem("AccessDenied: no, the credentials may not iam:SimulatePrincipalPolicy"))),
        of_b(
            read("b", quotas={**quotas, "vpcs": value(5)}),
            facts=build.facts_b(vpcs=[build.vpc("v", "10.9.0.0/24")] * 5),
        ),
        of_b(facts=without_dns()),
        of_b(build_without_quota()),
    ]
    return [line for findings in several for line in point(findings)]


def without_dns() -> dict[str, Any]:
    facts = build.adopted_b()
    facts["vpc"] = {**facts["vpc"], "dns_support": False, "dns_hostnames": False}
    return facts


def build_without_quota() -> dict[str, Any]:
    found = read("b")
    return {**found, "quotas": {**found["quotas"], "standard_vcpus": problem("AccessDeniedException: no")}}


def waits() -> list[str]:
    """Return the table of waits: typical times by hand, limits out of the code."""
    less = f"{patience.PROPAGATION} s"
    a, b = "`dax_account_a_wait_timeout`", "`dax_account_b_wait_timeout`"
    either = f"{a}, {b}"
    late, kept = "AWS copies it to all of its parts", "AWS takes it away in the background"
    rows = [
        (
            "the cluster to be made, or deleted",
            "nodes are started",
            "10 to 15 minutes",
            f"{cluster.WAIT} s",
            "`wait_timeout`",
        ),
        ("a role, policy or profile to be seen by all of IAM", late, "5 to 15 s", less, f"{either} if less"),
        ("account B's role to be known in account A", late, "5 to 15 s", less, f"{a} if less"),
        ("an instance profile and its role to be known to EC2", late, "5 to 20 s", less, f"{b} if less"),
        ("a VPC, subnet, group or gateway to be seen by all of EC2", late, "0 to 5 s", less, f"{b} if less"),
        (
            "the instance to run, or to be terminated",
            "it boots or shuts down",
            "30 to 90 s",
            f"{MODULE_WAIT} s",
            "none",
        ),
        ("the connection to be active", "both sides are told", "1 to 10 s", f"{WAIT} s", either),
        ("groups, subnets, gateway and VPC to be let go of", kept, "up to a minute", f"{WAIT} s", b),
        ("VPC endpoints to be made, or deleted", "interfaces come and go", "1 to 5 minutes", f"{WAIT} s", b),
    ]
    head = ["| What is waited for | Why | Typical | At most | Variable |", "| --- | --- | --- | --- | --- |"]
    return [*head, *(f"| {' | '.join(cells)} |" for cells in rows)]


def whole(findings: Findings) -> list[str]:
    return findings.lines()


CASES: dict[str, Callable[[], list[str]]] = {
    "check": lambda: [*whole(of_a()), *whole(of_b())],
    "check, broken": broken,
    "late role": lambda: told(
        "PutRolePolicy", "NoSuchEntity", "policy", "policy AssumeDaxRolePolicy of role AssumeDaxRole"
    ),
    "late profile": lambda: told("RunInstances", "InvalidParameterValue", "instance", "instance payments"),
    "held": lambda: told("DeleteSubnet", "DependencyViolation", "subnets", "subnet subnet-0aaaaaaaaaaaaaaaa"),
    "held for too long": lambda: told(
        "DeleteSubnet", "DependencyViolation", "subnets", "subnet subnet-0aaaaaaaaaaaaaaaa", passes=False
    )[-1:],
}
TABLES: dict[str, Callable[[], list[str]]] = {"waits": cast(Any, waits)}
