"""CSV as Step Functions reads it: rows of text out of a stream of bytes.

AWS: fields may be quoted, and then hold delimiters and newlines; a doubled quotation mark is one; a backslash escapes
another backslash, a quotation mark and the delimiter, and is dropped before anything else.
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

from collections.abc import AsyncIterator

from serein.kernel.compressed import MalformedData

DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
LARGEST_HEADER_BYTES = 10 * 1024
LARGEST_LINE_BYTES = 8 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"


async def lines_of(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The lines without their ends; no mark of the byte order. Raises MalformedData for one of more than 8 MB."""
    rest, is_first = b"", True
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield (line.removeprefix(_BOM) if is_first else line).removesuffix(b"\r")
            is_first = False
        if len(rest) > LARGEST_LINE_BYTES:
            raise MalformedData("A line of the dataset is larger than 8 MB")
    if rest:
        yield (rest.removeprefix(_BOM) if is_first else rest).removesuffix(b"\r")


async def rows_of(chunks: AsyncIterator[bytes], delimiter: str) -> AsyncIterator[list[str]]:
    """The rows that aren't blank. Raises MalformedData."""
    parser = RowParser(delimiter)
    size = 0
    async for line in lines_of(chunks):
        try:
            row = parser.feed(line.decode())
        except UnicodeDecodeError as error:
            raise MalformedData(f"The dataset is not in UTF-8: {error.reason}") from None
        size = 0 if row is not None else size + len(line)
        if size > LARGEST_LINE_BYTES:
            raise MalformedData("A row of the dataset is larger than 8 MB")
        if row:
            yield row
    if row := parser.close():
        yield row


class RowParser:
    """Lines in, rows out: a quoted field may go on in the next line."""

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter
        self._escapable = {"\\", '"', delimiter}
        self._row: list[str] = []
        self._field: list[str] = []
        self._is_quoted = False

    def feed(self, line: str) -> list[str] | None:
        """The row that ends with this line, empty for a blank line; None while a quoted field is open."""
        if self._is_quoted:
            self._field.append("\n")
        elif not line:
            return []
        elif '"' not in line and "\\" not in line:
            # Why apart: most lines are plain, and a split is many times as fast.
            return line.split(self._delimiter)
        self._scan(line)
        return None if self._is_quoted else self._take_row()

    def close(self) -> list[str]:
        """The row that the end of the data ends, if one was open."""
        if not self._is_quoted:
            return []
        self._is_quoted = False
        return self._take_row()

    def _take_row(self) -> list[str]:
        self._take_field()
        row, self._row = self._row, []
        return row

    def _take_field(self) -> None:
        self._row.append("".join(self._field))
        self._field = []

    def _scan(self, line: str) -> None:
        at, end = 0, len(line)
        while at < end:
            character = line[at]
            following = line[at + 1] if at + 1 < end else ""
            if character == "\\":
                if following in self._escapable and following:
                    self._field.append(following)
                    at += 1
            elif character == '"':
                if self._is_quoted and following == '"':
                    self._field.append('"')
                    at += 1
                else:
                    self._is_quoted = not self._is_quoted
            elif character == self._delimiter and not self._is_quoted:
                self._take_field()
            else:
                self._field.append(character)
            at += 1


def item_of(header: list[str], row: list[str]) -> dict[str, str]:
    """A row by its header: fields that are missing are empty, those too many are left out."""
    if len(row) < len(header):
        row = row + [""] * (len(header) - len(row))
    return dict(zip(header, row, strict=False))
