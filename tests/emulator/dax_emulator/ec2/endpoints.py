# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPC endpoints: what they need of the VPC, and the time that they take to come and go."""

from __future__ import annotations

import json
from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.base import ec2_state
from dax_emulator.base.errors import aws_error
from dax_emulator.base.overrides import Proceed, override
from dax_emulator.base.settings import SETTINGS
from dax_emulator.ec2 import endpoint_services, later, resources
from dax_emulator.ec2.filters import Values, matching
from dax_emulator.ec2.newness import REGISTER


@override("ec2", "CreateVpcEndpoint")
def create(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    account, region = _where(context)
    kind = request.get("VpcEndpointType") or "Gateway"
    vpc = ec2_state.find_vpc(account, region, request["VpcId"])
    if vpc is None:
        raise resources.not_found(request["VpcId"])
    service = _service(account, region, request["ServiceName"], kind)
    private = kind == "Interface" and request.get("PrivateDnsEnabled", True)
    groups = request.get("SecurityGroupIds") or []
    if kind == "Interface":
        _check_subnets(account, region, vpc, service, request.get("SubnetIds") or [])
        _check_groups(account, region, vpc, groups)
        default = ec2_state.default_group(account, region, vpc.id)
        groups = groups or ([default.id] if default else [])
    if private:
        _check_private_dns(account, region, vpc, service)
    response = proceed()
    shown = response["VpcEndpoint"]
    endpoint = ec2_state.backend(account, region).vpc_end_points[shown["VpcEndpointId"]]
    endpoint.endpoint_type, endpoint.private_dns_enabled = kind, private
    endpoint.security_group_ids = groups
    for interface_id in endpoint.network_interface_ids:
        interface = ec2_state.backend(account, region).enis[interface_id]
        interface._group_set = [ec2_state.find_group(account, region, group) for group in groups]
    endpoint.state = "pending"

    def available() -> None:
        if endpoint.state == "pending":
            endpoint.state = "available"

    later.finish_after("endpoint_seconds", account, region, available)
    shown |= {"VpcEndpointType": kind, "PrivateDnsEnabled": private, "OwnerId": account}
    shown |= {"State": endpoint.state, "Groups": _groups(account, region, groups)}
    return response


@override("ec2", "DescribeVpcEndpoints")
def describe(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    account, region = _where(context)
    filters = request.get("Filters") or []
    own = [one for one in filters if one["Name"] in _FILTERS]
    if own:
        request = {**request, "Filters": [one for one in filters if one not in own]}
    response = proceed(request) if own else proceed()
    for endpoint in response.get("VpcEndpoints") or []:
        endpoint["Groups"] = _groups(account, region, [group["GroupId"] for group in endpoint.get("Groups") or []])
    response["VpcEndpoints"] = matching(response.get("VpcEndpoints") or [], own, _FILTERS, lambda _: [])
    return response


@override("ec2", "ModifyVpcEndpoint")
def modify(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    """Put the default policy back where that is asked for, which LocalStack does not."""
    account, region = _where(context)
    endpoint = ec2_state.backend(account, region).vpc_end_points.get(request["VpcEndpointId"])
    if endpoint is not None and request.get("ResetPolicy"):
        endpoint.policy_document = json.dumps(endpoint.DEFAULT_POLICY)
    return proceed()


@override("ec2", "DeleteVpcEndpoints")
def delete(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    """Each id by itself: one that is not there is told of, and is no error of the call."""
    account, region = _where(context)
    backend = ec2_state.backend(account, region)
    unseen = REGISTER.younger(account, region, SETTINGS.ec2_visibility_seconds)
    unsuccessful = []
    for each in request["VpcEndpointIds"]:
        endpoint = backend.vpc_end_points.get(each)
        if endpoint is None or each in unseen:
            error = {"Code": "InvalidVpcEndpoint.NotFound", "Message": f"The Vpc Endpoint Id '{each}' does not exist"}
            unsuccessful.append({"ResourceId": each, "Error": error})
        elif endpoint.state != "deleting":
            endpoint.state = "deleting"
            later.finish_after("endpoint_seconds", account, region, _ending(backend, each))
    return {"Unsuccessful": unsuccessful}


def _ending(backend: Any, endpoint_id: str) -> Any:
    def end() -> None:
        endpoint = backend.vpc_end_points[endpoint_id]
        # moto fails on tables that are gone or have lost the route
        endpoint.route_table_ids = [each for each in endpoint.route_table_ids if _leads_to(backend, each, endpoint)]
        backend.delete_vpc_endpoints([endpoint_id])
        backend.vpc_end_points.pop(endpoint_id, None)

    return end


def _leads_to(backend: Any, table_id: str, endpoint: Any) -> bool:
    table = backend.route_tables.get(table_id)
    lists = [route.destination_prefix_list for route in table.routes.values()] if table is not None else []
    return any(found is not None and found.id == endpoint.destination_prefix_list_id for found in lists)


def _service(account: str, region: str, name: str, kind: str) -> dict[str, Any]:
    found = endpoint_services.find(account, region, name)
    kinds = [one["ServiceType"] for service in found for one in service["ServiceType"]]
    if kind not in kinds:
        message = f"Endpoint type ({kind}) does not match available service types ([{', '.join(kinds)}])."
        raise aws_error("InvalidParameter", message)
    return found[kinds.index(kind)]


def _check_subnets(account: str, region: str, vpc: Any, service: dict[str, Any], subnet_ids: list[str]) -> None:
    zones = set()
    for subnet_id in subnet_ids:
        subnet = ec2_state.find_subnet(account, region, subnet_id)
        if subnet is None or subnet.vpc_id != vpc.id:
            raise resources.not_found(subnet_id)
        if subnet.availability_zone not in service["AvailabilityZones"]:
            message = (
                f"The VPC endpoint service {service['ServiceName']} does not support the availability zone of the "
                f"subnet: {subnet_id}."
            )
            raise aws_error("InvalidParameter", message)
        if subnet.availability_zone in zones:
            message = f"Found another VPC endpoint subnet in the availability zone of subnet {subnet_id}"
            raise aws_error("DuplicateSubnetsInSameZone", message)
        zones.add(subnet.availability_zone)


def _check_groups(account: str, region: str, vpc: Any, group_ids: list[str]) -> None:
    for group_id in group_ids:
        group = ec2_state.find_group(account, region, group_id)
        if group is None or group.vpc_id != vpc.id:
            raise resources.not_found(group_id)


def _check_private_dns(account: str, region: str, vpc: Any, service: dict[str, Any]) -> None:
    """The VPC must resolve names, and no other endpoint may answer for the same one."""
    attributes = (vpc.enable_dns_support, vpc.enable_dns_hostnames)
    if any(str(one).lower() != "true" for one in attributes):
        message = (
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for "
            f"{vpc.id}"
        )
        raise aws_error("InvalidParameter", message)
    for other in ec2_state.backend(account, region).vpc_end_points.values():
        if (other.vpc_id, other.service_name) == (vpc.id, service["ServiceName"]) and other.private_dns_enabled:
            message = (
                "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
                f"{service['PrivateDnsName']} in the VPC {vpc.id}"
            )
            raise aws_error("InvalidParameter", message)


def _groups(account: str, region: str, group_ids: list[str]) -> list[dict[str, str]]:
    found = [ec2_state.find_group(account, region, group) for group in group_ids]
    return [{"GroupId": group.id, "GroupName": group.name} for group in found if group is not None]


def _where(context: RequestContext) -> tuple[str, str]:
    assert context.account_id and context.region
    return context.account_id, context.region


def _of(name: str) -> Values:
    return lambda endpoint: [endpoint.get(name)]


_FILTERS: dict[str, Values] = {
    "service-name": _of("ServiceName"),
    "vpc-endpoint-id": _of("VpcEndpointId"),
    "vpc-endpoint-state": _of("State"),
    "vpc-endpoint-type": _of("VpcEndpointType"),
    "vpc-id": _of("VpcId"),
}
