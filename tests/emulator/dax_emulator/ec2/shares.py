# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subnets that their owner shares with other accounts by AWS RAM (setting `shared_subnets`).

A participant sees the VPC, the subnets, the tables that they follow and the internet gateway, with the owner's id and
without the owner's tags. It may put groups, interfaces and instances there, and change nothing of the owner's.

Sources: "Responsibilities and permissions for owners and participants", Amazon VPC user guide; the error in issue
ekristen/aws-nuke 497 and pull request hashicorp/terraform-provider-aws 46953.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from threading import Lock
from typing import Any

from moto.ec2 import ec2_backends

from dax_emulator.base import ec2_state
from dax_emulator.base.errors import aws_error
from dax_emulator.base.settings import SETTINGS

# What a participant may do with what it names of the owner's.
_ALLOWED = {
    "CreateFlowLogs",
    "CreateNetworkInterface",
    "CreateSecurityGroup",
    "CreateTags",
    "DeleteTags",
    "RunInstances",
}
_READS = ("Describe", "Get", "Search")
_shown: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}  # the collections that hold what is shared, by its id
_lock = Lock()


def settle(account: str, region: str) -> None:
    """Show an account what is shared with it now, as it is now, and nothing that no longer is."""
    if not SETTINGS.shared_subnets and (account, region) not in _shown:
        return
    with _lock:
        before = _shown.pop((account, region), {})
        now: dict[str, dict[str, Any]] = {}
        for collection, resource in _shared(account, region):
            collection[resource.id] = _view(resource, ec2_state.backend(account, region))
            now[resource.id] = collection
        for each in before.keys() - now.keys():
            before[each].pop(each, None)
        if now:
            _shown[account, region] = now


def check(account: str, region: str, operation: str, request: dict[str, Any], named: set[str]) -> None:
    """Refuse a participant's write to what is the owner's, and a launch with the owner's default group.

    :param named: every id that the request names.
    """
    shown = _shown.get((account, region), {})
    if operation.startswith(_READS) or not named & shown.keys():
        return
    interfaces = request.get("NetworkInterfaces") or []
    grouped = any(request.get(name) for name in ("SecurityGroupIds", "SecurityGroups")) or any(
        interface.get("Groups") or interface.get("NetworkInterfaceId") for interface in interfaces
    )
    if operation not in _ALLOWED or (operation == "RunInstances" and not grouped):
        message = (
            f"You are not authorized to perform {operation} operation. A subnet in this vpc is shared but the provided "
            "object is not owned by you"
        )
        raise aws_error("UnauthorizedOperation", message, 403)


def _shared(account: str, region: str) -> Iterator[tuple[dict[str, Any], Any]]:
    """What an account sees of others, and the collection of its own state that it goes into."""
    backend = ec2_state.backend(account, region)
    for subnet_id, participants in SETTINGS.shared_subnets.items():
        if account not in participants:
            continue
        for owner in [each for each in list(ec2_backends) if each != account]:
            subnet = ec2_state.find_subnet(owner, region, subnet_id)
            if subnet is None or subnet.owner_id != owner:
                continue
            theirs = ec2_state.backend(owner, region)
            yield backend.vpcs, theirs.vpcs[subnet.vpc_id]
            yield backend.subnets[subnet.availability_zone], subnet
            tables = [table for table in theirs.route_tables.values() if table.vpc_id == subnet.vpc_id]
            own = [table for table in tables if subnet_id in table.associations.values()]
            for table in own or [table for table in tables if table.main_association_id]:
                yield backend.route_tables, table
            for gateway in theirs.internet_gateways.values():
                if gateway.vpc is not None and gateway.vpc.id == subnet.vpc_id:
                    yield backend.internet_gateways, gateway


def _view(resource: Any, backend: Any) -> Any:
    """A resource of moto's as a participant sees it: with its owner, and the participant's own tags."""
    kind = type(resource)
    own = {
        "owner_id": resource.owner_id,
        "get_tags": lambda self: backend.describe_tags(filters={"resource-id": [self.id]}),
    }
    view = copy.copy(resource)
    view.__class__ = type(kind.__name__, (kind,), own)
    return view
