# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module dax_cluster, and account A's role, on clusters that take their time: created, changed, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from scenario.accounts import Account, new_account
from scenario.emulator import settings
from scenario.owner import Owner, make_owner
from scenario.playbook import SIDE_A, Run, run_playbook

PLAY = Path(__file__).with_name("cluster.yml")
NAME = "late"
TAGS = {"team": "orders"}
# Long enough for a run to meet the state, short enough to wait for it; and so long that every run meets it.
SECONDS, HELD = 6, 600


@pytest.fixture
def owner() -> Iterator[Owner]:
    made = make_owner(new_account())
    with settings(cluster_seconds=SECONDS):
        yield made


def call(owner: Owner, **options: Any) -> Run:
    return run_playbook(PLAY, owner.account, new_account(), variables={"cluster": options})


def ensured(owner: Owner, **options: Any) -> tuple[bool, Any]:
    """Call the module, which has to succeed; return whether it changed anything, and the cluster that it returned."""
    run = call(owner, **options)
    assert run.rc == 0, run.failures or run.text
    result = run.results[-1][2]
    return result["changed"], result["cluster"]


def wanted(owner: Owner, **more: Any) -> dict[str, Any]:
    role = owner.account.dax.describe_clusters()["Clusters"][0]["IamRoleArn"]
    options = {"node_type": "dax.t3.small", "replication_factor": 2, "iam_role_arn": role, "tags": TAGS}
    return {**options, "subnet_group_name": subnet_group(owner.account), **more}


def subnet_group(account: Account) -> str:
    return str(account.dax.describe_subnet_groups()["SubnetGroups"][0]["SubnetGroupName"])


def described(account: Account) -> dict[str, Any] | None:
    try:
        return dict(account.dax.describe_clusters(ClusterNames=[NAME])["Clusters"][0])
    except ClientError as error:
        assert error.response["Error"]["Code"] == "ClusterNotFoundFault"
        return None


def told_tags(account: Account) -> dict[str, str]:
    arn = described(account)["ClusterArn"]
    return {tag["Key"]: tag["Value"] for tag in account.dax.list_tags(ResourceName=arn)["Tags"]}


def test_a_creation_that_is_not_waited_for_and_a_second_call_that_waits(owner: Owner) -> None:
    changed, cluster = ensured(owner, **wanted(owner, wait=False))
    assert (changed, cluster["status"], cluster["tags"]) == (True, "creating", {})
    changed, cluster = ensured(owner, **wanted(owner))
    assert (changed, cluster["status"], cluster["tags"]) == (False, "available", TAGS)
    assert {node["node_status"] for node in cluster["nodes"]} == {"available"}
    assert told_tags(owner.account) == TAGS


def test_a_creation_that_is_waited_for_a_change_and_a_deletion(owner: Owner) -> None:
    changed, cluster = ensured(owner, **wanted(owner))
    assert (changed, cluster["status"], cluster["active_nodes"]) == (True, "available", 2)
    changed, cluster = ensured(owner, **wanted(owner, description="new", replication_factor=3))
    assert (changed, cluster["status"], len(cluster["nodes"])) == (True, "available", 3)
    assert {node["NodeStatus"] for node in described(owner.account)["Nodes"]} == {"available"}
    changed, cluster = ensured(owner, state="absent")
    assert (changed, cluster, described(owner.account)) == (True, None, None)


def test_a_deletion_that_is_not_waited_for_and_a_second_call_that_waits(owner: Owner) -> None:
    ensured(owner, **wanted(owner))
    assert ensured(owner, state="absent", wait=False) == (True, None)
    assert ensured(owner, state="absent") == (False, None)
    assert described(owner.account) is None


def test_one_that_is_being_deleted_is_created_anew(owner: Owner) -> None:
    with settings(cluster_seconds=0):
        ensured(owner, **wanted(owner))
    owner.account.dax.delete_cluster(ClusterName=NAME)
    changed, cluster = ensured(owner, **wanted(owner))
    assert (changed, cluster["status"]) == (True, "available")


def test_without_waiting_one_that_is_being_deleted_is_named(owner: Owner) -> None:
    with settings(cluster_seconds=0):
        ensured(owner, **wanted(owner))
    with settings(cluster_seconds=HELD):
        owner.account.dax.delete_cluster(ClusterName=NAME)
        run = call(owner, **wanted(owner, wait=False))
    assert run.failures == [
        "The DAX cluster late is being deleted; set wait to true to have it created anew after that, or run again later"
    ]
    assert described(owner.account)["Status"] == "deleting"


def test_a_limit_that_is_too_short_says_what_was_seen(owner: Owner) -> None:
    with settings(cluster_seconds=HELD):
        run = call(owner, **wanted(owner, wait_timeout=1))
    [failure] = run.failures
    assert failure.startswith("Timed out after 1 seconds waiting for the DAX cluster late to be available: last seen ")
    assert "creating" in failure


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("creating", "its status is creating; wait until it is available and run again"),
        ("deleting", "it is being deleted; create it anew once it is gone"),
    ],
)
def test_a_run_on_a_cluster_that_comes_or_goes_is_refused(owner: Owner, status: str, says: str) -> None:
    if status == "creating":
        with settings(cluster_seconds=HELD):
            ensured(owner, **wanted(owner, wait=False))
    else:
        with settings(cluster_seconds=0):
            ensured(owner, **wanted(owner))
        with settings(cluster_seconds=HELD):
            owner.account.dax.delete_cluster(ClusterName=NAME)
    run = run_playbook(SIDE_A, owner.account, new_account(), variables={"dax_account_a_cluster_name": NAME})
    assert [says in line for line in run.failures] == [True], run.failures
    assert run.write_attempts() == []


def test_a_run_on_a_cluster_that_is_changed_goes_on_and_says_so(owner: Owner) -> None:
    with settings(cluster_seconds=0):
        ensured(owner, **wanted(owner))
    with settings(cluster_seconds=HELD):
        owner.account.dax.increase_replication_factor(ClusterName=NAME, NewReplicationFactor=3)
        run = run_playbook(SIDE_A, owner.account, new_account(), variables={"dax_account_a_cluster_name": NAME})
    assert run.rc == 0, run.failures
    assert any("its status is modifying" in line for line in run.plan("A")["warnings"])
