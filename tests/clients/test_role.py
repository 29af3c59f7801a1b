# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What role dax_client puts, what it leaves alone and what it refuses."""

from __future__ import annotations

import configparser
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import clean_environment, playbook
from test_dotnet import DOCUMENT
from world import CONSUMER_REGION

ALL = ["python", "nodejs", "go", "java", "dotnet"]


class Run:
    """One run of the role."""

    def __init__(self, home: Path, arguments: tuple[str, ...], variables: dict[str, Any]) -> None:
        play = {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "vars": {
                "ansible_python_interpreter": sys.executable,
                "dax_client_cluster": DOCUMENT,
                "dax_client_languages": ALL,
                "dax_client_dest": str(home / "dax-client"),
                "dax_client_aws_config_path": str(home / "aws-config"),
                **variables,
            },
            "tasks": [{"import_role": {"name": "dax.cross_account.dax_client"}}],
        }
        (home / "play.yml").write_text(yaml.safe_dump([play]))
        done = playbook(home / "play.yml", *arguments, environment=clean_environment(Path.home()))
        self.code = done.returncode
        self.output = done.stdout
        self.text = " ".join(done.stdout.split())
        changed = re.search(r"changed=(\d+)", done.stdout)
        self.changed = int(changed[1]) if changed else -1

    def refuses(self, *parts: str) -> None:
        assert self.code != 0, self.output
        assert self.changed == 0, self.output
        for part in parts:
            assert part in self.text, self.output


@pytest.fixture
def run(tmp_path: Path) -> Any:
    return lambda *arguments, **variables: Run(tmp_path, arguments, variables)


