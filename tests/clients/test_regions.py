# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A consumer in another region than the cluster: its own region's STS is asked, and DAX in the cluster's region."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import Emulator, Program, clean_environment, playbook
from sts import proxy
from test_dotnet import DOCUMENT
from world import CONSUMER_REGION, REGION, World

SCOPE = re.compile(r"Credential=[^/]+/[0-9]{8}/([a-z0-9-]+)/([a-z0-9]+)/aws4_request")


def test_which_sts_is_asked(program: Program, emulator: Emulator, world: World) -> None:
    """What a request is signed for is the region of the SDK's client, from which it makes the host's name."""
    seen: list[str] = []
    with proxy(emulator.url, seen=seen) as url:
        done = program.item("get", world.table, {"pk": {"S": "region"}}, AWS_ENDPOINT_URL_STS=url)
    assert done.json == {}
    scopes = [SCOPE.search(authorization) for authorization in seen]
    assert {scope.groups() for scope in scopes if scope} == {(CONSUMER_REGION, "sts")}, seen
    assert all(scopes)


def test_where_dax_is_asked(program: Program, emulator: Emulator, world: World) -> None:
    """The session that comes from elsewhere is good in the cluster's region, which the programs name to DAX."""
    since = emulator.last_call()
    assert program.item("get", world.table, {"pk": {"S": "region"}}).code == 0
    calls = emulator.get(f"calls?since={since}")["calls"]
    assert {call["region"] for call in calls if call["operation"] == "AssumeRole"} == {CONSUMER_REGION}
    sources = [path for path in program.directory.rglob("*") if path.suffix in (".py", ".mjs", ".go", ".java", ".cs")]
    text = "".join(
        path.read_text() for path in sources if ".venv" not in path.parts and "node_modules" not in path.parts
    )
    assert f'"{REGION}"' in text


@pytest.mark.parametrize("given", [None, "eu-west-3"])
def test_the_region_that_the_role_finds(emulator: Emulator, tmp_path: Path, given: str | None) -> None:
    """Without the variable it is the instance's, from its metadata service."""
    variables: dict[str, Any] = {"dax_client_sts_region": given} if given else {}
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "environment": {"AWS_EC2_METADATA_SERVICE_ENDPOINT": emulator.metadata},
        "vars": {
            "ansible_python_interpreter": sys.executable,
            "dax_client_cluster": {
                **DOCUMENT,
                "region": "eu-central-1",
                "cluster_arn": DOCUMENT["cluster_arn"].replace(REGION, "eu-central-1"),
            },
            "dax_client_languages": ["python", "nodejs", "go", "java", "dotnet"],
            "dax_client_dest": str(tmp_path / "dax-client"),
            "dax_client_aws_config_path": str(tmp_path / "config"),
            **variables,
        },
        "tasks": [{"import_role": {"name": "dax.cross_account.dax_client"}}],
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    done = playbook(tmp_path / "play.yml", environment=clean_environment(Path.home()))
    assert done.returncode == 0, done.stdout
    wanted = given or REGION  # where the emulator's instance is
    assert f"region = {wanted}\n" in (tmp_path / "config").read_text()
    for name in ("nodejs/dax-client.mjs", "go/main.go", "java/src/main/java/DaxClient.java", "dotnet/Program.cs"):
        text = (tmp_path / "dax-client" / name).read_text()
        assert re.search(rf'(?i)sts_?region\s*=\s*"{wanted}"', text), name
        assert re.search(r'(?i)\bregion\s*=\s*"eu-central-1"', text), name
    assert 'REGION = "eu-central-1"' in (tmp_path / "dax-client/python/dax_client.py").read_text()
