# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which cluster and which consumer belong together, from what was read of any number of them. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from ...common.doctor import DoctorFactsA, DoctorFactsB, Live
from ...common.documents import (
    DocumentError,
    assumed_role_arn,
    check_cluster_document,
    check_consumer_document,
    consumer_external_id,
    consumer_role_name,
)
from ...common.shapes import ClusterDocument, ConsumerDocument
from .model import A, B, Where
from .pair import Pair, Wanted


class Owner(TypedDict):
    """What was read of account A with one host of the inventory."""

    facts: DoctorFactsA | None
    problem: str  # why there are no facts
    wishes: dict[str, Any]  # see plugin_utils/doctor.py
    document: ClusterDocument | None
    consumers: list[Any]  # the consumer documents that were given


class Consumer(TypedDict):
    """What was read of account B with one host of the inventory."""

    facts: DoctorFactsB | None
    problem: str
    wishes: dict[str, Any]
    live: Live | None


def pairs_of(owners: Iterable[Owner], consumers: Iterable[Consumer], playbook: str) -> list[Pair]:
    """Return a pair for each consumer that was read, and for each that only has a document.

    :param playbook: what corrects what this collection made.
    """
    owners, pairs, seen = list(owners), [], set()
    for consumer in consumers:
        owner = _owner_of(owners, consumer)
        pair = _pair(owner, consumer, playbook)
        pairs.append(pair)
        seen.add(pair.key)
    for owner in owners:
        for document in _documents(owner):
            if f"{document['account_id']}/{document['name']}" not in seen:
                pairs.append(_pair_of_document(owner, document, playbook))
    if not pairs:
        pairs = [_pair(owner, None, playbook) for owner in owners]
    return pairs


def _owner_of(owners: list[Owner], consumer: Consumer) -> Owner | None:
    """Return the owner of the cluster that a consumer's document names; the only one, of a consumer without one."""
    document = _cluster_document(consumer["wishes"].get("cluster_document"))
    if document is None:
        return owners[0] if len(owners) == 1 else None
    arn = document["cluster_arn"]
    fitting = (owner for owner in owners if owner["document"] and owner["document"]["cluster_arn"] == arn)
    # One whose cluster was not found has no document, and is meant all the same.
    return next(fitting, None) or next((owner for owner in owners if owner["document"] is None), None)


def _pair(owner: Owner | None, consumer: Consumer | None, playbook: str) -> Pair:
    given = _cluster_document(consumer["wishes"].get("cluster_document")) if consumer else None
    document = (owner["document"] if owner else None) or given
    saved = _cluster_document(consumer["wishes"].get("saved_document")) if consumer else None
    facts_b = consumer["facts"] if consumer else None
    key = f"{facts_b['identity']['account_id']}/{facts_b['name']}" if facts_b else ""
    unread: dict[Where, str] = {}
    if owner and owner["problem"]:
        unread[A] = owner["problem"]
    if consumer and consumer["problem"]:
        unread[B] = consumer["problem"]
    return Pair(
        a=_facts_for(owner, key),
        b=facts_b,
        cluster_document=saved or document,
        live=consumer["live"] if consumer else None,
        wanted=_wanted(owner, consumer["wishes"] if consumer else {}, document, saved or given, key, playbook),
        unread=unread,
    )


def _pair_of_document(owner: Owner, document: ConsumerDocument, playbook: str) -> Pair:
    key = f"{document['account_id']}/{document['name']}"
    wishes = {"external_id": document["external_id"], "consumer_role_name": document["role_arn"].rpartition("/")[2]}
    return Pair(
        a=_facts_for(owner, key),
        cluster_document=owner["document"],
        consumer_document=document,
        wanted=_wanted(owner, wishes, owner["document"], owner["document"], key, playbook),
        unread={A: owner["problem"]} if owner["problem"] else {},
    )


def _facts_for(owner: Owner | None, key: str) -> DoctorFactsA | None:
    """Return the owner's facts with the role that this consumer assumes."""
    facts = owner["facts"] if owner else None
    if owner is None or facts is None:
        return None
    roles = facts.get("roles", {})
    failed = next((item for item in roles.values() if item["problem"]), None)
    found = roles.get(_role_name(owner["wishes"], key), failed or {"value": None, "problem": None})
    return {**facts, "readings": {**facts["readings"], "role": found}}


def _role_name(wishes: Mapping[str, Any], key: str) -> str:
    name = str(wishes.get("role_name") or "")
    return consumer_role_name(name, key) if wishes.get("role_per_consumer") else name


def _wanted(
    owner: Owner | None,
    consumer: Mapping[str, Any],
    document: ClusterDocument | None,
    given: ClusterDocument | None,
    key: str,
    playbook: str,
) -> Wanted:
    """Return what the variables of both sides say.

    :param document: what is true of the cluster. ``given``: what its clients were written by.
    """
    wishes = owner["wishes"] if owner else {}
    external_id = consumer.get("external_id") or None
    if external_id is None and document:
        per_consumer = document["external_id_per_consumer"]
        external_id = consumer_external_id(document["external_id"], per_consumer, document["cluster_arn"], key)
    arn = None
    if document and "/" in key:
        arn = assumed_role_arn(document, *key.split("/", 1))
    endpoint = given["endpoint"] if given else None
    family = "ipv6" if document and document["network_type"] == "ipv6" else "ipv4" if document else ""
    return Wanted(
        access="read_write" if wishes.get("access", "read_write") == "read_write" else "read",
        external_id=external_id,
        session_tags=bool(consumer.get("session_tags")),
        session_name=str(consumer.get("session_name") or ""),
        max_session_seconds=int(consumer.get("session_seconds") or 3600),
        client_endpoint=str(endpoint["url"] or "") if endpoint else "",
        ip_family=str(consumer.get("ip_family") or family),
        sts_region=str(consumer.get("sts_region") or ""),
        cluster_name=str(wishes.get("cluster_name") or (document["cluster_name"] if document else "")),
        role_name=_role_name(wishes, key) or (arn or "").rpartition("/")[2],
        consumer_role_name=str(consumer.get("consumer_role_name") or ""),
        instance_id=str(consumer.get("instance_id") or ""),
        playbook=playbook,
    )


def _cluster_document(given: Any) -> ClusterDocument | None:
    try:
        return check_cluster_document(given, complete=False) if given else None
    except DocumentError:
        return None


def _documents(owner: Owner) -> list[ConsumerDocument]:
    """Return the consumer documents that can be used; what is wrong with the others, the roles say."""
    found = []
    for document in owner["consumers"]:
        try:
            found.append(check_consumer_document(document))
        except DocumentError:
            continue
    return found
