# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The association of an instance with an instance profile, which is one of ids and not of names.

A profile that was deleted and made anew under its name is another one: the instance that had the old one has no
credentials until the association is replaced. amazon.aws compares names, and sees nothing to do.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceIamInstanceProfileAssociation.html
"""

from __future__ import annotations

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError

from ..common.aws import aws_errors, patiently, retried
from ..common.shapes import InstanceProfile
from ..facts.iam import read_instance_profile

_STANDING = ["associating", "associated"]


@aws_errors("describe the instance profile association")
@retried()
def describe_association(client: Any, instance_id: str) -> dict[str, Any] | None:
    """Return the association that an instance has, as the API shapes it, or None."""
    filters = [{"Name": "instance-id", "Values": [instance_id]}, {"Name": "state", "Values": _STANDING}]
    pages = client.get_paginator("describe_iam_instance_profile_associations").paginate(Filters=filters)
    found = pages.build_full_result().get("IamInstanceProfileAssociations", [])
    return found[0] if found else None


@aws_errors("read the instance profile")
def _profile(client: Any, name: str) -> InstanceProfile:
    found = read_instance_profile(client, name)
    if found is None:
        raise AnsibleAWSError(message=f"instance_profile_name: there is no instance profile {name}")
    return found


def ensure_association(ec2: Any, iam: Any, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Do what the module ec2_instance_profile_association is asked for, and return its result.

    :raises AnsibleAWSError: for a profile that does not exist, and for AWS's refusal.
    """
    instance_id, profile = params["instance_id"], _profile(iam, params["instance_profile_name"])
    found = describe_association(ec2, instance_id)
    before = (found or {}).get("IamInstanceProfile", {}).get("Id")
    result = {
        "changed": before != profile["instance_profile_id"],
        "instance_id": instance_id,
        "instance_profile_id": profile["instance_profile_id"],
        "previous_instance_profile_id": before,
    }
    if result["changed"] and not check_mode:
        patiently(lambda: _associate(ec2, instance_id, profile["arn"], found), params["wait_timeout"])
    return result


@aws_errors("associate the instance profile")
@retried()
def _associate(client: Any, instance_id: str, arn: str, found: dict[str, Any] | None) -> None:
    profile = {"Arn": arn}
    if found:
        association = found["AssociationId"]
        client.replace_iam_instance_profile_association(AssociationId=association, IamInstanceProfile=profile)
    else:
        client.associate_iam_instance_profile(InstanceId=instance_id, IamInstanceProfile=profile)
