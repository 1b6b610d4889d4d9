"""What agents and owners do over REST: one file a noun."""
