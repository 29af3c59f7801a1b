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


HOST = {"system": "amzn 2023", "root": False, "region": "", "outputs": [], "index_problem": ""}
ASKED = "dax.cross_account.dax_client_host_info"


def run(
    slurped: dict[str, Any] | None = None,
    args: dict[str, Any] | None = None,
    hosts: list[dict[str, Any]] | None = None,
    **given: Any,
) -> dict[str, Any]:
    """Run the action with the role's defaults; without ``slurped`` the target's file must not be asked for.

    :param hosts: what the target says of itself, one a call; the calls are in the result as ``asked``.
    """
    variables = yaml.safe_load((build.ROLES / "dax_client" / "defaults" / "main.yml").read_text(encoding="utf-8"))
    variables |= {f"dax_client_{name}": value for name, value in given.items()}
    task = Task()
    task.args = args or {}
    loader = DataLoader()
    action = ActionModule(task, MagicMock(), MagicMock(), loader, Templar(loader, variables=variables), MagicMock())
    answers, asked = list(hosts or [HOST]), []

    def execute(module_name: str, module_args: dict[str, Any], task_vars: Any) -> dict[str, Any]:
        if module_name == ASKED:
            asked.append(module_args)
            answer = answers.pop(0)
            return answer if "failed" in answer else {"host": answer}
        assert (module_name, module_args) == ("ansible.builtin.slurp", {"src": variables["dax_client_aws_config_path"]})
        assert slurped is not None
        return slurped

    action._execute_module = execute
    found: dict[str, Any] = action.run(task_vars=variables)
    return {**found, "asked": asked}


def text(content: str) -> dict[str, Any]:
    return {"content": base64.b64encode(content.encode()).decode()}


def test_what_the_tasks_read() -> None:
    hosts = [{**HOST, "outputs": [*["Python 3.12.1", "ok"] * 6, "go version go1.24.1 linux/amd64"]}]
    found = run(NO_FILE, cluster=build.cluster_document(), install="yes", languages="python,go", hosts=hosts)
    assert not found.get("failed"), found
    assert found["changed"] is False
    assert found["config"]["profile_name"] == "dax-orders"
    options = found["options"]
    assert (options["install"], options["languages"], options["owner"]) == (True, ["python", "go"], None)
    assert not {"cluster", "aws_config", "verify", "host", "python"} & options.keys()
    assert found["config"]["python"] == "python3.14"


def test_the_target_is_asked_for_no_more_than_matters() -> None:
    document = build.cluster_document()
    [asked] = run(NO_FILE, cluster=document)["asked"]
    assert asked == {"commands": [], "region": True}
    assert run(NO_FILE, cluster=document, sts_region="eu-west-1")["asked"] == []
    go = [{**HOST, "outputs": ["go version go1.24.1 linux/amd64"]}]
    [asked] = run(NO_FILE, None, go, cluster=document, install=True, languages=["go"], sts_region="eu-west-1")["asked"]
    assert asked == {"commands": [["go", "version"]], "region": False}


def test_the_region_of_the_instance() -> None:
    found = run(NO_FILE, cluster=build.cluster_document(), hosts=[{**HOST, "region": "eu-west-1"}])
    assert (found["config"]["sts_region"], found["config"]["region"]) == ("eu-west-1", "us-east-1")


PYTHON = {**HOST, "outputs": ["Python 3.12.1", "ok"]}
OLD = {**HOST, "outputs": ["Python 3.9.25", "ok"] * 6}


@pytest.mark.parametrize("problem", ["", "ERROR: No matching distribution found for six==1.17.0"])
def test_pip_is_asked_before_anything_is_written(problem: str) -> None:
    found = run(
        NO_FILE,
        {"pip_package": "six==1.17.0"},
        [PYTHON, {**HOST, "index_problem": problem}],
        cluster=build.cluster_document(),
        install=True,
        python="python3.12",
    )
    assert found["asked"][1] == {
        "pip_python": "python3.12",
        "pip_package": "six==1.17.0",
        "pip_unless": "~/dax-client/python/.built",
    }
    assert bool(found.get("failed")) is bool(problem)
    if problem:
        says = ("dax_client_install: pip on this host reaches no package index", problem, "PIP_INDEX_URL")
        assert [text for text in (*says, "dax_account_b_sts_access") if text not in found["msg"]] == []


def test_packages_come_first_and_then_the_tools_are_looked_at_again() -> None:
    given: dict[str, Any] = {"cluster": build.cluster_document(), "install": True, "install_packages": True}
    first = run(NO_FILE, {"pip_package": "six==1.17.0"}, [OLD], **given)
    assert (first["config"]["packages"], first["config"]["python"]) == (["python3.11"], "python3.11")
    assert len(first["asked"]) == 1, "there is no such Python to ask pip with yet"
    again = run(NO_FILE, {"packages": False}, [OLD], **given)
    assert again["msg"].startswith("dax_client_install: python3.14 is 3.9.25, and 3.10 or newer is needed")


def test_a_target_that_cannot_be_asked() -> None:
    found = run(NO_FILE, hosts=[{"failed": True, "msg": "no\npython"}], cluster=build.cluster_document())
    assert found["msg"] == "the host cannot be asked for its tools: no python"


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
    found = run(
        NO_FILE, {"verify": True}, [{**HOST, "outputs": PYTHON["outputs"] * 6}], cluster=build.cluster_document()
    )
    assert found["msg"].startswith("the entry point verify: needs dax_client_table and dax_client_key")


def test_variables_of_the_wrong_kind_are_named_before_the_target_is_asked() -> None:
    found = run(cluster=build.cluster_document(), session_duration=900, colour="red")
    assert [line.split(" ")[0] for line in found["msg"].splitlines()] == [
        "dax_client_colour:",
        "dax_client_session_duration",
    ]
