# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pattern in a controller: made by awx.awx, then its workflows there and back, job by job. In order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from scenario.accounts import Account, new_account
from scenario.controller import TOKEN, Controller, serving
from scenario.jobs import Job, Jobs
from scenario.owner import CLUSTER, Owner, make_owner
from scenario.playbook import ROOT
from scenario.snapshot import differences, snapshot

PATTERN = ROOT / "extensions/patterns/join_accounts"
CONSUMERS = [
    {"name": "payments", "credential": "DAX payments"},
    {"name": "shipping+eu", "credential": "DAX shipping", "variables": {"dax_account_b_instance": False}},
    {"name": "stock", "credential": "DAX stock", "variables": {"dax_account_b_vpc_cidr": "10.9.0.0/24"}},
]


@dataclass
class World:
    """The accounts, the controller, and what the tests have found so far."""

    owner: Owner
    consumers: dict[str, Account]
    controller: Controller
    jobs: Jobs
    before: dict[str, Any]

    def accounts(self) -> dict[str, Account]:
        return {"owner": self.owner.account, **self.consumers}

    def snapshots(self) -> dict[str, Any]:
        return {name: snapshot(account) for name, account in self.accounts().items()}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    owner = make_owner(new_account())
    consumers = {consumer["name"]: new_account() for consumer in CONSUMERS}
    secrets = {"DAX owner": owner.account.connection()}
    secrets |= {consumer["credential"]: consumers[consumer["name"]].connection() for consumer in CONSUMERS}
    controller = Controller()
    jobs = Jobs(controller, tmp_path_factory.mktemp("jobs"), secrets)
    made = World(owner, consumers, controller, jobs, {})
    made.before = made.snapshots()
    return made


def configure(url: str, **given: Any) -> subprocess.CompletedProcess[str]:
    variables = {
        "dax_controller_project_url": "https://git.example.com/dax.cross_account.git",
        "dax_controller_execution_environment_image": "dax/cross_account_ee",
        "dax_controller_consumers": CONSUMERS,
        **given,
    }
    playbook = PATTERN / "playbooks/configure_controller.yml"
    command = ["ansible-playbook", "--inventory", "localhost,", "--extra-vars", json.dumps(variables), str(playbook)]
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": os.environ["HOME"],
        "LANG": "C.UTF-8",
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "CONTROLLER_HOST": url,
        "CONTROLLER_OAUTH_TOKEN": TOKEN,
    }
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1800, check=False)


def test_what_is_not_given_is_told_before_anything_is_made(world: World) -> None:
    with serving(world.controller) as url:
        run = configure(url, dax_controller_consumers=[])
    assert run.returncode != 0
    assert "dax_controller_consumers is empty; give a list of consumers" in run.stdout + run.stderr
    assert world.controller.writes == []


def test_awx_awx_makes_everything_once(world: World) -> None:
    with serving(world.controller) as url:
        run = configure(url)
        assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-2000:]
        made = list(world.controller.writes)
        assert {name.split("/ ")[-1] for name in made if name.startswith("POST job_templates DAX")} == {
            *("Site", "Account A", "Account A plan", "Account B", "Check", "Doctor", "Verify", "Teardown")
        }
        again = configure(url)
    assert again.returncode == 0, again.stdout[-3000:]
    assert world.controller.writes == made
    assert "changed=0" in again.stdout


def document_of(job: Job) -> dict[str, Any]:
    """Return the document of the consumer that a job built."""
    name = job.variables["dax_account_b_name"]
    found = [json.loads(value) for key, value in job.artifacts.items() if key.startswith("dax_consumer_document_")]
    (document,) = [each for each in found if each["name"] == name]
    return dict(document)


