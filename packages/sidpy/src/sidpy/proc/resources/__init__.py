"""What the machine offers: cores, memory, schedulers, MPI."""
