# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client's instance in account B: one, with the instance profile. Pure, no AWS."""

from __future__ import annotations

from typing import Any

from ..model import Plan, compare_tags
from ...common.ownership import TAG_CLUSTER, TAG_CONSUMER
from .vpc import client_subnets, marked, security_group
from ..network import UNKNOWN


def plan_instance(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Plan the instance; its image, type and subnet count at launch only, since changing them means another one."""
    if not wanted["instance"]:
        return
    name = wanted["name"]
    tags = {**wanted["all_tags"], "Name": name}
    own = [item for item in facts["instances"] if marked(item, wanted)]
    subnet = next(iter(client_subnets(facts, wanted)), None)
    plan.writes["instance"] = {
        "instance_ids": [item["instance_id"] for item in own[:1]],
        "name": name,
        "subnet_id": own[0]["subnet_id"] if own else subnet["subnet_id"] if subnet else None,
        "instance_profile_name": wanted["instance_profile_name"],
        "tags": tags,
        "filters": {f"tag:{key}": tags[key] for key in (TAG_CLUSTER, TAG_CONSUMER)}
        | {"instance-state-name": ["pending", "running", "stopping", "stopped"]},
    }
    if not own:
        where = subnet["subnet_id"] if subnet else f"the new subnet ({UNKNOWN})"
        plan.add("instance", "create", f"instance {name}", after=f"{wanted['instance_type']} in {where}")
        return
    if len(own) > 1:
        others = ", ".join(item["instance_id"] for item in own[1:])
        plan.warn(
            "instance", f"instance {own[0]['instance_id']}", f"{others} carry the same tags; only it is looked after"
        )
    _compare(plan, own[0], facts, wanted, tags)


def _compare(
    plan: Plan, instance: dict[str, Any], facts: dict[str, Any], wanted: dict[str, Any], tags: dict[str, str]
) -> None:
    resource = f"instance {instance['instance_id']}"
    profile = (instance["instance_profile_arn"] or "").rpartition("/")[2] or None
    if profile != wanted["instance_profile_name"]:
        plan.add("instance", "change", f"instance profile of {resource}", profile, wanted["instance_profile_name"])
    group = security_group(facts, wanted)
    groups = instance["security_group_ids"]
    if group is None or group["group_id"] not in groups:
        after = [*groups, group["group_id"] if group else wanted["security_group_name"]]
        plan.add("instance", "change", f"security groups of {resource}", groups, after)
    plan.writes["instance"]["security_group_ids"] = groups
    compare_tags(plan, "instance", resource, instance["tags"], tags)


def plan_instance_end(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any]) -> None:
    own = [item["instance_id"] for item in facts["instances"] if marked(item, wanted)]
    for instance_id in own:
        plan.add("instance", "remove", f"instance {instance_id}")
    plan.writes["instance"] = {"end": own}
