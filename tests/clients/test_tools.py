# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host whose tools are too old, missing or strange: named before anything is written on it.

The host's PATH is a directory of fakes, with the few commands beside them that Ansible itself needs there.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import clean_environment, playbook
from test_dotnet import DOCUMENT

COREUTILS = ("sh", "cat", "chmod", "cksum", "echo", "id", "ls", "mkdir", "rm", "sleep", "touch", "uname")
LANGUAGES = ["python", "nodejs", "go", "java", "dotnet"]
# What the tools of a host print, and what is said of each language. Every single case is a row of test_tools.py of the
# plan; here the host is asked for real.
TOO_OLD = {
    "python3": "Python 3.9.25",
    "node": "v18.20.4",
    "npm": "10.7.0",
    "go": "go version go1.22.12 linux/amd64",
    "java": 'openjdk version "17.0.15"',
    "mvn": "Apache Maven 3.8.7\nJava version: 11.0.27, vendor: X",
    "dotnet": "6.0.428",
}
STRANGE = {
    **dict.fromkeys(TOO_OLD, "{{ 7 * 7 }}"),
    "python3": "Segmentation fault",
    "dotnet": "No .NET SDKs were found.",
}
WRONG: dict[str, tuple[dict[str, str], list[str]]] = {
    "too old": (
        TOO_OLD,
        [
            "python3 is 3.9.25, and 3.10 or newer is needed; install Python 3.10 or newer",
            "Node.js is 18.20.4, and 20 or newer is needed; install Node.js 20 or newer with npm",
            "Go is 1.22.12, and 1.24 or newer is needed; install Go 1.24 or newer",
            "Maven's Java is 11.0.27, and 17 or newer is needed; install a JDK, 17 or newer, and Maven",
            ".NET SDK is 6.0.428, and 8 or newer is needed; install the .NET SDK, 8 or newer",
        ],
    ),
    "missing": (
        {},
        [
            "python3 is not on this host; install",
            "node is not on this host; npm is not on this host; install",
            "go is not on this host; install",
            "java is not on this host; mvn is not on this host; install",
            "dotnet is not on this host; install",
        ],
    ),
    "strange": (
        STRANGE,
        [
            "python3 --version tells no version: 'Segmentation fault'",
            "node --version tells no version: '{{ 7 * 7 }}'",
            "go version tells no version: '{{ 7 * 7 }}'",
            "java -version tells no version: '{{ 7 * 7 }}'",
            "dotnet --version tells no version: 'No .NET SDKs were found.'",
        ],
    ),
}


class Host:
    """A host with a PATH of its own."""

    def __init__(self, root: Path) -> None:
        self.root, self.bin = root, root / "bin"
        self.bin.mkdir()
        for name in COREUTILS:
            if found := shutil.which(name):
                (self.bin / name).symlink_to(found)

    def tool(self, name: str, script: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def says(self, tools: dict[str, str]) -> None:
        for name, text in tools.items():
            self.tool(name, f"cat <<'END'\n{text}\nEND")

    def run(self, *tasks: dict[str, Any], environment: dict[str, str] | None = None, **variables: Any) -> Any:
        play = {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars": {
                "ansible_python_interpreter": sys.executable,
                "dax_client_cluster": DOCUMENT,
                "dax_client_dest": str(self.root / "dax-client"),
                "dax_client_aws_config_path": str(self.root / "aws-config"),
                "dax_client_sts_region": "us-east-1",
                "dax_client_install": True,
                **variables,
            },
            "tasks": list(tasks) or [{"import_role": {"name": "dax.cross_account.dax_client"}}],
        }
        path = self.root / "play.yml"
        path.write_text(yaml.safe_dump([play], sort_keys=False))
        own = {**clean_environment(Path.home()), "PATH": str(self.bin), **(environment or {})}
        return playbook(path, environment=own)

    @property
    def written(self) -> bool:
        return (self.root / "dax-client").exists() or (self.root / "aws-config").exists()


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


@pytest.mark.parametrize("kind", WRONG)
def test_tools_that_will_not_do(host: Host, kind: str) -> None:
    tools, says = WRONG[kind]
    host.says(tools)
    done = host.run(dax_client_languages=LANGUAGES)
    text = " ".join(done.stdout.split()).replace("''", "'")
    assert done.returncode != 0 and "changed=0" in text, done.stdout
    for language, line in zip(LANGUAGES, says, strict=True):
        assert f"dax_client_install: {line}" in text, done.stdout
        assert f"or leave {language} out of dax_client_languages" in text, done.stdout
    assert not host.written


def test_a_newer_python_beside_an_old_one_is_taken(host: Host) -> None:
    """As on Amazon Linux 2023 after `dnf install python3.11`. The index is then asked for, and is not there."""
    host.says({"python3": "Python 3.9.25"})
    host.tool("python3.11", f'exec {sys.executable} "$@"')
    done = host.run(environment={"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": "/dev/null"})
    text = " ".join(done.stdout.split())
    assert done.returncode != 0 and "changed=0" in text, done.stdout
    assert "dax_client_install: pip on this host reaches no package index (" in text, done.stdout
    assert "dax_account_b_sts_access: internet_gateway" in text
    assert not host.written


def test_packages_are_installed_and_the_tools_looked_at_again(host: Host) -> None:
    """The step that Amazon Linux 2023 gets, with a dnf that installs what it is asked for."""
    host.says({"python3": "Python 3.9.25"})
    log, real = host.root / "dnf.log", shutil.which("ln")
    host.tool("dnf", f'echo "$@" >> {log}; {real} -s {sys.executable} {host.bin}/python3.11')
    packages = {
        "name": "Install packages",
        "ansible.builtin.include_role": {"name": "dax.cross_account.dax_client", "tasks_from": "packages"},
    }
    shown = {"name": "Show", "ansible.builtin.debug": {"msg": "TAKEN {{ __dax_client.config.python }}"}}
    done = host.run(
        packages,
        shown,
        __dax_client={"config": {"packages": ["python3.11"], "root": True}},
        __dax_client_pip_package="",
        dax_client_install_packages=True,
    )
    assert done.returncode == 0, done.stdout
    assert log.read_text() == "--assumeyes --quiet install python3.11\n"
    assert "TAKEN python3.11" in done.stdout
    assert not host.written
