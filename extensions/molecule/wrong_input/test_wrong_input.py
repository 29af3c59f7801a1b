# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What cannot work is refused before the first write, in one line that names the variable and the fix."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from scenario.accounts import Account, new_account
from scenario.emulator import URL, patch_cluster
from scenario.owner import CLUSTER, Owner, cluster_document, make_consumer, make_owner
from scenario.playbook import ACCOUNT_A, ACCOUNT_B, SIDE_A, SIDE_B, SITE, Run, run_playbook, write_inventory


@pytest.fixture(scope="module")
def a() -> Account:
    return new_account()


@pytest.fixture(scope="module")
def b() -> Account:
    return new_account()


@pytest.fixture(scope="module")
def owner(a: Account) -> Owner:
    """Return an owner whose VPC has a secondary block."""
    made = make_owner(a)
    a.ec2.associate_vpc_cidr_block(VpcId=made.vpc_id, CidrBlock="10.77.0.0/16")
    return made


def refusal(run: Run) -> str:
    """Return the one line of a run that was refused."""
    assert run.rc != 0
    assert run.write_attempts() == []
    (message,) = run.failures
    assert len(message.splitlines()) == 1, message
    return message


def test_an_unknown_cluster(a, b, owner) -> None:
    message = refusal(run_playbook(SITE, a, b, variables={"dax_account_a_cluster_name": "ordres"}))
    for part in ("ordres", a.id, "us-east-1", f"(there: {CLUSTER})", "dax_account_a_cluster_name"):
        assert part in message


def test_the_wrong_region(a, b, owner) -> None:
    wrong = {"dax_account_a_connection": a.connection(region="eu-west-1")}
    message = refusal(run_playbook(SITE, a, b, variables=wrong))
    for part in (CLUSTER, "eu-west-1", "region in dax_account_a_connection"):
        assert part in message


@pytest.mark.parametrize("status", ["creating", "modifying"])
def test_a_cluster_that_is_not_available(a, b, owner, status) -> None:
    patch_cluster(a.id, a.region, CLUSTER, {"status": status})
    try:
        message = refusal(run_playbook(SITE, a, b))
    finally:
        patch_cluster(a.id, a.region, CLUSTER, {"status": "available"})
    for part in (CLUSTER, status, "wait until it is available", "dax_account_a_cluster_name"):
        assert part in message


def test_the_wrong_accounts_credentials_for_a(a, b, owner) -> None:
    message = refusal(run_playbook(SITE, a, b, variables={"dax_account_a_account_id": b.id}))
    for part in (a.id, b.id, "dax_account_a_connection", "dax_account_a_account_id"):
        assert part in message


# One run, a host for each: side_b.yml runs them beside each other. Name: (variables, what the line must hold).
def wrong_consumers(a: Account, b: Account, owner: Owner, adopted: dict[str, str], folder: Path) -> dict[str, Any]:
    document = cluster_document(owner)
    number = {**document, "account_id": int(a.id)}
    files = {
        "empty": "",
        "list": "- 1\n",
        "text": "dear colleague\n",
        "version": yaml.safe_dump({**document, "version": 2}),
        "kind": yaml.safe_dump({**document, "kind": "dax.cross_account/consumer"}),
        "missing": yaml.safe_dump({key: value for key, value in document.items() if key != "role_arn"}),
        "number": yaml.safe_dump(number),
        "unknown": yaml.safe_dump({**document, "colour": "red"}),
        "block": yaml.safe_dump({**document, "cidr_blocks": ["10.0.0.0/99"]}),
        "broken": "{kind: [",
    }
    for name, text in files.items():
        (folder / f"{name}.yml").write_text(text)
    bad_document = {
        "empty": "expected a mapping with 'kind', got nothing",
        "list": "got list",
        "text": "got str",
        "version": "version is 2",
        "kind": "kind is 'dax.cross_account/consumer'",
        "missing": "role_arn missing",
        "number": "quoted string of 12 digits",
        "unknown": "colour",
        "block": "10.0.0.0/99",
        "broken": "broken.yml",
    }
    return {
        "overlap": (
            {"dax_account_b_vpc_cidr": "10.0.4.0/24"},
            ["10.0.4.0/24", "10.0.0.0/16", "dax_account_b_vpc_cidr"],
        ),
        "secondary": (
            {"dax_account_b_vpc_cidr": "10.77.1.0/24"},
            ["10.77.1.0/24", "10.77.0.0/16", "dax_account_b_vpc_cidr"],
        ),
        "adopted": (
            {"dax_account_b_vpc_id": adopted["overlapping"]},
            ["10.77.9.0/24", "10.77.0.0/16", "dax_account_b_vpc_id"],
        ),
        "no_such_vpc": ({"dax_account_b_vpc_id": "vpc-0123456789abcdef0"}, ["vpc-0123", "dax_account_b_vpc_id"]),
        "no_such_tags": ({"dax_account_b_vpc_tags": {"Name": "nowhere"}}, ["nowhere", "dax_account_b_vpc_tags"]),
        "no_such_subnet": (
            {"dax_account_b_vpc_id": adopted["free"], "dax_account_b_subnet_ids": ["subnet-0123456789abcdef0"]},
            ["subnet-0123", "dax_account_b_subnet_ids"],
        ),
        "no_such_group": (
            {"dax_account_b_vpc_id": adopted["free"], "dax_account_b_security_group_id": "sg-0123456789abcdef0"},
            ["sg-0123", "dax_account_b_security_group_id"],
        ),
        "no_room": (
            {"dax_account_b_vpc_pools": ["10.77.3.0/24"], "dax_account_b_vpc_prefix": 25},
            ["/25", "10.77.3.0/24", "dax_account_b_vpc_cidr"],
        ),
        "subnets": ({"dax_account_b_vpc_cidr": "10.3.0.0/28", "dax_account_b_subnet_count": 9}, ["subnet_count"]),
        "account": ({"dax_account_b_account_id": a.id}, [a.id, b.id, "dax_account_b_account_id"]),
        "same_account": ({"dax_account_b_connection": a.connection()}, [a.id, "dax_account_b_connection"]),
        **{
            f"document_{name}": ({"dax_account_b_cluster": str(folder / f"{name}.yml")}, [part, "account_b_cluster"])
            for name, part in bad_document.items()
        },
    }


