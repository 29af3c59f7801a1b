# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The removal of everything that account B owns, or of what was added to an adopted VPC. Pure, no AWS."""

from __future__ import annotations

from ...common.shapes import FactsB, Peering, Vpc
from ..model import Plan
from ..peerings import is_open, joins, sides
from ..resources import resource
from ..routes import plan_route_removal, report_kept_routes, write_routes
from .desired import Desired
from .endpoints import plan_endpoint_removal
from .iam import plan_iam_removal
from .instance import plan_instance_removal
from .owned import find_peering, is_adopted, is_own_peering, own_subnets, security_group, vpc_id_of
from .peering import plan_peering_removal
from .security_group import plan_group_removal
from .sts_access import plan_gateway_removal
from .subnets import MODULE as SUBNET_MODULE
from .vpc import MODULE as VPC_MODULE


def plan_removal(plan: Plan, facts: FactsB, desired: Desired) -> None:
    """Plan the removal, in the order in which AWS lets go of it."""
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
        write_routes(plan, [], plan_route_removal(plan, facts["route_tables"], ids))
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
    unmanaged = _unmanaged(facts, vpc["vpc_id"], desired) if whole else []
    if unmanaged:
        why = f"is ours, but holds what this collection did not make: {', '.join(unmanaged)}; remove these first"
        plan.conflict("vpc", about, why)
        return
    for endpoint in facts["vpc_endpoints"]:
        if desired.is_owned(endpoint["tags"]):
            plan_endpoint_removal(plan, endpoint["vpc_endpoint_id"])
    group = security_group(facts, desired)
    if group and not desired.options.security_group_id and (whole or desired.is_owned(group["tags"])):
        plan_group_removal(plan, group)
    if not whole:
        return
    for gateway in facts["internet_gateways"]:
        plan_gateway_removal(plan, gateway["internet_gateway_id"])
    for subnet in facts["subnets"]:
        subnet_about, block = resource("subnet", subnet_id=subnet["subnet_id"]), subnet["cidr_block"]
        plan.add("subnets", "remove", subnet_about, before=block)
        args = {"state": "absent", "vpc_id": vpc["vpc_id"], "cidr": block}
        plan.write("subnets", SUBNET_MODULE, subnet_about, args)
    plan.add("vpc", "remove", about, before=vpc["cidr_blocks"])
    plan.write("vpc", VPC_MODULE, about, {"state": "absent", "vpc_id": vpc["vpc_id"]})


def _unmanaged(facts: FactsB, vpc_id: str, desired: Desired) -> list[str]:
    """Return what others have in an owned VPC. AWS would refuse to delete it, half way through the teardown."""
    group, own = security_group(facts, desired), own_subnets(facts, desired)
    is_owned = desired.is_owned
    return [
        *(item["instance_id"] for item in facts["instances"] if not is_owned(item["tags"])),
        *(item["vpc_endpoint_id"] for item in facts["vpc_endpoints"] if not is_owned(item["tags"])),
        *(item["internet_gateway_id"] for item in facts["internet_gateways"] if not is_owned(item["tags"])),
        *(item["route_table_id"] for item in facts["route_tables"] if not item["main"]),
        *(
            item["group_id"]
            for item in facts["security_groups"]
            if item["group_name"] != "default" and (group is None or item["group_id"] != group["group_id"])
        ),
        *(item["id"] for item in facts["peerings"] if _holds(item, vpc_id, desired)),
        *(item["subnet_id"] for item in facts["subnets"] if item not in own),
    ]


def _holds(peering: Peering, vpc_id: str, desired: Desired) -> bool:
    """Tell whether an unmanaged peering connection joins the VPC to another one than the cluster's."""
    ends = {side["vpc_id"] for side in sides(peering)}
    other = vpc_id in ends and desired.cluster["vpc_id"] not in ends
    return is_open(peering) and not desired.is_owned(peering["tags"]) and other
