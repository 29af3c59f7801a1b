# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The entries that AWS puts into every network ACL: moto knows them for IPv4 in default ACLs only."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.network_acls import NetworkAclBackend

from dax_emulator.base import ec2_state

_ALLOW_ALL, _DENY_REST = "100", "32767"
_ALLOW_ALL_IPV6, _DENY_REST_IPV6 = "101", "32768"


def install() -> None:
    original = NetworkAclBackend.create_network_acl

    def create_network_acl(self: Any, vpc_id: str, *arguments: Any, **named: Any) -> Any:
        acl = original(self, vpc_id, *arguments, **named)
        _add(acl, _DENY_REST, "deny", cidr_block="0.0.0.0/0")
        if ec2_state.vpc_cidrs(self.vpcs[vpc_id], ipv6=True):
            add_ipv6(acl)
        return acl

    NetworkAclBackend.create_network_acl = create_network_acl  # type: ignore[method-assign]


def add_ipv6(acl: Any) -> None:
    """What happens to an ACL when its VPC gets an IPv6 block; one whose rules were changed is not opened."""
    numbers = {entry.rule_number for entry in acl.network_acl_entries}
    if acl.default == "true" and numbers <= {_ALLOW_ALL, _DENY_REST}:
        _add(acl, _ALLOW_ALL_IPV6, "allow", ipv6_cidr_block="::/0")
    _add(acl, _DENY_REST_IPV6, "deny", ipv6_cidr_block="::/0")


def _add(acl: Any, number: str, action: str, cidr_block: str | None = None, ipv6_cidr_block: str | None = None) -> None:
    """Add an entry for both directions, unless there is one of that number."""
    for egress in ("true", "false"):
        if any((entry.rule_number, entry.egress) == (number, egress) for entry in acl.network_acl_entries):
            continue
        acl.ec2_backend.create_network_acl_entry(
            network_acl_id=acl.id,
            rule_number=number,
            protocol="-1",
            rule_action=action,
            egress=egress,
            cidr_block=cidr_block,
            icmp_code=None,
            icmp_type=None,
            port_range_from=None,
            port_range_to=None,
            ipv6_cidr_block=ipv6_cidr_block,
        )
