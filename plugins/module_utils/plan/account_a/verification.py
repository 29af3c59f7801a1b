# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a consumer's document says of its peering connection, against what EC2 shows of it. Pure, no AWS.

The document is written by the other team. What account A accepts, tags, removes and routes follows from EC2's answer
and from account A's own tags.
"""

from __future__ import annotations

from typing import Literal

from ...common.addresses import inside
from ...common.ownership import TAG_CONSUMER, TAG_PEERING
from ...common.shapes import ConsumerDocument, FactsA, Peering, PeeringSide
from ..peerings import best_peering, is_open
from .desired import Desired


def own_side(facts: FactsA, peering: Peering) -> Literal["requester", "accepter"]:
    """Return this account's side of a connection. The VPC does not show it: of a deleted cluster, it is not known."""
    return "accepter" if peering["accepter"]["owner_id"] == facts["identity"]["account_id"] else "requester"


def other_side(facts: FactsA, peering: Peering) -> PeeringSide:
    return peering["requester"] if own_side(facts, peering) == "accepter" else peering["accepter"]


def is_with(facts: FactsA, consumer: ConsumerDocument, peering: Peering) -> bool:
    """Tell whether EC2 shows a connection between the cluster's VPC and the account and VPC of the document."""
    own, other = peering[own_side(facts, peering)], other_side(facts, peering)
    in_vpc = facts["vpc"] is None or own["vpc_id"] == facts["vpc"]["vpc_id"]
    return in_vpc and other["owner_id"] == consumer["account_id"] and other["vpc_id"] == consumer["vpc_id"]


def peering_of(facts: FactsA, consumer: ConsumerDocument) -> Peering | None:
    """Return the open connection to a consumer, the one that the document names before any other."""
    fitting = [item for item in facts["peerings"] if is_with(facts, consumer, item)]
    named = [item for item in fitting if item["id"] == consumer["peering_connection_id"]]
    return best_peering(named) or best_peering(fitting)


def problems_of_peering(facts: FactsA, consumer: ConsumerDocument) -> list[str]:
    """Return where the document does not agree with what EC2 shows."""
    if consumer["peering_connection_id"] and not consumer["vpc_id"]:
        return [f"its document names {consumer['peering_connection_id']}, but no VPC (dax_account_a_consumers)"]
    named = next((item for item in facts["peerings"] if item["id"] == consumer["peering_connection_id"]), None)
    if named and is_open(named) and not is_with(facts, consumer, named):
        other = other_side(facts, named)
        why = f"its document names {named['id']}, which is with VPC {other['vpc_id']} of account {other['owner_id']}"
        return [f"{why}, not with its own (dax_account_a_consumers)"]
    peering = peering_of(facts, consumer)
    if peering is None:
        return []
    other = other_side(facts, peering)
    problems = []
    if other["region"] and other["region"] != consumer["region"]:
        why = f"its document says region {consumer['region']}, and {peering['id']} leads to {other['region']}"
        problems.append(f"{why} (dax_account_a_consumers)")
    strange = _unknown_blocks(peering, other, consumer)
    if strange:
        blocks = ", ".join(other["cidr_blocks"] + other["ipv6_cidr_blocks"]) or "none"
        why = f"its document has {', '.join(strange)}, and the VPC at the end of {peering['id']} has {blocks}"
        problems.append(f"{why} (dax_account_a_consumers)")
    return problems


def shows_blocks(facts: FactsA, consumer: ConsumerDocument, peering: Peering) -> bool:
    """Tell whether EC2 shows what lies behind a connection; of one that is not active, it need not."""
    other = other_side(facts, peering)
    return peering["status"]["code"] == "active" or all(there for blocks, there in _blocks(consumer, other) if blocks)


def _blocks(consumer: ConsumerDocument, other: PeeringSide) -> list[tuple[list[str], list[str]]]:
    """Return the blocks that the document claims, each family beside those that EC2 shows."""
    return [
        (consumer["cidr_blocks"], other["cidr_blocks"]),
        (consumer["ipv6_cidr_blocks"], other["ipv6_cidr_blocks"]),
    ]


def _unknown_blocks(peering: Peering, other: PeeringSide, consumer: ConsumerDocument) -> list[str]:
    """Return the document's blocks that are not in the other VPC, as far as EC2 shows that before it is active."""
    strange = []
    active = peering["status"]["code"] == "active"
    for claimed, there in _blocks(consumer, other):
        if there or active:
            strange += [block for block in claimed if not any(inside(block, whole) for whole in there)]
    return strange


def is_managed(
    facts: FactsA, desired: Desired, key: str, consumer: ConsumerDocument, peering: Peering, others: set[str]
) -> bool:
    """Tell whether a connection is this collection's to tag and to remove.

    Account A's own tags decide: those of the connection or, where somebody removed them, those of the rule beside it. A
    request that is still to be accepted is managed when the document asks for it.

    :param others: the keys of the other consumers of this run, whose connection it may be.
    """
    if desired.is_owned(peering["tags"]):
        return peering["tags"].get(TAG_CONSUMER) not in others
    if peering["status"]["code"] != "active":
        return consumer["peering_managed"] and own_side(facts, peering) == "accepter"
    return any(
        desired.is_owned(rule["tags"])
        and rule["tags"].get(TAG_CONSUMER) == key
        and rule["tags"].get(TAG_PEERING) == peering["id"]
        for group in facts["security_groups"]
        for rule in group["rules"]
    )
