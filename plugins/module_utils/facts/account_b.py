# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that account B's plan needs to know, read in one process. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..write.peerings import DEAD
from .iam import read_instance_profile, read_role
from .ec2 import (
    describe_all_route_tables,
    describe_availability_zones,
    describe_instances,
    describe_internet_gateways,
    describe_network_acls,
    describe_peerings,
    describe_route_tables,
    describe_rules,
    describe_security_groups,
    describe_subnets,
    describe_vpc_attributes,
    describe_vpc_endpoints,
    describe_vpcs,
    effective_route_tables,
)
from ..common.ownership import is_ours, ownership_tags


def gather_b(
    clients: Mapping[str, Any],
    identity: dict[str, str],
    region: str,
    name: str,
    cluster_arn: str,
    cluster_vpc_id: str | None,
    vpc_id: str | None,
    vpc_tags: dict[str, str],
    role_name: str,
    instance_profile_name: str,
    subnet_count: int,
) -> dict[str, Any]:
    """Return account B's facts; the shape is documented in the RETURN block of ``dax_account_b_info``."""
    ec2 = clients["ec2"]
    vpcs = describe_vpcs(ec2)
    peerings = {item["id"]: item for item in (describe_peerings(ec2, cluster_vpc_id) if cluster_vpc_id else [])}
    vpc, found_by = find_vpc(vpcs, list(peerings.values()), name, cluster_arn, vpc_id, vpc_tags)
    facts: dict[str, Any] = {
        "identity": identity,
        "region": region,
        "vpcs": vpcs,
        "vpc": vpc,
        "vpc_found_by": found_by,
        "role": read_role(clients["iam"], role_name),
        "instance_profile": read_instance_profile(clients["iam"], instance_profile_name),
        "availability_zones": [],
        "routed_cidr_blocks": [],
        "subnets": [],
        "route_tables": [],
        "effective_route_tables": {},
        "network_acls": [],
        "security_groups": [],
        "internet_gateways": [],
        "vpc_endpoints": [],
        "instances": [],
        "peerings": list(peerings.values()),
    }
    if vpc is None:
        # A new VPC's block must be free of everything that this account routes anywhere already.
        tables = describe_all_route_tables(ec2)
        zones = describe_availability_zones(ec2)
        return {**facts, "routed_cidr_blocks": _routed(tables), "availability_zones": zones}
    peerings |= {item["id"]: item for item in describe_peerings(ec2, vpc["vpc_id"])}
    facts |= {**_network(ec2, vpc, ownership_tags(cluster_arn, name)), "peerings": list(peerings.values())}
    found_by = facts["vpc_found_by"] = how_found(found_by, facts["subnets"], name, cluster_arn)
    if found_by in ("ours", "peering") and len(facts["subnets"]) < subnet_count:
        facts["availability_zones"] = describe_availability_zones(ec2)
    return facts


def find_vpc(
    vpcs: list[dict[str, Any]],
    peerings: list[dict[str, Any]],
    name: str,
    cluster_arn: str,
    vpc_id: str | None,
    vpc_tags: dict[str, str],
) -> tuple[dict[str, Any] | None, str | None]:
    """Return the consumer's VPC and how it was found: ``id``, ``tags`` (the user's), ``ours`` or ``peering``; or None.

    A VPC found by its peering connection takes another look, see :func:`how_found`.

    A VPC of ours whose marks were removed by hand is still the one at the end of our peering connection. Without
    that look a second VPC would be made beside it.

    :raises ValueError: when the user's tags fit more than one VPC, or his id or tags none.
    """
    if vpc_id:
        found = [vpc for vpc in vpcs if vpc["vpc_id"] == vpc_id]
        if not found:
            raise ValueError(f"there is no VPC {vpc_id} in this account and region; correct dax_account_b_vpc_id")
        return found[0], "id"
    if vpc_tags:
        found = [vpc for vpc in vpcs if vpc_tags.items() <= vpc["tags"].items()]
        if len(found) != 1:
            ids = ", ".join(vpc["vpc_id"] for vpc in found) or "no VPC"
            raise ValueError(f"{ids} with the tags {vpc_tags}, exactly one is needed; correct dax_account_b_vpc_tags")
        return found[0], "tags"
    ours = [vpc for vpc in vpcs if is_ours(vpc["tags"], cluster_arn, name)]
    if ours:
        return ours[0], "ours"
    marked = {
        peering["requester"]["vpc_id"]
        for peering in peerings
        if peering["status"]["code"] not in DEAD and is_ours(peering["tags"], cluster_arn, name)
    }
    return next(((vpc, "peering") for vpc in vpcs if vpc["vpc_id"] in marked), (None, None))


def how_found(found_by: str | None, subnets: list[dict[str, Any]], name: str, cluster_arn: str) -> str | None:
    """Tell a VPC of ours that lost its marks from one that the user named in an earlier run and no longer names.

    Both are found by our peering connection, but only in ours did we make subnets. The other one is ``adopted``.
    """
    ours = any(is_ours(subnet["tags"], cluster_arn, name) for subnet in subnets)
    return "adopted" if found_by == "peering" and not ours else found_by


def _network(ec2: Any, vpc: dict[str, Any], marks: dict[str, str]) -> dict[str, Any]:
    vpc_id = vpc["vpc_id"]
    tables = describe_route_tables(ec2, vpc_id)
    subnets = sorted(
        describe_subnets(ec2, vpc_id), key=lambda subnet: (subnet["availability_zone"], subnet["subnet_id"])
    )
    groups = describe_security_groups(ec2, vpc_id=vpc_id)
    rules = describe_rules(ec2, [group["group_id"] for group in groups])
    return {
        "vpc": {**vpc, **describe_vpc_attributes(ec2, vpc_id)},
        "subnets": subnets,
        "route_tables": tables,
        "effective_route_tables": effective_route_tables([subnet["subnet_id"] for subnet in subnets], tables),
        "network_acls": describe_network_acls(ec2, vpc_id),
        "security_groups": [{**group, "rules": rules[group["group_id"]]} for group in groups],
        "internet_gateways": describe_internet_gateways(ec2, vpc_id, marks),
        "vpc_endpoints": describe_vpc_endpoints(ec2, vpc_id),
        "instances": describe_instances(ec2, vpc_id=vpc_id),
    }


def _routed(tables: list[dict[str, Any]]) -> list[str]:
    blocks = {
        route["destination"]
        for table in tables
        for route in table["routes"]
        if route["target_type"] != "local" and "/" in str(route["destination"])
    }
    return sorted(block for block in blocks if not block.endswith("/0"))
