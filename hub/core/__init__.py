"""The vocabulary every room shares: standard library only, no input or output."""
