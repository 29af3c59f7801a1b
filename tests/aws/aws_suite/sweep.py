# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removes what carries the suite's tag, whoever made it, until nothing is left or the time is over."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .accounts import TAG, Side, pages, tagged

# In the order in which AWS lets go of them.
ORDER = (
    "cluster",
    "instance",
    "vpc-endpoint",
    "vpc-peering-connection",
    "subnet-group",
    "security-group",
    "internet-gateway",
    "subnet",
    "vpc",
    "instance-profile",
    "role",
)
# What was made a moment ago may not be seen yet, so it is looked for more than once.
LOOKS = 3
# AWS takes up to 45 minutes to delete a cluster.
SECONDS = 3600


class NotOurs(Exception):
    """Something that only looks as if it were of the suite."""


def sweep(
    sides: list[Side], run_id: str, poll: float, say: Callable[[str], None], seconds: float = SECONDS
) -> list[str]:
    """Remove everything of a run, and return what is left, a line each.

    :param run_id: of the run; "" for all runs.
    """
    until, empty = time.monotonic() + seconds, 0
    while True:
        left, reasons = [], {}
        for side in sides:
            for kind, name in sorted(tagged(side, run_id), key=lambda item: ORDER.index(item[0])):
                left.append(f"account {side.label}: {kind} {name}")
                try:
                    _REMOVE[kind](side, name)
                except (ClientError, BotoCoreError, NotOurs) as error:
                    reasons[left[-1]] = str(error)
        if not left:
            empty += 1
            if empty == LOOKS:
                return []
            time.sleep(poll)
            continue
        empty = 0
        if time.monotonic() > until:
            return [f"{line}: {reasons.get(line, 'still there')}" for line in left]
        first = ", ".join(line.partition(": ")[2] for line in left[:4])
        say(f"removes {len(left)}: {first}{' …' if len(left) > 4 else ''}")
        time.sleep(poll)


def _peering(side: Side, name: str) -> None:
    side.client("ec2").delete_vpc_peering_connection(VpcPeeringConnectionId=name)


def _cluster(side: Side, name: str) -> None:
    dax = side.client("dax")
    if dax.describe_clusters(ClusterNames=[name])["Clusters"][0].get("Status") == "available":
        dax.delete_cluster(ClusterName=name)


def _gateway(side: Side, name: str) -> None:
    ec2 = side.client("ec2")
    (gateway,) = ec2.describe_internet_gateways(InternetGatewayIds=[name])["InternetGateways"]
    for attachment in gateway["Attachments"]:
        ec2.detach_internet_gateway(InternetGatewayId=name, VpcId=attachment["VpcId"])
    ec2.delete_internet_gateway(InternetGatewayId=name)


def _profile(side: Side, name: str) -> None:
    iam = side.client("iam")
    profile = iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
    _require_tag(profile)
    for role in profile["Roles"]:
        iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=role["RoleName"])
    iam.delete_instance_profile(InstanceProfileName=name)


def _role(side: Side, name: str) -> None:
    iam = side.client("iam")
    _require_tag(iam.get_role(RoleName=name)["Role"])
    for policy in pages(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=name):
        iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    for policy in pages(iam, "list_role_policies", "PolicyNames", RoleName=name):
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)


def _require_tag(item: dict[str, Any]) -> None:
    """A name that begins like the suite's is not enough to remove something."""
    if TAG not in {tag["Key"] for tag in item.get("Tags") or []}:
        name = item.get("RoleName") or item.get("InstanceProfileName")
        raise NotOurs(f"{name} lacks the tag {TAG}, remove it by hand if it is of the suite")


_REMOVE: dict[str, Callable[[Side, str], Any]] = {
    "cluster": _cluster,
    "instance": lambda side, name: side.client("ec2").terminate_instances(InstanceIds=[name]),
    "vpc-endpoint": lambda side, name: side.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[name]),
    "vpc-peering-connection": _peering,
    "subnet-group": lambda side, name: side.client("dax").delete_subnet_group(SubnetGroupName=name),
    "security-group": lambda side, name: side.client("ec2").delete_security_group(GroupId=name),
    "internet-gateway": _gateway,
    "subnet": lambda side, name: side.client("ec2").delete_subnet(SubnetId=name),
    "vpc": lambda side, name: side.client("ec2").delete_vpc(VpcId=name),
    "instance-profile": _profile,
    "role": _role,
}
