# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the emulator knows of a DAX cluster: plain, mutable records."""

from __future__ import annotations

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

    def describe(self, visible: bool) -> dict[str, Any]:
        found: dict[str, Any] = {
            "NodeId": self.node_id,
            "NodeCreateTime": self.created,
            "AvailabilityZone": self.availability_zone,
            "NodeStatus": self.status,
            "ParameterGroupStatus": "in-sync",
        }
        if visible:
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
    status: str = "creating"
    ready_at: float = 0.0  # time.monotonic() at which the status under way ends
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
        """The record in the shape of the API's `Cluster`."""
        visible = self.status not in ("creating", "deleting")
        found: dict[str, Any] = {
            "ClusterName": self.name,
            "ClusterArn": self.arn,
            "TotalNodes": len(self.nodes),
            "ActiveNodes": sum(node.status == "available" for node in self.nodes),
            "NodeType": self.node_type,
            "Status": self.status,
            "Nodes": [node.describe(visible) for node in self.nodes],
            "PreferredMaintenanceWindow": self.maintenance_window,
            "SubnetGroup": self.subnet_group,
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
        if visible:
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
