# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways on which a client in a subnet reaches STS. Pure, no AWS.

A name such as sts.us-east-1.amazonaws.com is resolved into an interface endpoint in the whole VPC, once there is one
with private DNS for that region; else traffic takes the default route.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from ...common.doctor import DoctorEndpoint
from ...common.shapes import NatGateway, Route, RouteTable, Rule
from .pair import Pair

Kind = Literal["endpoint", "internet", "nat", "other", "blackhole", "none"]


class Way(NamedTuple):
    """Where a client's traffic to STS goes.

    :ivar target: the id of the endpoint, gateway or other thing; "" without a way.
    :ivar table: the route table that the subnet follows; "" where an endpoint serves.
    """

    kind: Kind
    target: str = ""
    table: str = ""


# What a client says whose STS does not answer.
TIMEOUT = (
    ("python", 'Connect timeout on endpoint URL: "https://sts.'),
    ("nodejs", "connect ETIMEDOUT"),
    ("java", "Unable to execute HTTP request: Connect to sts."),
    ("go", "operation error STS: AssumeRole, exceeded maximum number of attempts"),
)


def client_ways(pair: Pair) -> dict[str, Way]:
    """Return the way of each of the client's subnets: {subnet id: way}."""
    return {subnet_id: way_of(pair, subnet_id) for subnet_id in pair.client_subnet_ids()}


def endpoint_is_meant(pair: Pair, way: Way) -> bool:
    """Tell whether an endpoint that does not serve is what is wrong, rather than the route that is missing."""
    return way.kind == "none" and bool(sts_endpoints(pair))


def subnet_of(pair: Pair, subnet_id: str) -> dict[str, Any]:
    """Return a subnet of the consumer's VPC, {} if it is not there."""
    found = (item for item in pair.read_b("subnets") if item["subnet_id"] == subnet_id)
    return next(found, {})


def sts_endpoints(pair: Pair) -> list[DoctorEndpoint]:
    """Return the interface endpoints for the STS of whichever region in the consumer's VPC."""
    found: list[DoctorEndpoint] = pair.read_b("vpc_endpoints")
    return [
        item
        for item in found
        if item["endpoint_type"] == "Interface"
        and item["service_name"].endswith(".sts")
        and item["state"] not in ("deleting", "deleted")
    ]


def endpoint_region(endpoint: DoctorEndpoint) -> str:
    """The region whose STS an endpoint answers for; ``com.amazonaws.<region>.sts``, with more before it in China."""
    return endpoint["service_name"].removesuffix(".sts").rpartition(".")[2]


def serving_endpoint(pair: Pair) -> DoctorEndpoint | None:
    """Return the endpoint into which the name that the client asks for is resolved."""
    region = pair.wanted.sts_region or pair.region_b
    serving = [item for item in sts_endpoints(pair) if not flaw_of(item) and endpoint_region(item) == region]
    return next(iter(serving), None)


def flaw_of(endpoint: DoctorEndpoint) -> str:
    """Return why no name is resolved into an endpoint, "" if one is; not looking at the region."""
    if endpoint["state"] != "available":
        return f"it is {endpoint['state']}, not available"
    if not endpoint["private_dns"]:
        return "its private DNS is off, so that STS's name does not lead to it"
    return "" if endpoint["subnet_ids"] else "it is in no subnet"


def way_of(pair: Pair, subnet_id: str) -> Way:
    """Return the way from one of the consumer's subnets."""
    endpoint = serving_endpoint(pair)
    return Way("endpoint", endpoint["vpc_endpoint_id"]) if endpoint else internet_way(pair, subnet_id)


def internet_way(pair: Pair, subnet_id: str) -> Way:
    """Return the way that the default route of a subnet leads."""
    table = effective_table(pair.read_b("route_tables"), subnet_id)
    route = _default_route(table) if table else None
    name = table["route_table_id"] if table else ""
    if route is None:
        return Way("none", "", name)
    target = str(route["target_id"])
    gateways = {item["internet_gateway_id"]: item["attached"] for item in pair.read_b("internet_gateways")}
    if route["state"] == "blackhole":
        return Way("blackhole", target, name)
    if target.startswith("igw-"):
        return Way("internet" if gateways.get(target) else "blackhole", target, name)
    if route["target_type"] == "nat_gateway":
        return Way("nat", target, name)
    return Way("other", target, name)


def nat_gateway(pair: Pair, gateway_id: str) -> NatGateway | None:
    found: list[NatGateway] = pair.read_b("nat_gateways")
    return next((item for item in found if item["nat_gateway_id"] == gateway_id), None)


def covers(rule: Rule, port: int) -> bool:
    """Tell whether a security group rule is about a TCP port."""
    return rule["protocol"] == "-1" or (rule["protocol"] == "tcp" and rule["from_port"] <= port <= rule["to_port"])


def effective_table(tables: list[RouteTable], subnet_id: str) -> RouteTable | None:
    """Return the table that a subnet follows: of its association, or the main one."""
    own = next((table for table in tables if subnet_id in table["subnet_ids"]), None)
    return own or next((table for table in tables if table["main"]), None)


def _default_route(table: Any) -> Route | None:
    found: list[Route] = [route for route in table["routes"] if route["destination"] == "0.0.0.0/0"]
    return min(found, key=lambda route: route["origin"] == "EnableVgwRoutePropagation", default=None)
