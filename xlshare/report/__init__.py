"""What readers see: figures, tables and numbers of notebooks, and the book. No torch."""
