"""The roof: the only place where engines, pools and clients are made and wired together."""
