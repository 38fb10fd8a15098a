"""The handler of functions that are WSGI applications; `.serverless-wsgi` beside it says where the application is."""

import contextlib
import importlib
import json
import sys
from pathlib import Path

with contextlib.suppress(ImportError):
    import unzip_requirements  # noqa: F401

import serverless_wsgi

_FOLDER = Path(__file__).resolve().parent


def _find_app(path):
    """The application at `folder/module.name`."""
    module, _, name = path.rpartition(".")
    folder, _, module = module.rpartition("/")
    if folder:
        sys.path.insert(0, str(_FOLDER / folder))
    return getattr(importlib.import_module(module), name)


_settings = json.loads((_FOLDER / ".serverless-wsgi").read_text())
serverless_wsgi.TEXT_MIME_TYPES.extend(_settings.get("text_mime_types") or [])
_app = _find_app(_settings["app"])


def handler(event, context):
    return serverless_wsgi.handle_request(_app, event, context)
