# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Link 6, the cluster's service role: what DAX may do on DynamoDB, which is what each consumer may do through it. Pure.

DAX has no rights for a single table: whoever may use the cluster reads and writes with the rights of its service role.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.access-control.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ...common.doctor import RoleDetails
from ...common.policies import READ_ACTIONS, service_trust, statements
from .allowance import allowing, text_of, trusting, verdict_of
from .iam import Decision, Request, decide_for_role, decide_trust
from .iam_matching import Context, Principal, as_list, pattern_of
from .iam_requests import service_request
from .model import A, Finding, Unreadable, Verdict, check
from .pair import Pair
from .rights import wanted_actions

_SERVICE = "dax.amazonaws.com"
_REFUSED = "is not authorized to perform: dynamodb:"


def _service_role(pair: Pair) -> RoleDetails:
    """Return the cluster's service role.

    :raises Unreadable: where it is missing, which cluster.service_role says.
    """
    role: RoleDetails | None = pair.read_a("service_role")
    if role is None:
        raise Unreadable(A, "service role of the cluster", "it is not known")
    return role


def _actions(pair: Pair) -> list[str]:
    """Return what a cluster calls: DescribeTable, and for each call of a client the one of the same name."""
    return ["dynamodb:DescribeTable", *(item.replace("dax:", "dynamodb:") for item in wanted_actions(pair))]


@check("cluster.service_role", "The cluster's service role is there and trusts DAX")
def trusts_dax(pair: Pair) -> Iterator[Finding]:
    cluster = pair.cluster()
    arn = str(cluster.get("iam_role_arn") or "")
    role: RoleDetails | None = pair.read_a("service_role")
    subject = f"service role {arn.rpartition('/')[2]} of {cluster['cluster_name']}"
    if role is None:
        if not arn:
            raise Unreadable(A, subject, "its name is not known")
        name = arn.rpartition("/")[2]
        create = ("aws", "iam", "create-role", "--role-name", name, "--assume-role-policy-document")
        fix = pair.run(
            "make the role anew, with its rights on the tables", False, A, (*create, text_of(service_trust(_SERVICE)))
        )
        yield Finding("cluster.service_role", "broken", A, subject, "there is no such role", arn, fix)
        return
    request = Request("sts:AssumeRole", role["arn"], Context({}), Principal(_SERVICE))
    decision = decide_trust(role["trust"], request)
    verdict = verdict_of(decision)
    if verdict != "broken":
        told = f"it trusts {_SERVICE}" if decision.allowed else decision.words()
        yield Finding("cluster.service_role", verdict, A, subject, told, evidence={"arn": role["arn"]})
        return
    fix = pair.run(f"let it trust {_SERVICE}", False, A, trusting(role, service_trust(_SERVICE)))
    yield Finding("cluster.service_role", "broken", A, subject, "it does not trust DAX", f"it trusts {_SERVICE}", fix)


@check(
    "cluster.service_rights", "The cluster's service role may use DynamoDB", ("python", _REFUSED), ("java", _REFUSED)
)
def may_use_dynamodb(pair: Pair) -> Iterator[Finding]:
    role = _service_role(pair)
    tables = _tables(role)
    subject = f"service role {role['role_name']}: rights on DynamoDB"
    decisions = {action: _anywhere(pair, role, action, tables) for action in _actions(pair)}
    reading = ("dynamodb:DescribeTable", *(item.replace("dax:", "dynamodb:") for item in READ_ACTIONS))
    missing = [
        action for action, decision in decisions.items() if decision.result in ("implicit_deny", "explicit_deny")
    ]
    if missing:
        # A service role that writes less than the consumer is given may be meant so.
        verdict: Verdict = "broken" if any(action in reading for action in missing) else "warning"
        command = allowing(role, missing, _all_tables(pair))
        told = f"no table is open to {', '.join(missing)}"
        fix = pair.run("allow them; name the tables in place of *", False, A, command)
        yield Finding("cluster.service_rights", verdict, A, subject, told, ", ".join(decisions), fix)
        return
    unknown = next((item for item in decisions.values() if item.result == "unknown"), None)
    told = unknown.words() if unknown else f"{len(decisions)} actions on {', '.join(tables)}"
    yield Finding("cluster.service_rights", "unknown" if unknown else "ok", A, subject, told)


def _anywhere(pair: Pair, role: RoleDetails, action: str, tables: list[str]) -> Decision:
    """Return the best decision on an action over all tables that the role's policies name."""
    found = [_decide(pair, role, action, table) for table in tables]
    order = ("allowed", "unknown", "explicit_deny", "implicit_deny")
    return min(found, key=lambda item: order.index(item.result), default=Decision("implicit_deny"))


def _decide(pair: Pair, role: RoleDetails, action: str, table: str) -> Decision:
    """Decide on an action on a resource as a policy names it: a wildcard in it stands for itself."""
    context = service_request(pair, role, action, table).context
    return decide_for_role(role, service_request(pair, role, action, pattern_of(table, context, True).literal()))


def _tables(role: RoleDetails) -> list[str]:
    """Return the resources of DynamoDB that the allowing statements of a role name; indexes and streams aside."""
    found = [
        str(resource)
        for policy in role["policies"]
        for statement in statements(policy["document"])
        if statement.get("Effect") == "Allow" and _is_about_dynamodb(statement)
        for resource in as_list(statement.get("Resource", "*"))
        if "/index/" not in str(resource) and "/stream/" not in str(resource)
    ]
    return list(dict.fromkeys(found))


def _is_about_dynamodb(statement: dict[str, object]) -> bool:
    actions = [str(action).lower() for action in as_list(statement.get("Action"))]
    return "NotAction" in statement or any(item.startswith("dynamodb:") or item == "*" for item in actions)


def _all_tables(pair: Pair) -> str:
    arn = pair.cluster_arn().split(":")
    return f"arn:{arn[1]}:dynamodb:{arn[3]}:{arn[4]}:table/*"


@check("cluster.blast_radius", "What each consumer may do through the cluster")
def blast_radius(pair: Pair) -> Iterator[Finding]:
    role = _service_role(pair)
    open_to = {table: _open_actions(pair, role, table) for table in _tables(role)}
    subject = f"tables open through {role['role_name']}"
    for table, actions in open_to.items():
        if not actions:
            continue
        everything = table == "*" or table.endswith((":*", "table/*", "dynamodb:*"))
        told = f"{', '.join(actions)} on {table}"
        if everything:
            told = f"every table of the account is open to every consumer: {told}"
        evidence = {"table": table, "actions": actions}
        yield Finding("cluster.blast_radius", "warning" if everything else "ok", A, subject, told, evidence=evidence)


def _open_actions(pair: Pair, role: RoleDetails, table: str) -> list[str]:
    asked = ((action, _decide(pair, role, action, table)) for action in _actions(pair))
    return [action.partition(":")[2] for action, decision in asked if decision.result in ("allowed", "unknown")]
