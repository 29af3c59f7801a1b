# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that tests change at run time through the control API."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass
class Settings:
    """All times are in seconds; zero means "at once"."""

    visibility_seconds: float = 0  # until a new role or instance profile is seen by other services
    cluster_seconds: float = 0  # that a DAX cluster stays in creating, modifying, rebooting, deleting
    peering_visibility_seconds: float = 0  # until the accepter sees a new peering request
    peering_provisioning_seconds: float = 0  # between accepting a peering and its turning active
    credential_lifetime_seconds: float = 0  # that issued sessions live at most, whatever was asked for; 0: as asked
    dax_strict_expiry: bool = False  # whether DAX ends a connection's authorization when its credentials expire
    enforce_iam: bool = False  # whether users' and sessions' policies limit every call, not just AssumeRole

    def merge(self, changes: dict[str, Any]) -> None:
        """Set what `changes` names. Raises ValueError on an unknown name or a wrong type."""
        known = {field.name for field in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"unknown setting {name!r}: choose one of {', '.join(sorted(known))}")
            boolean = isinstance(getattr(self, name), bool)
            if boolean != isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"{name} must be {'true or false' if boolean else 'a number of seconds'}")
            if value < 0:
                raise ValueError(f"{name} must not be negative")
        for name, value in changes.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


SETTINGS = Settings()
