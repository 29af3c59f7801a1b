# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The removal of everything that account B owns, wherever it is, but for what others still use. Pure, no AWS."""

from __future__ import annotations

from ...common.ownership import TAG_CLUSTER, TAG_ID, User, maker_of, ownership_tags
from ...common.shapes import FactsB, Peering, SecurityGroup, Vpc
from ..model import Plan
from ..peerings import is_open, joins
from ..resources import resource
from ..routes import plan_route_removal, report_kept_routes, write_routes
from .desired import Desired
from .endpoints import plan_endpoint_removal
from .iam import plan_iam_removal
from .instance import plan_instance_removal
from .owned import (
    find_peering,
    is_adopted,
    is_own_group,
    is_own_peering,
    own_groups,
    places,
    security_group,
    vpc_claims,
    vpc_id_of,
)
from .ownership import TagChanges, marked, report_copies
from .peering import plan_peering_removal
from .security_group import plan_group_removal
from .sts_access import plan_gateway_removal
from .subnets import MODULE as SUBNET_MODULE
from .unmanaged import guardduty_endpoints, guardduty_groups, obstacles_of_group, unmanaged_in_vpc
from .users import (
    Tagged,
    others_of,
    tagged_endpoint,
    tagged_group,
    tagged_in,
    tagged_peering,
    users_of_group,
    users_of_vpc,
    words,
)
from .vpc import MODULE as VPC_MODULE
from .vpc import report_doubtful

# GuardDuty makes these in every VPC of an account, and does not remove them with it.
_GUARDDUTY = "GuardDuty made it for this VPC by itself, and it goes with the VPC"


def plan_removal(plan: Plan, facts: FactsB, desired: Desired) -> None:
    """Plan the removal, in the order in which AWS lets go of it; what others use is left to them."""
    views, tags = places(facts), TagChanges()
    report_copies(plan, facts, desired)
    _check_vpcs(plan, facts, desired)
    plan_instance_removal(plan, facts, desired)
    _plan_connection_removal(plan, facts, views, desired, tags)
    for view in views:
        if view["vpc"]:
            _plan_vpc_removal(plan, view, view["vpc"], desired, tags)
    for gateway in facts["internet_gateways"]:
        if not gateway["attached"] and desired.is_owned(gateway["tags"], gateway["internet_gateway_id"]):
            plan_gateway_removal(plan, gateway["internet_gateway_id"])
    plan_iam_removal(plan, facts, desired)
    for item in marked(facts, desired):
        _keep(plan, facts, desired, item, others_of(item, desired), tags)
    tags.plan(plan, desired.options.wait_timeout)


def _check_vpcs(plan: Plan, facts: FactsB, desired: Desired) -> None:
    """Refuse to remove one of several VPCs of which nobody knows which is ours."""
    claims = vpc_claims(facts, desired)
    for vpc in claims.doubtful:
        report_doubtful(plan, vpc["vpc_id"], claims.ours[0]["vpc_id"])
    if claims.ambiguous:
        first, *others = [vpc["vpc_id"] for vpc in claims.ours]
        why = f"and {', '.join(others)} carry our tags, and none its own id ({TAG_ID}), so nobody knows which is ours; "
        plan.conflict("vpc", resource("vpc", vpc_id=first), f"{why}take {TAG_CLUSTER} off the others")


def _keep(plan: Plan, facts: FactsB, desired: Desired, item: Tagged, others: list[User], tags: TagChanges) -> None:
    """Leave something to those who use it too."""
    plan.add(_STEPS[item.about.type], "keep", item.about, why=words(others, facts))
    tags.leave(item, desired, others)


_STEPS = {
    "internet_gateway": "internet_gateway",
    "instance": "instance",
    "peering_connection": "peering",
    "security_group": "security_group",
    "subnet": "subnets",
    "vpc": "vpc",
    "vpc_endpoint": "endpoints",
}


def _plan_connection_removal(
    plan: Plan, facts: FactsB, views: list[FactsB], desired: Desired, tags: TagChanges
) -> None:
    """Plan the removal of our peering connections, and of the routes to them unless they are removed with the VPC."""
    ours = [item for item in facts["peerings"] if any(_is_to_remove(item, view, desired) for view in views)]
    shared = [item for item in ours if is_open(item) and others_of(tagged_peering(item), desired)]
    for peering in shared:
        item = tagged_peering(peering)
        _keep(plan, facts, desired, item, others_of(item, desired), tags)
    going = [item for item in ours if item not in shared]
    ids = [item["id"] for item in going]
    removing = []
    for view in views:
        if view["vpc"] is None or is_adopted(view) or users_of_vpc(view, desired):
            removing += plan_route_removal(plan, view["route_tables"], ids)
    write_routes(plan, [], removing, desired.options.wait_timeout)
    used = find_peering(facts, desired)
    if used and used not in ours and not maker_of(used["tags"]):
        report_kept_routes(plan, facts["route_tables"], desired.cluster_blocks, used["id"])
    for peering in going:
        if is_open(peering):
            plan_peering_removal(plan, facts, desired, peering)


