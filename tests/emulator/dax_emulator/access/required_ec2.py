# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The resources, with their tags, that an EC2 call needs a permission for.

Source: "Actions, resources, and condition keys for Amazon EC2" in AWS's service authorization reference, for the calls
that build a network and an instance in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.access.policy import listed
from dax_emulator.base import ec2_state
from dax_emulator.ec2 import peering_state

# What a call makes; its tags are those of the request.
_MAKES: dict[str, tuple[str, ...]] = {
    "AuthorizeSecurityGroupIngress": ("security-group-rule",),
    "CreateInternetGateway": ("internet-gateway",),
    "CreateSecurityGroup": ("security-group",),
    "CreateSubnet": ("subnet",),
    "CreateVpc": ("vpc",),
    "CreateVpcEndpoint": ("vpc-endpoint",),
    "CreateVpcPeeringConnection": ("vpc-peering-connection",),
    "RunInstances": ("instance", "network-interface", "volume"),
}
# Made in passing: AWS asks for a permission only if the call tags it.
_ONLY_TAGGED = {"security-group-rule"}

_TYPES = {
    "GroupId": "security-group",
    "Groups": "security-group",
    "InstanceId": "instance",
    "InstanceIds": "instance",
    "InternetGatewayId": "internet-gateway",
    "PrefixListId": "prefix-list",
    "RouteTableId": "route-table",
    "SecurityGroupIds": "security-group",
    "SubnetId": "subnet",
    "SubnetIds": "subnet",
    "VpcEndpointIds": "vpc-endpoint",
    "VpcId": "vpc",
    "VpcPeeringConnectionId": "vpc-peering-connection",
}
# What a call names and needs a permission for. Not all that it names: a route's target, for one, does not count.
_USES: dict[str, tuple[str, ...]] = {
    "AcceptVpcPeeringConnection": ("VpcPeeringConnectionId",),
    "AssociateIamInstanceProfile": ("InstanceId",),
    "AssociateSubnetCidrBlock": ("SubnetId",),
    "AssociateVpcCidrBlock": ("VpcId",),
    "AttachInternetGateway": ("InternetGatewayId", "VpcId"),
    "AuthorizeSecurityGroupIngress": ("GroupId",),
    "CreateInternetGateway": (),
    "CreateRoute": ("RouteTableId",),
    "CreateSecurityGroup": ("VpcId",),
    "CreateSubnet": ("VpcId",),
    "CreateVpc": (),
    "CreateVpcEndpoint": ("VpcId", "SubnetIds", "SecurityGroupIds"),
    "CreateVpcPeeringConnection": ("VpcId",),
    "DeleteInternetGateway": ("InternetGatewayId",),
    "DeleteRoute": ("RouteTableId",),
    "DeleteSecurityGroup": ("GroupId",),
    "DeleteSubnet": ("SubnetId",),
    "DeleteVpc": ("VpcId",),
    "DeleteVpcEndpoints": ("VpcEndpointIds",),
    "DeleteVpcPeeringConnection": ("VpcPeeringConnectionId",),
    "DescribeInstanceAttribute": ("InstanceId",),
    "DescribeVpcAttribute": ("VpcId",),
    "DetachInternetGateway": ("InternetGatewayId", "VpcId"),
    "GetManagedPrefixListEntries": ("PrefixListId",),
    "ModifyInstanceAttribute": ("InstanceId", "Groups"),
    "ModifySecurityGroupRules": ("GroupId",),
    "ModifySubnetAttribute": ("SubnetId",),
    "ModifyVpcAttribute": ("VpcId",),
    "ModifyVpcPeeringConnectionOptions": ("VpcPeeringConnectionId",),
    "RejectVpcPeeringConnection": ("VpcPeeringConnectionId",),
    "ReplaceRoute": ("RouteTableId",),
    "RevokeSecurityGroupIngress": ("GroupId",),
    "RunInstances": ("SubnetId", "SecurityGroupIds"),
    "TerminateInstances": ("InstanceIds",),
    "UpdateSecurityGroupRuleDescriptionsIngress": ("GroupId",),
}
_PREFIXES = {
    "i": "instance",
    "igw": "internet-gateway",
    "pcx": "vpc-peering-connection",
    "pl": "prefix-list",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "vol": "volume",
    "vpce": "vpc-endpoint",
}
Required = tuple[str, str, dict[str, str]]


def knows(operation: str) -> bool:
    """Whether the resources of a call are told; for any other, only its action counts."""
    return operation in _USES or operation in ("CreateTags", "DeleteTags")


def required(context: RequestContext, operation: str, request: Mapping[str, Any]) -> Iterator[Required]:
    """Every (action, ARN, condition keys) that a call needs."""
    prefix = f"arn:{context.partition}:ec2:{context.region}:{context.account_id}"
    action = f"ec2:{operation}"
    if operation in ("CreateTags", "DeleteTags"):
        for resource in request.get("Resources") or []:
            kind = _PREFIXES.get(resource.partition("-")[0], resource.partition("-")[0])
            yield action, f"{prefix}:{kind}/{resource}", {**_requested(request), **_existing(context, resource)}
        return
    if operation == "AcceptVpcPeeringConnection":
        peering = peering_state.get(str(request["VpcPeeringConnectionId"]))
        if peering:
            yield action, f"{prefix}:vpc/{peering.accepter.vpc_id}", _existing(context, peering.accepter.vpc_id)
    for parameter in _USES[operation]:
        for resource in listed(_given(request, parameter) or []):
            yield action, f"{prefix}:{_TYPES[parameter]}/{resource}", _existing(context, resource)
    for kind in _MAKES.get(operation, ()):
        tags = _tags_for(request, kind)
        if tags or kind not in _ONLY_TAGGED:
            yield action, f"{prefix}:{kind}/*", tags
        if tags:
            yield "ec2:CreateTags", f"{prefix}:{kind}/*", {**tags, "ec2:CreateAction": operation}
    if operation == "RunInstances" and str(request.get("ImageId")).startswith("ami-"):
        yield action, f"arn:{context.partition}:ec2:{context.region}::image/{request['ImageId']}", {}


def _given(request: Mapping[str, Any], parameter: str) -> Any:
    """A parameter's value; RunInstances may hold those of its network in a network interface."""
    if request.get(parameter):
        return request[parameter]
    interfaces = request.get("NetworkInterfaces") or []
    inside = {"SecurityGroupIds": "Groups"}.get(parameter, parameter)
    return [value for interface in interfaces for value in listed(interface.get(inside) or [])]


def _tags_for(request: Mapping[str, Any], kind: str) -> dict[str, str]:
    found = [item for item in request.get("TagSpecifications") or [] if item.get("ResourceType") == kind]
    return _requested(found[0]) if found else {}


def _requested(holder: Mapping[str, Any]) -> dict[str, str]:
    return {f"aws:RequestTag/{tag['Key']}": str(tag.get("Value", "")) for tag in holder.get("Tags") or []}


def _existing(context: RequestContext, resource: str) -> dict[str, str]:
    assert context.account_id and context.region
    tags = ec2_state.backend(context.account_id, context.region).tags.get(resource, {})
    return {f"{scope}:ResourceTag/{key}": str(value) for key, value in tags.items() for scope in ("aws", "ec2")}
