# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A third account, which everything around a run means: no task asks it, and none of one side asks the other's."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from scenario.accounts import Account, new_account
from scenario.emulator import URL
from scenario.owner import cluster_document, make_owner
from scenario.playbook import SIDE_B, SITE, TEARDOWN, Run, run_playbook

SECRET = "a-secret-of-the-third-account"
WHERE = {"region": "us-east-1", "endpoint_url": URL}
ONLY_A = {"DescribeClusters", "AcceptVpcPeeringConnection", "AuthorizeSecurityGroupIngress"}
ONLY_B = {"CreateInstanceProfile", "CreateVpc", "CreateVpcPeeringConnection", "RunInstances", "TerminateInstances"}


class Container:
    """Where the third account's container gets its credentials, as ECS and EKS have it, and AWS as it would be."""

    def __init__(self, account: Account) -> None:
        self.asked: list[str] = []
        container = self
        credentials = {"AccessKeyId": account.id, "SecretAccessKey": SECRET, "Token": "", "RoleArn": "arn:x"}
        answer = json.dumps({**credentials, "Expiration": "2099-01-01T00:00:00Z"}).encode()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                container.asked.append(self.path)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(answer)

            do_POST = do_PUT = do_GET

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def third() -> Account:
    return new_account()


@pytest.fixture
def container(third: Account) -> Iterator[Container]:
    made = Container(third)
    yield made
    made.server.shutdown()
    made.server.server_close()


def surroundings(third: Account, container: Container, home: Path, profiles: dict[str, Account]) -> dict[str, str]:
    """Return an environment in which everything that can mean an account means the third one."""
    keys = f"aws_access_key_id = {third.id}\naws_secret_access_key = {SECRET}\n"
    others = "".join(
        f"[{name}]\naws_access_key_id = {account.id}\naws_secret_access_key = molecule\n"
        for name, account in profiles.items()
    )
    folder = home / ".aws"
    folder.mkdir(parents=True)
    named = "".join(f"[profile {name}]\nregion = eu-west-2\n" for name in profiles)
    (folder / "config").write_text(f"[default]\nregion = eu-west-3\nendpoint_url = {container.url}\n{keys}{named}")
    (folder / "credentials").write_text(f"[default]\n{keys}{others}")
    keyed = {"AWS_ACCESS_KEY_ID": third.id, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": "of-the-third"}
    return {
        **keyed,
        "HOME": str(home),
        "AWS_ACCESS_KEY": third.id,
        "AWS_SECRET_KEY": SECRET,
        "AWS_SECURITY_TOKEN": "of-the-third",
        "AWS_PROFILE": "default",
        "AWS_DEFAULT_PROFILE": "default",
        "AWS_REGION": "eu-west-3",
        "AWS_DEFAULT_REGION": "eu-west-3",
        "AWS_ENDPOINT_URL": container.url,
        "AWS_ENDPOINT_URL_EC2": container.url,
        "AWS_ENDPOINT_URL_STS": container.url,
        "AWS_ROLE_ARN": f"arn:aws:iam::{third.id}:role/Web",
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(folder / "credentials"),
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{container.url}/credentials",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "of-the-third",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": container.url,
    }


def within_defaults(playbook: Path, third: Account, folder: Path) -> Path:
    """Return a playbook whose plays have module_defaults with the third account's keys, as an outer play may."""
    keys = {"access_key": third.id, "secret_key": SECRET, "session_token": "of-the-third", "region": "eu-west-3"}
    defaults = {"group/aws": keys, "group/amazon.aws.aws": keys, "group/dax.cross_account.aws": keys}
    plays = yaml.safe_load(playbook.read_text())
    path = folder / playbook.name
    path.write_text(yaml.safe_dump([{**play, "module_defaults": defaults} for play in plays]))
    for name in ("tasks", "templates", "vars"):
        (folder / name).symlink_to(playbook.parent / name)
    return path


def check(run: Run, a: Account, b: Account) -> None:
    assert run.rc == 0, run.failures or run.text[-2000:]
    assert {call["account"] for call in run.calls} == {a.id, b.id}
    assert {call["region"] for call in run.calls} == {"us-east-1"}
    for call in run.calls:
        if call["operation"] in ONLY_A | ONLY_B:
            assert call["account"] == (a if call["operation"] in ONLY_A else b).id, call
    assert SECRET not in run.text


@pytest.mark.parametrize("with_profiles", [False, True], ids=["keys", "profiles"])
def test_nothing_asks_the_third_account(
    third: Account, container: Container, with_profiles: bool, tmp_path: Path
) -> None:
    a, b = new_account(), new_account()
    make_owner(a)
    environment = surroundings(third, container, tmp_path / "home", {"owner": a, "consumer": b})
    of_a: dict[str, str] = {"profile": "owner", **WHERE} if with_profiles else a.connection()
    of_b: dict[str, str] = {"profile": "consumer", **WHERE} if with_profiles else b.connection()
    variables = {"dax_account_a_connection": of_a, "dax_account_b_connection": of_b}
    for playbook, writes in ((SITE, 15), (TEARDOWN, 10)):
        folder = tmp_path / playbook.stem
        folder.mkdir()
        outer = within_defaults(playbook, third, folder)
        run = run_playbook(outer, a, b, variables=variables, environment=environment)
        check(run, a, b)
        assert len(run.writes()) > writes
    assert container.asked == []


# What a connection must not be, and what the line says of it. Nobody is asked.
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "empty_keys": ({"access_key": "", "secret_key": ""}, "access_key is empty"),
    "empty_secret": ({"access_key": "111111111111", "secret_key": ""}, "secret_key is empty"),
    "no_keys": ({"access_key": None, "secret_key": None}, "access_key is empty"),
    "empty_profile": ({"profile": ""}, "profile is empty"),
    "short_secret": ({"access_key": "111111111111", "secret_key": "x"}, "fewer than 8 characters"),
    "word_for_secret": ({"access_key": "111111111111", "secret_key": "test"}, "fewer than 8 characters"),
    "half_a_pair": ({"access_key": "111111111111"}, "access_key without secret_key"),
    "both": ({"profile": "p", "access_key": "111111111111", "secret_key": "long-enough"}, "a profile and keys"),
    "token_alone": ({"session_token": "long-enough"}, "session_token without access_key"),
    "unknown": ({"colour": "red"}, "no option 'colour'"),
    "missing_in_the_vault": (
        {"access_key": "{{ vault_payments_access_key }}", "secret_key": "{{ vault_payments_secret_key }}"},
        "vault_payments_access_key",
    ),
}


def test_connections_that_would_mean_somebody_else(third: Account, container: Container, tmp_path: Path) -> None:
    a, b = new_account(), new_account()
    document = cluster_document(make_owner(a))
    base = {
        "dax_account_b_cluster": document,
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    }
    hosts = {name: {**base, "dax_account_b_connection": {**WHERE, **given}} for name, (given, _says) in WRONG.items()}
    inventory = tmp_path / "inventory.json"
    inventory.write_text(json.dumps({"dax_account_b": {"hosts": hosts}}))
    environment = surroundings(third, container, tmp_path / "home", {})
    run = run_playbook(SIDE_B, a, b, inventory=inventory, environment=environment)
    assert run.rc != 0
    assert run.calls == []
    assert container.asked == []
    for name, (_given, says) in WRONG.items():
        (said,) = [str(result["msg"]) for host, _task, result in run.results if host == name and result.get("failed")]
        assert len(said.splitlines()) == 1, said
        # Ansible itself names a variable that is missing.
        assert "dax_account_b_connection" in said or says.startswith("vault_")
        assert says in said
