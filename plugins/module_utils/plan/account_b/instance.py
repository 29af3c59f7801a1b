# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client's instance in account B: one, with the instance profile. Pure, no AWS."""

from __future__ import annotations

from ...common.compute import Instance, Launch
from ...common.ownership import NEW_ID, TAG_CLUSTER, TAG_CONSUMER, TAG_ID
from ...common.shapes import FactsB
from ..model import Plan
from ..resources import UNKNOWN, resource
from .desired import Desired
from .launch import check_launch, image_id, launch_subnet, report_ended
from .owned import Claims, client_subnets, instance_claims, own_instances, own_profiles, security_group

MODULE = "amazon.aws.ec2_instance"
PROFILE_MODULE = "dax.cross_account.ec2_instance_profile_association"

# How many seconds amazon.aws's module waits by itself.
MODULE_WAIT = 600


def plan_instance(plan: Plan, facts: FactsB, desired: Desired) -> None:
    """Plan the instance; what cannot be changed of it is compared with the options, and refused if it differs."""
    own, claims = own_instances(facts, desired), instance_claims(facts, desired)
    _report_doubtful(plan, claims)
    if not desired.options.instance:
        for item in own:
            why = "is ours and stays, although dax_account_b_instance is false; terminate it, or run teardown"
            plan.warn("instance", resource("instance", instance_id=item["instance_id"]), why)
        return
    if facts["launch"]:
        report_ended(plan, facts["launch"], desired)
        check_launch(plan, facts, facts["launch"], desired)
        _plan_launch(plan, facts, facts["launch"], desired)
        return
    if not own:
        return
    about = resource("instance", instance_id=own[0]["instance_id"])
    if len(own) > 1:
        others = ", ".join(item["instance_id"] for item in own[1:])
        plan.warn("instance", about, f"{others} carry the same tags; only it is looked after")
    if own[0]["state"] == "pending":
        plan.wait_for("instance", about, "pending; AWS is still starting it")
    _check_settings(plan, own[0], facts, desired)
    _plan_correction(plan, own[0], facts, desired)


