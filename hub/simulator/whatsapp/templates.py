"""The business account's templates as the Graph API lists them, page by page, and those of the demo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zlib import crc32

from hub.simulator.whatsapp.graph import Json, invalid
from hub.simulator.whatsapp.world import ApprovedTemplate

_FIELDS = frozenset(
    {
        "name", "language", "status", "category", "components", "parameter_format", "id", "quality_score",
        "correct_category", "cta_url_link_tracking_opted_out", "degrees_of_freedom_spec",
        "is_primary_device_delivery_only",
        "library_template_name", "message_send_ttl_seconds", "previous_category", "rejected_reason", "sub_category",
        "creation_source", "last_updated_time",
    }
)  # fmt: skip
_QUERY = frozenset({"limit", "after", "before", "fields", "summary", "status", "name", "language", "category"})

DEMO_TEMPLATES = (
    ApprovedTemplate("order_update", "en_US", "Hello {{1}}, your order {{2}} is on its way.", 2,
                     buttons=({"type": "URL", "text": "Track it", "url": "https://shop.example/t/{{1}}"},)),
    ApprovedTemplate("order_update", "de", "Hallo {{1}}, Ihre Bestellung {{2}} ist unterwegs.", 2,
                     buttons=({"type": "URL", "text": "Verfolgen", "url": "https://shop.example/t/{{1}}"},)),
    ApprovedTemplate("still_there", "en_US", "Hello, may we go on helping you? Just answer here.", 0,
                     footer="Reply STOP to hear no more", buttons=({"type": "QUICK_REPLY", "text": "Yes, please"},)),
    ApprovedTemplate("summer_sale", "en_US", "Twenty percent off until Sunday.", 0, "MARKETING", status="PENDING"),
)  # fmt: skip


def template_page(templates: Sequence[ApprovedTemplate], query: Mapping[str, str], url: str) -> Json:
    """One page of the list. Raises ``GraphError`` for parameters that are not known."""
    if unknown := set(query) - _QUERY:
        raise invalid(f"{min(unknown)}: there is no such parameter.")
    limit, after = query.get("limit", "25"), query.get("after", "0")
    if not limit.isdecimal() or not after.isdecimal() or not 0 < int(limit) <= 1000:
        raise invalid("limit must be 1 to 1000, after a cursor that was given out.")
    fields = [name for name in query.get("fields", "name,language,status,category,components").split(",") if name]
    if wrong := set(fields) - _FIELDS:
        raise invalid(f"(#100) Tried accessing nonexisting field ({min(wrong)})")
    wanted = {name: query[name] for name in ("status", "name", "language", "category") if name in query}
    found = [t for t in templates if all(getattr(t, name) == value for name, value in wanted.items())]
    start, end = int(after), int(after) + int(limit)
    told = [_told(template, fields) for template in found[start:end]]
    answer: Json = {"data": told}
    if told:
        answer["paging"] = {"cursors": {"before": str(start), "after": str(end)}}
        if end < len(found):
            answer["paging"]["next"] = f"{url.partition('?')[0]}?limit={limit}&after={end}"
    if "summary" in query:
        counts = {"total_count": len(found), "message_template_count": len(templates), "message_template_limit": 6000}
        answer["summary"] = counts | {"are_translations_complete": True}
    return answer


def _told(template: ApprovedTemplate, fields: Sequence[str]) -> Json:
    told: Json = {
        "name": template.name,
        "language": template.language,
        "status": template.status,
        "category": template.category,
        "components": template.components,
        "parameter_format": "POSITIONAL",
    }
    id_ = str(crc32(f"{template.name}/{template.language}".encode()))
    return {name: told[name] for name in fields if name in told} | {"id": id_}
