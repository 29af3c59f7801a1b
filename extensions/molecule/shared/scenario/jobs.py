# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs and workflows as AWX runs them, of what a stub of its API holds: each job by ansible-runner, in a folder of its
own that has nothing but a fresh clone, the inventory, the extra variables and the credentials' own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from jinja2.sandbox import ImmutableSandboxedEnvironment

from .checkout import clone
from .controller import Controller

HIDDEN = "_ansible_no_log"


class Unsafe(str):
    """Text that Ansible must not take for a template: AWX writes all but a template's own variables so."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(Unsafe, lambda dumper, value: dumper.represent_scalar("!unsafe", str(value)))


@dataclass
class Job:
    """One job: what it was given, and what came of it."""

    name: str
    variables: dict[str, Any]
    rc: int
    output: str
    artifacts: dict[str, Any]
    events: list[dict[str, Any]] = field(repr=False)

    @property
    def displayed(self) -> dict[str, Any] | str:
        """Return the artifacts as AWX shows them."""
        return "$hidden due to Ansible no_log flag$" if self.artifacts.get(HIDDEN) else self.artifacts


class Jobs:
    """Runs templates and workflows.

    :param secrets: the inputs of the credentials by their names, which the API does not show.
    """

    def __init__(self, controller: Controller, folder: Path, secrets: Mapping[str, dict[str, str]]) -> None:
        self._controller, self._folder, self._secrets = controller, folder, secrets
        self._numbers = iter(range(1, 1000))

    def workflow(self, name: str, answers: dict[str, Any]) -> dict[str, Job]:
        """Run a workflow whose approvals are given; return its jobs by the identifiers of their nodes, in order."""
        template = self._controller.named("workflow_job_templates", name)
        nodes = [
            item
            for item in self._controller.objects["workflow_job_template_nodes"].values()
            if item["workflow_job_template"] == template["id"]
        ]
        parents: dict[int, list[int]] = {node["id"]: [] for node in nodes}
        for node in nodes:
            for child in self._controller.related("workflow_job_template_nodes", node, "success_nodes"):
                parents[child["id"]].append(node["id"])
        left: dict[int, dict[str, Any]] = {}
        jobs: dict[str, Job] = {}
        while len(left) < len(nodes):
            due = [
                node for node in nodes if node["id"] not in left and all(each in left for each in parents[node["id"]])
            ]
            assert due, f"{name} has nodes that nothing leads to"
            with ThreadPoolExecutor(2) as pool:
                done = pool.map(
                    lambda node: self._node(node, [left[each] for each in parents[node["id"]]], answers), due
                )
                for node, (job, artifacts) in zip(due, done, strict=True):
                    left[node["id"]] = artifacts
                    if job is not None:
                        assert job.rc == 0, f"{node['identifier']}\n{job.output[-4000:]}"
                        jobs[node["identifier"]] = job
        return jobs

    def _node(
        self, node: dict[str, Any], before: list[dict[str, Any]], answers: dict[str, Any]
    ) -> tuple[Job | None, dict[str, Any]]:
        """Run a node's job; return also the artifacts that those after it get."""
        artifacts: dict[str, Any] = {}
        for each in before:
            artifacts.update(each)
        template = self._controller.objects["job_templates"].get(node["unified_job_template"])
        if template is None:
            return None, artifacts
        credentials = self._controller.related("workflow_job_template_nodes", node, "credentials")
        functional = {name: value for name, value in artifacts.items() if name != HIDDEN}
        job = self.job(template, {**(node.get("extra_data") or {}), **functional, **answers}, credentials)
        return job, {**artifacts, **job.artifacts}

    def job(self, template: dict[str, Any], given: dict[str, Any], extra: list[dict[str, Any]] | None = None) -> Job:
        """Run a job of a template.

        :param given: answers of the survey, artifacts and prompted variables.
        :param extra: credentials that replace the template's of the same types.
        """
        number = next(self._numbers)
        folder = self._folder / f"job-{number}"
        spec = self._controller.surveys.get(template["id"], {}).get("spec", [])
        defaults = {item["variable"]: item["default"] for item in spec if item["default"] != ""}
        variables = {
            **defaults,
            **given,
            "awx_job_id": number,
            "tower_job_id": number,
            "awx_job_launch_type": "workflow",
        }
        own = self._controller.related("job_templates", template, "credentials")
        types = {each["credential_type"]: each for each in [*own, *(extra or [])]}
        clone(folder / "project")
        (folder / "env").mkdir()
        (folder / "inventory").mkdir()
        inventory = self._controller.objects["inventories"][template["inventory"]]
        (folder / "inventory" / "hosts.json").write_text(json.dumps(self._inventory(inventory)))
        (folder / "env" / "extravars").write_text(_yaml(variables))
        command = ["ansible-runner", "run", str(folder), "-p", template["playbook"], "--json"]
        arguments = ["--check"] if template["job_type"] == "check" else []
        for name, credential in enumerate(types.values()):
            path = folder / "env" / f"credential-{name}"
            path.write_text(_yaml(self._injected(credential)))
            arguments += ["-e", f"@{path}"]
        command += ["--cmdline", " ".join(arguments)] if arguments else []
        environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            # As AWX puts it together: what the project's requirements brought, then the project's own ansible.cfg.
            "ANSIBLE_COLLECTIONS_PATH": f"{folder}/requirements_collections:{folder}/project/collections",
            "ANSIBLE_FORCE_COLOR": "0",
        }
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1800, check=False)
        events = list(_events(folder))
        (stats,) = [each for each in events if each["event"] == "playbook_on_stats"] or [{"event_data": {}}]
        output = "\n".join(each["stdout"] for each in events if each.get("stdout")) or done.stdout + done.stderr
        output = output.replace("\r\n", "\n")  # jobs have a terminal
        artifacts = stats["event_data"].get("artifact_data", {})
        shutil.rmtree(folder)
        return Job(template["name"], variables, done.returncode, output, artifacts, events)

    def _inventory(self, inventory: dict[str, Any]) -> dict[str, Any]:
        groups = [each for each in self._controller.objects["groups"].values() if each["inventory"] == inventory["id"]]
        hosts = {each["name"]: self._controller.related("groups", each, "hosts") for each in groups}
        listed = {name: {"hosts": {host["name"]: {} for host in found}} for name, found in hosts.items()}
        return {"all": {"vars": json.loads(inventory["variables"]), "children": listed}}

    def _injected(self, credential: dict[str, Any]) -> Any:
        """Return the extra variables of a credential: AWX renders them with the fields that were filled in."""
        kind = self._controller.objects["credential_types"][credential["credential_type"]]
        inputs, sandbox = self._secrets[credential["name"]], ImmutableSandboxedEnvironment()
        assert set(kind["inputs"]["required"]) <= set(inputs) <= {each["id"] for each in kind["inputs"]["fields"]}

        def build(node: Any) -> Any:
            if isinstance(node, dict):
                return {build(key): build(value) for key, value in node.items()}
            return sandbox.from_string(node).render(**inputs)

        return build(kind["injectors"]["extra_vars"])


def _yaml(value: Any) -> str:
    def unsafe(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: unsafe(item) for key, item in node.items()}
        if isinstance(node, list):
            return [unsafe(item) for item in node]
        return Unsafe(node) if isinstance(node, str) else node

    return yaml.dump(unsafe(value), Dumper=_Dumper)


def _events(folder: Path) -> Iterator[dict[str, Any]]:
    found = [json.loads(path.read_text()) for path in folder.glob("artifacts/*/job_events/*-*.json")]
    yield from sorted(found, key=lambda each: each["counter"])
