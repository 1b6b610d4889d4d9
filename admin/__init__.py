"""What agents and owners do."""
