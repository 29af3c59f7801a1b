# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules on the cluster's security group that let account A's consumers in. Pure, no AWS."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

from ...common.addresses import is_ipv6
from ...common.compare import RuleKey, compare_rule, differing, rule_key
from ...common.ownership import TAG_ID, TAG_PEERING, missing_mark, ownership_tags, rule_description
from ...common.shapes import ConsumerDocument, FactsA, Rule, SecurityGroup
from ..model import Plan
from ..resources import Resource, resource
from .consumers import Consumers
from .desired import Desired
from .peerings import Connections
from .sharing import Ownership, maker_of_rule, rule_users
from .verification import account_of

MODULE = "dax.cross_account.ec2_security_group_rules"
# Which consumers of this run need a rule, by its group and its key.
Needed: TypeAlias = dict[tuple[str, RuleKey], list[str]]


class _Target(NamedTuple):
    """The group that carries the rules, and why this one."""

    group: SecurityGroup
    why: str


def plan_rules(
    plan: Plan,
    facts: FactsA,
    desired: Desired,
    consumers: Consumers,
    connections: Connections,
    ownership: Ownership,
) -> Needed | None:
    """Plan one set of rules on one of the cluster's security groups.

    :returns: who needs each of the rules that are to be there; None when there is no group to put them on.
    """
    if desired.options.state == "absent":
        return {}
    target = _chosen_group(plan, facts, desired)
    return _plan_present(plan, facts, desired, consumers, connections, target, ownership) if target else None


def _plan_present(
    plan: Plan,
    facts: FactsA,
    desired: Desired,
    consumers: Consumers,
    connections: Connections,
    target: _Target,
    ownership: Ownership,
) -> Needed:
    """Plan the rules of the consumers that are present; return who needs each of them."""
    needed: Needed = {}
    writing: list[dict[str, Any]] = []
    group_id = target.group["group_id"]
    for key, consumer in consumers.present.items():
        managed_id = connections.ids.get(key) if key in connections.managed else None
        for rule in _rules_for(facts, desired, key, consumer, managed_id):
            users = needed.setdefault((group_id, rule_key(rule)), [])
            users.append(key)
            found, *differs = compare_rule(target.group["rules"], rule)
            if found is None and len(users) > 1:
                continue  # it is planned already, and gets the mark of this one when it is there
            if found and any(differs):  # what is corrected gets its id at once
                rule = {**rule, "tags": {**rule["tags"], TAG_ID: str(found["rule_id"])}}
            waits_for = _waits_for(desired, connections, key, rule)
            due = _plan_rule(plan, desired, target, key, rule, waits_for)
            if due and (rule["source_group_id"] or key not in connections.unverified):
                writing.append(rule_option(rule, tags=True))
            if found:
                _mark(desired, ownership, target.group, found, rule, key)
    if writing:
        more = {"update_description": True, "retry_not_found_seconds": desired.options.wait_timeout}
        write_rules(plan, "rules", group_id, writing, more)
    return needed


def _mark(desired: Desired, ownership: Ownership, group: SecurityGroup, found: Rule, rule: Rule, key: str) -> None:
    """Note what a rule's tags lack once it is there: its own id, or the mark of a consumer that it was not made for."""
    maker, user = maker_of_rule(desired, found), desired.user(key)
    about = resource("rule", group_id=group["group_id"], rule_id=found["rule_id"])
    if maker == user:
        ownership.identify(about, str(found["rule_id"]), {**found["tags"], **rule["tags"]})
    elif maker and account_of(maker) == account_of(user):  # or else its document names another one's group
        made = {**found["tags"], **ownership_tags(maker.cluster_arn, maker.consumer)}
        ownership.change(about, str(found["rule_id"]), found["tags"], missing_mark(made, user), ())


def _chosen_group(plan: Plan, facts: FactsA, desired: Desired) -> _Target | None:
    """Return the group that carries the rules: one rule on one group opens the cluster."""
    # One that DAX is taking off the cluster lets nobody in for long.
    attached = desired.cluster.get("security_groups", [])
    leaving = {group["security_group_identifier"] for group in attached if group.get("status") == "removing"}
    groups = [group for group in facts["security_groups"] if group["group_id"] not in leaving]
    named = desired.options.security_group_id
    ids = ", ".join(group["group_id"] for group in groups)
    if named:
        chosen = next((group for group in groups if group["group_id"] == named), None)
        if chosen:
            return _Target(chosen, "named by dax_account_a_security_group_id")
        why = f"is not a security group of the cluster, which has {ids}; correct dax_account_a_security_group_id"
        plan.conflict("rules", resource("security_group", group_id=named), why)
        return None
    if not groups:
        about = resource("cluster", name=desired.options.cluster_name)
        plan.conflict("rules", about, "has no security group to put a rule on")
        return None
    if len(groups) == 1:
        return _Target(groups[0], "the cluster's only security group")
    carrying = [group for group in groups if any(_is_of_cluster(desired, rule) for rule in group["rules"])]
    if carrying:
        return _Target(carrying[0], "it carries our rules already; dax_account_a_security_group_id overrides")
    own = [group for group in groups if group["group_name"] != "default"]
    why = f"the first of {ids} that is not a default group; dax_account_a_security_group_id overrides"
    return _Target((own or groups)[0], why)


