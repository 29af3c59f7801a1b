# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances: what their launch needs, their groups, and requests that are repeated."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.base import ec2_state
from dax_emulator.base.errors import aws_error
from dax_emulator.base.overrides import Proceed, override
from dax_emulator.base.settings import SETTINGS
from dax_emulator.ec2 import (
    images,
    instance_ends,
    instance_profiles,
    instance_types,
    metadata_options,
    resources,
)

_DEFAULT_TYPE = "m1.small"
_answers: dict[tuple[str, str, str], dict[str, Any]] = {}  # by account, region, client token


@override("ec2", "RunInstances")
def run(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    account, region = _where(context)
    token = (account, region, request.get("ClientToken") or "")
    backend = ec2_state.backend(account, region)
    if token[2] and token in _answers:
        return deepcopy(_answers[token])
    changed = dict(request)
    if request.get("ImageId"):
        changed["ImageId"] = images.resolve(context, request["ImageId"])
    _place(context, changed)
    _check(context, changed)
    response = proceed() if changed == request else proceed(changed)
    launched = backend.reservations[response["ReservationId"]].instances
    for instance in launched:
        metadata_options.keep(instance, request.get("MetadataOptions") or {})
        _settle_interfaces(instance, request)
    answer = _completed(context, response)
    for shown in answer["Instances"]:
        shown["State"] = {"Code": 0, "Name": "pending"}
    if SETTINGS.instances_die:
        for instance in launched:
            instance_ends.die(account, region, instance)
    if token[2]:
        _answers[token] = deepcopy(answer)
    return answer


@override("ec2", "DescribeInstances")
def describe(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    response = proceed()
    for reservation in response.get("Reservations") or []:
        _completed(context, reservation)
    return response


@override("ec2", "ModifyInstanceAttribute", "ModifyNetworkInterfaceAttribute")
def modify_groups(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    """An instance's groups are those of its first interface, whichever of the two is changed."""
    backend = ec2_state.backend(*_where(context))
    for group_id in request.get("Groups") or []:
        if ec2_state.find_group(*_where(context), group_id) is None:
            raise resources.not_found(group_id)
    response = proceed()
    if request.get("Groups"):
        groups = [ec2_state.find_group(*_where(context), group_id) for group_id in request["Groups"]]
        if "InstanceId" in request:
            instance = backend.get_instance(request["InstanceId"])
            instance.nics[0]._group_set = list(groups)
        else:
            instance = backend.get_network_interface(request["NetworkInterfaceId"]).instance
        if instance is not None:
            instance.security_groups = list(instance.nics[0]._group_set)
    return response


def _subnet(account: str, region: str, request: dict[str, Any]) -> Any | None:
    """The subnet that a launch names, by itself or by an interface; None if it names none."""
    subnet_id = request.get("SubnetId")
    for interface in request.get("NetworkInterfaces") or []:
        if given := interface.get("NetworkInterfaceId"):
            found = ec2_state.backend(account, region).enis.get(given)
            if found is None:
                raise resources.not_found(given)
            return found.subnet
        subnet_id = subnet_id or interface.get("SubnetId")
    if not subnet_id:
        return None
    subnet = ec2_state.find_subnet(account, region, subnet_id)
    if subnet is None:
        raise resources.not_found(subnet_id)
    return subnet


def _place(context: RequestContext, request: dict[str, Any]) -> None:
    """Give a launch that names no zone one that offers the type."""
    account, region = _where(context)
    placement = request.get("Placement") or {}
    if placement.get("AvailabilityZone") or _subnet(account, region, request) is not None:
        return
    zone = instance_types.any_zone(account, region, request.get("InstanceType") or _DEFAULT_TYPE)
    if zone and zone != f"{region}a":  # moto's choice
        request["Placement"] = {**placement, "AvailabilityZone": zone}


def _check(context: RequestContext, request: dict[str, Any]) -> None:
    """What has to be there, and to fit, before anything is launched."""
    account, region = _where(context)
    backend = ec2_state.backend(account, region)
    interfaces = request.get("NetworkInterfaces") or []
    subnet = _subnet(account, region, request)
    groups = list(request.get("SecurityGroupIds") or [])
    for group_id in [*groups, *(group for one in interfaces for group in one.get("Groups") or [])]:
        group = ec2_state.find_group(account, region, group_id)
        if group is None:
            raise resources.not_found(group_id)
        if subnet is not None and group.vpc_id != subnet.vpc_id:
            message = f"Security group {group_id} and subnet {subnet.id} belong to different networks."
            raise aws_error("InvalidParameter", message)
    placed = (request.get("Placement") or {}).get("AvailabilityZone")
    zone = subnet.availability_zone if subnet is not None else placed or f"{region}a"
    instance_type = request.get("InstanceType") or _DEFAULT_TYPE
    if request.get("InstanceType") or not request.get("LaunchTemplate"):  # what a template says is left to moto
        instance_types.check(account, region, zone, instance_type)
    if image := backend.amis.get(request.get("ImageId")):
        instance_types.check_architecture(instance_type, image.architecture)
    if request.get("KeyName") and request["KeyName"] not in backend.keypairs:
        raise aws_error("InvalidKeyPair.NotFound", f"The key pair '{request['KeyName']}' does not exist")
    if request.get("IamInstanceProfile"):
        instance_profiles.require(context, request["IamInstanceProfile"])


def _settle_interfaces(instance: Any, request: dict[str, Any]) -> None:
    """moto keeps interfaces that go with the instance, and shows no groups for those that the request describes."""
    wanted = {one.get("DeviceIndex", 0): one for one in request.get("NetworkInterfaces") or []}
    for index, interface in instance.nics.items():
        given = wanted.get(index, {})
        interface.delete_on_termination = given.get("DeleteOnTermination", not given.get("NetworkInterfaceId"))
    instance.security_groups = list(instance.nics[0]._group_set)


def _completed(context: RequestContext, reservation: dict[str, Any]) -> dict[str, Any]:
    """A reservation with what moto leaves out: the groups, the profile's id, metadata options."""
    account, region = _where(context)
    reserved = ec2_state.backend(account, region).reservations[reservation["ReservationId"]]
    known = {instance.id: instance for instance in reserved.instances}
    for shown in reservation.get("Instances") or []:
        instance = known[shown["InstanceId"]]
        shown["MetadataOptions"] = {"State": "applied", **metadata_options.options_of(instance)}
        groups = [{"GroupId": group.id, "GroupName": group.name} for group in instance.security_groups]
        shown["SecurityGroups"] = groups
        for interface in shown.get("NetworkInterfaces") or []:
            if (interface.get("Attachment") or {}).get("DeviceIndex") == 0:
                interface["Groups"] = groups
        shown.pop("IamInstanceProfile", None)
        if profile := instance_profiles.shown(account, region, instance.id):
            shown["IamInstanceProfile"] = profile
    return reservation


def _where(context: RequestContext) -> tuple[str, str]:
    assert context.account_id and context.region
    return context.account_id, context.region
