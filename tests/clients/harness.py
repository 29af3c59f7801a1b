# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator of this suite, and the programs as they are run on an instance."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
# What must be on PATH for each language, and the command that runs the built program, as its README says.
TOOLS = {
    "python": ["python3"],
    "nodejs": ["node", "npm"],
    "go": ["go"],
    "java": ["java", "mvn"],
    "dotnet": ["dotnet"],
}
COMMANDS = {
    "python": [".venv/bin/python", "dax_client.py"],
    "nodejs": ["node", "dax-client.mjs"],
    "go": ["./dax-client"],
    "java": ["java", "-XX:TieredStopAtLevel=1", "-jar", "target/dax-client.jar"],
    "dotnet": ["dotnet", "out/dax-client.dll"],
}
TIMEOUT_SECONDS = 60


def missing_tools(language: str) -> list[str]:
    return [tool for tool in TOOLS[language] if shutil.which(tool) is None]


@dataclass(frozen=True)
class Emulator:
    """The emulator and one instance's metadata service."""

    url: str
    metadata: str

    def get(self, path: str) -> Any:
        return self._send("GET", path)

    def put(self, path: str, body: dict[str, Any]) -> Any:
        return self._send("PUT", path, body)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self._send("POST", path, body)

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.url}/_emulator/{path}", data, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)

    def last_call(self) -> int:
        return int(self.get("calls")["last"])

    def assumed(self, since: int, agent: str = "") -> int:
        """How often a role was assumed since a call's number, by programs whose user agent has this in it."""
        return sum(
            call["operation"] == "AssumeRole" and agent in (call["user_agent"] or "").lower()
            for call in self.get(f"calls?since={since}")["calls"]
        )

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        """What the data plane was asked since a request's number."""
        found: list[dict[str, Any]] = self.get(f"dataplane?since={since}")["requests"]
        return found


@dataclass(frozen=True)
class Result:
    """What a program left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self
        return json.loads(self.out)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def complaint(self) -> str:
        """The one line on stderr that says what is wrong."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self
        assert lines[0].startswith("dax-client: "), self
        return lines[0].removeprefix("dax-client: ")


@dataclass(frozen=True)
class Program:
    """A built program, run as on the instance: no credentials but those of the metadata service."""

    language: str
    directory: Path
    environment: dict[str, str]
    java_options: tuple[str, ...] = ()

    def command(self, *arguments: str) -> list[str]:
        first, *rest = COMMANDS[self.language]
        return [first, *(self.java_options if self.language == "java" else ()), *rest, *arguments]

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.directory,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @staticmethod
    def finish(process: subprocess.Popen[str], timeout: float = TIMEOUT_SECONDS) -> Result:
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"no end after {timeout} seconds; stdout {out!r}, stderr {err!r}") from None
        return Result(process.returncode, out, err)

    def run(self, *arguments: str, **environment: str) -> Result:
        return self.finish(self.start(*arguments, **environment))

    def item(self, command: str, table: str, key: dict[str, Any], *more: str, **environment: str) -> Result:
        return self.run(command, "--table", table, "--key", json.dumps(key), *more, **environment)


def clean_environment(home: Path) -> dict[str, str]:
    """The environment without anything that the SDKs would take for configuration."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DAX_", "JAVA_", "JDK_"))}
    return {**kept, "HOME": str(home)}


def emulator_command() -> Path:
    """The emulator's command: that of `make setup`, or the one that DAX_EMULATOR names."""
    command = Path(os.environ.get("DAX_EMULATOR") or ROOT / ".venv-emulator/bin/dax-emulator")
    if not command.is_file():
        raise FileNotFoundError(f"{command}: not there; run `make setup`, or name it in DAX_EMULATOR")
    return command


def read_line(process: subprocess.Popen[str], what: str) -> str:
    """The first line that a server prints once it listens."""
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if not line:
        raise RuntimeError(f"{what} did not start: exit code {process.wait()}")
    return line


def playbook(path: Path, *arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a playbook of this checkout with the Ansible of this Python."""
    return subprocess.run(
        [str(Path(sys.executable).with_name("ansible-playbook")), str(path), *arguments],
        cwd=ROOT,
        env={
            **environment,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_LOCAL_TEMP": f"{environment['HOME']}/.ansible/tmp",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def wait_until(seconds: float, what: str, condition: Any) -> Any:
    """Poll until a condition gives something true, and return that."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.1)
    raise TimeoutError(f"{what}: not after {seconds} seconds")
