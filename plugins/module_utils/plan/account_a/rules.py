# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules on the cluster's security group that let account A's consumers in. Pure, no AWS."""

from __future__ import annotations

from typing import Any

from ..model import Plan, differing
from ...common.addresses import blocks_of_family, is_ipv6
from ...common.ownership import TAG_CONSUMER, consumer_of_rule, is_ours, ownership_tags, rule_description
from .consumers import Consumers
from ..network import UNKNOWN


def plan_rules(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any], consumers: Consumers) -> None:
    """Plan one set of rules on one of the cluster's security groups, and the end of our rules that are not wanted."""
    group, why = _chosen_group(plan, facts, wanted) if wanted["state"] == "present" else ({"group_id": None}, "")
    if group is None:
        return
    put: list[dict[str, Any]] = []
    wanted_rules: list[tuple[Any, ...]] = []
    for key, consumer in consumers.present.items():
        for rule in _rules_for(facts, wanted, consumer, key):
            wanted_rules.append((group["group_id"], _source(rule), rule["from_port"], rule["to_port"]))
            waits_for = _waits_for(rule, key, consumers, wanted)
            put += _compare_rule(plan, group, rule, facts, key, why, waits_for)
    drop: dict[str, list[dict[str, Any]]] = {}
    for other in facts["security_groups"]:
        for rule in other["rules"]:
            owner = _owner(rule, facts)
            if owner in consumers.present:
                wanted_now = (other["group_id"], _source(rule), rule["from_port"], rule["to_port"]) in wanted_rules
                stale = not wanted_now and not _is_pending(consumers.present[owner])
            else:
                stale = owner in consumers.gone
            if stale:
                plan.add("rules", "remove", f"rule {rule['rule_id']} on {other['group_id']}", before=_source(rule))
                drop.setdefault(other["group_id"], []).append(_as_written(rule))
    plan.writes["rules"] = {"group_id": group["group_id"], "put": put, "drop": drop}


def _chosen_group(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any]) -> tuple[dict[str, Any] | None, str]:
    """Return the group that carries the rules, and why this one: one rule on one group opens the cluster."""
    groups = facts["security_groups"]
    ids = [group["group_id"] for group in groups]
    if wanted["security_group_id"]:
        chosen = [group for group in groups if group["group_id"] == wanted["security_group_id"]]
        if not chosen:
            why = f"is not a security group of the cluster, which has {', '.join(ids)}"
            resource = f"security group {wanted['security_group_id']}"
            plan.conflict("rules", resource, f"{why}; correct dax_account_a_security_group_id")
            return None, ""
        return chosen[0], "named by dax_account_a_security_group_id"
    if not groups:
        plan.conflict("rules", f"DAX cluster {wanted['cluster_name']}", "has no security group to put a rule on")
        return None, ""
    if len(groups) == 1:
        return groups[0], "the cluster's only security group"
    carrying = [group for group in groups if any(_owner(rule, facts) for rule in group["rules"])]
    if carrying:
        return carrying[0], "it carries our rules already; dax_account_a_security_group_id overrides"
    named = [group for group in groups if group["group_name"] != "default"]
    why = f"the first of {', '.join(ids)} that is not a default group; dax_account_a_security_group_id overrides"
    return (named or groups)[0], why


def _rules_for(
    facts: dict[str, Any], wanted: dict[str, Any], consumer: dict[str, Any], key: str
) -> list[dict[str, Any]]:
    """Return the rules that let a consumer in: by its security group in the same region, by its blocks in another."""
    cluster = facts["cluster"]
    port = cluster["endpoint"]["port"]
    base = {
        "protocol": "tcp",
        "from_port": port,
        "to_port": port,
        "description": rule_description(cluster["cluster_name"], key),
        "tags": {**wanted["tags"], **ownership_tags(cluster["cluster_arn"], key)},
    }
    if consumer["region"] == facts["region"]:
        return [{**base, "group_id": consumer["security_group_id"], "user_id": consumer["account_id"]}]
    blocks = blocks_of_family(consumer["cidr_blocks"], consumer["ipv6_cidr_blocks"], cluster["network_type"])
    return [{**base, "cidr_ipv6" if is_ipv6(block) else "cidr_ip": block} for block in blocks]


def _compare_rule(
    plan: Plan, group: dict[str, Any], rule: dict[str, Any], facts: dict[str, Any], key: str, why: str, waits_for: str
) -> list[dict[str, Any]]:
    """Plan one rule; return it for the writer unless it is there already, ours or somebody's."""
    source = _source(rule)
    resource = f"rule TCP {rule['from_port']} from {source or UNKNOWN} on {group['group_id']}"
    same = [
        item
        for item in group["rules"]
        if source is not None
        and not item["egress"]
        and item["protocol"] == "tcp"
        and (item["from_port"], item["to_port"]) == (rule["from_port"], rule["to_port"])
        and _source(item) == source
    ]
    if not same and waits_for:
        plan.wait_for("rules", resource, waits_for)
        return []
    if not same:
        plan.add("rules", "create", resource, after=rule["description"], why=why)
        return [rule] if source else []
    current = same[0]
    if _owner(current, facts) != key:
        return []
    before = {"description": current["description"], **{name: current["tags"].get(name) for name in rule["tags"]}}
    after = {"description": rule["description"], **rule["tags"]}
    changed = differing(before, after)
    if not changed:
        return []
    plan.add("rules", "change", resource, changed, {name: after[name] for name in changed})
    return [rule]


def _waits_for(rule: dict[str, Any], key: str, consumers: Consumers, wanted: dict[str, Any]) -> str:
    """Return what a rule that names the consumer's group has to wait for, "" for nothing."""
    if "group_id" not in rule:
        return ""
    if rule["group_id"] is None and not wanted["check_mode"]:
        return f"consumer {key} has no security group yet; run account B's side and then this one"
    return "EC2 takes it once the peering connection is active" if key in consumers.unpeered else ""


def _owner(rule: dict[str, Any], facts: dict[str, Any]) -> str | None:
    """Return the consumer that a rule of ours serves. Its description tells, or its tags if that was changed."""
    cluster = facts["cluster"]
    described = consumer_of_rule(rule["description"], cluster["cluster_name"])
    tagged = rule["tags"].get(TAG_CONSUMER) if is_ours(rule["tags"], cluster["cluster_arn"]) else None
    return described or tagged


def _source(rule: dict[str, Any]) -> str | None:
    return rule.get("cidr_ip") or rule.get("cidr_ipv6") or rule.get("source_group_id") or rule.get("group_id")


def _is_pending(consumer: dict[str, Any]) -> bool:
    """Tell whether a consumer's security group is not known yet, so that its rules cannot be called stale."""
    return consumer["security_group_id"] is None


def _as_written(rule: dict[str, Any]) -> dict[str, Any]:
    """Return a rule as the writer takes it."""
    keys = ("protocol", "from_port", "to_port", "cidr_ip", "cidr_ipv6", "description")
    written = {key: rule[key] for key in keys if rule[key] is not None}
    if rule["source_group_id"]:
        written |= {"group_id": rule["source_group_id"], "user_id": rule["source_user_id"]}
    return written
