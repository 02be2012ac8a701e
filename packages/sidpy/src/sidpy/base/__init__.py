"""Small pure tools: dictionaries, numbers, strings and units."""
