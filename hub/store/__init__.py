"""The only place that speaks SQL: one file a noun, holding its table and its queries."""
