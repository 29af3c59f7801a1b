# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.facts.dax import ClusterDetails, normalise_cluster
from ansible_collections.dax.cross_account.plugins.module_utils.write import cluster_changes as dax_compare

ROLE = "arn:aws:iam::111111111111:role/DAXServiceRole"


def cluster(zones: str = "abc", tags: dict[str, str] | None = None, **more: Any) -> ClusterDetails:
    """Return a cluster with one node in each of the zones."""
    raw = {
        "ClusterName": "orders",
        "Status": "available",
        "NodeType": "dax.r5.large",
        "TotalNodes": len(zones),
        "IamRoleArn": ROLE,
        "Nodes": [{"NodeId": f"orders-{zone}", "AvailabilityZone": zone} for zone in zones],
        "SubnetGroup": "orders",
        "SecurityGroups": [{"SecurityGroupIdentifier": "sg-1"}, {"SecurityGroupIdentifier": "sg-2"}],
        "ParameterGroup": {"ParameterGroupName": "default.dax1.0"},
        "PreferredMaintenanceWindow": "sun:05:00-sun:06:00",
        "NotificationConfiguration": {"TopicArn": "arn:topic", "TopicStatus": "active"},
        **more,
    }
    return normalise_cluster(raw, tags or {"a": "1"})


AS_IT_IS = {
    "name": "Orders",
    "node_type": "dax.r5.large",
    "replication_factor": 3,
    "availability_zones": ["c", "a", "b"],
    "iam_role_arn": ROLE,
    "description": "",
    "subnet_group_name": "ORDERS",
    "security_group_ids": ["sg-2", "sg-1"],
    "parameter_group_name": "default.dax1.0",
    "preferred_maintenance_window": "Sun:05:00-Sun:06:00",
    "notification_topic_arn": "arn:topic",
    "notification_topic_status": "active",
    "sse": False,
    "encryption_type": "NONE",
    "network_type": "ipv4",
    "tags": {"a": "1"},
}


def test_a_cluster_as_wanted_needs_nothing() -> None:
    changes = dax_compare.compare(cluster(), AS_IT_IS)
    assert not changes.any
    assert (changes.impossible, changes.before, changes.after) == ({}, {}, {})


def test_options_not_given_need_nothing() -> None:
    assert not dax_compare.compare(cluster(), dict.fromkeys(AS_IT_IS)).any


@pytest.mark.parametrize(
    ("options", "update"),
    [
        ({"description": "new"}, {"Description": "new"}),
        ({"parameter_group_name": "mine"}, {"ParameterGroupName": "mine"}),
        ({"security_group_ids": ["sg-3", "sg-1"]}, {"SecurityGroupIds": ["sg-1", "sg-3"]}),
        (
            {"preferred_maintenance_window": "Mon:01:00-Mon:02:00"},
            {"PreferredMaintenanceWindow": "mon:01:00-mon:02:00"},
        ),
        ({"notification_topic_arn": "arn:new"}, {"NotificationTopicArn": "arn:new"}),
        ({"notification_topic_status": "inactive"}, {"NotificationTopicStatus": "inactive"}),
    ],
)
def test_what_one_update_changes(options: dict[str, Any], update: dict[str, Any]) -> None:
    changes = dax_compare.compare(cluster(), {**AS_IT_IS, **options})
    assert (changes.update, changes.resize, changes.impossible) == (update, None, {})
    assert changes.after.keys() == changes.before.keys() == options.keys()
    assert changes.before != changes.after


def test_a_group_on_its_way_out_is_not_there() -> None:
    groups = [{"SecurityGroupIdentifier": "sg-1"}, {"SecurityGroupIdentifier": "sg-2", "Status": "removing"}]
    assert not dax_compare.compare(cluster(SecurityGroups=groups), {"security_group_ids": ["sg-1"]}).any


@pytest.mark.parametrize(
    ("option", "wanted", "present"),
    [
        ("node_type", "dax.t3.small", "dax.r5.large"),
        ("iam_role_arn", "arn:other", ROLE),
        ("subnet_group_name", "other", "orders"),
        ("sse", True, False),
        ("encryption_type", "TLS", "NONE"),
        ("network_type", "dual_stack", "ipv4"),
        ("availability_zones", ["a", "a", "b"], ["a", "b", "c"]),
    ],
)
def test_what_cannot_be_changed_is_named(option: str, wanted: Any, present: Any) -> None:
    changes = dax_compare.compare(cluster(), {**AS_IT_IS, option: wanted})
    assert changes.impossible == {option: (present, wanted)}
    text = dax_compare.explain_impossible("orders", changes.impossible)
    assert text.startswith(f"DAX cannot change this of the cluster orders: {option} is {present!r}, wanted {wanted!r}.")


