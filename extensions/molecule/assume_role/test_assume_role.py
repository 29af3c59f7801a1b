# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Both accounts are entered by roles that one base credential of a third account assumes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from scenario.accounts import Account, new_account
from scenario.emulator import URL, control
from scenario.owner import make_owner
from scenario.playbook import SITE, TEARDOWN, Run, run_playbook, write_inventory
from scenario.snapshot import differences, snapshot

EXTERNAL_ID = "ticket-4711"
WHERE = {"region": "us-east-1", "endpoint_url": URL}


class Organisation:
    """A base account with a user who may do nothing but assume the role Deployer of the accounts A and B."""

    def __init__(self) -> None:
        self.base, self.a, self.b = new_account(), new_account(), new_account()
        make_owner(self.a)
        for account in (self.a, self.b):
            self._role(account)
        iam = self.base.iam
        iam.create_user(UserName="pipeline")
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": [*map(self.arn, (self.a, self.b))]}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName="pipeline", PolicyName="assume", PolicyDocument=policy)
        key = iam.create_access_key(UserName="pipeline")["AccessKey"]
        self.keys = {"access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}

    def _role(self, account: Account) -> None:
        trust = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{self.base.id}:root"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}},
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        account.iam.create_role(RoleName="Deployer", AssumeRolePolicyDocument=document)
        everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        account.iam.put_role_policy(RoleName="Deployer", PolicyName="all", PolicyDocument=json.dumps(everything))

    def arn(self, account: Account) -> str:
        return f"arn:aws:iam::{account.id}:role/Deployer"

    def connection(self, account: Account, **more: Any) -> dict[str, Any]:
        own = {"assume_role_arn": self.arn(account), "external_id": EXTERNAL_ID, "session_name": "run-7"}
        return {**WHERE, **self.keys, **own, **more}

    def run(
        self, playbook: Path, folder: Path, *arguments: str, more: dict[str, Any] | None = None, **options: Any
    ) -> Run:
        a, b = (self.connection(account, **(more or {})) for account in (self.a, self.b))
        # Not by way of --extra-vars, which a person would see in the list of processes.
        owner = {"dax_account_a_cluster_name": "orders", "dax_account_a_connection": a}
        inventory = write_inventory(folder / "inventory.json", {"a": owner}, {"b": {"dax_account_b_connection": b}})
        return run_playbook(playbook, self.base, self.base, *arguments, inventory=inventory, **options)


@pytest.fixture(scope="module")
def organisation() -> Organisation:
    return Organisation()


@pytest.fixture(scope="module")
def before(organisation: Organisation) -> dict[str, Any]:
    return {"a": snapshot(organisation.a), "b": snapshot(organisation.b)}


def check(run: Run, organisation: Organisation) -> None:
    """Every call was made by the role of its own account, but for the ones that assume it, one a side."""
    assert run.rc == 0, run.failures or run.text[-3000:]
    assumed = [call for call in run.calls if call["operation"] == "AssumeRole"]
    pipeline = f"arn:aws:iam::{organisation.base.id}:user/pipeline"
    assert [call["principal"] for call in assumed] == [pipeline, pipeline]
    others = {call["principal"] for call in run.calls if call["operation"] != "AssumeRole"}
    sessions = {f"arn:aws:sts::{one.id}:assumed-role/Deployer/run-7" for one in (organisation.a, organisation.b)}
    assert others == sessions


def test_a_run_in_check_mode_assumes_the_roles_and_writes_nothing(
    organisation: Organisation, before: Any, tmp_path: Path
) -> None:
    run = organisation.run(SITE, tmp_path, "--check")
    check(run, organisation)
    assert run.write_attempts() == []
    assert len(run.actions("A", "B")) > 15


def test_the_accounts_are_joined_and_no_secret_is_told(organisation: Organisation, before: Any, tmp_path: Path) -> None:
    run = organisation.run(SITE, tmp_path, "-vvv", "--diff", callback="ansible.builtin.default")
    check(run, organisation)
    assert len(run.writes()) > 20
    assert "EXEC" in run.text, "the output is not that of -vvv"
    assert "resource_type" in run.text, "the output shows no results"
    assert "secret_key" not in run.text
    assert "session_token" not in run.text
    assert organisation.keys["secret_key"] not in run.text
    # The ids and tokens of sessions begin like this, on the emulator as on AWS.
    assert re.findall(r"\bASIA[A-Z0-9]{16}\b|FwoGZXIvYXdzE|Rndv[A-Za-z0-9+/]{40}", run.text) == []
    second = organisation.run(SITE, tmp_path)
    check(second, organisation)
    assert (second.changed, second.write_attempts()) == (0, [])


def test_sessions_that_end_while_a_module_is_at_work_are_renewed(organisation: Organisation, tmp_path: Path) -> None:
    """Once where account B is read, and once where it is written."""
    ended = [("DescribeRouteTables", "RequestExpired"), ("DeleteInternetGateway", "RequestExpired")]
    for operation, error in ended:
        fault = {"service": "ec2", "operation": operation, "error": error, "account": organisation.b.id, "count": 1}
        control("POST", "faults", fault)
    try:
        run = organisation.run(TEARDOWN, tmp_path)
    finally:
        control("DELETE", "faults")
    assert run.rc == 0, run.failures or run.text[-3000:]
    assert [call["operation"] for call in run.calls if call["error"] == "RequestExpired"] == [each[0] for each in ended]
    assert len([call for call in run.calls if call["operation"] == "AssumeRole"]) == 4


def test_nothing_is_left(organisation: Organisation, before: Any) -> None:
    assert differences(before["a"], snapshot(organisation.a)) == []
    assert differences(before["b"], snapshot(organisation.b)) == []


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"external_id": "another"}, "with this external_id"),
        ({"external_id": ""}, "and may ask for an external_id"),
        ({"duration": 43200}, "DurationSeconds exceeds the MaxSessionDuration"),
    ],
)
def test_a_refused_assumption_is_one_line(
    organisation: Organisation, tmp_path: Path, more: dict[str, Any], says: str
) -> None:
    run = organisation.run(SITE, tmp_path, more=more)
    assert run.rc != 0
    (message,) = run.failures
    assert len(message.splitlines()) == 1
    assert message.startswith(f"dax_account_a_connection: {organisation.arn(organisation.a)} cannot be assumed: ")
    assert says in message
    assert {call["operation"] for call in run.calls} == {"AssumeRole"}
