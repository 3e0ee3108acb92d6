"""Models without features that generalise late: slow implicit bias, and no grokking inside."""
