# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that account A's plan needs to know, read in one process. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .dax import describe_clusters, describe_subnet_groups
from ..common.documents import consumer_role_name
from .iam import read_role
from .ec2 import (
    describe_network_acls,
    describe_peerings,
    describe_route_tables,
    describe_rules,
    describe_security_groups,
    describe_subnets,
    describe_vpc_attributes,
    describe_vpcs,
    effective_route_tables,
    owned_peerings,
    owned_rule_groups,
)
from ..common.ownership import TAG_CLUSTER, TAG_CONSUMER, is_ours


def gather_a(
    clients: Mapping[str, Any],
    identity: dict[str, str],
    region: str,
    cluster_name: str,
    role_name: str,
    role_per_consumer: bool = False,
    consumers: Sequence[str] = (),
    dns: bool = False,
) -> dict[str, Any]:
    """Return account A's facts; the shape is documented in the RETURN block of ``dax_account_a_info``.

    Of a cluster that does not exist, what earlier runs left behind is found by the marks that it carries.
    """
    name = cluster_name.lower()
    cluster = next(iter(describe_clusters(clients["dax"], [name], include_tags=False)), None)
    facts: dict[str, Any] = {
        "identity": identity,
        "region": region,
        "cluster": cluster,
        "cluster_arn": f"arn:{identity['partition']}:dax:{region}:{identity['account_id']}:cache/{name}",
        "cluster_names": [],
        "role": read_role(clients["iam"], role_name),
        "consumer_roles": {},
    }
    if cluster is None:
        found = describe_clusters(clients["dax"], None, include_tags=False)
        facts["cluster_names"] = sorted(item["cluster_name"] for item in found)
        facts |= _left_behind(clients["ec2"], facts["cluster_arn"])
    else:
        facts |= {"cluster_arn": cluster["cluster_arn"], **_network(clients, cluster)}
        if dns:
            facts["vpc"] |= describe_vpc_attributes(clients["ec2"], facts["vpc"]["vpc_id"])
    if role_per_consumer:
        marked = [item["tags"] for item in facts["peerings"] if is_ours(item["tags"], facts["cluster_arn"])]
        keys = {*consumers, *(tags[TAG_CONSUMER] for tags in marked if TAG_CONSUMER in tags)}
        names = [consumer_role_name(role_name, key) for key in sorted(keys)]
        facts["consumer_roles"] = {name: role for name in names if (role := read_role(clients["iam"], name))}
    return facts


def _network(clients: Mapping[str, Any], cluster: dict[str, Any]) -> dict[str, Any]:
    ec2 = clients["ec2"]
    subnet_group = describe_subnet_groups(clients["dax"], [cluster["subnet_group"]])[0]
    vpc_id = subnet_group["vpc_id"]
    subnet_ids = sorted(subnet["subnet_identifier"] for subnet in subnet_group["subnets"])
    tables = describe_route_tables(ec2, vpc_id)
    return {
        "vpc": describe_vpcs(ec2, vpc_id=vpc_id)[0],
        "cluster_subnet_ids": subnet_ids,
        "subnets": [subnet for subnet in describe_subnets(ec2, vpc_id) if subnet["subnet_id"] in subnet_ids],
        "route_tables": tables,
        "effective_route_tables": effective_route_tables(subnet_ids, tables),
        "network_acls": describe_network_acls(ec2, vpc_id),
        "security_groups": _groups(ec2, [group["security_group_identifier"] for group in cluster["security_groups"]]),
        "peerings": describe_peerings(ec2, vpc_id),
    }


def _left_behind(ec2: Any, cluster_arn: str) -> dict[str, Any]:
    peerings = owned_peerings(ec2, TAG_CLUSTER, cluster_arn)
    # Of the two VPCs of each, this account sees only its own.
    vpc_ids = {peering[side]["vpc_id"] for peering in peerings for side in ("requester", "accepter")} - {None}
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


def _groups(ec2: Any, group_ids: list[str]) -> list[dict[str, Any]]:
    """Return the groups with their rules, in the given order."""
    if not group_ids:
        return []
    found = {group["group_id"]: group for group in describe_security_groups(ec2, group_id=group_ids)}
    rules = describe_rules(ec2, list(found))
    return [{**found[group_id], "rules": rules[group_id]} for group_id in group_ids if group_id in found]
