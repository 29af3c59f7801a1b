#!/usr/bin/python
# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dax_client_host_info
version_added: 1.0.0
short_description: What a host has of the tools that the client programs are built with
description:
  - Asks tools for their versions, the instance metadata service for the region, and pip for a package, and returns what
    each says. Judges nothing; the role P(dax.cross_account.dax_client#role) does.
  - Runs on the host with the Python that Ansible uses there, which may be older than the one that the programs need.
  - Writes nothing but a temporary directory, which it removes.
author:
  - dax.cross_account contributors (!UNKNOWN)
options:
  commands:
    description: What to run, each a command with its arguments, such as V([node, --version]).
    type: list
    elements: list
    default: []
  region:
    description: Whether to ask the instance metadata service for the region of the instance.
    type: bool
    default: false
  pip_python:
    description: A Python. In a temporary environment of it, pip downloads O(pip_package).
    type: str
  pip_package:
    description: A small package with its version, such as V(six==1.17.0), to try the package index with.
    type: str
  pip_unless:
    description: The path of a file. If it is there, the package index is not tried.
    type: path
attributes:
  check_mode:
    description: Reports what would change, and changes nothing.
    support: full
  diff_mode:
    description: Returns what changed, or what would change in check mode, when in diff mode.
    support: N/A
    details:
      - It changes nothing.
  idempotent:
    description: A second run with the same options, in outwardly the same circumstances, changes nothing.
    support: full
seealso:
  - module: dax.cross_account.dax_client_config
"""

EXAMPLES = r"""
- name: See what the host has
  dax.cross_account.dax_client_host_info:
    commands:
      - [python3, --version]
      - [node, --version]
    region: true
"""

RETURN = r"""
host:
  description: What the host says.
  returned: success
  type: dict
  contains:
    system:
      description: The C(ID) and C(VERSION_ID) of its C(os-release), empty where there is none.
      type: str
      returned: always
      sample: amzn 2023
    root:
      description: Whether the user in effect is root.
      type: bool
      returned: always
      sample: false
    region:
      description: The region of the instance, empty where no metadata service answered or none was asked.
      type: str
      returned: always
      sample: us-east-1
    outputs:
      description: What each of O(commands) printed, in their order; V(null) for a command that is not there.
      type: list
      elements: raw
      returned: always
      sample: ["Python 3.9.25", null]
    index_problem:
      description: The last line of pip when it could not download the package, empty when it could or was not asked.
      type: str
      returned: always
      sample: ""
"""

import json
import os
import shutil
import subprocess
import tempfile
import urllib.request
from typing import Any

from ansible.module_utils.basic import AnsibleModule

# Seconds. Maven needs a moment to say its version on a small instance.
COMMAND_SECONDS = 30
PIP_SECONDS = 90
METADATA_SECONDS = 2


def run(command: list[str], seconds: int = COMMAND_SECONDS) -> tuple[int, str]:
    """Run a command. Returns its exit code and all that it printed."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 1, f"no answer in {seconds} seconds"
    except OSError as error:
        return 1, str(error.strerror)
    return done.returncode, done.stdout.decode(errors="replace").strip()


def output_of(command: list[str]) -> str | None:
    """Return what a command prints, None if it is not on this host."""
    return run(command)[1] if shutil.which(command[0]) else None


def system(path: str = "/etc/os-release") -> str:
    try:
        with open(path, encoding="utf-8") as file:
            pairs = dict(line.strip().split("=", 1) for line in file if "=" in line)
    except OSError:
        return ""
    return " ".join(pairs[key].strip("\"'") for key in ("ID", "VERSION_ID") if key in pairs)


def region() -> str:
    """Return the region that the instance metadata service tells, found as the AWS SDKs find it; "" without one."""
    if os.environ.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true":
        return ""
    service = os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://169.254.169.254").rstrip("/")
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        ask = urllib.request.Request(
            f"{service}/latest/api/token", headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"}, method="PUT"
        )
        with direct.open(ask, timeout=METADATA_SECONDS) as answer:
            token = answer.read().decode()
        ask = urllib.request.Request(
            f"{service}/latest/dynamic/instance-identity/document", headers={"X-aws-ec2-metadata-token": token}
        )
        with direct.open(ask, timeout=METADATA_SECONDS) as answer:
            return str(json.load(answer)["region"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def index_problem(python: str, package: str) -> str:
    """Return what pip says last when it cannot download a package, "" when it can."""
    directory = tempfile.mkdtemp()
    try:
        code, said = run([python, "-m", "venv", f"{directory}/venv"])
        if not code:
            download = [f"{directory}/venv/bin/python", "-m", "pip", "--disable-pip-version-check", "--no-input"]
            download += ["--timeout", "5", "--retries", "0", "download", "--quiet", "--no-deps", "--no-cache-dir"]
            code, said = run([*download, "--dest", directory, package], PIP_SECONDS)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    if not code:
        return ""
    errors = [line for line in said.splitlines() if line.strip()]
    return errors[-1].strip() if errors else f"exit code {code}"


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "commands": {"type": "list", "elements": "list", "default": []},
            "region": {"type": "bool", "default": False},
            "pip_python": {"type": "str"},
            "pip_package": {"type": "str"},
            "pip_unless": {"type": "path"},
        },
        required_together=[["pip_python", "pip_package"]],
        supports_check_mode=True,
    )
    given: dict[str, Any] = module.params
    tried = given["pip_python"] and not (given["pip_unless"] and os.path.exists(given["pip_unless"]))
    host = {
        "system": system(),
        "root": os.geteuid() == 0,
        "region": region() if given["region"] else "",
        "outputs": [output_of(command) for command in given["commands"]],
        "index_problem": index_problem(given["pip_python"], given["pip_package"]) if tried else "",
    }
    module.exit_json(changed=False, host=host)


if __name__ == "__main__":
    main()
