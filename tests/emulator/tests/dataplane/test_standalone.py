# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server by itself, as a program."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import botocore.session
import pytest
from amazondax import AmazonDaxClient
from botocore.exceptions import ClientError

from .conftest import entry

_COMMAND = [sys.executable, "-m", "dax_emulator.dataplane"]


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    reader = {"Statement": {"Effect": "Allow", "Action": "dax:GetItem", "Resource": "*"}}
    path = tmp_path / "keys.json"
    path.write_text(json.dumps([entry("reader", reader, expiration="2099-01-01T00:00:00")]))
    return path


def test_it_serves_until_it_is_stopped(keys: Path, tmp_path: Path) -> None:
    arguments = ["--port", "0", "--tls-port", "0", "--table", "orders:pk:S:sk:N", "--nodes", "2"]
    process = subprocess.Popen(
        [*_COMMAND, *arguments, "--credentials", str(keys), "--directory", str(tmp_path / "tls")],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert [(cluster["tls"], len(cluster["nodes"])) for cluster in told["clusters"]] == [(False, 2), (True, 2)]
        assert Path(told["ca_file"]).is_file()
        assert Path(told["trust_store"]).is_file()
        port = told["clusters"][0]["discovery"]["port"]
        session = botocore.session.Session()
        session.set_credentials("ASIAREADER", "secret-reader", "token-reader")
        key = {"pk": {"S": "a"}, "sk": {"N": "1"}}
        with AmazonDaxClient(session, region_name="us-east-1", endpoint_url=f"dax://127.0.0.1:{port}") as client:
            assert client.get_item(TableName="orders", Key=key) == {}
            with pytest.raises(ClientError, match="not authorized to perform: dax:PutItem"):
                client.put_item(TableName="orders", Item=key)
    finally:
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=10) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--table", "orders"], "'orders' is not NAME:KEY:TYPE[:SORTKEY:TYPE]"),
        (["--table", "orders:pk:X"], "with types S, N or B"),
        (["--table", "orders:pk:S", "--credentials", "/none/such"], "--credentials: "),
        (["--table", "orders:pk:S", "--nodes", "0"], "--nodes"),
    ],
)
def test_bad_arguments(keys: Path, arguments: list[str], message: str) -> None:
    command = [*_COMMAND, "--credentials", str(keys), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert message in done.stderr.splitlines()[-1]


def test_a_credentials_file_that_lacks_something(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text('[{"access_key": "A"}]')
    command = [*_COMMAND, "--credentials", str(path), "--table", "orders:pk:S"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert "entry 0 lacks secret, principal_arn" in done.stderr


def test_a_port_in_use(keys: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [*_COMMAND, "--credentials", str(keys), "--table", "orders:pk:S", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert "cannot listen on 127.0.0.1" in done.stderr
