# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tools that the client programs are built with: which versions they need, and what a host has of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypedDict

from ..common.text import shown

Version = tuple[int, ...]


class Host(TypedDict):
    """What the module dax_client_host_info returns."""

    system: str
    root: bool
    region: str
    outputs: list[str | None]
    index_problem: str


class Tool(NamedTuple):
    """A tool of a language.

    :ivar command: what says its version.
    :ivar pattern: where in the output the version stands, as the first group.
    :ivar minimum: the oldest version that will do.
    :ivar name: what people call it.
    """

    command: tuple[str, ...]
    pattern: str
    minimum: Version
    name: str


# What a person is told to install, by language.
NEEDS = {
    "python": "Python 3.10 or newer",
    "nodejs": "Node.js 20 or newer with npm",
    "go": "Go 1.24 or newer",
    "java": "a JDK, 17 or newer, and Maven",
    "dotnet": "the .NET SDK, 8 or newer",
}
_NUMBER = r"([0-9]+(?:\.[0-9]+)*)"
# botocore decides on Python, go.mod on Go, the plugins in pom.xml on Maven.
_PYTHON = (3, 10)
_TOOLS: dict[str, tuple[Tool, ...]] = {
    "nodejs": (
        Tool(("node", "--version"), rf"^v{_NUMBER}", (20,), "Node.js"),
        Tool(("npm", "--version"), rf"^{_NUMBER}", (7,), "npm"),
    ),
    "go": (Tool(("go", "version"), rf"^go version go{_NUMBER}", (1, 24), "Go"),),
    "java": (
        Tool(("java", "-version"), rf'version "{_NUMBER}', (17,), "Java"),
        Tool(("mvn", "--version"), rf"^Apache Maven {_NUMBER}", (3, 6, 3), "Maven"),
        # Maven compiles with the JDK of JAVA_HOME, which may be another one.
        Tool(("mvn", "--version"), rf"^Java version: {_NUMBER}", (17,), "Maven's Java"),
    ),
    "dotnet": (Tool(("dotnet", "--version"), rf"^{_NUMBER}", (8,), ".NET SDK"),),
}
# The newest first; python3 may be any, and on Amazon Linux 2023 stays 3.9 for the life of that system.
# https://docs.aws.amazon.com/linux/al2023/ug/python.html
_PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python3")
_PYTHON_PATTERN = rf"^Python {_NUMBER}"

# What Amazon Linux 2023 calls them. https://docs.aws.amazon.com/linux/al2023/ug/
_AL2023 = "amzn 2023"
_PACKAGES = {
    "python": ("python3.11",),
    "nodejs": ("nodejs22", "nodejs22-npm"),
    "go": ("golang",),
    "java": ("java-17-amazon-corretto-devel", "maven-amazon-corretto17", "maven"),
    "dotnet": ("dotnet-sdk-8.0",),
}
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


class Found(NamedTuple):
    """What a host has.

    :ivar python: the Python to use; empty where none is needed or none fits.
    :ivar problems: a line for each language that cannot be built there.
    :ivar packages: what to install first, where that is wanted and possible.
    """

    python: str
    problems: list[str]
    packages: list[str]


def commands(languages: Sequence[str], python: str | None) -> list[list[str]]:
    """Return what to ask a host for these languages; the outputs are for :func:`judge`, in the same order.

    :param python: the Python that the user names; None to look for one.
    """
    asked: list[list[str]] = []
    for language in languages:
        if language == "python":
            for name in [python] if python else _PYTHONS:
                asked += [[name, "--version"], [name, "-c", "import ensurepip, venv; print('ok')"]]
        else:
            asked += [list(tool.command) for tool in _TOOLS[language]]
    return asked


def judge(languages: Sequence[str], python: str | None, host: Host, install_packages: bool) -> Found:
    """Return what a host has of the tools of these languages.

    :param host: what it answered to :func:`commands`.
    :param install_packages: whether what is missing may be installed first, with the system's package manager.
    """
    outputs = iter(host["outputs"])
    chosen = ""
    problems: list[str] = []
    packages: list[str] = []
    for language in languages:
        if language == "python":
            names = [python] if python else list(_PYTHONS)
            chosen, reasons = _python(names, [(next(outputs), next(outputs)) for _name in names])
        else:
            reasons = [reason for tool in _TOOLS[language] if (reason := _problem(tool, next(outputs)))]
        if not reasons:
            continue
        al2023, named = host["system"] == _AL2023, language == "python" and python
        if install_packages and al2023 and not named:
            packages += _PACKAGES[language]
            chosen = chosen or (_PACKAGES["python"][0] if language == "python" else "")
            continue
        cure = f"install {NEEDS[language]}"
        if al2023:
            cure = f"dnf install {' '.join(_PACKAGES[language])}"
            cure += ", and leave dax_client_python out" if named else ", or set dax_client_install_packages"
        elif install_packages:
            cure += ", which dax_client_install_packages does on Amazon Linux 2023 only"
        problems.append(
            f"dax_client_install: {'; '.join(dict.fromkeys(reasons))}; {cure}; or leave {language} out of "
            "dax_client_languages"
        )
    return Found(chosen, problems, packages)


def _problem(tool: Tool, output: str | None) -> str:
    """Return what is wrong with a tool, "" when it will do."""
    if output is None:
        return f"{tool.command[0]} is not on this host"
    text = _ESCAPE.sub("", output)
    match = re.search(tool.pattern, text, re.MULTILINE)
    if match is None:
        return f"{' '.join(tool.command)} tells no version: {shown(text)}"
    if _numbers(match[1]) < tool.minimum:
        return f"{tool.name} is {match[1]}, and {'.'.join(map(str, tool.minimum))} or newer is needed"
    return ""


def _python(names: Sequence[str], outputs: Sequence[tuple[str | None, str | None]]) -> tuple[str, list[str]]:
    """Return the first Python that will do, or why none does."""
    reasons = list(_python_problems(names, outputs))
    for name, reason in zip(names, reasons, strict=True):
        if not reason:
            return name, []
    there = [reason for reason, (version, _venv) in zip(reasons, outputs, strict=True) if version is not None]
    return "", there or [f"{names[-1]} is not on this host"]


def _python_problems(names: Sequence[str], outputs: Sequence[tuple[str | None, str | None]]) -> Iterator[str]:
    for name, (version, venv) in zip(names, outputs, strict=True):
        problem = _problem(Tool((name, "--version"), _PYTHON_PATTERN, _PYTHON, name), version)
        if not problem and (venv or "").splitlines()[-1:] != ["ok"]:
            problem = f"{name} lacks the modules ensurepip and venv (Debian and Ubuntu: {_venv_package(version)})"
        yield problem


def _venv_package(version: str | None) -> str:
    match = re.search(r"3\.[0-9]+", version or "")
    return f"python{match[0]}-venv" if match else "python3-venv"


def _numbers(text: str) -> Version:
    # int() refuses numbers of thousands of digits; no version has them.
    return tuple(int(part[:9]) for part in text.split("."))
