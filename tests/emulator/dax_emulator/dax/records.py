# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the emulator knows of a DAX cluster: plain, mutable records."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

PLAIN_PORT = 8111
TLS_PORT = 9111


@dataclass
class Endpoint:
    """Where a cluster or a node is reached; `url` is empty for nodes, as in AWS."""

    address: str
    port: int
    url: str = ""

    def describe(self) -> dict[str, Any]:
        found: dict[str, Any] = {"Address": self.address, "Port": self.port}
        if self.url:
            found["URL"] = self.url
        return found


@dataclass
class NodeRecord:
    """One node. Node ids are `<cluster>-a`, `<cluster>-b`, …; the first is the leader."""

    node_id: str
    availability_zone: str
    endpoint: Endpoint
    status: str = "available"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    def describe(self) -> dict[str, Any]:
        """The record in the shape of the API's `Node`; one that comes or goes has no endpoint."""
        found: dict[str, Any] = {
            "NodeId": self.node_id,
            "AvailabilityZone": self.availability_zone,
            "NodeStatus": self.status,
            "ParameterGroupStatus": "in-sync",
        }
        if self.status != "creating":
            found["NodeCreateTime"] = self.created
        if self.status not in ("creating", "deleting"):
            found["Endpoint"] = self.endpoint.describe()
        return found


@dataclass
class ClusterRecord:
    """One DAX cluster. The data plane may replace `endpoint` and each node's `endpoint`."""

    account_id: str
    region: str
    partition: str
    name: str
    arn: str
    node_type: str
    iam_role_arn: str
    subnet_group: str
    vpc_id: str
    security_group_ids: list[str]
    endpoint: Endpoint
    nodes: list[NodeRecord]
    encryption_type: str = "NONE"  # NONE | TLS
    network_type: str = "ipv4"  # ipv4 | ipv6 | dual_stack
    description: str | None = None
    maintenance_window: str = "sun:05:00-sun:06:00"
    parameter_group: str = "default.dax1.0"
    nodes_to_reboot: list[str] = field(default_factory=list)
    notification_topic: str | None = None
    notification_status: str = "active"
    sse_enabled: bool = False
    status: str | None = "creating"  # None is shown as no status at all
    ready_at: float = 0.0  # time.monotonic() at which the status under way ends
    late_at: float = 0.0  # and at which its last third begins
    removing: list[str] = field(default_factory=list)  # ids of nodes that leave when the status ends
    reachable: bool = False  # the store's on_available were told of it and its on_deleted were not
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def tls(self) -> bool:
        return self.encryption_type == "TLS"

    @property
    def scheme(self) -> str:
        return "daxs" if self.tls else "dax"

    def describe(self) -> dict[str, Any]:
        """The record in the shape of the API's `Cluster`.

        A cluster that is created or deleted is shown without its nodes, and late in its deletion without a status.
        """
        late = self.status == "deleting" and time.monotonic() >= self.late_at
        found: dict[str, Any] = {
            "ClusterName": self.name,
            "ClusterArn": self.arn,
            "TotalNodes": len(self.nodes),
            "ActiveNodes": sum(node.status == "available" for node in self.nodes),
            "NodeType": self.node_type,
            "PreferredMaintenanceWindow": self.maintenance_window,
            "SecurityGroups": [
                {"SecurityGroupIdentifier": group, "Status": "active"} for group in self.security_group_ids
            ],
            "IamRoleArn": self.iam_role_arn,
            "ParameterGroup": {
                "ParameterGroupName": self.parameter_group,
                "ParameterApplyStatus": "pending-reboot" if self.nodes_to_reboot else "in-sync",
                "NodeIdsToReboot": list(self.nodes_to_reboot),
            },
            "SSEDescription": {"Status": "ENABLED" if self.sse_enabled else "DISABLED"},
            "ClusterEndpointEncryptionType": self.encryption_type,
            "NetworkType": self.network_type,
        }
        if self.status and not late:
            found["Status"] = self.status
            found["SubnetGroup"] = self.subnet_group
        if self.status == "creating":
            found["ClusterDiscoveryEndpoint"] = {"Port": self.endpoint.port}
        elif self.status and self.status != "deleting":
            found["Nodes"] = [node.describe() for node in self.nodes]
            found["ClusterDiscoveryEndpoint"] = self.endpoint.describe()
        if self.description is not None:
            found["Description"] = self.description
        if self.removing:
            found["NodeIdsToRemove"] = list(self.removing)
        if self.notification_topic:
            found["NotificationConfiguration"] = {
                "TopicArn": self.notification_topic,
                "TopicStatus": self.notification_status,
            }
        return found
