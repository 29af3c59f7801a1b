# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client's instance in account B: one, with the instance profile. Pure, no AWS."""

from __future__ import annotations

from ...common.ownership import TAG_CLUSTER, TAG_CONSUMER
from ...common.shapes import FactsB, Instance
from ..model import Plan
from ..resources import UNKNOWN, resource
from .desired import Desired
from .owned import client_subnets, security_group

MODULE = "amazon.aws.ec2_instance"

# How many seconds amazon.aws's module waits by itself.
MODULE_WAIT = 600


def plan_instance(plan: Plan, facts: FactsB, desired: Desired) -> None:
    """Plan the instance; its image, type and subnet count at launch only, since changing them means another one."""
    if not desired.options.instance:
        return
    own = [item for item in facts["instances"] if desired.is_owned(item["tags"])]
    if not own:
        _plan_launch(plan, facts, desired)
        return
    if len(own) > 1:
        others = ", ".join(item["instance_id"] for item in own[1:])
        about = resource("instance", instance_id=own[0]["instance_id"])
        plan.warn("instance", about, f"{others} carry the same tags; only it is looked after")
    _plan_correction(plan, own[0], facts, desired)


def _plan_launch(plan: Plan, facts: FactsB, desired: Desired) -> None:
    options, tags = desired.options, desired.named_tags
    about, group = resource("instance", name=options.name), security_group(facts, desired)
    subnet = next(iter(client_subnets(facts, desired)), None)
    where = subnet["subnet_id"] if subnet else f"the new subnet ({UNKNOWN})"
    plan.add("instance", "create", about, after=f"{options.instance_type} in {where}")
    if subnet is None or group is None:
        return
    args = {
        "state": "present",
        "name": options.name,
        "filters": {
            **{f"tag:{key}": tags[key] for key in (TAG_CLUSTER, TAG_CONSUMER)},
            "instance-state-name": ["pending", "running", "stopping", "stopped"],
        },
        "image_id": options.image_id,
        "instance_type": options.instance_type,
        "key_name": options.key_name or None,
        "vpc_subnet_id": subnet["subnet_id"],
        "security_groups": [group["group_id"]],
        "iam_instance_profile": options.instance_profile_name,
        "metadata_options": {"http_tokens": "required"},
        "tags": tags,
        "purge_tags": False,
        "wait": True,
    }
    plan.write("instance", MODULE, about, args, waits_for=f"{about} to run", timeout=MODULE_WAIT)


def _plan_correction(plan: Plan, instance: Instance, facts: FactsB, desired: Desired) -> None:
    options, group = desired.options, security_group(facts, desired)
    about = resource("instance", instance_id=instance["instance_id"])
    profile = (instance["instance_profile_arn"] or "").rpartition("/")[2] or None
    if profile != options.instance_profile_name:
        plan.add("instance", "change", about.of("instance_profile"), profile, options.instance_profile_name)
    groups = instance["security_group_ids"]
    if group is None or group["group_id"] not in groups:
        after = [*groups, group["group_id"] if group else options.security_group_name]
        plan.add("instance", "change", about.of("security_groups"), groups, after)
    plan.change_tags("instance", about, instance["tags"], desired.named_tags)
    if group and "instance" in plan.steps():
        args = {
            "state": "present",
            "instance_ids": [instance["instance_id"]],
            "vpc_subnet_id": instance["subnet_id"],
            "security_groups": list(dict.fromkeys([*groups, group["group_id"]])),
            "iam_instance_profile": options.instance_profile_name,
            "tags": desired.named_tags,
            "purge_tags": False,
        }
        plan.write("instance", MODULE, about, args)


def plan_instance_removal(plan: Plan, facts: FactsB, desired: Desired) -> None:
    for instance in facts["instances"]:
        if desired.is_owned(instance["tags"]):
            about = resource("instance", instance_id=instance["instance_id"])
            plan.add("instance", "remove", about)
            args = {"state": "absent", "instance_ids": [instance["instance_id"]], "wait": True}
            plan.write("instance", MODULE, about, args, waits_for=f"{about} to be terminated", timeout=MODULE_WAIT)
