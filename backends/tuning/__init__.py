"""Where models are trained: on this machine, or by a service."""
