# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the doctor reads of account B for one consumer, each reading by itself. Reads only."""

from __future__ import annotations

from typing import Any

from ..common.compute import Instance
from ..common.doctor import DoctorFactsB, ReadingsB
from ..common.shapes import Identity, Reading, Subnet, Vpc
from .compute import describe_instances
from .consumer import ConsumerQuery, find_vpc
from .doctor import Clients, DoctorQuery, describe_vpc, now, prefix_lists
from .ec2 import (
    describe_internet_gateways,
    describe_network_acls,
    describe_route_tables,
    describe_subnets,
    describe_vpc_attributes,
    describe_vpcs,
    peerings_of,
)
from .endpoints import describe_endpoints_with_policies, list_private_zones
from .iam import read_instance_profile
from .networks import describe_nat_gateways
from .reading import list_of, one_of, reading
from .role_details import read_role_details, role_name_of
from .security_groups import describe_security_groups


def gather_doctor_b(clients: Clients, identity: Identity, region: str, query: DoctorQuery) -> DoctorFactsB:
    ec2, iam = clients["ec2"], clients["iam"]
    consumer = _consumer(query)
    named = reading(lambda: _named_instance(ec2, query))
    vpc = _consumers_vpc(ec2, named, consumer, query)
    vpc_id = one_of(vpc, lambda found: found["vpc_id"])
    instance = named if query.instance_id else _own_instance(ec2, vpc_id, consumer)
    profile = reading(lambda: _profile(iam, instance["value"], query))
    role = _role_name(profile, query)
    group_ids = _groups_of(instance["value"], query)
    groups = list_of(vpc_id, lambda found: _client_groups(ec2, found, group_ids, consumer, query))
    tables = list_of(vpc_id, lambda found: describe_route_tables(ec2, found))
    endpoints = list_of(vpc_id, lambda found: describe_endpoints_with_policies(ec2, found))
    subnets = list_of(vpc_id, lambda found: describe_subnets(ec2, found))
    readings: ReadingsB = {
        "instance": instance,
        "instance_profile": profile,
        "role": reading(lambda: read_role_details(iam, role) if role else None),
        "vpc": vpc,
        "subnets": subnets,
        "route_tables": tables,
        "network_acls": list_of(vpc_id, lambda found: describe_network_acls(ec2, found)),
        "security_groups": groups,
        "internet_gateways": list_of(vpc_id, lambda found: _gateways(ec2, found)),
        "nat_gateways": list_of(tables, lambda found: describe_nat_gateways(ec2, found)),
        "vpc_endpoints": endpoints,
        "peerings": list_of(vpc_id, lambda found: peerings_of(ec2, found)),
        "prefix_lists": prefix_lists(ec2, tables, groups),
        "private_zones": list_of(vpc_id, lambda found: list_private_zones(clients["route53"], found, region)),
        "endpoint_groups": list_of(endpoints, lambda found: _endpoint_groups(ec2, found)),
    }
    group = query.security_group_id or _client_group(groups["value"] or [], consumer, query)
    client_subnets = _client_subnets(instance["value"], subnets["value"] or [], consumer, query)
    return {
        "side": "b",
        "identity": identity,
        "region": region,
        "read_at": now(),
        "name": query.name,
        "wants_instance": query.instance,
        "security_group_id": group,
        "subnet_ids": client_subnets or [item["subnet_id"] for item in subnets["value"] or []],
        "any_subnet": not client_subnets,
        "readings": readings,
    }


def _consumer(query: DoctorQuery) -> ConsumerQuery:
    return ConsumerQuery(
        name=query.name,
        cluster_arn=query.cluster_arn,
        role_name=query.role_name,
        instance_profile_name=query.instance_profile_name,
        cluster_vpc_id=query.cluster_vpc_id,
        vpc_id=query.vpc_id,
        vpc_tags=query.vpc_tags,
    )


