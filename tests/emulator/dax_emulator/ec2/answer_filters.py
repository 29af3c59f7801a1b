# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of the Describe operations, applied to the items of an answer instead of to moto's state."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import translate
from typing import Any

# Where the values of a filter are in an item: paths of names, tried one after the other. Lists on the way are walked.
_PATHS = {
    "association.main": ("Associations.Main",),
    "association.subnet-id": ("Associations.SubnetId",),
    "attachment.instance-id": ("Attachment.InstanceId",),
    "attachment.state": ("Attachments.State",),
    "attachment.vpc-id": ("Attachments.VpcId",),
    "availability-zone": ("AvailabilityZone", "Placement.AvailabilityZone"),
    "cidr": ("CidrBlock",),
    "cidr-block": ("CidrBlock",),
    "default": ("IsDefault",),
    "default-for-az": ("DefaultForAz",),
    "accepter-vpc-info.owner-id": ("AccepterVpcInfo.OwnerId",),
    "accepter-vpc-info.vpc-id": ("AccepterVpcInfo.VpcId",),
    "group-id": ("GroupId", "Groups.GroupId"),
    "group-name": ("GroupName", "Groups.GroupName"),
    "instance-id": ("InstanceId",),
    "instance-state-name": ("State.Name",),
    "instance-type": ("InstanceType",),
    "internet-gateway-id": ("InternetGatewayId",),
    "is-default": ("IsDefault",),
    "isDefault": ("IsDefault",),
    "network-interface-id": ("NetworkInterfaceId",),
    "owner-id": ("OwnerId",),
    "requester-vpc-info.owner-id": ("RequesterVpcInfo.OwnerId",),
    "requester-vpc-info.vpc-id": ("RequesterVpcInfo.VpcId",),
    "route-table-id": ("RouteTableId",),
    "route.destination-cidr-block": ("Routes.DestinationCidrBlock",),
    "route.gateway-id": ("Routes.GatewayId",),
    "route.state": ("Routes.State",),
    "route.vpc-peering-connection-id": ("Routes.VpcPeeringConnectionId",),
    "security-group-rule-id": ("SecurityGroupRuleId",),
    "service-name": ("ServiceName",),
    "state": ("State",),
    "status": ("Status",),
    "status-code": ("Status.Code",),
    "subnet-id": ("SubnetId",),
    "vpc-endpoint-id": ("VpcEndpointId",),
    "vpc-endpoint-state": ("State",),
    "vpc-endpoint-type": ("VpcEndpointType",),
    "vpc-id": ("VpcId",),
    "vpc-peering-connection-id": ("VpcPeeringConnectionId",),
}


def knows(name: str) -> bool:
    """Whether this filter can be applied to an item of an answer."""
    return name in _PATHS or name == "tag-key" or name.startswith("tag:")


def passes(item: dict[str, Any], name: str, patterns: list[str]) -> bool:
    """Whether an item has a value that one of the patterns (with `*` and `?`) matches."""
    values = set(_values(item, name))
    return any(re.match(translate(pattern), value) for pattern in patterns for value in values)


def _values(item: dict[str, Any], name: str) -> Iterator[str]:
    tags = item.get("Tags") or []
    if name == "tag-key":
        yield from (tag["Key"] for tag in tags)
    elif name.startswith("tag:"):
        yield from (tag["Value"] for tag in tags if tag["Key"] == name.removeprefix("tag:"))
    else:
        for path in _PATHS[name]:
            yield from _at(item, path.split("."))


def _at(value: Any, path: list[str]) -> Iterator[str]:
    if isinstance(value, list):
        for inner in value:
            yield from _at(inner, path)
    elif path and isinstance(value, dict):
        yield from _at(value.get(path[0]), path[1:])
    elif not path and value is not None and not isinstance(value, dict):
        yield str(value).lower() if isinstance(value, bool) else str(value)
