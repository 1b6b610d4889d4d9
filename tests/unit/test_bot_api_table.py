"""The committed Bot API table is what its generator makes of the published specification."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from hub.simulator.telegram import generate

ROOT = Path(__file__).parents[2]
FIXTURES = Path(os.environ.get("HUB_TEST_FIXTURES", ROOT.parent / "shared" / "fixtures"))
SPEC = FIXTURES / "specs" / "telegram-bot-api-10.1.json"


def test_facts_are_kept_and_prose_is_not() -> None:
    spec = {
        "version": "Bot API 1",
        "methods": {
            "sendHat": {
                "returns": ["Message"],
                "fields": [
                    {"name": "size", "types": ["String"], "required": True, "description": "A hat's size, 1-64 bytes"},
                    {"name": "hat", "types": ["Hat"], "required": False, "description": "The hat"},
                ],
            }
        },
        "types": {
            "Hat": {"subtypes": ["TopHat"]},
            "TopHat": {
                "fields": [
                    {"name": "type", "types": ["String"], "required": True, "description": "Kind, always “top”"},
                    {"name": "brim", "types": ["String"], "required": True, "description": "must be one of a, b"},
                ]
            },
        },
    }
    facts = generate.table(spec)
    assert facts["methods"]["sendHat"]["params"] == {
        "size": {"types": ["String"], "required": True, "length": [1, 64, "bytes"]},
        "hat": {"types": ["Hat"]},
    }
    assert facts["types"]["TopHat"]["fields"]["type"]["fixed"] == "top"
    assert "fixed" not in facts["types"]["TopHat"]["fields"]["brim"]
    assert json.loads(generate.render(facts)) == facts


@pytest.mark.skipif(not SPEC.exists(), reason=f"needs the published specification at {SPEC}")
def test_the_committed_table_is_up_to_date(tmp_path: Path) -> None:
    target = tmp_path / "table.json"
    assert generate.main([str(SPEC), str(target)]) == 0
    assert target.read_text("utf-8") == generate.TABLE.read_text("utf-8")
    assert target.stat().st_size < 500_000
    assert len(json.loads(target.read_text("utf-8"))["methods"]) == 180
