# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the doctor reads of a side, with the role's variables: for the actions of both sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..module_utils.common.doctor import Live, LiveNode
from ..module_utils.common.shapes import Reading
from ..module_utils.plan.options import ConsumerOptions, OwnerOptions
from .role import RoleError
from .side import SideAction
from .values import plain

MODULE = "dax.cross_account.dax_doctor_info"

# What role dax_client puts into the programs, as far as it decides on a verdict: its variables, without their prefix.
CLIENT_WISHES = ("external_id", "ip_family", "session_duration", "session_name", "sts_region")
SESSION_NAME = "dax-client"  # dax_client_session_name, by default


def _read(action: SideAction, query: dict[str, Any]) -> dict[str, Any]:
    """Return the facts, or the problem if the account cannot be reached at all."""
    try:
        return {"facts": action.facts(query, MODULE), "problem": ""}
    except RoleError as error:
        return {"facts": None, "problem": str(error)}


def read_owner(action: SideAction, options: OwnerOptions) -> dict[str, Any]:
    """Return the facts of account A, as ``dax_doctor_info`` returns them, and why there are none."""
    return _read(
        action,
        {
            "side": "a",
            "cluster_name": options.cluster_name,
            "role_name": options.role_name,
            "role_per_consumer": options.role_per_consumer,
        },
    )


def read_consumer(action: SideAction, options: ConsumerOptions, instance_id: str) -> dict[str, Any]:
    """Return the facts of account B for one consumer, and why there are none.

    :param instance_id: the client's instance, where it is not one that the role made; else "".
    """
    query = {
        "side": "b",
        "name": options.name,
        "cluster_arn": options.cluster["cluster_arn"],
        "cluster_vpc_id": options.cluster["vpc_id"],
        "vpc_id": options.vpc_id or None,
        "vpc_tags": options.vpc_tags,
        "subnet_ids": options.subnet_ids,
        "instance": options.instance or bool(instance_id),
        "instance_id": instance_id or None,
        "role_name": options.role_name,
        "instance_profile_name": options.instance_profile_name,
        "security_group_id": options.security_group_id or None,
        "security_group_name": options.security_group_name,
    }
    return _read(action, {name: value for name, value in query.items() if value is not None})


def endpoints_of(facts: Any) -> dict[str, Any]:
    """Return what the client's host tries: the endpoint, and each node; {} when there is no cluster to try."""
    cluster = facts["readings"]["cluster"]["value"] if facts else None
    if not cluster or not cluster["endpoint"]["address"]:
        return {}
    nodes = [
        {"node_id": node["node_id"], "address": node["endpoint"]["address"], "port": node["endpoint"]["port"]}
        for node in cluster["nodes"]
        if node["endpoint"]["address"]
    ]
    return {"endpoint": cluster["endpoint"], "nodes": nodes}


def wishes_of_owner(options: OwnerOptions) -> dict[str, Any]:
    """Return what account A's variables want, as far as it decides on a verdict; plain data."""
    return {
        "access": options.access,
        "cluster_name": options.cluster_name,
        "role_name": options.role_name,
        "role_per_consumer": options.role_per_consumer,
        "external_id": options.external_id,
        "external_id_per_consumer": options.external_id_per_consumer,
        "max_session_seconds": options.max_session_duration,
    }


def wishes_of_consumer(
    options: ConsumerOptions, client: Mapping[str, Any], instance_id: str, saved: Any
) -> dict[str, Any]:
    """Return what account B's variables want.

    :param client: what the variables of role ``dax_client`` say, by the names in ``CLIENT_WISHES``.
    :param instance_id: the client's instance, where it is not one that the role made; its role is whichever it has.
    :param saved: the cluster document that account B was given; None if it has none of its own.
    """
    return {
        "consumer_role_name": "" if instance_id else options.role_name,
        "instance_id": instance_id,
        "external_id": client.get("external_id") or options.external_id,
        "session_tags": options.allow_session_tags,
        "session_name": client.get("session_name") or ("" if instance_id else SESSION_NAME),
        "session_seconds": client.get("session_duration"),
        "sts_region": client.get("sts_region"),
        "ip_family": client.get("ip_family"),
        "cluster_document": plain(options.cluster),
        "saved_document": saved,
    }


def live_of(host: str, tried: Mapping[str, Any], verified: Mapping[str, Any]) -> Live | None:
    """Return what was tried for the consumer of a host: from it, or from the only host that tried anything.

    :param tried: what entry point ``live`` of role ``dax_doctor`` returned, by host.
    :param verified: what entry point ``verify`` of role ``dax_client`` returned, by host.
    """
    source = host if host in tried or host in verified else next(iter([*tried, *verified]), None)
    if source is None or (source != host and len({*tried, *verified}) > 1):
        return None
    found = tried.get(source) or {}
    items: list[LiveNode] = []
    for row in verified.get(source) or []:
        address, _colon, port = str(row["node"]).rpartition(":")
        item = {"address": address, "port": int(port or 0), "node_id": None, "connected": bool(row["ok"])}
        problems = [str(row[step]) for step in ("connect", "read", "write", "delete") if _failed(str(row[step]))]
        items.append({**item, "milliseconds": None, "error": "; ".join(problems)})  # type: ignore[typeddict-item]
    nothing: Reading = {"value": None, "problem": None}
    return {
        "host": str(source),
        "resolved": found.get("resolved") or {},
        "nodes": found.get("nodes") or [],
        "identity": nothing,
        "assumed": nothing,
        "items": items,
    }


def _failed(said: str) -> bool:
    """Tell whether a cell of the table of nodes says that something failed."""
    return said not in ("ok", "-") and not said.endswith(" ms")
