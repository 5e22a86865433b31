"""The report on a data set as a page."""
