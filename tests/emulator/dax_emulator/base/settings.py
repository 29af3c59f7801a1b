# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that tests change at run time through the control API, one by one or by a preset."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from typing import Annotated, Any, get_type_hints

from dax_emulator.base import kinds, regions

NO_QUOTAS = {  # 0: no limit
    "gateways_per_region": 0,
    "groups_per_interface": 0,
    "groups_per_region": 0,
    "peering_requests_per_region": 0,
    "peerings_per_vpc": 0,
    "routes_per_table": 0,
    "rules_per_group": 60,
    "vpcs_per_region": 0,
}
# Source: "Amazon VPC quotas" and "VPC peering quotas", Amazon VPC user and peering guides.
AWS_QUOTAS = {
    "gateways_per_region": 5,
    "groups_per_interface": 5,
    "groups_per_region": 2500,
    "peering_requests_per_region": 25,
    "peerings_per_vpc": 50,
    "routes_per_table": 500,
    "rules_per_group": 60,
    "vpcs_per_region": 5,
}

# What each preset changes of the defaults. `realistic` is an AWS in which everything takes a few seconds.
PRESETS: dict[str, dict[str, Any]] = {
    "fast": {},
    "realistic": {
        "visibility_seconds": 4,
        "iam_visibility_seconds": 2,
        "replica_seconds": 5,
        "role_arn_seconds": 2,
        "detach_seconds": 3,
        "cluster_seconds": 3,
        "enforce_iam": True,
        "enabled_regions": {},
        "ec2_visibility_seconds": 2,
        "peering_visibility_seconds": 2,
        "peering_accept_seconds": 4,
        "peering_provisioning_seconds": 2,
        "terminate_seconds": 4,
        "endpoint_seconds": 4,
        "quotas": AWS_QUOTAS,
    },
}

# The type of a setting carries the check of `base.kinds` that a new value goes through.
Seconds = Annotated[float, kinds.seconds]
Boolean = Annotated[bool, kinds.boolean]
Regions = Annotated[list[str], kinds.region_list]
Accounts = Annotated[list[str], kinds.account_list]
RegionsOfAccounts = Annotated[dict[str, list[str]], kinds.regions_of_accounts]
FamiliesOfZones = Annotated[dict[str, list[str]], kinds.families_of_zones]
AccountsOfSubnets = Annotated[dict[str, list[str]], kinds.accounts_of_subnets]
ServicesOfZones = Annotated[dict[str, list[str]], kinds.services_of_zones]
Preset = Annotated[str, lambda name, value: kinds.choice(name, value, PRESETS)]
Quotas = Annotated[dict[str, int], lambda name, value: kinds.numbers(name, value, NO_QUOTAS)]


@dataclass
class Settings:
    """All times are in seconds; zero means "at once"."""

    preset: Preset = "fast"  # the last one that was set

    # IAM, STS, DAX, the data plane
    visibility_seconds: Seconds = 0  # until other services see a new role or instance profile
    iam_visibility_seconds: Seconds = 0  # until IAM's own reads and writes see what is new
    replica_seconds: Seconds = 0  # that every second read does not know of a change (IAM and EC2)
    role_arn_seconds: Seconds = 0  # that a new role shows its unique id in place of its ARN
    detach_seconds: Seconds = 0  # that what was taken off or out of something still counts as being there
    cluster_seconds: Seconds = 0  # that a DAX cluster stays in creating, modifying, deleting
    credential_lifetime_seconds: Seconds = 0  # that issued sessions live at most, whatever was asked for; 0: as asked
    dax_strict_expiry: Boolean = False  # whether DAX ends a connection's authorization when its credentials expire
    enforce_iam: Boolean = False  # whether users' and sessions' policies limit every call, not just AssumeRole
    opt_in_regions: Regions = field(default_factory=lambda: list(regions.OPT_IN))  # that an account has to enable
    enabled_regions: RegionsOfAccounts = field(default_factory=lambda: {"*": ["*"]})  # which of these each account has
    regions_without_dax: Regions = field(default_factory=lambda: list(regions.WITHOUT_DAX))
    known_accounts: Accounts = field(default_factory=list)  # that exist, for trust policies; none: every account does

    # EC2
    ec2_visibility_seconds: Seconds = 0  # until EC2's reads and writes see what is new
    peering_visibility_seconds: Seconds = 0  # until the accepter sees a new peering request
    peering_accept_seconds: Seconds = 0  # until the accepter's writes find a request, which its reads may show before
    peering_provisioning_seconds: Seconds = 0  # between accepting a peering and its turning active
    terminate_seconds: Seconds = 0  # that a terminated instance stays in shutting-down
    endpoint_seconds: Seconds = 0  # that a VPC endpoint stays in pending and in deleting
    zones_without_types: FamiliesOfZones = field(default_factory=lambda: {"us-east-1e": ["t3", "t4g"]})
    zones_without_services: ServicesOfZones = field(default_factory=dict)  # that lack VPC endpoints of these services
    shared_subnets: AccountsOfSubnets = field(default_factory=dict)  # with which accounts a subnet is shared (AWS RAM)
    instances_die: Boolean = False  # whether an instance ends as soon as it is launched, as for want of a KMS grant
    quotas: Quotas = field(default_factory=lambda: dict(NO_QUOTAS))

    def merge(self, changes: dict[str, Any]) -> None:
        """Set what `changes` names; a preset is set first, and quotas that are left out stay.

        Raises ValueError, one line, on an unknown name or a wrong value; nothing is changed then.
        """
        checked = {}
        for name, value in changes.items():
            if name not in _CHECKS:
                raise ValueError(f"unknown setting {name!r}: choose one of {', '.join(sorted(_CHECKS))}")
            checked[name] = _CHECKS[name](name, value)
        start = {}
        if "preset" in checked:
            start = {**asdict(Settings()), **copy.deepcopy(PRESETS[checked["preset"]])}
        quotas = {**start.get("quotas", self.quotas), **checked.get("quotas", {})}
        for name, value in {**start, **checked, "quotas": quotas}.items():
            setattr(self, name, value)

    def enabled(self, account: str, region: str) -> bool:
        """Whether an account may use a region."""
        own = self.enabled_regions.get(account, self.enabled_regions.get("*", []))
        return region not in self.opt_in_regions or region in own or "*" in own

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


_TYPES = get_type_hints(Settings, include_extras=True)
_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    item.name: _TYPES[item.name].__metadata__[0] for item in fields(Settings)
}

SETTINGS = Settings()
