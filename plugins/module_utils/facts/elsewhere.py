# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In which VPCs lies what carries our tags. Reads only; a call for each type of which something is not known yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..common.shapes import ConsumerNetwork, Peering
from .compute import describe_instances
from .ec2_query import query
from .tagged import of_type

# By the prefix of the ids: the call that describes them, the key of its answer, and the filter for ids.
_DESCRIBED = {
    "subnet": ("describe_subnets", "Subnets", "subnet-id"),
    "sg": ("describe_security_groups", "SecurityGroups", "group-id"),
    "vpce": ("describe_vpc_endpoints", "VpcEndpoints", "vpc-endpoint-id"),
}


def vpcs_of(client: Any, tagged: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return the ids of the VPCs that carry our tags or hold what does, without those of what is known already.

    What is being terminated or deleted counts as long as EC2 shows it in a VPC.
    """
    ids, there = list(tagged), list(known)
    found = set(of_type(ids, "vpc", there))
    for prefix, (operation, key, name) in _DESCRIBED.items():
        wanted = of_type(ids, prefix, there)
        raw = query(client, operation, key, {name: wanted}) if wanted else []
        found |= {item["VpcId"] for item in raw if item.get("State") != "deleted"}
    instances = of_type(ids, "i", there)
    if instances:
        found |= {item["vpc_id"] for item in describe_instances(client, instance_id=instances) if item["vpc_id"]}
    gateways = of_type(ids, "igw", there)
    if gateways:
        raw = query(client, "describe_internet_gateways", "InternetGateways", {"internet-gateway-id": gateways})
        found |= {item["VpcId"] for gateway in raw for item in gateway.get("Attachments") or []}
    return sorted(found)


def ids_in(network: ConsumerNetwork) -> Iterator[str]:
    """Yield the ids of what lies in a VPC, and its own."""
    if network["vpc"]:
        yield network["vpc"]["vpc_id"]
    yield from (item["subnet_id"] for item in network["subnets"])
    yield from (item["group_id"] for item in network["security_groups"])
    yield from (item["vpc_endpoint_id"] for item in network["vpc_endpoints"])
    yield from (item["instance_id"] for item in network["instances"])
    yield from (item["internet_gateway_id"] for item in network["internet_gateways"])


def own_ends(peerings: Iterable[Peering], tagged: Iterable[str], account_id: str) -> set[str]:
    """Return the VPCs of the account at the ends of connections that carry our tags: these have routes to them."""
    ours = set(tagged)
    return {
        side["vpc_id"]
        for peering in peerings
        if peering["id"] in ours
        for side in (peering["requester"], peering["accepter"])
        if side["owner_id"] == account_id and side["vpc_id"]
    }
