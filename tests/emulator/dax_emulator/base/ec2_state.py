# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads of moto's EC2 state, across accounts and regions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.ec2 import ec2_backends


def backend(account: str, region: str) -> Any:
    """moto's EC2 state of one account and region (made when first asked for)."""
    return ec2_backends[account][region]


def find_subnet(account: str, region: str, subnet_id: str) -> Any | None:
    for subnets in backend(account, region).subnets.values():
        if subnet_id in subnets:
            return subnets[subnet_id]
    return None


def find_vpc(account: str, region: str, vpc_id: str) -> Any | None:
    return backend(account, region).vpcs.get(vpc_id)


def find_group(account: str, region: str, group_id: str) -> Any | None:
    """A security group by id."""
    for groups in backend(account, region).groups.values():
        if group_id in groups:
            return groups[group_id]
    return None


def default_group(account: str, region: str, vpc_id: str) -> Any | None:
    """The default security group of a VPC."""
    groups = backend(account, region).groups.get(vpc_id, {})
    return next((group for group in groups.values() if group.name == "default"), None)


def find_instance(account: str, region: str, instance_id: str) -> Any | None:
    for reservation in backend(account, region).reservations.values():
        for instance in reservation.instances:
            if instance.id == instance_id:
                return instance
    return None


def vpc_subnets(account: str, region: str, vpc_id: str) -> Iterator[Any]:
    for subnets in backend(account, region).subnets.values():
        yield from (subnet for subnet in subnets.values() if subnet.vpc_id == vpc_id)


def vpc_cidrs(vpc: Any, ipv6: bool = False) -> list[str]:
    """Every associated CIDR block of a VPC, the primary one first."""
    return [
        association["cidr_block"]
        for association in vpc.get_cidr_block_association_set(ipv6=ipv6)
        if association.get("cidr_block_state", {}).get("state", "associated") == "associated"
    ]


def subnet_ipv6_cidrs(subnet: Any) -> list[str]:
    return [
        association["ipv6CidrBlock"]
        for association in subnet.ipv6_cidr_block_associations.values()
        if association["ipv6CidrBlockState"] == "associated"
    ]
