"""What each family of instruments writes and who reads it, in words only.

One module per room of `SciFiReaders.readers`.  Nothing here imports a reader, so that
listing the formats of an installation costs nothing.
"""
