# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold the wings of module_utils apart: what decides knows nothing of AWS, what writes nothing of what decides."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
OWN = "ansible_collections.dax.cross_account."

# What the files of a wing may import of the collection. Writers read through ``facts`` what they compare and wait for.
MAY_IMPORT = {
    "module_utils.common": ("module_utils.common",),
    "module_utils.facts": ("module_utils.facts", "module_utils.common"),
    "module_utils.plan": ("module_utils.plan", "module_utils.common"),
    "module_utils.write": ("module_utils.write", "module_utils.facts", "module_utils.common"),
    "modules": ("module_utils.facts", "module_utils.write", "module_utils.common"),
}
# The only file of ``common`` that knows AWS and Ansible; all others are pure, and so are all of ``plan``.
AWS = "module_utils.common.aws"
IMPURE = ("ansible", "ansible_collections.amazon", "ansible_collections.community", "boto3", "botocore")


def name_of(path: Path) -> str:
    """Return the dotted name below ``plugins``, such as ``module_utils.plan.account_a.plan``."""
    return ".".join(path.relative_to(PLUGINS).with_suffix("").parts)


FILES = {name_of(path): path for wing in ("module_utils", "modules") for path in sorted((PLUGINS / wing).rglob("*.py"))}


def imports(name: str, path: Path) -> Iterator[str]:
    """Yield the full names of what a file imports anywhere in it, of ``from a import b`` both ``a`` and ``a.b``."""
    package = f"{OWN}plugins.{name}".split(".")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: -node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def lies_in(name: str, *parents: str) -> bool:
    return any(name == parent or name.startswith(f"{parent}.") for parent in parents)


def is_parent(name: str, children: tuple[str, ...]) -> bool:
    return any(child.startswith(f"{name}.") for child in children)


def own_imports(name: str) -> list[str]:
    """Return what a file imports of the collection, without the packages on the way to it."""
    found = [item.removeprefix(f"{OWN}plugins.") for item in imports(name, FILES[name]) if lies_in(item, OWN[:-1])]
    return [item for item in found if not is_parent(item, tuple(found))]


@pytest.mark.parametrize("name", FILES)
def test_a_wing_imports_only_what_it_may(name: str) -> None:
    [allowed] = [wings for wing, wings in MAY_IMPORT.items() if lies_in(name, wing)]
    assert [item for item in own_imports(name) if not lies_in(item, *allowed)] == []


PURE = {
    "common": [name for name in FILES if lies_in(name, "module_utils.common") and name != AWS],
    "plan": [name for name in FILES if lies_in(name, "module_utils.plan")],
}


@pytest.mark.parametrize("name", [*PURE["common"], *PURE["plan"]])
def test_what_is_pure_imports_neither_aws_nor_ansible(name: str) -> None:
    found = list(imports(name, FILES[name]))
    assert [item for item in found if lies_in(item, *IMPURE, f"{OWN}plugins.{AWS}", f"{OWN}tests")] == []


@pytest.mark.parametrize("wing", PURE)
def test_a_pure_wing_loads_neither_aws_nor_ansible(wing: str) -> None:
    """In a process of its own, since this one has loaded everything."""
    lines = ["import importlib, sys", *(f"importlib.import_module({OWN + 'plugins.' + name!r})" for name in PURE[wing])]
    code = "\n".join([*lines, "print('\\n'.join(sys.modules))"])
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "collections")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = done.stdout.split()
    assert f"{OWN}plugins.{PURE[wing][0]}" in loaded
    assert [name for name in loaded if lies_in(name, *IMPURE)] == []
