# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Readings that do not wait for each other. AWS answers in 50 to 200 ms, so calls in a row are what a run waits for.

Clients of boto3 may be used by several threads; they are made one at a time.
Source: https://docs.aws.amazon.com/boto3/latest/guide/clients.html#multithreading-or-multiprocessing-with-clients
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")

# botocore keeps ten connections to a service open; more threads than that would only wait.
_THREADS = 8


class AtOnce:
    """Begins readings, and waits for each where its result is needed; a ``with`` block ends when all have ended.

    :raises Exception: from the future's ``result()``, what the reading raised.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_THREADS)

    def __enter__(self) -> AtOnce:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # After an error nobody waits for what has not begun.
        self._pool.shutdown(cancel_futures=error is not None)

    def begin(self, read: Callable[..., T], *args: Any, **more: Any) -> Future[T]:
        return self._pool.submit(read, *args, **more)
