# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of instances: it takes time, and what they hold is held until it is over."""

from __future__ import annotations

from typing import Any

from localstack.aws.api import RequestContext
from moto.ec2.models.instances import StateReason

from dax_emulator.base import ec2_state
from dax_emulator.base.errors import aws_error
from dax_emulator.base.overrides import Proceed, override
from dax_emulator.ec2 import interfaces, later, resources


@override("ec2", "TerminateInstances")
def terminate(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    assert context.account_id and context.region
    account, region = context.account_id, context.region
    found = {each: ec2_state.find_instance(account, region, each) for each in request.get("InstanceIds") or []}
    for each, instance in found.items():
        if instance is None:
            raise resources.not_found(each)
        if instance.disable_api_termination in (True, "true"):
            message = (
                f"The instance '{each}' may not be terminated. Modify its 'disableApiTermination' instance attribute "
                "and try again."
            )
            raise aws_error("OperationNotPermitted", message)
    answers = []
    for each, instance in found.items():
        previous = _state(instance)
        end(account, region, instance)
        current = previous if previous["Name"] == "terminated" else {"Code": 32, "Name": "shutting-down"}
        answers.append({"InstanceId": each, "PreviousState": previous, "CurrentState": current})
    return {"TerminatingInstances": answers}


def end(account: str, region: str, instance: Any, reason: tuple[str, str, str] | None = None) -> None:
    """Shut an instance down, and terminate it when the setting `terminate_seconds` says so.

    `reason` is (reason, code, message) of an end that nobody asked for.
    """
    if instance._state.name in ("shutting-down", "terminated"):
        return
    instance._state.name, instance._state.code = "shutting-down", 32

    def finish() -> None:
        kept = [interface for interface in instance.nics.values() if not interface.delete_on_termination]
        for interface in instance.nics.values():
            interfaces.unmap(account, region, interface)
        instance.terminate()
        for interface in kept:
            instance.detach_eni(interface)
        if reason is not None:
            _explain(instance, reason)

    if reason is not None:
        _explain(instance, reason)
    later.finish_after("terminate_seconds", account, region, finish)


def die(account: str, region: str, instance: Any) -> None:
    """End a new instance at once, as AWS does if it may not use the key of the volume.

    Source: hashicorp/terraform-provider-aws issue 21006, aws/karpenter-provider-aws issue 1407.
    """
    end(account, region, instance, ("Server.InternalError", "Client.InternalError", "Client error on launch"))


def _explain(instance: Any, reason: tuple[str, str, str]) -> None:
    instance._reason, code, words = reason
    instance._state_reason = StateReason(f"{code}: {words}", code)


def _state(instance: Any) -> dict[str, Any]:
    return {"Code": instance._state.code, "Name": instance._state.name}
