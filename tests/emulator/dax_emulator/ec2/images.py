# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amazon Linux 2023 images, under the public SSM parameters that lead to them."""

from __future__ import annotations

import hashlib
from typing import Any

from localstack.aws.api import RequestContext, ServiceException
from moto.ec2.models.amis import Ami
from moto.ssm.models import ssm_backends

from dax_emulator.base import ec2_state
from dax_emulator.base.errors import aws_error
from dax_emulator.base.overrides import Proceed, override

_PREFIX = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-"
_ARCHITECTURES = ("x86_64", "arm64")
NAMES = tuple(f"{_PREFIX}{kernel}-{arch}" for kernel in ("default", "6.1") for arch in _ARCHITECTURES)


def ensure(account: str, region: str) -> None:
    """Put the images into EC2's state of this account and region."""
    backend = ec2_state.backend(account, region)
    for name in NAMES:
        image_id = image_of(account, region, name)
        if image_id not in backend.amis:
            architecture = name.rpartition("-")[2]
            backend.amis[image_id] = Ami(
                backend,
                image_id,
                name=f"al2023-ami-2023.7.20250331.0-kernel-6.1-{architecture}",
                description=f"Amazon Linux 2023 AMI 2023.7.20250331.0 {architecture} HVM kernel-6.1",
                owner_id="137112412989",
                owner_alias="amazon",
                public=True,
                virtualization_type="hvm",
                architecture=architecture,
                creation_date="2025-03-28T00:00:00.000Z",
                hypervisor="xen",
                root_device_type="ebs",
                root_device_name="/dev/xvda",
                region_name=f"{region}a",
            )


def image_of(account: str, region: str, name: str) -> str:
    """The image id behind a parameter: moto's own value, or a made-up one where moto knows none."""
    if region in ssm_backends[account]:
        parameter = ssm_backends[account][region].get_parameter(name)
        if parameter is not None:
            return str(parameter.value)
    return "ami-0" + hashlib.sha256(f"{region}{name}".encode()).hexdigest()[:16]


@override("ec2", "DescribeImages")
def describe(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    assert context.account_id and context.region
    ensure(context.account_id, context.region)
    return proceed()


@override("ssm", "GetParameter")
def get_parameter(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    try:
        return proceed()
    except ServiceException as error:
        if error.code != "ParameterNotFound" or request["Name"] not in NAMES:
            raise
    return {"Parameter": _parameter(context, request["Name"])}


@override("ssm", "GetParameters")
def get_parameters(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    response = proceed()
    missing = response.get("InvalidParameters") or []
    ours = [name for name in missing if name in NAMES]
    response["Parameters"] = [*(response.get("Parameters") or []), *(_parameter(context, name) for name in ours)]
    response["InvalidParameters"] = [name for name in missing if name not in ours]
    return response


def _parameter(context: RequestContext, name: str) -> dict[str, Any]:
    assert context.account_id and context.region
    return {
        "Name": name,
        "Type": "String",
        "Value": image_of(context.account_id, context.region, name),
        "Version": 1,
        "ARN": f"arn:{context.partition}:ssm:{context.region}::parameter{name}",
        "DataType": "text",
    }


def resolve(context: RequestContext, image_id: str) -> str:
    """The image that RunInstances means, `resolve:ssm:…` included; it must exist."""
    assert context.account_id and context.region
    account, region = context.account_id, context.region
    ensure(account, region)
    if image_id.startswith("resolve:ssm:"):
        name = image_id.removeprefix("resolve:ssm:")
        parameter = ssm_backends[account][region].get_parameter(name)
        if parameter is None and name not in NAMES:
            message = f"The parameter {name} could not be resolved to an AMI ID"
            raise aws_error("InvalidParameterValue", message)
        image_id = str(parameter.value) if parameter is not None else image_of(account, region, name)
    if image_id not in ec2_state.backend(account, region).amis:
        raise aws_error("InvalidAMIID.NotFound", f"The image id '[{image_id}]' does not exist")
    return image_id
