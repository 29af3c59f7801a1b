# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transcripts: numbers in place of marks, what two of them differ in, and those that are kept as contracts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from aws_suite import transcript

FOLDER = Path(__file__).parents[2] / "aws" / "transcripts"
REFERENCE = FOLDER / "emulator.jsonl"
KEPT = sorted(FOLDER.glob("*.jsonl"))
kept = pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)


def line(operation: str = "CreateVpc", **more: Any) -> dict[str, Any]:
    shape = {"step": "site", "service": "ec2", "operation": operation, "account": "B", "status": 200, "retries": 0}
    return {**shape, "request": {"CidrBlock": "cidr-1"}, "answer": {"Vpc": {"VpcId": "vpc-1"}}, **more}


def record(folder: Path, *lines: dict[str, Any]) -> list[dict[str, Any]]:
    folder.mkdir(exist_ok=True)
    for number, each in enumerate(lines):
        with (folder / f"{number % 2}.jsonl").open("a") as file:
            file.write(json.dumps({"at": 100.0 + number, **each}) + "\n")
    return transcript.collect(folder)


def test_marks_become_numbers_that_are_the_same_all_over(tmp_path: Path) -> None:
    one, two = "vpc#" + "a" * 16, "vpc#" + "b" * 16
    made, deleted, other = record(
        tmp_path / "raw",
        line(answer={"Vpc": {"VpcId": one}}),
        line("DeleteVpc", request={"VpcId": one}, answer={}),
        line("DeleteVpc", request={"VpcId": two}, answer={}),
    )
    assert made["answer"]["Vpc"]["VpcId"] == deleted["request"]["VpcId"] == "vpc-1"
    assert other["request"]["VpcId"] == "vpc-2"


def test_calls_that_are_alike_are_one_line_that_counts_them(tmp_path: Path) -> None:
    (found,) = record(tmp_path / "raw", line(), line(retries=2), line())
    assert (found["times"], found["retries"], found["at"]) == (3, 2, [0.0, 2.0])


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    transcript.write(path, {"made_on": "aws"}, [line()])
    assert transcript.read(path) == ({"transcript": 1, "made_on": "aws"}, [line()])
    path.write_text("{}\n")
    with pytest.raises(ValueError, match="no transcript"):
        transcript.read(path)


@pytest.mark.parametrize(
    ("theirs", "difference"),
    [
        ([line("CreateSubnet")], "ec2 CreateSubnet: never called here"),
        ([line(status=400)], "ec2 CreateVpc: status 400"),
        ([line(), line(error={"code": "VpcLimitExceeded"})], "ec2 CreateVpc: error VpcLimitExceeded"),
        ([line(answer={"Vpc": {"VpcId": "vpc-9", "State": "=pending"}})], "ec2 CreateVpc: answer Vpc.State =pending"),
        ([line(answer={"Vpc": {"VpcId": "text-9"}})], "ec2 CreateVpc: answer Vpc.VpcId text"),
        ([line(request={"CidrBlock": "empty"})], "ec2 CreateVpc: request CidrBlock empty"),
    ],
)
def test_what_one_has_and_the_other_has_not(theirs: list[dict[str, Any]], difference: str) -> None:
    assert transcript.differences(theirs, [line()]) == [difference]


def test_numbers_and_order_are_no_difference() -> None:
    theirs = [line("DeleteVpc"), line(answer={"Vpc": {"VpcId": "vpc-77"}})]
    assert transcript.differences(theirs, [line(), line("DeleteVpc")]) == []


def test_a_number_is_alike_alone_and_among_others() -> None:
    ours = [line(answer={"Nodes": 0}), line(answer={"Nodes": 1})]
    assert transcript.differences([line(answer={"Nodes": 1})], ours) == []
    assert transcript.differences([line(answer={"Nodes": 2})], ours) == ["ec2 CreateVpc: answer Nodes =2"]
    assert transcript.differences([line(answer={"Nodes": 2})], ours, words=False) == []


def test_words_can_be_left_out_of_the_comparison() -> None:
    theirs = [line(answer={"State": "=pending"})]
    assert transcript.differences(theirs, [line(answer={"State": "=available"})], words=False) == []


# The transcripts that are kept.


def test_the_emulators_own_is_there() -> None:
    head, lines = transcript.read(REFERENCE)
    assert head["made_on"] == "emulator"
    assert {each["step"] for each in lines} == {
        "make",
        "check",
        "site",
        "site-2",
        "verify",
        "teardown",
        "look",
        "remove",
    }
    assert {each["account"] for each in lines} == {"A", "B"}


@kept
def test_what_is_kept_is_masked_and_whole(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert (
        re.findall(r"\d{12}|A[A-Z]{2}A[A-Z0-9]{12}|(?:\d{1,3}\.){3}\d|\b[a-z]+-[0-9a-f]{8}|@|#[0-9a-f]{16}", text) == []
    )
    lines = transcript.read(path)[1]
    assert [each for each in lines if "problem" in each] == []
    session = botocore.session.Session()
    models = {name: session.get_service_model(name) for name in {each["service"] for each in lines}}
    for each in lines:
        if "operation" in each:
            assert each["operation"] in models[each["service"]].operation_names


@kept
def test_the_emulator_answers_as_was_recorded(path: Path) -> None:
    """What it does not is listed beside a transcript, in NAME.known.txt, until the emulator is made like AWS there."""
    beside = path.with_suffix(".known.txt")
    known = beside.read_text(encoding="utf-8").splitlines() if beside.exists() else []
    found = transcript.differences(transcript.read(path)[1], transcript.read(REFERENCE)[1])
    assert sorted(set(found) - set(known)) == []
    assert sorted(set(known) - set(found)) == [], "no longer so: take it out of the list"
