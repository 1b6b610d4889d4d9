"""The owner's pages by their address below a company, as every check of all of them walks them."""

PAGES = (
    *("start", "channels", "channels/new", "channels/new/whatsapp", "knowledge", "knowledge/websites"),
    *("knowledge/contexts", "knowledge/search", "knowledge/indexing", "bot", "bubble", "people", "keys"),
    *("webhooks", "ledger", "audit", "system", "tenants", "overview", "reports", "usage", "gaps"),
    *("bot?tab=versions", "bot?tab=models", "bot?tab=evaluation", "bot?tab=hours", "bot?tab=phrases"),
    *("people?tab=invitations", "people?tab=teams", "ledger?tab=out", "gaps?tab=pairs"),
)
STILL = {"channels/new", "channels/new/whatsapp", "knowledge/search"}
"""Those that show nothing of what the hub holds before somebody acts."""
