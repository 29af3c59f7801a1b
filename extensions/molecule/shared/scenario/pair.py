# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two joined accounts, and what is in them: where a test takes hold to change something by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from .accounts import Account, new_account
from .owner import Owner, cluster_document, make_owner
from .playbook import SIDE_A, SIDE_B, SITE, Run, converge
from .snapshot import differences, shape, snapshot

BLOCK = "10.1.0.0/24"
OWNERS_BLOCK = "10.0.0.0/16"


@dataclass
class Pair:
    """Account A with its cluster, account B, and the documents that they exchange."""

    a: Account
    b: Account
    owner: Owner
    consumer: dict[str, Any]

    @property
    def cluster(self) -> dict[str, Any]:
        return cluster_document(self.owner)

    def run(self, side: str, **variables: Any) -> Run:
        """Run one side alone, or site.yml; it has to succeed."""
        if side == "A":
            given = {"dax_account_a_consumers": [self.consumer], **variables}
            return converge(SIDE_A, self.a, self.b, variables=given)
        if side == "B":
            given = {"dax_account_b_cluster": self.cluster, **variables}
            return converge(SIDE_B, self.a, self.b, variables=given)
        return converge(SITE, self.a, self.b, variables=variables)

    def snapshot(self) -> dict[str, Any]:
        return {"A": snapshot(self.a), "B": snapshot(self.b)}

    @cached_property
    def peering(self) -> str:
        return str(self.consumer["peering_connection_id"])

    @cached_property
    def vpc(self) -> str:
        return str(self.consumer["vpc_id"])

    @cached_property
    def group(self) -> str:
        return str(self.consumer["security_group_id"])

    @cached_property
    def subnet(self) -> str:
        return self._first("describe_subnets", "Subnets")["SubnetId"]

    @cached_property
    def table(self) -> str:
        """Return B's only table, the main one."""
        return self._first("describe_route_tables", "RouteTables")["RouteTableId"]

    @cached_property
    def gateway(self) -> str:
        found = self.b.ec2.describe_internet_gateways()["InternetGateways"]
        mine = [item for item in found if self.vpc in [each["VpcId"] for each in item["Attachments"]]]
        return str(mine[0]["InternetGatewayId"])

    @property
    def instance(self) -> str:
        found = snapshot(self.b)["instances"]
        assert len(found) == 1
        return str(next(iter(found)))

    @property
    def rule(self) -> dict[str, Any]:
        """Return the rule on the cluster's group that lets B in."""
        filters = [{"Name": "group-id", "Values": [self.owner.group_id]}]
        rules = self.a.ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
        (rule,) = [item for item in rules if not item["IsEgress"]]
        return rule

    def _first(self, operation: str, key: str) -> dict[str, Any]:
        answer = getattr(self.b.ec2, operation)(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])
        (found,) = answer[key]
        return found


def join(folder: Path, prepare: Callable[[Owner], None] = lambda _owner: None) -> Pair:
    """Make an owner and join a consumer to it with site.yml.

    :param prepare: does something with what the owner has, before the run.
    """
    a, b = new_account(), new_account()
    owner = make_owner(a)
    prepare(owner)
    path = folder / "consumer.yml"
    converge(SITE, a, b, variables={"dax_account_b_document_path": str(path)})
    return Pair(a, b, owner, yaml.safe_load(path.read_text()))


def same(before: dict[str, Any], after: dict[str, Any], new_ids: bool = False) -> None:
    """Compare two snapshots of a pair; with ``new_ids``, things may have been made anew."""
    if new_ids:
        before, after = shape(before), shape(after)
    found = differences(before, after)
    assert not found, "\n".join(found)
