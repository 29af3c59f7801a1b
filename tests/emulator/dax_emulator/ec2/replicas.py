# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A replica that is behind: every second read is answered with what there was before the latest changes.

Before each write the answers of the operations in `VIEWS` are taken down. A late answer is made of these alone: what is
new is missing, what has changed is as it was (routes, rules, attachments, tags), what was removed is still there. The
other reads only lack what is new: the attributes that DescribeVpcAttribute and the like tell are never old ones.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.base import overrides
from dax_emulator.base.settings import SETTINGS
from dax_emulator.ec2 import answer_filters, newness, resources, tags
from dax_emulator.ec2.filters import page

Item = dict[str, Any]


@dataclass(frozen=True)
class View:
    """A Describe operation: the list in its answer, the id of an item, the parameter that asks for items by id."""

    items: str
    id: str
    ids: str


VIEWS = {
    "DescribeInstances": View("Reservations", "InstanceId", "InstanceIds"),
    "DescribeInternetGateways": View("InternetGateways", "InternetGatewayId", "InternetGatewayIds"),
    "DescribeNetworkAcls": View("NetworkAcls", "NetworkAclId", "NetworkAclIds"),
    "DescribeNetworkInterfaces": View("NetworkInterfaces", "NetworkInterfaceId", "NetworkInterfaceIds"),
    "DescribeRouteTables": View("RouteTables", "RouteTableId", "RouteTableIds"),
    "DescribeSecurityGroupRules": View("SecurityGroupRules", "SecurityGroupRuleId", "SecurityGroupRuleIds"),
    "DescribeSecurityGroups": View("SecurityGroups", "GroupId", "GroupIds"),
    "DescribeSubnets": View("Subnets", "SubnetId", "SubnetIds"),
    "DescribeTags": View("Tags", "ResourceId", ""),
    "DescribeVpcEndpoints": View("VpcEndpoints", "VpcEndpointId", "VpcEndpointIds"),
    "DescribeVpcPeeringConnections": View("VpcPeeringConnections", "VpcPeeringConnectionId", "VpcPeeringConnectionIds"),
    "DescribeVpcs": View("Vpcs", "VpcId", "VpcIds"),
}


@dataclass
class Change:
    """A write that was done, and what the operations answered before it."""

    done: float
    before: dict[str, list[Item]]


@dataclass
class _Replica:
    changes: list[Change] = field(default_factory=list)
    reads: int = 0


_replicas: dict[tuple[str, str], _Replica] = defaultdict(_Replica)
_lock = Lock()


@contextmanager
def change(context: RequestContext) -> Iterator[None]:
    """Around a write: remember what there was before it, if it succeeds."""
    seconds = SETTINGS.replica_seconds
    if seconds <= 0:
        yield
        return
    before = {operation: _items(view, overrides.ask(context, operation, {})) for operation, view in VIEWS.items()}
    yield
    with _lock:
        replica = _replicas[_where(context)]
        now = time.monotonic()
        replica.changes = [one for one in replica.changes if one.done > now - seconds]
        replica.changes.append(Change(now, before))


def read(
    context: RequestContext, operation: str, request: dict[str, Any], proceed: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """The answer to a read: every second one is late while there are changes that the replica does not know."""
    before = None if request.get("NextToken") else _before(context)
    if before is None:
        return proceed()
    if operation not in VIEWS:
        account, region = _where(context)
        newness.check(request, account, region, SETTINGS.replica_seconds)
        unseen = newness.REGISTER.younger(account, region, SETTINGS.replica_seconds)
        return dict(newness.without(proceed(), unseen))
    view = VIEWS[operation]
    found = deepcopy(before[operation])
    wanted = request.get(view.ids)
    if wanted:
        there = {item[view.id]: item for item in found}
        for each in wanted:
            if each not in there:
                raise resources.not_found(each)
        found = [there[each] for each in wanted]
    filters = request.get("Filters") or []
    if operation == "DescribeTags":
        found, filters = tags.passing(found, filters), []
    now: set[str] | None = None  # the ids that pass the filters as things are
    for one in filters:
        name, patterns = one["Name"], one.get("Values") or []
        if answer_filters.knows(name):
            found = [item for item in found if answer_filters.passes(item, name, patterns)]
            continue
        if now is None:
            now = {item[view.id] for item in _items(view, proceed())}
        found = [item for item in found if item[view.id] in now]
    shown, token = page(found, request)
    answer: dict[str, Any] = {view.items: _nested(shown) if operation == "DescribeInstances" else shown}
    return answer | ({"NextToken": token} if token else {})


def _before(context: RequestContext) -> dict[str, list[Item]] | None:
    """What there was before the latest changes; None if there were none, or it is not the replica's turn."""
    since = time.monotonic() - SETTINGS.replica_seconds
    with _lock:
        replica = _replicas[_where(context)]
        first = next((one for one in replica.changes if one.done > since), None)
        if first is None:
            return None
        replica.reads += 1
        return first.before if replica.reads % 2 == 0 else None


def _items(view: View, answer: dict[str, Any]) -> list[Item]:
    """The items of an answer; an instance remembers its reservation."""
    if view.items != "Reservations":
        return list(answer.get(view.items) or [])
    return [
        {**instance, "Reservation": {**reservation, "Instances": []}}
        for reservation in answer.get(view.items) or []
        for instance in reservation["Instances"]
    ]


def _nested(instances: list[Item]) -> list[Item]:
    """Instances in their reservations again."""
    reservations: dict[str, Item] = {}
    for instance in instances:
        reservation = instance.pop("Reservation")
        reservations.setdefault(reservation["ReservationId"], reservation)["Instances"].append(instance)
    return list(reservations.values())


def _where(context: RequestContext) -> tuple[str, str]:
    assert context.account_id and context.region
    return context.account_id, context.region
