# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start a whole first run on two accounts: ``make aws-test PROFILE_A=… PROFILE_B=…``.

It ends with 0 if everything was as it has to be and nothing is left, 1 if not, 2 if it did not begin.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from . import owner, recorder, runs, transcript
from .accounts import Refused, Side, check_accounts, tagged
from .costs import TooExpensive, check_budget
from .sweep import LOOKS, SECONDS, sweep
from .verify import verify

REFERENCE = runs.HERE / "transcripts" / "emulator.jsonl"


def say(text: str) -> None:
    print(f"aws-test: {text}", flush=True)


class Suite:
    """One run of the suite."""

    def __init__(self, a: Side, b: Side, folder: Path, poll: float, sweep_seconds: float) -> None:
        self.a, self.b, self.folder, self.poll, self.sweep_seconds = a, b, folder, poll, sweep_seconds
        self.run_id = secrets.token_hex(4)
        self.problems: list[str] = []

    def run(self) -> None:
        """Make, check, join, look, part, and remove everything however it ended."""
        try:
            self._steps()
        except KeyboardInterrupt:
            self.problems.append("interrupted")
        except (runs.StepFailed, ClientError, BotoCoreError, TimeoutError, Refused) as error:
            self.problems.append(" ".join(str(error).split()))
        finally:
            self._remove()

    def _steps(self) -> None:
        self._step("make")
        say(f"makes a cluster of one {owner.NODE_TYPE}, {owner.cluster_name(self.run_id)}: on AWS, 10 to 45 minutes")
        cluster = owner.make(self.a, self.run_id, self.poll)
        hosts = runs.inventory(self.folder / "inventory.json", self.a, self.b, self.run_id)
        log = self.folder / "output.txt"
        for playbook, step, unchanged in (("check", "check", True), ("site", "site", False), ("site", "site-2", True)):
            say(f"{step}: playbooks/{playbook}.yml")
            changed = runs.play(playbook, step, hosts, log)
            if unchanged and changed:
                self.problems.append(f"{step}: {changed} tasks changed something")
        self._step("verify")
        for seen in verify(self.a, self.b, self.run_id, runs.Names(self.run_id).roles, cluster, self.poll):
            say(f"verify: {'unknown' if seen.ok is None else 'ok' if seen.ok else 'FAILED'}: {seen.what}")
            if seen.ok is False:
                self.problems.append(f"verify: not so: {seen.what}")
        say("teardown: playbooks/teardown.yml")
        runs.play("teardown", "teardown", hosts, log)
        self._step("look")
        self.problems += [f"teardown left: {line}" for line in self._left_by_teardown()]

    def _left_by_teardown(self) -> list[str]:
        """Return what teardown.yml should have removed, looked for until it is shown no longer."""
        ours = runs.Names(self.run_id).roles[0]
        for _look in range(LOOKS):
            left = [f"account B: {kind} {name}" for kind, name in tagged(self.b, self.run_id)]
            left += [
                f"account A: role {name}"
                for kind, name in tagged(self.a, self.run_id)
                if (kind, name) == ("role", ours)
            ]
            if not left:
                break
            time.sleep(self.poll)
        return left

    def _remove(self) -> None:
        """Remove what is there, and do not let a second interruption leave it there."""
        _ignoring_interruptions()
        self._step("remove")
        try:
            left = sweep([self.a, self.b], self.run_id, self.poll, say, self.sweep_seconds)
        except (ClientError, BotoCoreError, Refused) as error:
            left = [f"what is left could not be read: {error}"]
        for line in left:
            say(f"LEFT: {line}")
        self.problems += [f"left: {line}" for line in left]
        if left:
            say("remove it with the same command and SWEEP=1")

    def _step(self, name: str) -> None:
        os.environ[recorder.STEP] = name


def _ignoring_interruptions() -> None:
    def told(_signal: int, _frame: FrameType | None) -> None:
        say("still removing; what is left otherwise costs money")

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, told)


