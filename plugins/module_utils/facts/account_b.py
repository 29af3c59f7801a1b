# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that account B's plan needs to know, read in one process. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

from ..common.compare import is_terminal
from ..common.ownership import is_ours, ownership_tags
from ..common.shapes import (
    FactsB,
    Identity,
    Instance,
    InternetGateway,
    NetworkAcl,
    Peering,
    RouteTable,
    SecurityGroup,
    Subnet,
    Tags,
    Vpc,
    VpcEndpoint,
)
from .ec2 import (
    describe_all_route_tables,
    describe_availability_zones,
    describe_instances,
    describe_internet_gateways,
    describe_network_acls,
    describe_peerings,
    describe_route_tables,
    describe_security_groups,
    describe_subnets,
    describe_vpc_attributes,
    describe_vpc_endpoints,
    describe_vpcs,
    effective_route_tables,
    require_main_table,
)
from .iam import read_instance_profile, read_role


@dataclass(frozen=True)
class ConsumerQuery:
    """What to read, by the options of the module ``dax_account_b_info``."""

    name: str  # of the consumer
    cluster_arn: str
    role_name: str
    instance_profile_name: str
    cluster_vpc_id: str | None = None
    vpc_id: str | None = None
    vpc_tags: Tags = field(default_factory=dict)
    subnet_count: int = 1

    def owns(self, tags: Tags) -> bool:
        """Return whether tags are those of this consumer of this cluster."""
        return is_ours(tags, self.cluster_arn, self.name)


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
    instances: list[Instance]


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
        "routed_cidr_blocks": [],
        "peerings": found,
        **_no_network(),
    }
    if vpc is None:
        # A new VPC's block must be free of everything that this account routes anywhere already.
        routed = _routed(describe_all_route_tables(ec2))
        return {**facts, "routed_cidr_blocks": routed, "availability_zones": describe_availability_zones(ec2)}
    peerings = {item["id"]: item for item in [*found, *describe_peerings(ec2, vpc["vpc_id"])]}
    network = _network(ec2, vpc, ownership_tags(query.cluster_arn, query.name))
    found_by = how_found(found_by, network["subnets"], query)
    lacks_subnets = found_by in ("ours", "peering") and len(network["subnets"]) < query.subnet_count
    return {
        **facts,
        **network,
        "peerings": list(peerings.values()),
        "vpc_found_by": found_by,
        "availability_zones": describe_availability_zones(ec2) if lacks_subnets else [],
    }


def find_vpc(vpcs: list[Vpc], peerings: list[Peering], query: ConsumerQuery) -> tuple[Vpc | None, str | None]:
    """Return the consumer's VPC and how it was found: ``id``, ``tags`` (the user's), ``ours`` or ``peering``; or None.

    A VPC found by its peering connection takes another look, see :func:`how_found`.

    An owned VPC whose ownership tags were removed by hand is still the one at the end of the owned peering
    connection. Without that look a second VPC would be made beside it.

    :raises ValueError: when the user's tags fit more than one VPC, or the id or tags none.
    """
    if query.vpc_id or query.vpc_tags:
        return _named_vpc(vpcs, query)
    owned = [vpc for vpc in vpcs if query.owns(vpc["tags"])]
    if owned:
        return owned[0], "ours"
    peered = {
        peering["requester"]["vpc_id"]
        for peering in peerings
        if not is_terminal(peering) and query.owns(peering["tags"])
    }
    return next(((vpc, "peering") for vpc in vpcs if vpc["vpc_id"] in peered), (None, None))


def _named_vpc(vpcs: list[Vpc], query: ConsumerQuery) -> tuple[Vpc, str]:
    """Return the VPC that the user names by its id or by its tags, and by which of them."""
    if query.vpc_id:
        found = [vpc for vpc in vpcs if vpc["vpc_id"] == query.vpc_id]
        if not found:
            raise ValueError(f"there is no VPC {query.vpc_id} in this account and region; correct dax_account_b_vpc_id")
        return found[0], "id"
    found = [vpc for vpc in vpcs if query.vpc_tags.items() <= vpc["tags"].items()]
    if len(found) != 1:
        ids = ", ".join(vpc["vpc_id"] for vpc in found) or "no VPC"
        raise ValueError(f"{ids} with the tags {query.vpc_tags}, exactly one is needed; correct dax_account_b_vpc_tags")
    return found[0], "tags"


def how_found(found_by: str | None, subnets: Iterable[Subnet], query: ConsumerQuery) -> str | None:
    """Tell an owned VPC that lost its ownership tags from one that the user named in an earlier run and no longer does.

    Both are found by the owned peering connection, but only an owned VPC has owned subnets. The other is ``adopted``.
    """
    owned = any(query.owns(subnet["tags"]) for subnet in subnets)
    return "adopted" if found_by == "peering" and not owned else found_by


def _network(ec2: Any, vpc: Vpc, tags: Tags) -> _Network:
    """Read what lies in the VPC.

    :param tags: the consumer's ownership tags.
    """
    vpc_id = vpc["vpc_id"]
    tables = describe_route_tables(ec2, vpc_id)
    require_main_table(vpc_id, tables)
    subnets = sorted(
        describe_subnets(ec2, vpc_id), key=lambda subnet: (subnet["availability_zone"], subnet["subnet_id"])
    )
    return {
        "vpc": {**vpc, **describe_vpc_attributes(ec2, vpc_id)},
        "subnets": subnets,
        "route_tables": tables,
        "effective_route_tables": effective_route_tables([subnet["subnet_id"] for subnet in subnets], tables),
        "network_acls": describe_network_acls(ec2, vpc_id),
        "security_groups": describe_security_groups(ec2, vpc_id=vpc_id),
        "internet_gateways": describe_internet_gateways(ec2, vpc_id, tags),
        "vpc_endpoints": describe_vpc_endpoints(ec2, vpc_id),
        "instances": describe_instances(ec2, vpc_id=vpc_id),
    }


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
        "instances": [],
    }


def _routed(tables: list[RouteTable]) -> list[str]:
    blocks = {
        route["destination"]
        for table in tables
        for route in table["routes"]
        if route["target_type"] != "local" and "/" in route["destination"]
    }
    return sorted(block for block in blocks if not block.endswith("/0"))
