# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tools of each language: fitting, too old, missing, not to be understood."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.dax.cross_account.plugins.module_utils.plan import tools
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

AL2023, OTHER = "amzn 2023", "debian 12"
MAVEN = (
    "\x1b[1mApache Maven {maven}\x1b[m\nMaven home: /usr/share/maven\nJava version: {java}, vendor: X\nOS name: linux"
)
JAVA = 'openjdk version "{java}" 2025-04-15\nOpenJDK Runtime Environment'
CLIENT: Path = build.ROLES / "dax_client"


def java(runtime: str = "17.0.15", maven: str = "3.8.7", compiler: str = "17.0.15") -> list[str | None]:
    said = MAVEN.format(maven=maven, java=compiler)
    return [JAVA.format(java=runtime), said, said]


# Language: what its tools say, and what of it is too old ("" for a host that will do).
CASES: list[tuple[str, list[str | None], str]] = [
    ("nodejs", ["v20.20.2", "10.8.2"], ""),
    ("nodejs", ["v22.0.0", "11.19.1"], ""),
    ("nodejs", ["v18.20.4", "10.7.0"], "Node.js is 18.20.4, and 20 or newer is needed"),
    ("nodejs", ["v20.20.2", "6.14.18"], "npm is 6.14.18, and 7 or newer is needed"),
    ("nodejs", [None, None], "node is not on this host; npm is not on this host"),
    ("nodejs", ["v20.20.2", None], "npm is not on this host"),
    ("nodejs", ["node: symbol lookup error", "10.8.2"], "node --version tells no version: 'node: symbol lookup error'"),
    ("go", ["go version go1.24 linux/amd64"], ""),
    ("go", ["go version go1.26.8 linux/arm64"], ""),
    ("go", ["go version go1.9.7 linux/amd64"], "Go is 1.9.7, and 1.24 or newer is needed"),
    ("go", ["go version go1.22.12 linux/amd64"], "Go is 1.22.12, and 1.24 or newer is needed"),
    ("go", [None], "go is not on this host"),
    ("go", ["go: cannot find GOROOT directory"], "go version tells no version"),
    ("java", java(), ""),
    ("java", java("21.0.7", "3.9.9", "21.0.7"), ""),
    ("java", java("25", "4.0.0-rc-5", "25"), ""),
    ("java", java("1.8.0_452"), "Java is 1.8.0, and 17 or newer is needed"),
    ("java", java("11.0.27"), "Java is 11.0.27, and 17 or newer is needed"),
    ("java", java(maven="3.0.5"), "Maven is 3.0.5, and 3.6.3 or newer is needed"),
    ("java", java(compiler="1.8.0_452"), "Maven's Java is 1.8.0, and 17 or newer is needed"),
    ("java", [JAVA.format(java="17"), None, None], "mvn is not on this host"),
    ("java", [None, None, None], "java is not on this host; mvn is not on this host"),
    ("java", ["Error: could not open `jvm.cfg'", *java()[1:]], "java -version tells no version"),
    ("java", [java()[0], "JAVA_HOME is not defined correctly", "JAVA_HOME is not defined correctly"], "mvn --version"),
    ("dotnet", ["8.0.100"], ""),
    ("dotnet", ["10.0.100-rc.1"], ""),
    ("dotnet", ["6.0.428"], ".NET SDK is 6.0.428, and 8 or newer is needed"),
    ("dotnet", ["The command could not be loaded\n\nNo .NET SDKs were found."], "dotnet --version tells no version"),
    ("dotnet", [None], "dotnet is not on this host"),
    *((language, ["1" * 5000] * count, "tells no version") for language, count in (("go", 1), ("java", 3))),
]
PACKAGES = {
    "python": "python3.11",
    "nodejs": "nodejs22 nodejs22-npm",
    "go": "golang",
    "java": "java-17-amazon-corretto-devel maven-amazon-corretto17 maven",
    "dotnet": "dotnet-sdk-8.0",
}


def judged(
    languages: list[str],
    outputs: list[str | None],
    system: str = OTHER,
    install: bool = False,
    python: str | None = None,
) -> tools.Found:
    host: tools.Host = {"system": system, "root": False, "region": "", "outputs": outputs, "index_problem": ""}
    assert len(tools.commands(languages, python)) == len(outputs)
    return tools.judge(languages, python, host, install)


@pytest.mark.parametrize(("language", "outputs", "says"), CASES, ids=lambda value: str(value)[:30])
def test_the_tools_of_a_language(language: str, outputs: list[str | None], says: str) -> None:
    found = judged([language], outputs)
    assert (found.python, found.packages) == ("", [])
    assert len(found.problems) == bool(says)
    for line in found.problems:
        assert line.startswith("dax_client_install: ") and says in line
        assert line.endswith(f"; install {tools.NEEDS[language]}; or leave {language} out of dax_client_languages")
        assert line.isprintable() and len(line) < 500


