# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Link 7: the peering connection between the two VPCs. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from ...common.addresses import overlapping
from ...common.compare import is_terminal
from ...common.shapes import Peering
from ..peerings import is_open, joins, sides
from .model import A, B, Finding, Fix, Unreadable, Where, check
from .pair import Pair
from .path import connection, connections, is_ours, other_path, region_of, was_read, ways
from .symptoms import SILENT


@check("peering.overlap", "The blocks of the two VPCs share no address", *SILENT)
def overlap(pair: Pair) -> Iterator[Finding]:
    found = _overlaps(pair)
    subject, blocks = "blocks of both VPCs", {"account_a": _blocks(pair, A), "account_b": _blocks(pair, B)}
    if not found:
        text = f"{', '.join(blocks['account_a'])} and {', '.join(blocks['account_b'])}"
        yield Finding("peering.overlap", "ok", B, subject, text, evidence=blocks)
        return
    text = "give account B's VPC blocks that are free (dax_account_b_vpc_cidr): a VPC keeps its first block, so remove "
    text += "what this collection made (teardown.yml) and run again; of another VPC take the secondary block away"
    told = ", ".join(f"{one} of account A and {other} of account B" for one, other in found)
    fix = Fix("variable", B, text)
    yield Finding("peering.overlap", "broken", B, subject, f"{told} overlap", "no address in both", fix, blocks)


@check("peering.exists", "A peering connection joins the two VPCs", *SILENT)
def exists(pair: Pair) -> Iterator[Finding]:
    found, subject = connection(pair), f"peering connection of {pair.vpc_id_b()} and {pair.vpc_id_a()}"
    if found:
        yield Finding("peering.exists", "ok", B, subject, found["id"], evidence=_evidence(found))
        return
    if _wrong(pair):
        return
    if instead := other_path(pair):
        why = f"the routes of both sides lead to {instead} instead, which is not looked into"
        yield Finding("peering.exists", "unknown", B, subject, f"there is none; {why}")
        return
    dead = [item for item in connections(pair) if joins(item, pair.vpc_id_a(), pair.vpc_id_b()) and is_terminal(item)]
    told = "; ".join(f"{item['id']} is {item['status']['code']} {item['status']['message']}".strip() for item in dead)
    evidence = {"dead": [_evidence(item) for item in dead]}
    if _overlaps(pair):
        why = "none can be while the blocks of the two VPCs overlap"
        yield Finding("peering.exists", "unknown", B, subject, why, evidence=evidence)
        return
    yield Finding(
        "peering.exists", "broken", B, subject, told or "there is none", "one that is active", _make(pair), evidence
    )


@check("peering.vpcs", "The peering connection in use joins these two VPCs", *SILENT)
def vpcs(pair: Pair) -> Iterator[Finding]:
    found = connection(pair)
    if found:
        ends = ", ".join(f"{side['vpc_id']} of {side['owner_id']}" for side in sides(found))
        yield Finding("peering.vpcs", "ok", B, found["id"], ends, evidence=_evidence(found))
        return
    wrong = _wrong(pair)
    if wrong:
        ends = " and ".join(str(side["vpc_id"]) for side in sides(wrong))
        expected = f"{pair.vpc_id_b()} and {pair.vpc_id_a()}"
        yield Finding(
            "peering.vpcs", "broken", B, wrong["id"], f"joins {ends}", expected, _make(pair), _evidence(wrong)
        )


@check("peering.active", "The peering connection is active", *SILENT)
def active(pair: Pair) -> Iterator[Finding]:
    found = connection(pair)
    if found is None:
        return
    code, subject = found["status"]["code"], f"peering connection {found['id']}"
    if code == "active":
        yield Finding("peering.active", "ok", A, subject, code, evidence=_evidence(found))
        return
    if code != "pending-acceptance":
        fix = Fix("manual", A, "AWS is at work on it; ask again in a minute")
        yield Finding("peering.active", "broken", A, subject, code, "active", fix, _evidence(found))
        return
    accepter = found["accepter"]
    where: Where = A if accepter["vpc_id"] == pair.vpc_id_a() else B
    region = accepter["region"] or region_of(pair, where)
    command = ("aws", "ec2", "accept-vpc-peering-connection", "--vpc-peering-connection-id", found["id"])
    expires = f", by {found['expiration_time']}" if found["expiration_time"] else ""
    text = f"accept it in account {accepter['owner_id']}{expires}"
    fix = pair.run(text, is_ours(pair, where), where, (*command, "--region", str(region)))
    told = f"{code}: account {accepter['owner_id']} has to accept it{expires}"
    yield Finding("peering.active", "broken", where, subject, told, "active", fix, _evidence(found))


@check("peering.dns", "What the connection does with public host names")
def dns(pair: Pair) -> Iterator[Finding]:
    """Information only: names of DAX resolve to private addresses everywhere, with or without this option."""
    found = connection(pair)
    if found is None:
        return
    told = {True: "on", False: "off", None: "not shown"}
    options = {str(side["vpc_id"]): side["dns_resolution"] for side in sides(found)}
    text = ", ".join(f"{vpc_id}: {told[value]}" for vpc_id, value in options.items())
    subject = "resolution of public host names to private addresses"
    yield Finding("peering.dns", "ok", A, subject, f"{text}; DAX does not need it", evidence=dict(options))


def _blocks(pair: Pair, where: Where) -> list[str]:
    """Return all blocks of a VPC: AWS looks at every one, whichever the traffic uses."""
    if was_read(pair, where):
        found = pair.read_a("vpc") if where == A else pair.read_b("vpc")
    else:
        found = pair.cluster_document if where == A else pair.consumer_document
    if not found:
        raise Unreadable(where, "VPC", "its blocks are not known")
    return [*found["cidr_blocks"], *found["ipv6_cidr_blocks"]]


def _overlaps(pair: Pair) -> list[tuple[str, str]]:
    try:
        return overlapping(_blocks(pair, A), _blocks(pair, B))
    except Unreadable:
        return []


def _wrong(pair: Pair) -> Peering | None:
    """Return an open connection that the pair uses and that joins other VPCs: of the document, or of B's routes."""
    document = pair.consumer_document
    used = {document["peering_connection_id"] if document else None}
    with suppress(Unreadable):
        used |= {hop.route["target_id"] for way in ways(pair, B)[0] for hop in way.lookup.hops if hop.route}
    shown = [*connections(pair), *(pair.read_b("peerings") if pair.b else [])]
    return next((item for item in shown if item["id"] in used and is_open(item)), None)


def _make(pair: Pair) -> Fix:
    requester = ("aws", "ec2", "create-vpc-peering-connection", "--vpc-id", pair.vpc_id_b())
    peer = ("--peer-vpc-id", pair.vpc_id_a(), "--peer-owner-id", str(pair.account_a))
    regions = ("--peer-region", str(pair.region_a), "--region", str(pair.region_b))
    text = "request a new one; account A accepts it, and the routes of both sides have to lead to it"
    return pair.run(text, is_ours(pair, B), B, (*requester, *peer, *regions))


def _evidence(item: Peering) -> dict[str, Any]:
    return {
        "peering_connection_id": item["id"],
        "status": item["status"]["code"],
        "message": item["status"]["message"],
        "expires": item["expiration_time"],
        "vpc_ids": [side["vpc_id"] for side in sides(item)],
    }
