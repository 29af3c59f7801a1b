# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes to VPC peering connections and gateways in route tables that belong to other people.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from typing import Any, NamedTuple

from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError

from ..common.aws import attempts, aws_errors, error_code, retried, retry_while
from .peerings import DEAD, describe_peerings

# The routes of route tables by the tables' ids.
Tables = dict[str, list[dict[str, Any]]]

# So many values EC2 takes in one filter.
_FILTER_VALUES = 200
_NOT_YET = frozenset(
    {
        "InvalidGatewayID.NotFound",
        "InvalidInternetGatewayID.NotFound",
        "InvalidRouteTableID.NotFound",
        "InvalidVpcPeeringConnectionID.NotFound",
    }
)
_GONE = frozenset({"InvalidRoute.NotFound", "InvalidRouteTableID.NotFound"})
_VERBS = {"create_route": "create", "replace_route": "replace", "delete_route": "delete"}

# The API has one field a kind of target. The order matters: a route to an instance also names its interface.
_TARGETS: tuple[tuple[str, str], ...] = (
    ("VpcPeeringConnectionId", "vpc_peering_connection"),
    ("GatewayId", "gateway"),
    ("NatGatewayId", "nat_gateway"),
    ("TransitGatewayId", "transit_gateway"),
    ("EgressOnlyInternetGatewayId", "egress_only_internet_gateway"),
    ("LocalGatewayId", "local_gateway"),
    ("CarrierGatewayId", "carrier_gateway"),
    ("CoreNetworkArn", "core_network"),
    ("InstanceId", "instance"),
    ("NetworkInterfaceId", "network_interface"),
)


def normalise_cidr(value: str) -> str:
    """Return a v4 or v6 CIDR block in its canonical text, host bits cleared as EC2 clears them.

    :raises ValueError: when the value is no CIDR block.
    """
    return str(ipaddress.ip_network(value, strict=False))


def normalise_route(raw: dict[str, Any]) -> dict[str, Any]:
    """Shape one ``Route`` of the API.

    :returns: ``destination`` (canonical CIDR block or prefix list id), ``target_type`` (``local`` or the kind
        of thing that ``target_id`` names, ``None`` when the API names none), ``target_id``, ``state``
        (``active`` or ``blackhole``) and ``origin``.
    """
    block = raw.get("DestinationCidrBlock") or raw.get("DestinationIpv6CidrBlock")
    target_type, target_id = None, None
    for field, kind in _TARGETS:
        if raw.get(field):
            target_type, target_id = kind, raw[field]
            break
    if target_id == "local":
        target_type = "local"
    return {
        "destination": normalise_cidr(block) if block else raw.get("DestinationPrefixListId"),
        "target_type": target_type,
        "target_id": target_id,
        "state": raw.get("State", "active"),
        "origin": raw.get("Origin"),
    }


class Route(NamedTuple):
    """A route that is wanted, or wanted gone: one table, one block, one peering connection or gateway."""

    route_table_id: str
    destination: str
    vpc_peering_connection_id: str | None
    gateway_id: str | None = None

    @property
    def target(self) -> str:
        """The id of what the route leads to; the module takes exactly one of the two."""
        return self.vpc_peering_connection_id or self.gateway_id or ""


class Step(NamedTuple):
    """What to do for one wanted route. ``previous`` is the route that is there now, as :func:`normalise_route`."""

    route: Route
    action: str  # created, replaced, removed or unchanged
    call: str | None  # create_route, replace_route, delete_route or nothing
    previous: dict[str, Any] | None


