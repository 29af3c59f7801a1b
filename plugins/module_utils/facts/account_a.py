# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that account A's plan needs to know, read in one process. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypedDict

from ..common.documents import consumer_role_name
from ..common.ownership import User, ownership_tags, registered_consumers, users_of
from ..common.roles import may_serve, serves
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
from .at_once import AtOnce
from .dax import describe_clusters, describe_subnet_groups
from .ec2 import (
    describe_network_acls,
    describe_peerings,
    describe_route_tables,
    describe_subnets,
    describe_vpc_attributes,
    describe_vpcs,
    effective_route_tables,
    ends_in,
    require_main_table,
)
from .iam import RoleHead, list_roles, read_role
from .networks import read_prefix_lists
from .quotas import limits_a
from .security_groups import describe_security_groups, groups_of_rules
from .tagged import describe_tags, of_type


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
    other_security_groups: list[SecurityGroup]
    peerings: list[Peering]


class _Roles(NamedTuple):
    """The part of the facts that lies in IAM, besides the role that all consumers assume."""

    consumer_roles: dict[str, Role]
    other_roles: list[Role]
    role_names_alike: list[str]


def gather_a(clients: Mapping[str, Any], identity: Identity, region: str, query: OwnerQuery) -> FactsA:
    """Return account A's facts; the shape is documented in the RETURN block of ``dax_account_a_info``.

    What carries the cluster's ownership tags is found wherever it is: in another VPC than the cluster's present one, on
    groups that the cluster no longer has, under another name, and when there is no such cluster any more.
    """
    with AtOnce() as calls:
        return _gather(clients, identity, region, query, calls)


def _gather(clients: Mapping[str, Any], identity: Identity, region: str, query: OwnerQuery, calls: AtOnce) -> FactsA:
    name = query.cluster_name.lower()
    heads = calls.begin(list_roles, clients["iam"])
    reading_role = calls.begin(read_role, clients["iam"], query.role_name)
    cluster = next(iter(describe_clusters(clients["dax"], [name], include_tags=False)), None)
    others: list[str] = []
    if cluster is None:
        cluster_arn = f"arn:{identity['partition']}:dax:{region}:{identity['account_id']}:cache/{name}"
        others = sorted(item["cluster_name"] for item in describe_clusters(clients["dax"], None, include_tags=False))
    else:
        cluster_arn = cluster["cluster_arn"]
    tags = calls.begin(_tagged, clients["ec2"], cluster_arn, query.consumers)
    peerings = calls.begin(describe_peerings, clients["ec2"])
    network = _network(clients, cluster, identity["account_id"], query.dns, calls) if cluster else _no_network()
    network = _with_peerings(clients["ec2"], network, tags.result(), peerings.result(), identity["account_id"])
    facts: FactsA = {
        "identity": identity,
        "region": region,
        "cluster": cluster,
        "cluster_arn": cluster_arn,
        "cluster_names": others,
        "role": reading_role.result(),
        **_roles(clients["iam"], heads.result(), query, cluster_arn, network["peerings"])._asdict(),  # type: ignore[typeddict-item]
        **network,
        "prefix_lists": read_prefix_lists(clients["ec2"], network["route_tables"], network["security_groups"]),
        "quotas": {},
        "usage": {},
    }
    return {**facts, **limits_a(clients, facts, query.to_come)}


def _roles(iam: Any, heads: list[RoleHead], query: OwnerQuery, cluster_arn: str, peerings: list[Peering]) -> _Roles:
    """Return the roles of the cluster's consumers: those that are wanted, and those of earlier runs."""
    users = [user for peering in peerings for user in users_of(peering["tags"]) if user.cluster_arn == cluster_arn]
    keys = {*query.consumers, *(user.consumer for user in users)} if query.role_per_consumer else set()
    own = {consumer_role_name(query.role_name, key) for key in keys}
    wanted = {query.role_name, *own}
    folded = {name.casefold() for name in wanted}
    alike = [head.name for head in heads if head.name.casefold() in folded and head.name not in wanted]
    due = [head.name for head in heads if head.name in own or may_serve(head.description, head.trust, cluster_arn)]
    found = [role for name in due if name != query.role_name and (role := read_role(iam, name))]
    consumer_roles = {
        role["role_name"]: role for role in found if role["role_name"] in own or _is_consumers_own(role, query)
    }
    others = [role for role in found if role["role_name"] not in consumer_roles and serves(role, cluster_arn)]
    return _Roles(consumer_roles, others, alike)


