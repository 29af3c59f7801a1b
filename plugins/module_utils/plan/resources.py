# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an action is about: an identity for programs, and the one place that puts it into words. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

# What stands for an id that AWS gives out only when the thing is made.
UNKNOWN = "known after apply"

# The words for each type of resource. Which of several is used depends on what is known of it.
_SENTENCES: dict[str, tuple[str, ...]] = {
    "account": ("account {account_id}",),
    "cidr_block": ("CIDR block {block}",),
    "cluster": ("DAX cluster {name}",),
    "cluster_document": ("the cluster document",),
    "consumer": ("consumer {key}",),
    "consumer_document": ("a consumer document", "consumer document {which}"),
    "consumer_name": ("name '{name}'",),
    "free_block": ("a free /{prefix} in {pools}",),
    "image": ("image {image_id}",),
    "instance": ("instance {instance_id}", "instance {name}"),
    "instance_profile": ("instance profile {name}",),
    "instance_type": ("instance type {name}",),
    "internet_gateway": ("internet gateway {internet_gateway_id}", "internet gateway"),
    "key_pair": ("key pair {name}",),
    "network_acl": ("network ACL {network_acl_id}",),
    "option": ("{value}",),
    "peering_connection": (
        "peering connection {id}",
        "peering connection {id} of {consumer}",
        "peering connection to {peer_vpc_id} of account {peer_owner_id}",
        "the peering connection",
    ),
    "policy": ("policy {name} of role {role}",),
    "role": ("role {name}",),
    "route": ("route {destination} in {route_table_id}", "route {destination} in the main route table"),
    "route_table": ("route table {route_table_id}",),
    "rule": (
        "rule TCP {port} from {source} on {group_id}",
        "rule {rule_id} on {group_id}",
        "rule TCP {port} from {name} to itself",
    ),
    "security_group": ("security group {group_id}", "security group {name}"),
    "subnet": ("subnet {subnet_id}", "subnet {block}"),
    "vpc": ("VPC {vpc_id}", "VPC {name}"),
    "vpc_block": ("VPC block {block}",),
    "vpc_endpoint": ("VPC endpoint {vpc_endpoint_id}", "VPC endpoint {service}"),
    "zones": ("availability zones {names}",),
}
_ATTRIBUTES: dict[str, str] = {
    "attachment": "attachment of {}",
    "description": "description of {}",
    "dns_resolution": "DNS resolution of {}",
    "instance_profile": "instance profile of {}",
    "ipv6_block": "IPv6 block of {}",
    "managed_policies": "managed policies of {}",
    "marks": "marks of {}",
    "map_public_ip": "public addresses in {}",
    "role": "role of {}",
    "security_groups": "security groups of {}",
    "tags": "tags of {}",
    "trust_policy": "trust policy of {}",
}
_BY_PARTS = {
    (kind, frozenset(re.findall(r"{(\w+)}", sentence))): sentence
    for kind, sentences in _SENTENCES.items()
    for sentence in sentences
}


@dataclass(frozen=True)
class Resource:
    """A resource, or an attribute of one.

    :ivar type: as in ``_SENTENCES``.
    :ivar parts: what names it, in the order of its id.
    :ivar attribute: as in ``_ATTRIBUTES``; None for the resource as a whole.
    """

    type: str
    parts: tuple[tuple[str, str], ...]
    attribute: str | None = None

    @property
    def id(self) -> str:
        return "/".join(value for _name, value in self.parts)

    @property
    def words(self) -> str:
        """How a line of the plan and a message name it."""
        template = _BY_PARTS[self.type, frozenset(name for name, _value in self.parts)]
        words = template.format(**dict(self.parts))
        return _ATTRIBUTES[self.attribute].format(words) if self.attribute else words

    def of(self, attribute: str) -> Resource:
        """Return an attribute of this resource."""
        return Resource(self.type, self.parts, attribute)

    def __str__(self) -> str:
        return self.words


def resource(kind: str, **parts: object) -> Resource:
    """Return a resource. A part that is None is not known yet.

    :raises KeyError: for a type, or a set of parts, that has no words.
    """
    made = Resource(kind, tuple((name, UNKNOWN if part is None else str(part)) for name, part in parts.items()))
    if (kind, frozenset(parts)) not in _BY_PARTS:
        raise KeyError(f"no words for {kind} with {', '.join(parts) or 'nothing'}")
    return made
