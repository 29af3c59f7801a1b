# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an instance is launched as: its type, the zones that offer it, its image. Reads only."""

from __future__ import annotations

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code

from ..common.prerequisites import ImageFacts, InstanceTypeFacts

_FROM_SSM = "resolve:ssm:"


def read_instance_type(ec2: Any, instance_type: str) -> InstanceTypeFacts | None:
    """Return the architectures and vCPUs of an instance type and the zones that offer it; None for an unknown one."""
    try:
        found = ec2.describe_instance_types(InstanceTypes=[instance_type])["InstanceTypes"]
    except is_boto3_error_code("InvalidInstanceType"):
        return None
    if not found:
        return None
    filters = [{"Name": "instance-type", "Values": [instance_type]}]
    pages = ec2.get_paginator("describe_instance_type_offerings").paginate(
        LocationType="availability-zone", Filters=filters
    )
    offers = pages.build_full_result().get("InstanceTypeOfferings", [])
    return {
        "instance_type": instance_type,
        "architectures": list((found[0].get("ProcessorInfo") or {}).get("SupportedArchitectures") or []),
        "vcpus": int((found[0].get("VCpuInfo") or {}).get("DefaultVCpus") or 0),
        "zones": sorted(offer["Location"] for offer in offers),
    }


def read_image(ec2: Any, ssm: Any, image: str) -> ImageFacts | None:
    """Return the image that ``ami-…`` or ``resolve:ssm:…`` names; None if there is none.

    :param ssm: called to make a client of SSM, only for an image that a parameter names.
    """
    image_id = image
    if image.startswith(_FROM_SSM):
        name = image.removeprefix(_FROM_SSM)
        parameters = ssm().get_parameters(Names=[name])["Parameters"]
        if not parameters:
            return None
        image_id = parameters[0]["Value"]
    try:
        found = ec2.describe_images(ImageIds=[image_id])["Images"]
    except is_boto3_error_code(["InvalidAMIID.NotFound", "InvalidAMIID.Malformed", "InvalidAMIID.Unavailable"]):
        return None
    if not found:
        return None
    return {
        "image_id": found[0]["ImageId"],
        "architecture": found[0].get("Architecture", ""),
        "state": found[0].get("State", ""),
    }
