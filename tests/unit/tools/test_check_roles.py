# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/check_roles.py: one sound role, and one way after the other to break it."""

from __future__ import annotations

from pathlib import Path

import check_roles
import pytest

DEFAULTS = """
web_port: 8111
web_state: present
web_name: "{{ web_prefix | default('x') }}"
web_tags: {}
web_zones: [a, b, c]
"""
SPECS = """
argument_specs:
  main:
    options:
      web_cluster: {type: str, required: true}
      web_prefix: {type: str}
      web_port: {type: int, default: 8111}
      web_state: {type: str, default: present}
      web_name: {type: str, default: "{{ web_prefix | default('x') }}"}
      web_tags: {type: dict, default: {}}
      web_zones: {type: list, elements: str, default: [a, b, c]}
  discover:
    options:
      web_cluster: {type: str, required: true}
      web_port: {type: int, default: 8111}
"""
README = """
# web

| Variable | Default | What it is |
|---|---|---|
| `web_cluster` | **required** | The cluster |
| `web_prefix` | – | A prefix |
| `web_port` | `8111` | The port |

More of them:

| Variable | Type | Default |
|:---|---|---|
| `web_state` | str | `present` |
| `web_name` | str | `{{ web_prefix \\| default('x') }}` |
| `web_tags` | dict | `{}` |
| `web_zones` | list | see `defaults/main.yml` |

| Other | Table |
|---|---|
| `nothing` | here |
"""


def role(tmp_path: Path, defaults: str = DEFAULTS, specs: str = SPECS, readme: str = README) -> Path:
    path = tmp_path / "web"
    for name, text in (("defaults/main.yml", defaults), ("meta/argument_specs.yml", specs), ("README.md", readme)):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text, encoding="utf-8")
    return path


def test_a_sound_role_has_no_problem(tmp_path: Path) -> None:
    assert check_roles.problems(role(tmp_path)) == []


@pytest.mark.parametrize("missing", ["meta/argument_specs.yml", "README.md"])
def test_a_missing_file_is_told(tmp_path: Path, missing: str) -> None:
    path = role(tmp_path)
    (path / missing).unlink()
    assert check_roles.problems(path) == [f"web: {missing} is missing"]


def test_defaults_may_be_missing_only_if_none_is_documented(tmp_path: Path) -> None:
    path = role(tmp_path)
    (path / "defaults/main.yml").unlink()
    assert (
        "web: web_state: entry point main: has the default 'present', defaults/main.yml has none"
        in check_roles.problems(path)
    )
    path = role(
        tmp_path,
        specs="argument_specs: {show: {options: {web_plan: {type: list, required: true}}}}",
        readme="| Variable | Default |\n|---|---|\n| `web_plan` | required |\n",
    )
    (path / "defaults/main.yml").unlink()
    assert check_roles.problems(path) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            "defaults",
            "web_port: 8111",
            "web_port: 9111",
            "web: web_port: entry point main: default 8111, in defaults/main.yml 9111",
        ),
        ("defaults", "web_port: 8111", "web_port: '8111'", "web_port: entry point discover: default 8111"),
        ("defaults", "web_tags: {}", "web_tags: {}\nweb_new: 1", "web_new: in defaults/main.yml, in no entry point"),
        ("defaults", "web_tags: {}", "", "web_tags: entry point main: has the default {}, defaults/main.yml has none"),
        (
            "defaults",
            "web_tags: {}",
            "web_tags: {}\nweb_cluster: x",
            "web_cluster: entry point main: required, but has a default",
        ),
        (
            "specs",
            "{type: str, default: present}",
            "{type: str}",
            "web_state: entry point main: lacks the default 'present'",
        ),
        (
            "specs",
            "{type: str, default: present}",
            "{type: str, default: absent}",
            "web_state: entry point main: default 'absent'",
        ),
        (
            "specs",
            "      web_prefix: {type: str}\n",
            "",
            "web_prefix: in README.md, in no entry point of argument_specs",
        ),
        ("specs", "web_prefix: {", "web_suffix: {", "web_suffix: not in a table of README.md"),
        ("readme", "| `8111` |", "| `8112` |", "web_port: README.md says `8112`, should be `8111`"),
        ("readme", "| `8111` |", "| `'8111'` |", "web_port: README.md says `'8111'`, should be `8111`"),
        ("readme", "| `8111` |", "| required |", "web_port: README.md says required, should be `8111`"),
        ("readme", "| **required** |", "| – |", "web_cluster: README.md says –, should be required"),
        ("readme", "| – | A prefix", "| `x` | A prefix", "web_prefix: README.md says `x`, should be –"),
        ("readme", "| `{}` |", "| see defaults/main.yml |", "web_tags: README.md must give the default, it is short"),
        ("readme", "| `{}` |", "| |", "web_tags: README.md says nothing, should be `{}`"),
        ("readme", "| `web_tags` |", "| `web_state` |", "web_state: twice in the tables of README.md"),
        ("readme", "default('x')", "default('y')", "web_name: README.md says"),
    ],
)
def test_a_difference_is_told(tmp_path: Path, file: str, old: str, new: str, told: str) -> None:
    texts = {"defaults": DEFAULTS, "specs": SPECS, "readme": README}
    assert old in texts[file]
    texts[file] = texts[file].replace(old, new, 1)
    assert any(told in line for line in check_roles.problems(role(tmp_path, **texts)))


def test_the_exit_code_and_the_output_tell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_roles.main([str(role(tmp_path))]) == 0
    assert capsys.readouterr().out == ""
    assert check_roles.main([str(role(tmp_path, readme=README.replace("`8111`", "`1`")))]) == 1
    assert capsys.readouterr().out == "web: web_port: README.md says `1`, should be `8111`\n"
