"""The platforms and a model server as local servers that behave like the real ones, faults included."""
