# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network interfaces: those in use, their public addresses, and whose they are."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.base import ec2_state
from dax_emulator.base.overrides import Proceed, override
from dax_emulator.base.settings import SETTINGS
from dax_emulator.ec2 import resources
from dax_emulator.ec2.filters import Values, matching

# What an interface of AWS's own services shows as its owner. Source: example of DescribeNetworkInterfaces, EC2 API
# reference, and "Requester-managed network interfaces", Amazon EC2 user guide.
_AWS = "amazon-aws"
_unmapped: dict[tuple[str, str, str], float] = {}  # when a VPC last lost a public address


def in_use(account: str, region: str) -> Iterator[Any]:
    """moto's interfaces that are there; it keeps those of deleted NAT gateways."""
    backend = ec2_state.backend(account, region)
    dead = {gateway._eni.id for gateway in backend.nat_gateways.values() if gateway.state == "deleted"}
    for interface in list(backend.enis.values()):
        holder = interface.instance
        if interface.id not in dead and (holder is None or holder._state.name != "terminated"):
            yield interface


def mapped(account: str, region: str, vpc_id: str) -> bool:
    """Whether an interface of the VPC has a public address, or an instance's ended less than `detach_seconds` ago."""
    if time.monotonic() - _unmapped.get((account, region, vpc_id), float("-inf")) < SETTINGS.detach_seconds:
        return True
    return any(one.public_ip and one.subnet.vpc_id == vpc_id for one in in_use(account, region))


def unmap(account: str, region: str, interface: Any) -> None:
    """Take down that the public address of an interface, if it has one, is on its way out."""
    if interface.public_ip:
        _unmapped[account, region, interface.subnet.vpc_id] = time.monotonic()


@override("ec2", "DescribeNetworkInterfaces")
def describe(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    assert context.account_id and context.region
    account, region = context.account_id, context.region
    there = {interface.id: interface for interface in in_use(account, region)}
    for each in request.get("NetworkInterfaceIds") or []:
        if each not in there:
            raise resources.not_found(each)
    filters = request.get("Filters") or []
    own = [one for one in filters if one["Name"] in _FILTERS]  # those about what is completed here
    response = proceed({**request, "Filters": [one for one in filters if one not in own]}) if own else proceed()
    found = [one for one in response.get("NetworkInterfaces") or [] if one["NetworkInterfaceId"] in there]
    for shown in found:
        _complete(shown, there[shown["NetworkInterfaceId"]], _requester(account, region, shown["NetworkInterfaceId"]))
    response["NetworkInterfaces"] = matching(found, own, _FILTERS, lambda _: []) if own else found
    return response


def _requester(account: str, region: str, interface_id: str) -> dict[str, Any]:
    """What AWS shows of an interface that it made for an endpoint or a NAT gateway; {} for any other."""
    backend = ec2_state.backend(account, region)
    for endpoint in backend.vpc_end_points.values():
        if interface_id in endpoint.network_interface_ids:
            return {
                "Description": f"VPC Endpoint Interface {endpoint.id}",
                "InterfaceType": "vpc_endpoint",
                "RequesterId": "727180483921",
            }
    for gateway in backend.nat_gateways.values():
        if interface_id == gateway._eni.id:
            return {
                "Description": f"Interface for NAT Gateway {gateway.id}",
                "InterfaceType": "nat_gateway",
                "RequesterId": "916743627080",
            }
    return {}


def _complete(shown: dict[str, Any], interface: Any, requester: dict[str, Any]) -> None:
    """Add to an interface what moto leaves out."""
    shown.setdefault("Description", "")
    shown["RequesterManaged"] = bool(requester)
    if requester:
        shown.update(requester, Status="in-use")
        shown["Attachment"] = {
            "AttachmentId": f"ela-attach-{interface.id.removeprefix('eni-')}",
            "DeleteOnTermination": False,
            "DeviceIndex": 1,
            "InstanceOwnerId": _AWS,
            "Status": "attached",
        }
    elif interface.instance is None:
        shown.pop("RequesterId", None)
    if interface.public_ip:
        shown.setdefault("Association", {"IpOwnerId": "amazon", "PublicIp": interface.public_ip, "PublicDnsName": ""})


def _value(*path: str) -> Values:
    def read(shown: dict[str, Any]) -> list[str | None]:
        value: Any = shown
        for name in path:
            value = (value or {}).get(name)
        return [str(value).lower() if isinstance(value, bool) else value]

    return read


_FILTERS: dict[str, Values] = {
    "association.public-ip": _value("Association", "PublicIp"),
    "attachment.instance-owner-id": _value("Attachment", "InstanceOwnerId"),
    "attachment.status": _value("Attachment", "Status"),
    "description": _value("Description"),
    "group-id": lambda shown: [group["GroupId"] for group in shown.get("Groups") or []],
    "interface-type": _value("InterfaceType"),
    "owner-id": _value("OwnerId"),
    "requester-id": _value("RequesterId"),
    "requester-managed": _value("RequesterManaged"),
    "status": _value("Status"),
}
