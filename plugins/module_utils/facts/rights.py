# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the caller's policies allow what a run does, asked of IAM's policy simulator. Reads only.

Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code

from ..common.prerequisites import Decision, Probe
from ..common.shapes import Identity

_SESSION = re.compile(r"arn:(?P<partition>[\w-]+):sts::(?P<account>\d{12}):assumed-role/(?P<role>[^/]+)/.+")


class NotSimulated(ValueError):
    """Nobody can ask about this caller; the message says why."""


def principal_of(iam: Any, identity: Identity) -> str | None:
    """Return the ARN of the user or role whose policies count for the caller; None for the root user.

    An assumed role's ARN lacks the role's path, so the role is looked up.

    :raises NotSimulated: for a caller that is neither.
    """
    arn = identity["arn"]
    if arn.endswith(":root"):
        return None
    session = _SESSION.fullmatch(arn)
    if session is None:
        if ":user/" in arn:
            return arn
        raise NotSimulated(f"{arn} is neither a user nor an assumed role")
    try:
        return str(iam.get_role(RoleName=session["role"])["Role"]["Arn"])
    except is_boto3_error_code("AccessDenied"):
        # Without a path, as most roles are; the simulator says so if there is no such role.
        return f"arn:{session['partition']}:iam::{session['account']}:role/{session['role']}"


def simulate(iam: Any, principal: str, probes: list[Probe]) -> list[Decision]:
    """Return what the simulator says of each action of each probe on each of its resources."""
    return [decision for probe in probes for decision in _simulate(iam, principal, probe)]


def _simulate(iam: Any, principal: str, probe: Probe) -> Iterator[Decision]:
    context = [
        {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
        for key, value in probe["context"].items()
    ]
    pages = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=principal,
        ActionNames=probe["actions"],
        ResourceArns=probe["resources"],
        **({"ContextEntries": context} if context else {}),
    )
    for result in pages.build_full_result().get("EvaluationResults", []):
        # AWS answers for each resource inside of the one result of an action, or with a result for each of them.
        each = result.get("ResourceSpecificResults") or [result]
        for item in each:
            yield {
                "sid": probe["sid"],
                "action": result["EvalActionName"],
                "resource": item.get("EvalResourceName") or "*",
                "allowed": item.get("EvalResourceDecision", item.get("EvalDecision")) == "allowed",
                "by": _denied_by(result, item),
                "missing_keys": sorted({*(item.get("MissingContextValues") or [])}),
            }


def _denied_by(result: dict[str, Any], item: dict[str, Any]) -> str:
    organization = result.get("OrganizationsDecisionDetail") or {}
    boundary = item.get("PermissionsBoundaryDecisionDetail") or result.get("PermissionsBoundaryDecisionDetail") or {}
    if organization.get("AllowedByOrganizations") is False:
        return "organization"
    return "boundary" if boundary.get("AllowedByPermissionsBoundary") is False else "policy"
