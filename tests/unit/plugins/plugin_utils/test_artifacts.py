# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job leaves to the next one: names, what is hidden, and what it finds."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_a.plan import plan_a
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.plan import plan_b
from ansible_collections.dax.cross_account.plugins.module_utils.plan.approval import differences, problem_of
from ansible_collections.dax.cross_account.plugins.module_utils.plan.published import header, published
from ansible_collections.dax.cross_account.plugins.plugin_utils import artifacts
from ansible_collections.dax.cross_account.plugins.plugin_utils.document_files import given_document
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

SUMMARY = {"complete": True, "lines": ["account A: complete"]}


def run_of(plan: dict[str, Any], **document: Any) -> dict[str, Any]:
    made = dict(plan["document"])
    return {"plan": {**plan, "account_id": "222222222222"}, "document": {**made, **document}, "summary": SUMMARY}


def test_account_a_leaves_its_document_as_the_input_of_account_b() -> None:
    found = artifacts.of_run(run_of(plan_a(build.facts_a(), build.wanted_a())))
    assert sorted(found) == ["dax_account_b_cluster", "dax_plan_account_a", "dax_summary_account_a"]
    assert json.loads(found["dax_account_b_cluster"])["kind"] == "dax.cross_account/cluster"
    assert found["dax_plan_account_a"]["lines"][0].startswith("account A:")


def test_account_b_leaves_variables_of_its_own_consumer() -> None:
    plan = plan_b(build.facts_b(), build.wanted_b())
    name = plan["document"]["name"]
    found = artifacts.of_run(run_of(plan), name)
    own = artifacts.variable(f"222222222222/{name}")
    assert sorted(found) == sorted(
        [f"dax_consumer_document_{own}", f"dax_plan_account_b_{own}", f"dax_summary_account_b_{own}"]
    )


def test_no_artifact_has_the_name_of_a_fact_of_the_roles() -> None:
    # An extra variable is stronger than a fact: a plan of an earlier job would pass for this one's.
    for plan, name in (
        (plan_a(build.facts_a(), build.wanted_a()), ""),
        (plan_b(build.facts_b(), build.wanted_b()), "x"),
    ):
        names = set(artifacts.of_run(run_of(plan), name))
        assert not [each for each in names if each.startswith("dax_account_") and each != artifacts.CLUSTER]


def test_what_is_removed_is_no_consumer_any_more() -> None:
    result = run_of(plan_b(build.facts_b(), build.wanted_b()))
    result["plan"]["state"] = "absent"
    assert not [name for name in artifacts.of_run(result, "x") if name.startswith(artifacts.DOCUMENTS)]


@pytest.mark.parametrize("side", ["a", "b"])
def test_with_an_external_id_the_controller_hides_them(side: str) -> None:
    plan = plan_a(build.facts_a(), build.wanted_a()) if side == "a" else plan_b(build.facts_b(), build.wanted_b())
    assert artifacts.HIDE not in artifacts.of_run(run_of(plan), "x")
    assert artifacts.of_run(run_of(plan, external_id="between-us"), "x")[artifacts.HIDE] is True


def test_lines_say_nothing_of_external_ids() -> None:
    line = "? warning consumer 222222222222/x (gives the external id 'between us', and the trust asks for another)"
    result = {"plan": {"side": "account A", "lines": [line], "warnings": [line]}, "summary": {"warnings": [line]}}
    text = json.dumps(artifacts.of_run(result))
    assert "between us" not in text
    assert text.count("external id (hidden)") == 3


def test_a_check_leaves_what_it_found() -> None:
    check = {"side": "account B", "account_id": "222222222222", "complete": False}
    assert artifacts.of_run({"check": check, "document": None}, "payments") == {
        "dax_check_account_b_222222222222_payments": check
    }


@pytest.mark.parametrize(
    "names",
    [["payments", "shipping"], ["a.b", "a_b", "a-b", "a+b"], ["x=y@z", "x_y_z"], ["a_12345678", "a-"]],
)
def test_consumers_have_variables_of_their_own(names: list[str]) -> None:
    made = [artifacts.variable(f"222222222222/{name}") for name in names]
    assert len(set(made)) == len(names)
    assert all(f"x_{each}".isidentifier() and each.isascii() for each in made)


def test_documents_of_earlier_jobs_are_found_and_nothing_else() -> None:
    variables = {"dax_consumer_document_b": {"name": "{{ b }}"}, "dax_consumer_document_a": {}, "dax_consumer": 1}
    assert list(artifacts.consumers(variables)) == ["dax_consumer_document_a", "dax_consumer_document_b"]
    assert artifacts.consumers(variables)["dax_consumer_document_b"] == {"name": "{{ b }}"}


class _AsAwx(yaml.SafeDumper):
    """Writes every text with the tag !unsafe, as AWX writes extra variables."""

    def represent_data(self, data: Any) -> Any:
        return self.represent_scalar("!unsafe", data) if isinstance(data, str) else super().represent_data(data)


@pytest.mark.parametrize("account", ["012345670123", "000000000000", "222222222222"])
@pytest.mark.parametrize("name", ["true", "1e3", "2026-01-01", "0x10", "null", "{{ 7 * 7 }}"])
def test_a_document_comes_through_a_controller_as_it_is(account: str, name: str) -> None:
    document = {"kind": "dax.cross_account/consumer", "account_id": account, "name": name, "external_id": None}
    written = yaml.dump({"given": json.dumps(document)}, Dumper=_AsAwx)
    found = DataLoader().load(written)["given"]
    assert given_document(found) == document


@pytest.mark.parametrize(
    "text", ["{", '{"a": 1, "a": 2}', "{a: *b}", "{} {}", "{" * 100, '{"a": "' + "x" * 70_000 + '"}']
)
def test_a_text_that_is_no_document_is_told_in_one_line(text: str) -> None:
    found = given_document(text)
    assert isinstance(found, str)
    assert len(found.splitlines()) == 1
    assert found.startswith("the text cannot be read as a document: ")


def test_a_job_in_check_mode_leaves_its_plan_for_the_job_that_applies_it() -> None:
    """As text, without what only this run needs; one that wrote leaves none, which nobody could apply again."""
    facts, options = build.facts_a(), build.wanted_a(external_id="of-the-owner")
    plan = {**plan_a(facts, options), **header(facts, options, facts["cluster_arn"])}
    (text,) = (
        value for name, value in artifacts.of_run({"plan": plan}, check_mode=True).items() if "plan_document" in name
    )
    assert "of-the-owner" not in text and "\n" not in text
    left = json.loads(text)
    assert problem_of(left) is None
    assert differences(left, json.loads(json.dumps(published(plan)))) == []
    assert artifacts.of_run({"plan": plan}).keys() == {"dax_plan_account_a"}
