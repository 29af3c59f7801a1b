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
from ..peerings import MODULE, connection, is_open
from ..resources import resource
from .consumers import Consumers
from .desired import Desired
from .verification import is_managed, own_side, peering_of, shows_blocks

ConnectionOption = dict[str, Any]  # as ec2_vpc_peering_connections takes it


@dataclass
class Connections:
    """The peering connections of the consumers that are present, by consumer key.

    :ivar ids: the connections to build on; None for one that account B has yet to request.
    :ivar inactive: those whose connection is not active by the end of this run, whatever this side does.
    :ivar managed: those whose connection this collection manages, not the user.
    :ivar unverified: those whose connection is accepted in this run before EC2 shows it, or the blocks behind it.
    """

    ids: dict[str, str | None] = field(default_factory=dict)
    inactive: set[str] = field(default_factory=set)
    managed: set[str] = field(default_factory=set)
    unverified: set[str] = field(default_factory=set)

    def managed_ids(self) -> set[str | None]:
        return {self.ids.get(key) for key in self.managed}


def plan_peerings(plan: Plan, facts: FactsA, desired: Desired, consumers: Consumers) -> Connections:
    """Plan what to accept, to set and to remove; return the connections of the consumers that are present."""
    _check_dns(plan, facts, desired)
    found = Connections()
    accepting: list[ConnectionOption] = []
    for key, consumer in consumers.present.items():
        peering = peering_of(facts, consumer)
        if peering:
            others = set(consumers.present) - {key}
            if is_managed(facts, desired, key, consumer, peering, others):
                found.managed.add(key)
            accepting += _plan_visible(plan, facts, desired, found, key, consumer, peering)
        else:
            accepting += _plan_invisible(plan, facts, desired, found, key, consumer)
    _write(plan, desired, "accepted", accepting)
    _write(plan, desired, "absent", _plan_removal(plan, facts, desired, consumers))
    return found


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
    found.unverified.add(key)
    if consumer["peering_managed"]:
        found.managed.add(key)
    plan.add("peering", "create", about, after="accepted")
    tags = desired.peering_tags(key, consumer) if consumer["peering_managed"] else None
    entry = connection(named, "accepter", tags, desired.options.dns_resolution)
    return [{**entry, **_expected(facts, consumer)}] if named else []


def _expected(facts: FactsA, consumer: ConsumerDocument) -> dict[str, Any]:
    """Return what a request has to be when the module accepts it."""
    return {
        "requester_owner_id": consumer["account_id"],
        "requester_vpc_id": consumer["vpc_id"] or "",
        "accepter_vpc_id": facts["vpc"]["vpc_id"] if facts["vpc"] else "",
    }


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
    side, status, dns = own_side(facts, peering), peering["status"]["code"], desired.options.dns_resolution
    about = resource("peering_connection", id=peering["id"], consumer=key)
    accepting = status != "active" and side == "accepter"
    shown = shows_blocks(facts, consumer, peering)
    if accepting or shown:
        found.ids[key] = peering["id"]
    if accepting and not shown:
        found.unverified.add(key)
    if accepting:
        plan.add("peering", "create", about, before=status, after="accepted")
    elif status != "active":
        found.inactive.add(key)
        plan.wait_for("peering", about, f"{status}; account B has to accept it")
        return []
    tags = desired.peering_tags(key, consumer) if key in found.managed else {}
    setting = compare_peering(peering, side, tags, dns)
    if not accepting:
        plan.change_tags("peering", about, peering["tags"], tags)
    if setting.dns_resolution is not None:
        plan.add("peering", "change", about.of("dns_resolution"), bool(peering[side]["dns_resolution"]), dns)
    if not (accepting or setting.tags or setting.dns_resolution is not None):
        return []
    entry = connection(peering["id"], side, tags if setting.tags else None, dns)
    return [{**entry, **_expected(facts, consumer)} if accepting else entry]


def _plan_removal(plan: Plan, facts: FactsA, desired: Desired, consumers: Consumers) -> list[ConnectionOption]:
    removing = []
    for peering in filter(is_open, revoked_peerings(facts, desired, consumers)):
        plan.add("peering", "remove", resource("peering_connection", id=peering["id"]))
        removing.append(connection(peering["id"], own_side(facts, peering)))
    return removing


def _check_dns(plan: Plan, facts: FactsA, desired: Desired) -> None:
    """Refuse DNS resolution over a VPC that names no hosts: AWS does, and the VPC is not ours to change."""
    vpc, options = facts["vpc"], desired.options
    if vpc and options.state == "present" and options.dns_resolution and not vpc.get("dns_hostnames", True):
        why = "has DNS hostnames disabled, which the DNS resolution of a peering connection needs; enable them"
        about = resource("vpc", vpc_id=vpc["vpc_id"])
        plan.conflict("peering", about, f"{why}, or unset dax_account_a_dns_resolution")


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
