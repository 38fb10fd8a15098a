"""serverless-wsgi: the handler that adapts a WSGI application, in the packages of the functions that name it.

https://github.com/logandk/serverless-wsgi
"""

import json
from pathlib import Path
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.service import Function, Service

PLUGIN = "serverless-wsgi"
_HANDLER, _FORMER = "wsgi_handler.handler", "wsgi.handler"
_GUESTS = ("wsgi_handler.py", "serverless_wsgi.py")
_GUEST = Path(__file__).with_name("guest")
READ = frozenset({"app", "textMimeTypes"})
WITHOUT_EFFECT = {
    "packRequirements": "requirements.txt is installed always",
    "pipArgs": "custom.pythonRequirements.pipCmdExtraArgs is what counts",
    "pythonBin": "packages are installed for the Python of the runtime",
    "host": "the API is served by Serein",
    "port": "the API is served by Serein",
    "ssl": "the API is served by Serein",
}


def with_new_handler(service: Service) -> dict[str, Any]:
    """The configuration with the handler by its present name."""
    functions = {
        each.key: {**each.settings, "handler": _HANDLER} if each.settings.get("handler") == _FORMER else each.settings
        for each in service.functions
    }
    return {**service.document, "functions": functions}


def wsgi_files(service: Service, function: Function) -> dict[str, str]:
    """What a function's package gets. Raises TemplateInvalid when no application is named."""
    if PLUGIN not in service.plugins:
        return {}
    settings = service.custom.get("wsgi") or {}
    app = settings.get("app")
    if not app:
        if function.settings.get("handler") != _HANDLER:
            return {}
        raise TemplateInvalid(
            f"the function {function.key} is a WSGI application, and custom.wsgi.app doesn't say where."
        )
    if function.settings.get("module"):
        app = str(app).rpartition("/")[2]
    configured: dict[str, Any] = {"app": str(app)}
    if isinstance(settings.get("textMimeTypes"), list):
        configured["text_mime_types"] = settings["textMimeTypes"]
    return {**{name: (_GUEST / name).read_text() for name in _GUESTS}, ".serverless-wsgi": json.dumps(configured)}
