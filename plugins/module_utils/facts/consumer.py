# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to read of a consumer's account, and which VPC of it is the consumer's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..common.compare import is_terminal
from ..common.ownership import TAG_ID, is_ours, may_be_ours, ownership_tags, role_description
from ..common.shapes import Peering, Subnet, Tags, Vpc

# How a VPC of ours was found.
OWNED = ("ours", "peering", "subnets")


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
    security_group_id: str | None = None
    security_group_name: str | None = None
    endpoint_services: Sequence[str] = ()  # that have to have a VPC endpoint, such as sts
    instance: bool = False  # whether there has to be one
    instance_type: str = "t3.micro"
    image_id: str | None = None
    key_name: str | None = None
    removal: bool = False  # whether all of it is to be removed
    to_come: int = 1  # how many consumers the run may make in this account

    @property
    def tags(self) -> Tags:
        """The ownership tags."""
        return ownership_tags(self.cluster_arn, self.name)

    @property
    def description(self) -> str:
        """The description of the consumer's roles."""
        return role_description(self.cluster_arn, self.name)

    def owns(self, tags: Tags, resource_id: str) -> bool:
        """Return whether tags are those of this consumer of this cluster, and not copied from another resource."""
        return is_ours(tags, self.cluster_arn, self.name, resource_id)


def find_vpc(vpcs: list[Vpc], peerings: list[Peering], query: ConsumerQuery) -> tuple[Vpc | None, str | None]:
    """Return the consumer's VPC and how it was found: ``id``, ``tags`` (the user's), ``ours`` or ``peering``; or None.

    A VPC that the user names may well be ours. One found by its peering connection takes another look, see
    :func:`how_found`.

    An owned VPC whose ownership tags were removed by hand is still the one at the end of the owned peering
    connection. Without that look a second VPC would be made beside it.

    :raises ValueError: when the user's tags fit more than one VPC, or the id or tags none; for a removal, such a VPC
        is not needed.
    """
    owned = surely_owned(vpcs, query)
    named = _named_vpc(vpcs, query)
    if named:
        vpc, how = named
        return vpc, "ours" if vpc in owned else how
    peered = {
        peering["requester"]["vpc_id"]
        for peering in peerings
        if not is_terminal(peering) and query.owns(peering["tags"], peering["id"])
    }
    if owned:
        return min(owned, key=lambda vpc: (vpc["vpc_id"] not in peered, vpc["vpc_id"])), "ours"
    return next(((vpc, "peering") for vpc in vpcs if vpc["vpc_id"] in peered), (None, None))


def surely_owned(vpcs: Iterable[Vpc], query: ConsumerQuery) -> list[Vpc]:
    """Return the owned VPCs: those with their own id in their tags, or without any such one those that have none."""
    owned = [vpc for vpc in vpcs if query.owns(vpc["tags"], vpc["vpc_id"])]
    return [vpc for vpc in owned if vpc["tags"].get(TAG_ID) == vpc["vpc_id"]] or owned


def _named_vpc(vpcs: list[Vpc], query: ConsumerQuery) -> tuple[Vpc, str] | None:
    """Return the VPC that the user names by its id or by its tags, and by which of them."""
    if query.vpc_id:
        found = [vpc for vpc in vpcs if vpc["vpc_id"] == query.vpc_id]
        problem = f"there is no VPC {query.vpc_id} in this account and region; correct dax_account_b_vpc_id"
    elif query.vpc_tags:
        found = [vpc for vpc in vpcs if query.vpc_tags.items() <= vpc["tags"].items()]
        ids = ", ".join(vpc["vpc_id"] for vpc in found) or "no VPC"
        problem = f"{ids} with the tags {query.vpc_tags}, exactly one is needed; correct dax_account_b_vpc_tags"
    else:
        return None
    if len(found) == 1:
        return found[0], "id" if query.vpc_id else "tags"
    if query.removal:
        return None
    raise ValueError(problem)


def how_found(found_by: str | None, subnets: Iterable[Subnet], query: ConsumerQuery) -> str | None:
    """Tell an owned VPC that lost its ownership tags from one that the user named in an earlier run and no longer does.

    Both are found by the owned peering connection, but only an owned VPC has owned subnets. The other is ``adopted``.
    """
    owned = any(query.owns(subnet["tags"], subnet["subnet_id"]) for subnet in subnets)
    return "adopted" if found_by == "peering" and not owned else found_by


def how_found_elsewhere(vpc: Vpc, vpcs: Iterable[Vpc], subnets: Iterable[Subnet], query: ConsumerQuery) -> str:
    """Tell whether another VPC with something of ours is owned (``ours``, or ``subnets`` by these), or was adopted."""
    if vpc in surely_owned(vpcs, query):
        return "ours"
    tagged = may_be_ours(vpc["tags"], query.cluster_arn, query.name, vpc["vpc_id"])
    owned = tagged and any(query.owns(subnet["tags"], subnet["subnet_id"]) for subnet in subnets)
    return "subnets" if owned else "adopted"
