# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When each resource was made, and answers and requests without those that are too new to be seen.

Source: "Eventual consistency in the Amazon EC2 API", Amazon EC2 developer guide.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from threading import Lock
from typing import Any

from dax_emulator.ec2 import resources

# Parts of a request that name nothing that has to be there: a filter finds nothing then, a text is no id, and a peering
# with a VPC that is not there fails by itself.
_NOT_NAMED = {
    "ClientToken",
    "Description",
    "Filters",
    "PeerVpcId",
    "PolicyDocument",
    "TagSpecifications",
    "Tags",
    "UserData",
}


class Register:
    """When the resources of every account and region were made, by id; what was there before the first call is old."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], dict[str, float]] = {}
        self._lock = Lock()

    def look(self, account: str, region: str) -> None:
        """Take down what is new, and forget what is gone."""
        found = resources.present(account, region)
        with self._lock:
            now = time.monotonic() if (account, region) in self._made else float("-inf")
            known = self._made.get((account, region), {})
            self._made[account, region] = {each: known.get(each, now) for each in found}

    def younger(self, account: str, region: str, seconds: float) -> set[str]:
        """The ids of what was made less than so many seconds ago."""
        if seconds <= 0:
            return set()
        since = time.monotonic() - seconds
        with self._lock:
            return {each for each, made in self._made.get((account, region), {}).items() if made > since}


REGISTER = Register()


def check(request: dict[str, Any], account: str, region: str, seconds: float) -> None:
    """Refuse a request that names what was made less than so many seconds ago."""
    if seconds <= 0:
        return
    for parameter, resource, owner in _named(request, account):
        if resources.kind_of(resource) and resource in REGISTER.younger(owner, region, seconds):
            raise resources.not_found(resource, parameter)


def named(request: dict[str, Any]) -> set[str]:
    """Every id that a request names."""
    return {text for _parameter, text, _owner in _named(request, "") if resources.kind_of(text)}


def _named(value: Any, owner: str, parameter: str = "") -> Iterator[tuple[str, str, str]]:
    """Every (parameter, text, account) that a request names; a group may be another account's."""
    if isinstance(value, dict):
        owner = value.get("UserId") or owner
        for name, inner in value.items():
            if name not in _NOT_NAMED:
                yield from _named(inner, owner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner, owner, parameter)
    elif isinstance(value, str):
        yield parameter, value, owner


def without(answer: Any, unseen: Collection[str]) -> Any:
    """The answer without the items of its lists that are, or belong to, something unseen."""
    if not unseen:
        return answer
    if isinstance(answer, dict):
        return {name: without(inner, unseen) for name, inner in answer.items()}
    if isinstance(answer, list):
        return [without(item, unseen) for item in answer if not _about(item, unseen)]
    return answer


def _about(item: Any, unseen: Collection[str]) -> bool:
    return isinstance(item, dict) and any(isinstance(value, str) and value in unseen for value in item.values())
