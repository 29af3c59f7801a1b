# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The imports between the emulator's modules: one way between rooms, no circle, none hidden in a function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import dax_emulator
from dax_emulator import ROOMS

PACKAGE = "dax_emulator"
ROOT = Path(dax_emulator.__path__[0])
# Modules that may import inside functions, and why.
LATE = {
    "dax_emulator.plugins": "LocalStack imports it to look for entry points; its own patches come before the rest",
}


def sources() -> dict[str, str]:
    """Every module's source by its full name; a package goes by its own name."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = (PACKAGE, *path.relative_to(ROOT).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text()
    return found


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def imported(name: str, source: str, names: set[str], late: bool = False) -> set[str]:
    """The modules of `names` that a module imports, or with `late` only those that it imports inside a function.

    Importing a module runs the packages around it too: they count, but for those that the importing module is in.
    """
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    found: set[str] = set()
    for node in (inner for function in functions for inner in ast.walk(function)) if late else ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}, line {node.lineno}: write imports in full"
            found.add(node.module or "")
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    found = {target for target in found if target in names}
    around = {package for target in found for package in packages(target) if not within(name, package)}
    return {target for target in found | around if not within(name, target)}


def packages(name: str) -> Iterator[str]:
    """The packages around a module, itself included, without the outermost: it imports nothing."""
    parts = name.split(".")
    return (".".join(parts[:length]) for length in range(2, len(parts) + 1))


def graph(modules: dict[str, str]) -> dict[str, set[str]]:
    return {name: imported(name, source, set(modules)) for name, source in modules.items()}


def circle(imports: dict[str, set[str]]) -> list[str]:
    """The modules of a circle, the first of them at the end too; [] if there is none."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def room_of(name: str) -> str | None:
    """The room of a module, None for one at the top level."""
    return name.split(".")[1] if name.split(".")[1:2] and name.split(".")[1] in ROOMS else None


def wrong_ways(imports: dict[str, set[str]]) -> list[str]:
    """The imports that `ROOMS` does not allow."""
    return [
        f"{name} imports {target}"
        for name, targets in imports.items()
        for target in sorted(targets)
        if (room := room_of(name)) is not None and room_of(target) not in (room, *ROOMS[room])
    ]


def hidden(modules: dict[str, str]) -> list[str]:
    """The modules that import others inside a function without a reason in `LATE`, or by a name that is computed."""
    return [
        name
        for name, source in modules.items()
        if name not in LATE and ("importlib" in source or imported(name, source, set(modules), late=True))
    ]


def test_the_rooms_are_those_that_are_there() -> None:
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} == set(ROOMS)
    assert {path.stem for path in ROOT.glob("*.py")} == {"__init__", "cli", "plugins"}


def test_a_room_imports_only_rooms_above_it() -> None:
    above: list[str] = []
    for room, others in ROOMS.items():
        assert set(others) <= set(above), room
        above.append(room)


def test_imports_run_one_way() -> None:
    assert wrong_ways(graph(sources())) == []


def test_no_room_names_another_in_vain() -> None:
    used = {(room_of(name), room_of(target)) for name, targets in graph(sources()).items() for target in targets}
    assert [(room, other) for room, others in ROOMS.items() for other in others if (room, other) not in used] == []


def test_there_is_no_circle() -> None:
    assert circle(graph(sources())) == []


def test_no_import_hides_in_a_function() -> None:
    modules = sources()
    assert hidden(modules) == []
    assert [name for name in LATE if not imported(name, modules[name], set(modules), late=True)] == []


def test_the_data_plane_by_itself_needs_policies_alone() -> None:
    imports = graph(sources())
    reached: set[str] = set()
    waiting = {"dax_emulator.dataplane.__main__"}
    while waiting:
        reached |= waiting
        waiting = {target for name in waiting for target in imports[name]} - reached
    assert {name for name in reached if room_of(name) != "dataplane"} == {
        "dax_emulator.access",
        "dax_emulator.access.policy",
    }
    assert not {"dax_emulator.dataplane.integration", "dax_emulator.dataplane.moto_store"} & reached


@pytest.mark.parametrize(
    ("room", "line", "wrong", "late"),
    [
        ("base", "from dax_emulator.dax import store", True, False),
        ("base", "import dax_emulator.dax.store", True, False),
        ("base", "def f():\n    from dax_emulator.dax import store", True, True),
        ("dax", "if TYPE_CHECKING:\n    from dax_emulator.ec2 import network", True, False),
        ("dax", "from dax_emulator.plugins import install", True, False),
        ("iam", "import importlib", False, True),
        ("iam", "async def f():\n    from dax_emulator.access import policy", False, True),
        ("iam", "from dax_emulator.access import policy", False, False),
        ("iam", "from dax_emulator import __version__", False, False),
    ],
)
def test_what_is_wrong_is_found(room: str, line: str, wrong: bool, late: bool) -> None:
    name = f"dax_emulator.{room}.made_up"
    modules = {**sources(), name: line}
    assert any(found.startswith(f"{name} ") for found in wrong_ways(graph(modules))) == wrong
    assert (name in hidden(modules)) == late


def test_circles_are_found() -> None:
    modules = {
        "dax_emulator": "",
        "dax_emulator.base": "",
        "dax_emulator.base.one": "from dax_emulator.base import two",
        "dax_emulator.base.two": "def f():\n    from dax_emulator.dax.three import g",
        "dax_emulator.dax": "from dax_emulator.base.one import h",
        "dax_emulator.dax.three": "",
    }
    found = circle(graph(modules))
    assert found[0] == found[-1]
    assert set(found) == {"dax_emulator.base.one", "dax_emulator.base.two", "dax_emulator.dax"}
