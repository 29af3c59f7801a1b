# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shapes of what the check before the first run reads: what is asked for, and what came of each reading. Pure.

A reading that AWS refused does not end the check: it has a ``problem`` and no ``value``.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict

from .shapes import Identity, Reading


class Probe(TypedDict):
    """What AWS is asked of the caller's rights: each action on each resource."""

    sid: str
    actions: list[str]
    resources: list[str]
    context: dict[str, str]


class Decision(TypedDict):
    """What AWS says of one action on one resource."""

    sid: str
    action: str
    resource: str
    allowed: bool
    # Why not: boundary, organization, or policy. Condition keys that the caller's policies ask for and nobody gave.
    by: str
    missing_keys: list[str]


class QuotaQuery(TypedDict):
    """A quota as the Service Quotas API names it."""

    name: str
    service: str
    code: str


class Usage(TypedDict):
    """How much there is in the account and region of what a quota counts."""

    internet_gateways: Reading  # a number
    peering_requests: Reading  # requests of this account that nobody has answered
    standard_vcpus: Reading  # of running instances of the families A, C, D, H, I, M, R, T, Z


class Prerequisites(TypedDict):
    """What the module dax_account_check_info returns."""

    identity: Identity
    region: str
    regions: Reading  # {region: opt-in-not-required, opted-in or not-opted-in}
    rights: NotRequired[Reading]  # [Decision]
    principal: NotRequired[str]  # whose policies were asked about
    quotas: dict[str, Reading]  # {name: number}
    iam: NotRequired[Reading]  # {Roles, RolesQuota, InstanceProfiles, InstanceProfilesQuota}
    usage: NotRequired[Usage]
    vcpus: NotRequired[Reading]  # of the instance type; 0 for one that is not there


# The quota "Running On-Demand Standard instances" counts the vCPUs of the families that begin with these letters, such
# as t3 and c7g, without those that have quotas of their own.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html#ec2-on-demand-instances-limits
_STANDARD = tuple("acdhimrtz")
_NOT_STANDARD = ("dl", "hpc", "inf", "mac", "trn")


def is_standard(instance_type: str) -> bool:
    """Return whether the vCPUs of an instance type count for the quota of standard instances."""
    return instance_type.startswith(_STANDARD) and not instance_type.startswith(_NOT_STANDARD)
