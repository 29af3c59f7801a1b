# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads of Amazon DynamoDB Accelerator (DAX): clusters, their tags, subnet groups.

Source: the DAX API reference,
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Accelerator_(DAX).html
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict
from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict

from ..common.aws import aws_errors, error_code, retried
from ..common.shapes import Cluster, Endpoint, Node, Tags
from .regions import check_dax

# Scheme and default port of an endpoint by the cluster's encryption in transit.
ENDPOINT_DEFAULTS: dict[str, tuple[str, int]] = {"NONE": ("dax", 8111), "TLS": ("daxs", 9111)}

_MISSING = frozenset({"ClusterNotFoundFault", "SubnetGroupNotFoundFault"})
_BUSY = "InvalidClusterStateFault"


class Encryption(TypedDict):
    """Encryption at rest."""

    status: str  # ENABLED, DISABLED, or on the way to one of them


class Topic(TypedDict, total=False):
    topic_arn: str
    topic_status: str


class ParameterGroup(TypedDict, total=False):
    parameter_group_name: str


class ClusterDetails(Cluster):
    """A DAX cluster with all that the modules dax_cluster and dax_cluster_info show and compare."""

    sse_description: Encryption
    tags: Tags
    description: NotRequired[str]
    node_type: NotRequired[str]
    total_nodes: NotRequired[int]
    active_nodes: NotRequired[int]
    iam_role_arn: NotRequired[str]
    parameter_group: NotRequired[ParameterGroup]
    preferred_maintenance_window: NotRequired[str]
    notification_configuration: NotRequired[Topic]


class GroupSubnet(TypedDict):
    subnet_identifier: str
    supported_network_types: list[str]
    subnet_availability_zone: NotRequired[str]


class SubnetGroup(TypedDict):
    """A DAX subnet group."""

    subnet_group_name: str
    vpc_id: str
    subnets: list[GroupSubnet]
    supported_network_types: list[str]
    description: NotRequired[str]


def describe_clusters(client: Any, names: list[str] | None = None, include_tags: bool = True) -> list[ClusterDetails]:
    """Return DAX clusters as :func:`normalise_cluster` shapes them.

    :param client: a boto3 client for ``dax``, plain or wrapped by ``AnsibleAWSModule.client``.
    :param names: the clusters to read; ``None`` reads all of the account and region, ``[]`` reads none.
        Names that do not exist are left out of the result.
    :param include_tags: also read each cluster's tags, which costs one call a cluster; ``{}`` while they are unknown,
        see :func:`cluster_tags`.
    :raises AnsibleAWSError: when a call fails for another reason than a missing cluster.
    """
    raw = _existing(_describe_clusters, client, _lowered(names))
    clusters = [normalise_cluster(item) for item in raw]
    for cluster in clusters if include_tags else ():
        cluster["tags"] = cluster_tags(client, cluster) or {}
    return clusters


def describe_subnet_groups(client: Any, names: list[str] | None = None) -> list[SubnetGroup]:
    """Return DAX subnet groups as :func:`normalise_subnet_group` shapes them.

    :param client: a boto3 client for ``dax``, plain or wrapped by ``AnsibleAWSModule.client``.
    :param names: the groups to read; ``None`` reads all of the account and region, ``[]`` reads none.
        Names that do not exist are left out of the result.
    :raises AnsibleAWSError: when a call fails for another reason than a missing group.
    """
    raw = _existing(_describe_subnet_groups, client, _lowered(names))
    return [normalise_subnet_group(item) for item in raw]


def cluster_tags(client: Any, cluster: Cluster) -> Tags | None:
    """Return the tags of one cluster; ``{}`` when it is gone, None while DAX does not tell.

    It refuses with ``InvalidClusterStateFault`` while the cluster is created, changed or deleted. One that has just
    become available may refuse for a moment more, which is waited for.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_ListTags.html
    """
    read = retried(_BUSY)(_list_tags) if cluster["status"] == "available" else retried()(_list_tags)
    try:
        with aws_errors("list the tags of a DAX cluster"):
            return read(client, cluster["cluster_arn"])
    except AnsibleAWSError as error:
        if error_code(error) in _MISSING:
            return {}
        if error_code(error) == _BUSY and cluster["status"] != "available":
            return None
        raise


