# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples in which every text that may come from outside is a hostile one."""

from __future__ import annotations

from typing import Any

from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor import samples

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "attribute": '"><img src=x onerror=alert(1)>',
    "single_quote": "' onmouseover='alert(1)",
    "address": "javascript:alert(1)",
    "end_of_style": "</style><style>*{display:none}</style>",
    "end_of_script": "</script><script>alert(1)//",
    "end_of_cdata": "]]>&lt;b&gt;",
    "comment": "<!-- --><!DOCTYPE x [<!ENTITY e 'x'>]>&e;",
    "template": "{{ lookup('pipe', 'id') }}{% raw %}",
    "terminal": "\x1b[2J\x1b]0;owned\x07\x9b31m",
    "control": "a\x00b\x08c\x7fd\r\ne\x85f\u2028g",
    "direction": "\u202egpj.exe\u2066\u200b\ufeff",
    "no_characters": "\ud800\ufffe\uffff",
    "shell": "$(touch x)`touch y`'; touch z; '",
    "long": "x" * 700,
    "many_words": "a b " * 200,
    "not_latin": "заказы 注文 🎉",
}

# What is ours, and is looked at by the code.
_OURS = {"check", "link", "verdict", "where", "kind", "side", "id", "number", "title", "read_at"}


def poisoned(value: Any, text: str, key: str = "") -> Any:
    """Return data with a text after each text that may come from outside, keys of evidence included."""
    if isinstance(value, dict):
        if key == "evidence":
            return {name + text: poisoned(item, text) for name, item in value.items()}
        return {name: poisoned(item, text, name) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [poisoned(item, text, key) for item in value]
    return value + text if isinstance(value, str) and key not in _OURS else value


def poisoned_sample(text: str) -> dict[str, Any]:
    """Return the arguments of a report in which everything has the text in it."""
    b = poisoned(samples.facts_b(), text)
    pairs = [poisoned(samples.pair(kind), text) for kind in samples.KINDS]
    for pair in pairs:
        # As the facts have it, so that it is drawn.
        pair["consumer"] = f"{b['identity']['account_id']}/{b['name']}"
    a = poisoned(samples.facts_a(vpc=samples.problem("refused")), text)
    return {
        "diagnoses": pairs,
        "a": a,
        "b": [b],
        "plans": poisoned(samples.plans(), text),
        "documents": poisoned(samples.documents(), text),
    }


def hostile_sample() -> dict[str, Any]:
    """Return the arguments of one report that has all the texts in it, a pair for each."""
    made = [poisoned_sample(text) for text in HOSTILE.values()]
    broken = list(samples.KINDS).index("broken")
    return {
        "diagnoses": [item["diagnoses"][broken] for item in made],
        "a": made[0]["a"],
        **{key: [part for item in made for part in item[key]] for key in ("b", "plans", "documents")},
    }
