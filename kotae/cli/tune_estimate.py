"""`kotae tune estimate`: what training costs, and from when on it pays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kotae.cli.tune_file import model_tokenizer, read_bytes, usable_rows
from kotae.cli.tune_options import PATH, PRICE, epochs_option, json_option, model_option, price_option
from kotae.errors import KotaeError

if TYPE_CHECKING:
    from kotae.tuning.estimate import Compared, Estimate, Prices
    from kotae.tuning.tokens import Tokenizer


@click.command("estimate")
@click.argument("file", type=PATH)
@model_option(
    "The model that is trained: a hosted one's name, `embedded`, or a GGUF file. Its tokenizer counts.",
    required=True,
)
@epochs_option("How often each row is learnt.", default=3, show_default=True)
@price_option("--price-training", "Of training")
@price_option("--price-input", "Of what the trained model reads", default=0.0)
@price_option("--price-output", "Of what it writes", default=0.0)
@price_option("--base-price-input", "Of what the model without training reads", "Default: the same.")
@price_option("--base-price-output", "Of what it writes", "Default: the same.")
@click.option(
    "--hosting-per-day",
    metavar="P",
    type=PRICE,
    default=0.0,
    help="What the trained model costs a day, asked or not.",
)
@click.option(
    "--against-prompt",
    metavar="FILE",
    type=PATH,
    help="A long prompt that says what would otherwise be learnt.",
)
@click.option(
    "--against-tokens",
    metavar="N",
    type=click.IntRange(0),
    help="Tokens of passages that retrieval puts into each prompt.",
)
@click.option(
    "--answers-per-day", metavar="N", type=click.FloatRange(0), help="The traffic, for break-even in days."
)
@json_option("Print the figures as one line of JSON.")
def command(
    file: Path,
    model: str,
    epochs: int,
    price_training: float | None,
    price_input: float,
    price_output: float,
    base_price_input: float | None,
    base_price_output: float | None,
    hosting_per_day: float,
    against_prompt: Path | None,
    against_tokens: int | None,
    answers_per_day: float | None,
    as_json: bool,
) -> int:
    """Count the tokens of FILE, and reckon what training on it costs and when that is earned back.

    Prices are yours to give, in any one currency: services change theirs, and none is built in.
    """
    from kotae.tuning.estimate import Against, Prices, counted, estimate, to_dict

    _, rows = usable_rows(file.expanduser())
    tokenizer = model_tokenizer(model)
    against = []
    if against_prompt is not None:
        against.append(
            Against(name="long prompt", tokens=tokenizer.count(_text(against_prompt.expanduser())))
        )
    if against_tokens is not None:
        against.append(Against(name="retrieval", tokens=against_tokens))
    prices = Prices(
        training=price_training or 0.0,
        input=price_input,
        output=price_output,
        base_input=price_input if base_price_input is None else base_price_input,
        base_output=price_output if base_price_output is None else base_price_output,
        hosting_per_day=hosting_per_day,
    )
    told = estimate(
        counted(rows, tokenizer), prices, epochs=epochs, against=against, answers_per_day=answers_per_day
    )
    if as_json:
        from kotae.cli.jsonl import write_row

        write_row({**to_dict(told), "tokenizer": tokenizer.name, "estimated": tokenizer.estimated})
    else:
        _print(told, tokenizer, prices, priced=price_training is not None, traffic=answers_per_day)
    return 0


def _text(path: Path) -> str:
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise KotaeError(f"{path} is not UTF-8.", "Save it as UTF-8.") from None


def _print(
    told: Estimate, tokenizer: Tokenizer, prices: Prices, *, priced: bool, traffic: float | None
) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    found = told.counted
    sign = "≈ " if tokenizer.estimated else ""
    cost = f", {told.plan.per_answer:.6g}" if prices.input or prices.output else ""
    table = Table(box=box.SIMPLE, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column()
    for name, value in (
        ("rows", f"{found.rows:,}"),
        (
            "tokens",
            f"{sign}{found.total:,}; the longest row {found.longest:,}; {found.learnt:,} in answers ({tokenizer.name})",
        ),
        ("trained", f"{sign}{told.trained:,} tokens in {told.epochs} epochs"),
        ("training", f"{told.plan.training:,.6g}" if priced else "give --price-training"),
        *([("hosting", f"{told.plan.hosting_per_day:,.6g} a day")] if told.plan.hosting_per_day else []),
        ("an answer", f"{sign}{found.prompt:,.0f} tokens in, {found.answer:,.0f} out{cost}"),
    ):
        table.add_row(name, Text(value))
    for other in told.against:
        table.add_section()
        said = f"{sign}{other.prompt:,.0f} tokens in, {found.answer:,.0f} out, {other.plan.per_answer:.6g}"
        table.add_row(f"by {other.name}", Text(said))
        table.add_row("break-even", Text(_break_even(other, prices, traffic)))
    Console(markup=False, highlight=False, emoji=False).print(table)


def _break_even(other: Compared, prices: Prices, traffic: float | None) -> str:
    """From when on the trained model is the cheaper one."""
    from kotae.evaluation.costs import rounded_up

    if not (prices.base_input or prices.base_output or prices.input or prices.output):
        return "give --price-input and --price-output"
    when = other.when
    if when.answers is None or when.answers_per_day is None:
        return f"never: an answer costs no less than by {other.name}"
    said = []
    if when.answers:
        said.append(f"training is earned back after {rounded_up(when.answers):,} answers")
    if when.answers_per_day:
        said.append(f"hosting from {rounded_up(when.answers_per_day):,} answers a day")
    if not said:
        return "at once"
    if traffic is not None:
        days = (
            "never at that traffic"
            if other.days is None
            else f"all of it after {other.days:,.1f} days at {traffic:,.6g} a day"
        )
        said.append(days)
    return "; ".join(said)