def test_every_wrong_consumer(a, b, owner, tmp_path) -> None:
    vpcs = {}
    for name, blocks in {"overlapping": ["10.40.0.0/16", "10.77.9.0/24"], "free": ["10.41.0.0/16"]}.items():
        vpcs[name] = b.ec2.create_vpc(CidrBlock=blocks[0])["Vpc"]["VpcId"]
        # AWS would choose any zone, also the one that has no t3.micro.
        zone = f"{b.region}a"
        b.ec2.create_subnet(VpcId=vpcs[name], CidrBlock=blocks[0].replace("/16", "/24"), AvailabilityZone=zone)
        for block in blocks[1:]:
            b.ec2.associate_vpc_cidr_block(VpcId=vpcs[name], CidrBlock=block)
    cases = wrong_consumers(a, b, owner, vpcs, tmp_path)
    base = {
        "dax_account_b_connection": b.connection(),
        "dax_account_b_cluster": cluster_document(owner),
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "emulator_url": URL,
    }
    hosts = {name: {**base, **variables} for name, (variables, _parts) in cases.items()}
    inventory = tmp_path / "inventory.json"
    inventory.write_text(json.dumps({"dax_account_b": {"hosts": hosts}}))
    run = run_playbook(SIDE_B, a, b, inventory=inventory)
    assert run.write_attempts() == []
    wrong = {}
    for name, (_variables, parts) in cases.items():
        said = [str(result["msg"]) for host, _task, result in run.results if host == name and result.get("failed")]
        one_line = len(said) == 1 and len(said[0].splitlines()) == 1
        if not one_line or any(part not in said[0] for part in parts):
            wrong[name] = (said, parts)
    assert wrong == {}


# Every kind of wrong value for every variable is a unit test (plan/test_options.py); these are for whole runs. The
# playbooks leave the check to the role: Ansible's own check of a role's arguments takes two lines.
WRONG_OF_A: dict[str, Any] = {
    "access": "read_all",
    "account_id": 83,
    "cluster_nmae": "orders",
    "cluster_name": "orders\nof others",
    "dns_resolution": "perhaps",
    "max_session_duration": 60,
    "role_name": ["DaxCrossAccountRole"],
    "tags": "team",
}
WRONG_OF_B: dict[str, Any] = {
    "account_id": 83,
    "instance": "perhaps",
    "name": "reports\nof others",
    "role_name": ["AssumeDaxRole"],
    "sts_access": "nat_gateway",
    "subnet_count": 0,
    "tags": {"aws:team": "cache"},
    "vpc_cdir": "10.1.0.0/24",
}


