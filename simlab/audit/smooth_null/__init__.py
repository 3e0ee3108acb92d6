"""The smooth null of the audit: fit, statistic of sharpness, and what follows from them."""
