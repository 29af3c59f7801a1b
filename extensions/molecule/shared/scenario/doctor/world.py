# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pair that the faults are made in: healthy, made by one run of site.yml, with a table, an item and a client."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.diagnose import Diagnosis

from ..accounts import Account
from ..emulator import URL, patch_cluster
from ..owner import CLUSTER, Owner
from ..pair import Pair, join
from ..playbook import ROOT, Run, run_playbook
from .client import TABLE, get_item, make_item
from .reading import broken, examine

ROLE_A, ROLE_B, PROFILE = "DaxCrossAccountRole", "AssumeDaxRole", "AssumeDaxInstanceProfile"
CLUSTER_PORTS = {"NONE": 8111, "TLS": 9111}
_SUFFIX = "abc123.dax-clusters.us-east-1.amazonaws.com"
_ACTIONS = ("DescribeTable", "GetItem", "BatchGetItem", "Query", "Scan", "ConditionCheckItem")
_WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem")


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def show_as_aws(owner: Owner, port: int = 8111) -> None:
    """Let DescribeClusters tell names and a port like AWS's: the emulator serves on loopback, on any free port."""
    a, name = owner.account, f"orders.{_SUFFIX}"
    nodes = a.dax.describe_clusters(ClusterNames=[CLUSTER])["Clusters"][0]["Nodes"]
    shown = [
        {
            "node_id": node["NodeId"],
            "availability_zone": node["AvailabilityZone"],
            "endpoint": {"address": f"{node['NodeId']}.{_SUFFIX}", "port": port},
        }
        for node in nodes
    ]
    scheme = "daxs" if port == CLUSTER_PORTS["TLS"] else "dax"
    endpoint = {"address": name, "port": port, "url": f"{scheme}://{name}"}
    patch_cluster(a.id, a.region, CLUSTER, {"endpoint": endpoint, "nodes": shown})


def make_usual(owner: Owner, port: int = 8111) -> None:
    """Give a cluster what one has that works: rights on a table, a window that is some days away, names like AWS's."""
    a = owner.account
    table = f"arn:aws:dynamodb:{a.region}:{a.id}:table/{TABLE}"
    rights = policy(allow([f"dynamodb:{name}" for name in (*_ACTIONS, *_WRITES)], table))
    a.iam.put_role_policy(RoleName="DaxService", PolicyName="tables", PolicyDocument=rights)
    day = (datetime.now(UTC) + timedelta(days=3)).strftime("%a").lower()
    a.dax.update_cluster(ClusterName=CLUSTER, PreferredMaintenanceWindow=f"{day}:05:00-{day}:06:00")
    show_as_aws(owner, port)


@dataclass
class World:
    """The pair, and what is done with it.

    :ivar document: the cluster document that account B was given.
    :ivar client: variables of role dax_client that account B's host has.
    :ivar instance_id: of a client that a person names.
    """

    pair: Pair
    folder: Path
    document: dict[str, Any]
    client: dict[str, Any] = field(default_factory=dict)
    variables_a: dict[str, Any] = field(default_factory=dict)
    instance_id: str = ""

    @property
    def a(self) -> Account:
        return self.pair.a

    @property
    def b(self) -> Account:
        return self.pair.b

    @property
    def owner(self) -> Owner:
        return self.pair.owner

    def examine(self, variables_b: Mapping[str, Any] | None = None) -> Diagnosis:
        given_a = {"dax_account_a_cluster_name": CLUSTER, **self.variables_a}
        # Account B's inventory has the document, as it has where each team runs its own side.
        given_b = {"dax_account_b_cluster": self.document, **self.client, **(variables_b or {})}
        (said,) = examine(self.a, given_a, {self.b: given_b}, self.instance_id)
        return said

    def broken(self) -> list[str]:
        return broken(self.examine())

    def peering(self) -> str:
        """Return the id of the connection, which some faults let a run make anew."""
        found = self.b.ec2.describe_vpc_peering_connections(
            Filters=[{"Name": "status-code", "Values": ["active", "pending-acceptance"]}]
        )["VpcPeeringConnections"]
        (only,) = [item["VpcPeeringConnectionId"] for item in found]
        return str(only)

    def acl(self, side: str) -> str:
        """Return the network ACL of the cluster's subnets (A), or of the client's (B): the default one of the VPC."""
        account, vpc = (self.a, self.owner.vpc_id) if side == "A" else (self.b, self.pair.vpc)
        filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "default", "Values": ["true"]}]
        return str(account.ec2.describe_network_acls(Filters=filters)["NetworkAcls"][0]["NetworkAclId"])

    def item(self) -> dict[str, Any]:
        """Read the item as a program on the instance does."""
        role = f"arn:aws:iam::{self.a.id}:role/{ROLE_A}"
        return get_item(self.b, self.pair.instance, role, self.owner.cluster_arn)

    def refusal(self) -> str:
        """Return what keeps the program from its item, "" if nothing does."""
        try:
            self.item()
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return ""

    def follow(self, fix: Mapping[str, Any]) -> None:
        """Type what a fix prints: AWS CLI commands with the credentials of the account that it names, one by one."""
        account = self.a if fix["where"] == "account A" else self.b
        assert fix["kind"] == "command" and fix["commands"], fix
        for command in fix["commands"]:
            type_in(account, command)

    def run(self, command: list[str], folder_variables: Mapping[str, Any] | None = None) -> Run:
        """Run the playbook that a fix names, as it is named."""
        program, playbook, *arguments = command
        assert program == "ansible-playbook"
        variables = {"dax_account_b_document_path": str(self.folder / "consumer.yml"), **(folder_variables or {})}
        return run_playbook(Path(playbook), self.a, self.b, *arguments, variables=variables)


def type_in(account: Account, command: list[str]) -> str:
    """Run a command of the AWS CLI, or of a shell with one in it, against the emulator."""
    own = {
        "PATH": f"{ROOT / '.venv-emulator/bin'}:{os.environ['PATH']}",
        "HOME": os.environ["HOME"],
        "AWS_ENDPOINT_URL": URL,
        "AWS_ACCESS_KEY_ID": account.id,
        "AWS_SECRET_ACCESS_KEY": "molecule",
        "AWS_DEFAULT_REGION": account.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
    }
    done = subprocess.run(command, env=own, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def make_world(folder: Path) -> World:
    pair = join(folder, prepare=make_usual)
    make_item(pair.a)
    return World(pair, folder, pair.cluster)
