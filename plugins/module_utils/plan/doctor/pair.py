# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster and one consumer, as far as they were read, and what follows from the two. Pure, no AWS.

An accessor returns a value of the shape that ``common/doctor.py`` says, or raises :class:`Unreadable`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from ...common.addresses import blocks_of_family
from ...common.doctor import DoctorFactsA, DoctorFactsB, Live, RoleDetails
from ...common.ownership import TAG_CLUSTER
from ...common.shapes import Cluster, ClusterDocument, ConsumerDocument, Peering, PeeringSide, Tags
from ..peerings import best_peering, joins
from .model import HOST, A, B, Fix, Unreadable, Where


@dataclass(frozen=True)
class Wanted:
    """What the user's variables say of the pair; "" or None for what they leave open."""

    access: str = "read_write"  # dax_account_a_access: read or read_write
    external_id: str | None = None  # that the consumer gives
    session_tags: bool = False
    session_name: str = ""  # that the client gives its session; "" for any
    max_session_seconds: int = 3600
    client_endpoint: str = ""  # <scheme>://<host>:<port> that the client was given; "" for what the cluster says
    ip_family: str = ""  # ipv4 or ipv6, that the client uses; "" for either
    sts_region: str = ""  # whose STS the client asks; "" for its own region's
    cluster_name: str = ""
    role_name: str = ""  # of account A's role
    consumer_role_name: str = ""
    instance_id: str = ""  # of a client that this collection did not make
    # By playbook or variable, what makes a run of each side.
    playbook: str = "dax.cross_account.site"


