# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Instances, and what decides on a new one: zones, types, images, key pairs. Normalised; reads only.

botocore's errors pass through: the modules that call these functions explain them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..common.compute import EndedInstance, Image, Instance, Launch
from ..common.ec2 import tags_of
from ..common.shapes import Tags
from .ec2_query import query

# Instances in these states still hold their subnet and their groups.
_INSTANCE_STATES = ["pending", "running", "stopping", "stopped", "shutting-down"]
_RESOLVE = "resolve:ssm:"


class Zones(NamedTuple):
    """The zones that can be used now."""

    regular: list[str]
    local: list[str]  # local and Wavelength zones that the account has opted in to


class LaunchQuery(NamedTuple):
    """What a new instance is to be made of, as the role's variables say it; empty for what they leave open."""

    instance_type: str
    image_id: str
    key_name: str
    tags: Tags  # of ownership


def describe_availability_zones(client: Any) -> Zones:
    """Return the names of the zones that can be used now, sorted.

    A new subnet goes into a regular one unless the user names another: local and Wavelength zones lack services and
    instance types, and whoever opted in to them did it for something else.
    """
    zones = [
        zone
        for zone in client.describe_availability_zones()["AvailabilityZones"]
        if zone.get("State", "available") == "available" and zone.get("OptInStatus") != "not-opted-in"
    ]
    regular = {zone["ZoneName"] for zone in zones if zone.get("ZoneType", "availability-zone") == "availability-zone"}
    return Zones(sorted(regular), sorted({zone["ZoneName"] for zone in zones} - regular))


def describe_instances(client: Any, **filters: str | list[str]) -> list[Instance]:
    """Return the instances that are not terminated, as :class:`Instance` has them."""
    return [
        {
            "instance_id": instance["InstanceId"],
            "state": instance["State"]["Name"],
            "instance_type": instance["InstanceType"],
            "image_id": instance["ImageId"],
            "key_name": instance.get("KeyName") or None,
            "subnet_id": instance.get("SubnetId"),
            "vpc_id": instance.get("VpcId"),
            "instance_profile_arn": (instance.get("IamInstanceProfile") or {}).get("Arn"),
            "instance_profile_id": (instance.get("IamInstanceProfile") or {}).get("Id"),
            "security_group_ids": [group["GroupId"] for group in instance.get("SecurityGroups") or []],
            "private_ip_address": instance.get("PrivateIpAddress"),
            "public_ip_address": instance.get("PublicIpAddress"),
            "tags": tags_of(instance),
        }
        for instance in _instances(client, {**filters, "instance-state-name": _INSTANCE_STATES})
    ]


def read_launch(clients: Mapping[str, Any], wanted: LaunchQuery) -> Launch:
    """Return what decides on a new instance: a call for each of its five parts, or none where nothing was given."""
    ec2 = clients["ec2"]
    return {
        "availability_zones": _zones_of_type(ec2, wanted.instance_type),
        "architectures": _architectures(ec2, wanted.instance_type),
        "image": _image(clients, wanted.image_id) if wanted.image_id else None,
        "key_pairs": _key_pairs(ec2, wanted.key_name) if wanted.key_name else [],
        "ended_instances": _ended_instances(ec2, wanted.tags),
    }


def _zones_of_type(client: Any, instance_type: str) -> list[str]:
    filters = {"instance-type": instance_type}
    found = query(
        client,
        "describe_instance_type_offerings",
        "InstanceTypeOfferings",
        filters,
        LocationType="availability-zone",
    )
    return sorted(offering["Location"] for offering in found)


def _architectures(client: Any, instance_type: str) -> list[str]:
    # Asked for by a filter, since an unknown type is an error otherwise.
    found = query(client, "describe_instance_types", "InstanceTypes", {"instance-type": instance_type})
    return [name for item in found for name in item["ProcessorInfo"]["SupportedArchitectures"]]


def _image(clients: Mapping[str, Any], image_id: str) -> Image | None:
    """Return an image by its id, or by the parameter that EC2 resolves at launch; None when there is none."""
    if image_id.startswith(_RESOLVE):
        found = clients["ssm"].get_parameters(Names=[image_id.removeprefix(_RESOLVE)])["Parameters"]
        image_id = found[0]["Value"] if found else ""
    images = query(clients["ec2"], "describe_images", "Images", {"image-id": image_id}) if image_id else []
    for image in images:
        return {"image_id": image["ImageId"], "architecture": image["Architecture"], "state": image["State"]}
    return None


def _key_pairs(client: Any, name: str) -> list[str]:
    # Not paginated. Asked for by a filter, since an unknown name is an error otherwise.
    found = client.describe_key_pairs(Filters=[{"Name": "key-name", "Values": [name]}])["KeyPairs"]
    return [pair["KeyName"] for pair in found]


def _ended_instances(client: Any, tags: Tags) -> list[EndedInstance]:
    """Return the instances with these tags that came to their end; AWS shows them for about an hour.

    They are asked for by their tags, since a terminated instance is in no VPC any more.
    """
    filters = {f"tag:{key}": value for key, value in tags.items()}
    return [
        {
            "instance_id": instance["InstanceId"],
            "code": (instance.get("StateReason") or {}).get("Code", ""),
            "message": (instance.get("StateReason") or {}).get("Message", ""),
        }
        for instance in _instances(client, {**filters, "instance-state-name": ["shutting-down", "terminated"]})
    ]


def _instances(client: Any, filters: dict[str, str | list[str]]) -> list[dict[str, Any]]:
    reservations = query(client, "describe_instances", "Reservations", filters)
    return [instance for reservation in reservations for instance in reservation["Instances"]]
