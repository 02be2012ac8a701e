"""Views of results that answer to the mouse: a place is chosen, and what is there is shown."""
