# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents that name what belongs to somebody else, or claim what is not so: nothing of it is touched.

What is there afterwards is read with plain boto3, and what was called from the emulator's log.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from scenario.accounts import Account, new_account
from scenario.emulator import URL
from scenario.owner import Owner, cluster_document, make_consumer, make_owner
from scenario.playbook import SIDE_A, SIDE_B, Run, converge, run_playbook

Document = dict[str, Any]


@pytest.fixture(scope="module")
def a() -> Account:
    return new_account()


@pytest.fixture(scope="module")
def owner(a: Account) -> Owner:
    return make_owner(a)


@pytest.fixture(scope="module")
def other_vpc(a: Account) -> str:
    """Return a VPC of account A that has nothing to do with the cluster."""
    return str(a.ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"])


def request(requester: Account, vpc_id: str, accepter: Account, accepter_vpc_id: str) -> str:
    answer = requester.ec2.create_vpc_peering_connection(
        VpcId=vpc_id, PeerVpcId=accepter_vpc_id, PeerOwnerId=accepter.id
    )
    return str(answer["VpcPeeringConnection"]["VpcPeeringConnectionId"])


def make_vpc(account: Account, block: str) -> str:
    return str(account.ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"])


def evil(account: Account, owner: Owner, **more: Any) -> Document:
    """Return the document of a consumer that has a role and nothing else."""
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = account.iam.create_role(RoleName="Evil", AssumeRolePolicyDocument=policy)
    base = {"kind": "dax.cross_account/consumer", "version": 1, "name": "evil", "cluster_arn": owner.cluster_arn}
    who = {"account_id": account.id, "partition": "aws", "region": account.region, "role_arn": role["Role"]["Arn"]}
    return {**base, **who, "peering_managed": True, **more}


def side_a(a: Account, *consumers: Document | str, **variables: Any) -> Run:
    return run_playbook(SIDE_A, a, a, variables={"dax_account_a_consumers": list(consumers), **variables})


def shown(a: Account, peering_id: str) -> dict[str, Any]:
    """Return what EC2 tells account A of a connection: its state, its tags and the routes that lead to it."""
    (peering,) = a.ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=[peering_id])["VpcPeeringConnections"]
    tables = a.ec2.describe_route_tables()["RouteTables"]
    routes = [
        (table["RouteTableId"], route["DestinationCidrBlock"])
        for table in tables
        for route in table["Routes"]
        if route.get("VpcPeeringConnectionId") == peering_id
    ]
    tags = {tag["Key"]: tag["Value"] for tag in peering.get("Tags", [])}
    return {"status": peering["Status"]["Code"], "tags": tags, "routes": sorted(routes)}


def touched(run: Run, peering_id: str) -> list[str]:
    """Return the writes of a run that name a connection, as far as the log shows their parameters."""
    return [call["operation"] for call in run.calls if call["write"] and peering_id in json.dumps(call)]


def one_line(run: Run) -> str:
    assert run.rc != 0
    (message,) = run.failures
    assert len(message.splitlines()) == 1, message
    return message


def test_a_strangers_request_to_another_vpc_is_not_accepted(a: Account, owner: Owner, other_vpc: str) -> None:
    stranger = new_account()
    pending = request(stranger, make_vpc(stranger, "10.70.0.0/24"), a, other_vpc)
    before = shown(a, pending)
    claims = {"vpc_id": "vpc-0dead0000beef0", "cidr_blocks": ["10.70.0.0/24"], "peering_connection_id": pending}
    run = side_a(a, evil(new_account(), owner, **claims))
    assert pending in one_line(run)
    assert "it stays as it is" in one_line(run)
    assert "AcceptVpcPeeringConnection" not in run.write_attempts()
    assert shown(a, pending) == before == {"status": "pending-acceptance", "tags": {}, "routes": []}


def test_a_consumers_own_request_to_another_vpc_is_not_accepted(a: Account, owner: Owner, other_vpc: str) -> None:
    account = new_account()
    vpc_id = make_vpc(account, "10.71.0.0/24")
    pending = request(account, vpc_id, a, other_vpc)
    before = shown(a, pending)
    run = side_a(a, evil(account, owner, vpc_id=vpc_id, cidr_blocks=[], peering_connection_id=pending))
    assert owner.vpc_id in one_line(run)
    assert "AcceptVpcPeeringConnection" not in run.write_attempts()
    assert shown(a, pending) == before == {"status": "pending-acceptance", "tags": {}, "routes": []}


def test_a_connection_of_the_owners_own_is_not_taken_over(a: Account, owner: Owner) -> None:
    account = new_account()
    business = make_vpc(account, "10.73.0.0/24")
    peering_id = request(a, owner.vpc_id, account, business)
    account.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering_id)
    tags = {"Name": "business-link", "team": "network"}
    a.ec2.create_tags(Resources=[peering_id], Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
    for table in (owner.other_table, owner.main_table):
        a.ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.73.0.0/24", VpcPeeringConnectionId=peering_id)
    before = shown(a, peering_id)
    claims = {"vpc_id": business, "cidr_blocks": ["10.73.0.0/24"], "peering_connection_id": peering_id}
    document = evil(account, owner, name="business", **claims)
    variables = {"dax_account_a_consumers": [document]}
    converge(SIDE_A, a, a, variables=variables)
    during = shown(a, peering_id)
    assert during["tags"] == tags
    assert set(before["routes"]) <= set(during["routes"])
    run = converge(SIDE_A, a, a, variables={**variables, "dax_account_a_state": "absent"})
    after = shown(a, peering_id)
    assert (after["status"], after["tags"]) == ("active", tags)
    assert set(before["routes"]) <= set(after["routes"])
    assert not {"DeleteVpcPeeringConnection", "DeleteRoute", "CreateTags", "DeleteTags"} & set(run.write_attempts())


def test_another_consumers_connection_is_left_alone(a: Account, owner: Owner) -> None:
    """The other consumer is in none of these runs, as with --limit."""
    victim, attacker = make_consumer(new_account(), owner, "10.50.0.0/24"), new_account()
    converge(SIDE_A, a, a, variables={"dax_account_a_consumers": [victim]})
    peering_id = victim["peering_connection_id"]
    before = shown(a, peering_id)
    assert before["status"] == "active"
    assert len(before["routes"]) == len(owner.tables)
    claims = {"vpc_id": victim["vpc_id"], "peering_connection_id": None}
    document = evil(attacker, owner, cidr_blocks=["10.50.0.0/25"], **claims)
    assert "10.50.0.0/24" in one_line(side_a(a, document))
    named = {**document, "peering_connection_id": peering_id, "cidr_blocks": []}
    run = side_a(a, named)
    assert "not with its own" in one_line(run)
    assert run.write_attempts() == []
    quiet = {**document, "cidr_blocks": []}
    converge(SIDE_A, a, a, variables={"dax_account_a_consumers": [quiet]})
    assert shown(a, peering_id) == before
    run = converge(SIDE_A, a, a, variables={"dax_account_a_consumers": [quiet], "dax_account_a_state": "absent"})
    assert shown(a, peering_id) == before
    assert touched(run, peering_id) == []
    trust = a.iam.get_role(RoleName="DaxCrossAccountRole")["Role"]["AssumeRolePolicyDocument"]
    assert victim["role_arn"] in json.dumps(trust)
    assert attacker.id not in json.dumps(trust)


def written(folder: Path, name: str, document: Document) -> str:
    path = folder / f"{name}.yml"
    path.write_text(yaml.safe_dump(document))
    return str(path)


def test_many_consumer_documents_in_one_run(a: Account, owner: Owner, tmp_path: Path) -> None:
    account = new_account()
    good = make_consumer(account, owner, "10.60.0.0/24")
    stranger = request(new := new_account(), make_vpc(new, "10.61.0.0/24"), a, owner.vpc_id)
    arn = good["role_arn"]
    wrong: dict[str, tuple[Document, str]] = {
        "stranger": ({"peering_connection_id": stranger}, f"names {stranger}, which is with VPC"),
        "half-the-internet": ({"cidr_blocks": ["128.0.0.0/1"]}, "128.0.0.0/1 is no /16 to /28"),
        "public": ({"cidr_blocks": ["8.8.8.0/24"]}, "8.8.8.0/24 is public"),
        "metadata": ({"cidr_blocks": ["169.254.169.0/24"]}, "is link-local"),
        "not-its-own": ({"cidr_blocks": ["10.62.0.0/24"]}, "its document has 10.62.0.0/24, and the VPC at the end"),
        "region": ({"region": "eu-west-1"}, "its document says region eu-west-1"),
        "anybody": ({"role_arn": "*"}, "role_arn is '*'"),
        "root": ({"role_arn": f"arn:aws:iam::{account.id}:root"}, "expected the ARN of an IAM role"),
        "third-account": ({"role_arn": arn.replace(account.id, a.id)}, "which is no role of account"),
        "line-break": ({"security_group_id": "sg-1\n  + nothing else"}, r"security_group_id is 'sg-1\n  + nothing"),
        "escape": ({"vpc_id": "vpc-1\x1b[2J"}, r"vpc_id is 'vpc-1\x1b[2J'"),
        "external-id": ({"external_id": "x\n[default]\n"}, r"external_id is 'x\n[default]\n'"),
        "unknown": ({"colour": "{{ lookup('ansible.builtin.pipe', 'touch x') }}"}, "unknown keys colour"),
        "version": ({"version": True}, "version is True"),
    }
    paths = [written(tmp_path, name, {**good, "name": name, **change}) for name, (change, _says) in wrong.items()]
    run = side_a(a, *paths)
    assert run.rc != 0
    assert run.write_attempts() == []
    (message,) = run.failures
    lines = message.splitlines()
    assert all(line.isprintable() for line in lines)
    assert "\x1b" not in run.text
    missing = [name for name, (_change, says) in wrong.items() if not any(says in line for line in lines)]
    assert missing == [], lines


def test_many_cluster_documents_in_one_run(a: Account, owner: Owner, tmp_path: Path) -> None:
    b, good = new_account(), cluster_document(owner)
    command = "x\n\n[default]\ncredential_process = /bin/sh -c 'touch x'\n"
    other = {"account_id": "666666666666", "role_arn": "arn:aws:iam::666666666666:role/Steal"}
    consistent = {**other, "cluster_arn": owner.cluster_arn.replace(a.id, "666666666666")}
    wrong: dict[str, tuple[Document, str]] = {
        "mismatch": (other, "cluster_arn is"),
        "forged": (consistent, "is of account 666666666666"),
        "external_id": ({"external_id": command}, "external_id is"),
        "region": ({"region": f"us-east-1{command}"}, "region is"),
        "default_route": ({"cidr_blocks": ["0.0.0.0/0"]}, "0.0.0.0/0 is no /16 to /28"),
        "extra_blocks": ({"cidr_blocks": [*good["cidr_blocks"], "54.1.0.0/16"]}, "54.1.0.0/16 is public"),
        "metadata": ({"cidr_blocks": ["169.254.169.254/32"]}, "169.254.169.254/32 is no"),
        "endpoint": ({"endpoint": {**good["endpoint"], "url": "dax://evil.example"}}, "does not fit its address"),
        "role": ({"role_arn": f"arn:aws:iam::{b.id}:role/Admin"}, "which is no role of account"),
    }
    base = {
        "dax_account_b_connection": b.connection(),
        "dax_account_b_owner_account_id": a.id,
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "emulator_url": URL,
    }
    hosts = {
        name: {**base, "dax_account_b_cluster": written(tmp_path, name, {**good, **change})}
        for name, (change, _says) in wrong.items()
    }
    inventory = tmp_path / "inventory.json"
    inventory.write_text(json.dumps({"dax_account_b": {"hosts": hosts}}))
    run = run_playbook(SIDE_B, a, b, inventory=inventory)
    assert run.write_attempts() == []
    for name, (_change, says) in wrong.items():
        (said,) = [str(result["msg"]) for host, _task, result in run.results if host == name and result.get("failed")]
        assert len(said.splitlines()) == 1
        assert said.isprintable()
        assert says in said
