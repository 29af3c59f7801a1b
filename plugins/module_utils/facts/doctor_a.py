# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the doctor reads of account A, each reading by itself. Reads only."""

from __future__ import annotations

from typing import Any, cast

from ..common.doctor import DoctorFactsA, ReadingsA
from ..common.documents import consumer_role_name
from ..common.shapes import Cluster, Identity, Reading, Subnet
from .dax import describe_clusters, describe_subnet_groups
from .doctor import Clients, DoctorQuery, describe_vpc, now, prefix_lists
from .ec2 import describe_network_acls, describe_route_tables, describe_subnets, peerings_of
from .iam import list_role_names
from .reading import list_of, one_of, reading
from .role_details import read_role_details, role_name_of
from .security_groups import describe_security_groups


def gather_doctor_a(clients: Clients, identity: Identity, region: str, query: DoctorQuery) -> DoctorFactsA:
    ec2, dax, iam = clients["ec2"], clients["dax"], clients["iam"]
    name = query.cluster_name.lower()
    cluster = reading(lambda: next(iter(describe_clusters(dax, [name], include_tags=False)), None))
    subnet_group = one_of(cluster, lambda found: _subnet_group(dax, found))
    vpc_id = one_of(subnet_group, lambda found: found["vpc_id"])
    tables = list_of(vpc_id, lambda found: describe_route_tables(ec2, found))
    groups = list_of(cluster, lambda found: _cluster_groups(ec2, found))
    subnets = list_of(vpc_id, lambda found: describe_subnets(ec2, found))
    readings: ReadingsA = {
        "cluster": cluster,
        "subnet_group": subnet_group,
        # Which of the roles it is, follows from the consumer.
        "role": {"value": None, "problem": None},
        "service_role": one_of(cluster, lambda found: _service_role(iam, found)),
        "vpc": one_of(vpc_id, lambda found: describe_vpc(ec2, found)),
        "subnets": subnets,
        "route_tables": tables,
        "network_acls": list_of(vpc_id, lambda found: describe_network_acls(ec2, found)),
        "security_groups": groups,
        "peerings": list_of(vpc_id, lambda found: peerings_of(ec2, found)),
        "prefix_lists": prefix_lists(ec2, tables, groups),
        "nodes_subnets": _nodes_subnets(cluster, subnet_group, subnets),
    }
    about = {"identity": identity, "region": region, "read_at": now()}
    return cast(DoctorFactsA, {"side": "a", **about, "roles": _roles(iam, query), "readings": readings})


def _roles(iam: Any, query: DoctorQuery) -> dict[str, Reading]:
    """Return the role that consumers assume, or the roles that consumers may have of their own, by name."""
    prefix = consumer_role_name(query.role_name, "")
    names: Reading = {"value": [query.role_name], "problem": None}
    if query.role_per_consumer:
        names = reading(lambda: [name for name in list_role_names(iam) if name.startswith(prefix)])
    if names["problem"] is not None:
        return {prefix: names}
    return {name: reading(lambda name=name: read_role_details(iam, name)) for name in names["value"]}  # type: ignore[misc]


def _subnet_group(dax: Any, cluster: Cluster) -> Any:
    names = [cluster["subnet_group"]] if cluster.get("subnet_group") else []
    return next(iter(describe_subnet_groups(dax, names)), None)


def _cluster_groups(ec2: Any, cluster: Cluster) -> Any:
    ids = [group["security_group_identifier"] for group in cluster.get("security_groups", [])]
    # By a filter, since a group that was deleted is an error otherwise.
    return describe_security_groups(ec2, group_id=ids) if ids else []


def _service_role(iam: Any, cluster: Any) -> Any:
    arn = cluster.get("iam_role_arn")
    return read_role_details(iam, role_name_of(arn)) if arn else None


def _nodes_subnets(cluster: Reading, subnet_group: Reading, subnets: Reading) -> Reading:
    """Return where each node is. DAX shows its zone; that is enough where the subnet group has one subnet there."""
    for part in (cluster, subnet_group, subnets):
        if part["problem"] is not None:
            return part
    if not cluster["value"] or not subnet_group["value"]:
        return {"value": {}, "problem": None}
    used = {item["subnet_identifier"] for item in subnet_group["value"]["subnets"]}
    zones: dict[str, list[str]] = {}
    for subnet in cast(list[Subnet], subnets["value"]):
        if subnet["subnet_id"] in used:
            zones.setdefault(subnet["availability_zone"], []).append(subnet["subnet_id"])
    nodes = {node["node_id"]: zones.get(node.get("availability_zone"), []) for node in cluster["value"]["nodes"]}
    return {"value": {node: found[0] for node, found in nodes.items() if len(found) == 1}, "problem": None}