@dataclass(frozen=True)
class Pair:
    """One consumer and the cluster that it uses.

    :ivar a: what was read in account A; None if it was not read. ``b`` likewise.
    :ivar cluster_document: account A's, where it was given or follows from what was read; ``consumer_document`` of B.
    :ivar live: what was tried from the client's host; None if it was not.
    :ivar unread: why a side could not be read at all.
    """

    a: DoctorFactsA | None = None
    b: DoctorFactsB | None = None
    cluster_document: ClusterDocument | None = None
    consumer_document: ConsumerDocument | None = None
    live: Live | None = None
    wanted: Wanted = field(default_factory=Wanted)
    unread: Mapping[Where, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The consumer, ``<account id>/<name>``."""
        if self.b:
            return f"{self.b['identity']['account_id']}/{self.b['name']}"
        document = self.consumer_document
        return f"{document['account_id']}/{document['name']}" if document else "unknown consumer"

    # Readings.

    def read_a(self, name: str) -> Any:
        """Return the value of a reading of account A."""
        return self._value(A, self.a, name)

    def read_b(self, name: str) -> Any:
        """Return the value of a reading of account B."""
        return self._value(B, self.b, name)

    def _value(self, where: Where, facts: Any, name: str) -> Any:
        subject = name.replace("_", " ")
        if facts is None:
            raise Unreadable(where, subject, self.unread.get(where) or f"{where} was not read")
        reading = facts["readings"][name]
        if reading["problem"] is not None:
            fix = Fix("manual", where, f"grant the right that is missing, and ask again: {reading['problem']}")
            raise Unreadable(where, subject, reading["problem"], fix)
        return reading["value"]

    def cluster(self) -> Cluster:
        found = self.read_a("cluster")
        if found is None:
            why = f"there is no cluster {self.wanted.cluster_name} in this account and region"
            raise Unreadable(A, f"DAX cluster {self.wanted.cluster_name}", why)
        return cast(Cluster, found)

    def role(self) -> RoleDetails | None:
        """Account A's role, None if there is none of its name."""
        return cast("RoleDetails | None", self.read_a("role"))

    def consumer_role(self) -> RoleDetails | None:
        return cast("RoleDetails | None", self.read_b("role"))

    def client_subnet_ids(self) -> list[str]:
        """The subnets that the client is in, or may be launched in."""
        self.read_b("subnets")
        return self.b["subnet_ids"] if self.b else []

    def live_tries(self) -> Live:
        if self.live is None:
            raise Unreadable(HOST, "the client's host", "nothing was tried from it")
        return self.live

    # What follows from either side, or from its document.

    @property
    def account_a(self) -> str | None:
        if self.a:
            return self.a["identity"]["account_id"]
        return self.cluster_document["account_id"] if self.cluster_document else None

    @property
    def account_b(self) -> str | None:
        if self.b:
            return self.b["identity"]["account_id"]
        return self.consumer_document["account_id"] if self.consumer_document else None

    @property
    def region_a(self) -> str | None:
        if self.a:
            return self.a["region"]
        return self.cluster_document["region"] if self.cluster_document else None

    @property
    def region_b(self) -> str | None:
        if self.b:
            return self.b["region"]
        return self.consumer_document["region"] if self.consumer_document else None

    def vpc_id_a(self) -> str:
        return self._vpc_id(A, self.a is not None, self.cluster_document)

    def vpc_id_b(self) -> str:
        return self._vpc_id(B, self.b is not None, self.consumer_document)

    def _vpc_id(self, where: Where, was_read: bool, document: Any) -> str:
        vpc = (self.read_a("vpc") if where == A else self.read_b("vpc")) if was_read else None
        found = vpc["vpc_id"] if vpc else (document or {}).get("vpc_id")
        if not found:
            raise Unreadable(where, "VPC", "it is not known which VPC it is")
        return str(found)

    def blocks_a(self) -> list[str]:
        """The blocks of the cluster's VPC of the family that traffic to it uses."""
        return self._blocks(A, self.read_a("vpc") if self.a else None, self.cluster_document)

    def blocks_b(self) -> list[str]:
        """The blocks of the consumer's VPC of that family."""
        return self._blocks(B, self.read_b("vpc") if self.b else None, self.consumer_document)

    def _blocks(self, where: Where, vpc: Any, document: Any) -> list[str]:
        found = vpc or document
        if not found:
            raise Unreadable(where, "VPC", "its blocks are not known")
        return blocks_of_family(found["cidr_blocks"], found["ipv6_cidr_blocks"], self.network_type)

    @property
    def network_type(self) -> str:
        """The cluster's: ipv4, ipv6 or dual_stack."""
        if self.a and self.a["readings"]["cluster"]["value"]:
            return str(self.cluster()["network_type"])
        return self.cluster_document["network_type"] if self.cluster_document else "ipv4"

    def endpoint(self) -> Any:
        """The cluster's discovery endpoint: address, port, url."""
        if self.a:
            return self.cluster()["endpoint"]
        if self.cluster_document and self.cluster_document["endpoint"]:
            return self.cluster_document["endpoint"]
        raise Unreadable(A, "DAX cluster", "account A was not read, and there is no document of it")

    def cluster_arn(self) -> str:
        if self.a:
            return self.cluster()["cluster_arn"]
        if self.cluster_document:
            return self.cluster_document["cluster_arn"]
        raise Unreadable(A, "DAX cluster", "account A was not read, and there is no document of it")

    def assumed_role_arn(self) -> str:
        """The ARN of account A's role, as the consumer has to name it."""
        role = self.role() if self.a else None
        if role:
            return role["arn"]
        arn = self.consumer_document["assumed_role_arn"] if self.consumer_document else None
        arn = arn or (self.cluster_document["role_arn"] if self.cluster_document else None)
        if not arn:
            raise Unreadable(A, f"role {self.wanted.role_name}", "its ARN is not known")
        return str(arn)

    def consumer_role_arn(self) -> str:
        """The ARN of the consumer's role, as account A's trust policy has to name it."""
        role = self.consumer_role() if self.b else None
        if role:
            return role["arn"]
        if self.consumer_document:
            return self.consumer_document["role_arn"]
        raise Unreadable(B, f"role {self.wanted.consumer_role_name}", "its ARN is not known")

    def peering(self) -> Peering | None:
        """The best connection between the two VPCs, as either side shows it; None if there is no open one."""
        found = self.read_a("peerings") if self.a else self.read_b("peerings")
        one, other = self.vpc_id_a(), self.vpc_id_b()
        return best_peering(item for item in found if joins(item, one, other))

    def side_of(self, peering: Peering, vpc_id: str) -> PeeringSide:
        return peering["requester"] if peering["requester"]["vpc_id"] == vpc_id else peering["accepter"]

    # What heals.

    def run(self, text: str, managed: bool, where: Where, *commands: tuple[str, ...]) -> Fix:
        """Return the run of this collection that corrects something, or for what it did not make AWS CLI commands.

        :param managed: whether this collection made it; see :func:`is_managed`.
        """
        if managed or not commands:
            return Fix("run", where, text, (("ansible-playbook", self.wanted.playbook),))
        return Fix("command", where, text, commands)


def is_managed(tags: Tags) -> bool:
    """Tell by its tags whether this collection made something, for whichever cluster."""
    return TAG_CLUSTER in tags
