# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What IAM says of a healthy pair: both roles with all their policies, the service role, and what the instance has."""

from __future__ import annotations

from typing import Any

from ansible_collections.dax.cross_account.plugins.module_utils.common.policies import (
    assume_role_policy,
    dax_policy,
    service_trust,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

TABLE = f"arn:aws:dynamodb:{build.REGION}:{build.A}:table/orders"
SERVICE_ROLE = "DAXServiceRole"
_TABLE_ACTIONS = ["DescribeTable", "GetItem", "BatchGetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem"]
TABLE_ACTIONS = [f"dynamodb:{name}" for name in (*_TABLE_ACTIONS, "BatchWriteItem", "ConditionCheckItem")]


def details(role: dict[str, Any], boundary: dict[str, Any] | None = None) -> dict[str, Any]:
    """A role with the documents of its inline policies, as the doctor reads it."""
    policies = [named(name, document) for name, document in role["inline_policies"].items()]
    return {**role, "policies": policies, "boundary": boundary}


def named(name: str, document: dict[str, Any], arn: str | None = None) -> dict[str, Any]:
    return {"name": name, "arn": arn, "document": document}


def role_a(marks: dict[str, str]) -> dict[str, Any]:
    """Account A's role, as site.yml leaves it."""
    policies = {"DaxCrossAccountPolicy": dax_policy(build.CLUSTER_ARN, "read_write")}
    trust = build.policy(build.trust(build.ROLE_B))
    return details(build.role("DaxCrossAccountRole", trust, inline_policies=policies, tags=dict(marks)))


def role_b() -> dict[str, Any]:
    """The consumer's role, as site.yml leaves it."""
    role = {**build.built_b()["role"], "trust": service_trust("ec2.amazonaws.com"), "role_id": "AROACONSUMER"}
    return details({**role, "inline_policies": {"AssumeDaxRolePolicy": assume_role_policy(build.ROLE_A)}})


def service_role() -> dict[str, Any]:
    """The role with which DAX uses DynamoDB: nothing of this collection."""
    allow = {"Effect": "Allow", "Action": list(TABLE_ACTIONS), "Resource": [TABLE, f"{TABLE}/index/*"]}
    trust = service_trust("dax.amazonaws.com")
    return details(build.role(SERVICE_ROLE, trust, inline_policies={"Tables": build.policy(allow)}))


def readings_a(marks: dict[str, str]) -> dict[str, Any]:
    return {"role": role_a(marks), "service_role": service_role()}


def readings_b(marks: dict[str, str]) -> dict[str, Any]:
    """The IAM readings of account B and its instance, which has its profile."""
    built = build.built_b()
    instance = {**built["instances"][0], "subnet_id": "subnet-b1", "vpc_id": build.VPC_B, "tags": marks}
    profile = {**built["instance_profile"], "arn": instance["instance_profile_arn"]}
    return {"instance": instance, "instance_profile": profile, "role": role_b()}
