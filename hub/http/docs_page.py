"""The API's docs page: plain HTML made of the OpenAPI document. No script, nothing from another host."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from hub.http.problems import TITLES

STYLE = """
:root { color-scheme: light dark; --ground: #fbfcfd; --text: #16202b; --quiet: #51606f; --line: #d7dee5;
  --brand: #0b7a75; --panel: #f1f4f7; }
@media (prefers-color-scheme: dark) { :root { --ground: #0f151c; --text: #e6ecf2; --quiet: #a3b1bf;
  --line: #2b3743; --brand: #3cc2b8; --panel: #18212b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 32px 16px 96px; }
h1 { font-size: 24px; margin: 0 0 8px; } h2 { font-size: 18px; margin: 40px 0 8px; }
h3 { font-size: 15px; margin: 16px 0 4px; }
p { margin: 4px 0 12px; } a { color: var(--brand); } .quiet { color: var(--quiet); }
code, pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { background: var(--panel); border-radius: 8px; padding: 12px; overflow: auto; margin: 4px 0 12px; }
details { border: 1px solid var(--line); border-radius: 8px; margin: 8px 0; }
details > div { padding: 0 16px 12px; }
summary { cursor: pointer; padding: 8px 16px; }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--brand); outline-offset: 2px; border-radius: 8px; }
.method { display: inline-block; min-width: 4.5em; font-weight: 600; color: var(--brand); }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top;
  padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); }
"""


def docs_page(document: Mapping[str, Any]) -> str:
    """The whole page. Everything in it is escaped."""
    by_tag: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tag = (operation.get("tags") or ["other"])[0]
            by_tag.setdefault(tag, []).append(_operation(method, path, operation))
    info = document["info"]
    contents = " · ".join(f'<a href="#{escape(t)}">{escape(t.capitalize())}</a>' for t in sorted(by_tag))
    groups = "".join(
        f'<h2 id="{escape(tag)}">{escape(tag.capitalize())}</h2>{"".join(by_tag[tag])}' for tag in sorted(by_tag)
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])} API</title>"
        '<link rel="stylesheet" href="/api/docs.css"></head><body><main>'
        f"<h1>{escape(info['title'])} API</h1>"
        f'<p class="quiet">Version {escape(info["version"])} · '
        '<a href="/api/v1/openapi.json">OpenAPI 3.1 document</a></p>'
        "<p>Send your key as <code>Authorization: Bearer &lt;key&gt;</code>. Lists are paged by "
        "<code>limit</code> and <code>cursor</code>. A POST that creates or sends takes an "
        "<code>Idempotency-Key</code>: repeat it and it happens once. Times are RFC 3339 in UTC.</p>"
        f"<p>{contents}</p>{groups}{_codes()}{_schemas(document)}</main></body></html>"
    )


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    parts = [f"<p>{escape(operation['description'])}</p>"] if operation.get("description") else []
    if operation["parameters"]:
        rows = "".join(
            f"<tr><td><code>{escape(p['name'])}</code></td><td>{escape(p['in'])}"
            f"{', needed' if p['required'] else ''}</td><td>{_kind(p['schema'])}</td>"
            f"<td>{escape(p.get('description', ''))}</td></tr>"
            for p in operation["parameters"]
        )
        parts.append(f"<h3>Parameters</h3><table>{rows}</table>")
    for kind, content in (operation.get("requestBody") or {}).get("content", {}).items():
        parts.append(f"<h3>Body</h3><p><code>{escape(kind)}</code> {_kind(content['schema'])}</p>")
    rows = "".join(
        f"<tr><td>{escape(status)}</td><td>{escape(answer['description'])}</td><td>{_answer(answer)}</td></tr>"
        for status, answer in operation["responses"].items()
    )
    parts.append(f"<h3>Answers</h3><table>{rows}</table>")
    return (
        f'<details id="{escape(operation["operationId"])}"><summary><span class="method">{method.upper()}</span> '
        f"<code>{escape(path)}</code> {escape(operation['summary'])}</summary><div>{''.join(parts)}</div></details>"
    )


def _answer(answer: Mapping[str, Any]) -> str:
    return "".join(_kind(content["schema"]) for content in answer.get("content", {}).values())


def _kind(schema: Mapping[str, Any]) -> str:
    """A schema in one phrase, linked where it has a name."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f'<a href="#schema-{escape(name)}"><code>{escape(name)}</code></a>'
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(_kind(s) for s in schema[key])
    if "enum" in schema:
        return " | ".join(f"<code>{escape(str(v))}</code>" for v in schema["enum"])
    if "const" in schema:
        return f"<code>{escape(str(schema['const']))}</code>"
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    words = [str(schema.get("format") or schema.get("type") or "anything")]
    limits = {"minimum": "at least", "maximum": "at most", "maxLength": "length at most", "maxItems": "entries at most"}
    words += [f"{phrase} {schema[key]:,}" for key, phrase in limits.items() if key in schema]
    return escape(", ".join(words))


def _codes() -> str:
    rows = "".join(
        f'<tr id="{escape(code)}"><td><code>{escape(code)}</code></td><td>{escape(title)}</td></tr>'
        for code, title in TITLES.items()
    )
    return f'<h2 id="codes">Codes of errors</h2><table>{rows}</table>'


def _schemas(document: Mapping[str, Any]) -> str:
    blocks = []
    for name, schema in sorted(document["components"]["schemas"].items()):
        required = set(schema.get("required", ()))
        rows = "".join(
            f"<tr><td><code>{escape(field)}</code></td><td>{_kind(inner)}{', needed' if field in required else ''}</td>"
            f"<td>{escape(inner.get('description', ''))}</td></tr>"
            for field, inner in schema.get("properties", {}).items()
        )
        body = f"<table>{rows}</table>" if rows else f"<p>{_kind(schema)}</p>"
        about = f"<p>{escape(schema['description'])}</p>" if schema.get("description") else ""
        blocks.append(
            f'<details id="schema-{escape(name)}"><summary><code>{escape(name)}</code></summary>'
            f"<div>{about}{body}</div></details>"
        )
    return f'<h2 id="schemas">Shapes</h2>{"".join(blocks)}'
