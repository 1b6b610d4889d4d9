"""From files to passages: loaders, chunking, ingest, retrieval, evaluation."""