def _plan_launch(plan: Plan, facts: FactsB, launch: Launch, desired: Desired) -> None:
    options, tags = desired.options, {**desired.named_tags, TAG_ID: NEW_ID}
    about, group = resource("instance", name=options.name), security_group(facts, desired)
    subnet = launch_subnet(facts, launch, desired)
    where = subnet["subnet_id"] if subnet else f"the new subnet ({UNKNOWN})"
    plan.add("instance", "create", about, after=f"{options.instance_type} in {where}")
    if subnet is None or group is None:
        return
    args = {
        # Waits until it runs, or has ended: what became of it, the facts tell afterwards.
        "state": "running",
        "name": options.name,
        "filters": {
            # Not taken for it: a copy of an instance of ours, whose tags name the id of that one.
            **{f"tag:{key}": tags[key] for key in (TAG_CLUSTER, TAG_CONSUMER, TAG_ID)},
            "instance-state-name": ["pending", "running", "stopping", "stopped"],
        },
        "image_id": image_id(launch, desired),
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
    plan.write("instance", MODULE, about, args, waits_for=f"{about} to run", timeout=MODULE_WAIT, single=True)


def _check_settings(plan: Plan, instance: Instance, facts: FactsB, desired: Desired) -> None:
    """Refuse options that the instance does not fit: changing what they say means another instance."""
    options, about = desired.options, resource("instance", instance_id=instance["instance_id"])
    # A parameter leads to newer images as time goes by; an instance keeps the one that it was launched from.
    image = options.image_id if options.image_id.startswith("ami-") else instance["image_id"]
    subnets = [item["subnet_id"] for item in client_subnets(facts, desired)] if options.subnet_ids else []
    settings = (
        ("instance_type", instance["instance_type"], [options.instance_type]),
        ("image_id", instance["image_id"], [image]),
        ("key_name", instance["key_name"] or "", [options.key_name]),
        ("subnet_ids", instance["subnet_id"] or "", subnets or [instance["subnet_id"] or ""]),
    )
    for variable, current, wanted in settings:
        if current not in wanted:
            why = f"has {current or 'none'}, not {' or '.join(wanted) or 'none'}, which takes another instance: "
            why += "terminate it and run again, or take the old value back"
            plan.conflict("instance", about, f"{why} (dax_account_b_{variable})")


def _plan_correction(plan: Plan, instance: Instance, facts: FactsB, desired: Desired) -> None:
    group = security_group(facts, desired)
    about, groups = resource("instance", instance_id=instance["instance_id"]), instance["security_group_ids"]
    _plan_profile(plan, instance, facts, desired)
    before = len(plan.actions)
    if group is None or group["group_id"] not in groups:
        after = [*groups, group["group_id"] if group else desired.options.security_group_name]
        plan.add("instance", "change", about.of("security_groups"), groups, after)
    plan.change_tags("instance", about, instance["tags"], desired.named_tags)
    if group and len(plan.actions) > before:
        args = {
            "state": "present",
            "instance_ids": [instance["instance_id"]],
            "vpc_subnet_id": instance["subnet_id"],
            "security_groups": list(dict.fromkeys([*groups, group["group_id"]])),
            "tags": desired.named_tags,
            "purge_tags": False,
        }
        plan.write("instance", MODULE, about, args)


def _plan_profile(plan: Plan, instance: Instance, facts: FactsB, desired: Desired) -> None:
    """Plan the association with the instance profile. It is one of ids: a profile that was made anew is another."""
    name, profile = desired.options.instance_profile_name, facts["instance_profile"]
    current = (instance["instance_profile_arn"] or "").rpartition("/")[2] or None
    about, timeout = resource("instance", instance_id=instance["instance_id"]), desired.options.wait_timeout
    changed = about.of("instance_profile")
    if current != name:
        goes = [item["instance_profile_name"] for item in own_profiles(facts, desired)]
        why = f"{current} stays, delete it if nobody needs it" if current and current not in goes else ""
        plan.add("instance", "change", changed, current, name, why)
    elif profile is None or instance["instance_profile_id"] not in (None, profile["instance_profile_id"]):
        before, after = instance["instance_profile_id"], profile["instance_profile_id"] if profile else UNKNOWN
        why = f"{name} was deleted and is made anew, which leaves the instance without credentials"
        plan.add("instance", "change", changed, before, after, why)
    else:
        return
    if profile:
        args = {"instance_id": instance["instance_id"], "instance_profile_name": name, "wait_timeout": timeout}
        waits_for = f"EC2 to know instance profile {name}"
        plan.write("instance", PROFILE_MODULE, changed, args, waits_for=waits_for, timeout=timeout)


def _report_doubtful(plan: Plan, claims: Claims) -> None:
    for item in claims.doubtful:
        why = f"carries our tags, but not its own id, beside {claims.ours[0]['instance_id']}; it is not ours, "
        about = resource("instance", instance_id=item["instance_id"])
        plan.warn("instance", about, f"{why}take {TAG_CLUSTER} off")


def plan_instance_removal(plan: Plan, facts: FactsB, desired: Desired) -> None:
    """Plan the end of our instances, wherever they are."""
    claims = instance_claims(facts, desired)
    _report_doubtful(plan, claims)
    if claims.ambiguous:
        first, *others = [item["instance_id"] for item in claims.ours]
        why = f"and {', '.join(others)} carry our tags, and none its own id ({TAG_ID}), so nobody knows which is ours; "
        plan.conflict("instance", resource("instance", instance_id=first), f"{why}take {TAG_CLUSTER} off the others")
        return
    everywhere = [item for place in (facts, *facts["elsewhere"]) for item in place["instances"]]
    ending = [
        item
        for item in everywhere
        if item["state"] == "shutting-down" and desired.is_owned(item["tags"], item["instance_id"])
    ]
    for instance in [*claims.ours, *ending]:
        about = resource("instance", instance_id=instance["instance_id"])
        if instance["state"] == "shutting-down":
            plan.wait_for("instance", about, "shutting down; AWS ends it by itself")
            continue
        plan.add("instance", "remove", about)
        args = {"state": "absent", "instance_ids": [instance["instance_id"]], "wait": True}
        plan.write("instance", MODULE, about, args, waits_for=f"{about} to be terminated", timeout=MODULE_WAIT)
