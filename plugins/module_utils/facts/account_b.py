# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that account B's plan needs to know, read in one process. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from ..common.compute import Instance
from ..common.ec2 import endpoint_of
from ..common.shapes import (
    EndpointService,
    FactsB,
    Identity,
    InternetGateway,
    NatGateway,
    NetworkAcl,
    NetworkInterface,
    PrefixList,
    PrivateZone,
    RouteTable,
    SecurityGroup,
    Subnet,
    Vpc,
    VpcEndpoint,
)
from .compute import LaunchQuery, Zones, describe_availability_zones, describe_instances, read_launch
from .consumer import ConsumerQuery, find_vpc, how_found
from .ec2 import (
    describe_all_route_tables,
    describe_internet_gateways,
    describe_network_acls,
    describe_peerings,
    describe_route_tables,
    describe_subnets,
    describe_vpc_attributes,
    describe_vpcs,
    effective_route_tables,
    require_main_table,
)
from .endpoints import describe_endpoint_services, describe_vpc_endpoints, list_private_zones
from .iam import read_instance_profile, read_role
from .networks import hidden_networks, read_nat_gateways, read_prefix_lists, routed_blocks
from .obstacles import describe_network_interfaces, other_gateways
from .quotas import limits_b
from .security_groups import describe_security_groups


class _Network(TypedDict):
    """The part of the facts that lies in the consumer's VPC."""

    vpc: Vpc | None
    subnets: list[Subnet]
    route_tables: list[RouteTable]
    effective_route_tables: dict[str, str]
    network_acls: list[NetworkAcl]
    security_groups: list[SecurityGroup]
    internet_gateways: list[InternetGateway]
    vpc_endpoints: list[VpcEndpoint]
    endpoint_services: list[EndpointService] | None
    private_zones: list[PrivateZone]
    instances: list[Instance]
    network_interfaces: list[NetworkInterface]
    other_gateways: list[str]
    prefix_lists: list[PrefixList]
    nat_gateways: list[NatGateway]


def gather_b(clients: Mapping[str, Any], identity: Identity, region: str, query: ConsumerQuery) -> FactsB:
    """Return account B's facts; the shape is documented in the RETURN block of ``dax_account_b_info``.

    :raises ValueError: like :func:`find_vpc`.
    """
    ec2 = clients["ec2"]
    vpcs = describe_vpcs(ec2)
    found = describe_peerings(ec2, query.cluster_vpc_id) if query.cluster_vpc_id else []
    vpc, found_by = find_vpc(vpcs, found, query)
    facts: FactsB = {
        "identity": identity,
        "region": region,
        "vpcs": vpcs,
        "vpc_found_by": found_by,
        "role": read_role(clients["iam"], query.role_name),
        "instance_profile": read_instance_profile(clients["iam"], query.instance_profile_name),
        "availability_zones": [],
        "local_zones": [],
        "launch": None,
        "routed_cidr_blocks": [],
        "hidden_networks": [],
        "quotas": {},
        "usage": {},
        "peerings": found,
        **_no_network(),
    }
    if vpc is None and query.removal:
        return facts
    if vpc is None:
        # A new VPC's block must be free of everything that this account routes anywhere already.
        tables = describe_all_route_tables(ec2)
        lists = read_prefix_lists(ec2, tables)
        services = _services(clients, region, query, [])
        facts = {**facts, "routed_cidr_blocks": routed_blocks(tables, lists), "endpoint_services": services}
        facts = {**facts, "prefix_lists": lists, "hidden_networks": hidden_networks(tables)}
    else:
        peerings = {item["id"]: item for item in [*found, *describe_peerings(ec2, vpc["vpc_id"])]}
        network = _network(clients, region, vpc, query)
        if vpc["owner_id"] in (None, identity["account_id"]):  # of a VPC that is shared, there may be none to see
            require_main_table(vpc["vpc_id"], network["route_tables"])
        found_by = how_found(found_by, network["subnets"], query)
        facts = {**facts, **network, "peerings": list(peerings.values()), "vpc_found_by": found_by}
        if query.removal:
            _add_obstacles(ec2, facts, vpc["vpc_id"], query)
    zones = describe_availability_zones(ec2) if _lacks_subnets(facts, query) else Zones([], [])
    launch = read_launch(clients, _launch_query(query)) if _lacks_instance(facts, query) else None
    facts = {**facts, "availability_zones": zones.regular, "local_zones": zones.local, "launch": launch}
    return {**facts, **limits_b(clients, facts, query)}