def test_the_workflow_joins_the_accounts(world: World) -> None:
    answers = {
        "dax_account_a_cluster_name": CLUSTER,
        "dax_account_a_access": "read_only",
        "dax_account_a_external_id_per_consumer": "true",
    }
    jobs = world.jobs.workflow("DAX / Join accounts", answers)
    names = [consumer["name"] for consumer in CONSUMERS]
    order = ["cluster", *(f"consumer_{name}" for name in names), "plan", "grant", *(f"finish_{name}" for name in names)]
    assert sorted(jobs) == sorted(order)
    assert next(iter(jobs)) == "cluster"
    assert list(jobs).index("plan") < list(jobs).index("grant")
    # Those that choose a block know those of the jobs before them.
    documents = {name: document_of(jobs[f"consumer_{name}"]) for name in names}
    assert [documents[name]["cidr_blocks"] for name in names] == [["10.1.0.0/24"], ["10.1.1.0/24"], ["10.9.0.0/24"]]
    # The approver sees the plan, also where consumers have external ids.
    shown = jobs["plan"].displayed
    assert isinstance(shown, dict)
    plan = shown["dax_plan_account_a"]
    assert plan["changes"] > 0
    for name in names:
        assert any(f"{world.consumers[name].id}/{name}" in line for line in plan["lines"]), plan["lines"]
    assert "\n".join(plan["lines"]) in jobs["plan"].output
    # External ids are in the documents, which are hidden, and nowhere else that is shown.
    for name in names:
        job = jobs[f"consumer_{name}"]
        document = documents[name]
        assert document["external_id"]
        assert job.displayed == "$hidden due to Ansible no_log flag$"
        for each in jobs.values():
            assert document["external_id"] not in json.dumps(each.displayed)
            assert document["external_id"] not in each.output
    grant = jobs["grant"].artifacts["dax_summary_account_a"]
    assert grant["complete"] is True
    # It was held to the plan that was approved, and handed none on.
    approved = jobs["plan"].artifacts["dax_plan_document_account_a"]
    assert jobs["grant"].variables["dax_plan_document_account_a"] == approved
    assert json.loads(approved)["lines"] == plan["lines"]
    assert "dax_plan_document_account_a" not in jobs["grant"].artifacts
    # AWS's own words.
    role = world.owner.account.iam.get_role(RoleName="DaxCrossAccountRole")["Role"]
    for name, account in world.consumers.items():
        assert f"arn:aws:iam::{account.id}:role/AssumeDaxRole" in json.dumps(role["AssumeRolePolicyDocument"])
        (peering,) = account.ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
        assert peering["Status"]["Code"] == "active"
        instances = account.ec2.describe_instances()["Reservations"]
        assert len(instances) == (0 if name == "shipping+eu" else 1)
    for account in world.accounts().values():
        for job in jobs.values():
            assert account.connection()["secret_key"] not in json.dumps(job.artifacts)


def test_a_job_by_itself_finds_nothing_to_do(world: World) -> None:
    template = world.controller.named("job_templates", "DAX / Account A plan")
    job = world.jobs.job(
        template,
        {
            "dax_account_a_cluster_name": CLUSTER,
            "dax_account_a_access": "read_only",
            "dax_account_a_external_id_per_consumer": "true",
        },
    )
    assert job.rc == 0, job.output[-3000:]
    assert job.artifacts["dax_plan_account_a"]["changes"] == 0


def test_a_job_after_the_approval_refuses_another_plan(world: World) -> None:
    """The plan says that there is nothing to do, and a variable of the job would have it do something."""
    given = {
        "dax_account_a_cluster_name": CLUSTER,
        "dax_account_a_access": "read_only",
        "dax_account_a_external_id_per_consumer": "true",
    }
    job = world.jobs.job(world.controller.named("job_templates", "DAX / Account A plan"), given)
    approved = {"dax_plan_document_account_a": job.artifacts["dax_plan_document_account_a"]}
    template = world.controller.named("job_templates", "DAX / Account A")
    held = world.jobs.job(template, {**given, **approved})
    assert held.rc == 0, held.output[-3000:]
    refused = world.jobs.job(template, {**given, **approved, "dax_account_a_access": "read_write"})
    assert refused.rc != 0
    assert "dax_account_a_access was 'read_only' and is 'read_write'" in refused.output
    policy = world.owner.account.iam.get_role_policy(RoleName="DaxCrossAccountRole", PolicyName="DaxCrossAccountPolicy")
    assert "PutItem" not in json.dumps(policy["PolicyDocument"])


def test_dax_stats_false_leaves_no_artifacts(world: World) -> None:
    template = world.controller.named("job_templates", "DAX / Account A plan")
    job = world.jobs.job(template, {"dax_account_a_cluster_name": CLUSTER, "dax_stats": "false"})
    assert (job.rc, job.artifacts) == (0, {})


def test_the_workflow_back_leaves_what_was_there(world: World) -> None:
    jobs = world.jobs.workflow("DAX / Separate accounts", {"dax_account_a_cluster_name": CLUSTER})
    assert sorted(jobs) == ["plan", *(f"remove_{name}" for name in sorted(world.consumers)), "revoke"]
    after = world.snapshots()
    for name, before in world.before.items():
        assert differences(before, after[name]) == []
