# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a DAX cluster lacks to be as desired. Pure: no AWS in it.

Sources: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_CreateCluster.html and
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_UpdateCluster.html
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list

from ..common.compare import changed_tags, differing, surplus_tags, text_tags
from ..common.shapes import Node, Tags
from ..facts.dax import ClusterDetails, ParameterGroup, Topic

# Option of the module -> parameter of CreateCluster. Some take another shape, see create_parameters().
_CREATE = {
    "name": "ClusterName",
    "node_type": "NodeType",
    "replication_factor": "ReplicationFactor",
    "iam_role_arn": "IamRoleArn",
    "availability_zones": "AvailabilityZones",
    "description": "Description",
    "parameter_group_name": "ParameterGroupName",
    "subnet_group_name": "SubnetGroupName",
    "security_group_ids": "SecurityGroupIds",
    "preferred_maintenance_window": "PreferredMaintenanceWindow",
    "notification_topic_arn": "NotificationTopicArn",
    "encryption_type": "ClusterEndpointEncryptionType",
    "network_type": "NetworkType",
}
# Option -> parameter of UpdateCluster.
_UPDATE = {
    "description": "Description",
    "parameter_group_name": "ParameterGroupName",
    "security_group_ids": "SecurityGroupIds",
    "preferred_maintenance_window": "PreferredMaintenanceWindow",
    "notification_topic_arn": "NotificationTopicArn",
    "notification_topic_status": "NotificationTopicStatus",
}
# What a cluster keeps for life.
_FIXED = ("node_type", "iam_role_arn", "subnet_group_name", "sse", "encryption_type", "network_type")
REQUIRED_TO_CREATE = ("iam_role_arn", "node_type", "replication_factor")


class Changes(NamedTuple):
    """What makes a cluster as desired; empty parts need no call."""

    update: dict[str, Any]  # parameters of UpdateCluster, without the name
    resize: str | None  # increase_replication_factor or decrease_replication_factor
    resize_parameters: dict[str, Any]
    tags: Tags
    untag: list[str]
    impossible: dict[str, tuple[Any, Any]]  # option: present and desired value of what DAX cannot change
    before: dict[str, Any]  # the options that change, as they are
    after: dict[str, Any]  # and as they will be

    @property
    def any(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.update or self.resize or self.tags or self.untag)


def options_of(cluster: ClusterDetails) -> dict[str, Any]:
    """Return a cluster, as ``normalise_cluster`` shapes it, in the terms of the module's options."""
    topic = cluster.get("notification_configuration") or Topic()
    groups = [item for item in cluster["security_groups"] if item.get("status") != "removing"]
    return {
        "name": cluster.get("cluster_name"),
        "node_type": cluster.get("node_type"),
        "replication_factor": cluster.get("total_nodes") or len(cluster["nodes"]),
        "iam_role_arn": cluster.get("iam_role_arn"),
        "availability_zones": sorted(node["availability_zone"] for node in _placed(cluster)),
        "description": cluster.get("description") or "",
        "parameter_group_name": (cluster.get("parameter_group") or ParameterGroup()).get("parameter_group_name"),
        "subnet_group_name": cluster.get("subnet_group"),
        "security_group_ids": sorted(item["security_group_identifier"] for item in groups),
        "preferred_maintenance_window": cluster.get("preferred_maintenance_window"),
        "notification_topic_arn": topic.get("topic_arn"),
        "notification_topic_status": topic.get("topic_status"),
        "sse": cluster["sse_description"]["status"] in ("ENABLED", "ENABLING"),
        "encryption_type": cluster["encryption_type"],
        "network_type": cluster["network_type"],
        "tags": cluster["tags"],
    }


