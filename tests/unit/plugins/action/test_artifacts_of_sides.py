# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the actions of both sides take of the jobs before, and whether they leave anything to the next one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task
from ansible.template import Templar
from ansible_collections.dax.cross_account.plugins.action import dax_account_a_reconcile, dax_account_b_reconcile
from ansible_collections.dax.cross_account.tests.unit.plugins.action.side_runs import Host, account_b
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build


def action(module: Any, role: str, **given: Any) -> Any:
    """Return the action of a side with the role's defaults and further variables."""
    path = build.ROLES / role / "defaults" / "main.yml"
    variables = DataLoader().load_from_file(str(path), trusted_as_template=True) | given
    task, loader = Task(), DataLoader()
    task.args = {}
    made = module.ActionModule(
        task, MagicMock(), MagicMock(), loader, Templar(loader, variables=variables), MagicMock()
    )
    made._vars = {"inventory_hostname": "here", "hostvars": {}, **variables}
    return made


def side_a(**given: Any) -> Any:
    return action(dax_account_a_reconcile, "dax_account_a", dax_account_a_cluster_name="orders", **given)


def document(name: str, vpc_id: str) -> dict[str, Any]:
    return {**build.consumer(), "name": name, "vpc_id": vpc_id}


def taken(found: Any) -> list[tuple[str, str]]:
    options = found._options("apply")
    return [(each["name"], each["vpc_id"]) for each in options.consumers]


def test_documents_of_earlier_jobs_are_consumers() -> None:
    left = {f"dax_consumer_document_{name}": json.dumps(document(name, "vpc-0b")) for name in ("x", "y")}
    assert taken(side_a(**left)) == [("x", "vpc-0b"), ("y", "vpc-0b")]


def test_they_count_before_files_and_after_documents_of_this_run(tmp_path: Path) -> None:
    file = tmp_path / "x.yml"
    file.write_text(json.dumps(document("x", "vpc-0a")), encoding="utf-8")
    left = {"dax_consumer_document_x": json.dumps(document("x", "vpc-0b"))}
    assert taken(side_a(**left, dax_account_a_consumers=[str(file)])) == [("x", "vpc-0b")]
    assert taken(side_a(**left, dax_account_a_consumers=[document("x", "vpc-0c")])) == [("x", "vpc-0c")]


def test_account_b_takes_the_cluster_document_as_text() -> None:
    given = build.cluster_document()
    found = action(dax_account_b_reconcile, "dax_account_b", dax_account_b_cluster=json.dumps(given))
    assert found._options().cluster["cluster_arn"] == given["cluster_arn"]
    assert found._path == ""


def test_a_consumer_chooses_a_block_that_those_of_earlier_jobs_do_not_have(tmp_path: Path, monkeypatch: Any) -> None:
    taken_there = {**document("x", "vpc-0b"), "cidr_blocks": ["10.1.0.0/24"]}
    blocks = []
    for number, left in enumerate([{}, {"dax_consumer_document_x": json.dumps(taken_there)}]):
        host = Host("b", tmp_path / str(number), monkeypatch)
        host.facts |= left
        host.turn(account_b("222222222222"), cluster=build.cluster_document())
        blocks.append(host.facts["dax_account_b_result"]["document"]["cidr_blocks"])
    assert blocks == [["10.1.0.0/24"], ["10.1.1.0/24"]]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, False),
        ({"awx_job_id": 7}, True),
        ({"tower_job_id": 7}, True),
        ({"awx_job_id": 7, "dax_stats": "false"}, False),
        ({"dax_stats": True}, True),
        ({"dax_stats": "yes"}, True),
    ],
)
def test_under_a_controller_something_is_left_unless_said_otherwise(given: dict[str, Any], wanted: bool) -> None:
    assert side_a(**given)._artifacts_wanted() is wanted


def test_anything_else_than_a_truth_value_is_told() -> None:
    with pytest.raises(Exception, match="dax_stats: expected true or false, got 'sometimes'"):
        side_a(dax_stats="sometimes")._artifacts_wanted()


def test_it_is_left_as_set_stats_leaves_it() -> None:
    found = side_a(dax_stats=True)
    plan = {"side": "account A", "state": "present", "lines": [], "changes": 0}
    found.in_phase = lambda _phase: {"plan": plan, "document": build.cluster_document(), "summary": {"complete": True}}
    stats = found.work()["ansible_stats"]
    assert (stats["per_host"], stats["aggregate"]) == (False, False)
    assert sorted(stats["data"]) == ["dax_account_b_cluster", "dax_plan_account_a", "dax_summary_account_a"]
