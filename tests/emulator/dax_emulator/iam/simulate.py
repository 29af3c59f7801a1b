# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SimulatePrincipalPolicy, by the same evaluation as everything else."""

from __future__ import annotations

from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.access import principals
from dax_emulator.access.policy import Decision, PolicySet
from dax_emulator.base.errors import aws_error
from dax_emulator.base.iam_state import find_role, find_user
from dax_emulator.base.overrides import Proceed, override

_WORDS = {
    Decision.ALLOW: "allowed",
    Decision.IMPLICIT_DENY: "implicitDeny",
    Decision.EXPLICIT_DENY: "explicitDeny",
}


@override("iam", "SimulatePrincipalPolicy")
def simulate(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    arn = request["PolicySourceArn"]
    if find_role(arn) is not None:
        policies = PolicySet(principals.role_policies(arn), principals.role_boundary(arn))
    elif find_user(arn) is not None:
        policies = PolicySet(principals.user_policies(arn))
    else:
        raise aws_error("NoSuchEntity", f"The entity {arn} cannot be found.", 404)
    keys = {
        entry["ContextKeyName"]: entry.get("ContextKeyValues") or [] for entry in request.get("ContextEntries") or []
    }
    results = [
        {
            "EvalActionName": action,
            "EvalResourceName": resource,
            "EvalDecision": _WORDS[policies.decide(action, resource, keys)],
            "MatchedStatements": [],
            "MissingContextValues": [],
        }
        for action in request["ActionNames"]
        for resource in request.get("ResourceArns") or ["*"]
    ]
    return {"EvaluationResults": results, "IsTruncated": False}
