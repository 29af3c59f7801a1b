# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module finds out on a host: real commands, a metadata service on loopback, a package index that is not."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.modules import dax_client_host_info as module


class Metadata(BaseHTTPRequestHandler):
    """An instance metadata service, version 2."""

    document: bytes = b""

    def do_PUT(self) -> None:
        assert self.path == "/latest/api/token"
        assert self.headers["X-aws-ec2-metadata-token-ttl-seconds"]
        self.answer(b"token")

    def do_GET(self) -> None:
        if self.headers["X-aws-ec2-metadata-token"] != "token":
            self.send_error(401)
        elif self.path == "/latest/dynamic/instance-identity/document":
            self.answer(self.document)
        else:
            self.send_error(404)

    def answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def metadata(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Metadata]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Metadata)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    Metadata.document = json.dumps({"region": "eu-west-1"}).encode()
    yield Metadata
    server.shutdown()
    server.server_close()


def host(run_module: Any, **options: Any) -> Any:
    result = run_module(module, options)
    assert (result["failed"], result["changed"]) == (False, False)
    return result["host"]


def executable(directory: Path, name: str, script: str) -> None:
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_what_commands_print(run_module: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    executable(tmp_path, "python3", "echo Python 3.9.25")
    executable(tmp_path, "java", "echo 'openjdk version \"17\"' >&2")
    executable(tmp_path, "mvn", "echo no; exit 3")
    executable(tmp_path, "go", "printf 'go\\377'")
    (tmp_path / "node").write_text("not executable")
    (tmp_path / "dotnet").write_bytes(b"\x7fELF of another machine")
    (tmp_path / "dotnet").chmod(0o755)
    names = ["python3", "java", "mvn", "go", "a-tool-that-is-not-there", "dotnet"]
    found = host(run_module, commands=[[name, "--version"] for name in names])["outputs"]
    assert found[:5] == ["Python 3.9.25", 'openjdk version "17"', "no", "go\ufffd", None]
    assert isinstance(found[5], str), "a program that cannot be run says something, or nothing"


def test_a_command_that_hangs(run_module: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COMMAND_SECONDS", 1)
    assert module.run(["sleep", "30"], 1) == (1, "no answer in 1 seconds")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('NAME="Amazon Linux"\nVERSION="2023"\nID="amzn"\nVERSION_ID="2023"\n', "amzn 2023"),
        ("ID=debian\nVERSION_ID='12'\n# a comment\n", "debian 12"),
        ("ID=arch\n", "arch"),
        ("", ""),
    ],
)
def test_the_system(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "os-release").write_text(text)
    assert module.system(str(tmp_path / "os-release")) == says
    assert module.system(str(tmp_path / "none")) == ""


def test_the_region_of_the_instance(run_module: Any, metadata: type[Metadata]) -> None:
    assert host(run_module, region=True)["region"] == "eu-west-1"
    assert host(run_module)["region"] == ""


@pytest.mark.parametrize("document", [b"", b"not json", b"[]", b"{}", b"null"])
def test_a_metadata_service_that_tells_no_region(run_module: Any, metadata: type[Metadata], document: bytes) -> None:
    metadata.document = document
    assert host(run_module, region=True)["region"] == ""


def test_no_metadata_service(run_module: Any, metadata: type[Metadata], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert host(run_module, region=True)["region"] == ""
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9")
    assert host(run_module, region=True)["region"] == ""


def test_a_package_index(run_module: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one pip's last line is told; what is built already needs none."""
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    options = {"pip_python": sys.executable, "pip_package": "nothing-of-this-kind==1"}
    missing = str(tmp_path / "x")
    assert "nothing-of-this-kind==1" in host(run_module, **options, pip_unless=missing)["index_problem"]
    built = tmp_path / ".built"
    built.write_text("")
    assert host(run_module, **options, pip_unless=str(built))["index_problem"] == ""
    assert [path.name for path in tmp_path.iterdir()] == [".built"]


def test_a_python_without_pip(run_module: Any, tmp_path: Path) -> None:
    executable(tmp_path, "python3", "echo No module named venv >&2; exit 1")
    options = {"pip_python": str(tmp_path / "python3"), "pip_package": "six==1.17.0"}
    assert host(run_module, **options)["index_problem"] == "No module named venv"