@pytest.mark.parametrize(("status", "enabled"), [("ENABLED", True), ("ENABLING", True), ("DISABLED", False)])
def test_encryption_at_rest(status: str, enabled: bool) -> None:
    present = cluster(SSEDescription={"Status": status})
    assert dax_compare.compare(present, {"sse": enabled}).impossible == {}
    assert dax_compare.compare(present, {"sse": not enabled}).impossible == {"sse": (enabled, not enabled)}


@pytest.mark.parametrize(
    ("have", "factor", "zones", "call", "sent", "fits"),
    [
        pytest.param("abc", 5, None, "increase_replication_factor", None, True, id="more, zones as DAX likes"),
        pytest.param("abc", 5, "abcab", "increase_replication_factor", ["a", "b"], True, id="more, in these zones"),
        pytest.param("abc", 4, "aabb", "increase_replication_factor", ["a", "b"], False, id="more, but c must go"),
        pytest.param("abc", 1, None, "decrease_replication_factor", None, True, id="fewer"),
        pytest.param("abc", 2, "ac", "decrease_replication_factor", ["b"], True, id="fewer, from these zones"),
        pytest.param("abc", 2, "dc", "decrease_replication_factor", ["a", "b"], False, id="fewer, but d must come"),
        pytest.param("abc", 3, "cba", None, None, True, id="same"),
        pytest.param("abc", None, "abc", None, None, True, id="same zones, no number"),
    ],
)
def test_resize(have: str, factor: int | None, zones: str | None, call: str | None, sent: Any, fits: bool) -> None:
    options = {"replication_factor": factor, "availability_zones": list(zones) if zones else None}
    changes = dax_compare.compare(cluster(have), options)
    assert changes.resize == call
    assert (changes.impossible == {}) == fits
    if call:
        assert changes.resize_parameters.get("AvailabilityZones") == sent
        assert changes.resize_parameters["NewReplicationFactor"] == factor
        assert (changes.before, changes.after) == ({"replication_factor": len(have)}, {"replication_factor": factor})


@pytest.mark.parametrize(
    ("tags", "purge", "to_set", "to_remove"),
    [
        (None, True, {}, []),
        ({"a": "1"}, True, {}, []),
        ({"a": "2"}, True, {"a": "2"}, []),
        ({"b": "1"}, True, {"b": "1"}, ["a"]),
        ({"b": "1"}, False, {"b": "1"}, []),
        ({}, True, {}, ["a"]),
    ],
)
def test_tags(tags: dict[str, str] | None, purge: bool, to_set: dict[str, str], to_remove: list[str]) -> None:
    changes = dax_compare.compare(cluster(), {"tags": tags, "purge_tags": purge})
    assert (changes.tags, changes.untag) == (to_set, to_remove)
    assert changes.any == bool(to_set or to_remove)


def test_parameters_of_a_creation() -> None:
    assert dax_compare.create_parameters({**AS_IT_IS, "sse": True, "encryption_type": "TLS"}) == {
        "ClusterName": "orders",
        "NodeType": "dax.r5.large",
        "ReplicationFactor": 3,
        "AvailabilityZones": ["a", "b", "c"],
        "IamRoleArn": ROLE,
        "Description": "",
        "SubnetGroupName": "orders",
        "SecurityGroupIds": ["sg-1", "sg-2"],
        "ParameterGroupName": "default.dax1.0",
        "PreferredMaintenanceWindow": "sun:05:00-sun:06:00",
        "NotificationTopicArn": "arn:topic",
        "ClusterEndpointEncryptionType": "TLS",
        "NetworkType": "ipv4",
        "SSESpecification": {"Enabled": True},
        "Tags": [{"Key": "a", "Value": "1"}],
    }
    assert dax_compare.create_parameters({"name": "orders", "tags": {}}) == {"ClusterName": "orders"}
