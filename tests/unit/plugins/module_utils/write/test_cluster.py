# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError
from ansible_collections.dax.cross_account.plugins.module_utils.write import cluster as dax_cluster

ARN = "arn:aws:dax:us-east-1:111111111111:cache/orders"
OPTIONS = (
    "node_type",
    "replication_factor",
    "availability_zones",
    "iam_role_arn",
    "description",
    "parameter_group_name",
    "subnet_group_name",
    "security_group_ids",
    "preferred_maintenance_window",
    "notification_topic_arn",
    "notification_topic_status",
    "sse",
    "encryption_type",
    "network_type",
    "tags",
)
NEW = {"node_type": "dax.t3.small", "replication_factor": 1, "iam_role_arn": "arn:aws:iam::111111111111:role/Dax"}


def params(**more: Any) -> dict[str, Any]:
    options = {"name": "Orders", "state": "present", "purge_tags": True, "wait": True, "wait_timeout": 600}
    return {**dict.fromkeys(OPTIONS), **options, **more}


def raw(status: str = "available", nodes: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "ClusterName": "orders",
        "ClusterArn": ARN,
        "Status": status,
        "NodeType": "dax.t3.small",
        "TotalNodes": nodes,
        "ActiveNodes": nodes,
        "IamRoleArn": NEW["iam_role_arn"],
        **more,
    }


def shown(*clusters: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"Clusters": [item]} for item in clusters]


@pytest.fixture
def dax(fake_aws: Any) -> Any:
    return fake_aws("dax").on("ListTags", {"Tags": []})


@pytest.fixture
def gone(aws_error: Any) -> Any:
    return aws_error("ClusterNotFoundFault")


def test_create_and_wait(dax: Any, gone: Any, clock: Any) -> None:
    dax.on("DescribeClusters", gone, *shown(raw("creating"), raw("creating"), raw()))
    dax.on("CreateCluster", {"Cluster": raw("creating")})
    result = dax_cluster.ensure_cluster(dax.client, params(**NEW), False)
    assert (result["changed"], result["cluster"]["status"]) == (True, "available")
    assert dax.writes == [
        (
            "CreateCluster",
            {
                "ClusterName": "orders",
                "NodeType": "dax.t3.small",
                "ReplicationFactor": 1,
                "IamRoleArn": NEW["iam_role_arn"],
            },
        )
    ]
    assert len(clock.naps) == 2
    assert result["diff"] == {"before": {}, "after": {"name": "orders", **NEW}}


def test_create_without_waiting(dax: Any, gone: Any, clock: Any) -> None:
    dax.on("DescribeClusters", gone, *shown(raw("creating"))).on("CreateCluster", {})
    result = dax_cluster.ensure_cluster(dax.client, params(**NEW, wait=False), False)
    assert (result["cluster"]["status"], clock.naps) == ("creating", [])


def test_create_needs_options(dax: Any, gone: Any) -> None:
    dax.on("DescribeClusters", gone)
    with pytest.raises(AnsibleAWSError, match=r"no DAX cluster orders .* also give iam_role_arn, replication_factor$"):
        dax_cluster.ensure_cluster(dax.client, params(node_type="dax.t3.small"), True)


def test_zones_and_factor_must_agree(dax: Any) -> None:
    with pytest.raises(AnsibleAWSError, match="availability_zones lists 2 zones for a replication_factor of 1"):
        dax_cluster.ensure_cluster(dax.client, params(**NEW, availability_zones=["a", "b"]), False)
    assert dax.calls == []


def test_a_new_role_is_waited_for(dax: Any, gone: Any, aws_error: Any, clock: Any) -> None:
    unseen = aws_error("InvalidParameterValueException", "No permission to assume role: arn:aws:iam::1:role/Dax")
    dax.on("DescribeClusters", gone, *shown(raw())).on("CreateCluster", unseen, unseen, {})
    assert dax_cluster.ensure_cluster(dax.client, params(**NEW), False)["changed"]
    dax.on("DescribeClusters", gone).on("CreateCluster", unseen)
    with pytest.raises(AnsibleAWSError, match="No permission to assume role"):
        dax_cluster.ensure_cluster(dax.client, params(**NEW), False)
    assert 100 < clock.now < 140


