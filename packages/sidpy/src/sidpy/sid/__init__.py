"""The Dataset and everything it is made of."""
