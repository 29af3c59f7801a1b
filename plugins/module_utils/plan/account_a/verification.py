# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a consumer's document says of its peering connection, against what EC2 shows of it. Pure, no AWS.

The document is written by the other team. What account A accepts, tags, removes and routes follows from EC2's answer
and from account A's own tags.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from ...common.addresses import inside
from ...common.ownership import TAG_CLUSTER, TAG_CONSUMER, TAG_PEERING, User, is_copy, maker_of
from ...common.shapes import ConsumerDocument, FactsA, Peering, PeeringSide
from ..peerings import best_peering, is_open
from .desired import Desired


def own_side(facts: FactsA, peering: Peering) -> Literal["requester", "accepter"]:
    """Return this account's side of a connection. The VPC does not show it: of a deleted cluster, it is not known."""
    return "accepter" if peering["accepter"]["owner_id"] == facts["identity"]["account_id"] else "requester"


def other_side(facts: FactsA, peering: Peering) -> PeeringSide:
    return peering["requester"] if own_side(facts, peering) == "accepter" else peering["accepter"]


def is_here(facts: FactsA, peering: Peering) -> bool:
    """Tell whether a connection is one of the cluster's present VPC; of a deleted cluster, that is not known."""
    return facts["vpc"] is None or peering[own_side(facts, peering)]["vpc_id"] == facts["vpc"]["vpc_id"]


def is_with(facts: FactsA, consumer: ConsumerDocument, peering: Peering) -> bool:
    """Tell whether EC2 shows a connection between the cluster's VPC and the account and VPC of the document."""
    other = other_side(facts, peering)
    return (
        is_here(facts, peering)
        and other["owner_id"] == consumer["account_id"]
        and other["vpc_id"] == consumer["vpc_id"]
    )


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


def account_of(user: User) -> str:
    """Return the account of a consumer, which its key begins with."""
    return user.consumer.split("/")[0]


Claim = Literal["maker", "user", ""]


class Claims:
    """Whose the consumers' connections are: to tag and to remove for this collection, or the user's own.

    Account A's own tags decide: those of the connection or, where somebody removed them, those of the rule beside it. A
    request that is still to be accepted is managed when the document of one of its consumers asks for it.
    """

    def __init__(self, facts: FactsA, desired: Desired, consumers: Mapping[str, ConsumerDocument]) -> None:
        self._facts, self._desired = facts, desired
        # Which consumer of this run is going to be the maker of a connection that has none, by the connection's id.
        self._makers: dict[str, str] = {}
        for key, consumer in consumers.items():
            peering = peering_of(facts, consumer)
            named = peering["id"] if peering else consumer["peering_connection_id"]
            if named and (self._is_free(key, consumer, peering) if peering else consumer["peering_managed"]):
                self._makers.setdefault(named, key)

    def of(self, key: str, peering_id: str | None, peering: Peering | None) -> Claim:
        """Return what a consumer is to its connection: whom it was made for, one that uses it too, or nothing.

        :param peering: as EC2 shows it; None while it does not.
        """
        maker = self._maker(peering) if peering else None
        if maker:
            return "maker" if maker == self._desired.user(key) else "user"
        first = self._makers.get(str(peering_id))
        if first is None:
            return ""
        return "maker" if first == key else "user"

    def _maker(self, peering: Peering) -> User | None:
        """Return whose a connection is by its tags; nobody's, unless it is somebody of the account at its other end."""
        maker = None if is_copy(peering["tags"], peering["id"]) else maker_of(peering["tags"])
        account = other_side(self._facts, peering)["owner_id"]
        return maker if maker and account_of(maker) == account else None

    def _is_free(self, key: str, consumer: ConsumerDocument, peering: Peering) -> bool:
        """Tell whether a connection has no maker, and this consumer may become it."""
        tags = peering["tags"]
        if is_copy(tags, peering["id"]) or self._maker(peering):
            return False
        if TAG_CLUSTER in tags:  # somebody changed the other tag by hand
            return self._desired.is_owned(tags)
        if peering["status"]["code"] != "active":
            return consumer["peering_managed"] and own_side(self._facts, peering) == "accepter"
        return any(
            self._desired.is_owned(rule["tags"], rule["rule_id"])
            and rule["tags"].get(TAG_CONSUMER) == key
            and rule["tags"].get(TAG_PEERING) == peering["id"]
            for group in self._facts["security_groups"]
            for rule in group["rules"]
        )