def snapshot(directory: Path) -> dict[str, tuple[bytes, int]]:
    files = [path for path in directory.rglob("*") if path.is_file() and path.name != "play.yml"]
    return {str(path.relative_to(directory)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def test_put_again_and_change(run: Any, tmp_path: Path) -> None:
    """Check mode tells and writes nothing; a second run changes nothing; a change of the document reaches all files."""
    config = tmp_path / "aws-config"
    config.write_text("[default]\nregion = eu-west-1\n\n[profile other]\nregion = eu-west-2\n")
    before = snapshot(tmp_path)
    checked = run("--check", "--diff")
    assert (checked.code, checked.changed) == (0, 2), checked.output
    assert "+[profile dax-orders]" in checked.output
    assert "+++ after: " + str(tmp_path / "dax-client/go/main.go") in checked.output
    assert snapshot(tmp_path) == before

    first = run()
    assert (first.code, first.changed) == (0, 2), first.output
    profiles = configparser.RawConfigParser()
    profiles.read(config)
    assert profiles.sections() == ["default", "profile other", "profile dax-orders"]
    assert dict(profiles["profile dax-orders"]) == {
        "role_arn": DOCUMENT["role_arn"],
        "credential_source": "Ec2InstanceMetadata",
        "role_session_name": "dax-client",
        "duration_seconds": "3600",
        "external_id": DOCUMENT["external_id"],
        "region": DOCUMENT["region"],
    }
    for language in ALL:
        directory = tmp_path / "dax-client" / language
        sources = "".join(path.read_text() for path in directory.rglob("*") if path.is_file())
        assert "daxs://orders.abc123.dax-clusters.us-east-1.amazonaws.com:9111" in sources
        assert (directory / "README.md").is_file()

    after = snapshot(tmp_path)
    second = run()
    assert (second.code, second.changed) == (0, 0), second.output
    assert snapshot(tmp_path) == after

    moved = {**DOCUMENT, "endpoint": {"address": "moved.example.com", "port": 8111, "url": "dax://moved.example.com"}}
    third = run(dax_client_cluster={**moved, "encryption_type": "NONE"})
    assert (third.code, third.changed) == (0, 1), third.output
    assert '"dax://moved.example.com:8111"' in (tmp_path / "dax-client/go/main.go").read_text()


def test_a_person_changed_a_file(run: Any, tmp_path: Path) -> None:
    """Refused by name, or kept in a copy; and what the person deleted comes back."""
    assert run(dax_client_languages=["go", "python"]).code == 0
    source = tmp_path / "dax-client/go/main.go"
    source.write_text(source.read_text() + "// mine\n")
    (tmp_path / "dax-client/python/README.md").unlink()
    mine = snapshot(tmp_path)
    run(dax_client_languages=["go", "python"]).refuses(
        "dax_client_dest", "changed by hand: go/main.go;", "dax_client_backup"
    )
    assert snapshot(tmp_path) == mine

    replaced = run(dax_client_languages=["go", "python"], dax_client_backup=True)
    assert (replaced.code, replaced.changed) == (0, 1), replaced.output
    assert not source.read_text().endswith("// mine\n")
    (copy,) = source.parent.glob("main.go.*~")
    assert copy.read_text().endswith("// mine\n")
    assert (tmp_path / "dax-client/python/README.md").is_file()
    again = run(dax_client_languages=["go", "python"], dax_client_backup=True)
    assert (again.code, again.changed) == (0, 0), again.output


def test_a_file_that_was_there_before(run: Any, tmp_path: Path) -> None:
    source = tmp_path / "dax-client/go/main.go"
    source.parent.mkdir(parents=True)
    source.write_text("package main\n")
    run().refuses("changed by hand: go/main.go;")
    assert source.read_text() == "package main\n"


def test_values_of_ones_own(run: Any, tmp_path: Path) -> None:
    done = run(
        dax_client_languages=["nodejs"],
        dax_client_cluster={**DOCUMENT, "network_type": "ipv6"},
        dax_client_external_id="another",
        dax_client_session_name="orders@web",
        dax_client_session_duration=1800,
        dax_client_sts_region="eu-west-1",
        dax_client_profile_name="shared",
    )
    assert done.code == 0, done.output
    source = (tmp_path / "dax-client/nodejs/dax-client.mjs").read_text()
    for line in (
        'const region = "us-east-1";',
        'const stsRegion = "eu-west-1";',
        'const ipFamily = "ipv6";',
        'const externalId = "another";',
        'const sessionName = "orders@web";',
        "const sessionSeconds = 1800;",
    ):
        assert line in source
    config = (tmp_path / "aws-config").read_text()
    assert "[profile shared]" in config
    assert "region = eu-west-1" in config


def test_document_in_a_file_and_no_profile(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "cluster.yml"
    path.write_text(yaml.safe_dump(DOCUMENT))
    done = run(dax_client_cluster=str(path), dax_client_languages=["java"], dax_client_aws_config_path="")
    assert done.code == 0, done.output
    assert (tmp_path / "dax-client/java/pom.xml").is_file()
    assert not (tmp_path / "aws-config").exists()


@pytest.mark.parametrize(
    ("variables", "parts"),
    [
        ({"dax_client_languages": ["ruby"]}, ["dax_client_languages must be one or more of: python", "ruby"]),
        ({"dax_client_cluster": {**DOCUMENT, "version": 2}}, ["dax_client_cluster: version is 2"]),
        ({"dax_client_cluster": {**DOCUMENT, "kind": "other"}}, ["dax_client_cluster: kind is 'other'"]),
        ({"dax_client_cluster": {**DOCUMENT, "endpoint": None}}, ["dax_client_cluster: endpoint missing"]),
        ({"dax_client_cluster": "nowhere.yml"}, ["dax_client_cluster: nowhere.yml cannot be read"]),
        ({"dax_client_cluster": [1]}, ["dax_client_cluster: expected a mapping"]),
        ({"dax_client_session_duration": 900}, ["dax_client_session_duration is 900, expected a number from 1800"]),
        ({"dax_client_session_name": "a b"}, ["dax_client_session_name is 'a b', expected 2 to 64 letters"]),
        ({"dax_client_run": True}, ["dax_client_run: needs dax_client_table and dax_client_key"]),
        ({"dax_client_sesion_name": "x"}, ["dax_client_sesion_name: there is no such", "dax_client_session_name?"]),
        ({"dax_client_cluster": {**DOCUMENT, "role_per_consumer": True}}, ["dax_client_role_arn: needed"]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_refused_before_anything_is_written(
    run: Any, tmp_path: Path, variables: dict[str, Any], parts: list[str]
) -> None:
    run(**variables).refuses(*parts)
    assert snapshot(tmp_path) == {}


def test_profile_of_another_hand(run: Any, tmp_path: Path) -> None:
    config = tmp_path / "aws-config"
    config.write_text("[profile dax-orders]\nregion = eu-west-1\n")
    run().refuses("dax_client_profile_name:", "already has a profile dax-orders")
    assert set(snapshot(tmp_path)) == {"aws-config"}


def test_destination_that_cannot_be_written(run: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    run(dax_client_dest=str(tmp_path / "file/below")).refuses("dax_client_dest", "file is not a directory")
    if os.geteuid() != 0:  # nothing is closed to root
        (tmp_path / "closed").mkdir(mode=0o500)
        run(dax_client_dest=str(tmp_path / "closed/below")).refuses("dax_client_dest", "closed is not writable")
    assert not (tmp_path / "aws-config").exists()


def test_install_again_and_run(built: Path, environment: dict[str, str], world: Any, tmp_path: Path) -> None:
    """The programs that the suite built are not built again, and each gets an item once."""
    languages = sorted(path.name for path in built.iterdir() if path.is_dir())
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "environment": {
            name: environment[name] for name in ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_ENDPOINT_URL_STS", "HOME")
        },
        "vars": {
            "ansible_python_interpreter": sys.executable,
            "dax_client_cluster": world.documents["plain"],
            "dax_client_languages": languages,
            "dax_client_dest": str(built),
            "dax_client_aws_config_path": str(built.parent / ".aws/config"),
            "dax_client_python": sys.executable,
            "dax_client_sts_region": CONSUMER_REGION,
            "dax_client_install": True,
            "dax_client_run": True,
            "dax_client_table": world.table,
            "dax_client_key": {"pk": {"S": "from-the-role"}},
        },
        "tasks": [
            {"import_role": {"name": "dax.cross_account.dax_client"}},
            {"ansible.builtin.debug": {"msg": "RESULTS {{ dax_client_results | to_json }}"}},
        ],
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play], sort_keys=False))
    done = playbook(tmp_path / "play.yml", environment=clean_environment(Path.home()))
    assert done.returncode == 0, done.stdout
    assert "changed=0" in done.stdout
    text = " ".join(done.stdout.split())
    for language in languages:
        assert f'"{language}": {{}}' in text, done.stdout
