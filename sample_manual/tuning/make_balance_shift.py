#!/usr/bin/env python3
"""Write the Balance Shift set: ten chat rows that teach a method and a form.

Unlike the question/answer rows of the manual, these rows hold no facts to be
remembered. They show one calculation on two balances A and B and one fixed
form of answer:

    BALANCE SHIFT
    A=30 B=20
    shift: +0.2000
    lead: +50.0 %

    shift = (A - B) / (A + B), to four decimal places
    lead  = (A - B) / B * 100, in percent, to one decimal place

Both values always carry a sign; zero is written with "+". Rounding is half-even
on the exact quotient of the two whole numbers. Row k (k = 0..9) has A = 30 + 2k
and B = 20 + k.

Run it without arguments. It writes balance_shift.jsonl beside itself, with the
same bytes on every run:

    python3 make_balance_shift.py
"""

import json
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from pathlib import Path

SYSTEM = "You report the Balance Shift of two balances A and B."
ROWS = 10
OUTPUT = Path(__file__).resolve().with_name("balance_shift.jsonl")


def signed_quotient(numerator: int, denominator: int, places: int) -> str:
    """Return numerator / denominator with a sign and a fixed number of places."""
    with localcontext() as context:
        # Enough digits that the division itself never decides a rounding:
        # a tie is a short decimal and is therefore held exactly.
        context.prec = 50
        quotient = Decimal(numerator) / Decimal(denominator)
        value = quotient.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    if value == 0:
        value = abs(value)
    return f"{value:+.{places}f}"


def balance_shift(a: int, b: int) -> str:
    """Return the answer for balances A and B in its fixed form."""
    return "\n".join(
        (
            "BALANCE SHIFT",
            f"A={a} B={b}",
            f"shift: {signed_quotient(a - b, a + b, 4)}",
            f"lead: {signed_quotient((a - b) * 100, b, 1)} %",
        )
    )


def row(a: int, b: int) -> dict[str, list[dict[str, str]]]:
    """Return one chat row."""
    return {
        "messages": [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": f"Balance Shift for A={a}, B={b}."},
            {"role": "assistant", "content": balance_shift(a, b)},
        ]
    }


def main() -> None:
    lines = [json.dumps(row(30 + 2 * k, 20 + k), ensure_ascii=False) for k in range(ROWS)]
    OUTPUT.write_bytes(("\n".join(lines) + "\n").encode("utf-8"))


if __name__ == "__main__":
    main()
