"""Sphinx's configuration for the documentation's site. tools/docs_site.py puts it beside the pages as conf.py."""

from __future__ import annotations

import os
import re
from typing import Any

from docutils import nodes
from pygments.lexers.special import TextLexer

project = "dax.cross_account"
author = "dax.cross_account contributors"
project_copyright = author
version = release = os.environ["DAX_DOCS_VERSION"]
html_title = f"{project} {release}"

extensions = ["myst_parser", "sphinx_antsibull_ext"]
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}
root_doc = "index"
# A page that no table of contents has is one that others link to; that it can be reached is checked on the built site.
suppress_warnings = ["toc.not_included"]
highlight_language = "YAML+Jinja"

# Headings have the anchors that GitHub gives them, so that one link serves both.
myst_heading_anchors = 4
myst_url_schemes = {"https": None}

# Dark or light as the reader's system is, with a switch.
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False

ANSIBLE = "https://docs.ansible.com/ansible/latest"
# Labels of Ansible's own documentation that antsibull-docs refers to. Looked up here, since its inventory of labels is
# on the internet and a site has to be built without.
LABELS = {
    "action_plugins": f"{ANSIBLE}/plugins/action.html",
    "ansible_configuration_settings": f"{ANSIBLE}/reference_appendices/config.html",
    "common_return_values": f"{ANSIBLE}/reference_appendices/common_return_values.html",
}
PLUGIN = re.compile(r"ansible_collections\.(?P<namespace>\w+)\.(?P<name>\w+)\.(?P<page>\w+_(?:module|role|filter))$")


def ansible_page(app: Any, env: Any, node: Any, content: Any) -> nodes.reference | None:
    """Lead a reference to another collection, or to Ansible itself, to its page on docs.ansible.com.

    :returns: None for every other one, which is then a warning, and so an error.
    """
    target = str(node.get("reftarget", ""))
    found = PLUGIN.match(target)
    if found and (found["namespace"], found["name"]) != ("dax", "cross_account"):
        address = f"{ANSIBLE}/collections/{found['namespace']}/{found['name']}/{found['page']}.html"
    elif target in LABELS:
        address = LABELS[target]
    else:
        return None
    return nodes.reference("", "", content, internal=False, refuri=address)


def setup(app: Any) -> dict[str, bool]:
    # What draws it would come from the internet: diagrams are shown as the text that they are written in.
    app.add_lexer("mermaid", TextLexer)
    app.connect("missing-reference", ansible_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
