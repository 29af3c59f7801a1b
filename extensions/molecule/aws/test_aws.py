# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The suite for two real accounts, on two of the emulator: started as a person starts it, by its profiles.

``AWS_TEST_PRESET`` names a preset of the emulator's settings to run under. ``UPDATE_TRANSCRIPT=1`` keeps what was
recorded as tests/aws/transcripts/emulator.jsonl.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aws_suite import transcript
from scenario.accounts import Account, new_account
from scenario.emulator import URL, control
from scenario.playbook import ROOT
from scenario.snapshot import differences, snapshot

SUITE = ROOT / "tests/aws"
REFERENCE = SUITE / "transcripts/emulator.jsonl"
PRESET = os.environ.get("AWS_TEST_PRESET", "")
UPDATE = "run: UPDATE_TRANSCRIPT=1 AWS_TEST_PRESET=realistic make molecule SCENARIO=aws"


@dataclass
class World:
    """Two accounts, and an environment with a profile for each."""

    a: Account
    b: Account
    folder: Path
    environment: dict[str, str]

    def command(self, *arguments: str, profiles: tuple[str, str] = ("owner", "client")) -> list[str]:
        given = [
            "--profile-a",
            profiles[0],
            "--profile-b",
            profiles[1],
            "--endpoint",
            URL,
            "--folder",
            str(self.folder),
        ]
        return [sys.executable, "-m", "aws_suite", *given, *arguments]

    def run(self, *arguments: str, profiles: tuple[str, str] = ("owner", "client")) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments, profiles=profiles),
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def snapshot(self) -> list[dict[str, object]]:
        return [snapshot(self.a), snapshot(self.b)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    a, b = new_account(), new_account()
    folder = tmp_path_factory.mktemp("aws-test")
    config = folder / "config"
    for name, account in (("owner", a), ("client", b)):
        with config.open("a") as file:
            file.write(f"[profile {name}]\naws_access_key_id = {account.id}\naws_secret_access_key = molecule-does\n")
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": os.environ["HOME"],
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(SUITE),
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }
    if PRESET:
        control("PUT", "settings", {"preset": PRESET})
    yield World(a, b, folder, environment)
    if PRESET:
        control("PUT", "settings", {"preset": "fast"})


def test_a_whole_run_ends_well_and_leaves_nothing(world: World) -> None:
    before = world.snapshot()
    done = world.run()
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "everything was as it has to be, and nothing is left" in done.stdout
    assert [differences(*pair) for pair in zip(before, world.snapshot(), strict=True)] == [[], []]
    (path,) = world.folder.glob("*/transcript.jsonl")
    text = path.read_text()
    for secret in (world.a.id, world.b.id, "molecule-does", "daxt-", "DaxTest", "127.0.0.1", '"owner"'):
        assert secret not in text
    lines = transcript.read(path)[1]
    assert {line["step"] for line in lines} == {
        "make",
        "check",
        "site",
        "site-2",
        "verify",
        "teardown",
        "look",
        "remove",
    }
    if os.environ.get("UPDATE_TRANSCRIPT"):
        shutil.copy(path, REFERENCE)
    # What the modules called is in it, and it is what is kept: recorded under the preset in which AWS answers late, so
    # that it has more than a quick run has, and nothing less.
    assert {"RunInstances", "AcceptVpcPeeringConnection"} <= operations(lines)
    kept = transcript.read(REFERENCE)[1]
    assert transcript.differences(lines, kept, words=False) == [], UPDATE
    assert operations(kept) == operations(lines), UPDATE


def operations(lines: list[dict[str, Any]]) -> set[str]:
    return {line["operation"] for line in lines if "operation" in line}


def test_an_interrupted_run_removes_everything_and_says_so(world: World) -> None:
    before = world.snapshot()
    process = subprocess.Popen(
        world.command(),
        cwd=ROOT,
        env=world.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    seen = []
    for line in process.stdout or []:
        seen.append(line)
        if line.startswith("TASK [dax.cross_account.dax_account_a : check"):
            process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=300) == 1, "".join(seen[-40:])
    assert "aws-test: FAILED: interrupted\n" in seen
    assert [differences(*pair) for pair in zip(before, world.snapshot(), strict=True)] == [[], []]


def test_what_must_not_begin_does_not(world: World) -> None:
    before = world.snapshot()
    same = world.run(profiles=("owner", "owner"))
    assert same.returncode == 2
    assert f"both profiles are of account {world.a.id}" in same.stdout
    assert [differences(*pair) for pair in zip(before, world.snapshot(), strict=True)] == [[], []]
    vpc = leave_behind(world.a, world.b)
    left = world.run()
    assert left.returncode == 2
    assert f"vpc {vpc}" in left.stdout
    swept = world.run("--sweep")
    assert swept.returncode == 0, swept.stdout
    assert [differences(*pair) for pair in zip(before, world.snapshot(), strict=True)] == [[], []]


def leave_behind(a: Account, b: Account) -> str:
    """Make in account B, by plain boto3, what a run that was killed leaves there, and return the VPC."""
    ec2, iam, name, key = b.ec2, b.iam, "DaxTest0123456789", {"Key": "dax-cross-account-test", "Value": "0123456789"}

    def tags(kind: str) -> list[dict[str, object]]:
        return [{"ResourceType": kind, "Tags": [key]}]

    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/24", TagSpecifications=tags("vpc"))["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(
        # Not every zone has every type.
        VpcId=vpc,
        CidrBlock="10.77.0.0/25",
        AvailabilityZone=f"{b.region}a",
        TagSpecifications=tags("subnet"),
    )["Subnet"]
    subnet_id = subnet["SubnetId"]
    gateway = ec2.create_internet_gateway(TagSpecifications=tags("internet-gateway"))["InternetGateway"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc)
    group = ec2.create_security_group(
        GroupName="c", Description="c", VpcId=vpc, TagSpecifications=tags("security-group")
    )["GroupId"]
    theirs = a.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    ec2.create_vpc_peering_connection(
        VpcId=vpc, PeerVpcId=theirs, PeerOwnerId=a.id, TagSpecifications=tags("vpc-peering-connection")
    )
    trust = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"},'
    trust += ' "Action": "sts:AssumeRole"}]}'
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, Tags=[key])
    allow = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets",'
    allow += ' "Resource": "*"}]}'
    iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=allow)
    iam.create_instance_profile(InstanceProfileName=name, Tags=[key])
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    parameter = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    ec2.run_instances(
        ImageId=parameter,
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        SubnetId=subnet_id,
        SecurityGroupIds=[group],
        IamInstanceProfile={"Name": name},
        TagSpecifications=tags("instance"),
    )
    return str(vpc)
