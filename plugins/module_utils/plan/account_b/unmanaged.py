# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What others have in an owned VPC, or on an owned group: AWS would stop at it half way through a teardown. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...common.compute import Instance
from ...common.shapes import FactsB, NetworkInterface, Peering, SecurityGroup, VpcEndpoint
from ..peerings import is_open, sides
from .desired import Desired
from .owned import instance_claims, is_own_group, own_groups, own_subnets, security_group

# GuardDuty's Runtime Monitoring puts an endpoint and a group into every VPC of an account, and forgets them there.
# https://docs.aws.amazon.com/guardduty/latest/ug/runtime-monitoring-shared-vpc.html
_GUARDDUTY_SERVICE = ".guardduty-data"
_GUARDDUTY_GROUP = "GuardDutyManagedSecurityGroup-"
_GUARDDUTY_TAG = ("GuardDutyManaged", "true")

# The interfaces of VPC endpoints come and go with these, which are listed by themselves.
_OF_ENDPOINTS = frozenset({"vpc_endpoint", "gateway_load_balancer_endpoint"})


def guardduty_endpoints(facts: FactsB) -> list[VpcEndpoint]:
    """Return the endpoints that GuardDuty made in the VPC by itself."""
    return [
        item
        for item in facts["vpc_endpoints"]
        if _GUARDDUTY_SERVICE in item["service_name"] and _GUARDDUTY_TAG in item["tags"].items()
    ]


def guardduty_groups(facts: FactsB) -> list[SecurityGroup]:
    """Return the security groups that GuardDuty made in the VPC by itself."""
    return [
        item
        for item in facts["security_groups"]
        if item["group_name"].startswith(_GUARDDUTY_GROUP) and _GUARDDUTY_TAG in item["tags"].items()
    ]


def unmanaged_in_vpc(facts: FactsB, vpc_id: str, desired: Desired) -> list[str]:
    """Return the words for each thing in an owned VPC that this collection did not make."""
    own, named, owned = own_subnets(facts, desired), security_group(facts, desired), own_groups(facts, desired)
    groups = [*guardduty_groups(facts), *owned]
    groups += [named] if named and is_own_group(named, facts, desired) else []
    known, kept = guardduty_endpoints(facts), [item["group_id"] for item in groups]
    return [
        *(item["instance_id"] for item in facts["instances"] if not _is_own(item, facts, desired)),
        *(item["vpc_endpoint_id"] for item in facts["vpc_endpoints"] if not _goes(item, known, desired)),
        *(
            item["internet_gateway_id"]
            for item in facts["internet_gateways"]
            if not desired.is_owned(item["tags"], item["internet_gateway_id"])
        ),
        *facts["other_gateways"],
        *(item["route_table_id"] for item in facts["route_tables"] if not item["main"]),
        *(item["network_acl_id"] for item in facts["network_acls"] if not item["is_default"]),
        *(
            item["group_id"]
            for item in facts["security_groups"]
            if item["group_name"] != "default" and item["group_id"] not in kept
        ),
        *(item["id"] for item in facts["peerings"] if _holds(item, vpc_id, desired)),
        *(item["subnet_id"] for item in facts["subnets"] if item not in own),
        *_others(facts["network_interfaces"], facts["instances"]),
    ]


def obstacles_of_group(facts: FactsB, group: SecurityGroup, desired: Desired) -> list[str]:
    """Return the words for what keeps an owned group: interfaces, and rules of other groups."""
    group_id = group["group_id"]
    carrying = [item for item in facts["network_interfaces"] if group_id in item["security_group_ids"]]
    rules = [
        f"rule {rule['rule_id']} of {item['group_id']}"
        for item in facts["security_groups"]
        for rule in item["rules"]
        if item["group_id"] != group_id and rule["source_group_id"] == group_id
    ]
    own = [item for item in facts["instances"] if _is_own(item, facts, desired)]
    return [*_others(carrying, own), *rules]


def _is_own(instance: Instance, facts: FactsB, desired: Desired) -> bool:
    """Tell whether an instance is ours, or ends by itself and was."""
    ours = [item["instance_id"] for item in instance_claims(facts, desired).ours]
    ending = instance["state"] == "shutting-down" and desired.is_owned(instance["tags"], instance["instance_id"])
    return ending or instance["instance_id"] in ours


def _goes(endpoint: VpcEndpoint, known: list[VpcEndpoint], desired: Desired) -> bool:
    owned = desired.is_owned(endpoint["tags"], endpoint["vpc_endpoint_id"])
    return endpoint in known or owned or endpoint["state"] == "deleting"


def _others(interfaces: Iterable[NetworkInterface], instances: Iterable[Instance]) -> Iterator[str]:
    """Yield the interfaces that are not of an endpoint or of one of the instances, with who has them."""
    ids = {item["instance_id"] for item in instances}
    for item in interfaces:
        if item["interface_type"] not in _OF_ENDPOINTS and item["instance_id"] not in ids:
            yield f"{item['network_interface_id']} ({_words(item)})"


def _words(interface: NetworkInterface) -> str:
    made_by = f", made by {interface['requester']}" if interface["requester"] else ""
    kind = "" if interface["interface_type"] == "interface" else f"{interface['interface_type']}: "
    return f"{kind}{interface['description'] or 'without a description'}{made_by}"


def _holds(peering: Peering, vpc_id: str, desired: Desired) -> bool:
    """Tell whether an unmanaged peering connection joins the VPC to another one than the cluster's."""
    ends = {side["vpc_id"] for side in sides(peering)}
    other = vpc_id in ends and desired.cluster["vpc_id"] not in ends
    return is_open(peering) and not desired.is_owned(peering["tags"], peering["id"]) and other
