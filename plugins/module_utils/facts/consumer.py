# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to read of a consumer's account, and which VPC of it is the consumer's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..common.compare import is_terminal
from ..common.ownership import is_ours, ownership_tags
from ..common.shapes import Peering, Subnet, Tags, Vpc


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

    def owns(self, tags: Tags) -> bool:
        """Return whether tags are those of this consumer of this cluster."""
        return is_ours(tags, self.cluster_arn, self.name)


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
