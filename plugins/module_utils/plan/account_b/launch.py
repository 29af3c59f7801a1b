# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a new instance of account B is launched from and where, and whether that can be. Pure, no AWS.

EC2 refuses a type that its zone lacks, and an image of another architecture, only when the rest is built.
"""

from __future__ import annotations

from ...common.compute import EndedInstance, Launch
from ...common.shapes import FactsB, Subnet
from ..model import Plan
from ..resources import resource
from .desired import Desired
from .owned import client_subnets, is_adopted, own_subnets

# AWS's public parameters that lead to the newest Amazon Linux 2023.
# https://docs.aws.amazon.com/linux/al2023/ug/ec2.html
_AMAZON_LINUX = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-"
_ARCHITECTURES = ("x86_64", "arm64")

# What somebody did on purpose.
_MEANT = frozenset({"Client.UserInitiatedShutdown", "Client.InstanceInitiatedShutdown"})
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/troubleshooting-launch.html
_ADVICE = {
    "Client.InternalError": (
        "often the KMS key that the account encrypts volumes with cannot be used: let the credentials use that key, "
        "or choose another default key"
    ),
    "Client.InvalidSnapshot.NotFound": "give another dax_account_b_image_id",
    "Client.VolumeLimitExceeded": "delete volumes, or ask AWS for more",
    "Server.InsufficientInstanceCapacity": "give another dax_account_b_instance_type, or try again later",
    "Server.InternalError": "try again later",
}


def image_id(launch: Launch, desired: Desired) -> str:
    """Return the image as EC2 takes it: the one given, or the newest Amazon Linux 2023 of the type's architecture."""
    fitting = [name for name in _ARCHITECTURES if name in launch["architectures"]]
    return desired.options.image_id or f"{_AMAZON_LINUX}{(fitting or _ARCHITECTURES)[0]}"


def launch_subnet(facts: FactsB, launch: Launch, desired: Desired) -> Subnet | None:
    """Return the first of the client's subnets whose zone has the type, None when there is none yet."""
    zones = launch["availability_zones"]
    return next((item for item in client_subnets(facts, desired) if item["availability_zone"] in zones), None)


def check_launch(plan: Plan, facts: FactsB, launch: Launch, desired: Desired) -> None:
    """Refuse a type, an image or a key pair that AWS would refuse at the launch, after all else was built."""
    options = desired.options
    about = resource("instance_type", name=options.instance_type)
    if not (launch["availability_zones"] and launch["architectures"]):
        why = f"region {facts['region']} has no such type for this account; correct dax_account_b_instance_type"
        plan.conflict("instance", about, why)
        return
    if options.image_id:
        _check_image(plan, launch, desired)
    elif not set(_ARCHITECTURES) & set(launch["architectures"]):
        why = f"runs {', '.join(launch['architectures'])}, for which there is no Amazon Linux 2023; give an image "
        plan.conflict("instance", about, f"{why}(dax_account_b_image_id) or another dax_account_b_instance_type")
    if options.key_name and options.key_name not in launch["key_pairs"]:
        why = f"region {facts['region']} has no such key pair; correct dax_account_b_key_name"
        plan.conflict("instance", resource("key_pair", name=options.key_name), why)
    _check_subnets(plan, facts, launch, desired)


def _check_image(plan: Plan, launch: Launch, desired: Desired) -> None:
    options, image = desired.options, launch["image"]
    about, can_run = resource("image", image_id=options.image_id), launch["architectures"]
    if image is None:
        plan.conflict("instance", about, "there is none that this account can use; correct dax_account_b_image_id")
    elif image["state"] != "available":
        plan.conflict("instance", about, f"its state is {image['state']}; give another one (dax_account_b_image_id)")
    elif image["architecture"] not in can_run:
        why = f"is for {image['architecture']}, and {options.instance_type} runs {', '.join(can_run)}; correct "
        plan.conflict("instance", about, f"{why}dax_account_b_image_id or dax_account_b_instance_type")


def _check_subnets(plan: Plan, facts: FactsB, launch: Launch, desired: Desired) -> None:
    """Refuse a type that none of the standing subnets can have, unless there are new ones to come."""
    standing, options = client_subnets(facts, desired), desired.options
    if not standing or launch_subnet(facts, launch, desired):
        return
    if not is_adopted(facts) and len(own_subnets(facts, desired)) < options.subnet_count:
        return
    zones = ", ".join(sorted({item["availability_zone"] for item in standing}))
    why = f"is in {', '.join(launch['availability_zones'])} only, and the subnets are in {zones}; give another "
    fix = "dax_account_b_subnet_ids" if is_adopted(facts) else "dax_account_b_subnet_count"
    about = resource("instance_type", name=options.instance_type)
    plan.conflict("instance", about, f"{why}dax_account_b_instance_type or {fix}")


def report_ended(plan: Plan, launch: Launch, desired: Desired) -> None:
    """Refuse to go on when the instance that this run launched has ended by itself; tell of one of an earlier run.

    The plan of the run's beginning knows which ones had ended before.
    """
    before = desired.options.ended_before
    for item in launch["ended_instances"]:
        if item["code"] in _MEANT or not item["code"]:
            continue
        about = resource("instance", instance_id=item["instance_id"])
        if before is None:
            plan.warn("instance", about, f"of an earlier run {_last_words(item)}")
        elif item["instance_id"] not in before:
            plan.conflict("instance", about, _last_words(item))


def _last_words(item: EndedInstance) -> str:
    said = item["message"].strip().rstrip(".")
    reason = said if said.startswith(item["code"]) else f"{item['code']}: {said}".rstrip(": ")
    return f"ended by itself, AWS says {reason}; {_ADVICE.get(item['code'], 'mend that and run it again')}"
