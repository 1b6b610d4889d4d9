"""Decides what the bot says: gate, handoff, retrieve, answer, guard, reply."""
