# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a plan is the one that was approved. Pure.

What is compared is what is written and what it follows from: what the plan is about, the variables, the consumers, and
the actions that write, with what is before and after. Their order is not, nor are words for a reader.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from ..common.text import printable, shown
from .model import Kind, brief
from .published import ABOUT, KIND, SCHEMA_VERSION
from .resources import UNKNOWN
from .stages import STAGES

Action = Mapping[str, Any]

_WRITES = ("create", "change", "remove")
_IDENTITY = ("step", "kind", "resource_type", "resource_id", "attribute")
_AWS_ID = r"[a-z]{1,12}-[0-9a-z]{1,32}"
# More placeholders than a plan has in one text would take long to match.
_MOST_UNKNOWN = 3

_TEXT, _TEXT_OR_NULL = (str,), (str, type(None))
_FIELDS: dict[str, tuple[type, ...]] = {
    "state": _TEXT,
    "account_id": _TEXT,
    "region": _TEXT,
    "cluster_arn": _TEXT_OR_NULL,
    "consumer": _TEXT_OR_NULL,
    "consumers": (list,),
    "variables": (dict,),
    "actions": (list,),
    "conflicts": (list,),
}
_OF_ACTION: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("step", "kind", "resource_type", "resource_id"), _TEXT),
    "attribute": _TEXT_OR_NULL,
}
_OF_MEMBER: dict[str, tuple[type, ...]] = {"consumer": _TEXT, "role_arn": _TEXT_OR_NULL}


def problem_of(document: Any) -> str | None:
    """Return why something from outside is no plan that could be compared; None if it is one."""
    if not isinstance(document, Mapping) or document.get("kind") != KIND:
        found = document.get("kind") if isinstance(document, Mapping) else document
        return f"holds no plan: expected a mapping with 'kind': '{KIND}', got {shown(found)}"
    version = document.get("schema_version")
    if not isinstance(version, int) or isinstance(version, bool) or version != SCHEMA_VERSION:
        return f"has schema_version {shown(version)}, this release knows {SCHEMA_VERSION}; make the plan anew"
    if not isinstance(document.get("side"), str) or document["side"] not in STAGES:
        return f"has side {shown(document.get('side'))}, expected {' or '.join(STAGES)}"
    return next(_problems(document), None)


def _problems(document: Mapping[str, Any]) -> Iterator[str]:
    yield from _misfits("", document, _FIELDS)
    for key, fields in (("actions", _OF_ACTION), ("consumers", _OF_MEMBER)):
        # A field that is no list has been told by now.
        for number, item in enumerate(document[key]):
            if not isinstance(item, Mapping):
                yield f"has in {key}, number {number + 1}, {shown(item)}, expected a mapping"
            else:
                yield from _misfits(f"in {key}, number {number + 1}, ", item, fields)
    for number, action in enumerate(document["actions"]):
        if action["kind"] not in get_args(Kind):
            yield f"has in actions, number {number + 1}, kind {shown(action['kind'])}, which is none"


def _misfits(where: str, item: Mapping[str, Any], fields: Mapping[str, tuple[type, ...]]) -> Iterator[str]:
    for name, types in fields.items():
        if name not in item:
            yield f"has {where}no {name}"
        elif not isinstance(item[name], types):
            yield f"has {where}{name} {shown(item[name])}, expected {_NAMES[types]}"


_NAMES = {_TEXT: "text", _TEXT_OR_NULL: "text or null", (list,): "a list", (dict,): "a mapping"}


def differences(approved: Mapping[str, Any], plan: Mapping[str, Any], finishing: bool = False) -> list[str]:
    """Return in words what a plan differs in from the one that was approved; [] if it may be carried out.

    :param approved: a plan for which :func:`problem_of` found nothing.
    :param plan: the one that was made now, with its header.
    :param finishing: whether the approved plan was carried out in this run, and this is the rest, which waited for the
        other side: then it may hold what the approved plan announced as waiting, and nothing else.
    """
    about = [
        f"it is of {name} {shown(approved[name])}, not of {shown(plan[name])}"
        for name in ABOUT[2:]
        if approved[name] != plan[name]
    ]
    if about:
        return about
    if approved["conflicts"]:
        return ["it was refused itself, for its conflicts"]
    rest = [*_variables(approved["variables"], plan["variables"]), *_consumers(approved, plan)]
    if finishing:
        waits = [action for action in approved["actions"] if action["kind"] == "wait"]
        return rest + [f"not in it: {_words(action)}" for action in _writes(plan) if not _awaited(action, waits)]
    if not rest and is_done(approved, plan):
        return []
    return rest + list(_actions(approved, plan))