def _is_to_remove(peering: Peering, facts: FactsB, desired: Desired) -> bool:
    between = joins(peering, vpc_id_of(facts), desired.cluster["vpc_id"])
    owned = desired.is_owned(peering["tags"], peering["id"])
    return owned or (between and is_own_peering(peering, facts, desired))


def _plan_vpc_removal(plan: Plan, facts: FactsB, vpc: Vpc, desired: Desired, tags: TagChanges) -> None:
    """Plan the removal of what is owned in the VPC, and of the VPC when it is owned and holds nothing of others."""
    about, others = resource("vpc", vpc_id=vpc["vpc_id"]), users_of_vpc(facts, desired)
    whole = not is_adopted(facts) and not others
    if whole:
        unmanaged = unmanaged_in_vpc(facts, vpc["vpc_id"], desired)
        if unmanaged:
            why = f"is ours, but holds what this collection did not make: {', '.join(unmanaged)}; remove these first"
            plan.conflict("vpc", about, why)
            return
    elif not is_adopted(facts):
        _hand_over(plan, facts, desired, others, tags)
    for endpoint in facts["vpc_endpoints"]:
        item = tagged_endpoint(endpoint)
        users = others_of(item, desired) if endpoint["state"] != "deleting" else []
        if not desired.is_owned(item.tags, item.resource_id):
            continue
        if users:
            _keep(plan, facts, desired, item, users, tags)
        else:
            plan_endpoint_removal(plan, endpoint)
    if whole:
        for endpoint in guardduty_endpoints(facts):
            plan_endpoint_removal(plan, endpoint, _GUARDDUTY)
    for group in _own_groups(facts, desired, whole):
        _plan_own_group_removal(plan, facts, desired, group, tags)
    if whole:
        _plan_rest_removal(plan, facts, vpc)


def _hand_over(plan: Plan, facts: FactsB, desired: Desired, others: list[User], tags: TagChanges) -> None:
    """Leave a VPC of ours, with its subnets and its gateway, to one of those who use it."""
    for item in tagged_in(facts):
        if item.about.type == "vpc":
            owned = item._replace(tags={**ownership_tags(*desired.user), **item.tags})
            _keep(plan, facts, desired, owned, others, tags)
            heir = maker_of(tags.setting[item.resource_id])
        elif item.about.type in ("subnet", "internet_gateway") and desired.is_owned(item.tags, item.resource_id):
            tags.leave(item, desired, [heir] if heir else [])


def _own_groups(facts: FactsB, desired: Desired, whole: bool) -> list[SecurityGroup]:
    """Return our groups; in a VPC that is removed as a whole also the client's without its tags."""
    groups, named = own_groups(facts, desired), security_group(facts, desired)
    if whole and named and is_own_group(named, facts, desired) and named not in groups:
        groups = [*groups, named]
    return groups


def _plan_own_group_removal(
    plan: Plan, facts: FactsB, desired: Desired, group: SecurityGroup, tags: TagChanges
) -> None:
    item, others = tagged_group(group), users_of_group(facts, group, desired)
    if others:
        _keep(plan, facts, desired, item, others, tags)
        return
    obstacles = obstacles_of_group(facts, group, desired)
    if obstacles:
        why = f"is ours, but is used by what this collection did not make: {', '.join(obstacles)}; remove these first"
        plan.conflict("security_group", item.about, why)
        return
    plan_group_removal(plan, group)


def _plan_rest_removal(plan: Plan, facts: FactsB, vpc: Vpc) -> None:
    """Plan the removal of an owned VPC with what is left in it."""
    for group in guardduty_groups(facts):
        plan_group_removal(plan, group, _GUARDDUTY)
    for gateway in facts["internet_gateways"]:
        if gateway["attached"]:
            plan_gateway_removal(plan, gateway["internet_gateway_id"])
    for subnet in facts["subnets"]:
        subnet_about, block = resource("subnet", subnet_id=subnet["subnet_id"]), subnet["cidr_block"]
        plan.add("subnets", "remove", subnet_about, before=block)
        args = {"state": "absent", "vpc_id": vpc["vpc_id"], "cidr": block}
        plan.write("subnets", SUBNET_MODULE, subnet_about, args)
    about = resource("vpc", vpc_id=vpc["vpc_id"])
    plan.add("vpc", "remove", about, before=vpc["cidr_blocks"])
    plan.write("vpc", VPC_MODULE, about, {"state": "absent", "vpc_id": vpc["vpc_id"]})
