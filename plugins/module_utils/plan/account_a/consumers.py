# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom account A's plan is about: the consumers of this run, those of earlier ones, those that lose access. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ...common.addresses import overlapping
from ...common.documents import DocumentError, check_consumer_document, consumer_key
from ...common.ownership import TAG_CONSUMER, registered_consumers
from ...common.shapes import ConsumerDocument, FactsA, Role
from ..model import Plan
from ..peerings import check_overlap, is_open
from ..resources import resource
from .desired import Desired
from .sharing import peering_users, rule_groups, rule_users
from .verification import is_here, other_side, problems_of_peering

Documents = dict[str, ConsumerDocument]


@dataclass(frozen=True)
class Consumers:
    """Who gets, who keeps and who loses access, by consumer key.

    :ivar present: those of this run, with their documents.
    :ivar retained: those of earlier runs that keep what they have.
    :ivar revoked: those that lose access.
    :ivar revoked_documents: the documents of those that lose access, as far as they are part of this run.
    """

    present: Documents = field(default_factory=dict)
    retained: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    revoked_documents: Documents = field(default_factory=dict)

    def only(self, key: str) -> Consumers:
        """Return the same for one consumer alone."""
        present = {key: self.present[key]} if key in self.present else {}
        retained = [item for item in self.retained if item == key]
        return Consumers(present, retained, [item for item in self.revoked if item == key], self.revoked_documents)


def plan_consumers(plan: Plan, facts: FactsA, desired: Desired) -> Consumers:
    """Sort the consumers, given and known, and refuse documents that cannot be right."""
    options = desired.options
    given = _given_consumers(plan, facts, desired)
    known = _known_consumers(facts, desired)
    orphans = [key for key in known if key not in given]
    if options.state == "absent":
        revoked = [*given, *(orphans if options.prune else [])]
        retained = [key for key in known if key not in revoked]
        return Consumers(retained=retained, revoked=revoked, revoked_documents=given)
    _check_names(plan, given, known)
    _check_shared_roles(plan, facts, desired, given)
    _check_blocks(plan, facts, desired, given)
    if options.prune and not options.missing_documents:  # whose consumer may be one of the orphans
        return Consumers(present=given, revoked=orphans)
    why = "account B's run writes it (dax_account_a_consumers)"
    for path in options.missing_documents:
        plan.wait_for("consumers", resource("consumer_document", which=path), why)
    if not (given or orphans or options.missing_documents):
        plan.wait_for("consumers", resource("consumer_document"), why)
    return Consumers(present=given, retained=orphans)


def _given_consumers(plan: Plan, facts: FactsA, desired: Desired) -> Documents:
    """Return the documents of this run, and refuse those that cannot be right."""
    given: Documents = {}
    for number, raw in enumerate(desired.options.consumers, start=1):
        try:
            consumer = check_consumer_document(raw)
        except DocumentError as error:
            about = resource("consumer_document", which=number)
            plan.conflict("consumers", about, f"{error} (dax_account_a_consumers)")
            continue
        key = consumer_key(consumer)
        about = resource("consumer", key=key)
        for why in _problems(facts, desired, consumer):
            plan.conflict("consumers", about, why)
        if key in given:
            plan.conflict("consumers", about, "given twice; give each its own dax_account_b_name")
        if desired.options.state == "present":
            _warn_of_external_id(plan, desired, key, consumer)
        given[key] = consumer
    return given


def _warn_of_external_id(plan: Plan, desired: Desired, key: str, consumer: ConsumerDocument) -> None:
    """Warn of a consumer that would give another external id than the one that is asked for, and be refused."""
    asked, given = desired.external_id(key), consumer["external_id"]
    if asked and given and asked != given:
        why = f"gives the external id '{given}', and the trust asks for another; unset dax_account_b_external_id"
        plan.warn("consumers", resource("consumer", key=key), f"{why} and run account B's side again")


def _problems(facts: FactsA, desired: Desired, consumer: ConsumerDocument) -> list[str]:
    """Return why a document cannot be of a consumer of this cluster: its word does not count against AWS's own."""
    problems = []
    granting = desired.options.state == "present"
    allowed = desired.options.allowed_accounts
    if granting and allowed and consumer["account_id"] not in allowed:
        why = f"account {consumer['account_id']} is not among the accounts that may be consumers"
        problems.append(f"{why} (dax_account_a_allowed_accounts)")
    if consumer["account_id"] == facts["identity"]["account_id"]:
        why = "its account is the cluster's own; give dax_account_b_connection the credentials of the other account"
        problems.append(why)
    if consumer["cluster_arn"] != desired.cluster_arn:
        why = f"its document is for {consumer['cluster_arn']}, not for {desired.cluster_arn}"
        problems.append(f"{why} (dax_account_a_consumers)")
    if consumer["partition"] != facts["identity"]["partition"]:
        problems.append(f"partition {consumer['partition']} cannot reach this one's")
    # What is taken back follows from account A's own ownership tags, whatever the document says of the connection.
    return problems + (problems_of_peering(facts, consumer) if granting else [])


