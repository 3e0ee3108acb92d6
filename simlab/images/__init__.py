"""Sets of images: synthetic ones, scikit-learn's digits, files in the IDX and CIFAR formats."""
