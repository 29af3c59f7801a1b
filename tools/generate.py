"""Write what follows from each role's meta/argument_specs.yml: defaults/main.yml and the tables of README.md; and
docs/troubleshooting.md, from the doctor's checks.

A README says where a table stands, and of which entry point::

    <!-- variables: main -->
    <!-- end -->

A table has the variables of that entry point that no table above it has. defaults/main.yml keeps the comment that it
begins with.

Usage: generate.py [--check] [ROLE_DIRECTORY...]; without a directory, all roles. With --check nothing is written: what
is not up to date is reported. What is wrong with the specs themselves is reported in both cases.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import troubleshooting
import yaml
from reports import ROOT

Options = dict[str, dict[str, Any]]

BLOCK = re.compile(r"<!-- variables: (?P<entry>\w+) -->\n.*?<!-- end -->", re.DOTALL)
HEAD = ("| Variable | Default | Meaning |", "| --- | --- | --- |")
# Ansible's markup: https://docs.ansible.com/ansible/latest/dev_guide/ansible_markup.html
CODE = re.compile(r"\b(?:C|V|O|RV|E)\(([^)]*)\)")
NAME = re.compile(r"\b(?:M|P)\(([^)#]*)(?:#\w+)?\)")


def entries(role: Path) -> dict[str, Options]:
    """Return the options of each entry point."""
    specs = yaml.safe_load((role / "meta/argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    return {entry: spec.get("options") or {} for entry, spec in specs.items()}


def problems(role: Path) -> list[str]:
    """Return what is wrong with what the files are made from."""
    specs = entries(role)
    found: list[str] = []
    first: Options = {}
    for entry, options in specs.items():
        for name, option in options.items():
            if option.get("required") and "default" in option:
                found.append(f"{name}: entry point {entry}: required, but has a default")
            known = first.setdefault(name, option)
            if any(_differs(known, option, key) for key in ("default", "required")):
                found.append(f"{name}: entry point {entry}: not required or preset as in the entry points before it")
    for name, option in first.items():
        text = meaning(option)
        if not text:
            found.append(f"{name}: has no description")
        left_out = [choice for choice in option.get("choices") or [] if f"`{choice}`" not in text]
        if left_out:
            found.append(f"{name}: its description leaves out the choices {', '.join(map(str, left_out))}")
    blocks = [block["entry"] for block in BLOCK.finditer((role / "README.md").read_text(encoding="utf-8"))]
    found += [f"README.md has a table of entry point {entry}, which there is not" for entry in {*blocks} - {*specs}]
    shown = {name for entry in blocks for name in specs.get(entry, {})}
    found += [
        f"{name}: in no table of README.md, which needs the line <!-- variables: ENTRY POINT -->"
        for name in first
        if name not in shown
    ]
    return [f"{role.name}: {line}" for line in found]


def _differs(one: dict[str, Any], other: dict[str, Any], key: str) -> bool:
    """``1`` and ``true`` differ, though they are equal in Python."""
    return json.dumps(one.get(key)) != json.dumps(other.get(key)) or (key in one) != (key in other)


def generated(role: Path) -> Iterator[tuple[Path, str]]:
    """Yield each file that follows from the specs, with what it has to hold."""
    specs = entries(role)
    defaults = {
        name: option["default"] for options in specs.values() for name, option in options.items() if "default" in option
    }
    path = role / "defaults/main.yml"
    if defaults or path.exists():
        yield path, "".join([comment(path), *(f"{name}: {written(value)}\n" for name, value in defaults.items())])
    readme = role / "README.md"
    shown: set[str] = set()

    def table(block: re.Match[str]) -> str:
        options = {name: option for name, option in specs.get(block["entry"], {}).items() if name not in shown}
        shown.update(options)
        rows = (f"| `{name}` | {preset(option)} | {cell(meaning(option))} |" for name, option in options.items())
        return "\n".join([f"<!-- variables: {block['entry']} -->", "", *HEAD, *rows, "", "<!-- end -->"])

    yield readme, BLOCK.sub(table, readme.read_text(encoding="utf-8"))


def comment(path: Path) -> str:
    """Return the lines that a file of defaults begins with: the start of the document, and comments."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else ["---\n"]
    end = next((number for number, line in enumerate(lines) if not line.startswith(("---", "#"))), len(lines))
    return "".join(lines[:end])


def meaning(option: dict[str, Any]) -> str:
    """Return an option's description in Markdown."""
    given = option.get("description") or ""
    text = " ".join(given if isinstance(given, list) else [given]).strip()
    return NAME.sub(r"\1", CODE.sub(r"`\1`", text))


def preset(option: dict[str, Any]) -> str:
    if option.get("required"):
        return "required"
    return f"`{cell(written(option['default']))}`" if "default" in option else "–"


def written(value: Any) -> str:
    """Return a value as YAML in one line."""
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{written(key)}: {written(item)}' for key, item in value.items())}}}"
    if isinstance(value, str):
        return value if _is_plain(value) else json.dumps(value, ensure_ascii=False)
    return json.dumps(value)


def _is_plain(text: str) -> bool:
    """Tell whether YAML reads a text as itself without quotes, also within a list or dictionary."""
    try:
        return bool(yaml.safe_load(f"[{text}]") == [text])
    except yaml.YAMLError:
        return False


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def main(arguments: list[str]) -> int:
    check = "--check" in arguments
    given = [Path(argument) for argument in arguments if argument != "--check"]
    found: list[str] = []
    if not given:
        path, text = troubleshooting.generated()
        if path.read_text(encoding="utf-8") != text:
            if check:
                found.append(f"{path.relative_to(ROOT)} is not up to date: run make generate")
            else:
                path.write_text(text, encoding="utf-8")
    for role in given or sorted(path for path in (ROOT / "roles").iterdir() if path.is_dir()):
        found += problems(role)
        for path, text in generated(role):
            if path.exists() and path.read_text(encoding="utf-8") == text:
                continue
            if check:
                found.append(f"{role.name}: {path.relative_to(role)} is not up to date: run make generate")
            else:
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
    print("\n".join(found), end="\n" if found else "", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
