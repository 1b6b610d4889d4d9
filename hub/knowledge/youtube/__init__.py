"""YouTube as a source: what a link names, what YouTube says of it, and the reading of its subtitles."""
