# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shapes of instances and of what decides on a new one, as the facts wing reads them. Pure, no AWS, no Ansible."""

from __future__ import annotations

from typing import TypedDict


class Instance(TypedDict):
    """An instance that is there, or is just going (``shutting-down``)."""

    instance_id: str
    state: str
    instance_type: str
    image_id: str
    key_name: str | None
    subnet_id: str | None
    vpc_id: str | None
    instance_profile_arn: str | None
    instance_profile_id: str | None  # of the profile that it was associated with, whatever has its name now
    security_group_ids: list[str]
    private_ip_address: str | None
    public_ip_address: str | None
    tags: dict[str, str]


class EndedInstance(TypedDict):
    """An instance that was terminated in the last hour or so, or is being terminated."""

    instance_id: str
    code: str  # of AWS's state reason, such as Client.UserInitiatedShutdown
    message: str


class Image(TypedDict):
    image_id: str
    architecture: str
    state: str


class Launch(TypedDict):
    """What decides on a new instance."""

    availability_zones: list[str]  # those that have the type; none if AWS knows no such type here
    architectures: list[str]  # that the type can run
    image: Image | None  # the one that the user gave, None when there is no such image
    key_pairs: list[str]  # the key pair that the user gave, if there is such a one
    ended_instances: list[EndedInstance]  # of this consumer
