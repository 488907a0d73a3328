"""The directive `command-help`: what `chebtucker COMMAND --help` says, for every command."""

import argparse
import os
from unittest import mock

from docutils import nodes
from docutils.parsers.rst import Directive

from chebtucker.cli import _parser


def commands(parser):
    """Return the parsers of the subcommands by name."""
    actions = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    return {name: sub for action in actions for name, sub in action.choices.items()}


class CommandHelp(Directive):
    """A section for each command."""

    def run(self):
        sections = []
        with mock.patch.dict(os.environ, COLUMNS="84", NO_COLOR="1"):
            for name, parser in commands(_parser()).items():
                section = nodes.section(ids=[f"chebtucker-{name}"])
                text = parser.format_help()
                section += nodes.title(text=f"chebtucker {name}")
                section += nodes.literal_block(text, text, language="text")
                sections.append(section)
        return sections


def setup(app):
    app.add_directive("command-help", CommandHelp)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
