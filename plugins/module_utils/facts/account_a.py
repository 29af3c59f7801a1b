# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that account A's plan needs to know, read in one process. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from ..common.documents import consumer_role_name
from ..common.ownership import TAG_CLUSTER, TAG_CONSUMER, is_ours
from ..common.shapes import (
    Cluster,
    FactsA,
    Identity,
    NetworkAcl,
    Peering,
    Role,
    RouteTable,
    SecurityGroup,
    Subnet,
    Vpc,
)
from .dax import describe_clusters, describe_subnet_groups
from .ec2 import (
    describe_network_acls,
    describe_peerings,
    describe_route_tables,
    describe_subnets,
    describe_vpc_attributes,
    describe_vpcs,
    effective_route_tables,
    owned_peerings,
    require_main_table,
)
from .iam import read_role
from .networks import read_prefix_lists
from .quotas import limits_a
from .security_groups import describe_security_groups, owned_rule_groups


@dataclass(frozen=True)
class OwnerQuery:
    """What to read, by the options of the module ``dax_account_a_info``."""

    cluster_name: str
    role_name: str
    role_per_consumer: bool = False
    consumers: Sequence[str] = ()  # keys of consumers, <account id>/<name>
    dns: bool = False
    to_come: int = 0  # how many of anything the run may add: its consumers, or their blocks


class _Network(TypedDict):
    """The part of the facts that lies in a VPC."""

    vpc: Vpc | None
    cluster_subnet_ids: list[str]
    subnets: list[Subnet]
    route_tables: list[RouteTable]
    effective_route_tables: dict[str, str]
    network_acls: list[NetworkAcl]
    security_groups: list[SecurityGroup]
    peerings: list[Peering]


def gather_a(clients: Mapping[str, Any], identity: Identity, region: str, query: OwnerQuery) -> FactsA:
    """Return account A's facts; the shape is documented in the RETURN block of ``dax_account_a_info``.

    Of a cluster that does not exist, what earlier runs left behind is found by its ownership tags.
    """
    name = query.cluster_name.lower()
    cluster = next(iter(describe_clusters(clients["dax"], [name], include_tags=False)), None)
    role = read_role(clients["iam"], query.role_name)
    others: list[str] = []
    if cluster is None:
        cluster_arn = f"arn:{identity['partition']}:dax:{region}:{identity['account_id']}:cache/{name}"
        others = sorted(item["cluster_name"] for item in describe_clusters(clients["dax"], None, include_tags=False))
        network = _left_behind(clients["ec2"], cluster_arn)
    else:
        cluster_arn = cluster["cluster_arn"]
        network = _network(clients, cluster, query.dns)
    facts: FactsA = {
        "identity": identity,
        "region": region,
        "cluster": cluster,
        "cluster_arn": cluster_arn,
        "cluster_names": others,
        "role": role,
        "consumer_roles": _consumer_roles(clients["iam"], query, cluster_arn, network["peerings"]),
        **network,
        "prefix_lists": read_prefix_lists(clients["ec2"], network["route_tables"], network["security_groups"]),
        "quotas": {},
        "usage": {},
    }
    return {**facts, **limits_a(clients, facts, query.to_come)}


def _consumer_roles(iam: Any, query: OwnerQuery, cluster_arn: str, peerings: list[Peering]) -> dict[str, Role]:
    """Return the consumers' own roles by name: of those asked for, and of those that a peering connection names."""
    if not query.role_per_consumer:
        return {}
    owned = [peering["tags"] for peering in peerings if is_ours(peering["tags"], cluster_arn)]
    keys = {*query.consumers, *(tags[TAG_CONSUMER] for tags in owned if TAG_CONSUMER in tags)}
    names = [consumer_role_name(query.role_name, key) for key in sorted(keys)]
    return {name: role for name in names if (role := read_role(iam, name))}


def _network(clients: Mapping[str, Any], cluster: Cluster, dns: bool) -> _Network:
    ec2 = clients["ec2"]
    # Late in its deletion a cluster names no subnet group any more.
    names = [cluster["subnet_group"]] if cluster.get("subnet_group") else []
    subnet_group = next(iter(describe_subnet_groups(clients["dax"], names)), None)
    if subnet_group is None:
        return _left_behind(ec2, cluster["cluster_arn"])
    vpc_id = subnet_group["vpc_id"]
    subnet_ids = sorted(subnet["subnet_identifier"] for subnet in subnet_group["subnets"])
    tables = describe_route_tables(ec2, vpc_id)
    require_main_table(vpc_id, tables)
    vpc = describe_vpcs(ec2, vpc_id=vpc_id)[0]
    network: _Network = {
        "vpc": vpc,
        "cluster_subnet_ids": subnet_ids,
        "subnets": [subnet for subnet in describe_subnets(ec2, vpc_id) if subnet["subnet_id"] in subnet_ids],
        "route_tables": tables,
        "effective_route_tables": effective_route_tables(subnet_ids, tables),
        "network_acls": describe_network_acls(ec2, vpc_id),
        "security_groups": _groups(ec2, [group["security_group_identifier"] for group in cluster["security_groups"]]),
        "peerings": describe_peerings(ec2, vpc_id),
    }
    return {**network, "vpc": {**vpc, **describe_vpc_attributes(ec2, vpc_id)}} if dns else network


def _left_behind(ec2: Any, cluster_arn: str) -> _Network:
    peerings = owned_peerings(ec2, TAG_CLUSTER, cluster_arn)
    # Of the two VPCs of each, this account sees only its own.
    vpc_ids = {vpc_id for peering in peerings for vpc_id in _vpc_ids(peering)}
    return {
        "vpc": None,
        "cluster_subnet_ids": [],
        "subnets": [],
        "route_tables": [table for vpc_id in sorted(vpc_ids) for table in describe_route_tables(ec2, vpc_id)],
        "effective_route_tables": {},
        "network_acls": [],
        "security_groups": _groups(ec2, owned_rule_groups(ec2, TAG_CLUSTER, cluster_arn)),
        "peerings": peerings,
    }


def _vpc_ids(peering: Peering) -> list[str]:
    return [vpc_id for vpc_id in (peering["requester"]["vpc_id"], peering["accepter"]["vpc_id"]) if vpc_id is not None]


def _groups(ec2: Any, group_ids: list[str]) -> list[SecurityGroup]:
    """Return the groups with their rules, in the given order."""
    if not group_ids:
        return []
    found = {group["group_id"]: group for group in describe_security_groups(ec2, group_id=group_ids)}
    return [found[group_id] for group_id in group_ids if group_id in found]