def is_done(approved: Mapping[str, Any], plan: Mapping[str, Any]) -> bool:
    """Tell whether nothing is left to do of an approved plan that had something."""
    return bool(_writes(approved)) and not _writes(plan)


def _writes(plan: Mapping[str, Any]) -> list[Action]:
    return [action for action in plan["actions"] if action["kind"] in _WRITES]


def _variables(approved: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted({*approved, *now}):
        before, after = approved.get(name), now.get(name)
        if before == after and (name in approved) == (name in now):
            continue
        if any(isinstance(value, Mapping) and "pbkdf2_sha256" in value for value in (before, after)):
            yield f"{printable(name)} was another"
        else:
            yield f"{printable(name)} was {shown(before)} and is {shown(after)}"


def _consumers(approved: Mapping[str, Any], plan: Mapping[str, Any]) -> Iterator[str]:
    before, now = (
        {member["consumer"]: member["role_arn"] for member in each["consumers"]} for each in (approved, plan)
    )
    for key in sorted({*before, *now}):
        if key not in now:
            yield f"consumer {shown(key, quoted=False)} is not in this run"
        elif key not in before:
            yield f"consumer {shown(key, quoted=False)} is new in this run"
        elif before[key] != now[key]:
            yield f"consumer {shown(key, quoted=False)} had role {shown(before[key])} and has {shown(now[key])}"


def _actions(approved: Mapping[str, Any], plan: Mapping[str, Any]) -> Iterator[str]:
    left, unmatched = _writes(approved), []
    for action in _writes(plan):
        match = next((item for item in left if _same(item, action)), None)
        if match is None:
            unmatched.append(action)
        else:
            left.remove(match)
    for action in unmatched:
        other = next((item for item in left if _same_identity(item, action)), None)
        if other is None:
            yield f"not in it: {_words(action)}"
        else:
            left.remove(other)
            yield f"{_words(action)}: was {_values(other)}, is {_values(action)}"
    # Of a removal, the other side or somebody else may have taken away a part already.
    if plan["state"] != "absent":
        yield from (f"no longer to do: {_words(action)}" for action in left)


def _same(approved: Action, action: Action) -> bool:
    if not _same_identity(approved, action):
        return False
    # Of what was not known yet, nothing was there.
    before = UNKNOWN in approved["resource_id"] or _canonical(approved.get("before")) == _canonical(action["before"])
    return before and _fits(approved.get("after"), action["after"])


def _same_identity(approved: Action, action: Action) -> bool:
    return all(_fits(approved[name], action[name]) for name in _IDENTITY)


def _fits(approved: Any, value: Any) -> bool:
    """Tell whether a value is the approved one, where an id may have taken the place of what was not known yet."""
    if _canonical(approved) == _canonical(value):
        return True
    if not (isinstance(approved, str) and isinstance(value, str)) or not 0 < approved.count(UNKNOWN) <= _MOST_UNKNOWN:
        return False
    # "the peering connection (known after apply)" becomes the id alone.
    if approved.endswith(f" ({UNKNOWN})") and re.fullmatch(_AWS_ID, value):
        return True
    return bool(re.fullmatch(_AWS_ID.join(map(re.escape, approved.split(UNKNOWN))), value))


def _canonical(value: Any) -> Any:
    """Return a value without the order of lists, which AWS's answers have by chance."""
    if isinstance(value, Mapping):
        return {key: _canonical(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted((_canonical(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value


def _awaited(action: Action, waits: list[Action]) -> bool:
    names = ("step", "resource_type", "attribute")
    return any(all(wait[name] == action[name] for name in names) for wait in waits)


def _words(action: Action) -> str:
    """Return an action by its identity: the words for a reader in a file are not what is compared."""
    about = action["resource_type"].replace("_", " ")
    words = f"{action['attribute']} of {about}" if action["attribute"] else about
    return printable(f"{action['kind']} {words} {action['resource_id']}".rstrip())[:200]


def _values(action: Action) -> str:
    return printable(f"{brief(action.get('before'))} -> {brief(action.get('after'))}")[:200]
