"""What the budgets are measured with, and what the bundled ranker is trained with."""
