"""Services compiled from their text."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from serein.deploy.serverless.compilation import Compiled
from serein.deploy.serverless.project import Given, NoCloud, compile_project

HEADING = "service: shop\nprovider: {name: aws, runtime: python3.12}\n"


class Account(NoCloud):
    """An account in which nothing is asked for but its region."""

    region = "eu-west-1"


@pytest.fixture
def compiled(tmp_path: Path) -> Callable[..., Compiled]:
    """Compile a serverless.yml's text; what begins with `functions:` gets a heading."""

    def compile_text(text: str, **given: Any) -> Compiled:
        path = tmp_path / "serverless.yml"
        path.write_text(text if "service:" in text else HEADING + text)
        return compile_project(path, Given(**given), Account())

    return compile_text


@pytest.fixture
def resources(compiled: Callable[..., Compiled]) -> Callable[..., dict[str, Any]]:
    """The resources that a text comes to, without the deployment bucket."""

    def of(text: str, **given: Any) -> dict[str, Any]:
        template = compiled(text, **given).template
        return {
            name: made for name, made in template["Resources"].items() if not name.startswith("ServerlessDeployment")
        }

    return of
