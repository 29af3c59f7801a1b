# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instance profiles of instances: when EC2 sees a profile and the role in it, and which profile an instance has."""

from __future__ import annotations

import time
from typing import Any

from localstack.aws.api import RequestContext
from moto.iam import iam_backends
from moto.iam.models import IAMBackend

from dax_emulator.base import ec2_state, visibility
from dax_emulator.base.errors import aws_error
from dax_emulator.base.overrides import Proceed, override
from dax_emulator.base.settings import SETTINGS


def install() -> None:
    """Remember when a role was put into a profile: EC2 sees that later than the profile."""
    original = IAMBackend.add_role_to_instance_profile

    def add(self: Any, profile_name: str, role_name: str) -> None:
        original(self, profile_name, role_name)
        self.get_instance_profile(profile_name).emulator_role_added = time.monotonic()

    IAMBackend.add_role_to_instance_profile = add  # type: ignore[method-assign]


def require(context: RequestContext, wanted: dict[str, str]) -> Any:
    """moto's instance profile by name or ARN, once EC2 sees it and the role in it."""
    assert context.account_id
    kind = "arn" if wanted.get("Arn") else "name"
    value = wanted.get("Arn") or wanted.get("Name")
    for profile in iam_backends[context.account_id][context.partition].instance_profiles.values():
        if getattr(profile, kind) == value and visibility.visible(profile):
            added = getattr(profile, "emulator_role_added", float("-inf"))
            if not profile.roles or time.monotonic() - added < SETTINGS.visibility_seconds:
                message = f'IAM Instance Profile "{profile.arn}" has no associated IAM Roles'
                raise aws_error("InvalidParameterValue", message)
            return profile
    label = "ARN" if kind == "arn" else "name"
    message = (
        f"Value ({value}) for parameter iamInstanceProfile.{kind} is invalid. Invalid IAM Instance Profile {label}"
    )
    raise aws_error("InvalidParameterValue", message)


def shown(account: str, region: str, instance_id: str) -> dict[str, str] | None:
    """An instance's profile. Its id is that of the association: a profile made anew by the same name is another one."""
    associations = ec2_state.backend(account, region).iam_instance_profile_associations
    association = associations.get(instance_id)
    if association is None:
        return None
    return {"Arn": association.iam_instance_profile.arn, "Id": association.iam_instance_profile.id}


@override("ec2", "AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation")
def associate(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    require(context, request["IamInstanceProfile"])
    response = proceed()
    _follow(context, response["IamInstanceProfileAssociation"]["InstanceId"])
    return response


@override("ec2", "DisassociateIamInstanceProfile")
def disassociate(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    response = proceed()
    _follow(context, response["IamInstanceProfileAssociation"]["InstanceId"])
    return response


def _follow(context: RequestContext, instance_id: str) -> None:
    """moto leaves the instance with the profile that it had."""
    assert context.account_id and context.region
    account, region = context.account_id, context.region
    instance = ec2_state.backend(account, region).get_instance(instance_id)
    instance.iam_instance_profile = shown(account, region, instance_id)