def test_other_bad_values_are_not_waited_for(dax: Any, gone: Any, aws_error: Any, clock: Any) -> None:
    dax.on("DescribeClusters", gone).on("CreateCluster", aws_error("InvalidParameterValueException", "bad node type"))
    with pytest.raises(AnsibleAWSError, match=r"Failed to create cluster \(orders\): .*bad node type"):
        dax_cluster.ensure_cluster(dax.client, params(**NEW), False)
    assert clock.naps == []


def test_a_creation_whose_answer_was_lost_is_not_doubled(dax: Any, gone: Any, aws_error: Any) -> None:
    dax.on("DescribeClusters", gone, *shown(raw("creating"), raw()))
    dax.on("CreateCluster", aws_error("ClusterAlreadyExistsFault"))
    result = dax_cluster.ensure_cluster(dax.client, params(**NEW), False)
    assert (result["changed"], result["cluster"]["status"], len(dax.writes)) == (True, "available", 1)


def test_what_creation_cannot_set_follows(dax: Any, gone: Any) -> None:
    topic: dict[str, Any] = {"NotificationConfiguration": {"TopicArn": "arn:t", "TopicStatus": "active"}}
    dax.on("DescribeClusters", gone, *shown(raw(**topic))).on("CreateCluster", {}).on("UpdateCluster", {})
    options = params(**NEW, notification_topic_arn="arn:t", notification_topic_status="inactive")
    dax_cluster.ensure_cluster(dax.client, options, False)
    assert dax.writes[1] == ("UpdateCluster", {"ClusterName": "orders", "NotificationTopicStatus": "inactive"})


def test_converged_is_reads_only(dax: Any) -> None:
    dax.on("DescribeClusters", *shown(raw()))
    result = dax_cluster.ensure_cluster(dax.client, params(**NEW), False)
    assert (result["changed"], result["diff"]) == (False, {"before": {}, "after": {}})
    assert dax.operations == ["DescribeClusters", "ListTags"]


def test_a_cluster_still_in_creation_is_waited_for_and_unchanged(dax: Any, clock: Any) -> None:
    dax.on("DescribeClusters", *shown(raw("creating"), raw("creating"), raw()))
    result = dax_cluster.ensure_cluster(dax.client, params(**NEW), False)
    assert (result["changed"], result["cluster"]["status"]) == (False, "available")
    assert clock.naps


def test_updates_go_one_after_the_other(dax: Any) -> None:
    dax.on(
        "DescribeClusters",
        *shown(
            raw(),
            raw("modifying"),
            raw(),
            raw(),
            raw("modifying", 3, ActiveNodes=1),
            raw("available", 3, ActiveNodes=1),
        ),
        *shown(raw("available", 3)),
    )
    for operation in ("UpdateCluster", "IncreaseReplicationFactor", "TagResource"):
        dax.on(operation, {})
    options = params(description="new", replication_factor=3, tags={"k": "v"})
    result = dax_cluster.ensure_cluster(dax.client, options, False)
    assert dax.writes == [
        ("TagResource", {"ResourceName": ARN, "Tags": [{"Key": "k", "Value": "v"}]}),
        ("UpdateCluster", {"ClusterName": "orders", "Description": "new"}),
        ("IncreaseReplicationFactor", {"ClusterName": "orders", "NewReplicationFactor": 3}),
    ]
    assert result["diff"]["before"] == {"description": "", "replication_factor": 1, "tags": {}}
    assert result["diff"]["after"] == {"description": "new", "replication_factor": 3, "tags": {"k": "v"}}
    assert result["cluster"]["active_nodes"] == 3


def test_new_nodes_are_waited_for_even_when_the_cluster_is_available(dax: Any) -> None:
    dax.on("DescribeClusters", *shown(raw(), raw("available", 3, ActiveNodes=1))).on("IncreaseReplicationFactor", {})
    with pytest.raises(AnsibleAWSError, match="to be available: last seen available with 1 of 3 nodes active"):
        dax_cluster.ensure_cluster(dax.client, params(replication_factor=3), False)


def test_without_waiting_the_second_change_still_waits_for_the_first(dax: Any, clock: Any) -> None:
    dax.on("DescribeClusters", *shown(raw(), raw("modifying"), raw(), raw(), raw("modifying", 3)))
    dax.on("UpdateCluster", {}).on("IncreaseReplicationFactor", {})
    dax_cluster.ensure_cluster(dax.client, params(description="new", replication_factor=3, wait=False), False)
    calls = [operation for operation in dax.operations if operation != "ListTags"]
    assert calls == [
        "DescribeClusters",
        "UpdateCluster",
        *["DescribeClusters"] * 3,
        "IncreaseReplicationFactor",
        "DescribeClusters",
    ]
    assert len(clock.naps) == 1


