# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of settings: each function takes a setting's name and a value out of JSON, and returns the value.

A wrong value raises ValueError with one line that names the setting and says what it takes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

REGION = r"[a-z]{2}(-[a-z]+)+-\d"
_ACCOUNT = r"\d{12}"


def seconds(name: str, value: Any) -> float:
    """A number of seconds, whole or not, 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name} must be a number of seconds")
    if value < 0:
        raise ValueError(f"{name} must not be negative")
    return value


def boolean(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be true or false")
    return value


def choice(name: str, value: Any, choices: Iterable[str]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(sorted(choices))}")
    return value


def region_list(name: str, value: Any) -> list[str]:
    return _texts(name, value, REGION, "regions such as eu-central-1")


def account_list(name: str, value: Any) -> list[str]:
    return _texts(name, value, _ACCOUNT, "account ids of 12 digits")


def regions_of_accounts(name: str, value: Any) -> dict[str, list[str]]:
    """Regions by account id; "*" is every other account, or every region."""
    what = 'regions such as eu-south-1, or "*"'
    return _lists(name, value, rf"{_ACCOUNT}|\*", 'account ids, or "*"', rf"{REGION}|\*", what)


def families_of_zones(name: str, value: Any) -> dict[str, list[str]]:
    """Families of instance types ("t3") by availability zone."""
    return _lists(name, value, rf"{REGION}[a-z]", "zones such as us-east-1e", r"[a-z0-9-]+", "families such as t3")


def accounts_of_subnets(name: str, value: Any) -> dict[str, list[str]]:
    """Account ids by subnet."""
    return _lists(name, value, r"subnet-[0-9a-f]+", "ids of subnets", _ACCOUNT, "account ids of 12 digits")


def services_of_zones(name: str, value: Any) -> dict[str, list[str]]:
    """Services with VPC endpoints ("sts", "ecr.api") by availability zone."""
    return _lists(name, value, rf"{REGION}[a-z]", "zones such as us-east-1e", r"[a-z0-9.-]+", "services such as sts")


def numbers(name: str, value: Any, known: Iterable[str]) -> dict[str, int]:
    """Whole numbers, 0 or more, by a known name."""
    if not isinstance(value, dict):
        raise ValueError(f"{name} must be an object of names and whole numbers")
    for key, number in value.items():
        if key not in known:
            raise ValueError(f"{name} has no {key!r}: choose from {', '.join(sorted(known))}")
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            raise ValueError(f"{name}: {key} must be a whole number, 0 or more")
    return dict(value)


def _texts(name: str, value: Any, pattern: str, what: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) and re.fullmatch(pattern, one) for one in value):
        raise ValueError(f"{name} must be a list of {what}")
    return list(value)


def _lists(name: str, value: Any, key_pattern: str, keys: str, pattern: str, what: str) -> dict[str, list[str]]:
    if not isinstance(value, dict) or not all(re.fullmatch(key_pattern, key) for key in value):
        raise ValueError(f"{name} must be an object whose names are {keys}")
    return {key: _texts(f"{name}: {key}", listed, pattern, what) for key, listed in value.items()}
