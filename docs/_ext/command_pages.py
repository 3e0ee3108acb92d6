"""``{commands} NAME``: the reference of a command and of all below it, out of click itself.

What stands on the page is what ``--help`` prints: usage, text and options come from click's public
methods, so that options of our own kind (``--K 1 4 8``) read as they do there.
"""

import inspect
from collections.abc import Iterator

import click
from markdown import code, escaped
from sphinx.application import Sphinx

from simlab.cli import group
from simlab.errors import UsageError

WIDTH = {"terminal_width": 80, "max_content_width": 80}


def command_reference(name: str, app: Sphinx) -> str:
    """Return a section for a command and each of its subcommands; without a name, of ``simlab``."""
    context = click.Context(group, info_name="simlab", **group.context_settings)
    if not name:
        return "\n".join(_section(context))
    command = group.get_command(context, name)
    if command is None:
        raise UsageError(f"simlab has no command {name!r}")
    return "\n".join(_page(command, name, context, level=1))


def _page(command: click.Command, name: str, parent: click.Context, level: int) -> Iterator[str]:
    settings = {**command.context_settings, **WIDTH}
    context = click.Context(command, info_name=name, parent=parent, **settings)
    if level > 1:
        yield f"{'#' * level} {context.command_path}\n"
    yield from _section(context)
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found is not None
            yield from _page(found, child, context, level + 1)


def _section(context: click.Context) -> Iterator[str]:
    """Yield usage, help, options and epilog of one command."""
    command = context.command
    yield f"```text\n{_usage(context)}\n```\n"
    yield _prose(command.help or "")
    for param in command.get_params(context):
        record = param.get_help_record(context)
        if record and isinstance(param, click.Option):
            yield f"{code(record[0])}\n: {_help(record[1], param)}\n"
    yield _prose(command.epilog or "")


def _usage(context: click.Context) -> str:
    formatter = context.make_formatter()
    pieces = context.command.collect_usage_pieces(context)
    formatter.write_usage(context.command_path, " ".join(pieces), prefix="")
    return formatter.getvalue().strip()


def _help(text: str, option: click.Option) -> str:
    variable = f" Environment: {code(str(option.envvar))}." if option.envvar else ""
    return escaped(text) + variable


def _prose(text: str) -> str:
    """Return help as paragraphs; one that click does not wrap (after a backspace) as it stands."""
    parts = []
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b"):
            parts.append(f"```text\n{paragraph.strip(chr(8)).strip()}\n```")
        else:
            parts.append(escaped(paragraph))
    return "\n\n".join(parts) + "\n"
