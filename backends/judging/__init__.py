"""A language model that grades answers and compares them, for evaluation."""
