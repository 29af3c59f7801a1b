# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of EC2's resources: written to what is there, all or none, and told by type. Their limits: `limits`.

Sources: CreateTags, DeleteTags, DescribeTags and TagDescription, EC2 API reference.
"""

from __future__ import annotations

from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.base import ec2_state
from dax_emulator.base.errors import aws_error
from dax_emulator.base.overrides import Proceed, override
from dax_emulator.ec2 import peering_state, resources
from dax_emulator.ec2.filters import Values, matching, page

# The resource types by the prefix of an id, where AWS's word for them is not the prefix itself.
TYPES = {
    "acl": "network-acl",
    "ami": "image",
    "cgw": "customer-gateway",
    "dopt": "dhcp-options",
    "eigw": "egress-only-internet-gateway",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "i": "instance",
    "igw": "internet-gateway",
    "key": "key-pair",
    "lt": "launch-template",
    "nat": "natgateway",
    "pcx": "vpc-peering-connection",
    "pl": "prefix-list",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "snap": "snapshot",
    "tgw": "transit-gateway",
    "vgw": "vpn-gateway",
    "vol": "volume",
    "vpce": "vpc-endpoint",
}
_FILTERS: dict[str, Values] = {
    "key": lambda tag: [tag["Key"]],
    "resource-id": lambda tag: [tag["ResourceId"]],
    "resource-type": lambda tag: [tag["ResourceType"]],
    "value": lambda tag: [tag["Value"]],
}


def passing(tags: list[dict[str, Any]], filters: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """The tags, as DescribeTags tells them, that pass all filters. `tag:<key>` is a key and its values."""

    def pairs(tag: dict[str, Any]) -> Any:
        return [(tag["Key"], tag["Value"])]

    return matching(tags, filters, _FILTERS, pairs)


@override("ec2", "DescribeTags")
def describe(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    there = _there(context)
    found = [
        {"ResourceId": resource, "ResourceType": _type(resource), "Key": key, "Value": value or ""}
        for resource, tags in list(_tags(context).items())
        for key, value in list(tags.items())
        if resources.kind_of(resource) is None or resource in there
    ]
    shown, token = page(passing(found, request.get("Filters")), request)
    return {"Tags": shown} | ({"NextToken": token} if token else {})


@override("ec2", "CreateTags")
def create(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    if not request.get("Tags"):
        raise aws_error("MissingParameter", "The request must contain the parameter tagSet")
    _check(context, request)
    for resource in request["Resources"]:
        _tags(context)[resource].update({tag["Key"]: tag.get("Value") or "" for tag in request["Tags"]})
    return {}


@override("ec2", "DeleteTags")
def delete(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    """A key alone removes the tag whatever its value is, no tags at all remove every one that is not AWS's own."""
    wanted = request.get("Tags") or []
    if any(tag["Key"].lower().startswith("aws:") for tag in wanted):
        raise aws_error("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
    _check(context, request)
    for resource in request["Resources"]:
        tags = _tags(context).get(resource, {})
        for key in [key for key in tags if not key.startswith("aws:")]:
            values = [tag.get("Value") for tag in wanted if tag["Key"] == key]
            if not wanted or any(value in (None, tags[key]) for value in values):
                del tags[key]
    return {}


def _check(context: RequestContext, request: dict[str, Any]) -> None:
    """Refuse the whole request if one of its resources is not there."""
    there = _there(context, write=True)
    for resource in request["Resources"]:
        if "-" not in resource:
            raise aws_error("InvalidID", f"The ID '{resource}' is not valid")
        if resources.kind_of(resource) is not None and resource not in there:
            raise resources.not_found(resource)


def _there(context: RequestContext, write: bool = False) -> set[str]:
    """The ids of all that the account has, the connections included that others asked it for."""
    account, region = _where(context)
    peerings = peering_state.visible_to(account, region, write)
    return resources.present(account, region) | {peering.id for peering in peerings}


def _type(resource: str) -> str:
    prefix = resource.partition("-")[0]
    return TYPES.get(prefix, prefix)


def _tags(context: RequestContext) -> Any:
    """moto's tags of the account and region: a dictionary of them for each id."""
    return ec2_state.backend(*_where(context)).tags


def _where(context: RequestContext) -> tuple[str, str]:
    assert context.account_id and context.region
    return context.account_id, context.region
