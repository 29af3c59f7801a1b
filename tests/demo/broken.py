# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Break one link of the running demo, show what the client says and what the doctor says, mend it, and read again.

What mends it is the fix that the doctor prints: its playbook, or its AWS CLI commands in the account that it names.

    python tests/demo/broken.py http://127.0.0.1:4566 .emulator/demo --link routes
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from breaks import BREAKS, Demo
from item import CONSUMER, INVENTORY, KEY, OWNER, QUIET, REGION, ROOT, TABLE, metadata_service

sys.path.insert(0, str(ROOT / "collections"))

from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor import diagnose as _checks  # noqa: F401
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.model import CHECKS, LINKS
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.output.text import lines
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.output.words import command

PLAYBOOK = "playbooks/site.yml"
AWS = ROOT / ".venv-emulator/bin/aws"
# A demo that has several faults needs as many fixes.
MOST_FIXES = 2 * len(BREAKS)


class Patient:
    """The running demo, as the client and the doctor see it."""

    def __init__(self, url: str, state: Path) -> None:
        self.demo, self.state, self.report = Demo(url), state, state / "broken.html"

    def ask_client(self) -> subprocess.CompletedProcess[str]:
        """Read the item of the demo, the way that the program goes on an instance."""
        process, metadata = metadata_service(self.demo.url)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        pointing = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata, "AWS_ENDPOINT_URL_STS": self.demo.url}
        program = [".venv/bin/python", "dax_client.py", "get", "--table", TABLE, "--key", json.dumps(KEY)]
        try:
            return subprocess.run(
                program,
                cwd=self.state / "client/dax-client/python",
                env={**kept, **pointing},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
        finally:
            process.terminate()
            process.wait()

    def ask_doctor(self) -> dict[str, Any]:
        """Return what the doctor says of the pair."""
        path = self.state / "doctor.json"
        variables = {
            "dax_doctor_fail_on": "never",
            "dax_doctor_json_path": str(path),
            "dax_doctor_report_path": str(self.report),
            "dax_doctor_playbook": PLAYBOOK,
        }
        done = _play("playbooks/doctor.yml", "-e", json.dumps(variables))
        if done.returncode:
            raise SystemExit(f"demo: the doctor could not look:\n{done.stdout}")
        pair: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["pairs"][0]
        return pair

    def mend(self, fix: dict[str, Any]) -> None:
        """Do what a fix says, as it is printed."""
        for words in fix["commands"]:
            print(f"demo: in {fix['where']}: {command(words)}", flush=True)
            done = self._aws(words, fix["where"]) if words[0] == "aws" else _play(*words[1:])
            if done.returncode:
                raise SystemExit(f"demo: it failed:\n{done.stdout}")

    def _aws(self, words: list[str], where: str) -> subprocess.CompletedProcess[str]:
        account = OWNER if where == "account A" else CONSUMER
        keys = {"AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "demo", "AWS_DEFAULT_REGION": REGION}
        program = [str(ROOT / ".venv-emulator/bin/python"), str(AWS), *words[1:]]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return _run(program, {**kept, **keys, "AWS_ENDPOINT_URL": self.demo.url, "AWS_PAGER": ""})


def _run(words: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL}
    return subprocess.run(words, cwd=ROOT, env=environment, text=True, check=False, **streams)


def _play(*words: str) -> subprocess.CompletedProcess[str]:
    program = str(ROOT / ".venv/bin/ansible-playbook")
    return _run([program, "-i", str(INVENTORY), *words], {**os.environ, **QUIET})


def _words_on_aws(check: str) -> list[str]:
    """Return what clients say of a fault, for links that an emulator on loopback cannot cut."""
    return [f"  {language}: {words}" for language, words in CHECKS[check].symptoms]


def chosen(link: str | None, seed: int | None) -> tuple[str, str]:
    """Return the link to break, by its id or number, or by the seed; and what has to be given to choose it again."""
    if link is None:
        seed = random.SystemRandom().randrange(1000) if seed is None else seed
        return random.Random(seed).choice(list(BREAKS)), f"SEED={seed}"
    numbers = {str(LINKS[name][0]): name for name in BREAKS}
    name = numbers.get(link, link)
    if name not in BREAKS:
        raise SystemExit(f"demo: LINK={link}: there is no such link; one of {', '.join(BREAKS)}")
    return name, f"LINK={name}"


def show(patient: Patient, link: str, again: str) -> None:
    number, title = LINKS[link]
    print(f"demo: link {number}, {title} ({again}): {BREAKS[link](patient.demo)}")
    print("\ndemo: the client says", flush=True)
    said = patient.ask_client()
    print(said.stdout.strip() if said.returncode else "nothing: the emulator has no network that could be cut")
    print("\ndemo: the doctor says", flush=True)
    pair = patient.ask_doctor()
    print(*lines([pair]), sep="\n")  # type: ignore[list-item]
    headline = pair["headline"]
    if headline is None or headline["link"] != link:
        raise SystemExit(f"demo: the doctor did not find the broken link {link}")
    if not said.returncode and (words := _words_on_aws(headline["check"])):
        print("\ndemo: on AWS, clients say", *words, sep="\n")
    print("\ndemo: the fix is carried out as it is printed", flush=True)
    heal(patient, pair)
    print("\ndemo: the client says", flush=True)
    said = patient.ask_client()
    print(said.stdout.strip())
    print(f"\ndemo: the report is {patient.report}")
    if said.returncode:
        raise SystemExit("demo: the item could not be read after the fix")


def heal(patient: Patient, pair: dict[str, Any]) -> None:
    """Follow the headline's fix until no link is broken."""
    for _count in range(MOST_FIXES):
        if pair["headline"] is None:
            print(f"demo: the doctor says: {pair['headline_text']}")
            return
        patient.mend(pair["headline"]["fix"])
        pair = patient.ask_doctor()
    raise SystemExit(f"demo: still broken after {MOST_FIXES} fixes: {pair['headline_text']}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("state", type=Path)
    parser.add_argument("--link")
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    link, again = chosen(options.link, options.seed)
    patient = Patient(options.url, options.state.resolve())
    if not (patient.state / "report.html").exists():
        raise SystemExit("demo: nothing is running that could be broken: make demo")
    show(patient, link, again)


if __name__ == "__main__":
    main()
