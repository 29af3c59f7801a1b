# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every AWS call of this collection shares: retries, errors in one line, waiting on a state."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar, cast

with suppress(ImportError):  # AnsibleAWSModule reports a missing SDK.
    from botocore.exceptions import BotoCoreError, ClientError

from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry

from .patience import Refusal, passing

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

# amazon.aws's list lacks the code that services with a JSON protocol, such as DAX, answer a throttled call with.
_THROTTLED = ["ThrottlingException"]


def retried(*codes: str) -> Callable[[F], F]:
    """Decorate a function that makes one AWS call: try again, with jittered backoff, when AWS is busy.

    botocore itself retries a few times first. Nine tries in all are spread over about a minute.

    :param codes: further error codes worth another try, such as one of a resource that takes a moment to be seen.
    """

    def decorate(func: F) -> F:
        backoff = AWSRetry.jittered_backoff(
            retries=9, delay=1, max_delay=20, catch_extra_error_codes=[*_THROTTLED, *codes]
        )
        return cast("F", backoff(func))

    return decorate


@contextmanager
def aws_errors(doing: str) -> Iterator[None]:
    """Turn botocore's exceptions into ``AnsibleAWSError("Failed to <doing>")``; a decorator and a ``with`` block."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise AnsibleAWSError(message=f"Failed to {doing}", exception=error) from error


def error_code(error: BaseException) -> str:
    """Return the AWS error code of a ``ClientError``, or of the one inside an ``AnsibleAWSError``; else ``""``."""
    inner = getattr(error, "exception", None) or error
    return str(_response(inner).get("Error", {}).get("Code", ""))


def error_message(error: BaseException) -> str:
    """Return AWS's own message of a ``ClientError``, or of the one inside an ``AnsibleAWSError``; else ``""``."""
    inner = getattr(error, "exception", None) or error
    return str(_response(inner).get("Error", {}).get("Message", ""))


def _response(error: BaseException) -> dict[str, Any]:
    """Return AWS's answer; botocore's own errors, such as one of a connection that was closed, hold None or nothing."""
    return getattr(error, "response", None) or {}


def attempts(timeout: float, delay: float = 0.5, max_delay: float = 10.0) -> Iterator[None]:
    """Yield at once, then again after ever longer pauses until ``timeout`` seconds are over; yields at least once.

    :param delay: seconds before the second attempt, half as long again before each one after it.
    :param max_delay: the longest pause between two attempts, in seconds.
    """
    deadline = time.monotonic() + timeout
    yield
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(delay, max_delay, left))
        yield
        delay *= 1.5


def poll(
    read: Callable[[], T],
    done: Callable[[T], bool],
    timeout: float,
    waiting_for: str,
    describe: Callable[[T], str] = str,
    max_delay: float = 10.0,
) -> T:
    """Read until ``done``, and return what was read last.

    :param read: makes one read; its exceptions end the wait.
    :param done: tells whether what was read is what is waited for; may raise when it never will be.
    :param timeout: seconds after which to give up. Even 0 reads once.
    :param waiting_for: completes "Timed out after <timeout> seconds waiting for …".
    :param describe: puts what was read last into the words of that error.
    :param max_delay: the longest pause between two reads, in seconds.
    :raises AnsibleAWSError: when the time is over.
    """
    last = ""
    for _attempt in attempts(timeout, max_delay=max_delay):
        seen = read()
        if done(seen):
            return seen
        last = describe(seen)
    raise AnsibleAWSError(message=f"Timed out after {timeout:g} seconds waiting for {waiting_for}: last seen {last}")


def refusal_of(error: BaseException) -> Refusal | None:
    """Return what AWS said no to, of a ``ClientError`` or of the one inside an ``AnsibleAWSError``; else None."""
    inner = getattr(error, "exception", None) or error
    code = error_code(inner)
    return Refusal(str(getattr(inner, "operation_name", "")), code, error_message(inner)) if code else None


def patiently(
    call: Callable[[], T], wait_timeout: float, again: Callable[[AnsibleAWSError], bool] = lambda _error: True
) -> T:
    """Call until it succeeds, as long as its refusals are in the patience table and time is left.

    :param wait_timeout: seconds that the caller may wait; a row of the table may allow less. Even 0 calls once.
    :param again: tells of a refusal in the table whether it passes in this case too.
    :raises AnsibleAWSError: the last refusal, with what was waited for and how long.
    """
    start = time.monotonic()
    for _attempt in attempts(wait_timeout + 1, max_delay=5.0):
        try:
            return call()
        except AnsibleAWSError as error:
            row, waited = passing(refusal_of(error)), time.monotonic() - start
            if row is None or not again(error):
                raise
            if waited >= row.limit(wait_timeout):
                message = f"{error.message} (waited {waited:.0f} seconds for {row.waits_for})"
                raise AnsibleAWSError(message=message, exception=error.exception) from error
    raise AssertionError("the last attempt is later than every limit")


def run_module(module: Any, work: Callable[[], dict[str, Any]]) -> None:
    """Exit the module with what ``work`` returns, or fail it in one line with what it raised."""
    try:
        result = work()
    except AnsibleAWSError as error:
        module.fail_json_aws_error(error)
    except (ClientError, BotoCoreError) as error:
        module.fail_json_aws(error)
    else:
        module.exit_json(**result)
