# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""moto's IAM state, as the call under way sees it: as it is, or as some other moment's copy of it has it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from moto.iam import iam_backends

Key = tuple[str, str]  # account id and partition
_seen: ContextVar[tuple[Key, Any] | None] = ContextVar("_seen", default=None)


def install() -> None:
    """Let moto's and LocalStack's own IAM operations look at what `seeing` shows."""
    from localstack.services.iam import provider
    from moto.iam.responses import IamResponse

    IamResponse.backend = property(lambda self: backend(self.current_account, self.partition))
    provider.get_iam_backend = lambda context: backend(context.account_id, context.partition)


def backend(account: str, partition: str) -> Any:
    """The IAM state of one account (made when first asked for)."""
    seen = _seen.get()
    return seen[1] if seen is not None and seen[0] == (account, partition) else iam_backends[account][partition]


def backends() -> Iterator[Any]:
    """The IAM state of every account; within `seeing` the shown copy alone, so that nothing else is changed."""
    if (seen := _seen.get()) is not None:
        yield seen[1]
        return
    for partitions in list(iam_backends.values()):
        yield from list(partitions.values())


@contextmanager
def seeing(key: Key, copy: Any) -> Iterator[None]:
    """Show a copy of an account's state to all that this call does; what it changes is changed in the copy."""
    token = _seen.set((key, copy))
    try:
        yield
    finally:
        _seen.reset(token)


def find_role(role_arn: str) -> Any | None:
    """moto's role object with this ARN in any account, or None."""
    return _find(role_arn, "roles")


def find_user(user_arn: str) -> Any | None:
    """moto's user object with this ARN in any account, or None."""
    return _find(user_arn, "users")


def _find(arn: str, collection: str) -> Any | None:
    parts = arn.split(":")
    if len(parts) < 6 or not re.fullmatch(r"\d{12}", parts[4]):
        return None
    entities = getattr(backend(parts[4], parts[1]), collection).values()
    return next((entity for entity in entities if entity.arn == arn), None)
