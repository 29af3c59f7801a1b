# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Session tags: those that AssumeRole is given, and the transitive ones of the caller's session.

Source: "Pass session tags in AWS STS", IAM user guide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dax_emulator.access.principals import Principal
from dax_emulator.base.errors import aws_error
from dax_emulator.iam.tags import DUPLICATE, MOST


@dataclass(frozen=True)
class SessionTags:
    """The tags of a new session, and the keys of those that go on to the sessions that it asks for."""

    tags: dict[str, str]
    transitive: frozenset[str]

    def context(self) -> dict[str, str | Sequence[str]]:
        """The condition keys of a request that sets them."""
        if not self.tags:
            return {}
        found: dict[str, str | Sequence[str]] = {f"aws:RequestTag/{key}": value for key, value in self.tags.items()}
        found["aws:TagKeys"] = list(self.tags)
        if self.transitive:
            found["sts:TransitiveTagKeys"] = sorted(self.transitive)
        return found


def requested(request: dict[str, Any], caller: Principal) -> SessionTags:
    """The tags that the session of an AssumeRole request will have."""
    wanted = {one["Key"]: one.get("Value", "") for one in request.get("Tags") or []}
    if len({key.lower() for key in wanted}) < len(request.get("Tags") or []):
        raise _invalid(DUPLICATE)
    session = caller.session
    inherited = {key: value for key, value in session.tags.items() if key in session.transitive} if session else {}
    if {key.lower() for key in inherited} & {key.lower() for key in wanted}:
        raise _invalid("One of the specified tag keys conflicts with a transitive tag key from the calling session.")
    passed_on = {key.lower() for key in request.get("TransitiveTagKeys") or []}
    if passed_on - {key.lower() for key in wanted}:
        raise _invalid("The specified transitive tag key must be included in the requested tags.")
    tags = {**inherited, **wanted}
    if len(tags) > MOST:
        raise aws_error("LimitExceeded", f"Cannot exceed quota for TagsPerSession: {MOST}", 409)
    transitive = frozenset(inherited) | {key for key in wanted if key.lower() in passed_on}
    return SessionTags(tags, transitive)


def _invalid(message: str) -> Exception:
    return aws_error("InvalidParameterValue", message)
