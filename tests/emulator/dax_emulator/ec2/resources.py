# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of EC2's resources: which there are now, and how AWS says that one of them does not exist.

Source of the codes: "Error codes for the Amazon EC2 API", EC2 API reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from dax_emulator.base import ec2_state
from dax_emulator.base.errors import aws_error
from dax_emulator.ec2 import peering_state

Ids = Callable[[Any], Iterable[str]]


@dataclass(frozen=True)
class Kind:
    """One kind of resources.

    `ids` gives those of an EC2 state of moto, `code` and `words` (with the id for `{}`) are AWS's answer for one that
    it does not find.
    """

    ids: Ids
    code: str
    words: str


def _nested(name: str) -> Ids:
    return lambda backend: (each for inner in list(getattr(backend, name).values()) for each in list(inner))


def _instances(backend: Any) -> Iterator[str]:
    for reservation in list(backend.reservations.values()):
        yield from (instance.id for instance in list(reservation.instances))


def _rules(backend: Any) -> Iterator[str]:
    for groups in list(backend.groups.values()):
        for group in list(groups.values()):
            yield from (rule.id for rule in [*group.ingress_rules, *group.egress_rules])


def _requested_peerings(backend: Any) -> Iterator[str]:
    """Those that the account asked for; when the other side sees them is a setting of its own."""
    account, region = backend.account_id, backend.region_name
    for peering in peering_state.visible_to(account, region):
        if (peering.requester.account, peering.requester.region) == (account, region):
            yield peering.id


def _associations(backend: Any) -> Iterator[str]:
    for table in list(backend.route_tables.values()):
        yield from list(table.associations)


# By the prefix of their ids.
KINDS = {
    "acl": Kind(
        lambda it: list(it.network_acls), "InvalidNetworkAclID.NotFound", "The networkAcl ID '{}' does not exist"
    ),
    "dopt": Kind(
        lambda it: list(it.dhcp_options_sets),
        "InvalidDhcpOptionsID.NotFound",
        "The dhcpOption ID '{}' does not exist",
    ),
    "eigw": Kind(
        lambda it: list(it.egress_only_internet_gateways),
        "InvalidGatewayID.NotFound",
        "The gateway ID '{}' does not exist",
    ),
    "eipalloc": Kind(
        lambda it: [address.id for address in list(it.addresses) if address.id],
        "InvalidAllocationID.NotFound",
        "The allocation ID '{}' does not exist",
    ),
    "eni": Kind(
        lambda it: list(it.enis), "InvalidNetworkInterfaceID.NotFound", "The networkInterface ID '{}' does not exist"
    ),
    "i": Kind(_instances, "InvalidInstanceID.NotFound", "The instance ID '{}' does not exist"),
    "igw": Kind(
        lambda it: list(it.internet_gateways),
        "InvalidInternetGatewayID.NotFound",
        "The internetGateway ID '{}' does not exist",
    ),
    "nat": Kind(lambda it: list(it.nat_gateways), "NatGatewayNotFound", "NAT gateway {} was not found"),
    "pcx": Kind(
        _requested_peerings,
        "InvalidVpcPeeringConnectionID.NotFound",
        "The vpcPeeringConnection ID '{}' does not exist",
    ),
    "r": Kind(lambda it: list(it.reservations), "InvalidReservationID.NotFound", "The reservation {} does not exist"),
    "rtb": Kind(
        lambda it: list(it.route_tables), "InvalidRouteTableID.NotFound", "The routeTable ID '{}' does not exist"
    ),
    "rtbassoc": Kind(_associations, "InvalidAssociationID.NotFound", "The association ID '{}' does not exist"),
    "sg": Kind(_nested("groups"), "InvalidGroup.NotFound", "The security group '{}' does not exist"),
    "sgr": Kind(_rules, "InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '{}' does not exist"),
    "subnet": Kind(_nested("subnets"), "InvalidSubnetID.NotFound", "The subnet ID '{}' does not exist"),
    "vol": Kind(lambda it: list(it.volumes), "InvalidVolume.NotFound", "The volume '{}' does not exist."),
    "vpc": Kind(lambda it: list(it.vpcs), "InvalidVpcID.NotFound", "The vpc ID '{}' does not exist"),
    "vpce": Kind(
        lambda it: list(it.vpc_end_points), "InvalidVpcEndpointId.NotFound", "The Vpc Endpoint Id '{}' does not exist"
    ),
}
# What a parameter of that name, not the kind, makes of it: a route's target.
_BY_PARAMETER = {
    "GatewayId": ("InvalidGatewayID.NotFound", "The gateway ID '{}' does not exist"),
    "NatGatewayId": ("InvalidNatGatewayID.NotFound", "The NatGateway ID '{}' does not exist"),
}


def present(account: str, region: str) -> set[str]:
    """The ids of all that is there."""
    backend = ec2_state.backend(account, region)
    return {each for kind in KINDS.values() for each in kind.ids(backend)}


def kind_of(resource: str) -> Kind | None:
    """The kind by an id's prefix; None for one that the emulator does not follow."""
    return KINDS.get(resource.partition("-")[0])


def not_found(resource: str, parameter: str = "") -> Exception:
    """AWS's error for a resource that is not there, named by this parameter of a request."""
    kind = kind_of(resource)
    if kind is None:
        return aws_error("InvalidParameterValue", f'Invalid id: "{resource}"')
    code, words = _BY_PARAMETER.get(parameter, (kind.code, kind.words))
    return aws_error(code, words.format(resource))
