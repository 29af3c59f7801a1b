# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds all files that name a version of what the collection needs to one another, and to what the lock installs.

Each need is written down where the tool that enforces it reads it: ansible-core in meta/runtime.yml, amazon.aws in
galaxy.yml, boto3 and botocore in requirements.txt, Python in tests/config.yml. All others have to say the same.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.amazon.aws.plugins.modules import iam_role as amazon_aws
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[3]
if not (ROOT / "galaxy.yml").is_file():
    pytest.skip("needs a checkout", allow_module_level=True)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def load(name: str) -> Any:
    return yaml.safe_load(text(name))


def requirements(name: str) -> dict[str, SpecifierSet]:
    """Return what a file of pip's kind asks for, by package."""
    lines = (line.partition("#")[0].strip() for line in text(name).splitlines())
    return {wish.name: wish.specifier for wish in map(Requirement, filter(None, lines))}


def locked(package: str) -> set[str]:
    """Return the versions of a package in the lock: one, or one for each Python."""
    return set(re.findall(rf"^{re.escape(package)}==([^\s;]+)", text("requirements/dev.txt"), re.MULTILINE))


def oldest(specifier: SpecifierSet) -> str:
    """Return the version that a need begins with, as prose says it: ``2.19`` for ``>=2.19.0``."""
    (lowest,) = [one.version for one in specifier if one.operator == ">="]
    return lowest.removesuffix(".0")


CORE = SpecifierSet(load("meta/runtime.yml")["requires_ansible"])
AWS = SpecifierSet(load("galaxy.yml")["dependencies"]["amazon.aws"])
PACKAGES = requirements("requirements.txt")
PYTHON = SpecifierSet(load("tests/config.yml")["modules"]["python_requires"])


def test_the_readme_asks_for_the_versions_that_are_required() -> None:
    found = re.search(r"## Requirements\n(.*?)\n## ", text("README.md"), re.DOTALL)
    assert found is not None
    wanted = " ".join(found[1].split())
    assert f"ansible-core {oldest(CORE)} or newer" in wanted
    (end,) = [one.version for one in AWS if one.operator == "<"]
    assert f"amazon.aws {oldest(AWS)} or newer, but older than {end.removesuffix('.0.0')}." in wanted
    assert f"Python {oldest(PYTHON)} or newer" in wanted
    assert f"boto3 and botocore {oldest(PACKAGES['botocore'])} or newer" in wanted


def test_the_readme_installs_the_packages_that_are_required() -> None:
    assert set(PACKAGES) == {"boto3", "botocore"}
    assert PACKAGES["boto3"] == PACKAGES["botocore"]
    wishes = " ".join(f"'{name}{needed}'" for name, needed in PACKAGES.items())
    assert f"pip install {wishes}\n" in text("README.md")


def test_the_readme_installs_the_artifact_that_is_built() -> None:
    galaxy = load("galaxy.yml")
    artifact = f"{galaxy['namespace']}-{galaxy['name']}-{galaxy['version']}.tar.gz"
    assert set(re.findall(r"\bdist/(\S+?\.tar\.gz)", text("README.md"))) == {artifact}


@pytest.mark.parametrize("name", ["requirements.yml", "collections/requirements.yml"])
def test_all_ask_for_the_same_amazon_aws(name: str) -> None:
    (asked,) = load(name)["collections"]
    assert (asked["name"], SpecifierSet(asked["version"])) == ("amazon.aws", AWS)


def test_all_ask_for_the_same_ansible_core() -> None:
    environment = Requirement(load("execution-environment.yml")["dependencies"]["ansible_core"]["package_pip"])
    assert (environment.name, oldest(environment.specifier)) == ("ansible-core", oldest(CORE))
    for role in ROOT.glob("roles/*/meta/main.yml"):
        info = yaml.safe_load(role.read_text(encoding="utf-8"))["galaxy_info"]
        assert info["min_ansible_version"] == oldest(CORE), role


def test_nox_goes_by_the_same_versions() -> None:
    config = tomllib.loads(text("antsibull-nox.toml"))
    _name, needed = config["collection_sources"]["amazon.aws"].split(":")
    assert SpecifierSet(needed) == AWS
    assert config["sessions"]["ansible_test_sanity"]["min_version"] == oldest(CORE)


def test_the_execution_environment_installs_what_is_required() -> None:
    named = {"galaxy": "collections/requirements.yml", "python": "requirements.txt", "system": "bindep.txt"}
    given = load("execution-environment.yml")["dependencies"]
    assert {kind: given[kind] for kind in named} == named
    own = load("meta/execution-environment.yml")["dependencies"]
    assert own == {kind: named[kind] for kind in ("python", "system")}


def test_all_are_made_for_the_same_python() -> None:
    first = oldest(PYTHON)
    assert re.findall(r"--python-version ([\d.]+)", text("make/setup.mk")) == [first]
    project = text("pyproject.toml")
    assert re.findall(r'^target-version = "py(\d)(\d+)"', project, re.MULTILINE) == [tuple(first.split("."))]
    assert re.findall(r'^python_version = "([\d.]+)"', project, re.MULTILINE) == [first]
    assert f"You need Python {first} or newer" in text("CONTRIBUTING.md")


def test_the_lock_has_what_is_asked_for() -> None:
    assert locked("ansible-core")
    for package, needed in {"ansible-core": CORE, **PACKAGES}.items():
        assert [version for version in locked(package) if version not in needed] == []


def test_the_environment_has_an_amazon_aws_that_is_asked_for() -> None:
    manifest = (Path(str(amazon_aws.__file__)).parents[2] / "MANIFEST.json").read_text(encoding="utf-8")
    assert json.loads(manifest)["collection_info"]["version"] in AWS


def test_the_readme_names_each_ansible_core_that_the_lock_installs() -> None:
    """``make setup`` installs one for each Python, and what it installs is what the tests run on."""
    found = re.search(r"## Requirements\n(.*?)\n## ", text("README.md"), re.DOTALL)
    assert found is not None
    said = set(re.findall(r"\b\d\.\d+\b", found[1]))
    assert sorted({version.rpartition(".")[0] for version in locked("ansible-core")} - said) == []
