# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The DAX state of every account and region, and how it changes with time."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from threading import RLock, Timer
from typing import Any

from dax_emulator.base.errors import aws_error
from dax_emulator.base.settings import SETTINGS
from dax_emulator.dax.records import ClusterRecord, Endpoint, NodeRecord

LOG = logging.getLogger(__name__)
Listener = Callable[[ClusterRecord], None]
# Who is told of each cluster: before it turns `available` (and again when nodes came or went), and when it is gone.
# A listener may replace the record's endpoints; clusters that have none keep host names like AWS's, which lead nowhere.
# Calls come from request threads, one at a time for each cluster.
on_available: list[Listener] = []
on_deleted: list[Listener] = []


@dataclass
class SubnetRecord:
    subnet_id: str
    availability_zone: str
    network_types: list[str]


@dataclass
class SubnetGroupRecord:
    name: str
    description: str | None
    vpc_id: str
    subnets: list[SubnetRecord]

    @property
    def network_types(self) -> list[str]:
        """What every subnet of the group supports."""
        kinds = self.subnets[0].network_types
        return [kind for kind in kinds if all(kind in subnet.network_types for subnet in self.subnets)]


@dataclass
class ParameterGroupRecord:
    name: str
    description: str | None
    parameters: dict[str, str]


@dataclass
class Event:
    source_name: str
    source_type: str
    message: str
    date: datetime = field(default_factory=lambda: datetime.now(UTC))


class Store:
    """One account in one region."""

    def __init__(self, account: str, region: str) -> None:
        self.account = account
        self.region = region
        self.lock = RLock()
        self.subnet_groups: dict[str, SubnetGroupRecord] = {}
        self.parameter_groups: dict[str, ParameterGroupRecord] = {}
        self.events: deque[Event] = deque(maxlen=1000)
        self._clusters: dict[str, ClusterRecord] = {}

    def clusters(self) -> list[ClusterRecord]:
        """Every cluster, in the status that it has by now."""
        with self.lock:
            for record in list(self._clusters.values()):
                self._settle(record)
            return list(self._clusters.values())

    def cluster(self, name: str) -> ClusterRecord | None:
        """A cluster by name (cluster names are stored in lower case)."""
        return next((record for record in self.clusters() if record.name == name.lower()), None)

    def require(self, name: str) -> ClusterRecord:
        record = self.cluster(name)
        if record is None:
            raise aws_error("ClusterNotFoundFault", f"Cluster not found: {name}.", 400)
        return record

    def require_available(self, name: str) -> ClusterRecord:
        record = self.require(name)
        if record.status != "available":
            message = f"Cluster {name} is not in available state (current status: {record.status})."
            raise aws_error("InvalidClusterStateFault", message)
        return record

    def add(self, record: ClusterRecord) -> None:
        with self.lock:
            self._clusters[record.name] = record
            self.begin(record, "creating")
            self.log(record.name, "CLUSTER", "Cluster creation started.")

    def begin(self, record: ClusterRecord, status: str) -> None:
        """Start a status that ends by itself after `cluster_seconds`."""
        record.status = status
        record.ready_at = time.monotonic() + SETTINGS.cluster_seconds
        record.late_at = record.ready_at - SETTINGS.cluster_seconds / 3 if SETTINGS.cluster_seconds else float("inf")
        if SETTINGS.cluster_seconds:
            timer = Timer(SETTINGS.cluster_seconds, self.clusters)
            timer.daemon = True
            timer.start()

    def log(self, name: str, kind: str, message: str) -> None:
        self.events.appendleft(Event(name, kind, message))

    def _settle(self, record: ClusterRecord) -> None:
        end: Callable[[ClusterRecord], None] | None = _ENDS.get(record.status)
        if end is None or time.monotonic() < record.ready_at:
            return
        if record.status == "deleting":
            del self._clusters[record.name]
            self.log(record.name, "CLUSTER", "Cluster deleted.")
        end(record)


def _tell(listeners: list[Listener], record: ClusterRecord) -> None:
    """What a listener raises is logged: it never fails the API call, and the cluster stays as it is."""
    for listener in listeners:
        try:
            listener(record)
        except Exception:
            LOG.exception("a listener failed with the cluster %s", record.arn)


def _end_deleting(record: ClusterRecord) -> None:
    if record.reachable:
        record.reachable = False
        _tell(on_deleted, record)


def _end_changing(record: ClusterRecord) -> None:
    record.nodes = [node for node in record.nodes if node.node_id not in record.removing]
    record.removing = []
    for node in record.nodes:
        node.status = "available"
    record.reachable = True
    _tell(on_available, record)  # before the API shows it as available
    record.status = "available"


_ENDS: dict[str | None, Callable[[ClusterRecord], None]] = {
    "creating": _end_changing,
    "modifying": _end_changing,
    "deleting": _end_deleting,
}

_stores: dict[tuple[str, str], Store] = {}
_stores_lock = RLock()


def of(account: str, region: str) -> Store:
    """The store of an account in a region."""
    with _stores_lock:
        return _stores.setdefault((account, region), Store(account, region))


def patch(record: ClusterRecord, changes: dict[str, Any]) -> None:
    """Set fields of a record for a test; `endpoint` and `nodes` are given as dictionaries.

    A status set this way stays until it is set again; `available` counts for the nodes too. Raises ValueError on a name
    that is not a field.
    """
    known = {item.name for item in fields(ClusterRecord)}
    if unknown := set(changes) - known:
        raise ValueError(f"unknown cluster field {sorted(unknown)[0]!r}: choose from {', '.join(sorted(known))}")
    for name, value in changes.items():
        if name == "endpoint":
            value = Endpoint(**value)
        elif name == "nodes":
            value = [NodeRecord(**{**node, "endpoint": Endpoint(**node["endpoint"])}) for node in value]
        setattr(record, name, value)
    if "status" in changes:
        record.ready_at = record.late_at = float("inf")
    if changes.get("status") == "available" and "nodes" not in changes:
        for node in record.nodes:
            node.status = "available"
