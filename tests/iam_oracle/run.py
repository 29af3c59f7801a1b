# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold the doctor's IAM evaluator against @cloud-copilot/iam-simulate, which nobody of this project wrote.

Usage: run.py [--seed N] [--count N] [--record]   Generates that many cases and lets both decide on each. Ends with 1 if
they disagree on any. Where the other one deviates from AWS's documentation, it is asked in words that it takes rightly:
REWRITES. With --record the first cases of the seed, with what it says of them, become the corpus that the unit tests
replay without npm.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NODE = ROOT / ".cache" / "iam-oracle"  # where make puts it with what it needs
CORPUS = ROOT / "tests" / "unit" / "plugins" / "module_utils" / "plan" / "doctor" / "iam_corpus.json"
sys.path[:0] = [str(ROOT / "collections"), str(CORPUS.parent)]

from generator import cases  # noqa: E402
from iam_replay import decide_case  # noqa: E402

RECORDED = 300
WORDS = {"Allowed": "allowed", "ExplicitlyDenied": "explicit_deny", "ImplicitlyDenied": "implicit_deny"}


def simulation(case: dict[str, Any]) -> dict[str, Any]:
    """Return a case as the other evaluator takes it."""
    account, role = case["caller"].split(":")[4], case["caller"].rpartition("/")[2]
    asked = {"resource": case["resource"], "accountId": case["resource"].split(":")[4]}
    found = {
        "request": {
            "principal": f"arn:aws:sts::{account}:assumed-role/{role}/{case['session']}",
            "action": case["action"],
            "resource": asked,
            "contextVariables": case["context"],
        },
        "identityPolicies": [{"name": str(n), "policy": rewritten(item)} for n, item in enumerate(case["policies"])],
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
    }
    if case["boundary"]:
        found["permissionBoundaryPolicies"] = [{"name": "boundary", "policy": rewritten(case["boundary"])}]
    if case["trust"]:
        found["resourcePolicy"] = rewritten(case["trust"])
    return found


def halves(text: str, _element: str, _version: str) -> list[str]:
    """Write the block of all IPv4 addresses as its two halves: it takes 0.0.0.0/0 for a block without any address."""
    return ["0.0.0.0/1", "128.0.0.0/1"] if text == "0.0.0.0/0" else [text]


def block(text: str, _element: str, _version: str) -> list[str]:
    """Write a single address as a block: it takes NotIpAddress of one never to hold for the other family."""
    return [f"{text}/32" if re.fullmatch(r"[0-9]+(\.[0-9]+){3}", text) else text]


def whole_arns(text: str, element: str, _version: str) -> list[str]:
    """Write out an ARN that ends early in a wildcard: in NotResource it lets none that does not match count."""
    missing = 5 - text.count(":")
    return [text + ":*" * missing if element == "NotResource" and text.startswith("arn:") and missing > 0 else text]


def plain_dollars(text: str, _element: str, version: str) -> list[str]:
    """Write what is no variable as text: it puts values into policies of 2008-10-17 too, where AWS has none."""
    return [text.replace("${", "${$}{") if version == "2008-10-17" else text]


# What is written otherwise, with the same meaning by AWS's documentation, before the other evaluator (0.1.173) is
# asked: each for a deviation of its own.
REWRITES = (halves, block, whole_arns, plain_dollars)


def rewritten(part: Any, element: str = "", version: str = "") -> Any:
    """Return a policy, or a part of it, as the other evaluator has to be given it."""
    if isinstance(part, dict):
        version = part.get("Version", version)
        return {key: rewritten(value, key, version) for key, value in part.items()}
    if isinstance(part, list):
        return [item for value in part for item in _texts(value, element, version)]
    found = _texts(part, element, version)
    return found[0] if len(found) == 1 else found


def _texts(value: Any, element: str, version: str) -> list[Any]:
    if not isinstance(value, str):
        return [rewritten(value, element, version)] if isinstance(value, dict) else [value]
    found = [value]
    for rewrite in REWRITES:
        found = [item for text in found for item in rewrite(text, element, version)]
    return found


def ask(asked: list[dict[str, Any]]) -> list[str]:
    """Return what the other evaluator says of each case."""
    lines = "\n".join(json.dumps(simulation(case)) for case in asked)
    made = subprocess.run(["node", "oracle.mjs"], cwd=NODE, input=lines, text=True, capture_output=True, check=True)
    answers = [json.loads(line) for line in made.stdout.splitlines()]
    for case, answer in zip(asked, answers, strict=True):
        if "error" in answer or answer.get("ignored"):
            raise SystemExit(f"it refuses a case: {answer}\n{json.dumps(case)}")
    return [WORDS[answer["result"]] for answer in answers]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    made = list(cases(options.seed, options.count))
    counts: Counter[str] = Counter()
    failed = 0
    answers = ask(made)
    for case, theirs in zip(made, answers, strict=True):
        ours = decide_case(case).result
        counts[ours] += 1
        if ours != theirs:
            failed += 1
            if failed <= 10:
                print(json.dumps({"ours": ours, "theirs": theirs, **case}, indent=1))
    if options.record:
        lines = [
            json.dumps({**case, "result": theirs}, separators=(",", ":"))
            for case, theirs in zip(made[:RECORDED], answers, strict=False)
        ]
        CORPUS.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
    told = ", ".join(f"{count} {result}" for result, count in sorted(counts.items()))
    print(f"{options.count} cases of seed {options.seed} ({told}): {failed} disagreements")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
