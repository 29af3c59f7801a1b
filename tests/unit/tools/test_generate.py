# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/generate.py: what it writes for one small role, and what it reports of a wrong one."""

from __future__ import annotations

from pathlib import Path

import generate
import pytest

DEFAULTS = """\
---
# A comment that stays.

# One that goes.
web_gone: 1
"""
SPECS = """
argument_specs:
  main:
    options: &options
      web_cluster: {type: raw, required: true, description: The cluster of M(web.site.cluster).}
      web_prefix: {type: str, description: A prefix.}
      web_port: {type: int, default: 8111, description: [The port., 'More of it: a|b.']}
      web_state: {type: str, default: present, choices: [present, absent], description: V(present) or V(absent).}
      web_name: {type: str, default: "{{ web_prefix | default('x') }}", description: See O(web_prefix).}
      web_mode: {type: str, default: "0755", description: The mode.}
      web_empty: {type: str, default: "", description: Empty.}
      web_tags: {type: dict, default: {a: "1", b: [x]}, description: Tags.}
      web_zones: {type: list, elements: str, default: [a, "b, c", "true"], description: Zones.}
      web_dns: {type: bool, default: false, description: DNS.}
  verify:
    options:
      <<: *options
      web_write: {type: bool, default: true, description: 'Also C(write), as P(web.site.verify#role) does.'}
"""
README = """\
# web

<!-- variables: main -->
old
<!-- end -->

And for `verify`:

<!-- variables: verify -->
<!-- end -->

The end.
"""
WRITTEN_DEFAULTS = """\
---
# A comment that stays.
web_port: 8111
web_state: present
web_name: "{{ web_prefix | default('x') }}"
web_mode: "0755"
web_empty: ""
web_tags: {a: "1", b: [x]}
web_zones: [a, "b, c", "true"]
web_dns: false
web_write: true
"""
WRITTEN_README = """\
# web

<!-- variables: main -->

| Variable | Default | Meaning |
| --- | --- | --- |
| `web_cluster` | required | The cluster of web.site.cluster. |
| `web_prefix` | – | A prefix. |
| `web_port` | `8111` | The port. More of it: a\\|b. |
| `web_state` | `present` | `present` or `absent`. |
| `web_name` | `"{{ web_prefix \\| default('x') }}"` | See `web_prefix`. |
| `web_mode` | `"0755"` | The mode. |
| `web_empty` | `""` | Empty. |
| `web_tags` | `{a: "1", b: [x]}` | Tags. |
| `web_zones` | `[a, "b, c", "true"]` | Zones. |
| `web_dns` | `false` | DNS. |

<!-- end -->

And for `verify`:

<!-- variables: verify -->

| Variable | Default | Meaning |
| --- | --- | --- |
| `web_write` | `true` | Also `write`, as web.site.verify does. |

<!-- end -->

The end.
"""


def role(folder: Path, defaults: str | None = DEFAULTS, specs: str = SPECS, readme: str = README) -> Path:
    path = folder / "web"
    for name, text in (("defaults/main.yml", defaults), ("meta/argument_specs.yml", specs), ("README.md", readme)):
        if text is not None:
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_text(text, encoding="utf-8")
    return path


def test_the_roles_are_up_to_date() -> None:
    assert generate.main(["--check"]) == 0


def test_both_files_are_written_and_then_up_to_date(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = role(tmp_path)
    assert generate.main(["--check", str(made)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "web: defaults/main.yml is not up to date: run make generate",
        "web: README.md is not up to date: run make generate",
    ]
    assert (made / "README.md").read_text() == README
    assert generate.main([str(made)]) == 0
    assert (made / "defaults/main.yml").read_text() == WRITTEN_DEFAULTS
    assert (made / "README.md").read_text() == WRITTEN_README
    assert generate.main(["--check", str(made)]) == 0


def test_a_role_without_defaults_gets_them_and_one_without_presets_needs_none(tmp_path: Path) -> None:
    made = role(tmp_path, defaults=None)
    assert generate.main([str(made)]) == 0
    assert (made / "defaults/main.yml").read_text().splitlines()[:2] == ["---", "web_port: 8111"]
    specs = "argument_specs: {main: {options: {web_x: {type: str, required: true, description: X.}}}}"
    bare = role(tmp_path / "bare", None, specs, "<!-- variables: main -->\n<!-- end -->\n")
    assert generate.main([str(bare)]) == 0
    assert not (bare / "defaults").exists()


OTHER = "web_write: {type: bool, default: true"


@pytest.mark.parametrize(
    ("file", "old", "new", "reported"),
    [
        ("specs", "required: true,", "required: true, default: x,", "web_cluster: entry point main: required, but"),
        ("specs", OTHER, "web_port: {type: int, default: 1", "web_port: entry point verify: not required or preset"),
        ("specs", OTHER, "web_port: {type: int", "web_port: entry point verify: not required or preset"),
        ("specs", OTHER, "web_dns: {type: int, default: 0", "web_dns: entry point verify: not required or preset"),
        ("specs", ", description: Tags.", "", "web_tags: has no description"),
        ("specs", "V(present) or V(absent)", "V(present)", "web_state: its description leaves out the choices absent"),
        ("readme", "variables: verify", "variables: verity", "README.md has a table of entry point verity, which"),
        ("readme", "<!-- variables: verify -->", "", "web_write: in no table of README.md"),
    ],
)
def test_what_is_wrong_is_reported(tmp_path: Path, file: str, old: str, new: str, reported: str) -> None:
    texts = {"specs": SPECS, "readme": README}
    assert old in texts[file]
    texts[file] = texts[file].replace(old, new, 1)
    assert any(line.startswith(f"web: {reported}") for line in generate.problems(role(tmp_path, **texts)))


def test_what_is_wrong_is_reported_also_while_writing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = role(tmp_path, specs=SPECS.replace(", description: Tags.", ""))
    assert generate.main([str(made)]) == 1
    assert capsys.readouterr().err == "web: web_tags: has no description\n"
