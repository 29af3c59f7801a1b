# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles' variables as the plans take them. ``-e prune=false`` and AWX surveys make text of everything. Pure."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

_BOOLEANS = frozenset(
    {"check_mode", "dns_resolution", "force_routes", "instance", "prune", "role_per_consumer", "ssm_access"}
)
_NUMBERS = frozenset({"max_session_duration", "subnet_count", "trust_policy_quota", "vpc_prefix"})


def typed(wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the wishes with booleans and numbers where the plans expect them; what is not said stays None.

    :raises ValueError: in one line that names the variable, which the roles' argument_specs have checked before.
    """
    return {name: _typed(name, value) for name, value in wanted.items()}


def _typed(name: str, value: Any) -> Any:
    try:
        if name in _BOOLEANS:
            return None if value in (None, "") else boolean(value)
        return int(value) if name in _NUMBERS else value
    except (TypeError, ValueError) as error:
        kind = "true or false" if name in _BOOLEANS else "a number"
        raise ValueError(f"{name} is {value!r}, expected {kind}") from error
