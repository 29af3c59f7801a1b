# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shapes of what the doctor reads. Each reading stands alone: one that fails makes a link unknown, not the rest.

Pure, no AWS. The values of readings have the shapes of ``shapes.py``, ``compute.py`` and those below.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from .shapes import Identity, Reading, Role, VpcEndpoint


class NamedPolicy(TypedDict):
    """A policy of a role with its document."""

    name: str
    arn: str | None  # None for an inline policy
    document: dict[str, Any]


class RoleDetails(Role):
    """A role with the documents of all its policies."""

    policies: list[NamedPolicy]  # inline and attached
    boundary: NamedPolicy | None


class DoctorEndpoint(VpcEndpoint):
    """A VPC endpoint with what decides on whether a call passes it."""

    endpoint_type: str  # Interface, Gateway, …
    policy: dict[str, Any] | None


class ReadingsA(TypedDict):
    """What is read in account A. The type of each value is beside it; None is nothing of that name."""

    cluster: Reading  # ClusterDetails | None, as facts/dax.py shapes it
    subnet_group: Reading  # SubnetGroup | None
    role: Reading  # RoleDetails | None: the one that the consumer assumes
    service_role: Reading  # RoleDetails | None: the one with which DAX uses DynamoDB
    vpc: Reading  # Vpc | None, with dns_support and dns_hostnames
    subnets: Reading  # list[Subnet]: all of the VPC
    route_tables: Reading  # list[RouteTable]: all of the VPC
    network_acls: Reading  # list[NetworkAcl]
    security_groups: Reading  # list[SecurityGroup] with rules: those of the cluster
    peerings: Reading  # list[Peering] of the VPC, in terminal states too
    prefix_lists: Reading  # list[PrefixList] that routes and rules name
    nodes_subnets: Reading  # dict[node id, subnet id]: where each node is; of those that could be found
    nodes_addresses: NotRequired[Reading]  # dict[node id, list[address]]: of those that could be found


class ReadingsB(TypedDict):
    """What is read in account B for one consumer."""

    instance: Reading  # Instance | None; None too for a consumer without one
    instance_profile: Reading  # InstanceProfile | None
    role: Reading  # RoleDetails | None
    vpc: Reading  # Vpc | None, with dns_support and dns_hostnames
    subnets: Reading  # list[Subnet]: all of the VPC
    route_tables: Reading  # list[RouteTable]: all of the VPC
    network_acls: Reading  # list[NetworkAcl]
    security_groups: Reading  # list[SecurityGroup] with rules: those of the instance or the one that is named
    internet_gateways: Reading  # list[InternetGateway] attached to the VPC
    nat_gateways: Reading  # list[NatGateway] that default routes of the VPC lead to
    vpc_endpoints: Reading  # list[DoctorEndpoint] of the VPC
    peerings: Reading  # list[Peering] of the VPC, in terminal states too
    prefix_lists: Reading  # list[PrefixList] that routes and rules name
    private_zones: Reading  # list[PrivateZone] of the VPC
    endpoint_groups: Reading  # list[SecurityGroup] with rules: those that interface endpoints carry


class DoctorFactsA(TypedDict):
    """What the module dax_doctor_info returns for account A."""

    side: Literal["a"]
    identity: Identity
    region: str
    read_at: str  # ISO 8601, UTC
    roles: NotRequired[dict[str, Reading]]  # by name, RoleDetails | None: the role to assume is one of them
    readings: ReadingsA


class DoctorFactsB(TypedDict):
    """What the module dax_doctor_info returns for account B."""

    side: Literal["b"]
    identity: Identity
    region: str
    read_at: str
    name: str  # the consumer's
    wants_instance: bool  # whether there has to be one
    security_group_id: str | None  # the client's, where it is named or found
    subnet_ids: list[str]  # the client's subnets: of its instance, or those that are named; else all of its VPC
    any_subnet: NotRequired[bool]  # whether it may be in any of these, since nothing tells which
    readings: ReadingsB


class LiveNode(TypedDict):
    """One try from the consumer's host."""

    address: str
    port: int
    node_id: str | None
    connected: bool
    milliseconds: float | None
    error: str


class Live(TypedDict):
    """What was tried from the consumer's host."""

    host: str
    resolved: dict[str, list[str]]  # {name: addresses}; none for a name that is not known there
    nodes: list[LiveNode]  # TCP to each node
    identity: Reading  # str: the ARN that STS says of the host's own credentials; None if it was not tried
    assumed: Reading  # str: the ARN after AssumeRole
    items: list[LiveNode]  # GetItem through each node, where a table and a key were given
