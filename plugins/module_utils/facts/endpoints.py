# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VPC endpoints, the services that AWS offers them for, and private zones; normalised. Reads only."""

from __future__ import annotations

from typing import Any

from ..common.ec2 import tags_of
from ..common.shapes import EndpointService, PrivateZone, VpcEndpoint
from .ec2_query import query

# What the full name of a service may begin with. Only AWS knows which of a region's services have the longer one.
_PREFIXES = ("", "cn.")


def describe_vpc_endpoints(client: Any, vpc_id: str) -> list[VpcEndpoint]:
    """Return the VPC's endpoints, as :class:`VpcEndpoint` has them, those that are being deleted with them."""
    return [
        {
            "vpc_endpoint_id": endpoint["VpcEndpointId"],
            "service_name": endpoint["ServiceName"],
            "state": endpoint.get("State", "").lower(),
            "last_error": (endpoint.get("LastError") or {}).get("Message", ""),
            "private_dns": bool(endpoint.get("PrivateDnsEnabled")),
            "subnet_ids": endpoint.get("SubnetIds") or [],
            "security_group_ids": [group["GroupId"] for group in endpoint.get("Groups") or []],
            "tags": tags_of(endpoint),
        }
        for endpoint in query(client, "describe_vpc_endpoints", "VpcEndpoints", {"vpc-id": vpc_id})
        if endpoint.get("State", "").lower() != "deleted"
    ]


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
            zones.append({"name": zone["Name"], "owner": owner.get("OwningAccount") or owner.get("OwningService", "")})
        if not answer.get("NextToken"):
            return zones
        token = {"NextToken": answer["NextToken"]}
