# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbook verify.yml: every node in one table, and a failure if one could not be used."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import ROOT, Emulator, clean_environment, playbook
from world import ACCOUNT_A, CONSUMER_REGION, NODES, REGION, World

KEY = {"pk": {"S": "verify"}}
POINTING = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_ENDPOINT_URL_STS", "SSL_CERT_FILE", "HOME")


@pytest.fixture
def verify(built: Path, environment: dict[str, str], emulator: Emulator, world: World, tmp_path: Path) -> Any:
    """Run the playbook as from site.yml's inventory: one host for each account, the client's on the controller."""

    def run(*arguments: str, **variables: Any) -> tuple[int, str]:
        connection = {
            "access_key": ACCOUNT_A,
            "secret_key": "not-looked-at",
            "region": REGION,
            "endpoint_url": emulator.url,
        }
        cluster = world.documents[variables.pop("cluster", "plain")]
        inventory = {
            "dax_account_a": {
                "hosts": {
                    "owner": {
                        "dax_account_a_cluster_name": cluster["cluster_name"],
                        "dax_account_a_connection": connection,
                    }
                }
            },
            "dax_account_b": {"hosts": {"consumer": None}},
            "all": {
                "vars": {
                    "ansible_connection": "local",
                    "ansible_python_interpreter": sys.executable,
                    "dax_client_dest": str(built),
                    "dax_client_aws_config_path": str(built.parent / ".aws/config"),
                    "dax_client_python": sys.executable,
                    "dax_client_profile_name": "dax-plain",
                    "dax_client_sts_region": CONSUMER_REGION,
                    "dax_verify_table": world.table,
                    "dax_verify_key": KEY,
                    "dax_verify_environment": {name: environment[name] for name in POINTING},
                    **variables,
                }
            },
        }
        path = tmp_path / "inventory.yml"
        path.write_text(yaml.safe_dump(inventory))
        done = playbook(
            ROOT / "playbooks/verify.yml", "-i", str(path), *arguments, environment=clean_environment(Path.home())
        )
        return done.returncode, done.stdout

    return run


def rows(output: str) -> list[list[str]]:
    """The table's rows, cells split where two spaces or more stand between them."""
    lines = [line.strip().removeprefix("- ").strip("'\"") for line in output.splitlines()]
    start = next(number for number, line in enumerate(lines) if line.startswith("CLIENT "))
    table = []
    for line in lines[start + 1 :]:
        cells = [cell.strip() for cell in line.split("  ") if cell.strip()]
        if len(cells) != 6:
            break
        table.append(cells)
    return table


def test_every_node(verify: Any, emulator: Emulator, world: World) -> None:
    since = emulator.get("dataplane")["last"]
    code, output = verify()
    assert code == 0, output
    found = rows(output)
    assert len(found) == NODES, output
    assert {row[0] for row in found} == {"consumer"}
    assert all(row[2].endswith(" ms") and row[3:] == ["ok", "ok", "ok"] for row in found), output
    listening = next(
        each["nodes"]
        for each in emulator.get("dataplane")["clusters"]
        if each["arn"] == world.documents["plain"]["cluster_arn"]
    )
    assert "Judge every link" not in output, "the doctor is asked only when a node fails"
    assert {row[1] for row in found} == {f"{node['address']}:{node['port']}" for node in listening}
    operations = {each["operation"] for each in emulator.requests(since) if each["table"] == world.table}
    assert operations >= {"GetItem", "PutItem", "DeleteItem"}


def test_a_node_that_is_down(verify: Any, emulator: Emulator, world: World) -> None:
    """The table says which, the others are tried all the same, and the run fails. Also: reading only."""
    listening = next(
        each["nodes"]
        for each in emulator.get("dataplane")["clusters"]
        if each["arn"] == world.documents["plain"]["cluster_arn"]
    )
    down = next(node for node in listening if not node["leader"])
    path = f"dataplane/nodes/{ACCOUNT_A}/{REGION}/plain/{down['name']}"
    nodes = [{"address": node["address"], "port": node["port"]} for node in listening]
    emulator.post(path, {"running": False})
    try:
        code, output = verify(
            dax_verify_nodes=nodes, dax_verify_write=False, dax_verify_cluster=world.documents["plain"]
        )
    finally:
        emulator.post(path, {"running": True})
    assert code != 0, output
    found = {row[1]: row[2:] for row in rows(output)}
    assert found.pop(f"{down['address']}:{down['port']}")[1:] == ["-", "-", "-"]
    assert [cells[1:] for cells in found.values()] == [["ok", "-", "-"]] * (NODES - 1)
    assert f"1 of {NODES} nodes could not be used from consumer" in " ".join(output.split())
    # The reason stands under the table, and the run fails all the same for what failed.
    below = output.partition("CLIENT ")[2]
    assert f"{down['address']}:{down['port']}" in below.partition("live.items")[0]
    assert below.index("live.items") < below.index("nodes could not be used")


def test_a_table_that_is_not_there(verify: Any, world: World) -> None:
    """With TLS, and with the nodes that the endpoint resolves to."""
    code, output = verify(
        cluster="secure", dax_verify_cluster=world.documents["secure"], dax_verify_table="no-such-table"
    )
    assert code != 0, output
    assert [row[3:] for row in rows(output)] == [["no such table", "-", "-"]], output
    assert "read no such table: " in " ".join(output.split())
