# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two accounts of a run, their clients, and what in them carries the suite's tag."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

# On everything that a run makes, with the run's id; names in IAM and DAX begin with these too.
TAG = "dax-cross-account-test"
IAM_PREFIX, DAX_PREFIX = "DaxTest", "daxt-"
_GONE = ("deleted", "deleting", "rejected", "expired", "failed", "terminated")


class Refused(Exception):
    """A run that must not begin; the message is one line with the fix."""


@dataclass
class Side:
    """One account.

    :ivar label: A owns the cluster, B uses it.
    :ivar endpoint: of the emulator; "" for AWS.
    """

    label: str
    profile: str
    region: str
    endpoint: str = ""
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        if service not in self._clients:
            session = boto3.session.Session(profile_name=self.profile, region_name=self.region)
            more = {"endpoint_url": self.endpoint} if self.endpoint else {}
            self._clients[service] = session.client(service, **more)
        return self._clients[service]

    def forget_clients(self) -> None:
        self._clients.clear()

    @cached_property
    def identity(self) -> dict[str, str]:
        found = self.client("sts").get_caller_identity()
        return {"account_id": found["Account"], "arn": found["Arn"], "partition": found["Arn"].split(":")[1]}

    @property
    def account_id(self) -> str:
        return self.identity["account_id"]

    @property
    def connection(self) -> dict[str, str]:
        """The side's connection for the roles."""
        return {
            "profile": self.profile,
            "region": self.region,
            **({"endpoint_url": self.endpoint} if self.endpoint else {}),
        }


def pages(client: Any, operation: str, key: str, **params: Any) -> list[Any]:
    """Return all that an operation lists."""
    if not client.can_paginate(operation):
        return list(getattr(client, operation)(**params)[key])
    return list(client.get_paginator(operation).paginate(**params).build_full_result().get(key, []))


def tagged(side: Side, run_id: str = "") -> list[tuple[str, str]]:
    """Return what carries the suite's tag, as (type, id), what is gone and still shown left out.

    :param run_id: of the run; "" for any run.
    """
    return [*_tagged_in_ec2(side, run_id), *_tagged_in_dax(side, run_id), *_tagged_in_iam(side, run_id)]


def _tagged_in_ec2(side: Side, run_id: str) -> Iterator[tuple[str, str]]:
    ec2 = side.client("ec2")
    named = [{"Name": f"tag:{TAG}", "Values": [run_id]}] if run_id else [{"Name": "tag-key", "Values": [TAG]}]
    for kind, operation, key, name in (
        ("vpc-endpoint", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
        ("vpc-peering-connection", "describe_vpc_peering_connections", "VpcPeeringConnections", None),
        ("security-group", "describe_security_groups", "SecurityGroups", "GroupId"),
        ("internet-gateway", "describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
        ("subnet", "describe_subnets", "Subnets", "SubnetId"),
        ("vpc", "describe_vpcs", "Vpcs", "VpcId"),
    ):
        for item in pages(ec2, operation, key, Filters=named):
            status = item.get("Status") or {}
            state = str(item.get("State") or (status.get("Code") if isinstance(status, dict) else "")).lower()
            if state not in _GONE:
                yield kind, item[name or "VpcPeeringConnectionId"]
    for reservation in pages(ec2, "describe_instances", "Reservations", Filters=named):
        for instance in reservation["Instances"]:
            if instance["State"]["Name"] not in _GONE:
                yield "instance", instance["InstanceId"]


def _tagged_in_dax(side: Side, run_id: str) -> Iterator[tuple[str, str]]:
    prefix, dax = f"{DAX_PREFIX}{run_id}", side.client("dax")
    try:
        for cluster in pages(dax, "describe_clusters", "Clusters"):
            if cluster["ClusterName"].startswith(prefix):
                yield "cluster", cluster["ClusterName"]
        for group in pages(dax, "describe_subnet_groups", "SubnetGroups"):
            if group["SubnetGroupName"].startswith(prefix):
                yield "subnet-group", group["SubnetGroupName"]
    except (BotoCoreError, ClientError) as error:
        # Account B may have no right to read clusters, and no region of its own need have DAX.
        if side.label == "A":
            raise Refused(f"account A: {error}") from error


def _tagged_in_iam(side: Side, run_id: str) -> Iterator[tuple[str, str]]:
    iam, prefix = side.client("iam"), f"{IAM_PREFIX}{run_id}"
    for profile in pages(iam, "list_instance_profiles", "InstanceProfiles"):
        if profile["InstanceProfileName"].startswith(prefix):
            yield "instance-profile", profile["InstanceProfileName"]
    for role in pages(iam, "list_roles", "Roles"):
        if role["RoleName"].startswith(prefix):
            yield "role", role["RoleName"]


def check_accounts(a: Side, b: Side) -> None:
    """Refuse accounts that a run must not be made in.

    :raises Refused: when both are one account, or when one holds what an earlier run left or a running one needs.
    """
    if a.account_id == b.account_id:
        raise Refused(f"both profiles are of account {a.account_id}: give two profiles of two accounts")
    for side in (a, b):
        there = tagged(side)
        if there:
            told = ", ".join(f"{kind} {name}" for kind, name in there)
            raise Refused(
                f"account {side.label} ({side.account_id}) holds {told}, of a run that is still going on or was "
                "killed: wait for it, or remove it with SWEEP=1"
            )
