"""Reading and writing files of any format."""
