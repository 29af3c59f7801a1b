# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""New IAM objects that other services do not see for the first seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dax_emulator.base.settings import SETTINGS


def visible(entity: Any) -> bool:
    """Whether a role, user or instance profile of moto is old enough to be seen outside of IAM."""
    return age(entity) >= SETTINGS.visibility_seconds


def age(entity: Any) -> float:
    """The seconds since a role, user or instance profile of moto was made."""
    created: datetime = entity.create_date
    if created.tzinfo is None:
        created = created.replace(tzinfo=UTC)  # moto keeps UTC without saying so
    return (datetime.now(UTC) - created).total_seconds()
