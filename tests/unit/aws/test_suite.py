# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The suite for two accounts, as far as it needs none: what it refuses, what it costs, how calls are recorded.

The whole of it runs on the emulator in the molecule scenario ``aws``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from aws_suite import accounts, costs, runs, sweep, transcript
from aws_suite.__main__ import main
from aws_suite.accounts import Refused, Side
from botocore.exceptions import ClientError

SUITE = Path(__file__).parents[2] / "aws"
CALL = """
import boto3
from botocore.config import Config
session = boto3.session.Session(profile_name="owner", region_name="us-east-1")
client = session.client("ec2", endpoint_url="http://127.0.0.1:9", config=Config(retries={"total_max_attempts": 1}))
def answer(model, **more):
    if model.name == "DescribeSubnets":
        return None
    parsed = {"Vpcs": [{"VpcId": "vpc-0123456789abcdef0", "State": "available", "OwnerId": "123456789012"}]}
    if model.name == "CreateVpc":
        parsed = {"Error": {"Code": "VpcLimitExceeded", "Message": "123456789012 has too many"}}
    return type("Http", (), {"status_code": 400 if "Error" in parsed else 200}), {**parsed, "ResponseMetadata": {}}
client.meta.events.register("before-call", answer)
client.describe_vpcs(Filters=[{"Name": "tag:owner", "Values": ["somebody"]}])
for call in (lambda: client.create_vpc(CidrBlock="10.0.0.0/16"), client.describe_subnets):
    try:
        call()
    except Exception as error:
        print(type(error).__name__)
"""


@pytest.fixture
def config(tmp_path: Path) -> dict[str, str]:
    """An environment with the profiles ``owner`` and ``client``, of which nobody but the emulator would know."""
    path = tmp_path / "config"
    keys = "aws_access_key_id = 123456789012\naws_secret_access_key = none-of-yours\n"
    path.write_text(f"[profile owner]\n{keys}[profile client]\n{keys}")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, "AWS_CONFIG_FILE": str(path), "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}


