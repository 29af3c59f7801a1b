# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each way to fail has its own exit code and one clear line, the same in every language."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import sts
from harness import Emulator, Program, Result
from world import World

KEY = {"pk": {"S": "refused"}}
BAD_ARGUMENTS, NO_ROLE, UNREACHABLE, NOT_ALLOWED, NO_TABLE = 2, 3, 4, 5, 6


def get(program: Program, table: str, **environment: str) -> Result:
    return program.item("get", table, KEY, **environment)


def test_credentials_that_are_no_good(program: Program, emulator: Emulator, world: World) -> None:
    """The instance's role used directly, a stranger's role, a signature or a token that is not right."""
    cases = {
        "instance role": ({"answer": sts.instance_credentials(emulator.metadata)}, "another account"),
        "stranger's role": ({"role": world.stranger_role}, "another account"),
        "tampered signature": ({"answer": sts.tampered_secret}, "signature"),
        "other token": ({"answer": sts.other_token}, "token"),
    }

    def refused(name: str) -> tuple[str, Result]:
        options, _ = cases[name]
        with sts.proxy(emulator.url, **options) as url:  # type: ignore[arg-type]
            return name, get(program, world.table, AWS_ENDPOINT_URL_STS=url)

    with ThreadPoolExecutor(4) as pool:  # the waiting is theirs, not ours
        for name, result in pool.map(refused, cases):
            assert (name, result.code, result.out) == (name, NOT_ALLOWED, ""), result
            assert result.complaint.startswith("not allowed: ")
            assert cases[name][1] in result.complaint.lower()


def test_missing_token(program: Program, emulator: Emulator, world: World) -> None:
    with sts.proxy(emulator.url, answer=sts.without_token) as url:
        result = get(program, world.table, AWS_ENDPOINT_URL_STS=url)
    assert (result.code, result.out) == (NOT_ALLOWED, ""), result
    assert result.complaint.startswith("not allowed: ")
    assert "missing" in result.complaint


def test_read_only_role(program: Program, emulator: Emulator, world: World) -> None:
    with sts.proxy(emulator.url, role=world.read_only_role) as url:
        assert get(program, world.table, AWS_ENDPOINT_URL_STS=url).json == {}
        result = program.item("put", world.table, KEY, "--set", '{"n": {"N": "1"}}', AWS_ENDPOINT_URL_STS=url)
    assert (result.code, result.out) == (NOT_ALLOWED, "")
    assert result.complaint.startswith("not allowed: ")
    assert "dax:PutItem" in result.complaint
    assert get(program, world.table).json == {}


def test_role_that_trusts_others(program: Program, emulator: Emulator, world: World) -> None:
    with sts.proxy(emulator.url, role=world.untrusting_role) as url:
        result = get(program, world.table, AWS_ENDPOINT_URL_STS=url)
    assert (result.code, result.out) == (NO_ROLE, "")
    assert result.complaint.startswith(f"cannot assume the role {world.role}: ")
    assert "not authorized to perform: sts:AssumeRole" in result.complaint


def test_no_instance_credentials(program: Program, world: World) -> None:
    result = get(program, world.table, AWS_EC2_METADATA_SERVICE_ENDPOINT="http://127.0.0.1:1")
    assert (result.code, result.out) == (NO_ROLE, "")
    assert result.complaint.startswith(f"cannot assume the role {world.role}: ")


def test_unreachable_cluster(program: Program, world: World) -> None:
    """Nothing listens, plain or TLS; or it is a TLS cluster whose authority the program does not know."""
    secure = world.documents["secure"]["endpoint"]["url"]
    trusting = ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")
    environment = {name: value for name, value in program.environment.items() if name not in trusting}
    distrusting = Program(program.language, program.directory, environment)

    def unreachable(endpoint: str) -> tuple[str, Result]:
        return endpoint, get(distrusting, world.table, DAX_CLIENT_ENDPOINT=endpoint)

    with ThreadPoolExecutor(3) as pool:
        for endpoint, result in pool.map(unreachable, ["dax://127.0.0.1:1", "daxs://127.0.0.1:1", secure]):
            assert (endpoint, result.code, result.out) == (endpoint, UNREACHABLE, ""), result
            assert result.complaint.startswith(f"cannot reach the cluster {endpoint}: ")


def test_no_such_table(program: Program) -> None:
    result = get(program, "no-such-table")
    assert (result.code, result.out) == (NO_TABLE, "")
    assert result.complaint.startswith("no such table: ")


def test_dynamodb_refuses(program: Program, world: World) -> None:
    """What is none of the named ways to fail: a key attribute of the wrong type."""
    result = program.item("put", world.table, {"pk": {"N": "1"}})
    assert (result.code, result.out) == (1, "")
    assert result.complaint.startswith("failed: ")


def test_bad_arguments(program: Program) -> None:
    good = ["--table", "orders", "--key", json.dumps(KEY)]
    cases = [
        [],
        ["fetch", *good],
        ["get", "--table", "orders"],
        ["get", "--key", json.dumps(KEY)],
        ["get", *good[:3], "no JSON"],
        ["get", *good[:3], '{"pk": {"X": "1"}}'],
        ["get", *good[:3], '{"pk": {"B": "no base64!"}}'],
        ["get", *good, "--color", "red"],
        ["update", *good],
        ["watch", *good, "--count", "many"],
    ]
    for arguments in cases:
        result = program.run(*arguments)
        assert (arguments, result.code, result.out) == (arguments, BAD_ARGUMENTS, ""), result
        assert result.complaint.startswith("bad arguments: ")
