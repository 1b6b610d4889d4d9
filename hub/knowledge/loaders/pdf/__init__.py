"""PDF by PDFium: characters with their places, put into reading order, tables and headings told from the layout."""
