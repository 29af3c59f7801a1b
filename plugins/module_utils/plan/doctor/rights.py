# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Link 5: what account A's role may do on the cluster. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...common.doctor import RoleDetails
from ...common.policies import READ_ACTIONS, WRITE_ACTIONS, statements
from .allowance import Command, allowing, denial, grant, held, taking_out, widening
from .iam import Decision, Request, decide
from .iam_matching import as_list
from .iam_requests import assumed_role, dax_request
from .model import A, Finding, Fix, Verdict, check
from .pair import Pair, is_managed

_SYMPTOMS = tuple(
    (language, "is not authorized to perform: dax:GetItem on resource: arn:aws:dax:")
    for language in ("python", "nodejs", "java", "go", "dotnet")
)


def wanted_actions(pair: Pair) -> tuple[str, ...]:
    """The actions that the consumer needs: all nine, or the four that read."""
    return READ_ACTIONS if pair.wanted.access == "read" else READ_ACTIONS + WRITE_ACTIONS


def _decisions(pair: Pair, ask: Callable[[Request], Decision]) -> dict[str, Decision]:
    return {action: ask(dax_request(pair, action)) for action in wanted_actions(pair)}


def _of(decisions: dict[str, Decision], result: str) -> list[str]:
    return [action for action, decision in decisions.items() if decision.result == result]


def _words(decisions: dict[str, Decision], result: str) -> str:
    return "; ".join(dict.fromkeys(item.words() for item in decisions.values() if item.result == result))


@check("rights.actions", "A policy of account A's role allows the dax: actions on this cluster", *_SYMPTOMS)
def allows_actions(pair: Pair) -> Iterator[Finding]:
    role, arn = assumed_role(pair), pair.cluster_arn()
    decisions = _decisions(pair, lambda request: grant(role["policies"], request))
    missing, unknown = _of(decisions, "implicit_deny"), _of(decisions, "unknown")
    subject = f"role {role['role_name']} on {arn}"
    evidence = {"wanted": list(decisions), "missing": missing}
    if missing:
        others = _resources(role)
        found = f"no policy allows {', '.join(missing)}"
        if others and len(missing) == len(decisions):
            found += f"; there are dax: actions on {', '.join(others)}"
        fix = _write_policy(pair, role, missing)
        yield Finding("rights.actions", "broken", A, subject, found, ", ".join(decisions), fix, evidence)
    elif unknown:
        yield Finding("rights.actions", "unknown", A, subject, _words(decisions, "unknown"), evidence=evidence)
    else:
        yield Finding("rights.actions", "ok", A, subject, f"all {len(decisions)} actions", evidence=evidence)


def _write_policy(pair: Pair, role: RoleDetails, actions: list[str]) -> Fix:
    command = allowing(role, actions, pair.cluster_arn())
    return pair.run("run it again: the policy is written anew", is_managed(role["tags"]), A, command)


def _resources(role: RoleDetails) -> list[str]:
    """Return the resources on which a role's policies allow actions of DAX."""
    return [
        str(resource)
        for policy in role["policies"]
        for statement in statements(policy["document"])
        if any(str(action).lower().startswith("dax:") for action in as_list(statement.get("Action")))
        for resource in as_list(statement.get("Resource"))
    ]


@check("rights.conditions", "The conditions of these policies hold", *_SYMPTOMS)
def conditions_hold(pair: Pair) -> Iterator[Finding]:
    role = assumed_role(pair)
    named = _decisions(pair, lambda request: grant(role["policies"], request))
    decisions = _decisions(pair, lambda request: held(role["policies"], request))
    failing = [action for action in _of(decisions, "implicit_deny") if named[action].allowed]
    subject = f"role {role['role_name']}: conditions"
    if failing:
        found = f"they do not hold for {', '.join(failing)}"
        fix = _write_policy(pair, role, failing)
        yield Finding("rights.conditions", "broken", A, subject, found, "conditions that hold", fix)
    elif _of(decisions, "unknown"):
        yield Finding("rights.conditions", "unknown", A, subject, _words(decisions, "unknown"))


@check("rights.deny", "No policy of account A's role denies them", *_SYMPTOMS)
def nothing_denies(pair: Pair) -> Iterator[Finding]:
    role = assumed_role(pair)
    decisions = _decisions(pair, lambda request: denial(role["policies"], request))
    denied, subject = _of(decisions, "explicit_deny"), f"role {role['role_name']}: denies"
    if denied:
        places = dict.fromkeys((decisions[action].policy, decisions[action].statement) for action in denied)
        policies = {policy["name"]: policy for policy in role["policies"]}
        commands = [taking_out(role, policies[name], statement) for name, statement in places]
        fix = pair.run("take the statements out", False, A, *commands)
        found = f"{', '.join(denied)}: {_words(decisions, 'explicit_deny')}"
        yield Finding("rights.deny", "broken", A, subject, found, "no deny", fix)
    elif _of(decisions, "unknown"):
        yield Finding("rights.deny", "unknown", A, subject, _words(decisions, "unknown"))
    else:
        yield Finding("rights.deny", "ok", A, subject, "none")


@check("rights.boundary", "The permissions boundary of account A's role lets them pass", *_SYMPTOMS)
def boundary_allows(pair: Pair) -> Iterator[Finding]:
    role, arn = assumed_role(pair), pair.cluster_arn()
    boundary = role["boundary"]
    if boundary is None:
        return
    limit = boundary
    decisions = _decisions(pair, lambda request: decide([limit], request))
    stopped, denied = _of(decisions, "implicit_deny"), _of(decisions, "explicit_deny")
    subject = f"permissions boundary {boundary['name']} of {role['role_name']}"
    if stopped or denied:
        command: Command = ("aws", "iam", "delete-role-permissions-boundary", "--role-name", role["role_name"])
        if not denied:
            command = widening(role, boundary, stopped, arn)
        fix = pair.run("let the boundary allow them, or take another one", False, A, command)
        found = f"it lets no {', '.join(stopped + denied)} pass"
        yield Finding("rights.boundary", "broken", A, subject, found, ", ".join(decisions), fix)
        return
    verdict: Verdict = "unknown" if _of(decisions, "unknown") else "ok"
    told = _words(decisions, "unknown") or "it lets all pass"
    yield Finding("rights.boundary", verdict, A, subject, told, evidence={"arn": boundary["arn"]})
