# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who else uses what this consumer made, or uses, in account B: other consumers of this collection. Pure, no AWS.

What nobody of this collection made has no users. A copy's tags are another resource's, and tell of nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ...common.ec2 import endpoint_of
from ...common.ownership import User, is_copy, other_users
from ...common.shapes import FactsB, Peering, SecurityGroup, Tags, VpcEndpoint
from ..peerings import is_open, sides
from ..resources import Resource, resource
from .desired import Desired
from .owned import find_peering, security_group, vpc_id_of
from .services import SSM_SERVICES


class Tagged(NamedTuple):
    """A resource with its tags."""

    about: Resource
    resource_id: str
    tags: Tags


def others_of(item: Tagged, desired: Desired) -> list[User]:
    """Return who uses a resource besides this consumer."""
    return [] if is_copy(item.tags, item.resource_id) else other_users(item.tags, desired.user)


def words(users: Iterable[User], facts: FactsB) -> str:
    account = facts["identity"]["account_id"]
    named = [User(user.cluster_arn, f"{account}/{user.consumer}").words for user in users]
    return f"used by {' and '.join(named)}"


def tagged_in(view: FactsB) -> Iterator[Tagged]:
    """Yield what lies in a VPC and can have tags of ours, and the VPC; not what is about to end by itself."""
    vpc = view["vpc"]
    if vpc:
        yield Tagged(resource("vpc", vpc_id=vpc["vpc_id"]), vpc["vpc_id"], vpc["tags"])
    for subnet in view["subnets"]:
        yield Tagged(resource("subnet", subnet_id=subnet["subnet_id"]), subnet["subnet_id"], subnet["tags"])
    for gateway in view["internet_gateways"]:
        gateway_id = gateway["internet_gateway_id"]
        yield Tagged(resource("internet_gateway", internet_gateway_id=gateway_id), gateway_id, gateway["tags"])
    for group in view["security_groups"]:
        yield tagged_group(group)
    for endpoint in view["vpc_endpoints"]:
        if endpoint["state"] != "deleting":
            yield tagged_endpoint(endpoint)
    for instance in view["instances"]:
        if instance["state"] != "shutting-down":
            instance_id = instance["instance_id"]
            yield Tagged(resource("instance", instance_id=instance_id), instance_id, instance["tags"])


def tagged_group(group: SecurityGroup) -> Tagged:
    return Tagged(resource("security_group", group_id=group["group_id"]), group["group_id"], group["tags"])


def tagged_endpoint(endpoint: VpcEndpoint) -> Tagged:
    endpoint_id = endpoint["vpc_endpoint_id"]
    return Tagged(resource("vpc_endpoint", vpc_endpoint_id=endpoint_id), endpoint_id, endpoint["tags"])


def tagged_peering(peering: Peering) -> Tagged:
    return Tagged(resource("peering_connection", id=peering["id"]), peering["id"], peering["tags"])


def peerings_of(view: FactsB) -> list[Peering]:
    """Return the open connections with an end in a VPC."""
    vpc_id = vpc_id_of(view)
    return [item for item in view["peerings"] if is_open(item) and vpc_id in [side["vpc_id"] for side in sides(item)]]


def users_of_vpc(view: FactsB, desired: Desired) -> list[User]:
    """Return who uses a VPC: by its tags, and by what lies in it."""
    found = [*tagged_in(view), *map(tagged_peering, peerings_of(view))]
    return list(dict.fromkeys(user for item in found for user in others_of(item, desired)))


def users_of_group(view: FactsB, group: SecurityGroup, desired: Desired) -> list[User]:
    """Return who uses a security group: by its tags, and by what carries it or has a rule for it."""
    group_id = group["group_id"]
    carrying = {item["instance_id"] for item in view["instances"] if group_id in item["security_group_ids"]}
    carrying |= {item["vpc_endpoint_id"] for item in view["vpc_endpoints"] if group_id in item["security_group_ids"]}
    carrying |= {
        item["group_id"]
        for item in view["security_groups"]
        if any(rule["source_group_id"] == group_id for rule in item["rules"])
    }
    found = [item for item in tagged_in(view) if item.resource_id in {group_id, *carrying}]
    return list(dict.fromkeys(user for item in found for user in others_of(item, desired)))


def used_by_us(facts: FactsB, desired: Desired) -> list[Tagged]:
    """Return what this consumer uses and others may have made: VPC, connection, security group and endpoints."""
    peering, group, services = find_peering(facts, desired), security_group(facts, desired), ["sts"]
    if desired.options.ssm_access:
        services += SSM_SERVICES
    endpoints = [endpoint_of(facts["vpc_endpoints"], facts["region"], name) for name in services]
    used = {vpc_id_of(facts), *(item["vpc_endpoint_id"] for item in endpoints if item)}
    used |= {group["group_id"]} if group else set()
    found = [item for item in tagged_in(facts) if item.resource_id in used]
    return [*found, *([tagged_peering(peering)] if peering else [])]
