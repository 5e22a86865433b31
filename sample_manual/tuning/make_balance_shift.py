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

Beside the rows, twenty questions to ask what was trained: five of the rows word
for word (type "learnt"), eight unseen pairs from between them ("near"), and
seven far from them ("far"). Each says what a right answer holds, which is
knowledge, and the pattern of the form, which is form.

Run it without arguments. It writes balance_shift.jsonl and
balance_shift.questions.jsonl beside itself, with the same bytes on every run:

    python3 make_balance_shift.py
"""

import json
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from pathlib import Path

SYSTEM = "You report the Balance Shift of two balances A and B."
ROWS = 10
OUTPUT = Path(__file__).resolve().with_name("balance_shift.jsonl")
QUESTIONS = OUTPUT.with_name("balance_shift.questions.jsonl")
LEARNT = [(30 + 2 * k, 20 + k) for k in range(0, ROWS, 2)]
NEAR = [(31, 20), (33, 25), (35, 21), (37, 28), (40, 23), (43, 24), (45, 26), (47, 29)]
FAR = [(12, 5), (20, 30), (75, 12), (100, 60), (128, 128), (250, 310), (999, 421)]
FORM = r"BALANCE SHIFT\nA=\d+ B=\d+\nshift: [+-]\d\.\d{4}\nlead: [+-]\d+\.\d %"


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


def question(type_: str, a: int, b: int) -> dict[str, object]:
    """Return one question for `kotae eval run`."""
    answer = balance_shift(a, b)
    shift, lead = (line.partition(": ")[2] for line in answer.splitlines()[2:])
    return {
        "id": f"{type_}-{a}-{b}",
        "type": type_,
        "question": f"Balance Shift for A={a}, B={b}.",
        "reference": answer,
        "must_include": [shift, lead],
        "form": {"regex": FORM},
    }


def main() -> None:
    lines = [json.dumps(row(30 + 2 * k, 20 + k), ensure_ascii=False) for k in range(ROWS)]
    OUTPUT.write_bytes(("\n".join(lines) + "\n").encode("utf-8"))
    sets = (("learnt", LEARNT), ("near", NEAR), ("far", FAR))
    asked = [json.dumps(question(type_, a, b)) for type_, pairs in sets for a, b in pairs]
    QUESTIONS.write_bytes(("\n".join(asked) + "\n").encode("utf-8"))


if __name__ == "__main__":
    main()
