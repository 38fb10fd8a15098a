"""API Gateway's portals as people see them: what is published at `/_serein/portals/{id}`, previews at `…/preview`.

A page for each portal has its products, their pages and their REST endpoints, in the colours of the portal's theme.
A portal that isn't published, or is disabled, isn't there.
"""

import html
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

from serein.console.apis import PREFIX as APIS
from serein.console.markdown import rendered
from serein.console.page import page
from serein.kernel.call import Platform
from serein.kernel.errors import AwsError
from serein.kernel.http import HttpReply, HttpRequest
from serein.kernel.scope import Scope

PREFIX = "/_serein/portals/"
_FOLDER = Path(__file__).parent
_COLORS = {
    "AccentColor": "accent",
    "BackgroundColor": "background",
    "ErrorValidationColor": "error",
    "HeaderColor": "header",
    "NavigationColor": "navigation",
    "TextColor": "text",
}
_MISSING = "<p>There is no such portal here, or it isn't published.</p>"


async def answer(platform: Platform, http: HttpRequest) -> HttpReply | None:
    """The portal that a path names; None for any other path."""
    if not http.path.startswith(PREFIX):
        return None
    portal_id, *rest = [unquote(part) for part in http.path.removeprefix(PREFIX).rstrip("/").split("/")]
    is_preview = rest == ["preview"]
    if (rest and not is_preview) or not (portal_id.isascii() and portal_id.isalnum()):
        return page("No such portal", _MISSING, status=404)
    request = {"PortalId": portal_id, "IsPreview": is_preview}
    try:
        # Whose it is doesn't matter: a portal is found by its id alone.
        portal = await platform.call("apigatewayv2", "FindPortalPublication", request, scope=Scope())
    except AwsError as error:
        if error.status != 404:
            raise
        return page("No such portal", _MISSING, status=404)
    return _page(portal, platform.limits.endpoint, is_preview=is_preview)


def _page(portal: dict[str, Any], endpoint: str, *, is_preview: bool) -> HttpReply:
    content, logo = portal["PortalContent"], _logo(portal["LogoUri"])
    name = html.escape(content["DisplayName"])
    image = f'<img src="{html.escape(logo)}" alt="">' if logo else ""
    note = '<p class="preview">A preview: this is not what is published.</p>' if is_preview else ""
    links = [
        f'<a href="#{html.escape(product["Id"])}">{html.escape(product["DisplayName"])}</a>'
        for product in portal["Products"]
    ]
    products = [_product(product, portal["Region"], endpoint, is_preview=is_preview) for product in portal["Products"]]
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{name}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_style(content["Theme"])}</style>'
        f"<header>{image}<h1>{name}</h1></header><nav>{''.join(links)}</nav>"
        f"<main>{note}<p>{html.escape(content.get('Description', ''))}</p>{''.join(products)}</main></html>"
    )
    source = urlsplit(logo)
    images = f"'self' {source.scheme}://{source.netloc}" if source.netloc else "'self'"
    headers = [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        (
            "content-security-policy",
            f"default-src 'none'; style-src 'unsafe-inline'; img-src {images}; frame-ancestors 'none'",
        ),
    ]
    return HttpReply(200, headers, text.encode())


def _style(theme: dict[str, Any]) -> str:
    colors = "".join(f"--{short}: {theme['CustomColors'][name]};" for name, short in _COLORS.items())
    return f":root {{ {colors} }} {(_FOLDER / 'portal.css').read_text()}"


def _logo(uri: str) -> str:
    """Where the logo is: that of an S3 URI is an object of this server. Empty for what no page can load."""
    if uri.startswith("s3://"):
        return f"/{quote(uri.removeprefix('s3://'))}"
    netloc = urlsplit(uri).netloc if uri.isascii() and uri.isprintable() else ""
    return uri if netloc and not set(netloc) & set(" ;,'\"") else ""


def _product(product: dict[str, Any], region: str, endpoint: str, *, is_preview: bool) -> str:
    where = Scope(product["Account"], region)
    pages = [
        f"<article><h3>{html.escape(each['Title'])}</h3>{rendered(each['Body'])}</article>" for each in product["Pages"]
    ]
    sections = [
        f"<h3>{html.escape(section['Name'])}</h3>"
        + "".join(_endpoint(each, where, endpoint, is_preview=is_preview) for each in section["Endpoints"])
        for section in product["Sections"]
    ]
    return (
        f'<section id="{html.escape(product["Id"])}"><h2>{html.escape(product["DisplayName"])}</h2>'
        f"<p>{html.escape(product['Description'])}</p>{''.join(pages)}{''.join(sections)}</section>"
    )


def _endpoint(shown: dict[str, Any], scope: Scope, endpoint: str, *, is_preview: bool) -> str:
    method, path = html.escape(shown["Method"]), html.escape(shown["Path"])
    stage = f"{quote(shown['RestApiId'])}/{quote(shown['Stage'])}"
    url = shown.get("Endpoint") or f"{endpoint}/_serein/api/{stage}"
    title = html.escape(shown["OperationName"] or f"{shown['Method']} {shown['Path']}")
    # AWS: nothing can be tried out in a preview, developerguide/apigateway-portals-try-it.html.
    is_tryable = shown["IsTryable"] and not is_preview
    query = urlencode({"account": scope.account, "region": scope.region})
    link = f'<p><a href="{html.escape(f"{APIS}/{stage}?{query}")}">Try it</a></p>' if is_tryable else ""
    return (
        f"<article><h4>{title}</h4><p><b>{method}</b> <code>{path}</code></p>"
        f"<p><code>{html.escape(url.rstrip('/'))}{path}</code></p>{rendered(shown['Body'])}{link}</article>"
    )
