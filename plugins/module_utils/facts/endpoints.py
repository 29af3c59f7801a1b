# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VPC endpoints, the services that AWS offers them for, and private zones; normalised. Reads only."""

from __future__ import annotations

import json
from typing import Any

from ..common.doctor import DoctorEndpoint
from ..common.ec2 import tags_of
from ..common.shapes import EndpointService, PrivateZone, VpcEndpoint
from .ec2_query import query

# What the full name of a service may begin with. Only AWS knows which of a region's services have the longer one.
_PREFIXES = ("", "cn.")


def describe_vpc_endpoints(client: Any, vpc_id: str) -> list[VpcEndpoint]:
    """Return the VPC's endpoints, as :class:`VpcEndpoint` has them, those that are being deleted with them."""
    return [_endpoint(raw) for raw in _endpoints(client, vpc_id)]


def describe_endpoints_with_policies(client: Any, vpc_id: str) -> list[DoctorEndpoint]:
    """Return the same endpoints with their types and policies."""
    return [
        {
            **_endpoint(raw),
            "endpoint_type": raw.get("VpcEndpointType", "Interface"),
            "policy": _document(raw.get("PolicyDocument")),
        }
        for raw in _endpoints(client, vpc_id)
    ]


def _endpoints(client: Any, vpc_id: str) -> list[dict[str, Any]]:
    found = query(client, "describe_vpc_endpoints", "VpcEndpoints", {"vpc-id": vpc_id})
    return [raw for raw in found if raw.get("State", "").lower() != "deleted"]


def _endpoint(raw: dict[str, Any]) -> VpcEndpoint:
    return {
        "vpc_endpoint_id": raw["VpcEndpointId"],
        "service_name": raw["ServiceName"],
        "state": raw.get("State", "").lower(),
        "last_error": (raw.get("LastError") or {}).get("Message", ""),
        "private_dns": bool(raw.get("PrivateDnsEnabled")),
        "subnet_ids": raw.get("SubnetIds") or [],
        "security_group_ids": [group["GroupId"] for group in raw.get("Groups") or []],
        "tags": tags_of(raw),
    }


def _document(text: str | None) -> dict[str, Any] | None:
    found = json.loads(text) if text else None
    return found if isinstance(found, dict) else None


def describe_endpoint_services(client: Any, region: str, services: list[str]) -> list[EndpointService]:
    """Return those of the services that have interface endpoints in the region.

    :param services: names such as ``sts``. Asked for by a filter, since an unknown one is an error otherwise.
    """
    names = [f"{prefix}com.amazonaws.{region}.{service}" for service in services for prefix in _PREFIXES]
    found = query(client, "describe_vpc_endpoint_services", "ServiceDetails", {"service-name": names})
    return [
        {
            "service_name": service["ServiceName"],
            "availability_zones": sorted(service.get("AvailabilityZones") or []),
            "private_dns_names": [item["PrivateDnsName"] for item in service.get("PrivateDnsNames") or []],
        }
        for service in found
        if any(kind.get("ServiceType") == "Interface" for kind in service.get("ServiceType") or [])
    ]


def list_private_zones(client: Any, vpc_id: str, region: str) -> list[PrivateZone]:
    """Return the private hosted zones that are associated with the VPC, those of other accounts with them."""
    zones: list[PrivateZone] = []
    token: dict[str, str] = {}
    while True:  # botocore has no paginator for it
        answer = client.list_hosted_zones_by_vpc(VPCId=vpc_id, VPCRegion=region, **token)
        for zone in answer["HostedZoneSummaries"]:
            owner = zone.get("Owner") or {}
            whose = owner.get("OwningAccount") or owner.get("OwningService", "")
            zones.append({"name": zone["Name"], "owner": whose, "zone_id": zone["HostedZoneId"]})
        if not answer.get("NextToken"):
            return zones
        token = {"NextToken": answer["NextToken"]}
