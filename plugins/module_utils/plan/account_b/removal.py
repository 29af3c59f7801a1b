# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The end of account B's VPC, or of what was added to an adopted one. Pure, no AWS."""

from __future__ import annotations

from typing import Any

from ..model import Plan
from .vpc import adopted, marked, own_subnets, security_group
from ..network import alive


def plan_vpc_end(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Plan the removal of what is ours in the VPC, and of the VPC when it is ours and holds nothing of others."""
    writes: dict[str, Any] = {"endpoints": [], "security_group": None, "internet_gateway": None, "subnets": []}
    plan.writes |= {**writes, "vpc": None}
    if facts["vpc"] is None:
        return
    whole = not adopted(facts)
    if whole:
        foreign = _foreign(facts, wanted)
        if foreign:
            why = f"is ours, but holds what this collection did not make: {', '.join(foreign)}; remove these first"
            plan.conflict("vpc", f"VPC {facts['vpc']['vpc_id']}", why)
            return
    for endpoint in facts["vpc_endpoints"]:
        if marked(endpoint, wanted):
            plan.add("endpoints", "remove", f"VPC endpoint {endpoint['vpc_endpoint_id']}")
            plan.writes["endpoints"].append(endpoint["vpc_endpoint_id"])
    group = security_group(facts, wanted)
    if group and not wanted["security_group_id"] and (whole or marked(group, wanted)):
        plan.add("security_group", "remove", f"security group {group['group_id']}")
        plan.writes["security_group"] = group["group_id"]
    if not whole:
        return
    for gateway in facts["internet_gateways"]:
        plan.add("internet_gateway", "remove", f"internet gateway {gateway['internet_gateway_id']}")
        plan.writes["internet_gateway"] = gateway["internet_gateway_id"]
    for subnet in facts["subnets"]:
        plan.add("subnets", "remove", f"subnet {subnet['subnet_id']}", before=subnet["cidr_block"])
        plan.writes["subnets"].append(subnet["cidr_block"])
    plan.add("vpc", "remove", f"VPC {facts['vpc']['vpc_id']}", before=facts["vpc"]["cidr_blocks"])
    plan.writes["vpc"] = facts["vpc"]["vpc_id"]


def _foreign(facts: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """Return what others have in a VPC of ours. AWS would refuse to delete it, half way through the teardown."""
    group = security_group(facts, wanted)
    own_group = group["group_id"] if group else None
    cluster_vpc = wanted["cluster"]["vpc_id"]
    found = [item["instance_id"] for item in facts["instances"] if not marked(item, wanted)]
    found += [item["vpc_endpoint_id"] for item in facts["vpc_endpoints"] if not marked(item, wanted)]
    found += [item["internet_gateway_id"] for item in facts["internet_gateways"] if not marked(item, wanted)]
    found += [item["route_table_id"] for item in facts["route_tables"] if not item["main"]]
    found += [
        item["group_id"]
        for item in facts["security_groups"]
        if item["group_id"] != own_group and item["group_name"] != "default"
    ]
    found += [
        item["id"]
        for item in facts["peerings"]
        if alive(item)
        and not marked(item, wanted)
        and facts["vpc"]["vpc_id"] in (item["requester"]["vpc_id"], item["accepter"]["vpc_id"])
        and cluster_vpc not in (item["requester"]["vpc_id"], item["accepter"]["vpc_id"])
    ]
    own = own_subnets(facts, wanted)
    return found + [item["subnet_id"] for item in facts["subnets"] if item not in own]
