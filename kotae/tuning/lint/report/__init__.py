"""The report on a data set: one HTML file that asks nothing of the network."""

from kotae.tuning.lint.report.page import page

__all__ = ["page"]