def normalise_cluster(raw: dict[str, Any], tags: Tags | None = None) -> ClusterDetails:
    """Shape one ``Cluster`` of the API for Ansible.

    Keys are the API's in snake case. Added, and always there, whatever the age of the API that answered:

    - ``status``: ``deleting`` where the API names none, which it does late in a deletion, when it also leaves out
      nodes, endpoint and groups
      (https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/dax/cluster.go);
    - ``encryption_type``: ``NONE`` or ``TLS``;
    - ``network_type``: ``ipv4``, ``ipv6`` or ``dual_stack``;
    - ``endpoint``: the discovery endpoint as ``address`` and ``url`` (``None`` while there is none yet) and ``port``;
    - ``nodes``, ``security_groups``, ``sse_description`` and ``tags``, empty or disabled where the API left them out.
    """
    shown = camel_dict_to_snake_dict(raw)
    encryption = shown.get("cluster_endpoint_encryption_type") or "NONE"
    cluster: ClusterDetails = shown
    cluster["status"] = shown.get("status") or "deleting"
    cluster["encryption_type"] = encryption
    cluster["network_type"] = shown.get("network_type") or "ipv4"
    cluster["endpoint"] = _endpoint(shown.get("cluster_discovery_endpoint"), encryption)
    cluster["nodes"] = [_node(node, encryption) for node in shown.get("nodes") or []]
    cluster["security_groups"] = shown.get("security_groups") or []
    cluster["sse_description"] = shown.get("sse_description") or Encryption(status="DISABLED")
    cluster["tags"] = dict(tags or {})
    return cluster


def normalise_subnet_group(raw: dict[str, Any]) -> SubnetGroup:
    """Shape one ``SubnetGroup`` of the API for Ansible: snake case, with ``subnets`` and network types always there."""
    shown = camel_dict_to_snake_dict(raw)
    group: SubnetGroup = shown
    group["supported_network_types"] = shown.get("supported_network_types") or ["ipv4"]
    group["subnets"] = shown.get("subnets") or []
    for subnet in group["subnets"]:
        subnet["supported_network_types"] = subnet.get("supported_network_types") or ["ipv4"]
    return group


def _list_tags(client: Any, arn: str) -> Tags:
    pages = client.get_paginator("list_tags").paginate(ResourceName=arn)
    tags: Tags = boto3_tag_list_to_ansible_dict(pages.build_full_result().get("Tags", []))
    return tags


@aws_errors("describe DAX clusters")
@retried()
def _describe_clusters(client: Any, names: list[str] | None) -> list[dict[str, Any]]:
    params = {} if names is None else {"ClusterNames": names}
    pages = client.get_paginator("describe_clusters").paginate(**params)
    return list(pages.build_full_result().get("Clusters", []))


@aws_errors("describe DAX subnet groups")
@retried()
def _describe_subnet_groups(client: Any, names: list[str] | None) -> list[dict[str, Any]]:
    params = {} if names is None else {"SubnetGroupNames": names}
    pages = client.get_paginator("describe_subnet_groups").paginate(**params)
    return list(pages.build_full_result().get("SubnetGroups", []))


def _existing(
    read: Callable[[Any, list[str] | None], list[dict[str, Any]]], client: Any, names: list[str] | None
) -> list[dict[str, Any]]:
    """Read all, or those of the names that exist: the API refuses a whole list for one unknown name."""
    if names == []:
        return []
    try:
        return read(client, names)
    except AnsibleAWSError as error:
        check_dax(error, client.meta.region_name)
        if names is None or error_code(error) not in _MISSING:
            raise
    if len(names) == 1:
        return []
    return [item for name in names for item in _existing(read, client, [name])]


def _lowered(names: list[str] | None) -> list[str] | None:
    """DAX stores names in lower case; the order is kept, doubles are left out."""
    return None if names is None else list(dict.fromkeys(name.lower() for name in names))


def _endpoint(raw: dict[str, Any] | None, encryption: str) -> Endpoint:
    scheme, default_port = ENDPOINT_DEFAULTS.get(encryption, ENDPOINT_DEFAULTS["NONE"])
    endpoint = raw or {}
    address = endpoint.get("address")
    port = endpoint.get("port") or default_port
    url = endpoint.get("url")
    if address and not url:
        url = f"{scheme}://{address}" if port == default_port else f"{scheme}://{address}:{port}"
    return {"address": address, "port": port, "url": url}


def _node(raw: Any, encryption: str) -> Node:
    created = raw.get("node_create_time")
    if isinstance(created, datetime):
        raw["node_create_time"] = created.isoformat()
    node: Node = raw
    node["endpoint"] = _endpoint(raw.get("endpoint"), encryption)
    return node