def _is_consumers_own(role: Role, query: OwnerQuery) -> bool:
    """Tell whether a role has the name that one of its consumers' own role has now."""
    keys = registered_consumers(role["tags"])
    return query.role_per_consumer and role["role_name"] in {consumer_role_name(query.role_name, key) for key in keys}


def _no_network() -> _Network:
    return {
        "vpc": None,
        "cluster_subnet_ids": [],
        "subnets": [],
        "route_tables": [],
        "effective_route_tables": {},
        "network_acls": [],
        "security_groups": [],
        "other_security_groups": [],
        "peerings": [],
    }


def _network(clients: Mapping[str, Any], cluster: Cluster, account_id: str, dns: bool, calls: AtOnce) -> _Network:
    ec2 = clients["ec2"]
    group_ids = [group["security_group_identifier"] for group in cluster["security_groups"]]
    groups = calls.begin(_groups, ec2, group_ids)
    # Late in its deletion a cluster names no subnet group any more.
    names = [cluster["subnet_group"]] if cluster.get("subnet_group") else []
    subnet_group = next(iter(describe_subnet_groups(clients["dax"], names)), None)
    if subnet_group is None:
        return _no_network()
    vpc_id = subnet_group["vpc_id"]
    subnet_ids = sorted(subnet["subnet_identifier"] for subnet in subnet_group["subnets"])
    acls = calls.begin(describe_network_acls, ec2, vpc_id)
    subnets = calls.begin(describe_subnets, ec2, vpc_id)
    attributes = calls.begin(describe_vpc_attributes, ec2, vpc_id) if dns else None
    found = calls.begin(describe_vpcs, ec2, vpc_id=vpc_id)
    tables = describe_route_tables(ec2, vpc_id)
    vpc = found.result()[0]
    if vpc["owner_id"] in (None, account_id):  # of a VPC that is shared with this account, it sees no tables
        require_main_table(vpc_id, tables)
    network: _Network = {
        "vpc": vpc,
        "cluster_subnet_ids": subnet_ids,
        "subnets": [subnet for subnet in subnets.result() if subnet["subnet_id"] in subnet_ids],
        "route_tables": tables,
        "effective_route_tables": effective_route_tables(subnet_ids, tables),
        "network_acls": acls.result(),
        "security_groups": groups.result(),
        "other_security_groups": [],
        "peerings": [],
    }
    return {**network, "vpc": {**vpc, **attributes.result()}} if attributes else network


def _tagged(ec2: Any, cluster_arn: str, consumers: Sequence[str]) -> list[str]:
    """Return the ids of what was made for the cluster, or carries the mark of one of these consumers."""
    marks = {key: text for consumer in consumers for key, text in User(cluster_arn, consumer).mark.items()}
    return sorted(describe_tags(ec2, {**ownership_tags(cluster_arn), **marks}))


def _with_peerings(
    ec2: Any, network: _Network, tagged: list[str], peerings: list[Peering], account_id: str
) -> _Network:
    """Add the connections, and what of the tagged resources does not lie where the cluster is now.

    When all does, that costs no call.
    """
    vpc_id = network["vpc"]["vpc_id"] if network["vpc"] else None
    own = [peering for peering in peerings if ends_in(peering, vpc_id)]
    away = [peering for peering in peerings if peering["id"] in tagged and peering not in own]
    ends = [end for peering in away for end in (peering["requester"], peering["accepter"])]
    vpc_ids = {str(end["vpc_id"]) for end in ends if end["owner_id"] == account_id and end["vpc_id"]}
    known = [rule["rule_id"] for group in network["security_groups"] for rule in group["rules"] if rule["rule_id"]]
    tables = [table for each in sorted(vpc_ids - {str(vpc_id)}) for table in describe_route_tables(ec2, each)]
    return {
        **network,
        "route_tables": network["route_tables"] + tables,
        "other_security_groups": _groups(ec2, groups_of_rules(ec2, of_type(tagged, "sgr", known))),
        "peerings": own + away,
    }


def _groups(ec2: Any, group_ids: list[str]) -> list[SecurityGroup]:
    """Return the groups with their rules, in the given order."""
    if not group_ids:
        return []
    found = {group["group_id"]: group for group in describe_security_groups(ec2, group_id=group_ids)}
    return [found[group_id] for group_id in group_ids if group_id in found]
