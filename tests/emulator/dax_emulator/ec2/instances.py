# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances: their images and instance profiles, and requests that are repeated."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from localstack.aws.api import RequestContext
from moto.iam import iam_backends

from dax_emulator.base import ec2_state, visibility
from dax_emulator.base.errors import aws_error
from dax_emulator.base.overrides import Proceed, override
from dax_emulator.ec2 import images, metadata_options

_answers: dict[tuple[str, str, str], dict[str, Any]] = {}  # by account, region, client token


@override("ec2", "RunInstances")
def run(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    account, region = _where(context)
    token = (account, region, request.get("ClientToken") or "")
    backend = ec2_state.backend(account, region)
    if token[2] and token in _answers:
        return deepcopy(_answers[token])
    if request.get("IamInstanceProfile"):
        profile = _profile(context, request["IamInstanceProfile"])
        if not profile.roles:
            message = f'IAM Instance Profile "{profile.arn}" has no associated IAM Roles'
            raise aws_error("InvalidParameterValue", message)
    changed = dict(request)
    if request.get("ImageId"):
        changed["ImageId"] = images.resolve(context, request["ImageId"])
    response = proceed() if changed == request else proceed(changed)
    for instance in backend.reservations[response["ReservationId"]].instances:
        metadata_options.keep(instance, request.get("MetadataOptions") or {})
    answer = _completed(context, response)
    if token[2]:
        _answers[token] = deepcopy(answer)
    return answer


@override("ec2", "TerminateInstances")
def terminate(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    """AWS answers for an instance that is terminated already as for any other; moto fails on its interfaces."""
    found = {each: ec2_state.find_instance(*_where(context), each) for each in request.get("InstanceIds") or []}
    ended = [each for each, instance in found.items() if instance is not None and instance.state == "terminated"]
    rest = [each for each in found if each not in ended]
    answers = proceed({**request, "InstanceIds": rest})["TerminatingInstances"] if rest or not ended else []
    status = {"Code": 48, "Name": "terminated"}
    again = [{"InstanceId": each, "PreviousState": status, "CurrentState": status} for each in ended]
    return {"TerminatingInstances": [*answers, *again]}


@override("ec2", "DescribeInstances")
def describe(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    response = proceed()
    for reservation in response.get("Reservations") or []:
        _completed(context, reservation)
    return response


@override("ec2", "AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation")
def associate(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    assert context.operation is not None
    account, region = _where(context)
    profile = _profile(context, request["IamInstanceProfile"])
    response = proceed()
    if context.operation.name.startswith("Replace"):
        # moto leaves the instance with the profile that it had
        instance = response["IamInstanceProfileAssociation"]["InstanceId"]
        found = ec2_state.backend(account, region).get_instance(instance)
        found.iam_instance_profile = {"Arn": profile.arn, "Id": profile.id}
    return response


@override("ec2", "DisassociateIamInstanceProfile")
def disassociate(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    response = proceed()
    account, region = _where(context)
    instance = response["IamInstanceProfileAssociation"]["InstanceId"]
    ec2_state.backend(account, region).get_instance(instance).iam_instance_profile = None
    return response


def _profile(context: RequestContext, wanted: dict[str, str]) -> Any:
    """moto's instance profile by name or ARN, once other services can see it."""
    assert context.account_id
    kind = "arn" if wanted.get("Arn") else "name"
    value = wanted.get("Arn") or wanted.get("Name")
    for profile in iam_backends[context.account_id][context.partition].instance_profiles.values():
        if getattr(profile, kind) == value and visibility.visible(profile):
            return profile
    label = "ARN" if kind == "arn" else "name"
    message = (
        f"Value ({value}) for parameter iamInstanceProfile.{kind} is invalid. Invalid IAM Instance Profile {label}"
    )
    raise aws_error("InvalidParameterValue", message)


def _completed(context: RequestContext, reservation: dict[str, Any]) -> dict[str, Any]:
    """A reservation with what moto leaves out: the profile's id (it shows the association's), metadata options."""
    account, region = _where(context)
    reserved = ec2_state.backend(account, region).reservations[reservation["ReservationId"]]
    known = {instance.id: instance for instance in reserved.instances}
    profiles = iam_backends[account][context.partition].instance_profiles.values()
    ids = {profile.arn: profile.id for profile in profiles}
    for instance in reservation.get("Instances") or []:
        options = metadata_options.options_of(known[instance["InstanceId"]])
        instance["MetadataOptions"] = {"State": "applied", **options}
        shown = instance.get("IamInstanceProfile")
        if shown:
            shown["Id"] = ids.get(shown.get("Arn"), shown.get("Id"))
    return reservation


def _where(context: RequestContext) -> tuple[str, str]:
    assert context.account_id and context.region
    return context.account_id, context.region