def _interrupted(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def record_to(folder: Path, sides: list[Side]) -> Path:
    """Let this process and those that it starts record what they call, under a key that nobody keeps."""
    raw = folder / "raw"
    raw.mkdir()
    hidden = {part.lower() for side in sides for part in [side.profile, *side.identity["arn"].split("/")[1:]]}
    os.environ |= {
        recorder.FOLDER: str(raw),
        recorder.KEY: secrets.token_hex(32),
        recorder.PROFILES: json.dumps({side.profile: side.label for side in sides}),
        recorder.HIDDEN: json.dumps(sorted(hidden)),
    }
    recorder.install()
    for side in sides:
        # Clients from before are not recorded.
        side.forget_clients()
    return raw


def finish(raw: Path, path: Path, head: dict[str, Any], compare: Callable[[str], None]) -> list[str]:
    """Write the transcript, tell how it differs from the emulator's, and return what is wrong with it."""
    lines = transcript.collect(raw)
    transcript.write(path, head, lines)
    say(f"transcript: {path}, {len(lines)} kinds of calls; it holds no account, id, address, name, key or token")
    faults = [str(line["problem"]) for line in lines if "problem" in line]
    if REFERENCE.exists():
        found = transcript.differences(lines, transcript.read(REFERENCE)[1])
        for line in found:
            compare(line)
        say(f"{len(found)} answers that the emulator's transcript has not, in {path.with_suffix('.differences.txt')}")
    return [f"a call could not be recorded: {fault}" for fault in faults]


def arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="aws-test", description=__doc__)
    parser.add_argument("--profile-a", required=True, help="profile of the account that is to own the cluster")
    parser.add_argument("--profile-b", required=True, help="profile of the account that is to use it")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--budget", type=float, help="what the run may cost, in US dollars; asked for otherwise")
    parser.add_argument("--endpoint", default="", help="URL of the emulator; without it, AWS")
    parser.add_argument("--folder", type=Path, default=runs.ROOT / ".cache" / "aws-test")
    parser.add_argument("--sweep", action="store_true", help="remove what earlier runs left, and do nothing else")
    return parser.parse_args(given)


def main(given: list[str]) -> int:
    options = arguments(given)
    a = Side("A", options.profile_a, options.region, options.endpoint)
    b = Side("B", options.profile_b, options.region, options.endpoint)
    # The emulator is quick, or as slow as its settings say.
    poll, sweep_seconds = (1.0, 300.0) if options.endpoint else (15.0, SECONDS)
    try:
        if not (options.profile_a and options.profile_b):
            raise Refused("give the profiles of two accounts: PROFILE_A=… PROFILE_B=…")
        say(f"account A is {a.account_id}, account B is {b.account_id}, region {options.region}")
        if options.sweep:
            left = sweep([a, b], "", poll, say, sweep_seconds)
            say("\n".join(left) if left else "nothing is left")
            return int(bool(left))
        check_accounts(a, b)
        if not options.endpoint:
            say(check_budget(options.region, options.budget, _ask(options)))
    except (Refused, TooExpensive, ClientError, BotoCoreError) as error:
        say(f"refused, nothing was made: {' '.join(str(error).split())}")
        return 2
    now = datetime.now(UTC)
    folder = options.folder.resolve() / now.strftime("%Y%m%dT%H%M%S")
    folder.mkdir(parents=True)
    signal.signal(signal.SIGTERM, _interrupted)
    raw = record_to(folder, [a, b])
    suite = Suite(a, b, folder, poll, sweep_seconds)
    suite.run()
    path = folder / "transcript.jsonl"
    with path.with_suffix(".differences.txt").open("w", encoding="utf-8") as file:
        suite.problems += finish(raw, path, _head(options, now), lambda line: print(line, file=file))
    for problem in suite.problems:
        say(f"FAILED: {problem}")
    say("everything was as it has to be, and nothing is left" if not suite.problems else f"see {folder}")
    return int(bool(suite.problems))


def _ask(options: argparse.Namespace) -> str | None:
    if options.budget is not None or not sys.stdin.isatty():
        return None
    return input("aws-test: this makes resources that cost money, see docs/first_run_on_aws.md; go on? [y/N] ")


def _head(options: argparse.Namespace, now: datetime) -> dict[str, Any]:
    return {
        "made_on": "emulator" if options.endpoint else "aws",
        "date": now.date().isoformat(),
        "region": options.region,
        "versions": {name: version(name) for name in ("ansible-core", "boto3", "botocore")},
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
