# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a role that several runs write is still to be done, one write at a time. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypedDict

from ..common.compare import changed_tags
from ..common.ownership import MOST_TAGS, PREFIX, is_ours, role_description
from ..common.policies import foreign_statements, same_policy
from ..common.role_consumers import RoleConsumers
from ..common.shapes import Tags


class RoleNow(TypedDict):
    """A role as GetRole shows it, in the words of the facts."""

    trust: dict[str, Any]
    description: str
    max_session_duration: int  # seconds
    permissions_boundary: str | None
    tags: Tags


class Due(NamedTuple):
    """One write that is due: its kind, which is also its operation in :mod:`role_consumers`, and what to write."""

    kind: str
    what: Any = None


class WillNotFit(Exception):
    """The register would pass the limit of tags. The message is one line."""


class Settings(NamedTuple):
    """A role's settings, and the tags that it has to carry; those of an adopted role stay as its owner made them."""

    path: str
    description: str
    max_session_duration: int
    boundary: str | None
    tags: Tags


class Wish(NamedTuple):
    """What one run wants of a role.

    :ivar settings: None for a role that is not ours, which is not made anew either.
    """

    name: str
    consumers: RoleConsumers
    settings: Settings | None


class Farewell(NamedTuple):
    """What one run takes away from a role: its consumers and, once nobody is left, all that is ours.

    :ivar policies: the inline policies that go with the last consumer.
    :ivar delete: whether the role goes too, if it is ours and no statement of others is in its trust policy.
    """

    name: str
    consumers: RoleConsumers
    policies: tuple[str, ...]
    delete: bool


def wish_of(params: Mapping[str, Any]) -> Wish | Farewell:
    """Return what the options of the module iam_role_consumers ask for."""
    consumers = RoleConsumers(
        cluster_arn=params["cluster_arn"],
        adding={each["key"]: each["role_arn"] for each in params.get("consumers") or []},
        removing=tuple(params.get("removing") or ()),
        left_out=tuple(params.get("left_out") or ()),
        known=tuple(params.get("known") or ()),
        external_id=params.get("external_id") or "",
        external_id_per_consumer=bool(params.get("external_id_per_consumer")),
        session_name_pattern=params.get("session_name_pattern") or "",
        allow_session_tags=bool(params.get("allow_session_tags")),
    )
    if params["state"] == "absent":
        return Farewell(params["name"], consumers, tuple(params.get("policies") or ()), bool(params.get("delete")))
    given = params.get("settings")
    tags = {str(key): str(value) for key, value in ((given or {}).get("tags") or {}).items()}
    settings = given and Settings(
        given.get("path") or "/",
        given.get("description") or "",
        given["max_session_duration"],
        given.get("boundary") or None,
        tags,
    )
    return Wish(params["name"], consumers, settings or None)


def due(
    wish: Wish | Farewell,
    role: RoleNow | None,
    newcomers: frozenset[str] = frozenset(),
    policies: frozenset[str] = frozenset(),
) -> Due | None:
    """Return the write that comes next; None when all is as this run wants it, and as the others need it.

    :param newcomers: see :meth:`RoleConsumers.newcomers`.
    :param policies: the inline policies that a role has from which this run takes leave.
    """
    if isinstance(wish, Farewell):
        return _farewell(wish, role, newcomers, policies)
    if role is None:
        return Due("create", creation(wish)) if wish.settings and wish.consumers.adding else Due("wait")
    return _settings(wish.settings, role) or _consumers(wish.consumers, role, newcomers)


def creation(wish: Wish) -> dict[str, Any]:
    """Return the parameters of CreateRole; the new role has its trust and its register from its first moment on."""
    settings = wish.settings
    if settings is None:
        raise AssertionError("only who knows the settings makes a role")
    tags = {**settings.tags, **wish.consumers.register}
    made = {
        "Path": settings.path,
        "Description": settings.description,
        "MaxSessionDuration": settings.max_session_duration,
        "PermissionsBoundary": settings.boundary,
        "AssumeRolePolicyDocument": wish.consumers.trust({}, {}),
        "Tags": tags,
    }
    return {name: value for name, value in made.items() if value is not None}


def _settings(settings: Settings | None, role: RoleNow) -> Due | None:
    """Before any consumer comes: a boundary limits what they get."""
    if settings is None:
        return None
    if role["permissions_boundary"] != settings.boundary:
        return Due("boundary", settings.boundary)
    wanted: Mapping[str, Any] = {
        "Description": settings.description,
        "MaxSessionDuration": settings.max_session_duration,
    }
    current = {"Description": role["description"], "MaxSessionDuration": role["max_session_duration"]}
    if changed := {name: value for name, value in wanted.items() if current[name] != value}:
        return Due("settings", changed)
    if tags := changed_tags(role["tags"], settings.tags):
        return Due("tags", tags)
    return None


def _consumers(consumers: RoleConsumers, role: RoleNow, newcomers: frozenset[str]) -> Due | None:
    """In the order that :mod:`common.role_consumers` gives the reason for."""
    tags, leaving = role["tags"], consumers.registered(role["tags"])
    coming = changed_tags(tags, consumers.register)
    # Keys that differ in case only are one to IAM.
    count = len({key.casefold() for key in (*tags, *coming) if key not in leaving})
    if coming and count > MOST_TAGS:
        raise WillNotFit(f"would have {count} tags, one for each consumer among them, and IAM takes {MOST_TAGS}")
    if leaving:
        return Due("unregister", leaving)
    trust = consumers.trust(role["trust"], tags, newcomers)
    # IAM has no empty trust policy: the last statement of ours goes with the role, or stays in one that is not ours.
    if trust is not None and not same_policy(role["trust"], trust):
        return Due("trust", trust)
    return Due("register", coming) if coming else None


def _farewell(wish: Farewell, role: RoleNow | None, newcomers: frozenset[str], policies: frozenset[str]) -> Due | None:
    if role is None:
        return Due("wait")
    if is_needed(wish, role, newcomers):
        return _consumers(wish.consumers, role, newcomers)
    if wish.delete and is_ours(role["tags"], wish.consumers.cluster_arn) and not foreign_statements(role["trust"]):
        return Due("delete")
    marks = [key for key in role["tags"] if key.startswith(PREFIX)]
    described = role["description"] == role_description(wish.consumers.cluster_arn)
    trust = wish.consumers.trust(role["trust"], role["tags"])
    if trust is not None and not same_policy(role["trust"], trust):
        return Due("trust", trust)
    if policies & set(wish.policies):
        return Due("policies")
    if described:
        return Due("settings", {"Description": ""})
    return Due("unregister", marks) if marks else None


def is_needed(wish: Farewell, role: RoleNow, newcomers: frozenset[str]) -> bool:
    """Tell whether other consumers need the role: those that stay, or that another run is letting in."""
    return bool(newcomers or wish.consumers.staying(role["trust"], role["tags"]))
