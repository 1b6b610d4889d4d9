"""Which model does a task, by plan and choice."""

from __future__ import annotations

from typing import get_args

import pytest

from admin.api.models import ModelTask
from hub.llm.choosing import TASKS, choose, offered
from hub.settings import Settings, SettingsError, load_settings

PLANS = {
    "open": {"answer": ["openai/small"]},
    "paid": {"answer": ["openai/large", "anthropic/other"], "*": ["openai/small"]},
}


def test_the_plan_offers_and_the_tenant_chooses_within_it() -> None:
    assert choose(PLANS, "paid", {}, "answer") == "openai/large"
    assert choose(PLANS, "paid", {"answer": "anthropic/other"}, "answer") == "anthropic/other"
    assert choose(PLANS, "paid", {"answer": "openai/dear"}, "answer") == "openai/large", "not of the plan"
    assert choose(PLANS, "paid", {}, "title") == "openai/small", "every other task"
    assert choose(PLANS, "open", {}, "answer") == "openai/small"
    assert choose(PLANS, "open", {}, "title") is None, "the deployment's own"
    assert choose({}, "paid", {}, "answer") is None and not offered(PLANS, "gone", "answer")


def test_every_task_is_named_to_the_desk_which_says_it_in_the_readers_language() -> None:
    assert set(get_args(ModelTask)) == set(TASKS)


def test_plans_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_LLM_PLANS", '{"free": {"answer": "openai/gpt-5-nano", "*": ["ollama/llama3:8b"]}}')
    plans = load_settings(None).llm_plans
    assert {task: [tuple(m) for m in models] for task, models in plans["free"].items()} == {
        "answer": [("openai", "gpt-5-nano")],
        "*": [("ollama", "llama3:8b")],
    }
    for bad in (
        "[]",
        '{"free": {"answer": "gpt-5"}}',
        '{"free": {"sing": "openai/a"}}',
        '{"free": {"answer": []}}',
        "x",
    ):
        monkeypatch.setenv("HUB_LLM_PLANS", bad)
        with pytest.raises(SettingsError, match="HUB_LLM_PLANS"):
            load_settings(None)
    assert Settings(_env_file=None, llm_plans={}).llm_plans == {}
