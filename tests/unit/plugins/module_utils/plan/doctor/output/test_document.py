# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""doctor.json and its published schema, and JUnit XML."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.model import LINKS, VERDICTS, A, Finding
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.output.document import (
    document,
    document_text,
)
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.output.junit import junit
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.output.words import FAILING, fails, plain
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor import samples
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor.hostile import (
    HOSTILE,
    poisoned_sample,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.published_schemas import misfits, schema
from jsonschema import Draft202012Validator

SCHEMA = schema("doctor")
problems = partial(misfits, SCHEMA)


def test_the_schema_is_one_and_knows_the_words_of_the_code() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$defs"]["link"]["enum"] == list(LINKS)
    assert SCHEMA["$defs"]["verdict"]["enum"] == list(VERDICTS)
    assert SCHEMA["properties"]["fail_on"]["enum"] == list(FAILING)


@pytest.mark.parametrize("kind", samples.KINDS)
def test_what_is_written_fits_the_schema(kind: str) -> None:
    a = samples.facts_a(network_acls=samples.problem("AccessDenied: ec2:DescribeNetworkAcls"))
    content = json.loads(document_text(document([samples.pair(kind)], a, [samples.facts_b()])))
    assert problems(content) == []
    assert content["verdict"] == content["pairs"][0]["verdict"] == ("ok" if kind == "healthy" else kind)
    assert content["read"][0]["problems"] == [
        {"reading": "network_acls", "problem": "AccessDenied: ec2:DescribeNetworkAcls"}
    ]
    assert [item["consumer"] for item in content["read"]] == [None, "222222222222/payments"]


def test_nothing_read_and_no_pair_fit_it_too() -> None:
    assert problems(document([])) == []
    assert problems(document([samples.pair("broken")])) == []
    assert problems(document([samples.diagnosis("unknown consumer", None, [])])) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema_version",), 2),
        (("verdict",), "fine"),
        (("pairs", 0, "links", 0, "id"), "elsewhere"),
        (("pairs", 0, "findings", 0, "check"), "no link"),
        (("pairs", 0, "findings", 0, "evidence"), None),
        (("pairs", 0, "headline", "fix", "commands"), ["aws ec2"]),
        (("read", 0, "problems"), None),
    ],
)
def test_the_schema_refuses_what_is_not_written(path: tuple[Any, ...], value: Any) -> None:
    at = content = document([samples.pair("broken")], samples.facts_a())
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    assert problems(content)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_stays_text_in_json(name: str) -> None:
    sample = poisoned_sample(HOSTILE[name])
    text = document_text(document(sample["diagnoses"], sample["a"], sample["b"]))
    assert text.isascii() and all(line.isprintable() for line in text.split("\n"))
    assert problems(json.loads(text)) == []


def test_what_is_between_the_two_accounts_alone_is_hidden() -> None:
    given = {"external_id": "s3cret", "Condition": {"StringEquals": {"sts:ExternalId": ["s3cret"]}}, "name": "s3"}
    told = plain(given)
    assert "s3cret" not in str(told) and told["name"] == "s3"
    assert plain({"external_id": None, "external_id_per_consumer": True}) == {
        "external_id": None,
        "external_id_per_consumer": True,
    }


def test_data_of_any_kind_becomes_json() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    assert plain({"at": at, 1: {"b"}, "n": 1.5, "t": ("x", None)}) == {
        "at": "2026-03-01 00:00:00+00:00",
        "1": ["b"],
        "n": 1.5,
        "t": ["x", None],
    }


@pytest.mark.parametrize(
    ("kind", "failing"),
    [("healthy", []), ("unknown", []), ("warning", ["warning"]), ("broken", ["broken", "warning"])],
)
def test_what_fails_a_run(kind: str, failing: list[str]) -> None:
    pairs = [samples.pair(), samples.pair(kind)]
    for fail_on in FAILING:
        assert fails(pairs, fail_on) == (fail_on in failing)
        assert document(pairs, fail_on=fail_on)["failed"] == (fail_on in failing)


# JUnit XML.


def outcomes(suite: ET.Element) -> dict[str, str]:
    """Return what became of the cases that did not pass."""
    told = {}
    for case in suite.iter("testcase"):
        for outcome in ("failure", "skipped"):
            if case.find(outcome) is not None:
                told[case.get("name", "")] = outcome
    return told


@pytest.mark.parametrize(
    ("kind", "fail_on", "expected"),
    [
        ("healthy", "warning", {}),
        ("broken", "broken", {"routes.from_nodes": "failure"}),
        ("broken", "never", {"routes.from_nodes": "failure"}),
        ("broken", "warning", {"routes.from_nodes": "failure", "limits.rules": "failure"}),
        ("warning", "broken", {}),
        ("warning", "warning", {"limits.rules": "failure"}),
        ("unknown", "warning", {"assume.allowed": "skipped", "live.connect": "skipped"}),
    ],
)
def test_a_suite_a_pair_and_a_case_a_check(kind: str, fail_on: Any, expected: dict[str, str]) -> None:
    pair = samples.pair(kind)
    root = ET.fromstring(junit([pair, samples.pair()], fail_on))
    first, second = root
    assert outcomes(first) == expected and outcomes(second) == {}
    cases = [case.get("name") for case in first]
    assert cases == list(dict.fromkeys(item["check"] for item in pair["findings"]))
    assert {case.get("classname") for case in first} == {f"dax_doctor.{item['link']}" for item in pair["findings"]}
    for name in ("failure", "skipped"):
        count = list(expected.values()).count(name)
        assert first.get(f"{name}s" if name == "failure" else name) == str(count)
        assert len(list(root.iter(name))) == count
    assert root.get("tests") == str(len(list(root.iter("testcase"))))


def test_a_failure_has_evidence_and_fix() -> None:
    failure = next(ET.fromstring(junit([samples.pair("broken")])).iter("failure"))
    assert failure.get("message", "").startswith(f"route 10.1.0.0/24 in {samples.TABLE_A}: is a blackhole")
    assert "ansible-playbook dax.cross_account.site" in (failure.text or "")
    assert '"destination": "10.1.0.0/24"' in (failure.text or "")


def test_a_case_has_the_worst_of_its_findings_and_tells_the_others() -> None:
    verdicts: list[Any] = ["ok", "broken", "warning"]
    findings = [Finding("routes.there", verdict, A, f"route {verdict}", "so") for verdict in verdicts]
    suite = ET.fromstring(junit([samples.diagnosis("1/c", None, findings)]))[0]
    assert outcomes(suite) == {"routes.there": "failure"}
    assert "route warning: so" in (suite[0].findtext("system-out") or "")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_stays_text_in_xml(name: str) -> None:
    sample = poisoned_sample(HOSTILE[name])
    text = junit(sample["diagnoses"], "warning")
    assert all(line.isprintable() for line in text.split("\n"))
    root = ET.fromstring(text.encode("utf-8"))
    clean = ET.fromstring(junit([samples.pair(kind) for kind in samples.KINDS], "warning"))
    assert [item.tag for item in root.iter()] == [item.tag for item in clean.iter()]
