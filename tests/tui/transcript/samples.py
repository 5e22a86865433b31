"""Markdown that the tests of the transcript share."""

from __future__ import annotations

EVERYTHING = """# Title with **bold**

Para one with *em* and `code` and [link](https://x.y/z) end
lazy line two. <b>html</b> &amp; \\*esc\\*

1. first
2. second **b**
   - nested a
   - nested b

     para in nested
3. third

> quote one
> more
>
> - q item
> - q item2

```python
def f(x):
    return x
```
| a | b \\| c |
|---|:--:|
| 1 | 日本語 **x** |
| 2 | y |

- [ ] todo
- [x] done

***
end text [ref] here

[ref]: https://ref.example/
"""

NESTED = """- top
  1. one
  2. two
     > q1
     >
     > q2
     > - qa
     > - qb
  3. three

     para

- second
  continued
* other list
  * deep
    * deeper
      text

      more
    * deeper2
  * deep2
10. ten
    - x
    - y

    ```py
    code
    ```
11. eleven
    - - a
      - b
- [ ] t1
  - [x] t2
  - t3

end
"""

LONG_LIST = "\n".join(f"{i}. item **{i}** text" for i in range(1, 60))
LONG_CODE = "```c\n" + "\n".join(f"int x{i};" for i in range(70)) + "\n```\nafter"
LONG_TABLE = "|a|b|\n|-|-|\n" + "\n".join(f"|{i}|b{i}|" for i in range(70)) + "\n\nend"
LONG_PARAGRAPH = "word **bold thing** `x_y` and more. " * 70
JAPANESE = "日本語の文章です。**強調**もあります。" * 90

SAMPLES = {
    "everything": EVERYTHING,
    "nested": NESTED,
    "long list": LONG_LIST,
    "long code": LONG_CODE,
    "long table": LONG_TABLE,
    "long paragraph": LONG_PARAGRAPH,
    "japanese": JAPANESE,
    "windows line ends": "one\r\n\r\n- two\r\n- three\r\n",
    "open fence": "text\n\n```\ncode without an end\n",
    "nothing": "",
}