def parse_routes(options: list[dict[str, Any]]) -> list[Route]:
    """Turn the module's ``routes`` into distinct :class:`Route`, in their order.

    :raises AnsibleAWSError: for a destination that is no CIDR block, and for one that is wanted through two targets.
    """
    routes: dict[tuple[str, str], Route] = {}
    for item in options:
        try:
            destination = normalise_cidr(item["destination"])
        except ValueError as error:
            raise AnsibleAWSError(
                message=f"routes: destination {item['destination']!r} of {item['route_table_id']} is not a CIDR block, "
                f"give one like 10.0.0.0/16 or 2001:db8::/56 ({error})"
            ) from error
        route = Route(
            item["route_table_id"], destination, item.get("vpc_peering_connection_id"), item.get("gateway_id")
        )
        earlier = routes.setdefault((route.route_table_id, destination), route)
        if earlier != route:
            raise AnsibleAWSError(
                message=f"routes: {destination} in {route.route_table_id} is listed twice, through "
                f"{earlier.target} and {route.target}; keep one of them"
            )
    return list(routes.values())


def suspects(wanted: list[Route], tables: Tables) -> list[str]:
    """Return the ids of other peering connections whose blackhole routes stand where a route is wanted."""
    ids = {
        found["target_id"]
        for route in wanted
        if (found := find_route(tables, route)) is not None
        and found["state"] == "blackhole"
        and found["target_type"] == "vpc_peering_connection"
        and found["target_id"] != route.target
    }
    return sorted(ids)


def find_route(tables: Tables, wanted: Route) -> dict[str, Any] | None:
    """Return the route for exactly the wanted block; a static one rather than a propagated one, as EC2 prefers."""
    same = [item for item in tables.get(wanted.route_table_id, []) if item["destination"] == wanted.destination]
    return min(same, key=_is_propagated, default=None)


def plan_present(
    wanted: list[Route], tables: Tables, replace: bool, dead: Collection[str]
) -> tuple[list[Step], list[str]]:
    """Decide what makes every wanted route present.

    :param tables: what is there, see :func:`describe_tables`.
    :param replace: whether a foreign route in the way gives way.
    :param dead: ids of peering connections whose blackhole routes give way in any case.
    :returns: the steps, and one line for each wanted route that a foreign one stands in the way of.
    """
    steps, conflicts = [], []
    for route in wanted:
        found = find_route(tables, route)
        if found is None:
            steps.append(Step(route, "created", "create_route", None))
        elif found["target_id"] == route.target:
            steps.append(Step(route, "unchanged", None, found))
        elif found["target_type"] != "local" and (
            replace or (found["state"] == "blackhole" and found["target_id"] in dead)
        ):
            # A static route is put over a propagated one, not in its place.
            call = "create_route" if _is_propagated(found) else "replace_route"
            steps.append(Step(route, "replaced", call, found))
        else:
            conflicts.append(conflict(route, found))
    return steps, conflicts


def plan_absent(wanted: list[Route], tables: Tables) -> list[Step]:
    """Decide what removes the routes whose target is still the very one given; all others stay."""
    steps = []
    for route in wanted:
        found = find_route(tables, route)
        if found is not None and found["target_id"] == route.target:
            steps.append(Step(route, "removed", "delete_route", found))
        else:
            steps.append(Step(route, "unchanged", None, found))
    return steps


def conflict(route: Route, found: dict[str, Any]) -> str:
    """Say in one line which foreign route stands in the way of a wanted one."""
    target = found["target_id"] or "an unknown target"
    line = f"route table {route.route_table_id} already routes {route.destination} to {target} ({found['state']})"
    if found["target_type"] == "local":
        line += ", the VPC's own block, which no peering can serve"
    return line


def describe_route(route: Route, found: dict[str, Any] | None) -> dict[str, Any] | None:
    """Put a route as it is into a line of the diff."""
    if found is None:
        return None
    return {
        "route_table_id": route.route_table_id,
        "destination": route.destination,
        "target": found["target_id"],
        "state": found["state"],
    }


def diff_of(steps: list[Step]) -> dict[str, Any]:
    """Return the diff of the steps that change something."""
    changes = [step for step in steps if step.call]
    before = [describe_route(step.route, step.previous) for step in changes if step.previous]
    after = [
        {
            "route_table_id": step.route.route_table_id,
            "destination": step.route.destination,
            "target": step.route.target,
        }
        for step in changes
        if step.action != "removed"
    ]
    return {"before": {"routes": before}, "after": {"routes": after}}


