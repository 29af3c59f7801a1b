# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every example, as its README has it typed: the join, the same once more, the removal. Looked at by plain boto3."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from scenario.accounts import Account, new_account
from scenario.commands import OF_EXAMPLES
from scenario.controller import TOKEN, Controller, serving
from scenario.examples import EXAMPLES, NAMES, Typist, commands, only_looks, plain_endpoint
from scenario.owner import CLUSTER, Owner, make_owner
from scenario.playbook import ROOT
from scenario.snapshot import differences, snapshot

SCHEMA = json.loads((ROOT / "docs/schemas/plan.schema.json").read_text())
ROLE = "DaxCrossAccountRole"


@dataclass
class World:
    """The accounts of an example, by the name of their connection, and what it needs besides."""

    owner: Owner
    accounts: dict[str, Account]
    more: dict[str, Any] = field(default_factory=dict)

    def snapshots(self) -> dict[str, Any]:
        return {name: snapshot(account) for name, account in self.accounts.items()}


def world(*consumers: str) -> World:
    owner = make_owner(new_account())
    return World(owner, {"owner": owner.account, **{name: new_account() for name in consumers}})


def existing_vpc() -> World:
    made = world("payments")
    ec2 = made.accounts["payments"].ec2
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "payments"}]}]
    vpc_id = ec2.create_vpc(CidrBlock="10.60.0.0/24", TagSpecifications=tags)["Vpc"]["VpcId"]
    ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.60.0.0/25")
    return made


def two_teams() -> World:
    made = world("payments")
    made.more = {"consumer_account_id": made.accounts["payments"].id}
    return made


def tls_cluster() -> World:
    made = world("payments")
    owner = made.owner
    made.more = {
        "cluster_subnet_ids": owner.subnet_ids,
        "cluster_security_group_ids": [owner.group_id],
        "cluster_role_arn": f"arn:aws:iam::{owner.account.id}:role/DaxService",
    }
    return made


WORLDS: dict[str, Callable[[], World]] = {
    "first_pair": lambda: world("payments"),
    "existing_vpc": existing_vpc,
    "many_consumers": lambda: world("payments", "analytics"),
    "two_teams": two_teams,
    "tls_cluster": tls_cluster,
    "larger_playbook": lambda: world("payments"),
}
# The consumers of an example, by the name of their account, where it is not one of the account's name.
CONSUMERS = {"many_consumers": {"payments": 1, "analytics": 2}}


