# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The calls that write account A's role, which runs for other consumers write at the same time. Pure, no AWS."""

from __future__ import annotations

from typing import Any

from ...common.role_consumers import RoleConsumers, known_principals, taken_out
from ...common.shapes import Role
from ..model import Plan
from ..resources import resource
from .consumers import Consumers
from .desired import Desired

MODULE = "dax.cross_account.iam_role_consumers"


def consumers_of_role(desired: Desired, consumers: Consumers, role: Role | None) -> RoleConsumers:
    """Return what this run wants of the role's consumers."""
    options = desired.options
    out = taken_out(role["trust"], role["tags"]) if role else []
    return RoleConsumers(
        cluster_arn=desired.cluster_arn,
        adding={key: consumer["role_arn"] for key, consumer in consumers.present.items()},
        removing=list(dict.fromkeys(consumers.revoked)),
        left_out=[key for key in out if key in consumers.retained],
        known=known_principals(role["trust"], role["tags"]) if role else [],
        external_id=options.external_id,
        external_id_per_consumer=options.external_id_per_consumer,
        session_name_pattern=options.session_name_pattern,
        allow_session_tags=options.allow_session_tags,
    )


def write_consumers(
    plan: Plan, desired: Desired, name: str, wish: RoleConsumers, settings: dict[str, Any] | None
) -> None:
    """Add the call that makes a role, or changes it, as it is desired.

    :param settings: as the facts show them; None for a role that is not ours.
    """
    boundary = settings and settings["permissions_boundary"]
    own = settings and {
        "path": desired.options.role_path,
        "description": settings["description"],
        "max_session_duration": settings["max_session_duration"],
        **({"boundary": boundary} if boundary else {}),
        "tags": desired.tags(),
    }
    args = {
        "state": "present",
        "consumers": [{"key": key, "role_arn": arn} for key, arn in wish.adding.items()] or None,
        "settings": own,
    }
    _write(plan, name, wish, args)


def write_farewell(
    plan: Plan, name: str, wish: RoleConsumers, policies: list[str], delete: bool = False, step: str = "role"
) -> None:
    """Add the call that takes away all that is ours once no consumer is left.

    :param policies: the inline policies that go.
    :param delete: whether the role goes.
    """
    _write(plan, name, wish, {"state": "absent", "policies": policies or None, "delete": delete or None}, step)


def _write(plan: Plan, name: str, wish: RoleConsumers, args: dict[str, Any], step: str = "role") -> None:
    """Add a call of the module, which looks anew each time. The run shows, and waits for, refusals that pass."""
    common = {
        "name": name,
        "cluster_arn": wish.cluster_arn,
        "removing": list(wish.removing) or None,
        "left_out": list(wish.left_out) or None,
        "known": list(wish.known) or None,
        "external_id": wish.external_id or None,
        "external_id_per_consumer": wish.external_id_per_consumer or None,
        "session_name_pattern": wish.session_name_pattern or None,
        "allow_session_tags": wish.allow_session_tags or None,
    }
    plan.write(step, MODULE, resource("role", name=name), {**args, **common, "retry_seconds": 0})
