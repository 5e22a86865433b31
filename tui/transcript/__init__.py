"""The transcript: one widget that renders a whole conversation to lines.

`tui.transcript.view` holds the widget; it is imported after the first frame.
"""