def _rules_for(
    facts: FactsA, desired: Desired, key: str, consumer: ConsumerDocument, managed_id: str | None
) -> list[Rule]:
    """Return the rules that let a consumer in: by its security group in the same region, by its blocks in another.

    :param managed_id: the peering connection that is managed for it, which the rules' tags remember.
    """
    base: Rule = {
        "rule_id": None,
        "egress": False,
        "protocol": "tcp",
        "from_port": desired.port,
        "to_port": desired.port,
        "cidr_ip": None,
        "cidr_ipv6": None,
        "source_group_id": None,
        "source_user_id": None,
        "prefix_list_id": None,
        "description": rule_description(desired.cluster["cluster_name"], key),
        "tags": {**desired.tags(key), **({TAG_PEERING: managed_id} if managed_id else {})},
    }
    if consumer["region"] == facts["region"]:
        group_id, account_id = consumer["security_group_id"], consumer["account_id"]
        return [{**base, "source_group_id": group_id, "source_user_id": account_id}]
    blocks = desired.blocks(consumer)
    return [{**base, "cidr_ipv6": block} if is_ipv6(block) else {**base, "cidr_ip": block} for block in blocks]


def _plan_rule(plan: Plan, desired: Desired, target: _Target, key: str, rule: Rule, waits_for: str) -> bool:
    """Plan one rule; return whether there is anything to write now."""
    group_id, source = target.group["group_id"], source_of(rule)
    about = resource("rule", group_id=group_id, port=rule["from_port"], source=source)
    state = compare_rule(target.group["rules"], rule)
    if state.found is None and waits_for:
        plan.wait_for("rules", about, waits_for)
        return False
    if state.found is None:
        plan.add("rules", "create", about, after=rule["description"], why=target.why)
        return source is not None
    if maker_of_rule(desired, state.found) != desired.user(key) or not (state.redescribe or state.tags):
        return False
    correct_rule(plan, "rules", about, state.found, rule)
    return True


def correct_rule(plan: Plan, step: str, about: Resource, found: Rule, rule: Rule) -> None:
    """Plan what of a rule of ours differs: description and tags."""
    current = {"description": found["description"], **found["tags"]}
    desired = {"description": rule["description"], **rule["tags"]}
    changed = differing(current, desired)
    plan.add(step, "change", about, changed, {name: desired[name] for name in changed})


def _waits_for(desired: Desired, connections: Connections, key: str, rule: Rule) -> str:
    """Return what a rule has to wait for, "" for nothing."""
    if not rule["source_user_id"]:
        return "it opens a block only over an active peering connection" if key in connections.inactive else ""
    if rule["source_group_id"] is None and not desired.options.check_mode:
        return f"consumer {key} has no security group yet; run account B's side and then this one"
    return "EC2 takes it once the peering connection is active" if key in connections.inactive else ""


def _is_of_cluster(desired: Desired, rule: Rule) -> bool:
    return any(user.cluster_arn == desired.cluster_arn for user in rule_users(desired, rule))


def source_of(rule: Rule) -> str | None:
    return rule["cidr_ip"] or rule["cidr_ipv6"] or rule["source_group_id"]


def rule_option(rule: Rule, tags: bool) -> dict[str, Any]:
    """Return a rule as the module takes it."""
    option = {
        "protocol": rule["protocol"],
        "from_port": rule["from_port"],
        "to_port": rule["to_port"],
        "cidr_ip": rule["cidr_ip"],
        "cidr_ipv6": rule["cidr_ipv6"],
        "group_id": rule["source_group_id"],
        "user_id": rule["source_user_id"],
        "description": rule["description"],
        "tags": rule["tags"] if tags else None,
    }
    return {name: value for name, value in option.items() if value is not None}


def write_rules(plan: Plan, step: str, group_id: str, rules: list[dict[str, Any]], more: dict[str, Any]) -> None:
    plan.write(
        step, MODULE, resource("security_group", group_id=group_id), {"group_id": group_id, "rules": rules, **more}
    )
