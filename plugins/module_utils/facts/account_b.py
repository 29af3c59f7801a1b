# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that account B's plan needs to know, read in one process. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from ..common.ec2 import endpoint_of
from ..common.shapes import (
    ConsumerNetwork,
    EndpointService,
    FactsB,
    Identity,
    NatGateway,
    Peering,
    PrivateZone,
    SecurityGroup,
    Vpc,
)
from .at_once import AtOnce
from .compute import LaunchQuery, Zones, describe_availability_zones, describe_instances, read_launch
from .consumer import OWNED, ConsumerQuery, find_vpc, how_found, how_found_elsewhere
from .consumer_roles import read_iam
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
    ends_in,
    require_main_table,
)
from .elsewhere import ids_in, own_ends, vpcs_of
from .endpoints import describe_endpoint_services, describe_vpc_endpoints, list_private_zones
from .networks import hidden_networks, read_nat_gateways, read_prefix_lists, routed_blocks
from .obstacles import describe_network_interfaces, other_gateways
from .quotas import limits_b
from .security_groups import describe_security_groups
from .tagged import of_type, tagged_resources


class _Services(TypedDict):
    """What decides on new VPC endpoints."""

    endpoint_services: list[EndpointService] | None
    private_zones: list[PrivateZone]


def gather_b(clients: Mapping[str, Any], identity: Identity, region: str, query: ConsumerQuery) -> FactsB:
    """Return account B's facts; the shape is documented in the RETURN block of ``dax_account_b_info``.

    All that carries our tags is known first: where nothing of it is outside of the VPC in use, one call tells so.

    :raises ValueError: like :func:`find_vpc`.
    """
    with AtOnce() as calls:
        return _gather(clients, identity, region, query, calls)


def _gather(clients: Mapping[str, Any], identity: Identity, region: str, query: ConsumerQuery, calls: AtOnce) -> FactsB:
    ec2 = clients["ec2"]
    roles = calls.begin(read_iam, clients["iam"], query)
    tags = calls.begin(tagged_resources, ec2, query.cluster_arn, query.name)
    reading_peerings = calls.begin(describe_peerings, ec2)
    vpcs, tagged, peerings = describe_vpcs(ec2), tags.result(), reading_peerings.result()
    known = [item for item in peerings if item["id"] in tagged or ends_in(item, query.cluster_vpc_id)]
    vpc, found_by = find_vpc(vpcs, known, query)
    if vpc is None:
        vpc, found_by = _vpc_of_subnets(ec2, vpcs, tagged, query)
    here = [item for item in peerings if vpc and item not in known and ends_in(item, vpc["vpc_id"])]
    peerings = [*known, *here]
    network = _network(ec2, vpc, found_by, query, calls) if vpc else no_network()
    away = _vpcs_elsewhere(ec2, tagged, network, peerings, identity)
    elsewhere = [_network(ec2, item, None, query, calls, vpcs) for item in vpcs if item["vpc_id"] in away]
    there = [item for place in (network, *elsewhere) for item in ids_in(place)]
    detached = of_type(tagged, "igw", there)
    if detached:
        network["internet_gateways"] += describe_internet_gateways(ec2, {"internet-gateway-id": detached})
    if query.removal:
        for place in (network, *elsewhere):
            _add_obstacles(ec2, place, query)
    facts: FactsB = {
        "identity": identity,
        "region": region,
        "vpcs": vpcs,
        **network,
        "elsewhere": elsewhere,
        **roles.result(),
        "availability_zones": [],
        "local_zones": [],
        "launch": None,
        "routed_cidr_blocks": [],
        "hidden_networks": [],
        "quotas": {},
        "usage": {},
        "peerings": peerings,
        **_services(clients, region, query, network),
        "prefix_lists": read_prefix_lists(ec2, network["route_tables"], network["security_groups"]),
        "nat_gateways": _nat_gateways(ec2, network, query),
    }
    if query.removal:
        return facts
    if vpc is None:
        # A new VPC's block must be free of everything that this account routes anywhere already.
        tables = describe_all_route_tables(ec2)
        facts["prefix_lists"] = read_prefix_lists(ec2, tables)
        facts["routed_cidr_blocks"] = routed_blocks(tables, facts["prefix_lists"])
        facts["hidden_networks"] = hidden_networks(tables)
    elif vpc["owner_id"] in (None, identity["account_id"]):  # of a VPC that is shared, there may be none to see
        require_main_table(vpc["vpc_id"], network["route_tables"])
    zones = describe_availability_zones(ec2) if _lacks_subnets(facts, query) else Zones([], [])
    launch = read_launch(clients, _launch_query(query)) if _lacks_instance(facts, query) else None
    facts = {**facts, "availability_zones": zones.regular, "local_zones": zones.local, "launch": launch}
    return {**facts, **limits_b(clients, facts, query)}


def _vpc_of_subnets(
    ec2: Any, vpcs: list[Vpc], tagged: list[str], query: ConsumerQuery
) -> tuple[Vpc | None, str | None]:
    """Return the VPC of our subnets: they are made in a VPC of ours only, which lost its own tags by hand."""
    subnets = of_type(tagged, "subnet")
    for vpc_id in vpcs_of(ec2, subnets, ()) if subnets else []:
        for vpc in vpcs:
            if vpc["vpc_id"] == vpc_id:
                how = how_found_elsewhere(vpc, vpcs, describe_subnets(ec2, vpc_id), query)
                return (vpc, how) if how == "subnets" else (None, None)
    return None, None


