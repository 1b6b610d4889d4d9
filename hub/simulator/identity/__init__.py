"""A simulated OpenID Connect issuer, and a server that signs people in as GitHub does."""
