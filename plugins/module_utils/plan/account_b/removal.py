# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The removal of everything that account B owns, or of what was added to an adopted VPC. Pure, no AWS."""

from __future__ import annotations

from ...common.shapes import FactsB, Peering, SecurityGroup, Vpc
from ..model import Plan
from ..peerings import is_open, joins
from ..resources import resource
from ..routes import plan_route_removal, report_kept_routes, write_routes
from .desired import Desired
from .endpoints import plan_endpoint_removal
from .iam import plan_iam_removal
from .instance import plan_instance_removal
from .owned import find_peering, is_adopted, is_own_peering, security_group, vpc_id_of
from .peering import plan_peering_removal
from .security_group import plan_group_removal
from .sts_access import plan_gateway_removal
from .subnets import MODULE as SUBNET_MODULE
from .unmanaged import guardduty_endpoints, guardduty_groups, unmanaged_in_vpc, users_of_group
from .vpc import MODULE as VPC_MODULE
from .vpc import check_left_behind

# GuardDuty makes these in every VPC of an account, and does not remove them with it.
_GUARDDUTY = "GuardDuty made it for this VPC by itself, and it goes with the VPC"


def plan_removal(plan: Plan, facts: FactsB, desired: Desired) -> None:
    """Plan the removal, in the order in which AWS lets go of it."""
    check_left_behind(plan, facts, desired)
    plan_instance_removal(plan, facts, desired)
    _plan_connection_removal(plan, facts, desired)
    if facts["vpc"]:
        _plan_vpc_removal(plan, facts, facts["vpc"], desired)
    plan_iam_removal(plan, facts, desired)


def _plan_connection_removal(plan: Plan, facts: FactsB, desired: Desired) -> None:
    """Plan the removal of our peering connections, and of the routes to them unless they are removed with the VPC."""
    ours = [item for item in facts["peerings"] if _is_to_remove(item, facts, desired)]
    ids = [item["id"] for item in ours]
    if facts["vpc"] is None or is_adopted(facts):
        removing = plan_route_removal(plan, facts["route_tables"], ids)
        write_routes(plan, [], removing, desired.options.wait_timeout)
    used = find_peering(facts, desired)
    if used and used["id"] not in ids:
        report_kept_routes(plan, facts["route_tables"], desired.cluster_blocks, used["id"])
    for item in ours:
        if is_open(item):
            plan_peering_removal(plan, facts, desired, item)


def _is_to_remove(peering: Peering, facts: FactsB, desired: Desired) -> bool:
    between = joins(peering, vpc_id_of(facts), desired.cluster["vpc_id"])
    return desired.is_owned(peering["tags"]) or (between and is_own_peering(peering, facts, desired))


def _plan_vpc_removal(plan: Plan, facts: FactsB, vpc: Vpc, desired: Desired) -> None:
    """Plan the removal of what is owned in the VPC, and of the VPC when it is owned and holds nothing unmanaged."""
    whole, about = not is_adopted(facts), resource("vpc", vpc_id=vpc["vpc_id"])
    unmanaged = unmanaged_in_vpc(facts, vpc["vpc_id"], desired) if whole else []
    if unmanaged:
        why = f"is ours, but holds what this collection did not make: {', '.join(unmanaged)}; remove these first"
        plan.conflict("vpc", about, why)
        return
    for endpoint in facts["vpc_endpoints"]:
        if desired.is_owned(endpoint["tags"]):
            plan_endpoint_removal(plan, endpoint)
    if whole:
        for endpoint in guardduty_endpoints(facts):
            plan_endpoint_removal(plan, endpoint, _GUARDDUTY)
    group = security_group(facts, desired)
    if group and not desired.options.security_group_id and (whole or desired.is_owned(group["tags"])):
        _plan_own_group_removal(plan, facts, desired, group)
    if whole:
        _plan_rest_removal(plan, facts, vpc)


def _plan_own_group_removal(plan: Plan, facts: FactsB, desired: Desired, group: SecurityGroup) -> None:
    users = users_of_group(facts, group, desired)
    if users:
        about = resource("security_group", group_id=group["group_id"])
        why = f"is ours, but is used by what this collection did not make: {', '.join(users)}; remove these first"
        plan.conflict("security_group", about, why)
        return
    plan_group_removal(plan, group)


def _plan_rest_removal(plan: Plan, facts: FactsB, vpc: Vpc) -> None:
    """Plan the removal of an owned VPC with what is left in it."""
    for group in guardduty_groups(facts):
        plan_group_removal(plan, group, _GUARDDUTY)
    for gateway in facts["internet_gateways"]:
        plan_gateway_removal(plan, gateway["internet_gateway_id"])
    for subnet in facts["subnets"]:
        subnet_about, block = resource("subnet", subnet_id=subnet["subnet_id"]), subnet["cidr_block"]
        plan.add("subnets", "remove", subnet_about, before=block)
        args = {"state": "absent", "vpc_id": vpc["vpc_id"], "cidr": block}
        plan.write("subnets", SUBNET_MODULE, subnet_about, args)
    about = resource("vpc", vpc_id=vpc["vpc_id"])
    plan.add("vpc", "remove", about, before=vpc["cidr_blocks"])
    plan.write("vpc", VPC_MODULE, about, {"state": "absent", "vpc_id": vpc["vpc_id"]})
