"""Socket.IO: the visitors' namespace, and what carries hints and growing answers to it."""
