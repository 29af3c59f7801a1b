# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Metadata options of instances, which moto lacks."""

from __future__ import annotations

from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.base import ec2_state
from dax_emulator.base.errors import aws_error
from dax_emulator.base.overrides import Proceed, override

_DEFAULTS = {
    "HttpTokens": "optional",
    "HttpPutResponseHopLimit": 1,
    "HttpEndpoint": "enabled",
    "HttpProtocolIpv6": "disabled",
    "InstanceMetadataTags": "disabled",
}


def keep(instance: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    """Set the options named in `wanted` on moto's instance; all of its options."""
    options = {**options_of(instance), **{name: value for name, value in wanted.items() if name in _DEFAULTS}}
    instance.emulator_metadata_options = options
    return options


def options_of(instance: Any) -> dict[str, Any]:
    return dict(getattr(instance, "emulator_metadata_options", _DEFAULTS))


@override("ec2", "ModifyInstanceMetadataOptions")
def modify(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    assert context.account_id and context.region
    instance_id = request["InstanceId"]
    instance = ec2_state.find_instance(context.account_id, context.region, instance_id)
    if instance is None:
        raise aws_error("InvalidInstanceID.NotFound", f"The instance ID '{instance_id}' does not exist")
    return {"InstanceId": instance_id, "InstanceMetadataOptions": {"State": "pending", **keep(instance, request)}}
