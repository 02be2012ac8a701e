"""The parts of the batched fit: the iteration, its linear algebra, losses, ties, derivatives."""
