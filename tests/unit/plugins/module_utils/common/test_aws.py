# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError
from ansible_collections.dax.cross_account.plugins.module_utils.common import aws
from ansible_collections.dax.cross_account.plugins.module_utils.common.patience import PROPAGATION
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError


def client_error(code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


def failing(*codes: str) -> tuple[Any, list[str]]:
    """Return a function that fails with these codes, one a call, and then works; and the list of its calls."""
    calls: list[str] = []

    def call() -> str:
        calls.append("call")
        if len(calls) <= len(codes):
            raise client_error(codes[len(calls) - 1])
        return "done"

    return call, calls


@pytest.mark.parametrize("code", ["Throttling", "RequestLimitExceeded", "ThrottlingException", "InternalError"])
def test_a_busy_aws_is_tried_again(code: str, clock: Any) -> None:
    call, calls = failing(code, code)
    assert aws.retried()(call)() == "done"
    assert len(calls) == 3
    assert len(clock.naps) == 2


def test_retrying_ends_with_the_error_itself() -> None:
    call, calls = failing(*["Throttling"] * 50)
    with pytest.raises(ClientError, match="Throttling"):
        aws.retried()(call)()
    assert len(calls) == 9


def test_other_errors_are_not_tried_again_unless_named() -> None:
    call, calls = failing("InvalidThing.NotFound")
    with pytest.raises(ClientError):
        aws.retried()(call)()
    assert len(calls) == 1
    call, calls = failing("InvalidThing.NotFound")
    assert aws.retried("InvalidThing.NotFound")(call)() == "done"


@pytest.mark.parametrize(
    "error", [client_error("AccessDenied", "not allowed"), EndpointConnectionError(endpoint_url="http://nowhere")]
)
def test_errors_say_what_was_tried(error: Exception) -> None:
    with pytest.raises(AnsibleAWSError) as caught, aws.aws_errors("paint the fence"):
        raise error
    assert str(caught.value).startswith("Failed to paint the fence: ")
    assert str(error) in str(caught.value)


def test_code_and_message_of_errors() -> None:
    inner = client_error("Some.Code", "some words")
    for error in (inner, AnsibleAWSError(message="outer", exception=inner)):
        assert aws.error_code(error) == "Some.Code"
        assert aws.error_message(error) == "some words"
    assert aws.error_code(AnsibleAWSError(message="plain")) == ""
    closed = ConnectionClosedError(endpoint_url="http://127.0.0.1")
    assert aws.error_code(AnsibleAWSError(message="lost", exception=closed)) == aws.error_message(closed) == ""
    assert aws.error_message(EndpointConnectionError(endpoint_url="http://nowhere")) == ""


def test_poll_reads_until_done_and_waits_ever_longer(clock: Any) -> None:
    states = iter("aaaab")
    assert aws.poll(lambda: next(states), lambda seen: seen == "b", 60, "b") == "b"
    assert clock.naps == [0.5, 0.75, 1.125, 1.6875]


def test_poll_gives_up_in_time_and_tells_what_it_saw(clock: Any) -> None:
    with pytest.raises(AnsibleAWSError, match=r"^Timed out after 30 seconds waiting for b: last seen A$"):
        aws.poll(lambda: "a", lambda seen: seen == "b", 30, "b", describe=str.upper, max_delay=4.0)
    assert clock.now == pytest.approx(30)
    assert max(clock.naps) == 4.0


def test_poll_without_time_reads_once(clock: Any) -> None:
    assert aws.poll(lambda: "b", lambda seen: seen == "b", 0, "b") == "b"
    with pytest.raises(AnsibleAWSError):
        aws.poll(lambda: "a", lambda seen: seen == "b", 0, "b")
    assert clock.naps == []


UNSEEN = ClientError({"Error": {"Code": "InvalidRouteTableID.NotFound", "Message": "no"}}, "CreateRoute")


def refusing(*errors: ClientError) -> tuple[Any, list[int]]:
    left, calls = list(errors), [0]

    def call() -> str:
        calls[0] += 1
        with aws.aws_errors("do it"):
            if left:
                raise left.pop(0)
        return "done"

    return call, calls


def test_patiently_outlasts_what_passes(clock: Any) -> None:
    call, calls = refusing(UNSEEN, UNSEEN)
    assert aws.patiently(call, 10) == "done"
    assert calls == [3]


def test_patiently_raises_what_does_not_pass_at_once(clock: Any) -> None:
    for error in (client_error("UnauthorizedOperation"), client_error("InvalidRouteTableID.NotFound")):
        with pytest.raises(AnsibleAWSError, match="Failed to do it"):
            aws.patiently(refusing(error)[0], 10)
    with pytest.raises(AnsibleAWSError, match="Failed to do it"):
        aws.patiently(refusing(UNSEEN)[0], 10, lambda _error: False)
    assert clock.naps == []


@pytest.mark.parametrize(("may_wait", "waited"), [(0, 0), (10, 10), (900, PROPAGATION)])
def test_patiently_says_for_what_and_how_long_it_waited(clock: Any, may_wait: float, waited: float) -> None:
    with pytest.raises(AnsibleAWSError) as caught:
        aws.patiently(refusing(*[UNSEEN] * 1000)[0], may_wait)
    assert waited <= clock.now <= waited + 5
    expected = f"Failed to do it (waited {clock.now:.0f} seconds for the route table to be seen by all of AWS)"
    assert caught.value.message == expected
    assert caught.value.exception is UNSEEN