def desired_options(params: dict[str, Any]) -> dict[str, Any]:
    """Return the options that are given, in the form in which DAX keeps them: lists sorted, names in lower case."""
    desired: dict[str, Any] = {}
    for option in (*_CREATE, "notification_topic_status", "sse", "tags"):
        value = params.get(option)
        if value is None:
            continue
        if option in ("security_group_ids", "availability_zones"):
            value = sorted(value)
        elif option in ("name", "subnet_group_name", "preferred_maintenance_window"):
            value = value.lower()
        elif option == "tags":
            value = text_tags(value)
        desired[option] = value
    return desired


def create_parameters(params: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of CreateCluster. What it cannot take, a topic's status, is for a later update."""
    desired = desired_options(params)
    result = {parameter: desired[option] for option, parameter in _CREATE.items() if option in desired}
    if "sse" in desired:
        result["SSESpecification"] = {"Enabled": desired["sse"]}
    if desired.get("tags"):
        result["Tags"] = ansible_dict_to_boto3_tag_list(desired["tags"])
    return result


def compare(cluster: ClusterDetails, params: dict[str, Any]) -> Changes:
    """Compare a cluster, as ``normalise_cluster`` shapes it, with the module's options; those not given stay."""
    present, desired = options_of(cluster), desired_options(params)
    updated = differing(present, {option: desired[option] for option in _UPDATE if option in desired})
    fixed = differing(present, {option: desired[option] for option in _FIXED if option in desired})
    impossible = {option: (value, desired[option]) for option, value in fixed.items()}
    resize, resize_parameters, zones_fit = _resize(present, desired)
    if not zones_fit:
        impossible["availability_zones"] = (present["availability_zones"], desired["availability_zones"])
    tags, untag = _tag_changes(present["tags"], desired.get("tags"), params.get("purge_tags", True))
    after = {option: desired[option] for option in updated}
    if resize:
        after["replication_factor"] = desired["replication_factor"]
    if tags or untag:
        retained = {key: value for key, value in present["tags"].items() if key not in untag}
        after["tags"] = {**retained, **tags}
    return Changes(
        update={_UPDATE[option]: desired[option] for option in updated},
        resize=resize,
        resize_parameters=resize_parameters,
        tags=tags,
        untag=untag,
        impossible=impossible,
        before={option: present[option] for option in sorted(after)},
        after=after,
    )


def _tag_changes(present: Tags, desired: Tags | None, purge: bool) -> tuple[Tags, list[str]]:
    """Return the tags to set and the keys of those to remove; without desired tags all stay as they are."""
    if desired is None:
        return {}, []
    return changed_tags(present, desired), surplus_tags(present, desired) if purge else []


def explain_impossible(name: str, impossible: dict[str, tuple[Any, Any]]) -> str:
    """Say in one line what of a cluster DAX cannot change."""
    parts = [f"{option} is {present!r}, wanted {desired!r}" for option, (present, desired) in impossible.items()]
    return (
        f"DAX cannot change this of the cluster {name}: {'; '.join(parts)}. "
        "Give the present value, or delete the cluster and create it anew. Nothing was changed"
    )


def _placed(cluster: ClusterDetails) -> list[Node]:
    return [node for node in cluster["nodes"] if node.get("availability_zone")]


def _resize(present: dict[str, Any], desired: dict[str, Any]) -> tuple[str | None, dict[str, Any], bool]:
    """Return the call that gives the desired number of nodes, its parameters, and whether the zones can be had.

    A node stays in its zone for life: zones can be chosen for those that come and those that go.
    """
    now = present["replication_factor"]
    factor = desired.get("replication_factor", now)
    have, want = Counter(present["availability_zones"]), Counter(desired.get("availability_zones", ()))
    choose = "availability_zones" in desired
    if factor == now:
        return None, {}, not choose or have == want
    if factor > now:
        call, zones, fits = "increase_replication_factor", want - have, not have - want
    else:
        call, zones, fits = "decrease_replication_factor", have - want, not want - have
    parameters: dict[str, Any] = {"NewReplicationFactor": factor}
    if choose:
        parameters["AvailabilityZones"] = sorted(zones.elements())
    return call, parameters, fits or not choose
