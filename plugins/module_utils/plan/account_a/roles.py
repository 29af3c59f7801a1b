# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Account A's role, or one role for each consumer: trust, policy, settings, or their end. Pure, no AWS."""

from __future__ import annotations

from typing import Any

from ..model import Plan
from ...common.documents import consumer_role_name
from ...common.ownership import (
    TAG_CLUSTER,
    TAG_REGISTER,
    is_ours,
    ownership_tags,
    registered_consumers,
)
from .consumers import Consumers
from ..role import compare_settings, current_settings, role_write, wanted_settings
from ...common.policies import (
    dax_policy,
    dead_principals,
    foreign_statements,
    merged_trust,
    policy_size,
    same_policy,
    trusted_principals,
)

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
ROLE_NAME_LIMIT = 64
ROLE_TAG_LIMIT = 50


def plan_roles(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any], consumers: Consumers) -> None:
    """Plan the role that the consumers assume, or one role for each of them."""
    plan.writes |= {"roles": [], "policies": []}
    if not wanted["role_per_consumer"]:
        _plan_role(plan, facts, wanted, facts["role"], consumers)
        return
    for key in [*consumers.present, *consumers.kept, *consumers.gone]:
        name = consumer_role_name(wanted["role_name"], key)
        if len(name) > ROLE_NAME_LIMIT:
            why = f"has {len(name)} characters, IAM takes {ROLE_NAME_LIMIT}; shorten dax_account_a_role_name"
            plan.conflict("role", f"role {name}", f"{why} or dax_account_b_name")
            continue
        one = {**wanted, "role_name": name}
        _plan_role(plan, facts, one, facts["consumer_roles"].get(name), consumers.only(key))
    shared = facts["role"]
    if shared and is_ours(shared["tags"], facts["cluster"]["cluster_arn"]):
        everybody = [*consumers.present, *consumers.kept, *consumers.gone, *registered_consumers(shared["tags"])]
        _plan_role(plan, facts, wanted, shared, consumers.leaving(everybody))


def _plan_role(
    plan: Plan, facts: dict[str, Any], wanted: dict[str, Any], role: dict[str, Any] | None, consumers: Consumers
) -> None:
    """Plan one role: its trust, its policy, its settings, or its end."""
    cluster_arn, name = facts["cluster"]["cluster_arn"], wanted["role_name"]
    if role and role["tags"].get(TAG_CLUSTER, cluster_arn) != cluster_arn:
        why = f"serves {role['tags'][TAG_CLUSTER]}; give this cluster another dax_account_a_role_name"
        plan.conflict("role", f"role {name}", why)
        return
    current = trusted_principals(role["trust"]) if role else {}
    principals = _principals(wanted, consumers, role, current)
    if not consumers.present and not role:
        return
    trust = merged_trust(role["trust"] if role else None, principals, wanted["session_name_pattern"])
    if role and (trust is None or not (principals or consumers.present or consumers.kept)):
        # A run that takes nothing away leaves a role that nobody can use, which may be a stranger's, as it is.
        if consumers.gone or (wanted["state"] == "absent" and not consumers.kept):
            _plan_role_end(plan, wanted, role, cluster_arn, trust)
        return
    _check_trust_size(plan, wanted, trust)
    ours = role is None or is_ours(role["tags"], cluster_arn)
    settings = wanted_settings(wanted) if ours or role is None else current_settings(role)
    tags = _role_tags(wanted, role, consumers, cluster_arn, ours)
    resource = f"role {name}"
    if len(tags) > ROLE_TAG_LIMIT:
        why = f"would have {len(tags)} tags, one for each consumer among them, and IAM takes {ROLE_TAG_LIMIT}"
        plan.conflict("role", resource, f"{why}; give each consumer a role of its own: dax_account_a_role_per_consumer")
    if role is None:
        plan.add("role", "create", resource, after={"trust": sorted(principals)})
        plan.writes["roles"].append(role_write(role, name, wanted["role_path"], trust, tags, settings))
    else:
        before = len(plan.actions)
        _compare_role(plan, resource, role, trust, current, principals, settings, tags)
        if len(plan.actions) > before:
            plan.writes["roles"].append(role_write(role, name, wanted["role_path"], trust, tags, settings))
    _plan_policy(plan, facts, wanted, role)


def _principals(
    wanted: dict[str, Any], consumers: Consumers, role: dict[str, Any] | None, current: dict[str, str | None]
) -> dict[str, str | None]:
    """Return whom our statements must name: consumers of this run, and kept ones that are named now."""
    principals = {
        consumer["role_arn"]: consumer["external_id"] or wanted["external_id"] or None
        for consumer in consumers.present.values()
    }
    registered = registered_consumers(role["tags"]) if role else {}
    leaving = {consumer["role_arn"] for consumer in consumers.gone_documents.values()}
    for key in consumers.kept:
        arn = registered.get(key)
        if arn in current and arn not in leaving:
            principals.setdefault(arn, current[arn])
    return principals


