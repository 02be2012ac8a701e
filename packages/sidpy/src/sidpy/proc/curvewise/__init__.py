"""One curve at every position of a dataset, fitted with a function of the user's."""