def assert_joined(name: str, made: World) -> None:
    """Look for all that lets each consumer in: connections, routes on both sides, the rule and the trust."""
    owner, cluster = made.owner, "ledger" if name == "tls_cluster" else CLUSTER
    (found,) = owner.account.dax.describe_clusters(ClusterNames=[cluster])["Clusters"]
    # 8111 or 9111 on AWS, any on the emulator.
    port = found["ClusterDiscoveryEndpoint"]["Port"]
    trust = json.dumps(owner.account.iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"])
    filters = [{"Name": "group-id", "Values": [owner.group_id]}]
    rules = owner.account.ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
    sources = {rule["ReferencedGroupInfo"]["GroupId"] for rule in rules if rule.get("FromPort") == port}
    count = 0
    for consumer, expected in CONSUMERS.get(name, {"payments": 1}).items():
        account = made.accounts[consumer]
        assert f"arn:aws:iam::{account.id}:role/AssumeDax" in trust
        peerings = account.ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
        assert [each["Status"]["Code"] for each in peerings] == ["active"] * expected
        assert sources & {group["GroupId"] for group in account.ec2.describe_security_groups()["SecurityGroups"]}
        for peering in peerings:
            connection, block = peering["VpcPeeringConnectionId"], peering["RequesterVpcInfo"]["CidrBlock"]
            there = owner.account.ec2.describe_route_tables(RouteTableIds=owner.tables)["RouteTables"]
            assert all(leads(table, block) == connection for table in there)
            vpc = [{"Name": "vpc-id", "Values": [peering["RequesterVpcInfo"]["VpcId"]]}]
            here = account.ec2.describe_route_tables(Filters=vpc)["RouteTables"]
            assert connection in [leads(table, "10.0.0.0/16") for table in here]
        count += expected
    assert len(sources) == count


def leads(table: dict[str, Any], block: str) -> str | None:
    """Return the peering connection to which a route table leads a block."""
    found = [route for route in table["Routes"] if route.get("DestinationCidrBlock") == block]
    return found[0].get("VpcPeeringConnectionId") if found else None


def of_its_own(name: str, typist: Typist, made: World) -> None:
    """Look for what only one example has."""
    if name == "first_pair":
        plans = sorted((typist.place / "plans").iterdir())
        owner, consumer = made.accounts["owner"].id, made.accounts["payments"].id
        assert [path.name for path in plans] == [
            f"account_a-{owner}-{CLUSTER}.json",
            f"account_b-{consumer}-payments.json",
        ]
        for path in plans:
            jsonschema.validate(json.loads(path.read_text()), SCHEMA)
            assert path.stat().st_mode & 0o777 == 0o600
        assert len(made.accounts["payments"].ec2.describe_instances()["Reservations"]) == 1
    elif name == "existing_vpc":
        (peering,) = made.accounts["payments"].ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
        assert peering["RequesterVpcInfo"]["CidrBlock"] == "10.60.0.0/24"
    elif name == "larger_playbook":
        settings = json.loads((typist.place / "settings/orders.json").read_text())
        role = made.owner.account.iam.get_role(RoleName=ROLE)["Role"]
        assert settings["role_arn"] == role["Arn"]
        (cluster,) = made.owner.account.dax.describe_clusters(ClusterNames=[CLUSTER])["Clusters"]
        assert settings["endpoint"] == cluster["ClusterDiscoveryEndpoint"]["URL"]
    elif name == "tls_cluster":
        (cluster,) = made.owner.account.dax.describe_clusters(ClusterNames=["ledger"])["Clusters"]
        assert cluster["ClusterEndpointEncryptionType"] == "TLS"
        assert cluster["ClusterDiscoveryEndpoint"]["URL"].startswith("daxs://")


@pytest.mark.parametrize("name", WORLDS)
def test_an_example_as_it_is_typed(name: str, tmp_path: Path) -> None:
    made, typist = WORLDS[name](), Typist(name, tmp_path)
    typist.fill_in(made.accounts, **made.more)
    before = made.snapshots()
    joining, removing = commands(name, "Join"), commands(name, "Remove")
    assert joining and removing
    for command in joining:
        if only_looks(command):
            untouched = made.snapshots()
            typist.types(command)
            assert made.snapshots() == untouched, command
        else:
            typist.types(command)
    assert_joined(name, made)
    of_its_own(name, typist, made)
    for command in dict.fromkeys(joining):
        if not only_looks(command):
            assert typist.types(command) == 0, command
    for command in removing:
        typist.types(command)
    after = made.snapshots()
    for account, found in before.items():
        assert differences(found, after[account]) == []


def test_awx_is_configured_once(tmp_path: Path) -> None:
    """The file of variables is all that the pattern needs; the controller is a stub of AWX's API."""
    controller, typist = Controller(), Typist("awx", tmp_path)
    (command,) = commands("awx", "Join")
    with serving(controller) as url:
        given = {"CONTROLLER_HOST": url, "CONTROLLER_OAUTH_TOKEN": TOKEN}
        assert typist.types(command, EXAMPLES / "awx", **given) > 0
        made = list(controller.writes)
        assert typist.types(command, EXAMPLES / "awx", **given) == 0
    assert controller.writes == made
    nodes = controller.objects["workflow_job_template_nodes"].values()
    assert {"consumer_payments", "consumer_reports"} <= {node["identifier"] for node in nodes}


def test_every_example_is_run_and_the_table_has_it() -> None:
    assert sorted([*WORLDS, "awx"]) == NAMES == sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir())
    table = (EXAMPLES / "README.md").read_text()
    assert all(f"[{name}]({name}/README.md)" in table for name in NAMES)


def test_the_docs_have_the_commands_of_the_examples() -> None:
    typed = {command for name in NAMES for heading in ("Join", "Remove") for command in commands(name, heading)}
    assert set(OF_EXAMPLES) <= typed


def test_no_example_has_credentials_or_knows_the_emulator() -> None:
    files = [path for path in EXAMPLES.rglob("*") if path.is_file()]
    assert [path.name for path in files if not plain_endpoint(path.read_text())] == []
