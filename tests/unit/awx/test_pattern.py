# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the pattern for controllers to the roles: surveys, credential types and playbooks; and the docs to it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.dax.cross_account.plugins.module_utils.plan.options import ConsumerOptions, OwnerOptions
from ansible_collections.dax.cross_account.plugins.plugin_utils import account
from jinja2.sandbox import ImmutableSandboxedEnvironment

ROOT = Path(__file__).parents[3]
PATTERN = ROOT / "extensions" / "patterns" / "join_accounts"
SURVEYS = sorted(PATTERN.glob("template_surveys/*.yml"))
DOCS = (ROOT / "docs" / "awx.md").read_text(encoding="utf-8")


class _Loader(yaml.SafeLoader):
    pass


_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def load(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), _Loader)  # a SafeLoader


SETUP = load(PATTERN / "setup.yml")
META = json.loads((PATTERN / "meta" / "pattern.json").read_text(encoding="utf-8"))
RESOURCES = META["aap_resources"]

# What verify.yml says of its variables in its head; they are no options of a role.
OF_PLAYBOOKS: dict[str, dict[str, Any]] = {
    "dax_verify_table": {"type": "str", "required": True},
    "dax_verify_key": {"type": "dict", "required": True},
    "dax_verify_language": {"type": "str", "default": "python"},
    "dax_verify_write": {"type": "bool", "default": True},
}


def options() -> dict[str, dict[str, Any]]:
    """Return the options of all roles, by their names."""
    found = dict(OF_PLAYBOOKS)
    for path in ROOT.glob("roles/*/meta/argument_specs.yml"):
        for entry in load(path)["argument_specs"].values():
            found |= entry.get("options") or {}
    return found


OPTIONS = options()
# The role of the doctor is named by the pattern; where it is not there its survey cannot be compared.
QUESTIONS = [
    pytest.param(path.stem, question, id=f"{path.stem}-{question['variable']}")
    for path in SURVEYS
    for question in load(path)["spec"]
    if (ROOT / "roles" / "dax_doctor").is_dir() or not question["variable"].startswith("dax_doctor_")
]


def plain(value: Any) -> str:
    """Return a default as a survey holds it: text."""
    return (
        {True: "true", False: "false", None: ""}.get(value, value) if not isinstance(value, int) else str(value).lower()
    )


@pytest.mark.parametrize(("survey", "question"), QUESTIONS)
def test_a_question_agrees_with_the_argument_spec(survey: str, question: dict[str, Any]) -> None:
    spec = OPTIONS[question["variable"]]
    kinds = {"bool": "multiplechoice", "int": "integer", "str": "text", "dict": "textarea"}
    choices = spec.get("choices") or (["true", "false"] if spec["type"] == "bool" else None)
    if choices is None:
        # A playbook may offer fewer words than a free text has; the client's languages are such.
        assert question["type"] in (kinds[spec["type"]], "multiplechoice")
    else:
        assert (question["type"], question["choices"]) == ("multiplechoice", choices)
    assert question["default"] == plain(spec.get("default", ""))
    # A blank answer is one that the role takes: as its default, or as a text that may be empty.
    assert question["required"] or spec.get("default") == ""
    if spec.get("required"):
        assert question["required"]


@pytest.mark.parametrize(("survey", "question"), QUESTIONS)
def test_the_role_takes_the_default_of_a_question_as_text(survey: str, question: dict[str, Any]) -> None:
    for kind, role in ((OwnerOptions, "dax_account_a"), (ConsumerOptions, "dax_account_b")):
        if question["variable"].startswith(kind.PREFIX) and question["default"]:
            defaults = load(ROOT / "roles" / role / "defaults" / "main.yml")
            required = {"dax_account_a_cluster_name": "orders", "dax_account_b_cluster": "orders.yml"}
            for answer in question.get("choices") or [question["default"]]:
                given = {name: value for name, value in required.items() if name.startswith(kind.PREFIX)}
                kind.from_variables({**defaults, **given, question["variable"]: answer})


def test_languages_are_those_of_the_client() -> None:
    (question,) = [
        each for each in load(PATTERN / "template_surveys/verify.yml")["spec"] if "language" in each["variable"]
    ]
    assert question["choices"] == OPTIONS["dax_client_languages"]["choices"]


@pytest.mark.parametrize("side", ["a", "b"])
@pytest.mark.parametrize("filled", [False, True], ids=["only what is required", "all but the role"])
def test_what_a_credential_injects_is_a_connection(side: str, filled: bool) -> None:
    (kind,) = [each for each in SETUP["controller_credential_types"] if each["name"] == f"DAX account {side.upper()}"]
    fields = [each["id"] for each in kind["inputs"]["fields"]]
    secret = {each["id"] for each in kind["inputs"]["fields"] if each.get("secret")}
    assert {"secret_key", "session_token", "external_id"} == secret
    own = {"access_key": "AKIAEXAMPLE", "secret_key": "a-secret-of-some-length", "region": "us-east-1"}
    assert set(kind["inputs"]["required"]) == set(own)
    if filled:
        own |= {"session_token": "a-token-of-some-length", "endpoint_url": "https://vpce.example.com"}
    ((variable, connection),) = kind["injectors"]["extra_vars"].items()
    assert variable == f"dax_account_{side}_connection"
    assert sorted(connection) == sorted(fields)
    sandbox = ImmutableSandboxedEnvironment()
    injected = {name: sandbox.from_string(text).render(**own) for name, text in connection.items()}
    assert account.checked(variable, injected) == own