def _lacks_subnets(facts: FactsB, query: ConsumerQuery) -> bool:
    if query.removal or facts["vpc_found_by"] not in (None, "ours", "peering"):
        return False
    return sum(query.owns(subnet["tags"]) for subnet in facts["subnets"]) < query.subnet_count


def _lacks_instance(facts: FactsB, query: ConsumerQuery) -> bool:
    standing = [item for item in facts["instances"] if query.owns(item["tags"]) and item["state"] != "shutting-down"]
    return query.instance and not query.removal and not standing


def _launch_query(query: ConsumerQuery) -> LaunchQuery:
    return LaunchQuery(query.instance_type, query.image_id or "", query.key_name or "", query.tags)


def _network(clients: Mapping[str, Any], region: str, vpc: Vpc, query: ConsumerQuery) -> _Network:
    """Read what lies in the VPC."""
    ec2, vpc_id = clients["ec2"], vpc["vpc_id"]
    tables = describe_route_tables(ec2, vpc_id)
    subnets = sorted(
        describe_subnets(ec2, vpc_id), key=lambda subnet: (subnet["availability_zone"], subnet["subnet_id"])
    )
    endpoints = describe_vpc_endpoints(ec2, vpc_id)
    services = _services(clients, region, query, endpoints)
    named = bool(query.vpc_id or query.vpc_tags)
    groups = describe_security_groups(ec2, lambda group: _needs_rules(group, query), vpc_id=vpc_id)
    return {
        **_no_network(),
        "vpc": {**vpc, **describe_vpc_attributes(ec2, vpc_id)},
        "subnets": subnets,
        "route_tables": tables,
        "effective_route_tables": effective_route_tables([subnet["subnet_id"] for subnet in subnets], tables),
        "network_acls": describe_network_acls(ec2, vpc_id),
        "security_groups": groups,
        "internet_gateways": describe_internet_gateways(ec2, vpc_id, query.tags),
        "vpc_endpoints": endpoints,
        "endpoint_services": services,
        # Others' zones are in a VPC that was there before us.
        "private_zones": list_private_zones(clients["route53"], vpc_id, region) if services and named else [],
        "instances": describe_instances(ec2, vpc_id=vpc_id),
        "prefix_lists": read_prefix_lists(ec2, tables, groups),
        "nat_gateways": read_nat_gateways(ec2, tables) if named and not query.removal else [],
    }


def _needs_rules(group: SecurityGroup, query: ConsumerQuery) -> bool:
    """Tell whether a group's rules decide on anything: those of the client's group, and for its removal all of them."""
    named = group["group_id"] == query.security_group_id or group["group_name"] == query.security_group_name
    return query.removal or named or query.owns(group["tags"])


def _services(
    clients: Mapping[str, Any], region: str, query: ConsumerQuery, endpoints: list[VpcEndpoint]
) -> list[EndpointService] | None:
    """Read the endpoint services if one that is needed has no endpoint yet, else None."""
    missing = [name for name in query.endpoint_services if endpoint_of(endpoints, region, name) is None]
    if not missing or query.removal:
        return None
    return describe_endpoint_services(clients["ec2"], region, list(query.endpoint_services))


def _add_obstacles(ec2: Any, facts: FactsB, vpc_id: str, query: ConsumerQuery) -> None:
    """Read what would keep AWS from deleting what is ours: the VPC, or in an adopted one the security group."""
    if facts["vpc_found_by"] in ("ours", "peering"):
        facts["network_interfaces"] = describe_network_interfaces(ec2, vpc_id=vpc_id)
        facts["other_gateways"] = other_gateways(ec2, vpc_id)
        return
    own = [group["group_id"] for group in facts["security_groups"] if query.owns(group["tags"])]
    if own:
        facts["network_interfaces"] = describe_network_interfaces(ec2, group_id=own)


def _no_network() -> _Network:
    return {
        "vpc": None,
        "subnets": [],
        "route_tables": [],
        "effective_route_tables": {},
        "network_acls": [],
        "security_groups": [],
        "internet_gateways": [],
        "vpc_endpoints": [],
        "endpoint_services": None,
        "private_zones": [],
        "instances": [],
        "network_interfaces": [],
        "other_gateways": [],
        "prefix_lists": [],
        "nat_gateways": [],
    }
