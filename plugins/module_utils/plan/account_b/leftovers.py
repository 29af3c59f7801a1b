# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What earlier runs made in account B and this one no longer wants: it goes when its successor is there. Pure, no AWS.

That is the connection to a VPC that the cluster has left, and the role and instance profile of another name.
"""

from __future__ import annotations

from ...common.shapes import FactsB, InstanceProfile, RouteTable
from ..model import Plan
from ..resources import resource
from ..role import write_role_removal
from ..routes import plan_route_removal, write_routes
from .desired import Desired
from .iam import plan_profile_removal
from .owned import client_tables, own_instances, own_profiles, own_roles, unwanted_peerings
from .ownership import TagChanges
from .peering import plan_peering_removal
from .policy import foreign_policies
from .users import others_of, tagged_peering, words


def plan_leftovers(plan: Plan, facts: FactsB, desired: Desired, tags: TagChanges) -> None:
    """Plan the removal of what is no longer wanted.

    :param tags: gets those of what others still use.
    """
    _plan_connections(plan, facts, desired, tags)
    _plan_iam(plan, facts, desired)


def _plan_connections(plan: Plan, facts: FactsB, desired: Desired, tags: TagChanges) -> None:
    going = []
    for peering in unwanted_peerings(facts, desired):
        item = tagged_peering(peering)
        others = others_of(item, desired)
        if others:
            plan.add("leftovers", "keep", item.about, why=words(others, facts))
            tags.leave(item, desired)
        else:
            going.append(peering)
    why = "its peering connection is no longer wanted"
    tables = _without_changed_routes(facts, desired)
    removing = plan_route_removal(plan, tables, [item["id"] for item in going], why, "leftovers")
    write_routes(plan, [], removing, desired.options.wait_timeout, step="leftovers")
    for peering in going:
        why = f"the cluster is in {desired.cluster['vpc_id']} now"
        plan_peering_removal(plan, facts, desired, peering, "leftovers", why)


def _without_changed_routes(facts: FactsB, desired: Desired) -> list[RouteTable]:
    """Return the route tables without the routes that are led over the new connection before."""
    changed, blocks = [table["route_table_id"] for table in client_tables(facts, desired)], desired.cluster_blocks
    return [
        {
            **table,
            "routes": [
                route
                for route in table["routes"]
                if not (table["route_table_id"] in changed and route["destination"] in blocks)
            ],
        }
        for table in facts["route_tables"]
    ]


def _plan_iam(plan: Plan, facts: FactsB, desired: Desired) -> None:
    """Plan the end of profiles and roles of ours under other names, the profiles first: they hold the roles."""
    options, kept = desired.options, set()
    for profile in own_profiles(facts, desired):
        name = profile["instance_profile_name"]
        if name == options.instance_profile_name:
            continue
        users = _instances_with(profile, facts, desired)
        if users:
            about = resource("instance_profile", name=name)
            why = f"is ours and stays, since {', '.join(users)} has it; give these another one, and run it again"
            plan.warn("leftovers", about, why)
            kept.update(profile["role_names"])
            continue
        why = f"it is {options.instance_profile_name} now, dax_account_b_instance_profile_name"
        plan_profile_removal(plan, profile, "leftovers", why)
    for role in own_roles(facts, desired):
        name, unmanaged = role["role_name"], foreign_policies(role, desired)
        about = resource("role", name=name)
        if name == options.role_name:
            continue
        if unmanaged:
            why = f"is ours and stays, since it holds inline policies that would be lost: {', '.join(unmanaged)}; "
            plan.warn("leftovers", about, f"{why}move them, and run it again")
        elif name not in kept:
            plan.add("leftovers", "remove", about, why=f"it is {options.role_name} now, dax_account_b_role_name")
            write_role_removal(plan, name, "leftovers")


def _instances_with(profile: InstanceProfile, facts: FactsB, desired: Desired) -> list[str]:
    """Return the instances that keep a profile: all but ours, which gets the new one before."""
    ours = [item["instance_id"] for item in own_instances(facts, desired)[:1]] if desired.options.instance else []
    return [
        item["instance_id"]
        for place in (facts, *facts["elsewhere"])
        for item in place["instances"]
        if item["instance_id"] not in ours
        and item["state"] != "shutting-down"
        and (item["instance_profile_arn"] or "").rpartition("/")[2] == profile["instance_profile_name"]
    ]
