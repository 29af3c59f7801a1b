# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations on VPC peering connections (their state: `peering_state`). LocalStack's own take no part in them."""

from __future__ import annotations

from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.base import ec2_state
from dax_emulator.base.errors import aws_error
from dax_emulator.base.overrides import Proceed, override
from dax_emulator.ec2 import peering_state
from dax_emulator.ec2.filters import matching, page
from dax_emulator.ec2.peering_state import LIVE, Peering, Side

_OPTIONS = (
    "AllowDnsResolutionFromRemoteVpc",
    "AllowEgressFromLocalClassicLinkToRemoteVpc",
    "AllowEgressFromLocalVpcToRemoteClassicLink",
)


@override("ec2", "CreateVpcPeeringConnection")
def create(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    account, region = _where(context)
    if not request.get("VpcId") or not request.get("PeerVpcId"):
        raise aws_error("MissingParameter", "The request must contain the parameters vpcId and peerVpcId")
    if ec2_state.find_vpc(account, region, request["VpcId"]) is None:
        raise aws_error("InvalidVpcID.NotFound", f"The vpc ID '{request['VpcId']}' does not exist")
    requester = Side(account, region, request["VpcId"])
    accepter = Side(request.get("PeerOwnerId") or account, request.get("PeerRegion") or region, request["PeerVpcId"])
    with peering_state.lock:
        present = peering_state.between(requester, accepter, *LIVE)
        if present is not None and present.requester.key == requester.key:
            # AWS answers a repeated request with the connection that is there; its tags stay as they are
            return {"VpcPeeringConnection": describe(present, context)}
        peering = peering_state.create(requester, accepter)
        for specification in request.get("TagSpecifications") or []:
            for tag in specification.get("Tags") or []:
                ec2_state.backend(account, region).tags[peering.id][tag["Key"]] = tag.get("Value", "")
        found = describe(peering, context)
        message = f"Initiating Request to {accepter.account}"
        return {"VpcPeeringConnection": found | {"Status": {"Code": "initiating-request", "Message": message}}}


@override("ec2", "DescribeVpcPeeringConnections")
def describe_all(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    account, region = _where(context)
    if ids := request.get("VpcPeeringConnectionIds"):
        found = [_require(context, peering_id, write=False) for peering_id in ids]
    else:
        found = peering_state.visible_to(account, region)
    known = {
        "status-code": lambda peering: [peering.status],
        "status-message": lambda peering: [peering.message],
        "expiration-time": lambda peering: [peering.expires.strftime("%Y-%m-%dT%H:%M:%S.000Z")],
        "vpc-peering-connection-id": lambda peering: [peering.id],
        "requester-vpc-info.vpc-id": lambda peering: [peering.requester.vpc_id],
        "requester-vpc-info.owner-id": lambda peering: [peering.requester.account],
        "requester-vpc-info.cidr-block": lambda peering: peering.requester.cidrs()[0][:1],
        "accepter-vpc-info.vpc-id": lambda peering: [peering.accepter.vpc_id],
        "accepter-vpc-info.owner-id": lambda peering: [peering.accepter.account],
        "accepter-vpc-info.cidr-block": lambda peering: peering.accepter.cidrs()[0][:1],
    }
    tags = ec2_state.backend(account, region).tags
    found = matching(found, request.get("Filters"), known, lambda peering: list(tags.get(peering.id, {}).items()))
    shown, token = page(found, request)
    response: dict[str, Any] = {"VpcPeeringConnections": [describe(peering, context) for peering in shown]}
    return response | ({"NextToken": token} if token else {})


@override("ec2", "AcceptVpcPeeringConnection")
def accept(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    with peering_state.lock:
        peering = _require(context, request["VpcPeeringConnectionId"])
        _check_accepter(context, peering, "accept")
        if peering.status != "pending-acceptance":
            raise _wrong_state(peering, "provisioning")
        if peering_state.between(peering.requester, peering.accepter, "active", "provisioning") is not None:
            peering.become("failed", "A VPC peering connection between these VPCs already exists")
            message = f"The vpc peering connection identified by {peering.id} already exists."
            raise aws_error("VpcPeeringConnectionAlreadyExists", message)
        if peering.overlaps():
            peering.become("failed")
            raise _wrong_state(peering, "provisioning")
        peering.accept()
        found = describe(peering, context)
        return {"VpcPeeringConnection": found | {"Status": {"Code": "provisioning", "Message": "Provisioning"}}}


@override("ec2", "RejectVpcPeeringConnection")
def reject(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    with peering_state.lock:
        peering = _require(context, request["VpcPeeringConnectionId"])
        _check_accepter(context, peering, "reject")
        if peering.status != "pending-acceptance":
            raise _wrong_state(peering, "rejected")
        peering.become("rejected")
        return {"Return": True}


@override("ec2", "DeleteVpcPeeringConnection")
def delete(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    account, _ = _where(context)
    with peering_state.lock:
        peering = _require(context, request["VpcPeeringConnectionId"])
        if peering.status not in LIVE:
            raise _wrong_state(peering, "deleting")
        pending = peering.status in ("pending-acceptance", "initiating-request")
        if pending and peering.requester.account != account:
            raise aws_error("OperationNotPermitted", f"User ({account}) cannot delete peering {peering.id}")
        peering.become("deleted", f"Deleted by {account}")
        return {"Return": True}


@override("ec2", "ModifyVpcPeeringConnectionOptions")
def modify_options(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    account, region = _where(context)
    with peering_state.lock:
        peering = _require(context, request["VpcPeeringConnectionId"])
        if peering.status != "active":
            message = f"Peering {peering.id} is not active. Peering options can be added only to active peerings."
            raise aws_error("OperationNotPermitted", message)
        wanted: list[tuple[str, Side, dict[str, Any]]] = []
        for name, side in (("Requester", peering.requester), ("Accepter", peering.accepter)):
            options = request.get(f"{name}PeeringConnectionOptions")
            if not options:
                continue
            if (side.account, side.region) != (account, region):
                message = f"User {account} cannot modify {name.lower()} peering options of {peering.id} in {region}"
                raise aws_error("OperationNotPermitted", message)
            if options.get("AllowDnsResolutionFromRemoteVpc"):
                _check_dns(peering)
            wanted.append((name, side, options))
        if not wanted:
            raise aws_error("MissingParameter", "The request must contain requester or accepter peering options")
        response: dict[str, Any] = {}
        for name, side, options in wanted:
            side.allow_dns = bool(options.get("AllowDnsResolutionFromRemoteVpc", side.allow_dns))
            response[f"{name}PeeringConnectionOptions"] = _options(side)
        return response


def describe(peering: Peering, context: RequestContext) -> dict[str, Any]:
    """The connection as the caller's account sees it, with that account's own tags."""
    account, region = _where(context)
    status = peering.status
    tags = ec2_state.backend(account, region).tags.get(peering.id, {})
    found: dict[str, Any] = {
        "VpcPeeringConnectionId": peering.id,
        "RequesterVpcInfo": _side(peering.requester, True),
        "AccepterVpcInfo": _side(peering.accepter, status == "active"),
        "Status": {"Code": status, "Message": peering.message},
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }
    if status in ("initiating-request", "pending-acceptance", "failed", "expired"):
        found["ExpirationTime"] = peering.expires
    return found


def _side(side: Side, full: bool) -> dict[str, Any]:
    """One VPC; AWS shows the accepter's blocks and options only while the connection is active."""
    found: dict[str, Any] = {"OwnerId": side.account, "VpcId": side.vpc_id, "Region": side.region}
    ipv4, ipv6 = side.cidrs()
    if full and ipv4:
        found["CidrBlock"] = ipv4[0]
        found["CidrBlockSet"] = [{"CidrBlock": block} for block in ipv4]
        found["PeeringOptions"] = _options(side)
        if ipv6:
            found["Ipv6CidrBlockSet"] = [{"Ipv6CidrBlock": block} for block in ipv6]
    return found


def _options(side: Side) -> dict[str, bool]:
    return dict.fromkeys(_OPTIONS, False) | {"AllowDnsResolutionFromRemoteVpc": side.allow_dns}


def _require(context: RequestContext, peering_id: str, write: bool = True) -> Peering:
    peering = peering_state.get(peering_id)
    if peering is None or not peering.visible(*_where(context), write=write):
        message = f"The vpcPeeringConnection ID '{peering_id}' does not exist"
        raise aws_error("InvalidVpcPeeringConnectionID.NotFound", message)
    return peering


def _check_accepter(context: RequestContext, peering: Peering, verb: str) -> None:
    account, region = _where(context)
    if peering.accepter.account != account:
        raise aws_error("OperationNotPermitted", f"User ({account}) cannot {verb} peering {peering.id}")
    if peering.accepter.region != region:
        message = (
            f"Incorrect region ({region}) specified for this request. VPC peering connection {peering.id} "
            f"must be accepted or rejected in region {peering.accepter.region}"
        )
        raise aws_error("OperationNotPermitted", message)


def _check_dns(peering: Peering) -> None:
    for side in (peering.requester, peering.accepter):
        vpc = side.vpc
        if vpc is None or str(vpc.enable_dns_hostnames).lower() != "true":
            message = f"To enable DNS resolution for {peering.id}, DNS hostnames must be enabled for {side.vpc_id}"
            raise aws_error("InvalidVpcPeeringConnectionState.DnsHostnamesDisabled", message)


def _wrong_state(peering: Peering, wanted: str) -> Exception:
    message = f"Invalid state transition for {peering.id}, attempted to transition from {peering.status} to {wanted}"
    return aws_error("InvalidStateTransition", message)


def _where(context: RequestContext) -> tuple[str, str]:
    assert context.account_id and context.region
    return context.account_id, context.region
