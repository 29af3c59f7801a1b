# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the doctor's readings of both accounts share.

The shapes are in ``common/doctor.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ..common.shapes import Reading, Tags, Vpc
from .ec2 import describe_vpc_attributes, describe_vpcs
from .networks import read_prefix_lists
from .reading import reading

Clients = Mapping[str, Any]


@dataclass(frozen=True)
class DoctorQuery:
    """What to read, by the options of the module ``dax_doctor_info``.

    :ivar instance: whether the consumer has to have an instance. ``instance_id`` names one that was not made here.
    """

    cluster_name: str = ""
    role_name: str = ""  # of account A, what consumers assume; of account B, the consumer's own
    role_per_consumer: bool = False
    name: str = ""
    cluster_arn: str = ""
    cluster_vpc_id: str | None = None
    vpc_id: str | None = None
    vpc_tags: Tags = field(default_factory=dict)
    subnet_ids: list[str] = field(default_factory=list)
    instance: bool = True
    instance_id: str | None = None
    instance_profile_name: str = ""
    security_group_id: str | None = None
    security_group_name: str = ""


def now() -> str:
    """Return the time of a reading."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def describe_vpc(ec2: Any, vpc_id: str) -> Vpc | None:
    """Return a VPC with its DNS attributes."""
    found = describe_vpcs(ec2, vpc_id=vpc_id)
    return {**found[0], **describe_vpc_attributes(ec2, vpc_id)} if found else None


def prefix_lists(ec2: Any, tables: Reading, groups: Reading) -> Reading:
    """Return a reading of the prefix lists that the tables and groups name, as far as these could be read."""
    return reading(lambda: read_prefix_lists(ec2, tables["value"] or [], groups["value"] or [], whole=True))
