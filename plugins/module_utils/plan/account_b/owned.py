# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of account B belongs to this consumer, and what it uses of others'. Pure, no AWS.

A VPC is *owned* when this collection made it, and *adopted* when the user named it by id or tags. In an adopted one
only the security group, the routes to the peering connection and, if asked for, VPC endpoints are added.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

from ...common.addresses import subnet_blocks
from ...common.compute import Instance
from ...common.ownership import TAG_ID
from ...common.shapes import ConsumerNetwork, FactsB, InstanceProfile, Peering, Role, RouteTable, SecurityGroup, Subnet
from ..peerings import best_peering, is_open, joins, sides
from .desired import Desired

T = TypeVar("T", bound=Any)


class Claims(NamedTuple):
    """What carries our ownership tags, of a kind of which there should be one.

    :ivar ours: what is ours.
    :ivar doubtful: what lacks its own id in its tags, beside what has it: whoever tagged it, it is left alone.
    :ivar ambiguous: whether there are several, and none has its id.
    """

    ours: list[Any]
    doubtful: list[Any]
    ambiguous: bool


def places(facts: FactsB) -> list[FactsB]:
    """Return the facts as each VPC with something of ours shows them, the one in use first."""
    networks: list[Any] = [{key: facts[key] for key in ConsumerNetwork.__annotations__}, *facts["elsewhere"]]  # type: ignore[literal-required]
    views: list[Any] = [
        {**facts, **one, "elsewhere": [other for other in networks if other is not one]} for one in networks
    ]
    return views


def vpc_claims(facts: FactsB, desired: Desired) -> Claims:
    return _claims(facts["vpcs"], lambda vpc: vpc["vpc_id"], desired)


def instance_claims(facts: FactsB, desired: Desired) -> Claims:
    """Return the instances that carry our tags in any VPC, also stopped ones, without those that are ending."""
    found = {item["instance_id"]: item for place in (facts, *facts["elsewhere"]) for item in place["instances"]}
    standing = [found[key] for key in sorted(found) if found[key]["state"] != "shutting-down"]
    return _claims(standing, lambda item: item["instance_id"], desired)


def _claims(items: list[T], id_of: Callable[[T], str], desired: Desired) -> Claims:
    tagged = [item for item in items if desired.is_owned(item["tags"], id_of(item))]
    sure = [item for item in tagged if item["tags"].get(TAG_ID) == id_of(item)]
    if sure:
        return Claims(sure, [item for item in tagged if item not in sure], False)
    return Claims(tagged, [], len(tagged) > 1)


def is_adopted(facts: FactsB) -> bool:
    return facts["vpc_found_by"] in ("id", "tags", "adopted")


def vpc_id_of(facts: FactsB) -> str | None:
    """Return the id of the consumer's VPC, or None when it is not made yet."""
    return facts["vpc"]["vpc_id"] if facts["vpc"] else None


def client_subnets(facts: FactsB, desired: Desired) -> list[Subnet]:
    """Return the subnets whose traffic has to reach the cluster: those named, or owned, or all of an adopted VPC."""
    named = desired.options.subnet_ids
    if named:
        return [subnet for subnet in facts["subnets"] if subnet["subnet_id"] in named]
    return facts["subnets"] if is_adopted(facts) else own_subnets(facts, desired)


def own_subnets(facts: FactsB, desired: Desired) -> list[Subnet]:
    """Return the owned subnets: by their tags or, where these were removed in an owned VPC, by their block."""
    blocks: list[str] = []
    if facts["vpc"] and not is_adopted(facts):
        with suppress(ValueError):  # too many subnets for the block, which the plan refuses
            blocks = subnet_blocks(facts["vpc"]["cidr_blocks"][0], desired.options.subnet_count)
    return [item for item in facts["subnets"] if _is_own_subnet(item, blocks, desired)]


def _is_own_subnet(subnet: Subnet, blocks: list[str], desired: Desired) -> bool:
    if desired.is_owned(subnet["tags"], subnet["subnet_id"]):
        return True
    return subnet["cidr_block"] in blocks and desired.may_be_owned(subnet["tags"], subnet["subnet_id"])


