# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection of a side to its account, kept apart from whatever the shell and other files carry for another one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..module_utils.common.documents import ROLE_ARN, ROLE_ARN_RULE
from ..module_utils.common.text import shown

# The options that say who is asked. Each is given, so that none falls back on an AWS_* variable of the shell.
_IDENTITY = ("profile", "access_key", "secret_key", "session_token")

# What a connection may hold, with the other names under which amazon.aws's modules take the same.
_OPTIONS: dict[str, tuple[str, ...]] = {
    "access_key": ("aws_access_key_id", "aws_access_key"),
    "secret_key": ("aws_secret_access_key", "aws_secret_key"),
    "session_token": ("aws_session_token",),
    "profile": ("aws_profile",),
    "region": ("aws_region",),
    "endpoint_url": ("aws_endpoint_url",),
    "aws_ca_bundle": (),
    "validate_certs": (),
    "aws_config": (),
    "debug_botocore_endpoint_logs": (),
}
# How the role that the account is entered by is assumed; no module of the account is given these. With the formats of
# AWS's STS API reference, AssumeRole.
_ASSUMING: dict[str, tuple[str, str]] = {
    "assume_role_arn": (ROLE_ARN, ROLE_ARN_RULE),
    "external_id": (r"[A-Za-z0-9_+=,.@:/-]{2,1224}", "2 to 1224 letters, digits and _+=,.@:/-"),
    "session_name": (r"[A-Za-z0-9_+=,.@-]{2,64}", "2 to 64 letters, digits and _+=,.@-"),
    "duration": (r"[0-9]{3,5}", "a number of seconds from 900 to 43200"),
}
_SHORTEST_SESSION, _LONGEST_SESSION = 900, 43200

_NAMES = (*_OPTIONS, *_ASSUMING)
_CANONICAL = {name: option for option in _NAMES for name in (option, *_OPTIONS.get(option, ()))}

# One set of options serves accounts that are entered with a session or by a role, and those that are not; and a
# controller's credential gives all of its fields, those that were left blank too.
_MAY_BE_BLANK = frozenset({"session_token", "region", "endpoint_url", *_ASSUMING})

# Ansible masks a secret wherever it finds its text. One of a few letters would be found in names and ARNs.
_SHORTEST_SECRET = 8

# These say how AWS is reached from this machine, not as whom.
_KEPT = frozenset(
    {
        "AWS_CA_BUNDLE",
        "AWS_CONFIG_FILE",
        "AWS_DATA_PATH",
        "AWS_MAX_ATTEMPTS",
        "AWS_RETRY_MODE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_USE_DUALSTACK_ENDPOINT",
        "AWS_USE_FIPS_ENDPOINT",
    }
)
_NAME = re.compile(r"AWS_[A-Z0-9_]+")

# Where boto3 finds profiles, default credentials and endpoints. With keys of its own, an account needs nothing of them.
_FILES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")


