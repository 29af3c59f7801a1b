# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes to VPC peering connections and gateways in route tables that the collection does not own.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Literal, NamedTuple

from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError

from ..common.aws import attempts, aws_errors, error_code, patiently, retried
from ..common.compare import RouteState, compare_route, is_peering_blackhole, is_propagated, is_terminal
from ..common.ec2 import normalise_cidr, normalise_route
from ..common.shapes import Route
from ..facts.ec2_query import query
from .peerings import describe_peerings

# The routes of route tables by the tables' ids.
Tables = dict[str, list[Route]]

_GONE = frozenset({"InvalidRoute.NotFound", "InvalidRouteTableID.NotFound"})
_VERBS = {"create_route": "create", "replace_route": "replace", "delete_route": "delete"}


class DesiredRoute(NamedTuple):
    """A route that has to be there, or has to be removed: one table, one block, one peering connection or gateway."""

    route_table_id: str
    destination: str
    vpc_peering_connection_id: str | None
    gateway_id: str | None = None

    @property
    def target(self) -> str:
        """The id of what the route leads to; the module takes exactly one of the two."""
        return self.vpc_peering_connection_id or self.gateway_id or ""


class Step(NamedTuple):
    """What to do for one route. ``previous`` is the route that is there now."""

    route: DesiredRoute
    action: Literal["created", "replaced", "removed", "unchanged"]
    call: Literal["create_route", "replace_route", "delete_route"] | None
    previous: Route | None


def parse_routes(options: list[dict[str, Any]]) -> list[DesiredRoute]:
    """Turn the module's ``routes`` into distinct :class:`DesiredRoute`, in their order.

    :raises AnsibleAWSError: for a destination that is no CIDR block, and for one that is listed with two targets.
    """
    routes: dict[tuple[str, str], DesiredRoute] = {}
    for item in options:
        try:
            destination = normalise_cidr(item["destination"])
        except ValueError as error:
            raise AnsibleAWSError(
                message=f"routes: destination {item['destination']!r} of {item['route_table_id']} is not a CIDR block, "
                f"give one like 10.0.0.0/16 or 2001:db8::/56 ({error})"
            ) from error
        route = DesiredRoute(
            item["route_table_id"], destination, item.get("vpc_peering_connection_id"), item.get("gateway_id")
        )
        earlier = routes.setdefault((route.route_table_id, destination), route)
        if earlier != route:
            raise AnsibleAWSError(
                message=f"routes: {destination} in {route.route_table_id} is listed twice, through "
                f"{earlier.target} and {route.target}; keep one of them"
            )
    return list(routes.values())


def blocking_peerings(desired: list[DesiredRoute], tables: Tables) -> list[str]:
    """Return the ids of other peering connections whose blackhole routes stand where a route has to be."""
    states = [_state(route, tables) for route in desired]
    return sorted(
        {
            str(found["target_id"])
            for verdict, found in states
            if verdict == "unmanaged" and found and is_peering_blackhole(found)
        }
    )


def steps_to_add(
    desired: list[DesiredRoute], tables: Tables, replace: bool, terminal: Collection[str], old: Collection[str] = ()
) -> tuple[list[Step], list[str]]:
    """Decide what makes every desired route present.

    :param tables: what is there, see :func:`describe_tables`.
    :param replace: whether an unmanaged route in the way is replaced.
    :param terminal: ids of peering connections whose blackhole routes are replaced in any case.
    :param old: ids of peering connections whose routes are replaced in any case.
    :returns: the steps, and one line for each desired route that an unmanaged one stands in the way of.
    """
    steps, conflicts = [], []
    for route in desired:
        verdict, found = _state(route, tables, terminal.__contains__)
        if found is None:
            steps.append(Step(route, "created", "create_route", None))
        elif verdict == "present":
            steps.append(Step(route, "unchanged", None, found))
        elif verdict == "stale" or (verdict == "unmanaged" and (replace or found["target_id"] in old)):
            # A static route is added over a propagated one, which cannot be replaced itself.
            steps.append(Step(route, "replaced", "create_route" if is_propagated(found) else "replace_route", found))
        else:
            conflicts.append(conflict(route, found))
    return steps, conflicts


def steps_to_remove(desired: list[DesiredRoute], tables: Tables) -> list[Step]:
    """Decide what removes the routes whose target is still the very one given; all others stay."""
    steps = []
    for route in desired:
        verdict, found = _state(route, tables)
        if verdict == "present":
            steps.append(Step(route, "removed", "delete_route", found))
        else:
            steps.append(Step(route, "unchanged", None, found))
    return steps


def _state(
    route: DesiredRoute, tables: Tables, terminal: Callable[[str], bool] = lambda _peering_id: False
) -> RouteState:
    return compare_route(tables.get(route.route_table_id, []), route.destination, route.target, terminal)


def conflict(route: DesiredRoute, found: Route) -> str:
    """Say in one line which unmanaged route stands in the way of a desired one."""
    target = found["target_id"] or "an unknown target"
    line = f"route table {route.route_table_id} already routes {route.destination} to {target} ({found['state']})"
    if found["target_type"] == "local":
        line += ", the VPC's own block, which no peering can serve"
    return line


def describe_route(route: DesiredRoute, found: Route) -> dict[str, Any]:
    """Put a route as it is into a line of the diff."""
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
    # A filter, unlike the parameter for ids, does not refuse the whole list for one that is missing.
    filters = {"route-table-id": sorted(ids)}
    for raw in query(client, "describe_route_tables", "RouteTables", filters) if ids else []:
        tables[raw["RouteTableId"]] = [normalise_route(item) for item in raw.get("Routes", [])]
    return tables


def ensure_routes(client: Any, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Do what the module ec2_vpc_routes is asked for, and return its result.

    :raises AnsibleAWSError: for bad input, a missing table or a conflict, all before anything is written, and for a
        call that failed.
    """
    desired = parse_routes(params["routes"])
    ids = {route.route_table_id for route in desired}
    patience = params["retry_not_found_seconds"]
    if params["state"] == "absent":
        steps = steps_to_remove(desired, describe_tables(client, ids))
    else:
        tables = _existing_tables(client, ids, patience)
        terminal = _terminal(client, blocking_peerings(desired, tables)) if params["replace_blackhole"] else set()
        old = params.get("replace_connections") or []
        steps, conflicts = steps_to_add(desired, tables, params["replace"], terminal, old)
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


def _existing_tables(client: Any, ids: set[str], patience: float) -> Tables:
    """Read the tables; one made a moment ago may need a second read."""
    tables: Tables = {}
    for _attempt in attempts(patience, max_delay=5.0):
        tables = describe_tables(client, ids)
        if ids <= tables.keys():
            return tables
    missing = ", ".join(sorted(ids - tables.keys()))
    raise AnsibleAWSError(message=f"Nothing was changed: no route table {missing} in this account and region")


def _terminal(client: Any, ids: list[str]) -> set[str]:
    """Of these peering connections, those that will never be active: a pending one also makes a blackhole."""
    peerings = describe_peerings(client, ids)
    return {item for item in ids if item not in peerings or is_terminal(peerings[item])}


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
        patiently(call, patience)
    except AnsibleAWSError as error:
        if not _done_already(client, step, error_code(error)):
            raise


def _done_already(client: Any, step: Step, code: str) -> bool:
    """Return whether the step is done although its call failed: an answer was lost and the call sent again."""
    if step.call == "delete_route":
        return code in _GONE
    if code != "RouteAlreadyExists":
        return False
    return _state(step.route, describe_tables(client, [step.route.route_table_id])).verdict == "present"


def _destination_field(destination: str) -> str:
    return "DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock"
