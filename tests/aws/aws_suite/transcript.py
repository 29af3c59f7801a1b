# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A transcript: one JSON line for each kind of call, after a line that says what it was made with.

Two transcripts of the same steps can be compared: what one answered with that the other never did.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .masking import leaf_words, merge

Line = dict[str, Any]
_MARK = re.compile(r"^(?P<kind>[a-z0-9:-]+)#(?P<mark>[0-9a-f]{16})$")
_SAME = ("step", "service", "operation", "account", "status", "request", "answer", "error", "failure", "problem")


def collect(folder: Path) -> list[Line]:
    """Return what all processes recorded, in the order of time, with numbers in place of marks.

    The key of the marks is gone with the run, and so are the marks: ``vpc#5f0c…`` becomes ``vpc-1``.
    """
    files = sorted(folder.glob("*.jsonl"))
    raw = [json.loads(text) for path in files for text in path.read_text(encoding="utf-8").splitlines()]
    raw.sort(key=lambda line: line["at"])
    numbers: dict[str, dict[str, int]] = defaultdict(dict)
    start = raw[0]["at"] if raw else 0.0
    made: dict[str, Line] = {}
    for line in raw:
        numbered = _numbered(line, numbers)
        at, retries = round(numbered.pop("at") - start, 1), numbered.pop("retries", 0)
        known = made.setdefault(
            json.dumps([numbered.get(name) for name in _SAME], sort_keys=True),
            {**numbered, "times": 0, "retries": 0, "at": [at, at]},
        )
        known["times"] += 1
        known["retries"] += retries
        known["at"][1] = at
    return list(made.values())


def _numbered(value: Any, numbers: dict[str, dict[str, int]]) -> Any:
    if isinstance(value, dict):
        return {name: _numbered(item, numbers) for name, item in value.items()}
    if isinstance(value, list):
        return [_numbered(item, numbers) for item in value]
    found = _MARK.match(value) if isinstance(value, str) else None
    if not found:
        return value
    of_kind = numbers[found["kind"]]
    return f"{found['kind']}-{of_kind.setdefault(found['mark'], len(of_kind) + 1)}"


def write(path: Path, head: Line, lines: Iterable[Line]) -> None:
    """Write a transcript."""
    texts = [json.dumps(line, sort_keys=True, separators=(",", ":")) for line in ({"transcript": 1, **head}, *lines)]
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")


def read(path: Path) -> tuple[Line, list[Line]]:
    """Return the first line of a transcript, and the others."""
    head, *lines = (json.loads(text) for text in path.read_text(encoding="utf-8").splitlines())
    if head.get("transcript") != 1:
        raise ValueError(f"{path} is no transcript of version 1")
    return head, lines


def differences(theirs: Iterable[Line], ours: Iterable[Line], words: bool = True) -> list[str]:
    """Return what one transcript has and the other has not, a line each, sorted.

    :param theirs: what was answered, on AWS say.
    :param ours: what it is compared with, the emulator's.
    :param words: whether the words count that were kept, such as a state. Which states are seen depends on the moment.
    """
    left, right = _contract(theirs, words), _contract(ours, words)
    found: set[str] = set()
    for operation, facts in left.items():
        if operation not in right:
            found.add(f"{operation}: never called here")
        else:
            found |= {f"{operation}: {fact}" for fact in facts - right[operation]}
    return sorted(found)


def _contract(lines: Iterable[Line], words: bool) -> dict[str, set[str]]:
    """Return, by operation, what can be said of its requests, answers and errors."""
    merged: dict[tuple[str, str], Any] = {}
    facts: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        if "status" not in line:
            # No answer came, or it could not be recorded.
            continue
        name = f"{line['service']} {line['operation']}"
        facts[name].add(f"status {line['status']}")
        if "error" in line:
            facts[name].add(f"error {line['error']['code']}")
        for part in ("request", "answer"):
            if part in line:
                known = merged.get((name, part))
                merged[name, part] = line[part] if known is None else merge(known, line[part])
    for (name, part), shape in merged.items():
        facts[name] |= {f"{part} {path if words else re.sub(' =.*', ' =', path)}" for path in _paths(shape)}
    return facts


def _paths(shape: Any, path: str = "") -> Iterator[str]:
    """Yield every member of a shape with each of its leaves, numbers left out."""
    if isinstance(shape, dict):
        for name, item in shape.items():
            yield from _paths(item, f"{path}.{name}" if path else name)
    elif isinstance(shape, list):
        yield from (_paths(shape[0], f"{path}[]") if shape else ())
    else:
        for word in leaf_words(shape):
            kind = word if word.startswith("=") else re.sub(r"-\d+$", "", word)
            yield f"{path} {kind}"
