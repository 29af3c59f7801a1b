# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The instance metadata service, without an emulator: what the paths and the two versions answer."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dax_emulator.metadata.imds import Instance, Server

_ROLE = "latest/meta-data/iam/security-credentials"


class Told(Instance):
    """An instance whose facts are given."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.given = facts

    def facts(self) -> dict[str, Any]:
        return self.given


def facts() -> dict[str, Any]:
    return {
        "account": "222222222222",
        "region": "eu-west-1",
        "availability_zone": "eu-west-1b",
        "instance_id": "i-1",
        "instance_type": "t3.micro",
        "image_id": "ami-1",
        "private_ip": "10.1.0.5",
        "credentials": {
            "role": "Consumer",
            "access_key_id": "ASIAX",
            "secret": "s",
            "token": "t",
            "last_updated": "2026-01-01T00:00:00Z",
            "expiration": "2026-01-01T06:00:00Z",
        },
    }


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(0, Told(facts()))
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def ask(server: Server, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    url = f"http://127.0.0.1:{server.server_address[1]}/{path}"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method, headers=named), timeout=5) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


def test_version_2(server: Server) -> None:
    server.token_required = True
    assert ask(server, _ROLE)[0] == 401
    assert ask(server, "latest/api/token", "PUT")[0] == 400
    assert ask(server, "latest/api/token", "PUT", X_aws_ec2_metadata_token_ttl_seconds="21601")[0] == 400
    status, token = ask(server, "latest/api/token", "PUT", X_aws_ec2_metadata_token_ttl_seconds="60")
    assert status == 200
    assert ask(server, _ROLE, X_aws_ec2_metadata_token=token) == (200, "Consumer")
    assert ask(server, _ROLE, X_aws_ec2_metadata_token="other")[0] == 401
    server.tokens._valid_until[token] = 0.0
    assert ask(server, _ROLE, X_aws_ec2_metadata_token=token)[0] == 401


def test_version_1(server: Server) -> None:
    assert ask(server, f"{_ROLE}/") == (200, "Consumer")
    status, text = ask(server, f"{_ROLE}/Consumer")
    assert status == 200
    assert json.loads(text) == {
        "Code": "Success",
        "LastUpdated": "2026-01-01T00:00:00Z",
        "Type": "AWS-HMAC",
        "AccessKeyId": "ASIAX",
        "SecretAccessKey": "s",
        "Token": "t",
        "Expiration": "2026-01-01T06:00:00Z",
    }
    assert ask(server, "latest/meta-data/placement/region") == (200, "eu-west-1")
    document = json.loads(ask(server, "latest/dynamic/instance-identity/document")[1])
    assert (document["accountId"], document["region"], document["instanceId"]) == ("222222222222", "eu-west-1", "i-1")
    assert ask(server, "latest/meta-data/none")[0] == 404
    assert ask(server, f"{_ROLE}/Other")[0] == 404


def test_an_instance_without_a_role(server: Server) -> None:
    assert isinstance(server.instance, Told)
    server.instance.given["credentials"] = None
    assert ask(server, _ROLE)[0] == 404
    assert ask(server, "latest/meta-data/instance-id") == (200, "i-1")


def test_an_emulator_that_is_gone(server: Server) -> None:
    server.instance = Instance("http://127.0.0.1:9", "222222222222", "eu-west-1", "i-1", None)
    assert ask(server, _ROLE)[0] == 500


def test_credentials_are_renewed_at_half_of_their_life(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[dict[str, Any]] = []

    class Answer:
        def __enter__(self) -> Answer:
            return self

        def __exit__(self, *_: object) -> None: ...

        def read(self) -> bytes:
            made = facts()
            made["credentials"]["expiration"] = (datetime.now(UTC) + timedelta(seconds=life)).isoformat()
            answers.append(made)
            return json.dumps(made).encode()

    monkeypatch.setattr(urllib.request, "urlopen", lambda *_, **__: Answer())
    instance = Instance("http://127.0.0.1:9", "222222222222", "eu-west-1", "i-1", None)
    life = 60
    instance.facts()
    instance.facts()
    assert len(answers) == 1
    instance._renew_at = datetime.now(UTC)
    instance.facts()
    assert len(answers) == 2
