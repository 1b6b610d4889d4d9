"""Models: the ports, one file a vendor, and wrappers that are themselves the port."""
