# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access control: which DAX actions an operation needs, and whether the caller has them.

DAX has one kind of resource, the cluster, and no resource policies: a principal of another account is refused
whatever its own policies say. That is why a consumer assumes a role in the cluster's account.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dax_emulator.access.policy import Decision
from dax_emulator.dataplane.auth import Credential, PolicySource
from dax_emulator.dataplane.constants import OPERATIONS, Method, TransactOperation
from dax_emulator.dataplane.errors import DaxError

_OPEN = {
    Method.ENDPOINTS,
    Method.DEFINE_KEY_SCHEMA,
    Method.DEFINE_ATTRIBUTE_LIST,
    Method.DEFINE_ATTRIBUTE_LIST_ID,
}
_TRANSACT_ACTIONS = {
    TransactOperation.PUT: "dax:PutItem",
    TransactOperation.DELETE: "dax:DeleteItem",
    TransactOperation.UPDATE: "dax:UpdateItem",
    TransactOperation.CHECK: "dax:ConditionCheckItem",
}


def actions_of(method: Method, arguments: list[Any]) -> set[str]:
    """Return the IAM actions that a request needs. Transactions need those of the items in them."""
    if method in _OPEN:
        return set()
    if method == Method.TRANSACT_GET_ITEMS:
        return {"dax:GetItem"}
    if method == Method.TRANSACT_WRITE_ITEMS:
        return {_TRANSACT_ACTIONS[TransactOperation(operation)] for operation in arguments[0]}
    return {f"dax:{OPERATIONS[method]}"}


def require(
    actions: Iterable[str], method: Method, cluster_arn: str, credential: Credential, source: PolicySource
) -> None:
    """Raise AccessDeniedException unless the caller may do all of this on the cluster."""
    account = cluster_arn.split(":")[4]
    policies = source.policies(credential)
    context = {"aws:PrincipalArn": credential.principal.role_arn or credential.principal.arn}
    if method in (Method.TRANSACT_GET_ITEMS, Method.TRANSACT_WRITE_ITEMS):
        context["dax:EnclosingOperation"] = OPERATIONS[method]
    for action in sorted(actions):
        if credential.principal.account != account:
            raise _denied(credential, action, cluster_arn, "because the cluster belongs to another account")
        decision = policies.decide(action, cluster_arn, context)
        if decision == Decision.EXPLICIT_DENY:
            raise _denied(credential, action, cluster_arn, "with an explicit deny in an identity-based policy")
        if decision == Decision.IMPLICIT_DENY:
            reason = f"because no identity-based policy allows the {action} action"
            raise _denied(credential, action, cluster_arn, reason)


def _denied(credential: Credential, action: str, resource: str, reason: str) -> DaxError:
    return DaxError(
        "AccessDeniedException",
        f"User: {credential.principal.arn} is not authorized to perform: {action} on resource: {resource} {reason}",
    )
