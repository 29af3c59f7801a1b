# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPC peering connections of all accounts, and the states that they go through."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from threading import RLock
from typing import Any

from dax_emulator.base import ec2_state
from dax_emulator.base.settings import SETTINGS

LIFETIME = timedelta(days=7)  # of a request that nobody accepts
STATUSES = (
    "initiating-request",
    "pending-acceptance",
    "provisioning",
    "active",
    "deleting",
    "deleted",
    "rejected",
    "failed",
    "expired",
)
LIVE = ("initiating-request", "pending-acceptance", "provisioning", "active")
_FAILED = "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"


@dataclass
class Side:
    """One of the two VPCs."""

    account: str
    region: str
    vpc_id: str
    allow_dns: bool = False
    _cidrs: tuple[list[str], list[str]] = field(default_factory=lambda: ([], []))

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.account, self.region, self.vpc_id)

    @property
    def vpc(self) -> Any | None:
        """The VPC, if it is this account's own: one that is shared with it cannot be peered by it."""
        vpc = ec2_state.find_vpc(self.account, self.region, self.vpc_id)
        return vpc if vpc is not None and vpc.owner_id == self.account else None

    def cidrs(self) -> tuple[list[str], list[str]]:
        """IPv4 and IPv6 blocks, those last seen if the VPC is gone."""
        vpc = self.vpc
        if vpc is not None:
            self._cidrs = (ec2_state.vpc_cidrs(vpc), ec2_state.vpc_cidrs(vpc, ipv6=True))
        return self._cidrs


@dataclass
class Peering:
    """One peering connection. moto's routes hold it too and know it by `id`."""

    id: str
    requester: Side
    accepter: Side
    created: datetime
    _status: str = "pending-acceptance"
    _message: str | None = None
    accepted: datetime | None = None

    @property
    def status(self) -> str:
        now = datetime.now(UTC)
        if self._status == "pending-acceptance" and now >= self.expires:
            self._status = "expired"
        delay = timedelta(seconds=SETTINGS.peering_provisioning_seconds)
        if self._status == "provisioning" and self.accepted is not None and now >= self.accepted + delay:
            self._status = "active"
        return self._status

    @property
    def message(self) -> str:
        if self._message:
            return self._message
        return {
            "initiating-request": f"Initiating Request to {self.accepter.account}",
            "pending-acceptance": f"Pending Acceptance by {self.accepter.account}",
            "provisioning": "Provisioning",
            "active": "Active",
            "failed": _FAILED,
            "expired": "Expired",
            "rejected": f"Rejected by {self.accepter.account}",
        }.get(self.status, self.status.capitalize())

    @property
    def expires(self) -> datetime:
        return self.created + LIFETIME

    def become(self, status: str, message: str | None = None) -> None:
        if status not in STATUSES:
            raise ValueError(f"{status!r} is not a peering status: choose one of {', '.join(STATUSES)}")
        self._status, self._message = status, message
        self.accepted = None  # a status that is set stays

    def accept(self) -> None:
        self._status, self._message = "provisioning", None
        self.accepted = datetime.now(UTC)

    def side(self, account: str, region: str, vpc_id: str | None = None) -> Side | None:
        """The side in this account and region (the requester's first), of this VPC if given."""
        for side in (self.requester, self.accepter):
            if (side.account, side.region) == (account, region) and vpc_id in (None, side.vpc_id):
                return side
        return None

    def other(self, side: Side) -> Side:
        return self.accepter if side is self.requester else self.requester

    def visible(self, account: str, region: str, write: bool = False) -> bool:
        """Whether reads, or writes, of an account in a region find the connection."""
        if (self.requester.account, self.requester.region) == (account, region):
            return True
        seconds = SETTINGS.peering_visibility_seconds
        delay = timedelta(seconds=max(seconds, SETTINGS.peering_accept_seconds) if write else seconds)
        return (self.accepter.account, self.accepter.region) == (account, region) and (
            datetime.now(UTC) >= self.created + delay
        )

    def overlaps(self) -> bool:
        """Whether any block of one side overlaps any of the other."""
        return any(
            ip_network(mine, strict=False).overlaps(ip_network(theirs, strict=False))
            for ours, others in zip(self.requester.cidrs(), self.accepter.cidrs(), strict=True)
            for mine in ours
            for theirs in others
        )


_peerings: dict[str, Peering] = {}
lock = RLock()


def create(requester: Side, accepter: Side) -> Peering:
    """A new request; `failed` at once if the accepter's VPC is not there or the blocks overlap."""
    peering = Peering(f"pcx-{secrets.token_hex(8)}0", requester, accepter, datetime.now(UTC))
    _peerings[peering.id] = peering
    for side in (requester, accepter):
        side.cidrs()
        if side is requester or side.vpc is not None:
            # moto looks here when it checks the target of a route or of a tag
            ec2_state.backend(side.account, side.region).vpc_pcxs[peering.id] = peering
    if accepter.vpc is None or requester.key == accepter.key or peering.overlaps():
        peering.become("failed")
    return peering


def get(peering_id: str) -> Peering | None:
    return _peerings.get(peering_id)


def visible_to(account: str, region: str, write: bool = False) -> list[Peering]:
    """Every connection that reads, or writes, of an account in a region find."""
    return [peering for peering in list(_peerings.values()) if peering.visible(account, region, write)]


def of_vpc(account: str, region: str, vpc_id: str) -> Iterator[Peering]:
    """Every peering, live or dead, of a VPC."""
    for peering in list(_peerings.values()):
        if peering.side(account, region, vpc_id) is not None:
            yield peering


def between(one: Side, two: Side, *statuses: str) -> Peering | None:
    """A peering of two VPCs, in either direction, in one of these statuses."""
    for peering in of_vpc(one.account, one.region, one.vpc_id):
        if peering.side(two.account, two.region, two.vpc_id) is not None and peering.status in statuses:
            return peering
    return None
