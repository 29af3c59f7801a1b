# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shapes of facts and documents: what the facts wing reads, the plan wing decides on and the write wing compares.

Plain dictionaries at run time, since they cross the border between a module and a role as JSON; the types are for
those who read and check the code. Pure, no AWS, no Ansible.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from .compute import Instance, Launch

Tags = dict[str, str]


class Reading(TypedDict):
    """One reading; exactly one of the two is not None."""

    value: Any
    problem: str | None  # AWS's words in one line, and the action that the credentials lack


class Identity(TypedDict):
    """Who the credentials are."""

    account_id: str
    arn: str
    partition: str


class Endpoint(TypedDict):
    """An endpoint of a cluster or a node; without address and URL while it is being made."""

    address: str | None
    port: int
    url: str | None


class Node(TypedDict):
    endpoint: Endpoint
    availability_zone: NotRequired[str]


class ClusterGroup(TypedDict):
    security_group_identifier: str
    status: NotRequired[str]


class Cluster(TypedDict):
    """A DAX cluster, as far as it is decided on."""

    cluster_name: str
    cluster_arn: str
    status: str
    encryption_type: str  # NONE or TLS
    network_type: str  # ipv4, ipv6 or dual_stack
    endpoint: Endpoint
    nodes: NotRequired[list[Node]]
    subnet_group: NotRequired[str]
    security_groups: NotRequired[list[ClusterGroup]]


class Vpc(TypedDict):
    """A VPC with the blocks that are in association, the primary one first."""

    vpc_id: str
    cidr_blocks: list[str]
    ipv6_cidr_blocks: list[str]
    is_default: bool
    owner_id: str | None  # the account that it belongs to; another one's is shared by RAM
    tags: Tags
    # Read only of the VPC that a side's decision is about.
    dns_support: NotRequired[bool]
    dns_hostnames: NotRequired[bool]


class Subnet(TypedDict):
    subnet_id: str
    availability_zone: str
    cidr_block: str | None  # None in a subnet of IPv6 alone
    ipv6_cidr_blocks: list[str]
    map_public_ip: bool
    tags: Tags


class Route(TypedDict):
    """A route as it is."""

    destination: str  # a canonical CIDR block, or the id of a prefix list
    target_type: str | None  # local, or the kind of thing that target_id names
    target_id: str | None
    state: str  # active or blackhole
    origin: str | None


class RouteTable(TypedDict):
    route_table_id: str
    main: bool
    subnet_ids: list[str]  # of its explicit associations
    routes: list[Route]
    tags: Tags


class PrefixList(TypedDict):
    """A managed prefix list that routes or rules name."""

    prefix_list_id: str
    name: str
    owner_id: str | None  # AWS for one of AWS's own, whose blocks are public; None where it is not known
    ipv6: bool
    max_entries: int | None  # None for one of AWS's own, and where it could not be read
    blocks: list[str]  # its entries, where they are read
    problem: str | None  # why they could not be read


class NatGateway(TypedDict):
    """A NAT gateway that a default route leads to."""

    nat_gateway_id: str
    state: str
    connectivity: str  # public or private
    subnet_id: str | None  # where it is


class AclEntry(TypedDict):
    rule_number: int
    egress: bool
    allow: bool
    protocol: str
    cidr_block: str | None
    from_port: int | None
    to_port: int | None


class NetworkAcl(TypedDict):
    network_acl_id: str
    is_default: bool
    subnet_ids: list[str]
    entries: list[AclEntry]  # in the order in which AWS evaluates them


class Rule(TypedDict):
    """A security group rule as it is; of its four sources exactly one is not None."""

    rule_id: str | None
    egress: bool
    protocol: str
    from_port: int  # -1 where the protocol has none
    to_port: int
    cidr_ip: str | None
    cidr_ipv6: str | None
    source_group_id: str | None
    source_user_id: str | None
    prefix_list_id: str | None
    description: str | None
    tags: Tags


class SecurityGroup(TypedDict):
    group_id: str
    group_name: str
    description: str
    vpc_id: str | None
    tags: Tags
    rules: list[Rule]  # empty where they are not read, see the RETURN blocks of the _info modules


class PeeringStatus(TypedDict):
    code: str
    message: str


class PeeringSide(TypedDict):
    owner_id: str | None
    region: str | None
    vpc_id: str | None
    cidr_blocks: list[str]  # empty where EC2 does not show them, as of the other side before it accepts
    ipv6_cidr_blocks: list[str]
    dns_resolution: bool | None


class Peering(TypedDict):
    """A VPC peering connection; its tags are this account's own."""

    id: str
    status: PeeringStatus
    expiration_time: str | None
    requester: PeeringSide
    accepter: PeeringSide
    tags: Tags


class Role(TypedDict):
    role_name: str
    arn: str
    role_id: str
    path: str
    description: str  # "" where it has none
    trust: dict[str, object]
    inline_policies: dict[str, dict[str, object]]
    attached_policies: list[str]
    max_session_duration: int  # seconds
    permissions_boundary: str | None
    tags: Tags


class InstanceProfile(TypedDict):
    instance_profile_name: str
    instance_profile_id: str
    arn: str
    path: str
    role_names: list[str]
    tags: Tags


class InternetGateway(TypedDict):
    internet_gateway_id: str
    attached: bool
    tags: Tags


