# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes: blackholes, duplicates, and targets that do not fit the table."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.base import ec2_state
from dax_emulator.base.errors import aws_error
from dax_emulator.base.overrides import Proceed, override
from dax_emulator.ec2 import gateways, peering_state, resources
from dax_emulator.ec2.filters import Values, matching
from dax_emulator.ec2.peering_state import LIVE

_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


def _of_routes(name: str) -> Values:
    return lambda table: [route.get(name) for route in table["Routes"]]


_FILTERS = {
    "owner-id": lambda table: [table.get("OwnerId")],
    "route.destination-ipv6-cidr-block": _of_routes("DestinationIpv6CidrBlock"),
    "route.origin": _of_routes("Origin"),
    "route.state": _of_routes("State"),
}


@override("ec2", "CreateRoute")
def create(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    table = _table(context, request["RouteTableId"])
    destination = _destination(request)
    if destination in _routes(table):
        raise aws_error("RouteAlreadyExists", f"The route identified by {destination} already exists.")
    _check_target(context, table, request)
    return proceed(_canonical(request))


@override("ec2", "ReplaceRoute")
def replace(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    table = _table(context, request["RouteTableId"])
    destination = _destination(request)
    if destination not in _routes(table):
        message = f"There is no route defined for '{destination}' in the route table. Use CreateRoute instead."
        raise aws_error("InvalidParameterValue", message)
    if _routes(table)[destination].local:
        raise aws_error("InvalidParameterValue", f"cannot replace local route {destination} in route table {table.id}")
    _check_target(context, table, request)
    return proceed(_canonical(request))


@override("ec2", "DeleteRoute")
def delete(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    table = _table(context, request["RouteTableId"])
    destination = _destination(request)
    route = _routes(table).get(destination)
    if route is None:
        message = f"no route with destination-cidr-block {destination} in route table {table.id}"
        raise aws_error("InvalidRoute.NotFound", message)
    if route.local:
        raise aws_error("InvalidParameterValue", f"cannot remove local route {destination} in route table {table.id}")
    return proceed(_canonical(request))


@override("ec2", "CreateRouteTable")
def create_table(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    response = proceed()
    for route in response["RouteTable"].get("Routes") or []:
        route["Origin"] = "CreateRouteTable"  # moto leaves it out of this answer
    return response


@override("ec2", "DescribeRouteTables")
def describe(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    assert context.account_id and context.region
    filters = request.get("Filters") or []
    own = [one for one in filters if one["Name"] in _FILTERS]  # those that moto lacks
    response = proceed({**request, "Filters": [one for one in filters if one not in own]}) if own else proceed()
    for table in response.get("RouteTables") or []:
        for route in table.get("Routes") or []:
            if _dead(context.account_id, context.region, table, route):
                route["State"] = "blackhole"
            elif route.get("VpcPeeringConnectionId"):
                route["State"] = "active"
    if own:
        response["RouteTables"] = matching(response.get("RouteTables") or [], own, _FILTERS, lambda _: [])
    return response


def _table(context: RequestContext, table_id: str) -> Any:
    assert context.account_id and context.region
    table = ec2_state.backend(context.account_id, context.region).route_tables.get(table_id)
    if table is None:
        raise aws_error("InvalidRouteTableID.NotFound", f"The routeTable ID '{table_id}' does not exist")
    return table


def _destination(request: dict[str, Any]) -> str:
    """The block or prefix list that the route leads to, in canonical form."""
    given = [name for name in _DESTINATIONS if request.get(name)]
    if len(given) != 1:
        raise aws_error("MissingParameter", "The request must contain exactly one destination")
    return str(_canonical(request)[given[0]])


def _canonical(request: dict[str, Any]) -> dict[str, Any]:
    """The request with its block as AWS stores it: no host bits, IPv6 compressed."""
    changed = dict(request)
    for name, version in (("DestinationCidrBlock", 4), ("DestinationIpv6CidrBlock", 6)):
        if not request.get(name):
            continue
        try:
            network = ip_network(request[name], strict=False)
            if network.version != version:
                raise ValueError
        except ValueError:
            parameter = name[0].lower() + name[1:]
            message = f"Value ({request[name]}) for parameter {parameter} is invalid. This is not a valid CIDR block."
            raise aws_error("InvalidParameterValue", message) from None
        changed[name] = str(network)
    return changed


def _routes(table: Any) -> dict[str, Any]:
    """moto's routes by destination."""
    found = {}
    for route in table.routes.values():
        block = route.destination_cidr_block or route.destination_ipv6_cidr_block
        if block:
            found[str(ip_network(block, strict=False))] = route
        elif route.destination_prefix_list:
            found[route.destination_prefix_list.id] = route
    return found


def _check_target(context: RequestContext, table: Any, request: dict[str, Any]) -> None:
    """A target must be there and of the table's VPC; a peering must not be dead. A pending one is fine."""
    assert context.account_id and context.region
    account, region = context.account_id, context.region
    for parameter, (words, network_of) in _TARGETS.items():
        target = request.get(parameter)
        if not target or (parameter == "GatewayId" and not target.startswith("igw-")):
            continue
        networks = network_of(account, region, target)
        if networks is None:
            raise resources.not_found(target, parameter)
        if parameter == "GatewayId":
            gateway = ec2_state.backend(account, region).internet_gateways[target]
            networks = [each for each in networks if each == gateways.attached_to(gateway)]
        if table.vpc_id not in networks:
            message = f"route table {table.id} and {words} {target} belong to different networks"
            raise aws_error("InvalidParameterValue", message)


def _of_peering(account: str, region: str, peering_id: str) -> list[str] | None:
    peering = peering_state.get(peering_id)
    if peering is None or not peering.visible(account, region, write=True) or peering.status not in LIVE:
        return None
    sides = (peering.requester, peering.accepter)
    return [side.vpc_id for side in sides if (side.account, side.region) == (account, region)]


def _of_gateway(account: str, region: str, gateway_id: str) -> list[str] | None:
    gateway = ec2_state.backend(account, region).internet_gateways.get(gateway_id)
    if gateway is None:
        return None
    return [gateway.vpc.id] if gateway.vpc is not None else []


def _of_nat_gateway(account: str, region: str, gateway_id: str) -> list[str] | None:
    gateway = ec2_state.backend(account, region).nat_gateways.get(gateway_id)
    return [gateway.vpc_id] if gateway is not None and gateway.state != "deleted" else None


def _of_interface(account: str, region: str, interface_id: str) -> list[str] | None:
    interface = ec2_state.backend(account, region).enis.get(interface_id)
    return [interface.subnet.vpc_id] if interface is not None else None


# How AWS calls a target, and the VPCs that it belongs to: None if it does not exist.
_TARGETS: dict[str, tuple[str, Callable[[str, str, str], list[str] | None]]] = {
    "GatewayId": ("network gateway", _of_gateway),
    "NatGatewayId": ("NAT gateway", _of_nat_gateway),
    "NetworkInterfaceId": ("interface", _of_interface),
    "VpcPeeringConnectionId": ("VPC peering connection", _of_peering),
}


def _dead(account: str, region: str, table: dict[str, Any], route: dict[str, Any]) -> bool:
    """Whether a route leads nowhere: its target is gone, detached, or a peering that is not active."""
    if peering_id := route.get("VpcPeeringConnectionId"):
        peering = peering_state.get(peering_id)
        return peering is None or peering.status != "active"
    for parameter, (_, network_of) in _TARGETS.items():
        target = route.get(parameter)
        if target and (parameter != "GatewayId" or target.startswith("igw-")):
            return table["VpcId"] not in (network_of(account, region, target) or [])
    return False
