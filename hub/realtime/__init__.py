"""Socket.IO: the visitors' and the agents' namespaces, the Announcer and the DeltaFeed."""
