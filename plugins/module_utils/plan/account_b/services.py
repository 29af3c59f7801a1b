# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which services account B needs VPC endpoints for, and what AWS offers. Pure, no AWS."""

from __future__ import annotations

from ...common.ec2 import endpoint_of
from ...common.shapes import EndpointService, FactsB
from ..options import ConsumerOptions
from .desired import Desired

SSM_SERVICES = ("ssm", "ssmmessages", "ec2messages")
# The agent does without it, and newer regions do not have it.
# https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-setting-up-messageAPIs.html
OPTIONAL = frozenset({"ec2messages"})


def wanted_services(options: ConsumerOptions) -> list[str]:
    """Return the services that need an endpoint by the options, such as ``sts``."""
    if options.sts_access != "vpc_endpoint" or options.state == "absent":
        return []
    return ["sts", *(SSM_SERVICES if options.ssm_access else ())]


def missing_services(facts: FactsB, desired: Desired) -> dict[str, EndpointService | None]:
    """Return the services that have no endpoint, with what AWS offers for each; None for nothing.

    An optional one that AWS does not offer is left out.
    """
    found: dict[str, EndpointService | None] = {}
    for service in wanted_services(desired.options):
        if endpoint_of(facts["vpc_endpoints"], facts["region"], service) is None:
            offered = offered_service(facts, service)
            if offered or service not in OPTIONAL:
                found[service] = offered
    return found


def offered_service(facts: FactsB, service: str) -> EndpointService | None:
    end = f".amazonaws.{facts['region']}.{service}"
    return next((item for item in facts["endpoint_services"] or [] if item["service_name"].endswith(end)), None)


def zones_of_services(facts: FactsB, desired: Desired) -> list[str] | None:
    """Return the zones that have every service that lacks an endpoint; None when none lacks one."""
    offered = [item for item in missing_services(facts, desired).values() if item]
    if not offered:
        return None
    zones = set.intersection(*(set(item["availability_zones"]) for item in offered))
    return sorted(zones)