def canonical(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the AWS options among a module's options, by their own names."""
    return {_CANONICAL[str(name)]: value for name, value in options.items() if str(name) in _CANONICAL}


class ConnectionError(Exception):
    """A connection that cannot be used; the message is one line that names the variable and the fix."""


def checked(variable: str, connection: Mapping[str, Any]) -> dict[str, Any]:
    """Return a connection with the options' own names.

    :param variable: the role's variable that holds it.
    :raises ConnectionError: for options that would lead to other credentials than the ones that are meant.
    """
    found: dict[str, Any] = {}
    for name, value in connection.items():
        option = _CANONICAL.get(str(name))
        if value in (None, "") and (option or str(name)) in _MAY_BE_BLANK:
            continue
        if option is None:
            raise ConnectionError(f"{variable} has no option {shown(name)}; it takes {', '.join(_NAMES)}")
        if option in found:
            raise ConnectionError(f"{variable} has {option} under two names; keep one of them")
        found[option] = value
    for option in _IDENTITY:
        if option in found and found[option] in (None, ""):
            raise ConnectionError(
                f"{variable}: {option} is empty; set the variable that it comes from, or leave it out to use the "
                "credentials of the environment"
            )
    _check_pairs(variable, found)
    return {**found, **_checked_assuming(variable, found)}


def _checked_assuming(variable: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of the role to assume, the duration as a number."""
    given = {option: str(found[option]) for option in _ASSUMING if option in found}
    if given and "assume_role_arn" not in given:
        raise ConnectionError(f"{variable} has {next(iter(given))} without assume_role_arn; give the role to assume")
    for option, text in given.items():
        pattern, words = _ASSUMING[option]
        fits = bool(re.fullmatch(pattern, text)) and not isinstance(found[option], bool)
        if option == "duration":
            fits = fits and _SHORTEST_SESSION <= int(text) <= _LONGEST_SESSION
        if not fits:
            raise ConnectionError(f"{variable}: {option} is {shown(found[option])}, expected {words}")
    return {option: int(text) if option == "duration" else text for option, text in given.items()}


def _check_pairs(variable: str, found: Mapping[str, Any]) -> None:
    keys = [option for option in ("access_key", "secret_key") if option in found]
    if len(keys) == 1:
        other = "secret_key" if keys == ["access_key"] else "access_key"
        raise ConnectionError(f"{variable} has {keys[0]} without {other}; give both, or a profile")
    if "session_token" in found and not keys:
        raise ConnectionError(f"{variable} has session_token without access_key and secret_key; give all three")
    if keys and "profile" in found:
        raise ConnectionError(f"{variable} has a profile and keys, and only one of them can count; leave one out")
    for option in ("secret_key", "session_token"):
        if option in found and len(str(found[option])) < _SHORTEST_SECRET:
            raise ConnectionError(
                f"{variable}: {option} has fewer than {_SHORTEST_SECRET} characters, and Ansible, which hides it, "
                "would hide the same letters in names and ARNs; give the real one"
            )


def has_credentials(connection: Mapping[str, Any]) -> bool:
    """Tell whether a connection has a profile or keys of its own, so that the shell's must not count."""
    return "profile" in connection or "access_key" in connection


def assuming(connection: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of the role to assume, as ``amazon.aws.sts_assume_role`` takes them; {} for none."""
    if "assume_role_arn" not in connection:
        return {}
    asked = {
        "role_arn": connection["assume_role_arn"],
        "role_session_name": connection.get("session_name", "dax.cross_account"),
        "external_id": connection.get("external_id"),
        "duration_seconds": connection.get("duration"),
    }
    return {name: value for name, value in asked.items() if value is not None}


def base(connection: Mapping[str, Any]) -> dict[str, Any]:
    """Return a connection without the role to assume: the credentials that may assume it."""
    return {name: value for name, value in connection.items() if name not in _ASSUMING}


def merged(defaults: Mapping[str, Any], connection: Mapping[str, Any]) -> dict[str, Any]:
    """Return a connection over defaults; one with credentials of its own takes none of theirs."""
    kept = {name: value for name, value in defaults.items() if name not in _IDENTITY or not has_credentials(connection)}
    return {**kept, **connection}


def module_arguments(connection: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of every module of the account."""
    return {**(dict.fromkeys(_IDENTITY, "") if has_credentials(connection) else {}), **connection}


def environment(inherited: Mapping[str, str], connection: Mapping[str, Any]) -> dict[str, str]:
    """Return the environment of the account's modules: the inherited one without the shell's AWS settings.

    Neither amazon.aws nor botocore takes an empty variable for none, so they are taken out. A connection with keys
    needs no file of boto3's either, whose ``[default]`` may hold an endpoint of something else.
    """
    if not has_credentials(connection):
        return dict(inherited)
    kept = {name: value for name, value in inherited.items() if not _NAME.fullmatch(name) or name in _KEPT}
    return {**kept, **(dict.fromkeys(_FILES, "/dev/null") if "access_key" in connection else {})}
