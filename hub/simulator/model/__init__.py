"""An OpenAI-compatible model server whose answers are scripted, and labelled so."""