def _vpcs_elsewhere(
    ec2: Any, tagged: list[str], network: ConsumerNetwork, peerings: list[Peering], identity: Identity
) -> set[str]:
    found = {*vpcs_of(ec2, tagged, ids_in(network)), *own_ends(peerings, tagged, identity["account_id"])}
    return found - ({network["vpc"]["vpc_id"]} if network["vpc"] else set())


def _lacks_subnets(facts: FactsB, query: ConsumerQuery) -> bool:
    if facts["vpc_found_by"] not in (None, *OWNED):
        return False
    return sum(query.owns(subnet["tags"], subnet["subnet_id"]) for subnet in facts["subnets"]) < query.subnet_count


def _lacks_instance(facts: FactsB, query: ConsumerQuery) -> bool:
    instances = [item for place in (facts, *facts["elsewhere"]) for item in place["instances"]]
    own = [item for item in instances if query.owns(item["tags"], item["instance_id"])]
    return query.instance and all(item["state"] == "shutting-down" for item in own)


def _launch_query(query: ConsumerQuery) -> LaunchQuery:
    return LaunchQuery(query.instance_type, query.image_id or "", query.key_name or "", query.tags)


def _network(
    ec2: Any, vpc: Vpc, found_by: str | None, query: ConsumerQuery, calls: AtOnce, vpcs: list[Vpc] | None = None
) -> ConsumerNetwork:
    """Read what lies in a VPC.

    :param vpcs: all VPCs, for one that is not the one in use.
    """
    vpc_id = vpc["vpc_id"]
    acls = calls.begin(describe_network_acls, ec2, vpc_id)
    groups = calls.begin(describe_security_groups, ec2, lambda group: _needs_rules(group, query), vpc_id=vpc_id)
    gateways = calls.begin(describe_internet_gateways, ec2, {"attachment.vpc-id": vpc_id})
    endpoints = calls.begin(describe_vpc_endpoints, ec2, vpc_id)
    instances = calls.begin(describe_instances, ec2, vpc_id=vpc_id)
    attributes = calls.begin(describe_vpc_attributes, ec2, vpc_id) if vpcs is None else None
    found = calls.begin(describe_subnets, ec2, vpc_id)
    tables = describe_route_tables(ec2, vpc_id)
    subnets = sorted(found.result(), key=lambda subnet: (subnet["availability_zone"], subnet["subnet_id"]))
    how = how_found(found_by, subnets, query) if vpcs is None else how_found_elsewhere(vpc, vpcs, subnets, query)
    if attributes:
        vpc = {**vpc, **attributes.result()}
    return {
        **no_network(),
        "vpc": vpc,
        "vpc_found_by": how,
        "subnets": subnets,
        "route_tables": tables,
        "effective_route_tables": effective_route_tables([subnet["subnet_id"] for subnet in subnets], tables),
        "network_acls": acls.result(),
        "security_groups": groups.result(),
        "internet_gateways": gateways.result(),
        "vpc_endpoints": endpoints.result(),
        "instances": instances.result(),
    }


def _nat_gateways(ec2: Any, network: ConsumerNetwork, query: ConsumerQuery) -> list[NatGateway]:
    """Read the NAT gateways that the default routes of a VPC lead to which the user names."""
    named = bool(query.vpc_id or query.vpc_tags)
    return read_nat_gateways(ec2, network["route_tables"]) if named and not query.removal else []


def _needs_rules(group: SecurityGroup, query: ConsumerQuery) -> bool:
    """Tell whether a group's rules decide on anything: those of the client's group, and for its removal all of them."""
    named = group["group_id"] == query.security_group_id or group["group_name"] == query.security_group_name
    return query.removal or named or query.owns(group["tags"], group["group_id"])


def _services(clients: Mapping[str, Any], region: str, query: ConsumerQuery, network: ConsumerNetwork) -> _Services:
    """Read the endpoint services if one that is needed has no endpoint yet."""
    vpc, endpoints, services = network["vpc"], network["vpc_endpoints"], list(query.endpoint_services)
    if query.removal or all(endpoint_of(endpoints, region, name) for name in services):
        return {"endpoint_services": None, "private_zones": []}
    offered = describe_endpoint_services(clients["ec2"], region, services)
    # Others' zones are in a VPC that was there before us.
    named = bool(query.vpc_id or query.vpc_tags) and bool(offered)
    zones = list_private_zones(clients["route53"], vpc["vpc_id"], region) if vpc and named else []
    return {"endpoint_services": offered, "private_zones": zones}


def _add_obstacles(ec2: Any, network: ConsumerNetwork, query: ConsumerQuery) -> None:
    """Read what would keep AWS from deleting what is ours: the VPC, or in an adopted one the security group."""
    if network["vpc"] and network["vpc_found_by"] in OWNED:
        vpc_id = network["vpc"]["vpc_id"]
        network["network_interfaces"] = describe_network_interfaces(ec2, vpc_id=vpc_id)
        network["other_gateways"] = other_gateways(ec2, vpc_id)
        return
    groups = network["security_groups"]
    own = [group["group_id"] for group in groups if query.owns(group["tags"], group["group_id"])]
    if own:
        network["network_interfaces"] = describe_network_interfaces(ec2, group_id=own)


def no_network() -> ConsumerNetwork:
    return {
        "vpc": None,
        "vpc_found_by": None,
        "subnets": [],
        "route_tables": [],
        "effective_route_tables": {},
        "network_acls": [],
        "security_groups": [],
        "internet_gateways": [],
        "vpc_endpoints": [],
        "instances": [],
        "network_interfaces": [],
        "other_gateways": [],
    }
