# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""States of docs/what_it_does_when.md: accounts that another tool, such as Terraform, has joined already."""

from __future__ import annotations

from typing import Any

from ansible_collections.dax.cross_account.plugins.module_utils.common.policies import assume_role_policy, dax_policy
from ansible_collections.dax.cross_account.tests.unit.docs.plan_cases import Case, a, b, granted
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

THEIRS = {"ManagedBy": "terraform"}
FOR_EC2 = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
NAMED = {"security_group_id": "sg-b", "instance": False, "sts_access": "existing", "vpc_id": build.VPC_B}


def joined_a(**more: Any) -> dict[str, Any]:
    """Account A with role, policy, active connection, routes and rule, none of them ours."""
    rule = build.our_rule(description="DAX from payments", tags=THEIRS)
    trusting = build.policy(build.trust(build.ROLE_B, sid="Payments"))
    policies = {"dax": dax_policy(build.CLUSTER_ARN, "read_write")}
    there = {
        **granted(),
        "peerings": [build.peering(tags=THEIRS)],
        "security_groups": [build.group("sg-a", rule)],
        "role": build.role("DaxCrossAccountRole", trusting, tags=THEIRS, inline_policies=policies),
    }
    return build.facts_a(**{**there, **more})


def moved_role() -> dict[str, Any]:
    """The role of joined_a() after a run: with our statement, policy and register beside theirs."""
    trusting = build.policy(build.trust(build.ROLE_B, sid="Payments"), build.trust(build.ROLE_B))
    policies = {name: dax_policy(build.CLUSTER_ARN, "read_write") for name in ("dax", "DaxCrossAccountPolicy")}
    tags = {**THEIRS, f"{build.CONSUMER}:{build.KEY}": build.ROLE_B}
    return build.role("DaxCrossAccountRole", trusting, tags=tags, inline_policies=policies)


def joined_b() -> dict[str, Any]:
    """Account B with VPC, routes, group, role, policy and profile, none of them ours."""
    policies = {"assume": assume_role_policy(build.ROLE_A)}
    role = build.role("AssumeDaxRole", build.policy(FOR_EC2), build.B, tags=THEIRS, inline_policies=policies)
    group = build.group("sg-b", name="app", tags=THEIRS)
    facts = build.adopted_b(role=role, peerings=[build.peering(tags=THEIRS)], security_groups=[group])
    facts["instance_profile"] = {
        "instance_profile_name": "AssumeDaxInstanceProfile",
        "instance_profile_id": build.PROFILE_ID,
        "arn": f"arn:aws:iam::{build.B}:instance-profile/AssumeDaxInstanceProfile",
        "path": "/",
        "role_names": ["AssumeDaxRole"],
        "tags": THEIRS,
    }
    for table in facts["route_tables"][:2]:
        table["routes"].append(build.route(build.BLOCK_A, "pcx-1"))
    return facts


ADOPTION_CASES: dict[str, Case] = {
    "joined by another tool, account A": lambda: a(joined_a(), build.consumer()),
    "joined by another tool, account B": lambda: b(joined_b(), **NAMED),
    "joined by another tool, the name of its policy": lambda: b(joined_b(), **NAMED, policy_name="assume"),
    "joined by another tool, teardown": lambda: a(joined_a(role=moved_role()), build.consumer(), state="absent"),
    "joined by another tool, policy of the same name": lambda: a(
        joined_a(
            role=build.role(
                "DaxCrossAccountRole",
                build.policy(build.trust(build.ROLE_B, sid="Payments")),
                inline_policies={"DaxCrossAccountPolicy": dax_policy(build.CLUSTER_ARN, "read_only")},
            )
        ),
        build.consumer(),
        about=("policy Dax",),
    ),
}