def test_tags_that_are_not_wanted_go(dax: Any) -> None:
    dax.on("DescribeClusters", *shown(raw())).on("ListTags", {"Tags": [{"Key": "a", "Value": "1"}]})
    dax.on("UntagResource", {})
    assert dax_cluster.ensure_cluster(dax.client, params(tags={}), False)["changed"]
    assert dax.writes == [("UntagResource", {"ResourceName": ARN, "TagKeys": ["a"]})]


def test_the_impossible_is_refused_before_the_possible(dax: Any) -> None:
    dax.on("DescribeClusters", *shown(raw()))
    options = params(node_type="dax.r5.large", encryption_type="TLS", description="new")
    with pytest.raises(AnsibleAWSError) as caught:
        dax_cluster.ensure_cluster(dax.client, options, False)
    text = str(caught.value)
    assert "node_type is 'dax.t3.small', wanted 'dax.r5.large'" in text
    assert "encryption_type is 'NONE', wanted 'TLS'" in text
    assert dax.writes == []


@pytest.mark.parametrize("status", ["creating", "modifying"])
def test_without_waiting_a_busy_cluster_is_refused_by_name(dax: Any, status: str) -> None:
    dax.on("DescribeClusters", *shown(raw(status)))
    with pytest.raises(AnsibleAWSError, match=f"The DAX cluster orders is {status} and cannot be changed"):
        dax_cluster.ensure_cluster(dax.client, params(description="new", wait=False), False)
    assert dax.writes == []


@pytest.mark.parametrize(
    ("clusters", "options", "changed"),
    [
        pytest.param(None, NEW, True, id="create"),
        pytest.param(raw(), {"description": "new"}, True, id="update"),
        pytest.param(raw(), NEW, False, id="nothing"),
        pytest.param(raw("creating"), NEW, False, id="still creating"),
        pytest.param(raw("deleting"), NEW, True, id="create anew"),
        pytest.param(raw(), {"state": "absent"}, True, id="delete"),
        pytest.param(raw("deleting"), {"state": "absent"}, False, id="deleting already"),
        pytest.param(None, {"state": "absent"}, False, id="gone already"),
    ],
)
def test_check_mode_writes_nothing_and_waits_for_nothing(
    dax: Any, gone: Any, clock: Any, clusters: Any, options: dict[str, Any], changed: bool
) -> None:
    dax.on("DescribeClusters", *(shown(clusters) if clusters else [gone]))
    result = dax_cluster.ensure_cluster(dax.client, params(**options), True)
    assert (result["changed"], dax.writes, clock.naps) == (changed, [], [])


def test_one_being_deleted_is_created_anew(dax: Any, gone: Any) -> None:
    dax.on("DescribeClusters", *shown(raw("deleting"), raw("deleting")), gone, *shown(raw())).on("CreateCluster", {})
    assert dax_cluster.ensure_cluster(dax.client, params(**NEW), False)["changed"]
    dax.on("DescribeClusters", *shown(raw("deleting")))
    with pytest.raises(AnsibleAWSError, match="is being deleted; set wait to true"):
        dax_cluster.ensure_cluster(dax.client, params(**NEW, wait=False), False)


@pytest.mark.parametrize("status", ["deleting", "creation-failed", "incompatible-network"])
def test_a_wait_that_cannot_end_well_ends(dax: Any, gone: Any, status: str) -> None:
    dax.on("DescribeClusters", gone, *shown(raw("creating"), raw(status))).on("CreateCluster", {})
    with pytest.raises(AnsibleAWSError, match=f"The DAX cluster orders is {status}, it will not become available"):
        dax_cluster.ensure_cluster(dax.client, params(**NEW), False)


def test_waiting_has_a_limit(dax: Any, gone: Any, clock: Any) -> None:
    dax.on("DescribeClusters", gone, *shown(raw("creating"))).on("CreateCluster", {})
    with pytest.raises(AnsibleAWSError, match=r"after 90 seconds .* orders to be available: last seen creating"):
        dax_cluster.ensure_cluster(dax.client, params(**NEW, wait_timeout=90), False)
    assert clock.now == pytest.approx(90)