def own_instances(facts: FactsB, desired: Desired) -> list[Instance]:
    """Return the owned instances of the VPC that stand, also stopped ones."""
    ours = [item["instance_id"] for item in instance_claims(facts, desired).ours]
    return sorted(
        (item for item in facts["instances"] if item["instance_id"] in ours), key=lambda one: one["instance_id"]
    )


def own_roles(facts: FactsB, desired: Desired) -> list[Role]:
    """Return the consumer's roles, that of the wanted name first."""
    roles = [*([facts["role"]] if facts["role"] else []), *facts["other_roles"]]
    return [role for role in roles if desired.is_own_role(role)]


def own_profiles(facts: FactsB, desired: Desired) -> list[InstanceProfile]:
    """Return the consumer's instance profiles, that of the wanted name first."""
    wanted, roles = facts["instance_profile"], own_roles(facts, desired)
    if facts["role"] and facts["role"] not in roles:  # an adopted one
        roles = [*roles, facts["role"]]
    profiles = [*([wanted] if wanted else []), *facts["other_instance_profiles"]]
    return [profile for profile in profiles if desired.is_own_profile(profile, roles)]


def client_tables(facts: FactsB, desired: Desired) -> list[RouteTable]:
    """Return the tables that the client's subnets follow, each once; a VPC without subnets yet has its main table."""
    subnets = client_subnets(facts, desired)
    used = {facts["effective_route_tables"].get(subnet["subnet_id"]) for subnet in subnets}
    return [item for item in facts["route_tables"] if item["route_table_id"] in used or (not subnets and item["main"])]


def security_group(facts: FactsB, desired: Desired) -> SecurityGroup | None:
    """Return the client's security group: the one that the user named, else the owned one, else one of its name."""
    groups, options = facts["security_groups"], desired.options
    if options.security_group_id:
        return next((item for item in groups if item["group_id"] == options.security_group_id), None)
    owned = own_groups(facts, desired)
    named = [item for item in groups if item["group_name"] == options.security_group_name]
    return next(iter([item for item in named if item in owned] + owned + named), None)


def own_groups(facts: FactsB, desired: Desired) -> list[SecurityGroup]:
    """Return the security groups that are ours by their tags."""
    return [item for item in facts["security_groups"] if desired.is_owned(item["tags"], item["group_id"])]


def is_own_group(group: SecurityGroup, facts: FactsB, desired: Desired) -> bool:
    """Tell whether a group may be changed: not one that the user named, nor an unmanaged one in an adopted VPC."""
    if desired.options.security_group_id:
        return False
    tags, group_id = group["tags"], group["group_id"]
    return desired.is_owned(tags, group_id) or (not is_adopted(facts) and desired.may_be_owned(tags, group_id))


def find_peering(facts: FactsB, desired: Desired) -> Peering | None:
    """Return the open connection between the two VPCs, whoever requested it and in whichever direction."""
    vpc_id, owner = vpc_id_of(facts), desired.cluster["account_id"]
    return best_peering(
        item
        for item in facts["peerings"]
        if joins(item, vpc_id, desired.cluster["vpc_id"]) and owner in [side["owner_id"] for side in sides(item)]
    )


def is_own_peering(peering: Peering, facts: FactsB, desired: Desired) -> bool:
    """Tell whether a connection is owned: by its tags or, where these were removed, as the VPC at this end of it is."""
    if desired.is_owned(peering["tags"], peering["id"]):
        return True
    own_vpc = facts["vpc"] is not None and not is_adopted(facts)
    return own_vpc and desired.may_be_owned(peering["tags"], peering["id"])


def unwanted_peerings(facts: FactsB, desired: Desired) -> list[Peering]:
    """Return our open connections of the VPC in use that are not the one to the cluster: it is in another VPC now."""
    used, vpc_id = find_peering(facts, desired), vpc_id_of(facts)
    return [
        item
        for item in facts["peerings"]
        if is_open(item)
        and desired.is_owned(item["tags"], item["id"])
        and vpc_id in [side["vpc_id"] for side in sides(item)]
        and not (used and item["id"] == used["id"])
    ]
