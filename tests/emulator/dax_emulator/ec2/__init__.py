# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2 as strict, as slow and as forgetful as AWS where VPCs of two accounts are joined.

Importing it registers the overrides.
"""

from dax_emulator.ec2 import (
    endpoint_services,
    endpoints,
    every_call,
    gateways,
    images,
    instance_ends,
    instance_profiles,
    instance_types,
    instances,
    interfaces,
    metadata_options,
    network,
    network_acls,
    peering_operations,
    prefix_lists,
    region_list,
    routes,
    security_groups,
    tags,
)

__all__ = ["install"]


def install() -> None:
    """Patch moto where an override of the operation does not reach."""
    instance_profiles.install()
    network.install()
    network_acls.install()
    security_groups.install()
    for module in (
        endpoint_services,
        endpoints,
        every_call,
        gateways,
        images,
        instance_ends,
        instance_types,
        instances,
        interfaces,
        metadata_options,
        peering_operations,
        prefix_lists,
        region_list,
        routes,
        tags,
    ):
        assert module  # imported for their overrides
