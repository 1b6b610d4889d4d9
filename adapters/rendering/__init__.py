"""Markdown to what platforms can show: parsed once into marked runs of text, split, then written in a dialect.

Pure, and shared by the channels: ``parse`` reads, ``split`` cuts to a platform's limit, ``plain`` writes for
platforms without emphasis. A channel's own dialect stands in the channel.
"""