def _role_tags(
    wanted: dict[str, Any], role: dict[str, Any] | None, consumers: Consumers, cluster_arn: str, ours: bool
) -> dict[str, str]:
    """Return the role's whole set of tags: strangers' as they are, ours, and the register of consumers."""
    tags = dict(role["tags"]) if role else {}
    for key in consumers.gone:
        tags.pop(f"{TAG_REGISTER}{key}", None)
    if ours:
        tags |= {**wanted["tags"], **ownership_tags(cluster_arn)}
    return tags | {f"{TAG_REGISTER}{key}": consumer["role_arn"] for key, consumer in consumers.present.items()}


def _compare_role(
    plan: Plan,
    resource: str,
    role: dict[str, Any],
    trust: dict[str, Any] | None,
    current: dict[str, str | None],
    principals: dict[str, str | None],
    settings: dict[str, Any],
    tags: dict[str, str],
) -> None:
    if not same_policy(role["trust"], trust):
        dead = dead_principals(current)
        why = f"{', '.join(dead)}: a principal that was deleted, and perhaps made anew" if dead else ""
        plan.add("role", "change", f"trust policy of {resource}", sorted(current), sorted(principals), why)
    compare_settings(plan, resource, role, settings)
    if tags != role["tags"]:
        keys = [key for key in {**role["tags"], **tags} if role["tags"].get(key) != tags.get(key)]
        before = {key: role["tags"].get(key) for key in keys}
        plan.add("role", "change", f"tags of {resource}", before, {key: tags.get(key) for key in keys})


def _check_trust_size(plan: Plan, wanted: dict[str, Any], trust: dict[str, Any] | None) -> None:
    size = policy_size(trust) if trust else 0
    if size > wanted["trust_policy_quota"]:
        why = (
            f"would have {size} characters, the quota is {wanted['trust_policy_quota']} "
            "(dax_account_a_trust_policy_quota); give each consumer a role of its own: dax_account_a_role_per_consumer"
        )
        plan.conflict("role", f"trust policy of role {wanted['role_name']}", why)


def _plan_policy(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any], role: dict[str, Any] | None) -> None:
    name = wanted["policy_name"]
    document = dax_policy(facts["cluster"]["cluster_arn"], wanted["access"])
    current = role["inline_policies"].get(name) if role else None
    if not same_policy(current, document):
        resource = f"policy {name} of role {wanted['role_name']}"
        if current:
            plan.add("policy", "change", resource, current["Statement"], document["Statement"])
        else:
            plan.add("policy", "create", resource, after=wanted["access"])
        write = {"state": "present", "role": wanted["role_name"], "name": name, "document": document}
        plan.writes["policies"].append(write)


def _plan_role_end(
    plan: Plan, wanted: dict[str, Any], role: dict[str, Any], cluster_arn: str, trust: dict[str, Any] | None
) -> None:
    """Plan what is left of the role when its last consumer goes: nothing, or what strangers have in it."""
    name, policy = wanted["role_name"], wanted["policy_name"]
    ours = is_ours(role["tags"], cluster_arn)
    if not (ours or registered_consumers(role["tags"]) or trusted_principals(role["trust"])):
        return
    foreign_policies = [item for item in role["inline_policies"] if item != policy]
    if ours and not foreign_statements(role["trust"]):
        if foreign_policies:
            why = f"holds inline policies that would be lost: {', '.join(foreign_policies)}; move them first"
            plan.conflict("role", f"role {name}", why)
            return
        detached = ", ".join(role["attached_policies"])
        plan.add("role", "remove", f"role {name}", role["arn"], why=f"detaches {detached}" if detached else "")
        plan.writes["roles"].append({"state": "absent", "name": name})
        return
    tags = {key: value for key, value in role["tags"].items() if not key.startswith("dax.cross_account:")}
    if trust is None:
        plan.warn("role", f"role {name}", "is not ours and trusts nobody else; its trust policy stays as it is")
        trust = role["trust"]
    if not same_policy(role["trust"], trust) or tags != role["tags"]:
        plan.add("role", "change", f"trust policy of role {name}", sorted(trusted_principals(role["trust"])), [])
        plan.writes["roles"].append(role_write(role, name, role["path"], trust, tags, current_settings(role)))
    if policy in role["inline_policies"]:
        plan.add("policy", "remove", f"policy {policy} of role {name}")
        plan.writes["policies"].append({"state": "absent", "role": name, "name": policy})
