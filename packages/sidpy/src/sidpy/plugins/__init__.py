"""The plugin host: who can read or write which file."""
