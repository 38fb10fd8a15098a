"""`version`."""

import click

from serein import __version__


@click.command()
def version() -> None:
    """Print the version."""
    click.echo(f"serein {__version__}")
