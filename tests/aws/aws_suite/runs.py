# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of the playbooks, as a person starts them, with what they print shown, kept in a file, and recorded."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import recorder
from .accounts import IAM_PREFIX, TAG, Side
from .owner import cluster_name

HERE = Path(__file__).resolve().parents[1]
ROOT = HERE.parents[1]
_RECAP = re.compile(r"^(\S+) +: ok=(\d+) +changed=(\d+) +unreachable=(\d+) +failed=(\d+)", re.MULTILINE)


class StepFailed(Exception):
    """A step that did not end as it has to; the message says which and how."""


@dataclass(frozen=True)
class Names:
    """What the run's resources are called."""

    run_id: str

    @property
    def roles(self) -> tuple[str, str]:
        return f"{IAM_PREFIX}{self.run_id}Owner", f"{IAM_PREFIX}{self.run_id}Client"


def inventory(path: Path, a: Side, b: Side, run_id: str) -> Path:
    """Write the inventory of the run: every resource has the run's name and tag, either account is checked."""
    owner, client = Names(run_id).roles
    tags = {TAG: run_id}
    hosts: dict[str, Any] = {
        "dax_account_a": {
            "hosts": {
                "owner": {
                    "dax_account_a_cluster_name": cluster_name(run_id),
                    "dax_account_a_connection": a.connection,
                    "dax_account_a_account_id": a.account_id,
                    "dax_account_a_role_name": owner,
                    "dax_account_a_tags": tags,
                }
            }
        },
        "dax_account_b": {
            "hosts": {
                "client": {
                    "dax_account_b_name": cluster_name(run_id),
                    "dax_account_b_connection": b.connection,
                    "dax_account_b_account_id": b.account_id,
                    "dax_account_b_role_name": client,
                    "dax_account_b_instance_profile_name": client,
                    "dax_account_b_ssm_access": True,
                    "dax_account_b_tags": tags,
                }
            }
        },
        "all": {"vars": {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}},
    }
    path.write_text(json.dumps(hosts, indent=2), encoding="utf-8")
    return path


def end(process: subprocess.Popen[str], seconds: float = 30.0) -> None:
    """End a run with all its processes: a module that went on would make what nobody removes any more."""
    until = time.monotonic() + seconds
    number: int = signal.SIGTERM
    while True:
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
        process.poll()
        time.sleep(0.2)
        # From now on, only a look whether any of them is left.
        number = signal.SIGKILL if time.monotonic() > until else 0


def play(name: str, step: str, hosts: Path, log: Path) -> int:
    """Run a playbook and return how many tasks changed something.

    :raises StepFailed: when it fails.
    """
    environment = {
        **os.environ,
        recorder.STEP: step,
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "collections"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_DEPRECATION_WARNINGS": "0",
        "PYTHONPATH": os.pathsep.join([str(HERE / "hook"), str(HERE)]),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    # The last one counts, and the parser of the recap knows this one.
    environment["ANSIBLE_STDOUT_CALLBACK"] = "ansible.builtin.default"
    command = ["ansible-playbook", f"--inventory={hosts}", str(ROOT / "playbooks" / f"{name}.yml")]
    text = []
    with (
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as process,
        log.open("a", encoding="utf-8") as file,
    ):
        try:
            for line in process.stdout or []:
                print(line, end="", flush=True)
                file.write(line)
                text.append(line)
        except BaseException:
            end(process)
            raise
    if process.returncode:
        raise StepFailed(f"{step}: {name}.yml ended with {process.returncode}, see {log}")
    recap = _RECAP.findall("".join(text))
    if not recap:
        raise StepFailed(f"{step}: {name}.yml says nothing of any host, see {log}")
    return sum(int(changed) for _host, _ok, changed, _unreachable, _failed in recap)