def test_delete_and_wait(dax: Any, gone: Any) -> None:
    dax.on("DescribeClusters", *shown(raw("modifying"), raw("modifying"), raw(), raw("deleting")), gone)
    dax.on("DeleteCluster", {})
    result = dax_cluster.ensure_cluster(dax.client, params(state="absent"), False)
    assert (result["changed"], result["cluster"]) == (True, None)
    assert dax.writes == [("DeleteCluster", {"ClusterName": "orders"})]
    assert dax.operations[-1] == "DescribeClusters"
    assert (result["diff"]["before"]["node_type"], result["diff"]["after"]) == ("dax.t3.small", {})


def test_delete_without_waiting(dax: Any, clock: Any) -> None:
    dax.on("DescribeClusters", *shown(raw())).on("DeleteCluster", {})
    assert dax_cluster.ensure_cluster(dax.client, params(state="absent", wait=False), False)["changed"]
    assert clock.naps == []


def test_deleting_already_is_waited_for_and_no_change(dax: Any, gone: Any) -> None:
    dax.on("DescribeClusters", *shown(raw("deleting"), raw("deleting")), gone)
    assert not dax_cluster.ensure_cluster(dax.client, params(state="absent"), False)["changed"]
    assert dax.writes == []


@pytest.mark.parametrize(
    ("code", "then", "fails"),
    [
        pytest.param("ClusterNotFoundFault", None, False, id="gone meanwhile"),
        pytest.param("InvalidClusterStateFault", "deleting", False, id="answer lost"),
        pytest.param("InvalidClusterStateFault", "available", True, id="refused"),
    ],
)
def test_deletions_that_fail(dax: Any, gone: Any, aws_error: Any, code: str, then: str | None, fails: bool) -> None:
    dax.on("DescribeClusters", *shown(raw()), *(shown(raw(then)) if then else []), gone)
    dax.on("DeleteCluster", aws_error(code))
    if fails:
        with pytest.raises(AnsibleAWSError, match=r"Failed to delete cluster \(orders\).*InvalidClusterStateFault"):
            dax_cluster.ensure_cluster(dax.client, params(state="absent"), False)
    else:
        assert dax_cluster.ensure_cluster(dax.client, params(state="absent"), False)["changed"]


# While DAX creates, changes or deletes a cluster, it refuses to tell its tags.


@pytest.fixture
def untold(aws_error: Any) -> Any:
    return aws_error("InvalidClusterStateFault", "ListTags is not possible in this state")


TAGGED = {**NEW, "tags": {"k": "v"}}


def test_creation_without_waiting_does_not_need_the_tags(dax: Any, gone: Any, untold: Any) -> None:
    dax.on("DescribeClusters", gone, *shown(raw("creating"))).on("CreateCluster", {}).on("ListTags", untold)
    result = dax_cluster.ensure_cluster(dax.client, params(**TAGGED, wait=False), False)
    assert (result["changed"], result["cluster"]["status"], result["cluster"]["tags"]) == (True, "creating", {})


@pytest.mark.parametrize("status", ["creating", "modifying", "rebooting", "rebooting cluster nodes"])
def test_tags_that_are_not_told_are_no_difference(dax: Any, untold: Any, status: str, clock: Any) -> None:
    dax.on("DescribeClusters", *shown(raw(status))).on("ListTags", untold)
    result = dax_cluster.ensure_cluster(dax.client, params(**TAGGED, wait=False), False)
    assert (result["changed"], dax.writes, clock.naps) == (False, [], [])


@pytest.mark.parametrize(("told", "changed"), [([{"Key": "k", "Value": "v"}], False), ([], True)])
def test_a_second_call_waits_and_compares_the_tags_then(dax: Any, untold: Any, told: list[Any], changed: bool) -> None:
    dax.on("DescribeClusters", *shown(raw("creating"), raw("creating"), raw()))
    dax.on("ListTags", untold, {"Tags": told}).on("TagResource", {})
    result = dax_cluster.ensure_cluster(dax.client, params(**TAGGED), False)
    assert (result["changed"], len(dax.writes)) == (changed, int(changed))


def test_a_creation_that_was_sent_again_does_not_wait_unasked(dax: Any, gone: Any, aws_error: Any, clock: Any) -> None:
    dax.on("DescribeClusters", gone, *shown(raw("creating"))).on(
        "CreateCluster", aws_error("ClusterAlreadyExistsFault")
    )
    result = dax_cluster.ensure_cluster(dax.client, params(**NEW, wait=False), False)
    assert (result["changed"], result["cluster"]["status"], clock.naps) == (True, "creating", [])


# Late in its deletion a cluster is described without a status.


