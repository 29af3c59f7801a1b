# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether account B's instance reaches the cluster: on the instance through SSM, and by reading both accounts.

Plain boto3, nothing of the collection.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from .accounts import TAG, Side, pages

# The agent of a new instance reports within a few minutes.
AGENT_SECONDS = 600
COMMAND_SECONDS = 120
# What was written a moment ago may not be shown yet.
SETTLE_SECONDS = 120


class Seen(NamedTuple):
    """What was looked at. ``ok`` is None where it could not be looked at, and ``what`` says why."""

    what: str
    ok: bool | None


def verify(a: Side, b: Side, run_id: str, roles: tuple[str, str], cluster: dict[str, Any], poll: float) -> list[Seen]:
    """Return what was seen.

    :param roles: the names of account A's role and of account B's.
    """
    until = time.monotonic() + SETTLE_SECONDS
    while True:
        seen = [*_network(a, b, run_id, cluster), *_roles(a, b, roles)]
        if all(item.ok is not False for item in seen) or time.monotonic() > until:
            return [*seen, *_instance(a, b, run_id, roles[0], cluster, poll)]
        time.sleep(poll)


def _network(a: Side, b: Side, run_id: str, cluster: dict[str, Any]) -> Iterator[Seen]:
    ours = [{"Name": f"tag:{TAG}", "Values": [run_id]}]
    peerings = [
        item
        for item in pages(b.client("ec2"), "describe_vpc_peering_connections", "VpcPeeringConnections", Filters=ours)
        if item["Status"]["Code"] == "active"
    ]
    yield Seen("one active peering connection", len(peerings) == 1)
    if len(peerings) != 1:
        return
    peering = peerings[0]
    ends = {"A": peering["AccepterVpcInfo"], "B": peering["RequesterVpcInfo"]}
    for side, other in ((a, "B"), (b, "A")):
        vpc, block = ends[side.label]["VpcId"], ends[other]["CidrBlock"]
        tables = pages(
            side.client("ec2"),
            "describe_route_tables",
            "RouteTables",
            Filters=[{"Name": "vpc-id", "Values": [vpc]}],
        )
        active = {
            route.get("DestinationCidrBlock")
            for table in tables
            for route in table["Routes"]
            if route.get("VpcPeeringConnectionId") == peering["VpcPeeringConnectionId"] and route["State"] == "active"
        }
        yield Seen(f"account {side.label} has an active route to the other VPC", block in active)
    groups = [group["SecurityGroupIdentifier"] for group in cluster["SecurityGroups"]]
    rules = pages(
        a.client("ec2"),
        "describe_security_group_rules",
        "SecurityGroupRules",
        Filters=[{"Name": "group-id", "Values": groups}],
    )
    port = cluster["ClusterDiscoveryEndpoint"]["Port"]
    let_in = [
        rule
        for rule in rules
        if not rule["IsEgress"] and rule["FromPort"] <= port <= rule["ToPort"] and rule.get("ReferencedGroupInfo")
    ]
    yield Seen(f"the cluster's group lets account B's group in on its port {port}", bool(let_in))


def _roles(a: Side, b: Side, roles: tuple[str, str]) -> Iterator[Seen]:
    owner = a.client("iam").get_role(RoleName=roles[0])["Role"]
    consumer = b.client("iam").get_role(RoleName=roles[1])["Role"]
    trusted = json.dumps(owner["AssumeRolePolicyDocument"])
    yield Seen("account A's role trusts account B's", consumer["Arn"] in trusted)
    try:
        answer = b.client("iam").simulate_principal_policy(
            PolicySourceArn=consumer["Arn"], ActionNames=["sts:AssumeRole"], ResourceArns=[owner["Arn"]]
        )
    except ClientError as error:
        yield Seen(f"whether account B's role may assume it: {error.response['Error']['Code']}", None)
        return
    decisions = {item["EvalDecision"] for item in answer["EvaluationResults"]}
    yield Seen("account B's role may assume account A's", decisions == {"allowed"})


def _instance(a: Side, b: Side, run_id: str, role: str, cluster: dict[str, Any], poll: float) -> Iterator[Seen]:
    running = [{"Name": f"tag:{TAG}", "Values": [run_id]}, {"Name": "instance-state-name", "Values": ["running"]}]
    found = [
        instance
        for reservation in pages(b.client("ec2"), "describe_instances", "Reservations", Filters=running)
        for instance in reservation["Instances"]
    ]
    yield Seen("one running instance with an instance profile", len(found) == 1 and "IamInstanceProfile" in found[0])
    if len(found) != 1:
        return
    instance_id = found[0]["InstanceId"]
    try:
        online = _online(b, instance_id, poll)
    except ClientError as error:
        yield Seen(f"the instance itself: no SSM here ({error.response['Error']['Code']})", None)
        return
    if not online:
        yield Seen(f"the instance itself: its SSM agent did not report within {AGENT_SECONDS} seconds", None)
        return
    endpoint = cluster["ClusterDiscoveryEndpoint"]
    arn = a.client("iam").get_role(RoleName=role)["Role"]["Arn"]
    assume = f"aws sts assume-role --role-arn {arn} --role-session-name aws-test --query AssumedRoleUser.Arn"
    connect = f"timeout 10 bash -c '</dev/tcp/{endpoint['Address']}/{endpoint['Port']}'"
    for what, command in (
        ("the instance assumes account A's role", f"{assume} --region {b.region} --output text"),
        ("the instance reaches the cluster's port", connect),
    ):
        yield Seen(what, _succeeds(b, instance_id, command, poll))


def _online(side: Side, instance_id: str, poll: float) -> bool:
    ssm, until = side.client("ssm"), time.monotonic() + AGENT_SECONDS
    while True:
        filters = [{"Key": "InstanceIds", "Values": [instance_id]}]
        found = ssm.describe_instance_information(Filters=filters)["InstanceInformationList"]
        if any(item["PingStatus"] == "Online" for item in found):
            return True
        if time.monotonic() > until:
            return False
        time.sleep(poll)


def _succeeds(side: Side, instance_id: str, command: str, poll: float) -> bool:
    """Run a command on the instance and tell whether it succeeded."""
    ssm, until = side.client("ssm"), time.monotonic() + COMMAND_SECONDS
    sent = ssm.send_command(
        InstanceIds=[instance_id], DocumentName="AWS-RunShellScript", Parameters={"commands": [command]}
    )
    command_id = sent["Command"]["CommandId"]
    while time.monotonic() < until:
        time.sleep(poll)
        try:
            status = ssm.get_command_invocation(CommandId=command_id, InstanceId=instance_id)["Status"]
        except ssm.exceptions.InvocationDoesNotExist:
            continue
        if status not in ("Pending", "InProgress", "Delayed"):
            return bool(status == "Success")
    return False
