# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The peering connections to account A's consumers: accepted, tagged, removed. Pure, no AWS."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from ...common.compare import compare_peering
from ...common.ownership import TAG_CLUSTER, is_copy, missing_mark
from ...common.shapes import ConsumerDocument, FactsA, Peering, Tags
from ..model import Plan
from ..peerings import MODULE, connection, is_open
from ..resources import resource
from .consumers import Consumers
from .desired import Desired
from .sharing import Ownership
from .verification import Claims, own_side, peering_of, shows_blocks

ConnectionOption = dict[str, Any]  # as ec2_vpc_peering_connections takes it


@dataclass
class Connections:
    """The peering connections of the consumers that are present, by consumer key.

    :ivar ids: the connections to build on; None for one that account B has yet to request.
    :ivar inactive: those whose connection is not active by the end of this run, whatever this side does.
    :ivar managed: those whose connection this collection manages, not the user.
    :ivar unverified: those whose connection is accepted in this run before EC2 shows it, or the blocks behind it.
    :ivar planned: the ids of the connections that are planned, each once, whoever shares it.
    """

    ids: dict[str, str | None] = field(default_factory=dict)
    inactive: set[str] = field(default_factory=set)
    managed: set[str] = field(default_factory=set)
    unverified: set[str] = field(default_factory=set)
    planned: set[str] = field(default_factory=set)

    def settled(self, key: str) -> str | None:
        """Return the connection that a consumer has when this run is through; None while it waits for one."""
        return None if key in self.inactive else self.ids.get(key)


def plan_peerings(
    plan: Plan, facts: FactsA, desired: Desired, consumers: Consumers, ownership: Ownership
) -> Connections:
    """Plan what to accept and to set; return the connections of the consumers that are present."""
    _check_dns(plan, facts, desired)
    _warn_of_copies(plan, facts, desired)
    found = Connections()
    accepting: list[ConnectionOption] = []
    claims = Claims(facts, desired, consumers.present)
    known = {key: peering_of(facts, consumer) for key, consumer in consumers.present.items()}
    roles = {
        key: claims.of(key, peering["id"] if peering else consumers.present[key]["peering_connection_id"], peering)
        for key, peering in known.items()
    }
    written: dict[str, Tags] = {}
    # Whom a connection was made for sets its tags; whoever else uses it leaves a mark.
    for key in sorted(known, key=lambda key: roles[key] == "user"):
        consumer, peering, is_maker = consumers.present[key], known[key], roles[key] == "maker"
        if roles[key]:
            found.managed.add(key)
        if peering is None:
            accepting += _plan_invisible(plan, facts, desired, found, key, consumer, is_maker)
            continue
        tags = desired.peering_tags(key, consumer, peering["id"]) if is_maker else {}
        accepting += _plan_visible(plan, facts, desired, found, key, consumer, peering, tags)
        if roles[key] and found.settled(key):
            about = resource("peering_connection", id=peering["id"])
            now = written.setdefault(peering["id"], {**peering["tags"], **tags})
            user = desired.user(key)
            ownership.change(about, peering["id"], now, missing_mark(now, user), user.mark if is_maker else ())
    write_connections(plan, desired, "accepted", accepting)
    return found


def _warn_of_copies(plan: Plan, facts: FactsA, desired: Desired) -> None:
    """Warn of connections whose tags say that they are ours and name another one: the tags were copied."""
    for peering in filter(is_open, facts["peerings"]):
        tags = peering["tags"]
        if tags.get(TAG_CLUSTER) == desired.cluster_arn and is_copy(tags, peering["id"]):
            why = "bears the tags of another one, copied; it counts as the user's own"
            plan.warn("peering", resource("peering_connection", id=peering["id"]), why)


def _plan_invisible(
    plan: Plan,
    facts: FactsA,
    desired: Desired,
    found: Connections,
    key: str,
    consumer: ConsumerDocument,
    is_maker: bool,
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
    if named in found.planned:
        return []
    plan.add("peering", "create", about, after="accepted")
    if desired.options.dns_resolution:
        plan.add("peering", "change", about.of("dns_resolution"), False, True)
    if named is None:
        return []
    found.planned.add(named)
    tags = desired.peering_tags(key, consumer, named) if is_maker else None
    entry = connection(named, "accepter", tags, desired.options.dns_resolution)
    return [{**entry, **_expected(facts, consumer)}]


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
    tags: Tags,
) -> list[ConnectionOption]:
    """Plan to accept an open connection where this account is asked to, and the settings of this side.

    :param tags: those that it has to have for this consumer.
    """
    side, status, dns = own_side(facts, peering), peering["status"]["code"], desired.options.dns_resolution
    about = resource("peering_connection", id=peering["id"], consumer=key)
    accepting = status != "active" and side == "accepter"
    shown = shows_blocks(facts, consumer, peering)
    if accepting or shown:
        found.ids[key] = peering["id"]
    if accepting and not shown:
        found.unverified.add(key)
    if not accepting and status != "active":
        found.inactive.add(key)
        plan.wait_for("peering", about, f"{status}; account B has to accept it")
        return []
    if peering["id"] in found.planned:
        return []
    found.planned.add(peering["id"])
    if accepting:
        plan.add("peering", "create", about, before=status, after="accepted")
    setting = compare_peering(peering, side, tags, dns)
    if not accepting:
        plan.change_tags("peering", about, peering["tags"], tags)
    if setting.dns_resolution is not None:
        plan.add("peering", "change", about.of("dns_resolution"), bool(peering[side]["dns_resolution"]), dns)
    if not (accepting or setting.tags or setting.dns_resolution is not None):
        return []
    entry = connection(peering["id"], side, tags if setting.tags else None, dns)
    return [{**entry, **_expected(facts, consumer)} if accepting else entry]


def _check_dns(plan: Plan, facts: FactsA, desired: Desired) -> None:
    """Refuse DNS resolution over a VPC that names no hosts: AWS does, and the VPC is not ours to change."""
    vpc, options = facts["vpc"], desired.options
    if vpc and options.state == "present" and options.dns_resolution and not vpc.get("dns_hostnames", True):
        why = "has DNS hostnames disabled, which the DNS resolution of a peering connection needs; enable them"
        about = resource("vpc", vpc_id=vpc["vpc_id"])
        plan.conflict("peering", about, f"{why}, or unset dax_account_a_dns_resolution")


def write_connections(
    plan: Plan,
    desired: Desired,
    state: Literal["accepted", "absent"],
    connections: list[ConnectionOption],
    step: str = "peering",
) -> None:
    """Add the call that brings connections to a state; it waits for one after the other."""
    if not connections:
        return
    ids = [str(entry["id"]) for entry in connections]
    named = f"peering connection{'s' if len(ids) > 1 else ''} {', '.join(ids)}"
    seconds = desired.options.wait_timeout
    plan.write(
        step,
        MODULE,
        resource("peering_connection", id=ids[0]),
        {"connections": connections, "state": state, "wait_timeout": seconds},
        waits_for=f"{named} to {'become active' if state == 'accepted' else 'be deleted'}",
        timeout=seconds * len(ids),
    )