@aws_errors("describe route tables")
@retried()
def describe_tables(client: Any, ids: Collection[str]) -> Tables:
    """Read route tables by id: their routes as :func:`normalise_route`. Missing tables are left out."""
    tables: Tables = {}
    ordered = sorted(ids)
    for start in range(0, len(ordered), _FILTER_VALUES):
        # A filter, unlike the parameter for ids, does not refuse the whole list for one that is missing.
        pages = client.get_paginator("describe_route_tables").paginate(
            Filters=[{"Name": "route-table-id", "Values": ordered[start : start + _FILTER_VALUES]}]
        )
        for raw in pages.build_full_result().get("RouteTables", []):
            tables[raw["RouteTableId"]] = [normalise_route(item) for item in raw.get("Routes", [])]
    return tables


def ensure_routes(client: Any, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Do what the module ec2_vpc_routes is asked for, and return its result.

    :raises AnsibleAWSError: for bad input, a missing table or a conflict, all before anything is written, and for a
        call that failed.
    """
    wanted = parse_routes(params["routes"])
    ids = {route.route_table_id for route in wanted}
    patience = params["retry_not_found_seconds"]
    if params["state"] == "absent":
        steps = plan_absent(wanted, describe_tables(client, ids))
    else:
        tables = _existing_tables(client, ids, patience)
        dead = _dead(client, suspects(wanted, tables)) if params["replace_blackhole"] else set()
        steps, conflicts = plan_present(wanted, tables, params["replace"], dead)
        if conflicts:
            raise AnsibleAWSError(
                message=f"Nothing was changed: {'; '.join(conflicts)}. "
                "Remove what is in the way, or set replace to true to have it replaced"
            )
    if not check_mode:
        for step in steps:
            _apply(client, step, patience)
    return {
        "changed": any(step.call for step in steps),
        "routes": [{**step.route._asdict(), "action": step.action, "previous": step.previous} for step in steps],
        "diff": diff_of(steps),
    }


def _is_propagated(route: dict[str, Any]) -> bool:
    return bool(route["origin"] == "EnableVgwRoutePropagation")


def _existing_tables(client: Any, ids: set[str], patience: float) -> Tables:
    """Read the tables; one made a moment ago may need a second read."""
    tables: Tables = {}
    for _attempt in attempts(patience, max_delay=5.0):
        tables = describe_tables(client, ids)
        if ids <= tables.keys():
            return tables
    missing = ", ".join(sorted(ids - tables.keys()))
    raise AnsibleAWSError(message=f"Nothing was changed: no route table {missing} in this account and region")


def _dead(client: Any, ids: list[str]) -> set[str]:
    """Of these peering connections, those that will never be active: a pending one also makes a blackhole."""
    peerings = describe_peerings(client, ids)
    return {item for item in ids if item not in peerings or peerings[item]["status"]["code"] in DEAD}


def _apply(client: Any, step: Step, patience: float) -> None:
    if step.call is None:
        return
    route = step.route
    params = {"RouteTableId": route.route_table_id, _destination_field(route.destination): route.destination}
    if step.call != "delete_route":
        params["VpcPeeringConnectionId" if route.vpc_peering_connection_id else "GatewayId"] = route.target

    @aws_errors(
        f"{_VERBS[step.call]} the route to {route.destination} through {route.target} in {route.route_table_id}"
    )
    @retried()
    def call() -> None:
        getattr(client, str(step.call))(**params)

    try:
        retry_while(call, lambda error: step.call != "delete_route" and error_code(error) in _NOT_YET, patience)
    except AnsibleAWSError as error:
        if not _done_already(client, step, error_code(error)):
            raise


def _done_already(client: Any, step: Step, code: str) -> bool:
    """Tell whether the step is done although its call failed: an answer was lost and the call sent again."""
    if step.call == "delete_route":
        return code in _GONE
    if code != "RouteAlreadyExists":
        return False
    found = find_route(describe_tables(client, [step.route.route_table_id]), step.route)
    return found is not None and found["target_id"] == step.route.target


def _destination_field(destination: str) -> str:
    return "DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock"
