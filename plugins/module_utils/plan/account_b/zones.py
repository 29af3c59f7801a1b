# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The availability zones that account B's subnets and instance can be in. Pure, no AWS.

Which zone lacks a type or a service differs by account: a zone's letter stands for another zone in each.
"""

from __future__ import annotations

from collections.abc import Iterable

from ...common.shapes import FactsB
from ..model import Plan
from ..resources import resource
from .desired import Desired
from .services import zones_of_services


def subnet_zones(plan: Plan, facts: FactsB, desired: Desired) -> list[str]:
    """Return the zones for new subnets, in turn: those given, or the region's, that have what is wanted in them.

    None are left, and the plan is refused, when what is wanted is in none of them.
    """
    given = desired.options.availability_zones
    zones = given or facts["availability_zones"]
    known = facts["availability_zones"] + facts["local_zones"]
    unknown = [zone for zone in given if known and zone not in known]
    if unknown:
        about = resource("zones", names=", ".join(unknown))
        why = f"region {facts['region']} has {', '.join(known)} for this account"
        plan.conflict("subnets", about, f"{why}; correct dax_account_b_availability_zones")
        return []
    launch, instance_type = facts["launch"], desired.options.instance_type
    if launch and launch["availability_zones"]:  # else there is no such type, which the instance's plan refuses
        fix = f"{instance_type} is in {', '.join(launch['availability_zones'])} only; give another "
        fix += "dax_account_b_instance_type" + (" or dax_account_b_availability_zones" if given else "")
        zones = _fitting(plan, zones, launch["availability_zones"], fix)
    offered = zones_of_services(facts, desired)
    if offered is not None:
        fix = f"AWS has the VPC endpoints in {', '.join(offered) or 'no zone'}; give another "
        fix += "dax_account_b_sts_access" + (" or dax_account_b_availability_zones" if given else "")
        zones = _fitting(plan, zones, offered, fix)
    return zones


def _fitting(plan: Plan, zones: list[str], having: Iterable[str], why: str) -> list[str]:
    fitting = [zone for zone in zones if zone in having]
    if zones and not fitting:
        plan.conflict("subnets", resource("zones", names=", ".join(zones)), why)
    return fitting
