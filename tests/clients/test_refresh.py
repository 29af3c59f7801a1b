# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`watch` runs on: over credentials that expire, over a node that goes away; and assumes the role once for it all."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from typing import Any

import pytest
import sts
from harness import Emulator, Program, Result, wait_until
from world import ACCOUNT_A, REGION, World

# What each language is called in the user agent of its calls to STS, and how long before the end it renews (seconds).
AGENTS = {"python": "botocore", "nodejs": "aws-sdk-js", "go": "aws-sdk-go", "java": "aws-sdk-java", "dotnet": "dotnet"}
RENEWS_BEFORE = {"python": 900, "nodejs": 300, "go": 300, "java": 60, "dotnet": 300}
SESSION_SECONDS = 16
RENEWED_AFTER = 6
GETS = 42
KEY = {"pk": {"S": "watched"}}


@pytest.fixture(scope="module", autouse=True)
def item(programs: dict[str, Program], world: World) -> None:
    first = next(iter(programs.values()))
    first.item("put", world.table, KEY, "--set", '{"n": {"N": "1"}}').json  # noqa: B018  asserts success


@pytest.fixture
def short_sessions(emulator: Emulator) -> Iterator[None]:
    """Sessions end after seconds, and DAX holds a connection to the end of its session."""
    emulator.put("settings", {"credential_lifetime_seconds": SESSION_SECONDS, "dax_strict_expiry": True})
    yield
    emulator.put("settings", {"credential_lifetime_seconds": 0, "dax_strict_expiry": False})


def watch(program: Program, world: World, *more: str, **environment: str) -> subprocess.Popen[str]:
    return program.start("watch", "--table", world.table, "--key", json.dumps(KEY), *more, **environment)


def check(result: Result, gets: int) -> None:
    """Every get has its line and its item, about a second after the one before."""
    assert [line for line in result.lines if line.get("Item") != {**KEY, "n": {"N": "1"}}] == []
    assert [line["n"] for line in result.lines] == list(range(1, gets + 1))
    assert (result.code, result.err) == (0, ""), result


def test_credentials_expire(
    programs: dict[str, Program], emulator: Emulator, world: World, short_sessions: None
) -> None:
    """All languages at once, since it is time that passes. Each session is over before the watch is half done.

    The programs renew minutes before the end. So that this takes seconds, STS tells them an end that is as much later.
    """
    first_call, first_request = emulator.last_call(), emulator.get("dataplane")["last"]
    with ExitStack() as stack:
        processes = {}
        for language, program in programs.items():
            late = RENEWS_BEFORE[language] + RENEWED_AFTER - SESSION_SECONDS
            url = stack.enter_context(sts.proxy(emulator.url, answer=sts.later(late)))
            processes[language] = watch(program, world, "--count", str(GETS), AWS_ENDPOINT_URL_STS=url)
        results = {language: Program.finish(process, 120) for language, process in processes.items()}
    requests = emulator.requests(first_request)
    for language, result in results.items():
        check(result, GETS)
        renewals = emulator.assumed(first_call, AGENTS[language])
        # One at the start, then one for each time that the program took its session for nearly over. The Java SDK
        # picks a moment between five minutes and one before the end, and all that it is told here lies in there.
        most = GETS // RENEWED_AFTER + 2 if language != "java" else 4 * GETS
        assert GETS // SESSION_SECONDS <= renewals <= most, (language, renewals)
    keys = {each["access_key"] for each in requests if each["operation"] == "GetItem" and each["outcome"] == "ok"}
    assert len(keys) >= len(programs) * (GETS // SESSION_SECONDS)


def test_java_outlives_two_sessions_mixed_at_a_renewal(
    programs: dict[str, Program], emulator: Emulator, world: World
) -> None:
    """AWS's Java client can sign with one session and name the other; a refused connection is authorized anew."""
    if "java" not in programs:
        pytest.skip("no Java here")
    fault = {"service": "dax", "operation": "GetItem", "error": "InvalidSignatureException", "count": 1}
    since = emulator.get("dataplane")["last"]
    emulator.post("faults", fault)
    result = Program.finish(watch(programs["java"], world, "--count", "2"))
    check(result, 2)
    outcomes = [each["outcome"] for each in emulator.requests(since) if each["operation"] == "GetItem"]
    assert outcomes == ["InvalidSignatureException", "ok", "ok"]


def test_one_role_session_for_a_stretch_of_work(programs: dict[str, Program], emulator: Emulator, world: World) -> None:
    """The role is assumed once. A client that asks anew for every connection would do it about once a second."""
    since = emulator.last_call()
    seconds = 14
    processes = {language: watch(program, world, "--count", str(seconds)) for language, program in programs.items()}
    for process in processes.values():
        check(Program.finish(process), seconds)
    assert {language: emulator.assumed(since, AGENTS[language]) for language in programs} == dict.fromkeys(programs, 1)


def test_failover(programs: dict[str, Program], emulator: Emulator, world: World) -> None:
    """A node goes away under the watch. Reads go on through the others; a failed one is a line, not the end."""
    seconds = 14
    cluster = world.documents["plain"]["cluster_name"]
    nodes = [
        each["name"]
        for found in emulator.get("dataplane")["clusters"]
        if found["arn"] == world.documents["plain"]["cluster_arn"]
        for each in found["nodes"]
        if not each["leader"]
    ]
    node = f"dataplane/nodes/{ACCOUNT_A}/{REGION}/{cluster}/{nodes[0]}"
    since = emulator.get("dataplane")["last"]
    processes = {language: watch(program, world, "--count", str(seconds)) for language, program in programs.items()}

    def all_read() -> bool:
        agents = {each["user_agent"] for each in emulator.requests(since) if each["operation"] == "GetItem"}
        return len(agents) >= len(programs)

    try:
        wait_until(30, "a get of every program", all_read)
        emulator.post(node, {"running": False})
        for language, process in processes.items():
            result = Program.finish(process)
            assert [line["n"] for line in result.lines] == list(range(1, seconds + 1)), (language, result)
            failed = [line["n"] for line in result.lines if "error" in line]
            assert len(failed) <= 2, (language, result)
            assert "Item" in result.lines[-1], (language, result)
    finally:
        emulator.post(node, {"running": True})


def test_watch_ends_when_told(program: Program, world: World) -> None:
    start = time.monotonic()
    result = Program.finish(watch(program, world, "--seconds", "2"))
    check(result, 2)
    assert time.monotonic() - start < 15
    times: list[Any] = [line["time"] for line in result.lines]
    assert all(earlier < later for earlier, later in pairwise(times))


def test_watch_outlives_a_refusal(program: Program, emulator: Emulator, world: World) -> None:
    """A failed get is a line with an error, and the exit code tells of it."""
    result = Program.finish(
        program.start("watch", "--table", "no-such-table", "--key", json.dumps(KEY), "--count", "2")
    )
    assert result.code == 6, result
    assert [line["n"] for line in result.lines] == [1, 2]
    assert all(line["error"].startswith("no such table: ") for line in result.lines)