def test_every_playbook_is_named_by_a_template_and_imports_its_own() -> None:
    named = {each["playbook"] for each in RESOURCES["controller_job_templates"]}
    there = {path.name for path in PATTERN.glob("playbooks/*.yml")} - {"configure_controller.yml"}
    assert named == there
    for name in there:
        (play,) = load(PATTERN / "playbooks" / name)
        assert play["ansible.builtin.import_playbook"] == f"dax.cross_account.{Path(name).stem}"


def test_the_definition_is_one_that_the_pattern_service_takes() -> None:
    # https://github.com/ansible/pattern-service, specifications/pattern-schema
    assert META["name"] == PATTERN.name
    assert len(META["title"]) <= 64
    assert not META["short_description"].endswith(".")
    environment = RESOURCES["controller_execution_environment"]["name"]
    for template in RESOURCES["controller_job_templates"]:
        assert template["execution_environment"] == environment
        assert set(template["labels"]) <= set(RESOURCES["controller_labels"])
        survey = load(PATTERN / "template_surveys" / template["playbook"])
        assert template["survey"]["spec"] == survey["spec"]
        for question in survey["spec"]:
            assert re.fullmatch(r"[a-z0-9_]{1,64}", question["variable"])
            assert isinstance(question["default"], str)
    assert [each["name"] for each in RESOURCES["controller_job_templates"] if each["primary"]] == ["DAX / Site"]


def test_names_in_the_definition_are_those_of_the_setup() -> None:
    assert RESOURCES["controller_project"]["name"] == SETUP["controller_projects"][0]["name"]
    environment = SETUP["controller_execution_environments"][0]
    assert RESOURCES["controller_execution_environment"]["name"] == environment["name"]


def test_galaxy_importer_takes_the_pattern() -> None:
    from galaxy_importer.file_parser import PatternsParser

    (found,) = PatternsParser(str(ROOT)).get_meta_patterns()
    assert found == META


# The execution environment.


def test_requirements_are_the_same_everywhere() -> None:
    assert load(ROOT / "collections" / "requirements.yml") == load(ROOT / "requirements.yml")
    meta = load(ROOT / "meta" / "execution-environment.yml")["dependencies"]
    wanted = load(ROOT / "execution-environment.yml")["dependencies"]
    assert meta == {"python": wanted["python"], "system": wanted["system"]}
    core = load(ROOT / "meta" / "runtime.yml")["requires_ansible"].removesuffix(".0")
    assert wanted["ansible_core"]["package_pip"] == f"ansible-core{core}"


def builder(*arguments: str) -> str:
    command = [str(Path(sys.executable).parent / "ansible-builder"), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_ansible_builder_makes_the_context_of_an_image(tmp_path: Path) -> None:
    builder(
        "create",
        "--file",
        "execution-environment.yml",
        "--context",
        str(tmp_path),
        "--output-filename",
        "Containerfile",
    )
    made = (tmp_path / "Containerfile").read_text(encoding="utf-8")
    assert "ansible-core>=2.19" in made
    assert load(tmp_path / "_build" / "requirements.yml") == load(ROOT / "requirements.yml")
    packages = (tmp_path / "_build" / "requirements.txt").read_text(encoding="utf-8")
    assert packages == (ROOT / "requirements.txt").read_text(encoding="utf-8")


def test_ansible_builder_finds_what_the_collection_needs() -> None:
    found = yaml.safe_load(builder("introspect", "collections"))
    wanted = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if line and line[0] != "#"]
    assert sorted(each.split()[0] for each in found["python"]) == sorted(wanted)
    assert found["system"] == []


# The page.


def test_the_page_names_every_template_workflow_and_credential_type() -> None:
    names = [each["name"] for each in RESOURCES["controller_job_templates"]]
    names += [each["name"] for each in SETUP["controller_workflows"] + SETUP["controller_credential_types"]]
    assert [name for name in names if f"`{name}`" not in DOCS] == []


def test_the_page_lists_whether_jobs_run_at_once_as_the_templates_say() -> None:
    source = (PATTERN / "workflows" / "job_templates.yml.j2").read_text(encoding="utf-8")
    rows = re.findall(r"^  \('([\w ]+)', '\w+', '\w+', .+?, (true|false), [\"']", source, re.MULTILINE)
    assert len(rows) == len(RESOURCES["controller_job_templates"]) + 1
    told = dict(re.findall(r"^\| `DAX / ([\w ]+)` \|[^|]*\| (yes|no)\b", DOCS, re.MULTILINE))
    workflows = {
        each["name"].removeprefix("DAX / "): each["allow_simultaneous"] for each in SETUP["controller_workflows"]
    }
    expected = {name: word == "true" for name, word in rows} | workflows
    assert {name: word == "yes" for name, word in told.items()} == expected


def test_the_page_tells_every_variable_of_the_setup() -> None:
    wanted = {name for name in SETUP if name.startswith("dax_controller_")}
    assert wanted == set(re.findall(r"^\| `(dax_controller_\w+)` \|", DOCS, re.MULTILINE))
