# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether anything in a VPC that is used as it is leads from the client's subnets to STS. Pure, no AWS.

Sources: https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html,
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html,
https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html.
"""

from __future__ import annotations

from ...common.ec2 import endpoint_of
from ...common.shapes import FactsB, Route, Subnet
from ..model import Plan
from ..resources import resource
from .desired import Desired
from .owned import client_subnets

_STS_NAME = "so nothing in it can assume the role"
_FIX = "see dax_account_b_sts_access: vpc_endpoint"


def check_ways(plan: Plan, facts: FactsB, desired: Desired) -> None:
    """Warn of each of the client's subnets from which nothing leads to STS."""
    if _serves(facts):
        return
    tables = {table["route_table_id"]: table for table in facts["route_tables"]}
    for subnet in client_subnets(facts, desired):
        table = tables.get(facts["effective_route_tables"].get(subnet["subnet_id"], ""))
        problem = _problem(facts, subnet, table["routes"]) if table else ""
        if problem:
            plan.warn("sts_access", resource("subnet", subnet_id=subnet["subnet_id"]), problem)


def _serves(facts: FactsB) -> bool:
    """Tell whether there is an endpoint for STS that clients find by the usual name; one to come is one."""
    sts = endpoint_of(facts["vpc_endpoints"], facts["region"], "sts")
    return sts is not None and sts["private_dns"] and sts["state"] in ("available", "pending", "pendingacceptance")


def _problem(facts: FactsB, subnet: Subnet, routes: list[Route]) -> str:
    """Return why a subnet has no way to STS, "" if it has one."""
    defaults = {route["destination"]: route for route in routes if route["state"] == "active"}
    way = defaults.get("0.0.0.0/0")
    if way is None and "::/0" in defaults:
        target = defaults["::/0"]["target_id"]
        return f"has a way out for IPv6 only ({target}), and the usual name of STS has IPv4 addresses; {_FIX}"
    if way is None:
        return f"has neither a default route nor a VPC endpoint for STS, {_STS_NAME}; {_FIX}"
    target = str(way["target_id"])
    if target.startswith("igw-") and not subnet["map_public_ip"]:
        why = f"leads out by internet gateway {target} and gives no public addresses, without which nothing gets out; "
        return f"{why}enable them, name other subnets (dax_account_b_subnet_ids), or {_FIX}"
    for gateway in facts["nat_gateways"]:
        if gateway["nat_gateway_id"] == target and gateway["state"] != "available":
            return f"leads out by NAT gateway {target}, which is {gateway['state']}, {_STS_NAME}; mend it, or {_FIX}"
        if gateway["nat_gateway_id"] == target and gateway["connectivity"] == "private":
            why = f"leads out by NAT gateway {target}, which is a private one and leads to no public address of STS"
            return f"{why}; {_FIX}"
    return ""
