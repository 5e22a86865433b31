"""The loss curve of a job, for a terminal of 80 columns."""

from __future__ import annotations

from kotae.tuning.jobs.record import Job

WIDTH, HEIGHT = 64, 12
"""Columns and lines within the frame."""
COLUMNS, LINES = WIDTH + 2, HEIGHT + 5
"""Of the whole, with title, frame, steps and legend; the losses stand to the right of it."""
_HIGHEST, _LAST = 1e6, 10**9
"""What is drawn of a training that has run away: a loss, and steps; nothing can be told apart beyond them, or even be drawn."""
_COLOURS = ["cyan", "yellow"]
_SIGNS = ["·", "o"]
"""Where there are no colours."""


def curve(job: Job, *, colours: bool = False) -> str:
    """Training loss, and held-out loss where there is one, by steps; empty while there are too few points for a line.

    Args:
        colours: tell the lines apart by colours; they are told apart by signs otherwise.
    """
    from uniplot import plot_to_string

    lines = [
        (label, [(step, min(loss, _HIGHEST)) for step, loss in points if abs(step) < _LAST], sign, colour)
        for label, points, sign, colour in zip(
            ("training", "held-out"), job.losses(), _SIGNS, _COLOURS, strict=True
        )
        if points
    ]
    steps = {step for _, points, _, _ in lines for step, _ in points}
    if len(steps) < 2:
        return ""
    drawn = plot_to_string(
        xs=[[step for step, _ in points] for _, points, _, _ in lines],
        ys=[[loss for _, loss in points] for _, points, _, _ in lines],
        lines=[len(points) > 1 for _, points, _, _ in lines],
        title="loss by step",
        legend_labels=[label for label, _, _, _ in lines],
        color=[colour for _, _, _, colour in lines] if colours else False,
        character_set="braille" if colours else "ascii",
        force_ascii_characters=[sign for _, _, sign, _ in lines],
        width=WIDTH,
        height=HEIGHT,
    )
    return "\n".join(line.rstrip() for line in str(drawn).splitlines())
