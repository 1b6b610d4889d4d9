"""Blobs on disk and S3, and signed links to them."""
