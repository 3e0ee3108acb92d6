"""The LeNet family of Schaeffer et al. 2023 on MNIST: accuracies in the order of size."""

PAPER = "Schaeffer et al. 2023, arXiv 2304.15004, section 5"

LENET_ACCURACIES = (
    0.188, 0.346, 0.524, 0.778, 0.831, 0.870, 0.903,
    0.917, 0.944, 0.940, 0.950, 0.958, 0.959, 0.958,
)  # fmt: skip
LENET_SIZES = (6.55e3, 4.02e5)
"""Parameters of the smallest and of the largest; those between are not known here."""
