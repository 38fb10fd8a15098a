"""Markdown of documentation as HTML: what is rendered, and that no HTML gets through."""

import pytest

from serein.console.markdown import rendered


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("one\ntwo\n\nthree", "<p>one two</p><p>three</p>"),
        ("# A\ntext", "<h4>A</h4><p>text</p>"),
        ("###### A", "<h6>A</h6>"),
        ("before\n- a\n- b\n1. c", "<p>before</p><ul><li>a <li>b</ul><ol><li>c</ol>"),
        ("- a\n  more", "<ul><li>a more</ul>"),
        ("**a** and *b*, 2 * 3 * 4", "<p><b>a</b> and <em>b</em>, 2 * 3 * 4</p>"),
        ("`<a> **b**`", "<p><code>&lt;a&gt; **b**</code></p>"),
        ("```json\n{\n  <x>\n```\nend", "<pre>{\n  &lt;x&gt;</pre><p>end</p>"),
        ("```\nunclosed", "<pre>unclosed</pre>"),
        ("[a](https://x.io/?b=1&c=2)", '<p><a href="https://x.io/?b=1&amp;c=2" rel="noopener noreferrer">a</a></p>'),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>"),
        ('[a](https://x" onclick="y)', "<p>[a](https://x&quot; onclick=&quot;y)</p>"),
        ("<script>x</script>", "<p>&lt;script&gt;x&lt;/script&gt;</p>"),
    ],
)
def test_a_text_is_rendered_and_its_html_is_text(text: str, shown: str) -> None:
    assert rendered(text) == shown
