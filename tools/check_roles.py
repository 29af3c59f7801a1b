"""Hold the three places that tell of a role's variables to each other.

For every role: defaults/main.yml, the options of all entry points in meta/argument_specs.yml, and the tables of
README.md must have the same variables with the same defaults. A table counts if it has the columns ``Variable`` and
``Default``; a default is written as YAML between backticks, ``required`` for a required variable, ``–`` for one without
a default. A list or dictionary too long for a cell may be left to ``see defaults/main.yml``.

Usage: check_roles.py [ROLE_DIRECTORY...]; without one, all roles.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import yaml
from reports import ROOT

NOTHING = object()
REQUIRED = object()
ELSEWHERE = object()


def problems(role: Path) -> list[str]:
    """Return what does not fit, a line each, all beginning with the role's name."""
    files = [role / name for name in ("meta/argument_specs.yml", "README.md")]
    missing = [f"{role.name}: {path.relative_to(role)} is missing" for path in files if not path.is_file()]
    if missing:
        return missing
    # A role that takes no variable with a default needs no such file.
    given = role / "defaults/main.yml"
    defaults = (yaml.safe_load(given.read_text(encoding="utf-8")) if given.is_file() else None) or {}
    specs = yaml.safe_load(files[0].read_text(encoding="utf-8"))["argument_specs"]
    table = list(_rows(files[1].read_text(encoding="utf-8")))
    found = _defaults_in_specs(defaults, specs) + _specs_in_defaults(defaults, specs) + _table(defaults, specs, table)
    return [f"{role.name}: {line}" for line in found]


def _defaults_in_specs(defaults: dict[str, Any], specs: dict[str, Any]) -> list[str]:
    options = {name for spec in specs.values() for name in spec.get("options") or {}}
    return [
        f"{name}: in defaults/main.yml, in no entry point of argument_specs" for name in defaults if name not in options
    ]


def _specs_in_defaults(defaults: dict[str, Any], specs: dict[str, Any]) -> list[str]:
    found = []
    for entry, spec in specs.items():
        for name, option in (spec.get("options") or {}).items():
            where = f"{name}: entry point {entry}"
            if name in defaults and option.get("required"):
                found.append(f"{where}: required, but has a default in defaults/main.yml")
            elif name in defaults and "default" not in option:
                found.append(f"{where}: lacks the default {defaults[name]!r} of defaults/main.yml")
            elif name not in defaults and "default" in option:
                found.append(f"{where}: has the default {option['default']!r}, defaults/main.yml has none")
            elif name in defaults and not _same(option["default"], defaults[name]):
                found.append(f"{where}: default {option['default']!r}, in defaults/main.yml {defaults[name]!r}")
    return found


def _table(defaults: dict[str, Any], specs: dict[str, Any], table: list[tuple[str, str]]) -> list[str]:
    options: dict[str, bool] = {}
    for spec in specs.values():
        for name, option in (spec.get("options") or {}).items():
            options[name] = options.get(name, False) or bool(option.get("required"))
    named = [name for name, _ in table]
    found = [f"{name}: not in a table of README.md" for name in options if name not in named]
    found += [f"{name}: in README.md, in no entry point of argument_specs" for name in named if name not in options]
    found += [f"{name}: twice in the tables of README.md" for name in sorted(set(named)) if named.count(name) > 1]
    for name, cell in table:
        if name not in options:
            continue
        value = _value(cell, defaults.get(name))
        wanted = REQUIRED if options[name] else defaults.get(name, NOTHING)
        if value is ELSEWHERE:
            if not (isinstance(wanted, (list, dict)) and wanted):
                found.append(f"{name}: README.md must give the default, it is short")
        elif not _same(value, wanted):
            found.append(f"{name}: README.md says {cell or 'nothing'}, should be {_cell(wanted)}")
    return found


def _rows(text: str) -> list[tuple[str, str]]:
    """Return (variable, default cell) of every table that has the columns Variable and Default."""
    rows: list[tuple[str, str]] = []
    columns: list[str] | None = None
    for line in text.splitlines():
        if not line.lstrip().startswith("|"):
            columns = None
            continue
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if columns is None:
            columns = [cell.lower() for cell in cells]
        elif {"variable", "default"} <= set(columns) and not set(cells[0]) <= set(":- "):
            found = dict(zip(columns, cells, strict=False))
            rows.append((found["variable"].strip("`* "), found.get("default", "")))
    return rows


def _value(cell: str, default: Any) -> Any:
    """Return what a Default cell stands for; ``default`` tells a template from YAML that looks like it."""
    plain = cell.strip("*_ ")
    if plain.lower() in ("", "-", "–", "—", "none"):
        return NOTHING
    if plain.lower() == "required":
        return REQUIRED
    if "defaults/main.yml" in plain:
        return ELSEWHERE
    text = plain.strip("`").strip()
    if text == default:
        return default
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text


def _same(left: Any, right: Any) -> bool:
    """Equal, and of the same type: ``1`` is not ``true``."""
    return type(left) is type(right) and bool(left == right)


def _cell(value: Any) -> str:
    if value is NOTHING:
        return "–"
    if value is REQUIRED:
        return "required"
    if isinstance(value, str) and "{{" in value:
        return f"`{value}`"
    dumped = yaml.safe_dump(value, default_flow_style=True, width=10_000, sort_keys=False)
    return f"`{dumped.removesuffix('...' + chr(10)).strip()}`"


def main(arguments: list[str]) -> int:
    roles = [Path(argument) for argument in arguments] or sorted(p for p in (ROOT / "roles").iterdir() if p.is_dir())
    found = [line for role in roles for line in problems(role)]
    print("\n".join(found), end="\n" if found else "")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
