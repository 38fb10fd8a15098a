"""What users can set, call and type is documented, and generated pages are current."""

import re
from dataclasses import fields
from pathlib import Path

import click

from scripts import command_line
from scripts.operations import PAGE, write_page
from serein.cli.main import main
from serein.settings import Settings
from serein.wire.admin import _ROUTES

ROOT = Path(__file__).parents[2]


def test_the_page_of_operations_is_what_the_code_says() -> None:
    assert PAGE.read_text() == write_page(), "run `make docs`"


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    for field in fields(Settings):
        assert f"`SEREIN_{field.name.upper()}`" in page, field.name


def test_every_admin_page_is_documented() -> None:
    page = (ROOT / "docs" / "testing.md").read_text()
    for name, (method, _) in _ROUTES.items():
        assert f"`{method} /_serein/{name}`" in page, name


def test_every_command_is_on_the_page_of_commands_with_help_for_each_option() -> None:
    assert command_line.PAGE.read_text() == command_line.write_page(), "run `make docs`"
    assert isinstance(main, click.Group)
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        assert command.help, name
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                assert parameter.help, f"{name} {parameter.opts[0]}"


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("README.md")]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