def _known_consumers(facts: FactsA, desired: Desired) -> Sequence[str]:
    """Return the keys of all consumers that earlier runs made anything for, from what they left in the account."""
    keys: set[str] = set()
    for role in all_roles(facts):
        keys |= set(registered_consumers(role["tags"]))
    users = [user for peering in filter(is_open, facts["peerings"]) for user in peering_users(facts, peering)]
    rules = [rule for group in rule_groups(facts) for rule in group["rules"]]
    users += [user for rule in rules for user in rule_users(desired, rule)]
    return sorted(keys | {user.consumer for user in users if user.cluster_arn == desired.cluster_arn})


def all_roles(facts: FactsA) -> list[Role]:
    """Return all roles that may serve consumers of the cluster, whatever their names are now."""
    shared = [facts["role"]] if facts["role"] else []
    return [*shared, *facts["consumer_roles"].values(), *facts["other_roles"]]


def _check_shared_roles(plan: Plan, facts: FactsA, desired: Desired, given: Documents) -> None:
    """Refuse an external id for each of two consumers that are one role: its trust can ask for only one of them."""
    options, role = desired.options, facts["role"]
    if not options.external_id_per_consumer or options.role_per_consumer:
        return
    known = registered_consumers(role["tags"]) if role and not options.prune else {}
    seen = {arn: key for key, arn in sorted(known.items()) if key not in given}
    for key, consumer in given.items():
        other = seen.setdefault(consumer["role_arn"], key)
        if other != key:
            why = f"has the role of consumer {other}, and each would have an external id of its own; set"
            about = resource("consumer", key=key)
            plan.conflict("consumers", about, f"{why} dax_account_a_role_per_consumer too")


def _check_names(plan: Plan, given: Documents, known: Sequence[str]) -> None:
    """Refuse names that differ in case only: the keys of IAM's tags do not."""
    for key in given:
        for other in sorted({*given, *known} - {key}):
            if other.casefold() == key.casefold():
                why = f"differs from consumer {other} in case only, which IAM takes for the same; give it another name"
                plan.conflict("consumers", resource("consumer", key=key), f"{why} (dax_account_b_name)")


def _blocks_of_others(facts: FactsA, desired: Desired, given: Documents) -> dict[str, str]:
    """Return the blocks of the consumers that are not part of this run, as AWS shows them: {block: consumer key}."""
    seen: dict[str, str] = {}
    ends = {(consumer["account_id"], consumer["vpc_id"]) for consumer in given.values()}
    for peering in facts["peerings"]:
        key, other = peering["tags"].get(TAG_CONSUMER, ""), other_side(facts, peering)
        # Two consumers may be in one VPC, and share its connection.
        shared = (other["owner_id"], other["vpc_id"]) in ends
        ours = desired.is_owned(peering["tags"], peering["id"]) and key not in given
        if is_open(peering) and is_here(facts, peering) and ours and not shared:
            seen |= dict.fromkeys(other["cidr_blocks"] + other["ipv6_cidr_blocks"], key)
    return seen


def _check_blocks(plan: Plan, facts: FactsA, desired: Desired, given: Documents) -> None:
    """Refuse blocks that overlap the cluster's VPC or another consumer's, be it part of this run or not."""
    vpc = facts["vpc"]
    ours = vpc["cidr_blocks"] + vpc["ipv6_cidr_blocks"] if vpc else []
    others = _blocks_of_others(facts, desired, given)
    ends: dict[str, tuple[str, str | None]] = {}
    for key, consumer in given.items():
        ends[key] = (consumer["account_id"], consumer["vpc_id"])
        # Two consumers may be in one VPC: one route leads to both.
        seen = {block: other for block, other in others.items() if ends.get(other) != ends[key] or not ends[key][1]}
        theirs = consumer["cidr_blocks"] + consumer["ipv6_cidr_blocks"]
        check_overlap(plan, ours, theirs, "dax_account_b_vpc_cidr")
        for block, other in overlapping(theirs, seen):
            why = f"of consumer {key} overlaps {other} of {seen[other]}, and a route can lead to only one of them"
            about = resource("cidr_block", block=block)
            plan.conflict("routes", about, f"{why}; give one another block (dax_account_b_vpc_cidr)")
        others |= dict.fromkeys(theirs, key)
