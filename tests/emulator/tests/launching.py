# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances and instance profiles, as tests of several rooms launch them."""

from __future__ import annotations

from typing import Any

from conftest import Account

AL2023 = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
AL2023_ARM = AL2023.replace("x86_64", "arm64")
EC2 = {"Service": "ec2.amazonaws.com"}


def profile(account: Account, name: str = "client") -> str:
    """An instance profile with a role of the same name; its ARN."""
    account.role(name, EC2)
    arn = account.iam.create_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Arn"]
    account.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    return str(arn)


def launch(
    account: Account, subnet: str | None, image: str = f"resolve:ssm:{AL2023}", **options: Any
) -> dict[str, Any]:
    """One instance, as RunInstances answers."""
    wanted = {"ImageId": image, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1, **options}
    if subnet is not None:
        wanted["SubnetId"] = subnet
    return dict(account.ec2.run_instances(**wanted)["Instances"][0])


def shown(account: Account, instance: str) -> dict[str, Any]:
    """The instance as DescribeInstances shows it."""
    found = account.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"]
    return dict(found[0])
