# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action between the role's tasks and the decision: documents, the target's AWS config file, what is returned."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task
from ansible.template import Templar
from ansible_collections.dax.cross_account.plugins.action.dax_client_config import ActionModule
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

NO_FILE = {"failed": True, "msg": "File not found: ~/.aws/config"}


def run(slurped: dict[str, Any] | None = None, args: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    """Run the action with the role's defaults; without ``slurped`` the target must not be asked."""
    variables = yaml.safe_load((build.ROLES / "dax_client" / "defaults" / "main.yml").read_text(encoding="utf-8"))
    variables |= {f"dax_client_{name}": value for name, value in given.items()}
    task = Task()
    task.args = args or {}
    loader = DataLoader()
    action = ActionModule(task, MagicMock(), MagicMock(), loader, Templar(loader, variables=variables), MagicMock())
    action._execute_module = MagicMock(return_value=slurped)
    found: dict[str, Any] = action.run(task_vars=variables)
    if slurped is None:
        action._execute_module.assert_not_called()
    else:
        asked = action._execute_module.call_args.kwargs
        assert (asked["module_name"], asked["module_args"]) == (
            "ansible.builtin.slurp",
            {"src": variables["dax_client_aws_config_path"]},
        )
    return found


def text(content: str) -> dict[str, Any]:
    return {"content": base64.b64encode(content.encode()).decode()}


def test_what_the_tasks_read() -> None:
    found = run(NO_FILE, cluster=build.cluster_document(), install="yes", languages="python,go")
    assert not found.get("failed"), found
    assert found["changed"] is False
    assert found["config"]["profile_name"] == "dax-orders"
    options = found["options"]
    assert (options["install"], options["languages"], options["owner"]) == (True, ["python", "go"], None)
    assert not {"cluster", "aws_config", "verify"} & options.keys()


@pytest.mark.parametrize("name", ["cluster.yml", "cluster.json"])
def test_a_document_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / name).write_text(yaml.safe_dump(build.cluster_document(), default_flow_style=name.endswith("json")))
    monkeypatch.setenv("HOME", str(tmp_path))
    for path in (str(tmp_path / name), f"~/{name}"):
        assert run(cluster=path, aws_config_path="")["config"]["cluster_name"] == "orders"


@pytest.mark.parametrize(
    ("cluster", "says"),
    [
        ("nowhere.yml", "nowhere.yml cannot be read as a document: "),
        ([1], "expected a mapping"),
        ({"kind": "other"}, "kind is 'other'"),
        ({**build.cluster_document(), "endpoint": None}, "endpoint missing or empty"),
        ({**build.cluster_document(), "region": "{{ 1 + 1 }}"}, "region is '{{ 1 + 1 }}'"),
    ],
)
def test_what_is_no_document(cluster: Any, says: str) -> None:
    found = run(cluster=cluster)
    assert found["failed"] is True
    assert found["msg"].startswith(f"dax_client_cluster: {says}")
    assert found["msg"].endswith("or the path of the file that it wrote")
    assert found["msg"].isprintable()


def test_the_file_on_the_target_is_looked_at() -> None:
    found = run(text("[profile dax-orders]\n"), cluster=build.cluster_document())
    assert found["msg"].startswith("dax_client_profile_name: ~/.aws/config already has a profile dax-orders")
    assert not run(text("[profile other]\nname = \u00e4\n"), cluster=build.cluster_document()).get("failed")


def test_a_file_that_cannot_be_read() -> None:
    found = run({"failed": True, "msg": "File is not readable: /x"}, cluster=build.cluster_document())
    assert found["failed"] is True
    assert found["msg"].startswith("dax_client_aws_config_path: File is not readable: /x; give ")


def test_the_entry_point_verify_needs_an_item() -> None:
    found = run(NO_FILE, {"verify": True}, cluster=build.cluster_document())
    assert found["msg"].startswith("the entry point verify: needs dax_client_table and dax_client_key")


def test_variables_of_the_wrong_kind_are_named_before_the_target_is_asked() -> None:
    found = run(cluster=build.cluster_document(), session_duration=900, colour="red")
    assert [line.split(" ")[0] for line in found["msg"].splitlines()] == [
        "dax_client_colour:",
        "dax_client_session_duration",
    ]
