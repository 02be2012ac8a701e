"""Band excitation: hysteresis loops, resonances, and fits of both."""
