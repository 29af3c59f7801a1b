# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPCs, subnets and route tables that must not vanish under what depends on them."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

from localstack.aws.api import RequestContext
from moto.ec2.models import vpcs
from moto.ec2.models.subnets import SubnetBackend

from dax_emulator.base import ec2_state
from dax_emulator.base.errors import aws_error
from dax_emulator.base.overrides import Proceed, override
from dax_emulator.dax import store as dax_store
from dax_emulator.ec2 import interfaces, network_acls, peering_state
from dax_emulator.ec2.filters import Values, matching


def install() -> None:
    """Mend what moto does by itself.

    It makes the first subnet of each zone a default subnet with public addresses, in any VPC, and writes some of the
    IPv6 blocks that it provides with leading zeros, under which nobody finds them again.
    """
    original, provided = SubnetBackend.create_subnet, vpcs.random_ipv6_cidr

    def create_subnet(self: Any, vpc_id: str, *arguments: Any, **named: Any) -> Any:
        subnet = original(self, vpc_id, *arguments, **named)
        if self.vpcs[vpc_id].is_default != "true":
            subnet.default_for_az = "false"
            subnet.map_public_ip_on_launch = "false"
        return subnet

    SubnetBackend.create_subnet = create_subnet  # type: ignore[method-assign]
    vpcs.random_ipv6_cidr = lambda: str(ip_network(provided()))


