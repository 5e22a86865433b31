"""The report: one HTML file that holds everything and asks nothing of the network."""

from kotae.evaluation.report.page import page

__all__ = ["page"]
