# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DAX clusters and their nodes."""

from __future__ import annotations

import hashlib
import re
import string
from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.base import ec2_state
from dax_emulator.base.errors import aws_error
from dax_emulator.dax import parameter_groups, service_role, subnet_groups, tags
from dax_emulator.dax import store as dax_store
from dax_emulator.dax.pages import page
from dax_emulator.dax.records import PLAIN_PORT, TLS_PORT, ClusterRecord, Endpoint, NodeRecord
from dax_emulator.dax.store import Store, SubnetGroupRecord

MOST_NODES = 11


def create(context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
    store = _store(context)
    name = _name(request["ClusterName"])
    with store.lock:
        if store.cluster(name):
            raise aws_error("ClusterAlreadyExistsFault", f"Cluster already exists: {name}.")
        group = subnet_groups.require(store, request.get("SubnetGroupName") or subnet_groups.DEFAULT)
        parameter_group = request.get("ParameterGroupName") or parameter_groups.DEFAULT
        parameter_groups.require(store, parameter_group)
        network_type = request.get("NetworkType") or group.network_types[-1]  # the widest that all subnets have
        if network_type not in group.network_types:
            message = f"Subnet group {group.name} does not support network type {network_type}."
            raise aws_error("InvalidParameterValueException", message)
        count = request["ReplicationFactor"]
        _check_count(count)
        if not re.fullmatch(r"dax\.[a-z0-9]+\.[a-z0-9]+", request["NodeType"]):
            raise aws_error("InvalidParameterValueException", f"Invalid node type: {request['NodeType']}")
        assert context.account_id and context.region
        record = ClusterRecord(
            account_id=context.account_id,
            region=context.region,
            partition=context.partition,
            name=name,
            arn=f"arn:{context.partition}:dax:{context.region}:{context.account_id}:cache/{name}",
            node_type=request["NodeType"],
            iam_role_arn=service_role.checked(request["IamRoleArn"], context.account_id),
            subnet_group=group.name,
            vpc_id=group.vpc_id,
            security_group_ids=_security_groups(store, group, request.get("SecurityGroupIds")),
            endpoint=Endpoint("", 0),
            nodes=[],
            encryption_type=request.get("ClusterEndpointEncryptionType") or "NONE",
            network_type=network_type,
            description=request.get("Description"),
            maintenance_window=request.get("PreferredMaintenanceWindow") or "sun:05:00-sun:06:00",
            parameter_group=parameter_group,
            notification_topic=request.get("NotificationTopicArn"),
            sse_enabled=bool((request.get("SSESpecification") or {}).get("Enabled")),
            tags=tags.checked(request.get("Tags") or []),
        )
        port = TLS_PORT if record.tls else PLAIN_PORT
        host = _host(record, "")
        record.endpoint = Endpoint(host, port, f"{record.scheme}://{host}")
        _add_nodes(record, group, count, request.get("AvailabilityZones"), "creating")
        store.add(record)
        return {"Cluster": record.describe()}


def describe(context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
    store = _store(context)
    names = request.get("ClusterNames")
    records = [store.require(name) for name in names] if names else store.clusters()
    found, token = page(records, request)
    response: dict[str, Any] = {"Clusters": [record.describe() for record in found]}
    if token:
        response["NextToken"] = token
    return response


def update(context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
    store = _store(context)
    with store.lock:
        record = store.require_available(request["ClusterName"])
        group = subnet_groups.require(store, record.subnet_group)
        if "ParameterGroupName" in request:
            parameter_groups.require(store, request["ParameterGroupName"])
        if request.get("SecurityGroupIds"):
            record.security_group_ids = _security_groups(store, group, request["SecurityGroupIds"])
            for node in record.nodes:
                node.status = "modifying"
        if request.get("ParameterGroupName", record.parameter_group) != record.parameter_group:
            record.parameter_group = request["ParameterGroupName"]
            record.nodes_to_reboot = [node.node_id for node in record.nodes]
        record.description = request.get("Description", record.description)
        record.maintenance_window = request.get("PreferredMaintenanceWindow", record.maintenance_window)
        record.notification_topic = request.get("NotificationTopicArn", record.notification_topic)
        record.notification_status = request.get("NotificationTopicStatus", record.notification_status)
        store.begin(record, "modifying")
        return {"Cluster": record.describe()}


def delete(context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
    store = _store(context)
    with store.lock:
        record = store.require_available(request["ClusterName"])
        store.begin(record, "deleting")
        for node in record.nodes:
            node.status = "deleting"
        return {"Cluster": record.describe()}


def increase(context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
    store = _store(context)
    with store.lock:
        record = store.require_available(request["ClusterName"])
        count = request["NewReplicationFactor"]
        _check_count(count)
        if count <= len(record.nodes):
            message = f"NewReplicationFactor must be greater than the {len(record.nodes)} nodes of the cluster."
            raise aws_error("InvalidParameterValueException", message)
        group = subnet_groups.require(store, record.subnet_group)
        _add_nodes(record, group, count - len(record.nodes), request.get("AvailabilityZones"), "creating")
        store.begin(record, "modifying")
        return {"Cluster": record.describe()}


def decrease(context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
    store = _store(context)
    with store.lock:
        record = store.require_available(request["ClusterName"])
        count = request["NewReplicationFactor"]
        surplus = len(record.nodes) - count
        if count < 1 or surplus < 1:
            message = f"NewReplicationFactor must be at least 1 and less than the {len(record.nodes)} nodes."
            raise aws_error("InvalidParameterValueException", message)
        chosen = request.get("NodeIdsToRemove")
        if chosen:
            if missing := set(chosen) - {node.node_id for node in record.nodes}:
                raise aws_error("NodeNotFoundFault", f"Node not found: {sorted(missing)[0]}.")
        else:
            zones = request.get("AvailabilityZones")
            candidates = [node for node in record.nodes if not zones or node.availability_zone in zones]
            chosen = [node.node_id for node in candidates[::-1][:surplus]]
        if len(chosen) != surplus:
            message = f"{surplus} nodes must be removed, not {len(chosen)}."
            raise aws_error("InvalidParameterCombinationException", message)
        record.removing = list(chosen)
        for node in record.nodes:
            if node.node_id in chosen:
                node.status = "deleting"
        store.begin(record, "modifying")
        return {"Cluster": record.describe()}


def reboot(context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
    store = _store(context)
    with store.lock:
        record = store.require_available(request["ClusterName"])
        node = next((node for node in record.nodes if node.node_id == request["NodeId"]), None)
        if node is None:
            raise aws_error("NodeNotFoundFault", f"Node not found: {request['NodeId']}.")
        node.status = "rebooting"
        record.nodes_to_reboot = [one for one in record.nodes_to_reboot if one != node.node_id]
        store.begin(record, "modifying")
        store.log(node.node_id, "CLUSTER", "Node rebooted.")
        return {"Cluster": record.describe()}


def _store(context: RequestContext) -> Store:
    assert context.account_id and context.region
    return dax_store.of(context.account_id, context.region)


def _name(name: str) -> str:
    """Cluster names: 1 to 20 letters, digits and single hyphens, a letter first, no hyphen last; lower case."""
    if not re.fullmatch(r"[A-Za-z](?!.*--)[A-Za-z0-9-]{0,19}", name) or name.endswith("-"):
        message = (
            "Cluster names must have 1 to 20 letters, digits or hyphens, start with a letter, "
            "not end with a hyphen and not contain two consecutive hyphens."
        )
        raise aws_error("InvalidParameterValueException", message)
    return name.lower()


def _check_count(count: int) -> None:
    if count < 1:
        raise aws_error("InvalidParameterValueException", "The replication factor must be at least 1.")
    if count > MOST_NODES:
        raise aws_error("NodeQuotaForClusterExceededFault", f"A cluster has at most {MOST_NODES} nodes.")


def _security_groups(store: Store, group: SubnetGroupRecord, wanted: list[str] | None) -> list[str]:
    """The cluster's security groups, by default the VPC's default group."""
    if not wanted:
        default = ec2_state.default_group(store.account, store.region, group.vpc_id)
        return [default.id] if default else []
    for group_id in wanted:
        found = ec2_state.find_group(store.account, store.region, group_id)
        if found is None or found.vpc_id != group.vpc_id:
            message = f"Security group {group_id} does not exist in VPC {group.vpc_id}."
            raise aws_error("InvalidParameterValueException", message)
    return list(dict.fromkeys(wanted))


def _host(record: ClusterRecord, node: str) -> str:
    """A host name like AWS's; the six hexadecimal digits belong to the cluster."""
    digits = hashlib.sha256(record.arn.encode()).hexdigest()[:6]
    domain = "amazonaws.com.cn" if record.partition == "aws-cn" else "amazonaws.com"
    middle = f"-{node}.{digits}.nodes" if node else f".{digits}"
    return f"{record.name}{middle}.dax-clusters.{record.region}.{domain}"


def _add_nodes(
    record: ClusterRecord, group: SubnetGroupRecord, count: int, wanted: list[str] | None, status: str
) -> None:
    """Add nodes with free letters, in the zones that were asked for or spread over those of the subnets."""
    zones = sorted({subnet.availability_zone for subnet in group.subnets})
    if wanted:
        if len(wanted) != count:
            message = f"AvailabilityZones must name one zone for each of the {count} nodes."
            raise aws_error("InvalidParameterCombinationException", message)
        if strange := sorted(set(wanted) - set(zones)):
            message = f"Subnet group {group.name} has no subnet in {strange[0]}."
            raise aws_error("InvalidParameterValueException", message)
    used = {node.node_id for node in record.nodes}
    letters = [letter for letter in string.ascii_lowercase if f"{record.name}-{letter}" not in used]
    start = len(record.nodes)
    for index in range(count):
        letter = letters[index]
        zone = wanted[index] if wanted else zones[(start + index) % len(zones)]
        endpoint = Endpoint(_host(record, letter), TLS_PORT if record.tls else PLAIN_PORT)
        record.nodes.append(NodeRecord(f"{record.name}-{letter}", zone, endpoint, status))
