# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instance types: which zone offers them, and their architectures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from localstack.aws.api import RequestContext
from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS, INSTANCE_TYPES

from dax_emulator.base import ec2_state
from dax_emulator.base.errors import aws_error
from dax_emulator.base.overrides import Proceed, override
from dax_emulator.base.settings import SETTINGS
from dax_emulator.ec2.filters import Values, matching, page

_LIKE = "us-east-1"  # whose types the regions have that moto knows no offerings of


@override("ec2", "DescribeInstanceTypeOfferings")
def describe_offerings(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    assert context.account_id and context.region
    location = request.get("LocationType") or "region"
    if location not in ("region", "availability-zone", "availability-zone-id"):
        raise aws_error("InvalidParameterValue", f"Value ({location}) for parameter locationType is invalid.")
    found = sorted(set(_offerings(context.account_id, context.region, location)))
    items = [{"InstanceType": name, "LocationType": location, "Location": where} for where, name in found]
    known: dict[str, Values] = {
        "instance-type": lambda item: [item["InstanceType"]],
        "location": lambda item: [item["Location"]],
    }
    shown, token = page(matching(items, request.get("Filters"), known, lambda _: []), request)
    return {"InstanceTypeOfferings": shown} | ({"NextToken": token} if token else {})


@override("ec2", "DescribeInstanceTypes")
def describe(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    """The types that the region offers; moto knows those of all regions."""
    assert context.account_id and context.region
    account, region = context.account_id, context.region
    there = {name for _, name in _offerings(account, region, "region")}
    if unknown := [name for name in request.get("InstanceTypes") or [] if name not in there]:
        message = f"The following supplied instance types do not exist: [{', '.join(unknown)}]"
        raise aws_error("InvalidInstanceType", message)
    response = proceed()
    found = response.get("InstanceTypes") or []
    response["InstanceTypes"] = [one for one in found if one["InstanceType"] in there]
    return response


def any_zone(account: str, region: str, instance_type: str) -> str | None:
    """The first zone that offers a type; None if none does."""
    zones = (zone.name for zone in _zones(account, region))
    return next((zone for zone in zones if offered(region, zone, instance_type)), None)


def offered(region: str, zone: str, instance_type: str) -> bool:
    """Whether a zone has a type: as moto's lists of AWS's offerings and the setting `zones_without_types` say."""
    if instance_type.partition(".")[0] in SETTINGS.zones_without_types.get(zone, []):
        return False
    zones = _zones_of(region).get(instance_type)
    return zones is not None and (not zones or zone in zones)


def check(account: str, region: str, zone: str, instance_type: str) -> None:
    """Refuse a type that does not exist, or that this zone lacks."""
    if instance_type not in INSTANCE_TYPES:
        raise aws_error("InvalidParameterValue", f"Invalid value '{instance_type}' for InstanceType.")
    if offered(region, zone, instance_type):
        return
    others = [one.name for one in _zones(account, region) if offered(region, one.name, instance_type)]
    message = (
        f"Your requested instance type ({instance_type}) is not supported in your requested Availability Zone ({zone})."
        " Please retry your request by not specifying an Availability Zone or choosing " + ", ".join(others) + "."
    )
    if not others:
        message = "The requested configuration is currently not supported. Please check the documentation."
    raise aws_error("Unsupported", message)


def check_architecture(instance_type: str, architecture: str) -> None:
    """Refuse an image that the type cannot run."""
    supported = INSTANCE_TYPES[instance_type]["ProcessorInfo"]["SupportedArchitectures"]
    if architecture not in supported:
        message = (
            f"The architecture '{','.join(supported)}' of the specified instance type does not match the architecture "
            f"'{architecture}' of the specified AMI. Specify an instance type and an AMI that have matching "
            "architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the "
            "architecture of the instance type or AMI."
        )
        raise aws_error("InvalidParameterValue", message)


def _offerings(account: str, region: str, location: str) -> Iterator[tuple[str, str]]:
    for zone in _zones(account, region):
        where = {"region": region, "availability-zone": zone.name}.get(location, zone.zone_id)
        yield from ((where, name) for name in _zones_of(region) if offered(region, zone.name, name))


def _zones(account: str, region: str) -> list[Any]:
    return list(ec2_state.backend(account, region).describe_availability_zones())


_known: dict[str, dict[str, set[str]]] = {}


def _zones_of(region: str) -> dict[str, set[str]]:
    """The zones of each type; none named means every zone."""
    if region not in _known:
        lists: Any = INSTANCE_TYPE_OFFERINGS["availability-zone"]
        found: dict[str, set[str]] = {}
        for one in lists.get(region) or []:
            found.setdefault(one["InstanceType"], set()).add(one["Location"])
        _known[region] = found or {name: set() for name in _zones_of(_LIKE)}
    return _known[region]
