# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each account is reached by its own connection alone, whatever the shell carries, and no secret is told."""

from __future__ import annotations

import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from scenario.accounts import Account, new_account
from scenario.emulator import URL, refusing_writes
from scenario.owner import make_owner
from scenario.playbook import SITE, Run, run_playbook

# Which account each of these belongs to, whoever else is asked by mistake.
ONLY_A = {"DescribeClusters", "AcceptVpcPeeringConnection", "AuthorizeSecurityGroupIngress"}
ONLY_B = {"CreateInstanceProfile", "CreateVpc", "CreateVpcPeeringConnection", "RunInstances"}


class Decoy(BaseHTTPRequestHandler):
    """Where the shell's endpoint variables point: nothing may ever come here."""

    asked: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_error(400)

    do_POST = do_PUT = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def decoy():
    Decoy.asked.clear()
    server = HTTPServer(("127.0.0.1", 0), Decoy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    assert Decoy.asked == []


def hostile(account: Account, endpoint: str) -> dict[str, str]:
    """Return an environment that means another account, by every variable there is."""
    return {
        "AWS_PROFILE": "a-profile-that-is-missing",
        "AWS_DEFAULT_PROFILE": "another-one",
        "AWS_ACCESS_KEY_ID": account.id,
        "AWS_ACCESS_KEY": account.id,
        "AWS_SECRET_ACCESS_KEY": "stranger",
        "AWS_SECRET_KEY": "stranger",
        "AWS_SESSION_TOKEN": "session-of-a-stranger",
        "AWS_SECURITY_TOKEN": "session-of-a-stranger",
        "AWS_REGION": "eu-west-3",
        "AWS_DEFAULT_REGION": "eu-west-3",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ENDPOINT_URL_EC2": endpoint,
        "AWS_ENDPOINT_URL_IAM": endpoint,
        "AWS_ENDPOINT_URL_DAX": endpoint,
        "AWS_ENDPOINT_URL_STS": endpoint,
        "AWS_URL": endpoint,
        "EC2_URL": endpoint,
    }


def session(account: Account) -> dict[str, str]:
    """Return connection options with short-lived credentials, which are worth nothing without their token."""
    root = {"Principal": {"AWS": f"arn:aws:iam::{account.id}:root"}, "Effect": "Allow", "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [root]})
    admin = account.iam.create_role(RoleName="Operator", AssumeRolePolicyDocument=trust)
    keys = account.sts.assume_role(RoleArn=admin["Role"]["Arn"], RoleSessionName="operator")["Credentials"]
    return {
        "access_key": keys["AccessKeyId"],
        "secret_key": keys["SecretAccessKey"],
        "session_token": keys["SessionToken"],
        "region": account.region,
        "endpoint_url": URL,
    }


def only_own_calls(run: Run, a: Account, b: Account) -> None:
    assert {call["account"] for call in run.calls} == {a.id, b.id}
    assert {call["region"] for call in run.calls} == {"us-east-1"}
    assert {call["error"] for call in run.calls} <= {None, "NoSuchEntity"}
    for call in run.calls:
        if call["operation"] in ONLY_A:
            assert call["account"] == a.id, call
        if call["operation"] in ONLY_B:
            assert call["account"] == b.id, call


def test_sessions_in_a_hostile_shell_and_no_secret_in_the_output(decoy: str) -> None:
    a, b, stranger = new_account(), new_account(), new_account()
    make_owner(a)
    of_a, of_b = session(a), session(b)
    variables = {"dax_account_a_connection": of_a, "dax_account_b_connection": of_b}
    secrets = [options[key] for options in (of_a, of_b) for key in ("secret_key", "session_token")]
    assert all(len(secret) > 20 for secret in secrets)
    run = run_loudly(a, b, variables, hostile(stranger, decoy))
    assert run.rc == 0, run.text[-3000:]
    assert "EXEC" in run.text, "the output is not that of -vvv"
    assert "resource_type" in run.text, "the output shows no results"
    assert "secret_key" not in run.text, "the output shows options of the account's modules"
    only_own_calls(run, a, b)
    assert len(run.writes()) > 20
    assert {call["principal"] for call in run.calls} == {
        f"arn:aws:sts::{account.id}:assumed-role/Operator/operator" for account in (a, b)
    }
    assert [secret for secret in secrets if secret in run.text] == []
    # Neither does a task that fails.
    a.iam.delete_role_policy(RoleName="DaxCrossAccountRole", PolicyName="DaxCrossAccountPolicy")
    with refusing_writes(a.id, after=0):
        failed = run_loudly(a, b, variables, hostile(stranger, decoy))
    assert failed.rc != 0
    assert "UnauthorizedOperation" in failed.text
    assert [secret for secret in secrets if secret in failed.text] == []


def run_loudly(a: Account, b: Account, variables: dict[str, Any], environment: dict[str, str]) -> Run:
    # Not by way of --extra-vars, which a person would see in the list of processes.
    inventory = Path(os.environ.get("MOLECULE_EPHEMERAL_DIRECTORY", "/tmp")) / f"{a.id}.json"
    common = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    hosts_a = {"account_a": {"dax_account_a_cluster_name": "orders", **variables, **common}}
    groups = {"dax_account_a": {"hosts": hosts_a}, "dax_account_b": {"hosts": {"account_b": {**variables, **common}}}}
    inventory.write_text(json.dumps(groups))
    return run_playbook(
        SITE, a, b, "-vvv", inventory=inventory, environment=environment, callback="ansible.builtin.default"
    )


def test_profiles_in_a_hostile_shell(decoy: str, tmp_path: Path) -> None:
    a, b, stranger = new_account(), new_account(), new_account()
    make_owner(a)
    files = {"AWS_CONFIG_FILE": tmp_path / "config", "AWS_SHARED_CREDENTIALS_FILE": tmp_path / "credentials"}
    files["AWS_CONFIG_FILE"].write_text("[profile owner]\nregion = eu-west-2\n[profile consumer]\nregion = eu-west-2\n")
    files["AWS_SHARED_CREDENTIALS_FILE"].write_text(
        f"[owner]\naws_access_key_id = {a.id}\naws_secret_access_key = x\n"
        f"[consumer]\naws_access_key_id = {b.id}\naws_secret_access_key = x\n"
    )
    where = {"region": "us-east-1", "endpoint_url": URL}
    run = run_playbook(
        SITE,
        a,
        b,
        "--check",
        variables={
            "dax_account_a_connection": {"profile": "owner", **where},
            "dax_account_b_connection": {"profile": "consumer", **where},
        },
        environment={**hostile(stranger, decoy), **{name: str(path) for name, path in files.items()}},
    )
    assert run.rc == 0, run.failures
    assert len(run.actions("A")) == 7
    only_own_calls(run, a, b)


def test_without_a_connection_of_its_own_an_account_has_the_shells(tmp_path: Path) -> None:
    """The other way round, so that the tests above mean something: these variables do work."""
    a, b = new_account(), new_account()
    make_owner(a)
    shell = {
        "AWS_ACCESS_KEY_ID": a.id,
        # Ansible hides what is secret wherever it stands: one letter of it would be gone from every name.
        "AWS_SECRET_ACCESS_KEY": "secret-of-the-shell",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": URL,
    }
    run = run_playbook(SITE, a, b, "--check", variables={"dax_account_a_connection": {}}, environment=shell)
    assert run.rc == 0, run.failures
    only_own_calls(run, a, b)
