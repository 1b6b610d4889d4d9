"""Usage ledger, budgets, rate limits, reports."""
