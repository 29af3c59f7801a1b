# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What both sides decide in the same way of VPC peering connections and overlapping blocks. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from ..common.addresses import overlapping
from ..common.compare import is_terminal
from ..common.shapes import Peering, PeeringSide, Tags, Vpc
from .model import Plan
from .resources import resource

# Best first: what to build on when several connections join the same two VPCs.
_OPEN = ("active", "provisioning", "pending-acceptance", "initiating-request")

MODULE = "dax.cross_account.ec2_vpc_peering_connections"
SIDES: tuple[Literal["requester"], Literal["accepter"]] = ("requester", "accepter")


def check_overlap(plan: Plan, ours: Iterable[str], theirs: Iterable[str], variable: str) -> None:
    """Refuse two VPCs that share an address: AWS peers them not at all, whichever of their blocks it is."""
    for left, right in overlapping(ours, theirs):
        plan.conflict(
            "peering",
            resource("cidr_block", block=left),
            f"overlaps {right} of the other VPC, and AWS cannot peer overlapping VPCs; "
            f"give account B another block ({variable})",
        )


def check_owner(plan: Plan, vpc: Vpc, account_id: str, fix: str) -> None:
    """Refuse a VPC that another account shares with this one: only its owner makes peering connections and routes.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html
    """
    owner = vpc["owner_id"]
    if owner not in (None, account_id):
        why = f"belongs to account {owner}, which shares it and alone makes peering connections and routes of it; "
        plan.conflict("peering", resource("vpc", vpc_id=vpc["vpc_id"]), f"{why}{fix}")


def is_open(peering: Peering) -> bool:
    """Tell whether a connection is active or may still become so."""
    return not is_terminal(peering)


def sides(peering: Peering) -> tuple[PeeringSide, PeeringSide]:
    return peering["requester"], peering["accepter"]


def joins(peering: Peering, one_vpc: str | None, other_vpc: str | None) -> bool:
    """Tell whether a peering connection joins the two VPCs, whichever of them asked for it."""
    ends = {peering["requester"]["vpc_id"], peering["accepter"]["vpc_id"]}
    return None not in (one_vpc, other_vpc) and ends == {one_vpc, other_vpc}


def best_peering(peerings: Iterable[Peering]) -> Peering | None:
    """Return the connection to build on: the one nearest to active, or None when all are in a terminal state."""
    usable = [peering for peering in peerings if peering["status"]["code"] in _OPEN]
    return min(usable, key=lambda peering: (_OPEN.index(peering["status"]["code"]), peering["id"]), default=None)


def connection(
    peering_id: str | None, side: str | None = None, tags: Tags | None = None, dns_resolution: bool | None = None
) -> dict[str, Any]:
    """Return one connection as ``ec2_vpc_peering_connections`` takes it; what is not given stays as it is."""
    settings = {"side": side, "tags": tags or None, "dns_resolution": dns_resolution}
    return {"id": peering_id, **{key: value for key, value in settings.items() if value is not None}}
