"""Reading and writing the universal data model."""