@override("ec2", "DescribeVpcs")
def describe_vpcs(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    account, region = _where(context)
    for vpc_id in request.get("VpcIds") or []:
        if ec2_state.find_vpc(account, region, vpc_id) is None:
            raise aws_error("InvalidVpcID.NotFound", f"The vpc ID '{vpc_id}' does not exist")
    return proceed()


@override("ec2", "DeleteSubnet")
def delete_subnet(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    account, region = _where(context)
    subnet_id = request["SubnetId"]
    subnet = ec2_state.find_subnet(account, region, subnet_id)
    if subnet is None:
        raise aws_error("InvalidSubnetID.NotFound", f"The subnet ID '{subnet_id}' does not exist")
    if any(interface.subnet.id == subnet_id for interface in interfaces.in_use(account, region)) or _cluster_in(subnet):
        raise _dependency(f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")
    response = proceed()
    for table in ec2_state.backend(account, region).route_tables.values():
        for association_id in [one for one, target in table.associations.items() if target == subnet_id]:
            del table.associations[association_id]
    for acl in ec2_state.backend(account, region).network_acls.values():
        for association_id in [one for one, found in acl.associations.items() if found.subnet_id == subnet_id]:
            del acl.associations[association_id]
    return response


@override("ec2", "DeleteVpc")
def delete_vpc(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    account, region = _where(context)
    vpc_id = request["VpcId"]
    if ec2_state.find_vpc(account, region, vpc_id) is None:
        raise aws_error("InvalidVpcID.NotFound", f"The vpc ID '{vpc_id}' does not exist")
    with peering_state.lock:
        if _vpc_in_use(account, region, vpc_id):
            raise _dependency(f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
        response = proceed()
        for peering in peering_state.of_vpc(account, region, vpc_id):
            if peering.status == "pending-acceptance":  # only the requester's VPC gets here
                peering.become("deleted", f"Deleted by {account}")
    return response


@override("ec2", "DeleteRouteTable")
def delete_route_table(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    account, region = _where(context)
    table = ec2_state.backend(account, region).route_tables.get(request["RouteTableId"])
    if table is not None and table.main_association_id:
        raise _dependency(f"The routeTable '{table.id}' has dependencies and cannot be deleted.")
    return proceed()


@override("ec2", "AssociateVpcCidrBlock")
def associate_block(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    account, region = _where(context)
    vpc = ec2_state.find_vpc(account, region, request["VpcId"])
    if vpc is None:
        raise aws_error("InvalidVpcID.NotFound", f"The vpc ID '{request['VpcId']}' does not exist")
    wanted = request.get("CidrBlock") or request.get("Ipv6CidrBlock")
    if wanted:
        _check_block(account, region, vpc, wanted)
    if not request.get("Ipv6CidrBlock"):
        response = proceed()
        if request.get("AmazonProvidedIpv6CidrBlock"):
            _open_acls(account, region, vpc.id)
        return response
    # a block of one's own: moto knows only those that Amazon provides
    response = proceed({"VpcId": vpc.id, "AmazonProvidedIpv6CidrBlock": True})
    association = vpc.cidr_block_association_set[response["Ipv6CidrBlockAssociation"]["AssociationId"]]
    for table in ec2_state.backend(account, region).route_tables.values():
        for route in table.routes.values():
            if route.destination_ipv6_cidr_block == association["cidr_block"] and table.vpc_id == vpc.id:
                route.destination_ipv6_cidr_block = wanted
    association["cidr_block"] = wanted
    association["ipv6_pool"] = request.get("Ipv6Pool")
    response["Ipv6CidrBlockAssociation"]["Ipv6CidrBlock"] = wanted
    _open_acls(account, region, vpc.id)
    return response


def _open_acls(account: str, region: str, vpc_id: str) -> None:
    for acl in ec2_state.backend(account, region).network_acls.values():
        if acl.vpc_id == vpc_id:
            network_acls.add_ipv6(acl)


def _check_block(account: str, region: str, vpc: Any, wanted: str) -> None:
    """A further block must not overlap one of the VPC's own or of a VPC that it is peered with."""
    try:
        network = ip_network(wanted)
    except ValueError:
        message = f"Value ({wanted}) for parameter cidrBlock is invalid. This is not a valid CIDR block."
        raise aws_error("InvalidParameterValue", message) from None
    ipv6 = network.version == 6
    others = list(ec2_state.vpc_cidrs(vpc, ipv6))
    for peering in peering_state.of_vpc(account, region, vpc.id):
        side = peering.side(account, region, vpc.id)
        if peering.status == "active" and side is not None:
            others += peering.other(side).cidrs()[ipv6]
    for block in others:
        if ip_network(block, strict=False).overlaps(network):
            message = f"The CIDR '{wanted}' conflicts with {block} of the VPC or of one that it is peered with"
            raise aws_error("InvalidVpc.Range", message)


def _vpc_in_use(account: str, region: str, vpc_id: str) -> bool:
    backend = ec2_state.backend(account, region)
    if any(ec2_state.vpc_subnets(account, region, vpc_id)):
        return True
    if any(interface.subnet.vpc_id == vpc_id for interface in interfaces.in_use(account, region)):
        return True
    if any(gateway.vpc is not None and gateway.vpc.id == vpc_id for gateway in backend.internet_gateways.values()):
        return True
    if any(group.name != "default" for group in backend.groups.get(vpc_id, {}).values()):
        return True
    for peering in peering_state.of_vpc(account, region, vpc_id):
        requested = (peering.requester.account, peering.requester.vpc_id) == (account, vpc_id)
        if peering.status in ("active", "provisioning") or (peering.status == "pending-acceptance" and not requested):
            return True
    return False


def _cluster_in(subnet: Any) -> bool:
    """Whether a DAX cluster has nodes in the subnet."""
    store = dax_store.of(subnet.owner_id, subnet.ec2_backend.region_name)
    groups = {
        name
        for name, group in store.subnet_groups.items()
        if any(record.subnet_id == subnet.id for record in group.subnets)
    }
    return any(
        record.subnet_group in groups
        and any(node.availability_zone == subnet.availability_zone for node in record.nodes)
        for record in store.clusters()
    )


def _dependency(message: str) -> Exception:
    return aws_error("DependencyViolation", message)


def _where(context: RequestContext) -> tuple[str, str]:
    assert context.account_id and context.region
    return context.account_id, context.region


@override("ec2", "DescribeSubnets")
def describe_subnets(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    """moto lacks the filters by IPv6 block."""
    filters = request.get("Filters") or []
    ours = [one for one in filters if one["Name"] in _IPV6_FILTERS]
    if not ours:
        return proceed()
    response = proceed({**request, "Filters": [one for one in filters if one not in ours]})
    response["Subnets"] = matching(response.get("Subnets") or [], ours, _IPV6_FILTERS, lambda subnet: [])
    return response


def _ipv6(read: Callable[[dict[str, Any]], str | None]) -> Values:
    return lambda subnet: [read(item) for item in subnet.get("Ipv6CidrBlockAssociationSet") or []]


_IPV6_FILTERS: dict[str, Values] = {
    "ipv6-cidr-block-association.association-id": _ipv6(lambda item: item.get("AssociationId")),
    "ipv6-cidr-block-association.ipv6-cidr-block": _ipv6(lambda item: item.get("Ipv6CidrBlock")),
    "ipv6-cidr-block-association.state": _ipv6(lambda item: (item.get("Ipv6CidrBlockState") or {}).get("State")),
}
