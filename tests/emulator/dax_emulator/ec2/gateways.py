# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Internet gateways: one for each VPC, held by the public addresses in it. NAT gateways: public unless said."""

from __future__ import annotations

import time
from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.base import ec2_state
from dax_emulator.base.errors import aws_error
from dax_emulator.base.overrides import Proceed, override
from dax_emulator.base.settings import SETTINGS
from dax_emulator.ec2 import interfaces, resources


@override("ec2", "AttachInternetGateway")
def attach(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    account, region = _where(context)
    gateways = ec2_state.backend(account, region).internet_gateways
    gateway, vpc_id = gateways.get(request["InternetGatewayId"]), request["VpcId"]
    if gateway is None:
        raise resources.not_found(request["InternetGatewayId"])
    if ec2_state.find_vpc(account, region, vpc_id) is None:
        raise resources.not_found(vpc_id)
    if gateway.vpc is not None:
        message = f"resource {gateway.id} is already attached to network {gateway.vpc.id}"
        raise aws_error("Resource.AlreadyAssociated", message)
    if any(other.vpc is not None and other.vpc.id == vpc_id for other in gateways.values()):
        raise aws_error("InvalidParameterValue", f"Network {vpc_id} already has an internet gateway attached")
    response = proceed()
    gateway.emulator_attached = time.monotonic()
    return response


@override("ec2", "DetachInternetGateway")
def detach(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    account, region = _where(context)
    gateway = ec2_state.backend(account, region).internet_gateways.get(request["InternetGatewayId"])
    attached = gateway is not None and gateway.vpc is not None and gateway.vpc.id == request["VpcId"]
    if attached and interfaces.mapped(account, region, request["VpcId"]):
        message = (
            f"Network {request['VpcId']} has some mapped public address(es). Please unmap those public address(es) "
            "before detaching the gateway."
        )
        raise aws_error("DependencyViolation", message)
    return proceed()


@override("ec2", "DeleteInternetGateway")
def delete(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    account, region = _where(context)
    gateway = ec2_state.backend(account, region).internet_gateways.get(request["InternetGatewayId"])
    if gateway is not None and gateway.vpc is not None:
        message = f"The internetGateway '{gateway.id}' has dependencies and cannot be deleted."
        raise aws_error("DependencyViolation", message)
    return proceed()


@override("ec2", "CreateNatGateway")
def create_nat(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    response = proceed()
    if not request.get("ConnectivityType"):
        made = response["NatGateway"]
        ec2_state.backend(*_where(context)).nat_gateways[made["NatGatewayId"]].connectivity_type = "public"
        made["ConnectivityType"] = "public"
    return response


def attached_to(gateway: Any) -> str | None:
    """The VPC that a gateway serves, as the calls see it that make routes; None while its attachment is too new."""
    attached: float = getattr(gateway, "emulator_attached", float("-inf"))
    if gateway.vpc is None or time.monotonic() - attached < SETTINGS.ec2_visibility_seconds:
        return None
    return str(gateway.vpc.id)


def _where(context: RequestContext) -> tuple[str, str]:
    assert context.account_id and context.region
    return context.account_id, context.region
