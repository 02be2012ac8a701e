"""One module per kind of picture; `sidpy.viz.make_view` chooses among them.

A view has the attributes ``fig``, ``axes`` (its own, without colour bars), ``dataset``
and ``notes`` (what the picture does not show).
"""
