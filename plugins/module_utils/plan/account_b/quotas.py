# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Account B's plan against AWS's quotas. Pure, no AWS.

Consumers of one run that share an account are planned side by side: what the others make counts too, so that all of
them are refused if there is not room for all.
"""

from __future__ import annotations

from ...common.quotas import interface_endpoints, own_vpcs
from ...common.shapes import FactsB
from ..model import Plan
from ..options import ConsumerOptions
from ..quotas import check_count, check_made, check_peerings, check_routes, check_rules
from ..resources import Resource, resource
from .desired import Desired
from .owned import client_tables, security_group, vpc_id_of

# The quotas of an account or region, and the resource that counts for each.
_MADE = {
    "vpcs": "vpc",
    "internet_gateways": "internet_gateway",
    "security_groups": "security_group",
    "peering_requests": "peering_connection",
    "roles": "role",
    "instance_profiles": "instance_profile",
}


def made_by(facts: FactsB, options: ConsumerOptions) -> list[str]:
    """Return the quotas of the account that a new consumer takes one of each of."""
    if options.state == "absent":
        return []
    made = [name for name, there in (("roles", "role"), ("instance_profiles", "instance_profile")) if not facts[there]]  # type: ignore[literal-required]
    if facts["vpc"] is None:
        made += ["vpcs", "security_groups", "peering_requests"]
        made += ["internet_gateways"] if options.sts_access == "internet_gateway" else []
    return made


def check_quotas(plan: Plan, facts: FactsB, desired: Desired) -> None:
    """Count what there is and what the plan adds."""
    group, vpc_id = security_group(facts, desired), vpc_id_of(facts)
    whole = resource("vpc", vpc_id=vpc_id) if vpc_id else resource("vpc", name=desired.options.name)
    check_peerings(plan, facts, whole, vpc_id)
    check_routes(plan, facts, client_tables(facts, desired))
    check_rules(plan, facts, [group] if group else [])
    _check_vpc(plan, facts, whole)
    _check_interface(plan, facts)
    others = _others(facts, desired.options)
    for name, kind in _MADE.items():
        if name == "vpcs":
            new, used = _created(plan, "vpc"), own_vpcs(facts["vpcs"], facts["identity"]["account_id"])
            check_count(plan, facts, name, whole, used, new and new + others.count(name))
        else:
            check_made(plan, facts, name, kind, others.count(name))


def _others(facts: FactsB, options: ConsumerOptions) -> list[str]:
    """Return what the other consumers of the run make in the same account and region, a name for each."""
    place = place_of(facts)
    requests = [*options.earlier_requests, *options.later_requests]
    return [name for request in requests if request["place"] == place for name in request["makes"]]


def place_of(facts: FactsB) -> str:
    return f"{facts['identity']['account_id']}/{facts['region']}"


def _check_vpc(plan: Plan, facts: FactsB, about: Resource) -> None:
    check_count(plan, facts, "subnets", about, len(facts["subnets"]), _created(plan, "subnet"))
    endpoints = interface_endpoints(facts["vpc_endpoints"])
    check_count(plan, facts, "interface_endpoints", about, endpoints, _created(plan, "vpc_endpoint"))


def _check_interface(plan: Plan, facts: FactsB) -> None:
    """Count the groups of an instance that is to get one more."""
    for action in plan.of_kind("change"):
        if action.resource.type == "instance" and action.resource.attribute == "security_groups":
            used, about = len(action.before), resource("instance", instance_id=action.resource.id)
            check_count(plan, facts, "groups_per_interface", about, used, len(action.after) - used)


def _created(plan: Plan, kind: str) -> int:
    return sum(action.resource.type == kind for action in plan.of_kind("create"))
