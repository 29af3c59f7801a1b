# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create, update and delete DAX clusters, and wait for it: botocore ships no waiters for DAX."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list

from ..common.aws import aws_errors, error_code, patiently, poll, retried
from ..common.patience import PROPAGATION
from ..facts.dax import ClusterDetails, cluster_tags, describe_clusters
from .cluster_changes import (
    REQUIRED_TO_CREATE,
    Changes,
    compare,
    create_parameters,
    desired_options,
    explain_impossible,
    options_of,
)

# DAX itself moves a cluster on from these.
_MOVING = frozenset({"creating", "modifying", "rebooting", "rebooting cluster nodes"})
# How long to wait by default, in seconds: creation and deletion take up to 45 minutes, a change of nodes twice that.
# https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/dax_cluster#timeouts
_WAIT, _WAIT_FOR_CHANGE = 2700, 5400


def ensure_cluster(client: Any, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Do what the module dax_cluster is asked for, and return its result.

    :raises AnsibleAWSError: for what DAX cannot change and for options that lack to create, before anything is
        written; for a cluster that is not ready within ``wait_timeout``; for a call that failed.
    """
    zones, factor = params["availability_zones"], params["replication_factor"]
    if zones and factor is not None and len(zones) != factor:
        raise AnsibleAWSError(
            message=f"availability_zones lists {len(zones)} zones for a replication_factor of {factor}; "
            "give one zone a node, the same one more than once if need be"
        )
    run = _Run(client, params, check_mode)
    return run.absent() if params["state"] == "absent" else run.present()


class _Run:
    """One run of the module."""

    def __init__(self, client: Any, params: dict[str, Any], check_mode: bool) -> None:
        self.client = client
        self.params = params
        self.check_mode = check_mode
        self.name: str = params["name"].lower()
        # Whether the tags of the cluster that was read last are known: while DAX creates or changes it, it tells none.
        self.tags_known = True

    def present(self) -> dict[str, Any]:
        cluster = self._read()
        if cluster and cluster["status"] == "deleting":
            if not self.check_mode:
                self._wait_until_gone_to_recreate()
            cluster = None
        if cluster is None:
            return self._create()
        if self.params["wait"] and not self.check_mode and cluster["status"] != "available":
            cluster = self._wait_available(_WAIT if cluster["status"] == "creating" else _WAIT_FOR_CHANGE)
        return self._update(cluster)

    def absent(self) -> dict[str, Any]:
        cluster = self._read()
        if cluster is None:
            return _result(False, None, {}, {})
        changed = cluster["status"] != "deleting"
        if not self.check_mode:
            if changed:
                self._delete(cluster)
            if self.params["wait"]:
                self._wait_gone()
        return _result(changed, None, options_of(cluster) if changed else {}, {})

    def _create(self) -> dict[str, Any]:
        lacking = [option for option in REQUIRED_TO_CREATE if self.params.get(option) is None]
        if lacking:
            raise AnsibleAWSError(
                message=f"There is no DAX cluster {self.name} in this account and region; "
                f"to create it also give {', '.join(lacking)}"
            )
        desired = desired_options(self.params)
        if self.check_mode:
            return _result(True, None, {}, desired)
        if not self._call_create():
            # Somebody was quicker, or an answer was lost and the call sent again. What is there is judged as any other.
            found = self._wait_available() if self.params["wait"] else self._present()
            return {**self._update(found), "changed": True}
        if not self.params["wait"]:
            return _result(True, self._read(), {}, desired)
        cluster = self._wait_available(nodes=self.params["replication_factor"])
        self._apply(cluster, compare(cluster, self.params))
        return _result(True, self._read(), {}, desired)

    def _update(self, cluster: ClusterDetails) -> dict[str, Any]:
        changes = compare(cluster, self.params if self.tags_known else {**self.params, "tags": None})
        if changes.impossible:
            raise AnsibleAWSError(message=explain_impossible(self.name, changes.impossible))
        if changes.any and not self.check_mode:
            if cluster["status"] in _MOVING:
                raise AnsibleAWSError(
                    message=f"The DAX cluster {self.name} is {cluster['status']} and cannot be changed until it is "
                    "available; set wait to true, or run again later"
                )
            self._apply(cluster, changes)
            cluster = self._read() or cluster
        return _result(changes.any, cluster, changes.before, changes.after)

    def _apply(self, cluster: ClusterDetails, changes: Changes) -> None:
        """Make the changes one after the other; DAX takes the next only when the one before is through."""
        if changes.tags:
            tags = ansible_dict_to_boto3_tag_list(changes.tags)
            self._call("tag_resource", ResourceName=cluster["cluster_arn"], Tags=tags)
        if changes.untag:
            self._call("untag_resource", ResourceName=cluster["cluster_arn"], TagKeys=changes.untag)
        if changes.update:
            self._call("update_cluster", ClusterName=self.name, **changes.update)
            if self.params["wait"] or changes.resize:
                self._wait_available(_WAIT_FOR_CHANGE)
        if changes.resize:
            self._call(changes.resize, ClusterName=self.name, **changes.resize_parameters)
            if self.params["wait"]:
                self._wait_available(_WAIT_FOR_CHANGE, changes.resize_parameters["NewReplicationFactor"])

    def _call_create(self) -> bool:
        """Create the cluster, and return whether it was not there before."""
        try:
            patiently(
                lambda: self._call("create_cluster", **create_parameters(self.params)), self._patience(PROPAGATION)
            )
        except AnsibleAWSError as error:
            if error_code(error) != "ClusterAlreadyExistsFault":
                raise
            return False
        return True

    def _delete(self, cluster: ClusterDetails) -> None:
        if self.params["wait"] and cluster["status"] in _MOVING:
            # DAX refuses to delete a cluster that is on its way to another state.
            self._poll(lambda seen: seen is None or seen["status"] not in _MOVING, "come to rest", _WAIT_FOR_CHANGE)
        try:
            self._call("delete_cluster", ClusterName=self.name)
        except AnsibleAWSError as error:
            if error_code(error) == "ClusterNotFoundFault":
                return
            now = self._read()
            if now is not None and now["status"] != "deleting":
                raise

    def _call(self, operation: str, **parameters: Any) -> None:
        with aws_errors(f"{operation.replace('_', ' ')} ({self.name})"):
            retried()(getattr(self.client, operation))(**parameters)

    def _patience(self, usual: int) -> int:
        """Return for how many seconds to wait: what the user gives, or what is usual."""
        given: int | None = self.params["wait_timeout"]
        return usual if given is None else given

    def _read(self, include_tags: bool = True) -> ClusterDetails | None:
        found = describe_clusters(self.client, [self.name], include_tags=False)
        if not found:
            return None
        if include_tags:
            tags = cluster_tags(self.client, found[0])
            self.tags_known = tags is not None
            found[0]["tags"] = tags or {}
        return found[0]

    def _present(self) -> ClusterDetails:
        cluster = self._read()
        if cluster is None:
            raise AnsibleAWSError(message=f"The DAX cluster {self.name} is gone")
        return cluster

    def _wait_available(self, usual: int = _WAIT, nodes: int | None = None) -> ClusterDetails:
        """Wait until the cluster and each of its nodes are available; so many nodes, where a number is given."""

        def available(seen: ClusterDetails | None) -> bool:
            if seen is None or seen["status"] not in (*_MOVING, "available"):
                status = seen["status"] if seen else "gone"
                raise AnsibleAWSError(message=f"The DAX cluster {self.name} is {status}, it will not become available")
            wanted = seen.get("total_nodes", 0) if nodes is None else nodes
            return seen["status"] == "available" and _active_nodes(seen) == wanted and not _unready_nodes(seen)

        self._poll(available, "be available", usual)
        return self._present()

    def _wait_gone(self) -> None:
        self._poll(lambda seen: seen is None, "be deleted", _WAIT)

    def _wait_until_gone_to_recreate(self) -> None:
        if not self.params["wait"]:
            raise AnsibleAWSError(
                message=f"The DAX cluster {self.name} is being deleted; set wait to true to have it created anew after "
                "that, or run again later"
            )
        self._wait_gone()

    def _poll(self, done: Callable[[ClusterDetails | None], bool], become: str, usual: int) -> None:
        poll(
            lambda: self._read(include_tags=False),
            done,
            self._patience(usual),
            f"the DAX cluster {self.name} to {become}",
            describe=_seen,
            max_delay=15.0,
        )


def _seen(cluster: ClusterDetails | None) -> str:
    if cluster is None:
        return "no such cluster"
    unready = "".join(f", {node}" for node in _unready_nodes(cluster))
    return f"{cluster['status']} with {_active_nodes(cluster)} of {cluster.get('total_nodes')} nodes active{unready}"


def _active_nodes(cluster: ClusterDetails) -> int:
    active = cluster.get("active_nodes")
    return len(cluster["nodes"]) if active is None else int(active)


def _unready_nodes(cluster: ClusterDetails) -> list[str]:
    """Return the nodes that do not take requests yet, each with its status."""
    statuses = {str(node.get("node_id")): str(node.get("node_status") or "available") for node in cluster["nodes"]}
    return [f"{node} {status}" for node, status in statuses.items() if status != "available"]


def _result(
    changed: bool, cluster: ClusterDetails | None, before: dict[str, Any], after: dict[str, Any]
) -> dict[str, Any]:
    return {"changed": changed, "cluster": cluster, "diff": {"before": before, "after": after}}
