# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there against what is desired: one comparison a thing, for the plan and the module that writes it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from .addresses import is_default
from .ec2 import TERMINAL
from .shapes import Peering, PrefixList, Route, Rule, Tags


def differing(current: Mapping[str, Any], desired: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of ``current`` that ``desired`` would change or add, None where there is none now.

    What only ``current`` has does not count: it is somebody else's, such as a tag.
    """
    return {key: current.get(key) for key, value in desired.items() if current.get(key) != value}


def changed_tags(current: Tags, desired: Tags) -> Tags:
    """Return the tags that have to be set."""
    return {key: desired[key] for key in differing(current, desired)}


def surplus_tags(current: Tags, desired: Tags) -> list[str]:
    """Return the keys of the tags to remove where only ``desired`` may stay, sorted; AWS's own always stay."""
    return sorted(key for key in current if key not in desired and not key.startswith("aws:"))


def text_tags(tags: Mapping[str, object]) -> Tags:
    """Return tags as AWS keeps them: an option may give a number or a boolean, AWS gives back text."""
    return {key: str(value) for key, value in tags.items()}


class RouteState(NamedTuple):
    """How a table stands to a desired route.

    ``missing``; ``present``; ``stale``: a blackhole to a peering connection in a terminal state, which serves nobody;
    ``local``: the VPC's own block; ``unmanaged``: it leads elsewhere, and is somebody else's.
    """

    verdict: Literal["missing", "present", "stale", "local", "unmanaged"]
    found: Route | None


def compare_route(
    routes: Iterable[Route], destination: str, target_id: str | None, terminal: Callable[[str], bool]
) -> RouteState:
    """Compare one table with one desired route.

    :param destination: a canonical CIDR block; only a route for exactly this one counts.
    :param target_id: where it has to lead; None when that is not made yet.
    :param terminal: whether a peering connection, by its id, will never be active.
    """
    found = find_route(routes, destination)
    if found is None:
        return RouteState("missing", None)
    if target_id and found["target_id"] == target_id:
        return RouteState("present", found)
    if found["target_type"] == "local":
        return RouteState("local", found)
    if is_peering_blackhole(found) and terminal(str(found["target_id"])):
        return RouteState("stale", found)
    return RouteState("unmanaged", found)


def find_route(routes: Iterable[Route], destination: str) -> Route | None:
    """Return the route for exactly this block; a static one rather than a propagated one, as EC2 prefers."""
    return min((route for route in routes if route["destination"] == destination), key=is_propagated, default=None)


def is_propagated(route: Route) -> bool:
    return route["origin"] == "EnableVgwRoutePropagation"


def blocks_of(route: Route, lists: Iterable[PrefixList]) -> list[str]:
    """Return the blocks that a route is for: its destination, or the entries of the prefix list that it names.

    Of a list that could not be read, and of AWS's own, there are none.
    """
    destination = route["destination"]
    if "/" in destination:
        return [destination]
    return next((item["blocks"] for item in lists if item["prefix_list_id"] == destination), [])


# Behind these there may be networks that no route table of the VPC shows: those of other VPCs, of offices, of whatever
# an appliance knows. https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html
_LEADING_ANYWHERE = ("transit_gateway", "core_network", "local_gateway", "instance", "network_interface")


def hides_networks(route: Route) -> bool:
    """Tell whether a route is a default route behind which there may be any private network."""
    if not is_default(route["destination"]) or route["state"] != "active":
        return False
    return route["target_type"] in _LEADING_ANYWHERE or str(route["target_id"]).startswith(("vgw-", "vpce-"))


def is_peering_blackhole(route: Route) -> bool:
    """Return whether a route leads to a peering connection that is not active: terminal, or still to be accepted."""
    return route["target_type"] == "vpc_peering_connection" and route["state"] == "blackhole"


RuleKey: TypeAlias = "tuple[str, int, int, str | None, str | None, str | None, str | None]"


def rule_key(rule: Rule) -> RuleKey:
    """Return what makes a rule the same to EC2: protocol, ports and source. Ids of groups are unique without owner."""
    return (
        rule["protocol"],
        rule["from_port"],
        rule["to_port"],
        rule["cidr_ip"],
        rule["cidr_ipv6"],
        rule["source_group_id"],
        rule["prefix_list_id"],
    )


class RuleState(NamedTuple):
    """How a group stands to a desired rule: the rule that is there, whether its description differs, tags to set."""

    found: Rule | None
    redescribe: bool
    tags: Tags


def compare_rule(rules: Sequence[Rule], desired: Rule) -> RuleState:
    """Compare a group's rules with one desired ingress rule."""
    key = rule_key(desired)
    found = next((rule for rule in rules if not rule["egress"] and rule_key(rule) == key), None)
    if found is None:
        return RuleState(None, False, desired["tags"])
    return RuleState(
        found, found["description"] != desired["description"], changed_tags(found["tags"], desired["tags"])
    )


class PeeringState(NamedTuple):
    """What of a peering connection's settings has to be set: tags, and DNS resolution or None for nothing."""

    tags: Tags
    dns_resolution: bool | None


def compare_peering(
    peering: Peering, side: Literal["requester", "accepter"], tags: Tags | None, dns_resolution: bool | None
) -> PeeringState:
    """Compare the settings of a peering connection.

    :param side: whose DNS resolution is meant, that of the account that asks.
    :param tags: desired tags; None leaves them as they are.
    :param dns_resolution: None leaves it as it is.
    """
    current = bool(peering[side]["dns_resolution"])
    return PeeringState(
        changed_tags(peering["tags"], tags or {}), None if dns_resolution == current else dns_resolution
    )


def is_terminal(peering: Peering) -> bool:
    return peering["status"]["code"] in TERMINAL
