# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared by all unit tests: AWS clients that never reach a network, a clock that nobody waits for, modules run in here.

The collection is imported as ``ansible_collections.dax.cross_account`` through the self-link in ``collections``, which
pyproject.toml puts on the path.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest
from ansible.module_utils import basic
from ansible_collections.amazon.aws.plugins.module_utils import cloud
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.dax.cross_account.plugins.module_utils.common import aws


class AwsError:
    """An answer of AWS that is an error."""

    def __init__(self, code: str, message: str = "as the test wants", status: int = 400) -> None:
        self.code, self.message, self.status = code, message, status


Answer = dict[str, Any] | AwsError
Handler = Callable[[dict[str, Any]], Answer]


class FakeAws:
    """A real boto3 client, with botocore's check of parameters and its paginators, whose answers the test gives."""

    def __init__(self, service: str) -> None:
        self.client = _client(service)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._answers: dict[str, list[Answer | Handler]] = {}
        _current[service] = self

    def on(self, operation: str, *answers: Answer | Handler) -> FakeAws:
        """Give these answers to an operation, one a call; the last one also to all further calls."""
        self._answers[operation] = list(answers)
        return self

    def answer(self, operation: str, params: dict[str, Any]) -> Answer:
        self.calls.append((operation, params))
        answers = self._answers.get(operation)
        if not answers:
            raise AssertionError(f"unexpected call of {operation} with {params}")
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return answer(params) if callable(answer) else answer

    @property
    def operations(self) -> list[str]:
        """The names of the operations called so far."""
        return [operation for operation, _params in self.calls]

    @property
    def writes(self) -> list[tuple[str, dict[str, Any]]]:
        """The calls so far that were no reads."""
        return [call for call in self.calls if not call[0].startswith(("Describe", "List"))]


_current: dict[str, FakeAws] = {}


@functools.cache
def _client(service: str) -> Any:
    """Make one client a service, since that is slow, and let the fake of the running test answer its calls."""
    session: Any = boto3.session.Session("1" * 12, "none", "", "us-east-1")
    client = session.client(service)

    def remember(params: dict[str, Any], context: dict[str, Any], **_kwargs: Any) -> None:
        context["test_params"] = dict(params)

    def answer(model: Any, context: dict[str, Any], **_kwargs: Any) -> tuple[Any, dict[str, Any]]:
        reply = _current[service].answer(model.name, context["test_params"])
        if isinstance(reply, AwsError):
            error = {"Error": {"Code": reply.code, "Message": reply.message}, "ResponseMetadata": {}}
            return SimpleNamespace(status_code=reply.status), error
        return SimpleNamespace(status_code=200), {**reply, "ResponseMetadata": {}}

    client.meta.events.register(f"before-parameter-build.{service}", remember)
    client.meta.events.register(f"before-call.{service}", answer)
    return client


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.naps: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


@pytest.fixture
def aws_error() -> type[AwsError]:
    """The class of answers that are errors: ``aws_error(code, message)``."""
    return AwsError


@pytest.fixture
def fake_aws() -> Iterator[Callable[[str], FakeAws]]:
    """A function that makes the fake of a service: ``fake_aws("ec2")``."""
    yield FakeAws
    _current.clear()


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of all waiting and retrying code, amazon.aws's included."""
    fake = Clock()
    monkeypatch.setattr(aws, "time", fake)
    monkeypatch.setattr(cloud, "time", fake)
    return fake


class Exit(BaseException):
    """The end of a module run in here. Not an ``Exception``, so that no module can catch it."""


@contextmanager
def _module_args(args: dict[str, Any]) -> Iterator[None]:
    try:
        from ansible.module_utils.testing import patch_module_args
    except ImportError:  # ansible-core < 2.19
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": args}).encode())
            yield
    else:
        context: AbstractContextManager[Any] = patch_module_args(args)
        with context:
            yield


@pytest.fixture
def run_module(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """A function that runs a module and returns its result, ``failed`` included.

    ``run_module(module, options, check=False, ec2=fake)`` with the fake of each service that the module may use.
    """
    outcome: dict[str, Any] = {}

    def end(failed: bool) -> Callable[..., None]:
        def ended(_self: Any, *args: Any, **result: Any) -> None:
            outcome.update(result, failed=failed)
            if args:
                outcome["msg"] = args[0]
            raise Exit

        return ended

    monkeypatch.setattr(basic.AnsibleModule, "exit_json", end(False))
    monkeypatch.setattr(basic.AnsibleModule, "fail_json", end(True))

    def run(module: ModuleType, options: dict[str, Any], check: bool = False, **fakes: FakeAws) -> dict[str, Any]:
        outcome.clear()
        monkeypatch.setattr(AnsibleAWSModule, "client", lambda _self, service, **_kwargs: fakes[service].client)
        with _module_args({**options, "_ansible_check_mode": check}), pytest.raises(Exit):
            module.main()
        return dict(outcome)

    return run
