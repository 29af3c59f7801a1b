# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Account A's role, or one role for each consumer: trust, policy and settings. Pure, no AWS."""

from __future__ import annotations

from typing import Any, TypeAlias

from ...common.documents import consumer_role_name
from ...common.ownership import TAG_CLUSTER, TAG_REGISTER, registered_consumers
from ...common.policies import (
    dax_policy,
    merged_trust,
    policy_size,
    same_policy,
    trusted_principals,
)
from ...common.quotas import QUOTAS
from ...common.shapes import FactsA, Role, Tags
from ..model import Plan
from ..resources import resource
from ..role import change_settings, current_settings, desired_settings, write_policy, write_role
from ..tags import check_tag_case
from .consumers import Consumers
from .desired import Desired
from .role_removal import plan_role_removal
from .trust import change_trust

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
ROLE_NAME_LIMIT = 64
ROLE_TAG_LIMIT = 50

Trust = dict[str, Any]  # a trust policy
Principals: TypeAlias = "dict[str, str | None]"  # {ARN: external id or None}


def plan_roles(plan: Plan, facts: FactsA, desired: Desired, consumers: Consumers) -> None:
    """Plan the role that the consumers assume, or one role for each of them."""
    shared, name = facts["role"], desired.options.role_name
    if not desired.options.role_per_consumer:
        _plan_role(plan, desired, name, shared, consumers)
        return
    everybody = [*consumers.present, *consumers.retained, *consumers.revoked]
    for key in everybody:
        own = consumer_role_name(name, key)
        if len(own) > ROLE_NAME_LIMIT:
            why = f"has {len(own)} characters, IAM takes {ROLE_NAME_LIMIT}; shorten dax_account_a_role_name"
            plan.conflict("role", resource("role", name=own), f"{why} or dax_account_b_name")
            continue
        _plan_role(plan, desired, own, facts["consumer_roles"].get(own), consumers.only(key))
    if shared and desired.is_owned(shared["tags"]):
        everybody += registered_consumers(shared["tags"])
        _plan_role(plan, desired, name, shared, consumers.revoking(everybody))


def _plan_role(plan: Plan, desired: Desired, name: str, role: Role | None, consumers: Consumers) -> None:
    """Plan one role: as the consumers need it, or its removal."""
    if role and role["tags"].get(TAG_CLUSTER, desired.cluster_arn) != desired.cluster_arn:
        why = f"serves {role['tags'][TAG_CLUSTER]}; give this cluster another dax_account_a_role_name"
        plan.conflict("role", resource("role", name=name), why)
        return
    if not consumers.present and not role:
        return
    principals = _principals(desired, consumers, role)
    options = desired.options
    current = role["trust"] if role else None
    trust = merged_trust(current, principals, options.session_name_pattern, options.allow_session_tags)
    if role and (trust is None or not (principals or consumers.present or consumers.retained)):
        # A run that takes nothing away leaves a role that nobody can use, which may be unmanaged, as it is.
        if consumers.revoked or (desired.options.state == "absent" and not consumers.retained):
            plan_role_removal(plan, desired, name, role, trust)
        return
    _plan_present(plan, desired, name, role, consumers, principals, trust)
    _plan_policy(plan, desired, name, role)


def _principals(desired: Desired, consumers: Consumers, role: Role | None) -> Principals:
    """Return whom our statements must name: consumers of this run, and retained ones that are named now."""
    # The external id is the owner's to decide: with the document's own, a consumer could take the condition off.
    principals: Principals = {
        consumer["role_arn"]: desired.external_id(key) for key, consumer in consumers.present.items()
    }
    if role is None:
        return principals
    current, registered = trusted_principals(role["trust"]), registered_consumers(role["tags"])
    leaving = {consumer["role_arn"] for consumer in consumers.revoked_documents.values()}
    for key in consumers.retained:
        arn = registered.get(key)
        if arn in current and arn not in leaving:
            principals.setdefault(arn, current[arn])
    return principals


def _plan_present(
    plan: Plan,
    desired: Desired,
    name: str,
    role: Role | None,
    consumers: Consumers,
    principals: Principals,
    trust: Trust | None,
) -> None:
    """Plan a role that somebody assumes. One that is not ours keeps its settings and tags."""
    owned = role is None or desired.is_owned(role["tags"])
    settings = desired_settings(desired.options) if owned or role is None else current_settings(role)
    tags = _role_tags(desired, role, consumers, owned)
    about = resource("role", name=name)
    _check_quotas(plan, desired, name, trust, tags)
    if role and owned:
        check_tag_case(plan, "role", about, role["tags"], desired.options.tags, "dax_account_a_tags")
    planned = len(plan.actions)
    if role is None:
        plan.add("role", "create", about, after={"trust": sorted(principals)})
    else:
        change_trust(plan, name, role, trust, sorted(principals))
        change_settings(plan, about, role, settings)
        _change_all_tags(plan, name, role["tags"], tags)
    if len(plan.actions) == planned:
        return
    if role and role["tags"] != tags and not same_policy(role["trust"], trust):
        # The trust first: amazon.aws's module writes tags before it, and IAM may refuse the trust. The register would
        # then name somebody whom the role does not trust.
        write_role(plan, role, name, desired.options.role_path, trust, role["tags"], settings)
    write_role(plan, role, name, desired.options.role_path, trust, tags, settings)


def _role_tags(desired: Desired, role: Role | None, consumers: Consumers, owned: bool) -> Tags:
    """Return the role's whole set of tags: those of others as they are, ours, and the register of consumers."""
    tags = dict(role["tags"]) if role else {}
    for key in consumers.revoked:
        tags.pop(f"{TAG_REGISTER}{key}", None)
    if owned:
        tags |= desired.tags()
    return tags | {f"{TAG_REGISTER}{key}": consumer["role_arn"] for key, consumer in consumers.present.items()}


def _check_quotas(plan: Plan, desired: Desired, name: str, trust: Trust | None, tags: Tags) -> None:
    """Refuse a role that IAM would not take."""
    about, quota = resource("role", name=name), desired.options.trust_policy_quota
    size = policy_size(trust) if trust else 0
    cure = "give each consumer a role of its own: dax_account_a_role_per_consumer"
    if size > quota:
        why = f"would have {size} characters, the quota is {quota} ({QUOTAS['trust_policy'].code}, "
        why += f"dax_account_a_trust_policy_quota); {cure}"
        plan.conflict("role", about.of("trust_policy"), why)
    if len(tags) > ROLE_TAG_LIMIT:
        why = f"would have {len(tags)} tags, one for each consumer among them, and IAM takes {ROLE_TAG_LIMIT}; {cure}"
        plan.conflict("role", about, why)


def _change_all_tags(plan: Plan, name: str, current: Tags, tags: Tags) -> None:
    """Plan a role's whole set of tags, also those to remove: they hold the register."""
    keys = [key for key in {**current, **tags} if current.get(key) != tags.get(key)]
    if keys:
        before, after = {key: current.get(key) for key in keys}, {key: tags.get(key) for key in keys}
        plan.add("role", "change", resource("role", name=name).of("tags"), before, after)


def _plan_policy(plan: Plan, desired: Desired, role_name: str, role: Role | None) -> None:
    name, access = desired.options.policy_name, desired.options.access
    document = dax_policy(desired.cluster_arn, access)
    current = role["inline_policies"].get(name) if role else None
    if same_policy(current, document):
        return
    about = resource("policy", role=role_name, name=name)
    if current:
        plan.add("policy", "change", about, current["Statement"], document["Statement"])
    else:
        plan.add("policy", "create", about, after=access)
    write_policy(plan, role_name, name, document)
