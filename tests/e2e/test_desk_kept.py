"""What colleagues keep at the desk: saved replies, nested views, facts about customers, labels, templates."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from support.demo_hub import DemoHub
from support.desk_pages import SLOW, WISH, Opened, customer, desk, nobody_waits, somebody_wrote

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("built_desk"),
]


async def test_a_saved_reply_is_shown_before_it_is_used(demo: DemoHub, opened: Opened) -> None:
    label = (await demo.call("POST", "/tenants/demo/labels", {"name": "About orders"}))["id"]
    body = {
        "name": "Which order",
        "text": "Hello {{contact.first_name|there}}, **which** order?",
        "actions": [{"type": "label", "labels": [label]}],
    }
    await demo.call("POST", "/tenants/demo/macros", body)
    conversation = await somebody_wrote(demo, WISH)
    page = await desk(demo, opened, "owner", f"demo/inbox/open/{conversation}")
    await page.get_by_role("button", name="Saved replies").click(timeout=SLOW)
    await page.get_by_label("Find a saved reply").fill("which")
    listed = re.compile(r"^Which order\s*Hello .*, which order\?$")
    await expect(page.get_by_role("button", name=listed)).to_be_visible(timeout=SLOW)
    await page.keyboard.press("Enter")
    preview = page.get_by_role("region", name="Which order")
    await expect(preview).to_contain_text("Hello there, which order?", timeout=SLOW)
    await expect(preview).to_contain_text("Label About orders")
    await preview.get_by_role("button", name="Put into my text").click()
    await expect(page.get_by_label("Reply to the customer")).to_have_value("Hello there, **which** order?")

    await page.get_by_role("button", name="Saved replies").click()
    await page.get_by_role("button", name=re.compile("^Which order")).click()
    await preview.get_by_role("button", name="Send and do it").click()
    await expect(page.get_by_role("log").get_by_text("Hello there, which order?")).to_be_visible(timeout=SLOW)
    await expect(page.get_by_label("Details").get_by_text("About orders")).to_be_visible(timeout=SLOW)

    await page.get_by_role("button", name="Saved replies").click()
    await page.get_by_role("button", name=re.compile("^Which order")).click()
    await preview.get_by_role("button", name="Change", exact=True).click()
    dialog = page.get_by_role("dialog", name="Change")
    await expect(dialog.get_by_role("group", name="Step 1").get_by_label("What happens")).to_have_value("label")
    await dialog.get_by_role("button", name="Add a step").click()
    await dialog.get_by_role("group", name="Step 2").get_by_label("What happens").select_option("Resolve")
    await dialog.get_by_role("button", name="Save").click()
    await dialog.wait_for(state="detached")
    await page.get_by_role("button", name="Saved replies").click()
    await page.get_by_role("button", name=re.compile("^Which order")).click()
    await expect(preview.get_by_role("listitem")).to_have_text(["Label About orders", "Resolve"], timeout=SLOW)


async def test_a_view_with_nested_conditions_is_made_changed_and_removed(demo: DemoHub, opened: Opened) -> None:
    await somebody_wrote(demo, WISH)
    page = await desk(demo, opened, "owner", "demo/inbox/open")
    await page.get_by_role("button", name="Sort and filter").click()
    await page.get_by_role("menuitem", name="New view").click()
    dialog = page.get_by_role("dialog", name="New view")
    await dialog.get_by_label("Name", exact=True).fill("Waits on the web")
    await dialog.get_by_role("button", name="Group of conditions").click()
    inner = dialog.get_by_role("group", name="Conditions").nth(1)
    await inner.get_by_label("What counts").select_option("Kind of channel")
    await inner.get_by_label("Value").select_option("Web chat")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", level=1, name="Waits on the web")).to_be_visible(timeout=SLOW)
    (view,) = [one for one in (await views(page)) if one["name"] == "Waits on the web"]
    assert view["filter"] == {
        "all": [
            {"field": "state", "op": "is", "value": "waiting"},
            {"any": [{"field": "channel_kind", "op": "is", "value": "webchat"}]},
        ]
    }
    await expect(page.locator("a[data-id]").first).to_contain_text("Waiting", timeout=SLOW)

    await page.get_by_role("button", name="Sort and filter").click()
    await page.get_by_role("menuitem", name="Change this view").click()
    dialog = page.get_by_role("dialog", name="Change this view")
    await expect(dialog.get_by_role("group", name="Conditions")).to_have_count(2)
    await dialog.get_by_role("button", name="Remove", exact=True).click()
    await page.get_by_role("dialog", name="Remove “Waits on the web”?").get_by_role("button", name="Remove").click()
    await expect(page).to_have_url(re.compile(r"/inbox/needs_person$"), timeout=SLOW)
    assert [one for one in (await views(page)) if one["name"] == "Waits on the web"] == []


async def views(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await page.evaluate(
        "async () => (await (await fetch('/api/v1/tenants/demo/views')).json()).items"
    )
    return found


async def test_facts_about_a_customer_are_changed_where_they_stand(demo: DemoHub, opened: Opened) -> None:
    for key, target in (("tariff", "contact"), ("parcel", "conversation")):
        body = {"target": target, "key": key, "name": f"The {key}", "type": "text", "options": []}
        await demo.call("POST", "/tenants/demo/attributes", body)
    await nobody_waits(demo)  # a long list draws the rows in sight alone
    guest = await customer(demo, opened, "telegram")
    await guest.say(WISH)
    page = await desk(demo, opened, "agent", "demo/inbox/needs_person")
    await page.locator("a[data-id]", has=page.get_by_role("img", name="Telegram")).first.click(timeout=SLOW)
    details = page.get_by_label("Details").filter(has=page.get_by_role("heading"))
    for name, value in (("Name", "Ada Lovelace"), ("The tariff", "Pro"), ("The parcel", "4711")):
        field = details.get_by_label(name, exact=True)
        await field.fill(value)
        async with page.expect_response(lambda answer: answer.request.method == "PATCH" and answer.ok):
            await field.press("Enter")
    await expect(page.get_by_role("heading", level=2, name="Ada Lovelace").first).to_be_visible(timeout=SLOW)
    await page.reload()
    for name, value in (("The tariff", "Pro"), ("The parcel", "4711")):
        await expect(details.get_by_label(name, exact=True)).to_have_value(value, timeout=SLOW)


async def test_a_template_is_filled_in_and_sent(demo: DemoHub, opened: Opened) -> None:
    await nobody_waits(demo)
    guest = await customer(demo, opened, "whatsapp")
    await guest.say(WISH)
    page = await desk(demo, opened, "owner", "demo/inbox/needs_person")
    await page.locator("a[data-id]", has=page.get_by_role("img", name="WhatsApp")).first.click(timeout=SLOW)
    await page.get_by_role("button", name="Template", exact=True).click(timeout=SLOW)
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Fetch them now").click()
    await dialog.locator("button:has(strong)").first.click(timeout=SLOW)
    await dialog.get_by_role("group", name="What the customer reads").wait_for(timeout=SLOW)
    fields = dialog.get_by_role("textbox")
    for n in range(await fields.count()):
        await fields.nth(n).fill(f"value {n}")
    await expect(dialog.get_by_role("group", name="What the customer reads")).not_to_contain_text("{{")
    await dialog.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("log").get_by_text(re.compile("^Template "))).to_be_visible(timeout=SLOW)
