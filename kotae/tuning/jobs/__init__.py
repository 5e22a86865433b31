"""Jobs that train a model: what is known of them, and following them."""
