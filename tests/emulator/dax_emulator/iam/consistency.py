# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IAM's eventual consistency, for every operation alike: what is new is not seen yet, what was removed still is.

A read looks at a copy of the account's state instead of at the state itself. A write is tried on such a copy first:
what it cannot find there, or what still stands in its way there, is AWS's answer. The settings say how old copies are.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.base import iam_history, iam_state
from dax_emulator.base.errors import aws_error
from dax_emulator.base.iam_state import Key
from dax_emulator.base.overrides import Proceed, Request, Response, around
from dax_emulator.base.settings import SETTINGS

_reads: Counter[Key] = Counter()
# AWS's words for moto's.
_NOT_FOUND = (
    (r"Role (\S+) not found", r"The role with name \1 cannot be found."),
    (r"User (\S+) not found", r"The user with name \1 cannot be found."),
    (r"Group (\S+) not found", r"The group with name \1 cannot be found."),
    (r"Instance profile (\S+) not found", r"Instance Profile \1 cannot be found."),
    (r"Policy (arn:\S+) not found", r"Policy \1 was not found."),
)


@around("iam")
def eventually(context: RequestContext, request: Request, proceed: Proceed) -> Response:
    try:
        if not iam_history.longest():
            return proceed()
        assert context.account_id and context.operation is not None
        key = (context.account_id, context.partition)
        with iam_history.LOCK:
            if context.operation.name.startswith(("Get", "List", "Simulate")):
                return _on(key, _for_read(key), proceed)
            _try(key, iam_history.without_new(key, SETTINGS.iam_visibility_seconds), proceed, "NoSuchEntity")
            if past := iam_history.before(key, SETTINGS.detach_seconds):
                _try(key, iam_history.duplicate(past), proceed, "DeleteConflict")
            iam_history.record(key)
            return proceed()
    except Exception as error:
        raise _in_aws_words(error) from None


def _for_read(key: Key) -> Any | None:
    """The state that a read sees; with `replica_seconds` every second one sees that of a replica."""
    if SETTINGS.replica_seconds:
        _reads[key] += 1
        if _reads[key] % 2 == 0:
            return iam_history.before(key, max(SETTINGS.replica_seconds, SETTINGS.iam_visibility_seconds))
    return iam_history.without_new(key, SETTINGS.iam_visibility_seconds)


def _on(key: Key, state: Any | None, proceed: Proceed) -> Response:
    if state is None:
        return proceed()
    with iam_state.seeing(key, state):
        return proceed()


def _try(key: Key, state: Any | None, proceed: Proceed, code: str) -> None:
    """Carry out a write on a copy of the state; raises the error if it is this one."""
    if state is None:
        return
    attached = [(policy, policy.attachment_count) for policy in state.aws_managed_policies]  # shared with the copy
    try:
        _on(key, state, proceed)
    except Exception as error:
        if _code(error) == code:
            raise
    finally:
        for policy, count in attached:
            policy.attachment_count = count


def _in_aws_words(error: Exception) -> Exception:
    if _code(error) == "NoSuchEntity":
        for pattern, words in _NOT_FOUND:
            if found := re.fullmatch(pattern, str(getattr(error, "message", ""))):
                return aws_error("NoSuchEntity", found.expand(words), 404)
    return error


def _code(error: Exception) -> str:
    """The code of an error of LocalStack or of moto."""
    return str(getattr(error, "code", None) if hasattr(error, "status_code") else getattr(error, "error_type", None))