@pytest.mark.parametrize(
    ("language", "outputs", "says"), [case for case in CASES if case[2]], ids=lambda v: str(v)[:30]
)
def test_amazon_linux_2023_names_its_packages_or_gets_them(language: str, outputs: list[str | None], says: str) -> None:
    [line] = judged([language], outputs, AL2023).problems
    assert f"; dnf install {PACKAGES[language]}, or set dax_client_install_packages; " in line
    assert judged([language], outputs, AL2023, install=True) == ("", [], PACKAGES[language].split())
    [line] = judged([language], outputs, OTHER, install=True).problems
    assert "which dax_client_install_packages does on Amazon Linux 2023 only" in line


# What python3.14, 3.13, 3.12, 3.11, 3.10 and python3 say, and which one is taken.
NO: tuple[None, None] = (None, None)
PYTHONS: list[Any] = [
    pytest.param([NO, NO, NO, ("Python 3.11.13", "ok"), NO, ("Python 3.9.25", "ok")], "python3.11", id="Amazon Linux"),
    pytest.param([NO, NO, NO, NO, NO, ("Python 3.12.3", "ok")], "python3", id="python3 will do"),
    pytest.param([("Python 3.14.0", "ok"), NO, NO, NO, NO, ("Python 3.10.1", "ok")], "python3.14", id="the newest"),
    pytest.param(
        [NO, ("pyenv: python3.13: command not found", "pyenv"), ("Python 3.12.1", "ok"), NO, NO, NO],
        "python3.12",
        id="one that only seems to be there",
    ),
    pytest.param(
        [NO, NO, NO, ("Python 3.11.2", "No module named 'ensurepip'"), ("Python 3.10.1", "warning\nok"), NO],
        "python3.10",
        id="one without venv",
    ),
]
UNFIT: list[Any] = [
    pytest.param(
        [NO, NO, NO, NO, NO, ("Python 3.9.25", "ok")], "python3 is 3.9.25, and 3.10 or newer is needed", id="too old"
    ),
    pytest.param([NO] * 6, "python3 is not on this host", id="none"),
    pytest.param([NO, NO, NO, NO, NO, ("Segmentation fault", "")], "python3 --version tells no version", id="broken"),
    pytest.param([NO, NO, NO, NO, NO, ("Python 2.7.18", "")], "python3 is 2.7.18", id="much too old"),
    pytest.param(
        [NO, NO, NO, NO, NO, ("Python 3.11.2", "No module named 'ensurepip'")],
        "python3 lacks the modules ensurepip and venv (Debian and Ubuntu: python3.11-venv)",
        id="Debian without venv",
    ),
]


def flat(outputs: list[Any]) -> list[str | None]:
    return [each for pair in outputs for each in pair]


@pytest.mark.parametrize(("outputs", "chosen"), PYTHONS)
def test_the_first_python_that_fits(outputs: list[Any], chosen: str) -> None:
    assert judged(["python"], flat(outputs)) == (chosen, [], [])


@pytest.mark.parametrize(("outputs", "says"), UNFIT)
def test_no_python_fits(outputs: list[Any], says: str) -> None:
    [line] = judged(["python"], flat(outputs), AL2023).problems
    assert line.startswith(f"dax_client_install: {says}")
    assert "; dnf install python3.11, or set dax_client_install_packages; " in line
    assert judged(["python"], flat(outputs), AL2023, install=True) == ("python3.11", [], ["python3.11"])


@pytest.mark.parametrize("install", [False, True])
def test_a_python_that_is_named_is_the_only_one(install: bool) -> None:
    assert judged(["python"], ["Python 3.10.1", "ok"], python="/opt/py").python == "/opt/py"
    [line] = judged(["python"], ["Python 3.9.25", "ok"], AL2023, install, python="/usr/bin/python3").problems
    assert line.startswith("dax_client_install: /usr/bin/python3 is 3.9.25")
    assert "; dnf install python3.11, and leave dax_client_python out; " in line


def test_every_language_is_judged_by_its_own_output() -> None:
    outputs = ["v18.0.0", "9.0.0", *flat(PYTHONS[0].values[0]), "go version go1.20 linux/amd64"]
    found = judged(["nodejs", "python", "go"], outputs)
    assert found.python == "python3.11"
    assert [line.split(", ")[0] for line in found.problems] == [
        "dax_client_install: Node.js is 18.0.0",
        "dax_client_install: Go is 1.20",
    ]


def test_the_role_needs_what_its_build_files_need() -> None:
    """Each lower limit stands once more where the build tool looks for it."""
    assert "go 1.24\n" in (CLIENT / "files/go/go.mod").read_text()
    assert "<maven.compiler.release>17<" in (CLIENT / "files/java/pom.xml").read_text()
    assert "net8.0" in (CLIENT / "files/dotnet/DaxClient.csproj").read_text()
    assert '"node": ">=20' in (CLIENT / "files/nodejs/package.json").read_text()
    assert "# Python 3.10 or newer\n" in (CLIENT / "files/python/requirements.txt").read_text()
    variables = yaml.safe_load((CLIENT / "vars/main.yml").read_text())
    assert set(variables["__dax_client_programs"]) == set(tools.NEEDS) == set(PACKAGES)
