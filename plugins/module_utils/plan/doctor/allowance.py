# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which part of a set of policies stands in the way of a call, and the commands that take it away. Pure, no AWS."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ...common.doctor import NamedPolicy, RoleDetails
from ...common.policies import POLICY_VERSION, statements
from .iam import Decision, Request, decide
from .iam_matching import Context
from .model import Verdict

Command = tuple[str, ...]
DOCTOR_POLICY = "DaxCrossAccountDoctor"  # begins the names of inline policies that the doctor's commands write


def verdict_of(decision: Decision) -> Verdict:
    verdicts: dict[str, Verdict] = {"allowed": "ok", "unknown": "unknown"}
    return verdicts.get(decision.result, "broken")


def grant(policies: Iterable[NamedPolicy], request: Request, resource_based: bool = False) -> Decision:
    """Decide without denies and without conditions: is the call named at all?"""
    return decide(_only_allows(policies, conditions=False), request, resource_based)


def held(policies: Iterable[NamedPolicy], request: Request, resource_based: bool = False) -> Decision:
    """Decide without denies: do the conditions of what allows the call hold?"""
    return decide(_only_allows(policies), request, resource_based)


def denial(policies: Iterable[NamedPolicy], request: Request, resource_based: bool = False) -> Decision:
    """Decide on the denies alone: ``explicit_deny``, ``unknown``, or ``allowed`` if none is about the call."""
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    if resource_based:
        everything = {"Effect": "Allow", "Action": "*", "Principal": "*"}
    allow: NamedPolicy = {"name": "", "arn": None, "document": {"Version": POLICY_VERSION, "Statement": [everything]}}
    return decide([*policies, allow], request, resource_based)


def freely(request: Request) -> Request:
    """Return the request as one whose condition keys are all unknown."""
    return replace(request, context=Context({}))


def _only_allows(policies: Iterable[NamedPolicy], conditions: bool = True) -> list[NamedPolicy]:
    def kept(statement: dict[str, Any], number: int) -> dict[str, Any]:
        left = {key: value for key, value in statement.items() if conditions or key != "Condition"}
        return {"Sid": str(number), **left}  # the number that it has among all

    found: list[NamedPolicy] = []
    for policy in policies:
        numbered = enumerate(statements(policy["document"]), start=1)
        allows = [kept(item, number) for number, item in numbered if item.get("Effect") == "Allow"]
        found.append({**policy, "document": {**policy["document"], "Statement": allows}})
    return found


def without(document: dict[str, Any], statement: str) -> dict[str, Any]:
    """Return a policy without one of its statements, by its ``Sid`` or its number."""
    numbered = enumerate(statements(document), start=1)
    return {
        **document,
        "Statement": [item for number, item in numbered if str(item.get("Sid") or number) != statement],
    }


def with_statement(document: dict[str, Any], statement: dict[str, Any]) -> dict[str, Any]:
    return {**document, "Statement": [*statements(document), statement]}


def text_of(document: dict[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"))


def allowing(role: RoleDetails, actions: list[str], resource: str) -> Command:
    """Return the command that gives a role a policy with which it may make calls."""
    statement = {"Effect": "Allow", "Action": actions if len(actions) > 1 else actions[0], "Resource": resource}
    name = DOCTOR_POLICY + actions[0].partition(":")[2]
    return _put(role, name, {"Version": POLICY_VERSION, "Statement": [statement]})


def _put(role: RoleDetails, name: str, document: dict[str, Any]) -> Command:
    command = ("aws", "iam", "put-role-policy", "--role-name", role["role_name"], "--policy-name", name)
    return (*command, "--policy-document", text_of(document))


def taking_out(role: RoleDetails, policy: NamedPolicy, statement: str) -> Command:
    """Return the command that takes a statement out of one of a role's policies, or the policy if it has no other."""
    left = without(policy["document"], statement)
    name = role["role_name"]
    if policy["arn"] is None:
        if not left["Statement"]:
            return ("aws", "iam", "delete-role-policy", "--role-name", name, "--policy-name", policy["name"])
        return _put(role, policy["name"], left)
    if not left["Statement"] or _is_aws(policy):
        return ("aws", "iam", "detach-role-policy", "--role-name", name, "--policy-arn", policy["arn"])
    return new_version(policy, left)


def widening(role: RoleDetails, boundary: NamedPolicy, actions: list[str], resource: str) -> Command:
    """Return the command with which a boundary lets calls pass, and nothing more."""
    if _is_aws(boundary):
        return ("aws", "iam", "delete-role-permissions-boundary", "--role-name", role["role_name"])
    statement = {"Effect": "Allow", "Action": actions if len(actions) > 1 else actions[0], "Resource": resource}
    return new_version(boundary, with_statement(boundary["document"], statement))


def new_version(policy: NamedPolicy, document: dict[str, Any]) -> Command:
    command = ("aws", "iam", "create-policy-version", "--policy-arn", str(policy["arn"]), "--set-as-default")
    return (*command, "--policy-document", text_of(document))


def trusting(role: RoleDetails, document: dict[str, Any]) -> Command:
    """Return the command that writes the trust policy of a role."""
    command = ("aws", "iam", "update-assume-role-policy", "--role-name", role["role_name"])
    return (*command, "--policy-document", text_of(document))


def with_result_of(command: Command, inner: Command) -> Command:
    """Return a command whose last argument is what another one prints, such as an id that only AWS knows."""
    return ("sh", "-c", f"{shlex.join(command)} $({shlex.join((*inner, '--output', 'text'))})")


def _is_aws(policy: NamedPolicy) -> bool:
    """Tell whether a policy is AWS's own, which nobody changes."""
    return ":iam::aws:policy/" in str(policy["arn"])
