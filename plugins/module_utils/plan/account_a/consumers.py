# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom account A's plan is about: the consumers of this run, those of earlier ones, those that lose access. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..model import Plan
from ...common.addresses import overlapping
from ...common.documents import DocumentError, check_consumer_document, consumer_key
from ...common.ownership import TAG_CONSUMER, consumer_of_rule, is_ours, registered_consumers
from ..network import alive, check_overlap


@dataclass
class Consumers:
    """Who gets, who keeps and who loses access, by consumer key."""

    present: dict[str, dict[str, Any]] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    gone_documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Those whose peering connection is not active by the end of this run, whatever this side does.
    unpeered: set[str] = field(default_factory=set)

    def only(self, key: str) -> Consumers:
        """Return the same for one consumer alone."""
        present = {key: self.present[key]} if key in self.present else {}
        kept, gone = [item for item in self.kept if item == key], [item for item in self.gone if item == key]
        return Consumers(present, kept, gone, self.gone_documents, self.unpeered)

    def leaving(self, keys: list[str]) -> Consumers:
        """Return these consumers as ones that lose access."""
        return Consumers(gone=keys, gone_documents={**self.gone_documents, **self.present})


def plan_consumers(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any]) -> Consumers:
    """Sort the consumers, given and known, and refuse documents that cannot be right."""
    account, cluster = facts["identity"]["account_id"], facts["cluster"]
    given: dict[str, dict[str, Any]] = {}
    for number, raw in enumerate(wanted["consumers"]):
        try:
            consumer = check_consumer_document(raw)
        except DocumentError as error:
            plan.conflict("consumers", f"consumer document {number + 1}", f"{error} (dax_account_a_consumers)")
            continue
        key = consumer_key(consumer)
        given_key = f"consumer {key}"
        if consumer["account_id"] == account:
            why = "its account is the cluster's own; give dax_account_b_connection the credentials of the other account"
            plan.conflict("consumers", given_key, why)
        if consumer["cluster_arn"] != cluster["cluster_arn"]:
            why = f"its document is for {consumer['cluster_arn']}, not for {cluster['cluster_arn']}"
            plan.conflict("consumers", given_key, f"{why} (dax_account_a_consumers)")
        if consumer["partition"] != facts["identity"]["partition"]:
            plan.conflict("consumers", given_key, f"partition {consumer['partition']} cannot reach this one's")
        for peering in facts["peerings"]:
            owners = (peering["requester"]["owner_id"], peering["accepter"]["owner_id"])
            if peering["id"] == consumer["peering_connection_id"] and consumer["account_id"] not in owners:
                why = f"its document names {peering['id']}, which is not with its account (dax_account_a_consumers)"
                plan.conflict("consumers", given_key, why)
        if key in given:
            plan.conflict("consumers", given_key, "given twice; give each its own dax_account_b_name")
        given[key] = consumer
    known = _known_consumers(facts)
    if wanted["state"] == "absent":
        gone = [*given, *(key for key in known if key not in given)] if wanted["prune"] else list(given)
        return Consumers(kept=[key for key in known if key not in gone], gone=gone, gone_documents=given)
    _check_blocks(plan, facts, given)
    orphans = [key for key in known if key not in given]
    if wanted["prune"] and not wanted["missing_documents"]:  # whose consumer may be one of the orphans
        return Consumers(present=given, gone=orphans)
    for path in wanted["missing_documents"]:
        plan.wait_for("consumers", f"consumer document {path}", "account B's run writes it (dax_account_a_consumers)")
    if not given and not orphans and not wanted["missing_documents"]:
        plan.wait_for("consumers", "a consumer document", "account B's run writes it (dax_account_a_consumers)")
    return Consumers(present=given, kept=orphans)


def _known_consumers(facts: dict[str, Any]) -> list[str]:
    """Return the keys of all consumers that earlier runs made anything for, from what they left in the account."""
    cluster = facts["cluster"]
    keys = set(registered_consumers(facts["role"]["tags"])) if facts["role"] else set()
    for peering in facts["peerings"]:
        if alive(peering) and is_ours(peering["tags"], cluster["cluster_arn"]):
            keys.add(peering["tags"].get(TAG_CONSUMER, ""))
    for group in facts["security_groups"]:
        keys |= {consumer_of_rule(rule["description"], cluster["cluster_name"]) or "" for rule in group["rules"]}
    return sorted(key for key in keys if key)


def _check_blocks(plan: Plan, facts: dict[str, Any], given: dict[str, dict[str, Any]]) -> None:
    ours = facts["vpc"]["cidr_blocks"] + facts["vpc"]["ipv6_cidr_blocks"]
    seen: dict[str, str] = {}
    for key, consumer in given.items():
        theirs = consumer["cidr_blocks"] + consumer["ipv6_cidr_blocks"]
        check_overlap(plan, ours, theirs, "dax_account_b_vpc_cidr")
        for block, other in overlapping(theirs, seen):
            why = f"of consumer {key} overlaps {other} of {seen[other]}, and a route can lead to only one of them"
            plan.conflict("routes", f"CIDR block {block}", f"{why}; give one another block (dax_account_b_vpc_cidr)")
        seen |= dict.fromkeys(theirs, key)