class VpcEndpoint(TypedDict):
    """A VPC endpoint, also one that is being deleted."""

    vpc_endpoint_id: str
    service_name: str
    state: str  # in lower case
    last_error: str  # AWS's words on one that failed, else empty
    private_dns: bool
    subnet_ids: list[str]
    security_group_ids: list[str]
    tags: Tags


class EndpointService(TypedDict):
    """A service that AWS offers VPC endpoints for."""

    service_name: str  # in full, as in the region
    availability_zones: list[str]
    private_dns_names: list[str]


class PrivateZone(TypedDict):
    """A private hosted zone whose names a VPC resolves."""

    name: str  # with its final dot
    owner: str  # an account or a service
    zone_id: str


class NetworkInterface(TypedDict):
    network_interface_id: str
    interface_type: str
    description: str
    requester: str | None  # who made it, where a service did
    instance_id: str | None  # that it is attached to
    subnet_id: str | None
    security_group_ids: list[str]


class FactsA(TypedDict):
    """What the module dax_account_a_info returns."""

    identity: Identity
    region: str
    cluster: Cluster | None
    cluster_arn: str
    cluster_names: list[str]  # read only when there is no cluster of the wanted name
    role: Role | None
    consumer_roles: dict[str, Role]
    other_roles: list[Role]  # of this cluster, under names that are not wanted now
    role_names_alike: list[str]  # roles whose names differ from a wanted one in case only
    vpc: Vpc | None
    cluster_subnet_ids: list[str]
    subnets: list[Subnet]
    # Of the cluster's VPC, and of those at this account's end of the peering connections that lie elsewhere.
    route_tables: list[RouteTable]
    effective_route_tables: dict[str, str]  # the table that each subnet follows
    network_acls: list[NetworkAcl]
    security_groups: list[SecurityGroup]  # the cluster's
    other_security_groups: list[SecurityGroup]  # those that hold rules of ours and are not the cluster's
    # Of the cluster's VPC, and those of other VPCs that carry the cluster's ownership tags.
    peerings: list[Peering]
    prefix_lists: list[PrefixList]  # that the tables and groups name
    quotas: dict[str, Reading]  # the account's own, of those that can matter
    usage: dict[str, Reading]  # what counts for a quota and is read for nothing else


class ConsumerNetwork(TypedDict):
    """A VPC of account B with what lies in it; all of it empty without one."""

    vpc: Vpc | None
    vpc_found_by: str | None  # id, tags, ours, peering, subnets or adopted
    subnets: list[Subnet]
    route_tables: list[RouteTable]
    effective_route_tables: dict[str, str]
    network_acls: list[NetworkAcl]
    security_groups: list[SecurityGroup]
    internet_gateways: list[InternetGateway]
    vpc_endpoints: list[VpcEndpoint]
    instances: list[Instance]
    # Read only for a removal.
    network_interfaces: list[NetworkInterface]
    other_gateways: list[str]  # VPN and egress-only internet gateways of the VPC


class FactsB(ConsumerNetwork):
    """What the module dax_account_b_info returns: the network is that of the VPC in use."""

    identity: Identity
    region: str
    vpcs: list[Vpc]
    elsewhere: list[ConsumerNetwork]  # other VPCs that carry our tags or hold what does
    role: Role | None
    other_roles: list[Role]  # ours under other names, and one whose name differs in case only
    instance_profile: InstanceProfile | None
    other_instance_profiles: list[InstanceProfile]  # likewise
    availability_zones: list[str]
    local_zones: list[str]  # local and Wavelength zones that the account has opted in to
    launch: Launch | None  # read only when an instance is to be made
    routed_cidr_blocks: list[str]
    endpoint_services: list[EndpointService] | None  # read only when an endpoint is missing
    private_zones: list[PrivateZone]  # of an adopted VPC, read with the services
    peerings: list[Peering]
    prefix_lists: list[PrefixList]  # that the tables and groups name; for a new VPC, all tables of the account
    hidden_networks: list[str]  # for a new VPC: default routes of the account behind which there may be any network
    nat_gateways: list[NatGateway]  # that the default routes of an adopted VPC lead to
    quotas: dict[str, Reading]
    usage: dict[str, Reading]


class ClusterDocument(TypedDict):
    """What account B has to know of account A; see docs/documents.md. Of a cluster that is gone, much is empty."""

    kind: str
    version: int
    account_id: str
    partition: str
    region: str
    cluster_name: str
    cluster_arn: str
    endpoint: Endpoint | None
    encryption_type: str
    network_type: str
    vpc_id: str | None
    cidr_blocks: list[str]
    ipv6_cidr_blocks: list[str]
    routed_cidr_blocks: list[str]
    role_arn: str | None
    role_per_consumer: bool
    external_id: str | None
    external_id_per_consumer: bool


class ConsumerDocument(TypedDict):
    """What account A has to know of a consumer; what is still to be made is None."""

    kind: str
    version: int
    name: str
    cluster_arn: str
    account_id: str
    partition: str
    region: str
    role_arn: str
    assumed_role_arn: str | None
    vpc_id: str | None
    cidr_blocks: list[str]
    ipv6_cidr_blocks: list[str]
    peering_connection_id: str | None
    peering_managed: bool
    security_group_id: str | None
    external_id: str | None


class BlockRequest(TypedDict):
    """Which block a consumer has, or what decides on the one that is chosen for it."""

    blocks: list[str]
    prefix: int
    pools: list[str]
    taken: list[str]
    # Where it is, <account id>/<region>, and the quotas that it takes one of there.
    place: str
    makes: list[str]
