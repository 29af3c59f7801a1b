# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The seam between the control plane and a data plane.

A data plane is a module `dax_emulator.dataplane` with a function `install()`. It is called once, inside the
LocalStack process, when that process starts; the environment variable `DAX_EMULATOR_STATE` names a directory for its
files (certificates). `install()` subscribes:

    from dax_emulator import hooks

    def install() -> None:
        hooks.subscribe(MyDataPlane())

The subscriber is told of each cluster:

- `on_cluster_available(record)` before a new cluster turns `available`, and again when nodes were added or removed.
  It may set `record.endpoint` and every `node.endpoint` in `record.nodes` to the loopback address and port that it
  listens on (`Endpoint(address, port, url)`; only the discovery endpoint has a URL, `record.scheme` + "://…").
  Without a subscriber clusters keep host names like AWS's, which lead nowhere.
- `on_cluster_deleted(record)` when the cluster is gone: stop listening.
- `on_shutdown()` when the process ends.

Calls come from request threads, one at a time for each cluster. An exception is logged and leaves the AWS-like
endpoint in place; it never fails the API call.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
from datetime import datetime
from typing import Any, Protocol, TypedDict

from dax_emulator.dax.records import ClusterRecord, Endpoint, NodeRecord

__all__ = [
    "ClusterRecord",
    "Credentials",
    "DataPlane",
    "Endpoint",
    "NodeRecord",
    "cluster_by_arn",
    "clusters",
    "lookup_credentials",
    "role_policies",
    "subscribe",
]

LOG = logging.getLogger(__name__)


class DataPlane(Protocol):
    """What a data plane offers to the control plane."""

    def on_cluster_available(self, record: ClusterRecord) -> None: ...

    def on_cluster_deleted(self, record: ClusterRecord) -> None: ...

    def on_shutdown(self) -> None: ...


class Credentials(TypedDict):
    """Credentials the emulator issued. `expiration` (aware, UTC) and `session_token` are None for long-lived keys."""

    access_key_id: str
    secret: str
    session_token: str | None
    expiration: datetime | None
    account: str
    principal_arn: str  # arn:aws:sts::111111111111:assumed-role/Name/session, or a user's ARN
    role_arn: str | None  # arn:aws:iam::111111111111:role/Name, None for users
    session_policy: dict[str, Any] | None  # the AssumeRole call's own Policy: limits what the role allows


_subscribers: list[DataPlane] = []


def subscribe(plane: DataPlane) -> None:
    """Register a data plane."""
    _subscribers.append(plane)


def load_data_plane() -> bool:
    """Import and install `dax_emulator.dataplane` if it is there; says whether it was."""
    if importlib.util.find_spec("dax_emulator.dataplane") is None:
        return False
    module = importlib.import_module("dax_emulator.dataplane")
    install = getattr(module, "install", None)
    if install is None:
        return False
    install()
    return True


def announce_available(record: ClusterRecord) -> None:
    """Tell every data plane that the cluster can be reached, before the API shows it as available."""
    record.reachable = True
    _tell("on_cluster_available", record)


def announce_deleted(record: ClusterRecord) -> None:
    """Tell every data plane that the cluster is gone."""
    if record.reachable:
        record.reachable = False
        _tell("on_cluster_deleted", record)


def announce_shutdown() -> None:
    """Tell every data plane that the process ends."""
    _tell("on_shutdown")


def _tell(event: str, *args: Any) -> None:
    for plane in _subscribers:
        try:
            getattr(plane, event)(*args)
        except Exception:
            LOG.exception("the data plane failed in %s", event)


def lookup_credentials(access_key_id: str) -> Credentials | None:
    """The credentials issued under this key by STS (AssumeRole) or IAM (CreateAccessKey); None if there are none.

    Expired ones are still returned: compare `expiration` to tell "expired" from "never heard of". A 12-digit key (the
    administrator of that account, any secret) was not issued and gives None.
    """
    from dax_emulator import principals

    return principals.lookup_credentials(access_key_id)


def role_policies(role_arn: str) -> list[dict[str, Any]]:
    """Every policy document (inline and attached) of a role, as they are now; [] for a role that is gone.

    A permissions boundary is not among them: see `role_boundary`.
    """
    from dax_emulator import principals

    return principals.role_policies(role_arn)


def role_boundary(role_arn: str) -> dict[str, Any] | None:
    """The permissions boundary's document of a role, None if it has none."""
    from dax_emulator import principals

    return principals.role_boundary(role_arn)


def clusters() -> list[ClusterRecord]:
    """Every cluster of every account and region."""
    from dax_emulator.dax import store

    return store.all_clusters()


def cluster_by_arn(arn: str) -> ClusterRecord | None:
    """The cluster with this ARN, None if there is none."""
    return next((record for record in clusters() if record.arn == arn), None)
