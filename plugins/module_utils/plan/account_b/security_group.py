# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client's security group in account B. Pure, no AWS."""

from __future__ import annotations

from ...common.shapes import FactsB, SecurityGroup
from ..model import Plan
from ..resources import Resource, resource
from .desired import Desired
from .owned import is_own_group, security_group, vpc_id_of

MODULE = "amazon.aws.ec2_security_group"


def plan_group(plan: Plan, facts: FactsB, desired: Desired) -> None:
    """Plan the client's security group; one that the user named, or an unmanaged one, stays as it is."""
    group, options = security_group(facts, desired), desired.options
    tags = {**desired.tags, "Name": options.security_group_name}
    if options.security_group_id:
        _report_left(plan, facts, desired)
    if options.security_group_id and group is None:
        why = "is not in the client's VPC; correct dax_account_b_security_group_id"
        plan.conflict("security_group", resource("security_group", group_id=options.security_group_id), why)
    elif group is None:
        about = resource("security_group", name=options.security_group_name)
        plan.add("security_group", "create", about)
        _write_group(plan, facts, desired, about, None)
    elif is_own_group(group, facts, desired):
        about = resource("security_group", group_id=group["group_id"])
        if group["group_name"] != options.security_group_name:
            why = f"is named {group['group_name']}, and AWS renames no group; run teardown first, or take the "
            plan.conflict("security_group", about, f"{why}old value back (dax_account_b_security_group_name)")
        elif plan.change_tags("security_group", about, group["tags"], tags):
            _write_group(plan, facts, desired, about, group)


def _report_left(plan: Plan, facts: FactsB, desired: Desired) -> None:
    """Warn of a group of ours that another one, which the user names now, took the place of."""
    for group in facts["security_groups"]:
        if (
            desired.is_owned(group["tags"], group["group_id"])
            and group["group_id"] != desired.options.security_group_id
        ):
            why = "is ours and stays, although dax_account_b_security_group_id names another; "
            why += "delete it if nobody needs it"
            plan.warn("security_group", resource("security_group", group_id=group["group_id"]), why)


def _write_group(plan: Plan, facts: FactsB, desired: Desired, about: Resource, group: SecurityGroup | None) -> None:
    vpc_id, name = vpc_id_of(facts), desired.options.security_group_name
    if vpc_id is None:
        return
    args = {
        "state": "present",
        "name": group["group_name"] if group else name,
        "group_id": group["group_id"] if group else None,
        "description": group["description"] if group else f"DAX clients of {desired.cluster['cluster_name']}",
        "vpc_id": vpc_id,
        "tags": {**desired.tags, "Name": name},
        "purge_tags": False,
        "purge_rules": False,
        "purge_rules_egress": False,
    }
    plan.write("security_group", MODULE, about, args)


def plan_group_removal(plan: Plan, group: SecurityGroup, why: str = "") -> None:
    about = resource("security_group", group_id=group["group_id"])
    plan.add("security_group", "remove", about, why=why)
    plan.write("security_group", MODULE, about, {"state": "absent", "group_id": group["group_id"]})
