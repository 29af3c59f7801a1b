# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of playbooks, as a person starts them, and what they say and do: plans, messages, calls."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .accounts import Account
from .emulator import URL, calls_since, last_call

SHARED = Path(__file__).resolve().parents[1]
ROOT = SHARED.parents[2]
SITE, TEARDOWN = ROOT / "playbooks/site.yml", ROOT / "playbooks/teardown.yml"
SIDE_A, SIDE_B = SHARED / "side_a.yml", SHARED / "side_b.yml"
ACCOUNT_A, ACCOUNT_B = ROOT / "playbooks/account_a.yml", ROOT / "playbooks/account_b.yml"

_WRITES = ("create", "change", "remove")
_ID = re.compile(r"\b([a-z]+)-[0-9a-f]{8,}\b")
_COUNTS = re.compile(r" \((?:nothing to change|(?:would be )?\d+ created, \d+ changed, \d+ removed)\)$")


@dataclass
class Run:
    """One run of a playbook."""

    rc: int
    text: str
    report: dict[str, Any]
    calls: list[dict[str, Any]]

    @property
    def changed(self) -> int:
        return sum(int(host["changed"]) for host in self.report["stats"].values())

    @property
    def results(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Return (host, task, result) of every task, in order."""
        return [
            (host, task["task"]["name"], result)
            for play in self.report["plays"]
            for task in play["tasks"]
            for host, result in task["hosts"].items()
        ]

    @property
    def failures(self) -> list[str]:
        """Return the messages of the tasks that failed, of each item of a loop."""
        each = [item for _host, _task, result in self.results for item in result.get("results") or [result]]
        return [str(item.get("msg")) for item in each if isinstance(item, dict) and item.get("failed")]

    @property
    def shown(self) -> list[tuple[str, dict[str, Any]]]:
        """Return (host, plan) of the plans that were shown to the user, in order.

        Left out are those of the step with which site.yml ends, where account B takes note of account A's grant.
        """
        found = []
        for host, task, result in self.results:
            entry_point = task.rpartition(" : ")[2].partition(" | ")[0]
            if isinstance(result.get("plan"), dict) and entry_point not in ("discover", "finish"):
                assert result["msg"].splitlines() == result["plan"]["lines"] or result.get("failed"), result["msg"]
                found.append((host, result["plan"]))
        return found

    @property
    def plans(self) -> list[dict[str, Any]]:
        """Return the plans that were shown to the user, in order."""
        return [plan for _host, plan in self.shown]

    def plan_of(self, host: str) -> dict[str, Any]:
        """Return the last plan that was shown for a host."""
        return [plan for name, plan in self.shown if name == host][-1]

    def told(self, host: str) -> str:
        """Return the first line of the summary with which a host ended, without the counts in brackets."""
        told = [result["msg"] for name, task, result in self.results if name == host and task == "Show the summary"]
        return _COUNTS.sub("", told[-1].splitlines()[0])

    def plan(self, side: str) -> dict[str, Any]:
        """Return the one plan that was shown for account ``A`` or ``B``."""
        found = [plan for plan in self.plans if plan["side"] == f"account {side}"]
        assert len(found) == 1, f"{len(found)} plans of account {side}\n{self.text[-3000:]}"
        return found[0]

    def actions(self, *sides: str) -> list[str]:
        """Return what the plans would write, as ``change routes: route 10.1.0.0/24 in rtb``, ids masked, sorted."""
        return sorted(
            _ID.sub(r"\1", f"{action['kind']} {action['step']}: {action['resource']}")
            for side in sides or ("A", "B")
            for action in self.plan(side)["actions"]
            if action["kind"] in _WRITES
        )

    def writes(self, account: Account | None = None) -> list[str]:
        """Return the operations that wrote, in order, those that the emulator refused left out."""
        return [
            call["operation"]
            for call in self.calls
            if call["write"] and call["error"] is None and (account is None or call["account"] == account.id)
        ]

    def write_attempts(self) -> list[str]:
        """Return every operation that would write, refused or not."""
        return [call["operation"] for call in self.calls if call["write"]]

    def operations(self) -> Counter[str]:
        return Counter(call["operation"] for call in self.calls)


def write_inventory(path: Path, owners: dict[str, Any], consumers: dict[str, Any]) -> Path:
    """Write an inventory of any number of hosts, ``{host: variables}``, and return its path."""
    common = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    groups = {"dax_account_a": {"hosts": owners}, "dax_account_b": {"hosts": consumers}, "all": {"vars": common}}
    path.write_text(json.dumps(groups, indent=2))
    return path


def run_playbook(
    playbook: Path,
    a: Account,
    b: Account,
    *arguments: str,
    variables: dict[str, Any] | None = None,
    environment: dict[str, str] | None = None,
    inventory: Path = SHARED / "inventory",
    callback: str = "ansible.posix.json",
) -> Run:
    """Run a playbook against two accounts, in an environment that carries nothing of this process's own.

    :param callback: what shows the run; with "", Ansible shows it to a person who has set nothing.
    """
    own = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": os.environ["HOME"],
        "LANG": "C.UTF-8",
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_STDOUT_CALLBACK": callback,
        "DAX_EMULATOR_URL": URL,
        "DAX_ACCOUNT_A": a.id,
        "DAX_ACCOUNT_B": b.id,
    }
    if not callback:
        del own["ANSIBLE_STDOUT_CALLBACK"]
        own |= {"ANSIBLE_CONFIG": str(SHARED / "nothing.cfg"), "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "collections")}
    command = ["ansible-playbook", f"--inventory={inventory}", str(playbook), *arguments]
    if variables:
        command.append(f"--extra-vars={json.dumps(variables)}")
    before = last_call()
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**own, **(environment or {})},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=900,
        check=False,
    )
    text = done.stdout + done.stderr
    start = done.stdout.find("{\n")
    report = json.loads(done.stdout[start:]) if callback.endswith("json") and start >= 0 else {}
    return Run(done.returncode, text, report, calls_since(before))


def converge(playbook: Path, a: Account, b: Account, *arguments: str, **options: Any) -> Run:
    """Run a playbook that has to succeed."""
    run = run_playbook(playbook, a, b, *arguments, **options)
    assert run.rc == 0, "\n".join(run.failures) or run.text[-4000:]
    return run
