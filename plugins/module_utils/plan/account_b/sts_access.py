# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The instance's access to STS: an internet gateway, VPC endpoints, or what an adopted VPC has. Pure, no AWS.

Without it the instance can never assume the role, however right the rest is.
"""

from __future__ import annotations

from ...common.ownership import other_users
from ...common.shapes import FactsB
from ..model import Plan
from ..resources import resource
from .desired import Desired
from .endpoints import plan_endpoints
from .owned import is_adopted, vpc_id_of
from .routes import DefaultRoutes, plan_default_routes
from .services import SSM_SERVICES, wanted_services
from .ways_out import check_ways

GATEWAY_MODULE = "amazon.aws.ec2_vpc_igw"


def plan_sts_access(plan: Plan, facts: FactsB, desired: Desired) -> DefaultRoutes:
    """Plan the access to STS; return the default routes that have to be written for it."""
    access = desired.options.sts_access
    _report_left(plan, facts, desired)
    if access == "vpc_endpoint":
        plan_endpoints(plan, facts, desired)
    elif access == "internet_gateway" and not is_adopted(facts):
        gateway_id = _plan_gateway(plan, facts, desired)
        return plan_default_routes(plan, facts, desired, gateway_id)
    elif facts["vpc"]:
        check_ways(plan, facts, desired)
    return DefaultRoutes([], [])


def _report_left(plan: Plan, facts: FactsB, desired: Desired) -> None:
    """Warn of the ways of ours that an earlier run made and the options no longer ask for: teardown removes them."""
    options, wanted = desired.options, wanted_services(desired.options)
    for endpoint in facts["vpc_endpoints"]:
        service = endpoint["service_name"].rpartition(".")[2]
        owned = desired.is_owned(endpoint["tags"], endpoint["vpc_endpoint_id"])
        if (
            owned
            and not other_users(endpoint["tags"], desired.user)
            and service not in wanted
            and endpoint["state"] != "deleting"
        ):
            variable = "ssm_access" if service in SSM_SERVICES else "sts_access"
            about = resource("vpc_endpoint", vpc_endpoint_id=endpoint["vpc_endpoint_id"])
            why = f"of {service} is ours and stays, although dax_account_b_{variable} no longer asks for it; "
            plan.warn("endpoints", about, f"{why}delete it if nobody needs it")
    if options.sts_access == "internet_gateway" or is_adopted(facts):
        return
    for gateway in facts["internet_gateways"]:
        if desired.is_owned(gateway["tags"], gateway["internet_gateway_id"]):
            about = resource("internet_gateway", internet_gateway_id=gateway["internet_gateway_id"])
            why = f"is ours and stays with its route, although dax_account_b_sts_access is {options.sts_access}; "
            plan.warn("internet_gateway", about, f"{why}delete both if nobody needs them")


def _plan_gateway(plan: Plan, facts: FactsB, desired: Desired) -> str | None:
    """Plan the internet gateway; return its id, None when it is not made yet."""
    gateway, vpc_id = next(iter(facts["internet_gateways"]), None), vpc_id_of(facts)
    gateway_id = gateway["internet_gateway_id"] if gateway else None
    if gateway is None:
        about = resource("internet_gateway")
        plan.add("internet_gateway", "create", about, why="STS access of the instance, dax_account_b_sts_access")
    else:
        about = resource("internet_gateway", internet_gateway_id=gateway_id)
        if not gateway["attached"]:
            plan.add("internet_gateway", "change", about.of("attachment"), None, vpc_id)
        if desired.may_be_owned(gateway["tags"], gateway_id or ""):
            plan.change_tags("internet_gateway", about, gateway["tags"], desired.named_tags)
    if vpc_id and "internet_gateway" in plan.steps():
        args = {
            "state": "present",
            "internet_gateway_id": gateway_id,
            "vpc_id": vpc_id,
            "tags": desired.named_tags,
            "purge_tags": False,
        }
        plan.write("internet_gateway", GATEWAY_MODULE, about, args, **({} if gateway_id else {"once": True}))
    return gateway_id


def plan_gateway_removal(plan: Plan, gateway_id: str) -> None:
    about = resource("internet_gateway", internet_gateway_id=gateway_id)
    plan.add("internet_gateway", "remove", about)
    plan.write("internet_gateway", GATEWAY_MODULE, about, {"state": "absent", "internet_gateway_id": gateway_id})
