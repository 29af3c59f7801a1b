# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Account A's role, or one role for each consumer: trust, policy and settings. Pure, no AWS."""

from __future__ import annotations

from ...common.documents import consumer_role_name
from ...common.ownership import TAG_CLUSTER, role_description
from ...common.policies import dax_policy, same_policy
from ...common.role_consumers import RoleConsumers
from ...common.shapes import FactsA, Role, Tags
from ..model import Plan
from ..resources import resource
from ..role import change_settings, desired_settings, write_policy
from ..tags import check_tag_case
from .consumers import Consumers
from .desired import Desired
from .old_roles import check_roles
from .role_calls import consumers_of_role, write_consumers, write_farewell
from .role_quotas import check_role_quotas
from .role_removal import plan_role_removal
from .trust import change_trust

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
ROLE_NAME_LIMIT = 64


def plan_roles(plan: Plan, facts: FactsA, desired: Desired, consumers: Consumers) -> None:
    """Plan the role that the consumers assume, or one role for each of them."""
    name = desired.options.role_name
    if desired.options.state == "present":
        check_roles(plan, facts, desired)
    if not desired.options.role_per_consumer:
        _plan_role(plan, desired, name, facts["role"], consumers, _description(desired))
        return
    everybody = [*consumers.present, *consumers.retained, *consumers.revoked]
    for key in everybody:
        own = consumer_role_name(name, key)
        if len(own) > ROLE_NAME_LIMIT:
            why = f"has {len(own)} characters, IAM takes {ROLE_NAME_LIMIT}; shorten dax_account_a_role_name"
            plan.conflict("role", resource("role", name=own), f"{why} or dax_account_b_name")
            continue
        described = _description(desired, key) if key in consumers.present else None
        _plan_role(plan, desired, own, facts["consumer_roles"].get(own), consumers.only(key), described)


def _description(desired: Desired, key: str | None = None) -> str | None:
    """Return the description of a role of ours; a teardown leaves that of one that stays as it is."""
    return role_description(desired.cluster_arn, key) if desired.options.state == "present" else None


def _plan_role(
    plan: Plan, desired: Desired, name: str, role: Role | None, consumers: Consumers, description: str | None
) -> None:
    """Plan one role: as the consumers need it, or its removal."""
    if role and role["tags"].get(TAG_CLUSTER, desired.cluster_arn) != desired.cluster_arn:
        why = f"serves {role['tags'][TAG_CLUSTER]}; give this cluster another dax_account_a_role_name"
        plan.conflict("role", resource("role", name=name), why)
        return
    if not consumers.present and not role:
        return
    wish = consumers_of_role(desired, consumers, role)
    current, tags = (role["trust"], role["tags"]) if role else ({}, {})
    for key in wish.left_out:
        why = "is registered, but the trust policy does not name its role; it stays out until a run has its document"
        plan.warn("role", resource("consumer", key=key), f"{why}, or takes it away (dax_account_a_prune)")
    principals, trust = wish.principals(current, tags), wish.trust(current, tags)
    if role and (trust is None or not (principals or consumers.present or consumers.retained)):
        # A run that takes nothing away leaves a role that nobody can use, which may be unmanaged, as it is.
        if consumers.revoked or (desired.options.state == "absent" and not consumers.retained):
            plan_role_removal(plan, desired, name, role, wish)
        return
    _plan_present(plan, desired, name, role, wish, description)
    if desired.options.state == "present":
        _plan_policy(plan, desired, name, role)


def _plan_present(
    plan: Plan, desired: Desired, name: str, role: Role | None, wish: RoleConsumers, description: str | None
) -> None:
    """Plan a role that somebody assumes. One that is not ours, and any in a teardown, keeps its settings and tags."""
    owned = role is None or (desired.is_owned(role["tags"]) and desired.options.state == "present")
    kept = description if description is not None or role is None else role["description"]
    settings = {**desired_settings(desired.options), "description": kept or ""}
    current = role["trust"] if role else {}
    tags = _role_tags(desired, role, wish, owned)
    about = resource("role", name=name)
    principals = sorted(wish.principals(current, role["tags"] if role else {}))
    check_role_quotas(plan, desired, name, role, wish, tags)
    if role and owned:
        check_tag_case(plan, "role", about, role["tags"], desired.options.tags, "dax_account_a_tags")
    planned = len(plan.actions)
    if role is None:
        plan.add("role", "create", about, after={"trust": principals})
    else:
        change_trust(plan, name, role, wish.trust(current, role["tags"]), principals)
        change_settings(plan, about, role, settings if owned else {})
        _change_all_tags(plan, name, role["tags"], tags)
    if len(plan.actions) == planned:
        return
    if wish.removing and not wish.adding:
        # Another run may take away the others meanwhile, and then this one takes away the last.
        write_farewell(plan, name, wish, [desired.options.policy_name], delete=True)
    else:
        write_consumers(plan, desired, name, wish, settings if owned else None)


def _role_tags(desired: Desired, role: Role | None, wish: RoleConsumers, owned: bool) -> Tags:
    """Return the role's whole set of tags: those of others as they are, ours, and the register of consumers."""
    tags = dict(role["tags"]) if role else {}
    for key in wish.registered(tags):
        del tags[key]
    return {**tags, **(desired.tags() if owned else {}), **wish.register}


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