def test_a_process_with_the_hook_records_what_it_calls(tmp_path: Path, config: dict[str, str]) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    environment = {
        **config,
        "PYTHONPATH": f"{SUITE / 'hook'}{os.pathsep}{SUITE}",
        "DAX_TRANSCRIPT_FOLDER": str(raw),
        "DAX_TRANSCRIPT_KEY": "00" * 32,
        "DAX_TRANSCRIPT_STEP": "site",
        "DAX_TRANSCRIPT_PROFILES": json.dumps({"owner": "A"}),
    }
    done = subprocess.run(
        [sys.executable, "-c", CALL], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    read, refused, failed = transcript.collect(raw)
    assert (read["account"], read["step"], read["operation"]) == ("A", "site", "DescribeVpcs")
    assert read["request"] == {"Filters": [{"Name": "=tag", "Values": ["text"]}]}
    assert read["answer"]["Vpcs"] == [{"OwnerId": "account", "State": "=available", "VpcId": "vpc"}]
    assert refused["error"] == {"code": "VpcLimitExceeded", "message": "<account> has too many"}
    assert (failed["operation"], failed["failure"]) == ("DescribeSubnets", "EndpointConnectionError")


def test_a_process_without_the_environment_is_left_alone(config: dict[str, str]) -> None:
    code = "import sys; from botocore.session import Session as S; print('aws_suite' in sys.modules, "
    code += "hasattr(S.create_client, 'recorded'))"
    environment = {**config, "PYTHONPATH": f"{SUITE / 'hook'}{os.pathsep}{SUITE}"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["False", "False"]


# What it costs.


def test_the_estimate_is_what_the_prices_come_to() -> None:
    exact = sum(price.amount * price.units for price in costs.PRICES)
    assert exact <= costs.estimate(costs.HOME) <= exact + 0.01
    assert costs.estimate("eu-west-1") == pytest.approx(2 * exact, abs=0.01)


@pytest.mark.parametrize(
    ("budget", "answer", "words"),
    [
        (1000.0, None, None),
        (0.01, None, "more than BUDGET=0.01"),
        (0.01, "y", "more than BUDGET=0.01"),
        (None, None, "with BUDGET="),
        (None, "y", None),
        (None, "", "not agreed to"),
        (None, "no", "not agreed to"),
    ],
)
def test_a_cost_has_to_be_agreed_to(budget: float | None, answer: str | None, words: str | None) -> None:
    if words is None:
        assert "USD at the most" in costs.check_budget(costs.HOME, budget, answer)
    else:
        with pytest.raises(costs.TooExpensive, match=words):
            costs.check_budget(costs.HOME, budget, answer)


# What it refuses.


class Fake(Side):
    """An account of which everything is known beforehand."""

    def __init__(self, label: str, account: str) -> None:
        super().__init__(label, label, "us-east-1")
        self.__dict__["identity"] = {"account_id": account, "arn": f"arn:aws:iam::{account}:root", "partition": "aws"}


def test_one_account_for_both_sides_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "tagged", lambda *_: [])
    with pytest.raises(Refused, match="both profiles are of account 111111111111"):
        accounts.check_accounts(Fake("A", "111111111111"), Fake("B", "111111111111"))
    accounts.check_accounts(Fake("A", "111111111111"), Fake("B", "222222222222"))


@pytest.mark.parametrize("label", ["A", "B"])
def test_what_another_run_holds_is_refused_and_named(monkeypatch: pytest.MonkeyPatch, label: str) -> None:
    monkeypatch.setattr(accounts, "tagged", lambda side, *_: [("vpc", "vpc-1")] if side.label == label else [])
    with pytest.raises(Refused, match=rf"account {label} .*holds vpc vpc-1.*SWEEP=1"):
        accounts.check_accounts(Fake("A", "111111111111"), Fake("B", "222222222222"))


@pytest.mark.parametrize("profiles", [("", "client"), ("owner", ""), ("nobody", "client")])
def test_profiles_that_are_not_there_are_refused(
    profiles: tuple[str, str], config: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(os, "environ", config)
    assert main(["--profile-a", profiles[0], "--profile-b", profiles[1], "--endpoint", "http://127.0.0.1:9"]) == 2
    assert "refused, nothing was made" in capsys.readouterr().out


# What it removes.


def test_what_cannot_be_removed_is_told_with_aws_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any) -> None:
        raise ClientError({"Error": {"Code": "DependencyViolation", "Message": "in use"}}, "DeleteVpc")

    monkeypatch.setattr(sweep, "tagged", lambda side, *_: [("vpc", "vpc-1")] if side.label == "B" else [])
    monkeypatch.setitem(sweep._REMOVE, "vpc", refuse)
    (left,) = sweep.sweep([Fake("A", "1" * 12), Fake("B", "2" * 12)], "", 0.0, lambda _text: None, seconds=0)
    assert left.startswith("account B: vpc vpc-1: ")
    assert "DependencyViolation" in left


def test_it_is_tried_until_nothing_is_left_in_the_order_in_which_aws_lets_go(monkeypatch: pytest.MonkeyPatch) -> None:
    there, removed = [("vpc", "v"), ("instance", "i"), ("role", "r")], []
    monkeypatch.setattr(sweep, "tagged", lambda side, *_: list(there) if side.label == "A" else [])

    def remove(kind: str) -> Any:
        def done(_side: Side, name: str) -> None:
            removed.append(kind)
            if kind != "vpc" or removed.count("vpc") == 2:
                there.remove((kind, name))

        return done

    for kind in sweep.ORDER:
        monkeypatch.setitem(sweep._REMOVE, kind, remove(kind))
    assert sweep.sweep([Fake("A", "1" * 12)], "", 0.0, lambda _text: None) == []
    assert removed == ["instance", "vpc", "role", "vpc"]


def test_every_kind_that_is_found_can_be_removed() -> None:
    assert set(sweep.ORDER) == set(sweep._REMOVE)


def test_a_role_without_the_tag_is_left_alone() -> None:
    with pytest.raises(sweep.NotOurs, match="DaxTestimony lacks the tag"):
        sweep._require_tag({"RoleName": "DaxTestimony", "Tags": [{"Key": "team", "Value": "x"}]})


def test_a_run_that_is_ended_takes_its_processes_along(tmp_path: Path) -> None:
    path = tmp_path / "still-there"
    code = f"import time\nfor _ in range(600):\n    open({str(path)!r}, 'w').close()\n    time.sleep(0.1)"
    shell = f'{sys.executable} -c "{code}" & echo begun; wait'
    with subprocess.Popen(["/bin/sh", "-c", shell], stdout=subprocess.PIPE, text=True, start_new_session=True) as run:
        assert run.stdout is not None
        run.stdout.readline()
        runs.end(run, seconds=5.0)
    path.unlink(missing_ok=True)
    time.sleep(0.5)
    assert not path.exists()