@pytest.mark.parametrize(
    ("playbook", "side", "wrong"), [(ACCOUNT_A, "a", WRONG_OF_A), (ACCOUNT_B, "b", WRONG_OF_B)], ids="ab"
)
def test_every_wrong_variable(a, b, owner, tmp_path, playbook, side, wrong) -> None:
    of_a = {"dax_account_a_cluster_name": CLUSTER, "dax_account_a_connection": a.connection()}
    of_b = {"dax_account_b_cluster": cluster_document(owner), "dax_account_b_connection": b.connection()}
    hosts = {name: {**of_a, **of_b, f"dax_account_{side}_{name}": value} for name, value in wrong.items()}
    inventory = write_inventory(tmp_path / "hosts.json", hosts if side == "a" else {}, hosts if side == "b" else {})
    run = run_playbook(playbook, a, b, inventory=inventory)
    assert run.rc != 0
    assert run.write_attempts() == []
    told = {host: str(result["msg"]).splitlines() for host, _task, result in run.results if result.get("failed")}
    assert told.keys() == wrong.keys()
    assert {host: lines for host, lines in told.items() if len(lines) != 1} == {}
    assert [host for host, lines in told.items() if not lines[0].startswith(f"dax_account_{side}_{host}")] == []


def test_a_bad_consumer_document(a, owner, tmp_path) -> None:
    consumer = make_consumer(new_account(), owner)
    overlapping = {**consumer, "name": "overlapping", "cidr_blocks": ["10.77.200.0/24"]}
    given = [
        {**consumer, "version": 3},
        {**consumer, "name": "foreign", "cluster_arn": consumer["cluster_arn"].replace("orders", "other")},
        {**consumer, "name": "same", "account_id": a.id, "role_arn": f"arn:aws:iam::{a.id}:role/AssumeDaxRole"},
        {**consumer, "name": "stolen", "role_arn": f"arn:aws:iam::{a.id}:role/AssumeDaxRole"},
        consumer,
        {**consumer, "cidr_blocks": ["10.51.0.0/24"]},
        overlapping,
    ]
    run = run_playbook(SIDE_A, a, a, variables={"dax_account_a_consumers": given})
    assert run.rc != 0
    assert run.write_attempts() == []
    (message,) = run.failures
    lines = message.splitlines()
    expected = [
        ["document 1", "version is 3", "dax_account_a_consumers"],
        ["foreign", "cache/other", "dax_account_a_consumers"],
        ["same", "its account is the cluster's own", "dax_account_b_connection"],
        ["document 4", "no role of account", "dax_account_a_consumers"],
        ["given twice", "dax_account_b_name"],
        ["10.77.200.0/24", "10.77.0.0/16", "dax_account_b_vpc_cidr"],
    ]
    for parts in expected:
        assert [line for line in lines if all(part in line for part in parts)], (parts, lines)


def with_template(document: dict[str, Any], marker: Path) -> dict[str, dict[str, Any]]:
    """Return the document with a template that makes ``marker`` in each of its texts, and in a key that it lacks."""
    template = "{{ lookup('ansible.builtin.pipe', 'touch %s') }}"
    texts = [key for key, value in document.items() if isinstance(value, str) or value is None]
    return {key: {**document, key: template % f"{marker}-{key}"} for key in [*texts, "colour"]}


def test_templates_in_documents_are_text(a, b, owner, tmp_path) -> None:
    made = tmp_path / "made"
    consumers = []
    for key, document in with_template(make_consumer(new_account(), owner, "10.52.0.0/24"), made).items():
        consumers.append(str(tmp_path / f"consumer-{key}.yml"))
        Path(consumers[-1]).write_text(yaml.safe_dump(document))
    run = run_playbook(SIDE_A, a, a, "--check", variables={"dax_account_a_consumers": consumers})
    assert run.rc != 0
    assert len(run.failures[0].splitlines()) == len(consumers)
    for key, document in with_template(cluster_document(owner), made).items():
        path = tmp_path / f"cluster-{key}.yml"
        path.write_text(yaml.safe_dump(document))
        assert refusal(run_playbook(SIDE_B, a, b, variables={"dax_account_b_cluster": str(path)}))
    assert list(tmp_path.glob("made*")) == []


def test_documents_that_are_not_there_yet_are_waited_for(a, b, owner) -> None:
    run = run_playbook(SIDE_A, a, b, variables={"dax_account_a_consumers": ["/nowhere/consumer.yml"]})
    assert "wait consumer document /nowhere/consumer.yml" in run.text
    other = run_playbook(SIDE_B, a, b, variables={"dax_account_b_cluster": "/nowhere/cluster.yml"})
    assert "/nowhere/cluster.yml" in other.text
    for each in (run, other):
        assert each.rc == 0
        assert each.write_attempts() == []
