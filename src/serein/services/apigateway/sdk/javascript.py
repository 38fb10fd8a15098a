"""JavaScript clients: one file with a function for each method, and a page that says how they are called."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

_VARIABLE = re.compile(r"\{([^}+]+)\+?\}")
_FOLDER = "apiGateway-js-sdk"
_EARLIEST = (1980, 1, 1, 0, 0, 0)


def javascript_sdk(snapshot: dict[str, Any], invoke_url: str, region: str) -> bytes:
    """A zip with the client of a deployment's snapshot."""
    methods = _methods(snapshot)
    template = Path(__file__).with_name("client.js").read_text()
    client = (
        template.replace("@INVOKE_URL@", invoke_url)
        .replace("@REGION@", region)
        .replace("@METHODS@", json.dumps(methods, indent=2))
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (("apigClient.js", client), ("README.md", _readme(methods))):
            archive.writestr(zipfile.ZipInfo(f"{_FOLDER}/{name}", _EARLIEST), text, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _methods(snapshot: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for resource in sorted(snapshot["resources"], key=lambda resource: str(resource["path"])):
        for verb, method in sorted(resource.get("resourceMethods", {}).items()):
            verbs = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS") if verb == "ANY" else (verb,)
            for each in verbs:
                if verb == "ANY" and each in resource["resourceMethods"]:
                    continue
                found[function_name(resource["path"], each)] = _method(resource["path"], each, method)
    return found


def function_name(path: str, verb: str) -> str:
    """`/pets/{petId}` and GET are `petsPetIdGet`; the root is `rootGet`."""
    words = [word for word in re.split(r"[^A-Za-z0-9]+", path) if word] or ["root"]
    name = words[0][:1].lower() + words[0][1:] + "".join(word[:1].upper() + word[1:] for word in words[1:])
    return name + verb.capitalize()


def _method(path: str, verb: str, method: dict[str, Any]) -> dict[str, Any]:
    parameters = method.get("requestParameters", {})

    def named(place: str) -> list[str]:
        start = f"method.request.{place}."
        return [name.removeprefix(start) for name in parameters if name.startswith(start)]

    return {
        "verb": verb,
        "path": path,
        "query": named("querystring"),
        "headers": named("header"),
        "required": [
            name.split(".", 3)[3] for name, required in parameters.items() if required and ".path." not in name
        ],
        "isSigned": method["authorizationType"] == "AWS_IAM",
    }


def _readme(methods: dict[str, Any]) -> str:
    lines = [
        f"- `apigClient.{name}(params, body, additionalParams)`: {method['verb']} {method['path']}"
        for name, method in methods.items()
    ]
    return (
        "# API client\n\nLoad `apigClient.js` in a page, or `require` it in Node.js 18 or later:\n\n"
        "    const apigClient = apigClientFactory.newClient({ apiKey: '...' });\n\n"
        "`newClient` also takes `accessKey`, `secretKey`, `sessionToken`, `region` and `invokeUrl`. `params` are the "
        "method's parameters by name, `additionalParams` may have `headers` and `queryParams`. Every function returns "
        "a promise of `{ status, headers, data }`.\n\n" + "\n".join(lines) + "\n"
    )
