"""What training runs share: the optimiser, losses, and the library of matrix products."""