def _named_instance(ec2: Any, query: DoctorQuery) -> Instance | None:
    if not query.instance_id:
        return None
    # By a filter, since an unknown id is an error otherwise.
    return next(iter(describe_instances(ec2, instance_id=query.instance_id)), None)


def _consumers_vpc(ec2: Any, named: Reading, consumer: ConsumerQuery, query: DoctorQuery) -> Reading:
    """Return the consumer's VPC: of the named instance, the named one, ours, or the one that is peered."""
    instance = named["value"]
    if instance and instance["vpc_id"]:
        return reading(lambda: describe_vpc(ec2, instance["vpc_id"]))

    def found() -> Vpc | None:
        peerings = peerings_of(ec2, query.cluster_vpc_id) if query.cluster_vpc_id else []
        vpc, _how = find_vpc(describe_vpcs(ec2), peerings, consumer)
        return {**vpc, **describe_vpc_attributes(ec2, vpc["vpc_id"])} if vpc else None

    return reading(found, ValueError)


def _own_instance(ec2: Any, vpc_id: Reading, consumer: ConsumerQuery) -> Reading:
    """Return our instance in the VPC: one that runs before one that does not."""

    def found(vpc: str) -> Instance | None:
        own = [item for item in describe_instances(ec2, vpc_id=vpc) if consumer.owns(item["tags"], item["instance_id"])]
        return min(own, key=lambda item: (item["state"] != "running", item["instance_id"]), default=None)

    return one_of(vpc_id, found)


def _profile(iam: Any, instance: Instance | None, query: DoctorQuery) -> Any:
    arn = instance["instance_profile_arn"] if instance and query.instance_id else None
    name = role_name_of(arn) if arn else query.instance_profile_name
    return read_instance_profile(iam, name) if name else None


def _role_name(profile: Reading, query: DoctorQuery) -> str:
    """Return the name of the consumer's role: the named one; of an instance that was not made here, its profile's."""
    held = (profile["value"] or {}).get("role_names") or []
    return (str(held[0]) if held else "") if query.instance_id else query.role_name


def _groups_of(instance: Instance | None, query: DoctorQuery) -> list[str]:
    named = [query.security_group_id] if query.security_group_id else []
    return sorted({*(instance["security_group_ids"] if instance else []), *named})


def _client_groups(ec2: Any, vpc_id: str, ids: list[str], consumer: ConsumerQuery, query: DoctorQuery) -> Any:
    """Return the groups that the consumer's traffic leaves by: those of the instance, and the client's own."""

    def counts(group: Any) -> bool:
        return (
            group["group_id"] in ids
            or group["group_name"] == query.security_group_name
            or consumer.owns(group["tags"], group["group_id"])
        )

    return [item for item in describe_security_groups(ec2, counts, vpc_id=vpc_id) if counts(item)]


def _client_group(groups: list[Any], consumer: ConsumerQuery, query: DoctorQuery) -> str | None:
    owned = [item["group_id"] for item in groups if consumer.owns(item["tags"], item["group_id"])]
    named = [item["group_id"] for item in groups if item["group_name"] == query.security_group_name]
    return next(iter(owned + named), None)


def _gateways(ec2: Any, vpc_id: str) -> Any:
    return [item for item in describe_internet_gateways(ec2, {"attachment.vpc-id": vpc_id}) if item["attached"]]


def _endpoint_groups(ec2: Any, endpoints: list[Any]) -> Any:
    ids = sorted({group for item in endpoints for group in item["security_group_ids"]})
    return describe_security_groups(ec2, group_id=ids) if ids else []


def _client_subnets(
    instance: Instance | None, subnets: list[Subnet], consumer: ConsumerQuery, query: DoctorQuery
) -> list[str]:
    """Return the subnets that the client is in: its instance's, or those named, or our own; none if nothing tells."""
    if instance and instance["subnet_id"]:
        return [instance["subnet_id"]]
    own = [item["subnet_id"] for item in subnets if consumer.owns(item["tags"], item["subnet_id"])]
    return query.subnet_ids or own
