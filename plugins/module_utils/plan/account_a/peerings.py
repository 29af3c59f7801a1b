# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The peering connections to account A's consumers: accepted, tagged, removed. Pure, no AWS."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from ...common.compare import compare_peering
from ...common.ownership import TAG_CONSUMER
from ...common.shapes import ConsumerDocument, FactsA, Peering
from ..model import Plan
from ..peerings import MODULE, best_peering, connection, is_open, joins
from ..resources import resource
from .consumers import Consumers
from .desired import Desired

ConnectionOption = dict[str, Any]  # as ec2_vpc_peering_connections takes it


@dataclass
class Connections:
    """The peering connections of the consumers that are present, by consumer key.

    :ivar ids: the connections to build on; None for one that account B has yet to request.
    :ivar inactive: those whose connection is not active by the end of this run, whatever this side does.
    """

    ids: dict[str, str | None] = field(default_factory=dict)
    inactive: set[str] = field(default_factory=set)

    def managed_ids(self, consumers: Consumers) -> set[str | None]:
        """Return the connections that this collection manages, not the user."""
        return {self.ids.get(key) for key, consumer in consumers.present.items() if consumer["peering_managed"]}


def plan_peerings(plan: Plan, facts: FactsA, desired: Desired, consumers: Consumers) -> Connections:
    """Plan what to accept, to set and to remove; return the connections of the consumers that are present."""
    _check_dns(plan, facts, desired)
    found = Connections()
    accepting: list[ConnectionOption] = []
    for key, consumer in consumers.present.items():
        peering = peering_of(facts, consumer)
        if peering:
            accepting += _plan_visible(plan, facts, desired, found, key, consumer, peering)
        else:
            accepting += _plan_invisible(plan, facts, desired, found, key, consumer)
    _write(plan, desired, "accepted", accepting)
    _write(plan, desired, "absent", _plan_removal(plan, facts, desired, consumers))
    return found


def peering_of(facts: FactsA, consumer: ConsumerDocument) -> Peering | None:
    """Return the open connection between the two VPCs, the one that the document names before any other."""
    vpc_id = facts["vpc"]["vpc_id"] if facts["vpc"] else None
    named = [item for item in facts["peerings"] if item["id"] == consumer["peering_connection_id"]]
    joining = [item for item in facts["peerings"] if joins(item, vpc_id, consumer["vpc_id"])]
    return best_peering(named) or best_peering(joining)


def revoked_peerings(facts: FactsA, desired: Desired, consumers: Consumers) -> list[Peering]:
    """Return our connections to the consumers that lose access, whatever their state."""
    return [
        peering
        for peering in facts["peerings"]
        if desired.is_owned(peering["tags"]) and peering["tags"].get(TAG_CONSUMER) in consumers.revoked
    ]


def _plan_invisible(
    plan: Plan, facts: FactsA, desired: Desired, found: Connections, key: str, consumer: ConsumerDocument
) -> list[ConnectionOption]:
    """Plan to accept a request that EC2 does not show: too new to be seen, in a terminal state, or still to come."""
    named = consumer["peering_connection_id"]
    about = resource("peering_connection", id=named, consumer=key)
    terminal = next((item for item in facts["peerings"] if item["id"] == named), None)
    if terminal or not (named or desired.options.check_mode):
        status = terminal["status"]["code"] if terminal else "not requested yet"
        found.inactive.add(key)
        plan.wait_for("peering", about, f"{status}; account B has to request one: run its side and then this one")
        return []
    found.ids[key] = named
    plan.add("peering", "create", about, after="accepted")
    tags = desired.peering_tags(key, consumer) if consumer["peering_managed"] else None
    return [connection(named, "accepter", tags, desired.options.dns_resolution)] if named else []


def _plan_visible(
    plan: Plan,
    facts: FactsA,
    desired: Desired,
    found: Connections,
    key: str,
    consumer: ConsumerDocument,
    peering: Peering,
) -> list[ConnectionOption]:
    """Plan to accept an open connection where this account is asked to, and the settings of this side."""
    side, status, dns = _side(facts, peering), peering["status"]["code"], desired.options.dns_resolution
    about = resource("peering_connection", id=peering["id"], consumer=key)
    accepting = status != "active" and side == "accepter"
    found.ids[key] = peering["id"]
    if accepting:
        plan.add("peering", "create", about, before=status, after="accepted")
    elif status != "active":
        found.inactive.add(key)
        plan.wait_for("peering", about, f"{status}; account B has to accept it")
        return []
    owned = consumer["peering_managed"] or desired.is_owned(peering["tags"])
    tags = desired.peering_tags(key, consumer) if owned else {}
    setting = compare_peering(peering, side, tags, dns)
    if not accepting:
        plan.change_tags("peering", about, peering["tags"], tags)
    if setting.dns_resolution is not None:
        plan.add("peering", "change", about.of("dns_resolution"), bool(peering[side]["dns_resolution"]), dns)
    if not (accepting or setting.tags or setting.dns_resolution is not None):
        return []
    return [connection(peering["id"], side, tags if setting.tags else None, dns)]


def _plan_removal(plan: Plan, facts: FactsA, desired: Desired, consumers: Consumers) -> list[ConnectionOption]:
    removing = []
    for peering in filter(is_open, revoked_peerings(facts, desired, consumers)):
        plan.add("peering", "remove", resource("peering_connection", id=peering["id"]))
        removing.append(connection(peering["id"], _side(facts, peering)))
    return removing


def _check_dns(plan: Plan, facts: FactsA, desired: Desired) -> None:
    """Refuse DNS resolution over a VPC that names no hosts: AWS does, and the VPC is not ours to change."""
    vpc, options = facts["vpc"], desired.options
    if vpc and options.state == "present" and options.dns_resolution and not vpc.get("dns_hostnames", True):
        why = "has DNS hostnames disabled, which the DNS resolution of a peering connection needs; enable them"
        about = resource("vpc", vpc_id=vpc["vpc_id"])
        plan.conflict("peering", about, f"{why}, or unset dax_account_a_dns_resolution")


def _side(facts: FactsA, peering: Peering) -> Literal["requester", "accepter"]:
    """Return this account's side of a connection. The VPC does not show it: of a deleted cluster, it is not known."""
    return "accepter" if peering["accepter"]["owner_id"] == facts["identity"]["account_id"] else "requester"


def _write(
    plan: Plan, desired: Desired, state: Literal["accepted", "absent"], connections: list[ConnectionOption]
) -> None:
    """Add the call that brings connections to a state; it waits for one after the other."""
    if not connections:
        return
    ids = [str(entry["id"]) for entry in connections]
    named = f"peering connection{'s' if len(ids) > 1 else ''} {', '.join(ids)}"
    seconds = desired.options.wait_timeout
    plan.write(
        "peering",
        MODULE,
        resource("peering_connection", id=ids[0]),
        {"connections": connections, "state": state, "wait_timeout": seconds},
        waits_for=f"{named} to {'become active' if state == 'accepted' else 'be deleted'}",
        timeout=seconds * len(ids),
    )
