# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quotas (setting `quotas`): how many VPCs, gateways, groups, rules, routes and peerings there may be.

Sources: "Amazon VPC quotas", Amazon VPC user guide; "VPC peering connection quotas", VPC peering guide; the codes in
"Error codes for the Amazon EC2 API", EC2 API reference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.base import ec2_state
from dax_emulator.base.errors import aws_error
from dax_emulator.base.settings import SETTINGS
from dax_emulator.ec2 import peering_state
from dax_emulator.ec2.group_rules import permission_keys, permissions, rule_key
from dax_emulator.ec2.peering_state import LIVE, Peering

# The quota, the error's code and words, and how many there would be after the call.
Check = tuple[str, str, str, Callable[[RequestContext, dict[str, Any]], int]]


def check(context: RequestContext, request: dict[str, Any]) -> None:
    """Refuse a call after which there would be more of something than its quota; a quota of 0 is none."""
    assert context.operation is not None
    for quota, code, message, count in _CHECKS.get(context.operation.name, ()):
        limit = SETTINGS.quotas.get(quota, 0)
        if limit and count(context, request) > limit:
            raise aws_error(code, message)


def _vpcs(context: RequestContext, request: dict[str, Any]) -> int:
    """Those of the account itself; what is shared with it counts for its owner."""
    return sum(vpc.owner_id == context.account_id for vpc in list(_backend(context).vpcs.values())) + 1


def _gateways(context: RequestContext, request: dict[str, Any]) -> int:
    gateways = list(_backend(context).internet_gateways.values())
    return sum(gateway.owner_id == context.account_id for gateway in gateways) + 1


def _groups_of_interface(context: RequestContext, request: dict[str, Any]) -> int:
    """The groups of the interface that has most of those that the request names."""
    named = [request.get(name) or [] for name in ("SecurityGroupIds", "Groups")]
    named += [interface.get("Groups") or [] for interface in request.get("NetworkInterfaces") or []]
    return max(len(set(groups)) for groups in named)


def _groups(context: RequestContext, request: dict[str, Any]) -> int:
    return sum(len(groups) for groups in _backend(context).groups.values()) + 1


def _rules(context: RequestContext, request: dict[str, Any]) -> int:
    """Rules in one direction, of the address family that has more; a source that is no block counts for both."""
    assert context.operation is not None
    group = _backend(context).get_security_group_by_name_or_id(request.get("GroupId") or request.get("GroupName") or "")
    if group is None:
        return 0
    rules = group.egress_rules if context.operation.name.endswith("Egress") else group.ingress_rules
    keys = {rule_key(rule) for rule in rules}
    for permission in permissions(request):
        keys |= set(permission_keys(permission, group.owner_id))
    blocks = [source if kind == "cidr" else None for *_, kind, source in keys]
    return max(sum(block is None or (":" in block) == ipv6 for block in blocks) for ipv6 in (False, True))


def _routes(context: RequestContext, request: dict[str, Any]) -> int:
    """Routes of the table of the new route's address family, the local one included."""
    table = _backend(context).route_tables.get(request.get("RouteTableId"))
    if table is None:
        return 0
    ipv6 = bool(request.get("DestinationIpv6CidrBlock"))
    return sum(bool(route.destination_ipv6_cidr_block) == ipv6 for route in table.routes.values()) + 1


def _requests(context: RequestContext, request: dict[str, Any]) -> int:
    """The open requests that the account made, of all its VPCs; a repeated one is none."""
    assert context.account_id and context.region
    found = peering_state.visible_to(context.account_id, context.region)
    own = [peering for peering in found if peering.requester.account == context.account_id]
    if any(peering.status in LIVE and _repeats(request, peering) for peering in own):
        return 0
    return sum(peering.status == "pending-acceptance" for peering in own) + 1


def _live_of_requester(context: RequestContext, request: dict[str, Any]) -> int:
    assert context.account_id and context.region
    found = list(peering_state.of_vpc(context.account_id, context.region, str(request.get("VpcId"))))
    if any(peering.status in LIVE and _repeats(request, peering) for peering in found):
        return 0
    return sum(peering.status in LIVE for peering in found) + 1


def _repeats(request: dict[str, Any], peering: Peering) -> bool:
    return (request.get("VpcId"), request.get("PeerVpcId")) == (peering.requester.vpc_id, peering.accepter.vpc_id)


def _active_of_both(context: RequestContext, request: dict[str, Any]) -> int:
    """Those of the side that has more."""
    peering = peering_state.get(str(request.get("VpcPeeringConnectionId")))
    if peering is None:
        return 0
    sides = [peering_state.of_vpc(*side.key) for side in (peering.requester, peering.accepter)]
    return max(sum(each.status in ("active", "provisioning") for each in found) for found in sides) + 1


def _backend(context: RequestContext) -> Any:
    assert context.account_id and context.region
    return ec2_state.backend(context.account_id, context.region)


_TOO_MANY_RULES = "The maximum number of rules per security group has been reached."
_TOO_MANY_PEERINGS = "The maximum number of active VPC peering connections per VPC has been reached."
_GROUPS_PER_INTERFACE: tuple[Check, ...] = (
    (
        "groups_per_interface",
        "SecurityGroupsPerInterfaceLimitExceeded",
        "The maximum number of security groups per interface has been reached.",
        _groups_of_interface,
    ),
)
_CHECKS: dict[str, tuple[Check, ...]] = {
    **dict.fromkeys(
        (
            "CreateNetworkInterface",
            "CreateVpcEndpoint",
            "ModifyInstanceAttribute",
            "ModifyNetworkInterfaceAttribute",
            "RunInstances",
        ),
        _GROUPS_PER_INTERFACE,
    ),
    "AcceptVpcPeeringConnection": (
        (
            "peerings_per_vpc",
            "ActiveVpcPeeringConnectionPerVpcLimitExceeded",
            _TOO_MANY_PEERINGS,
            _active_of_both,
        ),
    ),
    "AuthorizeSecurityGroupEgress": (
        ("rules_per_group", "RulesPerSecurityGroupLimitExceeded", _TOO_MANY_RULES, _rules),
    ),
    "AuthorizeSecurityGroupIngress": (
        ("rules_per_group", "RulesPerSecurityGroupLimitExceeded", _TOO_MANY_RULES, _rules),
    ),
    "CreateInternetGateway": (
        (
            "gateways_per_region",
            "InternetGatewayLimitExceeded",
            "The maximum number of internet gateways has been reached.",
            _gateways,
        ),
    ),
    "CreateRoute": (
        ("routes_per_table", "RouteLimitExceeded", "The maximum number of routes has been reached.", _routes),
    ),
    "CreateSecurityGroup": (
        (
            "groups_per_region",
            "SecurityGroupLimitExceeded",
            "The maximum number of security groups has been reached.",
            _groups,
        ),
    ),
    "CreateVpc": (("vpcs_per_region", "VpcLimitExceeded", "The maximum number of VPCs has been reached.", _vpcs),),
    "CreateVpcPeeringConnection": (
        (
            "peering_requests_per_region",
            "OutstandingVpcPeeringConnectionLimitExceeded",
            "The maximum number of outstanding VPC peering connection requests has been reached.",
            _requests,
        ),
        (
            "peerings_per_vpc",
            "ActiveVpcPeeringConnectionPerVpcLimitExceeded",
            _TOO_MANY_PEERINGS,
            _live_of_requester,
        ),
    ),
}