def late() -> dict[str, Any]:
    return {"ClusterName": "orders", "ClusterArn": ARN}


@pytest.mark.parametrize("wait", [True, False])
def test_a_cluster_without_status_is_being_deleted(dax: Any, gone: Any, untold: Any, wait: bool) -> None:
    dax.on("DescribeClusters", *shown(late(), late()), gone).on("ListTags", untold)
    result = dax_cluster.ensure_cluster(dax.client, params(state="absent", wait=wait), False)
    assert (result["changed"], result["cluster"], dax.writes) == (False, None, [])


def test_a_deletion_goes_through_a_cluster_without_status(dax: Any, gone: Any) -> None:
    dax.on("DescribeClusters", *shown(raw(), raw("deleting"), late()), gone).on("DeleteCluster", {})
    assert dax_cluster.ensure_cluster(dax.client, params(state="absent"), False)["changed"]


def test_one_without_status_is_created_anew(dax: Any, gone: Any) -> None:
    dax.on("DescribeClusters", *shown(late(), late()), gone, *shown(raw())).on("CreateCluster", {})
    assert dax_cluster.ensure_cluster(dax.client, params(**NEW), False)["changed"]


# After a creation every node has to be there.


def nodes(*statuses: str) -> dict[str, Any]:
    named = zip("abc", statuses, strict=False)
    return {"Nodes": [{"NodeId": f"orders-{letter}", "NodeStatus": status} for letter, status in named]}


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        pytest.param(raw("available", 3, ActiveNodes=2), "available with 2 of 3 nodes active", id="too few"),
        pytest.param(
            raw("available", 3, **nodes("available", "creating", "available")), "orders-b creating", id="creating"
        ),
        pytest.param(raw("available", 3, **nodes("rebooting", "available")), "orders-a rebooting", id="rebooting"),
        pytest.param(raw("available", 2), "available with 2 of 2 nodes active", id="fewer than asked for"),
    ],
)
def test_a_cluster_is_available_with_all_its_nodes(dax: Any, gone: Any, seen: dict[str, Any], says: str) -> None:
    dax.on("DescribeClusters", gone, *shown(seen)).on("CreateCluster", {})
    with pytest.raises(AnsibleAWSError, match=says):
        dax_cluster.ensure_cluster(dax.client, params(**{**NEW, "replication_factor": 3}), False)
    dax.on("DescribeClusters", gone, *shown(seen, raw("available", 3, **nodes(*["available"] * 3))))
    assert dax_cluster.ensure_cluster(dax.client, params(**{**NEW, "replication_factor": 3}), False)["changed"]


def test_the_first_cluster_of_an_account_waits_for_its_linked_role(dax: Any, gone: Any, aws_error: Any) -> None:
    unseen = aws_error("ServiceLinkedRoleNotFoundFault")
    dax.on("DescribeClusters", gone, *shown(raw())).on("CreateCluster", unseen, {})
    assert dax_cluster.ensure_cluster(dax.client, params(**NEW), False)["changed"]


@pytest.mark.parametrize(
    ("seen", "options", "minutes"),
    [
        pytest.param([None, raw("creating")], NEW, 45, id="creation"),
        pytest.param([raw("creating")], NEW, 45, id="somebody's creation"),
        pytest.param([raw("modifying")], NEW, 90, id="somebody's change"),
        pytest.param([raw(), raw("modifying")], {"description": "new"}, 90, id="change"),
        pytest.param([raw(), raw("modifying")], {"replication_factor": 2}, 90, id="nodes"),
        pytest.param([raw(), raw("deleting")], {"state": "absent"}, 45, id="deletion"),
        pytest.param([raw("modifying")], {"state": "absent"}, 90, id="rest before a deletion"),
    ],
)
def test_how_long_each_step_may_take(
    dax: Any, gone: Any, clock: Any, seen: list[Any], options: dict[str, Any], minutes: int
) -> None:
    dax.on("DescribeClusters", *(gone if item is None else {"Clusters": [item]} for item in seen))
    for operation in ("CreateCluster", "UpdateCluster", "IncreaseReplicationFactor", "DeleteCluster"):
        dax.on(operation, {})
    with pytest.raises(AnsibleAWSError, match=f"Timed out after {minutes * 60} seconds"):
        dax_cluster.ensure_cluster(dax.client, params(**{"wait_timeout": None, **options}), False)
    assert clock.now == pytest.approx(minutes * 60)
