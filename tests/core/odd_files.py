"""Files as the world writes them, each with what it must give, so that no oddity is found twice."""

import codecs
import gzip
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class OddFile:
    """Bytes, and either the table (columns, cells row by row) or the refusal (code, line) they must give."""

    name: str
    data: bytes
    columns: tuple[str, ...] = ()
    rows: list[list[str]] = field(default_factory=list)
    encoding: str | None = None
    delimiter: str | None = None
    noticed: str = ","
    code: str | None = None
    line: int | None = None


def _taken(name: str, data: bytes, columns: str, *rows: str, **more: str) -> OddFile:
    """Columns and rows are written with `|` between cells, for short."""
    return OddFile(
        name=name,
        data=data,
        columns=tuple(columns.split("|")),
        rows=[row.split("|") for row in rows],
        encoding=more.get("encoding"),
        delimiter=more.get("delimiter"),
        noticed=more.get("noticed", ","),
    )


def _refused(name: str, data: bytes, code: str, line: int | None = None, encoding: str | None = None) -> OddFile:
    return OddFile(name=name, data=data, code=code, line=line, encoding=encoding)


BOM = codecs.BOM_UTF8
LARGEST = "x" * 65_536

ODD_FILES = [
    # As plain as it gets, and what may be missing.
    _taken("plain", b"a,b\n1,2\n", "a|b", "1|2"),
    _taken("no final newline", b"a,b\n1,2", "a|b", "1|2"),
    _taken("no data", b"a,b\n", "a|b"),
    _taken("no data, no newline", b"a,b", "a|b"),
    _taken("one byte", b"a", "a"),
    _taken("one column", b"a\n1\n2\n", "a", "1", "2"),
    _taken("one column, empty quoted cell", b'a\n""\n2\n', "a", "", "2"),
    _taken("one column, cell of spaces", b"a\n  \n2\n", "a", "  ", "2"),
    _taken("only a delimiter", b",", "column 1|column 2"),
    _taken("header of empty quotes", b'""\n1\n', "column 1", "1"),
    # BOM.
    _taken("BOM", BOM + b"a,b\n1,2\n", "a|b", "1|2"),
    _taken("BOM before a quoted name", BOM + b'"a",b\n1,2\n', "a|b", "1|2"),
    _taken("BOM twice", BOM + BOM + b"a,b\n1,2\n", "\ufeffa|b", "1|2"),
    _taken("BOM inside, as `cat` makes it", BOM + b"a,b\n" + BOM + b"1,2\n", "a|b", "\ufeff1|2"),
    _taken("BOM and utf-8-sig said", BOM + b"a,b\n1,2\n", "a|b", "1|2", encoding="utf-8-sig"),
    # Line ends.
    _taken("CRLF", b"a,b\r\n1,2\r\n3,4\r\n", "a|b", "1|2", "3|4"),
    _taken("CRLF, none at the end", b"a,b\r\n1,2\r\n3,4", "a|b", "1|2", "3|4"),
    _taken("CR only", b"a,b\r1,2\r3,4\r", "a|b", "1|2", "3|4"),
    _taken("CR only, none at the end", b"a,b\r1,2", "a|b", "1|2"),
    _taken("mixed line ends", b"a,b\r\n1,2\n3,4\r5,6\r\n", "a|b", "1|2", "3|4", "5|6"),
    _taken("CR CR LF, as text mode on Windows makes it", b"a,b\r\r\n1,2\r\r\n", "a|b", "1|2"),
    _taken("LF CR", b"a,b\n\r1,2\n\r", "a|b", "1|2"),
    _taken("bare CR in an unquoted cell splits it", b"a,b\n1,x\ry\n", "a|b", "1|x", "y|"),
    _taken(
        "vertical tab, form feed, file separator, NEL, U+2028 split nothing",
        "a\n\v\f\x1c\x85\u2028\n".encode(),
        "a",
        "\v\f\x1c\x85\u2028",
    ),
    # Blank lines.
    _taken("blank line between rows", b"a,b\n1,2\n\n3,4\n", "a|b", "1|2", "3|4"),
    _taken("blank lines after the header", b"a,b\n\n\n1,2\n", "a|b", "1|2"),
    _taken("blank lines at the end", b"a,b\n1,2\n\n\n", "a|b", "1|2"),
    _taken("blank lines before the header", b"\n\r\na,b\n1,2\n", "a|b", "1|2"),
    _taken("lines of spaces before the header", b"  \n\n a,b\n1,2\n", " a|b", "1|2"),
    _taken("BOM, then a blank line", BOM + b"\na,b\n1,2\n", "a|b", "1|2"),
    _taken("line of spaces between rows is a short row", b"a,b\n1,2\n  \n3,4\n", "a|b", "1|2", "  |", "3|4"),
    _taken("last line of spaces, without end", b"a,b\n1,2\n  ", "a|b", "1|2", "  |"),
    _taken("blank line beside quotes", b'a,b\n"1",2\n\n3,"4"\n\n\n5,6\n', "a|b", "1|2", "3|4", "5|6"),
    # Quotes.
    _taken("all quoted", b'"a","b"\n"1","2"\n', "a|b", "1|2"),
    _taken("doubled quotes", b'a,b\n"say ""hi""",2\n', "a|b", 'say "hi"|2'),
    _taken("a cell of one quote", b'a,b\n"""",2\n', "a|b", '"|2'),
    _taken("a cell of two quotes", b'a,b\n"""""",2\n', "a|b", '""|2'),
    _taken("quoted delimiter", b'a,b\n"1,5",2\n', "a|b", "1,5|2"),
    _taken("quoted LF", b'a,b\n"1\n5",2\n3,4\n', "a|b", "1\n5|2", "3|4"),
    _taken("quoted CR", b'a,b\n"1\r5",2\n3,4\n', "a|b", "1\r5|2", "3|4"),
    _taken("quoted CRLF in an LF file", b'a,b\n"1\r\n5",2\n', "a|b", "1\r\n5|2"),
    _taken("quoted LF in a CRLF file", b'a,b\r\n"1\n\n5",2\r\n', "a|b", "1\n\n5|2"),
    _taken("quoted blank lines", b'a,b\n"\n\n",2\n3,4\n', "a|b", "\n\n|2", "3|4"),
    _taken("quoted newline in the last cell, file unended", b'a,b\n1,"2\n"', "a|b", "1|2\n"),
    _taken("quoted newline in the header", b'"a\nx",b\n1,2\n', "a\nx|b", "1|2"),
    _taken("quoted delimiter in the header", b'"a,x",b\n1,2\n', "a,x|b", "1|2"),
    _taken("empty quoted cells", b'a,b\n"",""\n', "a|b", "|"),
    _taken("quoted spaces", b'a,b\n" ","  x "\n', "a|b", " |  x "),
    _taken("lone quote in an unquoted cell", b'a,b\n5" pipe,2\n', "a|b", '5" pipe|2'),
    _taken("lone quotes in every row", b'a,b\n5" pipe,6" pipe\n7" pipe,8"\n', "a|b", '5" pipe|6" pipe', '7" pipe|8"'),
    _taken("quotes doubled in an unquoted cell", b'a,b\nx""y,2\n', "a|b", 'x""y|2'),
    _taken("quoted word in an unquoted cell", b'a,b\nsay "hi" now,2\n', "a|b", 'say "hi" now|2'),
    _taken("space before a quote never shifts columns", b'a,b,c\n1, "a,b"\n', "a|b|c", '1| "a|b"'),
    _taken("single quotes mean nothing", b"a,b\n'1,2'\n", "a|b", "'1|2'"),
    _taken("backslash escapes nothing", b'a,b\n"x\\",2\n', "a|b", "x\\|2"),
    # Ragged rows.
    _taken("short rows", b"a,b,c\n1\n1,2\n", "a|b|c", "1||", "1|2|"),
    _taken("long row", b"a,b\n1,2,3\n", "a|b", "1|2"),
    _taken("every row one cell too many", b"a,b\n1,2,\n3,4,\n", "a|b", "1|2", "3|4"),
    _taken("trailing delimiter everywhere", b"a,b,\n1,2,\n", "a|b|column 3", "1|2|"),
    _taken("row of delimiters only", b"a,b,c\n,,\n", "a|b|c", "||"),
    _taken("title line above the header", b"Report\na,b\n1,2\n", "Report", "a", "1"),
    # Names.
    _taken("duplicate names", b"a,a\n1,2\n", "a#1|a#2", "1|2"),
    _taken("duplicate names beside a numbered one", b"a,a,a#1\n1,2,3\n", "a#2|a#3|a#1", "1|2|3"),
    _taken("duplicate numbered names", b"a#1,a#1,a,a\n", "a#1#1|a#1#2|a#1|a#2"),
    _taken("empty name", b"a,,c\n1,2,3\n", "a|column 2|c", "1|2|3"),
    _taken("empty name beside its stand-in", b"column 2,\n1,2\n", "column 2|column 2#1", "1|2"),
    _taken("names differ by space and case", b"a, a,A\n1,2,3\n", "a| a|A", "1|2|3"),
    _taken(
        "names that mean something to JavaScript",
        b"__proto__,id,constructor\n1,2,3\n",
        "__proto__|id|constructor",
        "1|2|3",
    ),
    # Text stays text.
    _taken("numbers", b"a,b,c,d\n007,1.10,1E10,-0\n", "a|b|c|d", "007|1.10|1E10|-0"),
    _taken("large numbers", b"a,b\n9007199254740993,+4930123\n", "a|b", "9007199254740993|+4930123"),
    _taken("words that pandas eats", b"a,b,c,d\nNA,null,nan,TRUE\n", "a|b|c|d", "NA|null|nan|TRUE"),
    _taken("formulas", b"a,b\n=1+1,@SUM(A1)\n", "a|b", "=1+1|@SUM(A1)"),
    _taken("escape sequences", b"a,b\n\x1b[31mred,\x07\n", "a|b", "\x1b[31mred|\x07"),
    _taken(
        "emoji, combining marks, right to left", "a,b\n👩‍👩‍👧,e\u0301 שלום\n".encode(), "a|b", "👩‍👩‍👧|e\u0301 שלום"
    ),
    _taken("spaces around cells", b"a,b\n 1 ,\t2\n", "a|b", " 1 |\t2"),
    _taken("largest cell", f"a,b\n{LARGEST},2\n".encode(), "a|b", f"{LARGEST}|2"),
    _taken("largest cell, four bytes a character", f"a,b\n{'🦉' * 65_536},2\n".encode(), "a|b", f"{'🦉' * 65_536}|2"),
    _taken("largest cell, all doubled quotes", b'a,b\n"' + b'""' * 65_536 + b'",2\n', "a|b", '"' * 65_536 + "|2"),
    # Delimiters.
    _taken("semicolon", b"a;b\n1,5;2\n", "a|b", "1,5|2", noticed=";"),
    _taken("tab", b"a\tb\n1,5\t2\n", "a|b", "1,5|2", noticed="\t"),
    OddFile(name="pipe", data=b"a|b\n1,5|2\n", columns=("a", "b"), rows=[["1,5", "2"]], noticed="|"),
    _taken("semicolon, all quoted, commas inside", b'"a,x";"b,y"\n"1,5";"2,5"\n', "a,x|b,y", "1,5|2,5", noticed=";"),
    _taken("commas inside doubled quotes", b'"x ""1,2""";b\n"y ""3,4""";c\n', 'x "1,2"|b', 'y "3,4"|c', noticed=";"),
    _taken("semicolon once in a title, commas regular", b"a;x,b,c\n1,2,3\n4,5,6\n", "a;x|b|c", "1|2|3", "4|5|6"),
    _taken("comma wins a tie", b"a,b;c\n1,2;3\n", "a|b;c", "1|2;3"),
    _taken("delimiter said", b"a,b;c\n1,2;3\n", "a,b|c", "1,2|3", delimiter=";", noticed=";"),
    _taken("one column with commas in its text", b"name\nDoe, Jane\n", "name", "Doe"),
    _taken("tab-separated, empty cells at the end", b"a\tb\tc\n1\t\t\n", "a|b|c", "1||", noticed="\t"),
    _taken(
        "header longer than the sample",
        b";".join([b"c"] * 12_000) + b"\n",
        "|".join(f"c#{n}" for n in range(1, 12_001)),
        noticed=";",
    ),
    _taken("Excel's sep line is a row like any other", b"sep=;\na;b\n", "sep=|column 2", "a|b", noticed=";"),
    # Other encodings.
    _taken("latin-1 said", "a,b\nMüller,ß\n".encode("latin-1"), "a|b", "Müller|ß", encoding="latin-1"),
    _taken("cp1252 said", "a,b\n5 €,2\r\n".encode("cp1252"), "a|b", "5 €|2", encoding="cp1252"),
    _taken(
        "UTF-16 LE said",
        codecs.BOM_UTF16_LE + "a\tb\r\n1\tß".encode("utf-16-le"),
        "a|b",
        "1|ß",
        encoding="utf-16",
        noticed="\t",
    ),
    _taken("UTF-16 BE said", codecs.BOM_UTF16_BE + "a,b\n1,ß\n".encode("utf-16-be"), "a|b", "1|ß", encoding="UTF_16"),
    _taken("UTF-16 LE without BOM said", "a,b\n1,2\n".encode("utf-16-le"), "a|b", "1|2", encoding="utf-16-le"),
    _taken("UTF-32 said", codecs.BOM_UTF32_BE + "a,b\n1,🦉\n".encode("utf-32-be"), "a|b", "1|🦉", encoding="utf-32"),
    _taken(
        "Shift JIS, whose second bytes look like pipes",
        "a,b\nポ,｜\n".encode("shift_jis"),
        "a|b",
        "ポ|｜",
        encoding="shift_jis",
    ),
    # Refused: not a table.
    _refused("nothing", b"", "empty_file"),
    _refused("BOM and nothing", BOM, "no_header", 1),
    _refused("one newline", b"\n", "no_header", 1),
    _refused("only spaces", b"   ", "no_header", 1),
    _refused("only spaces and newlines", b"  \r\n\n   ", "no_header", 1),
    _refused("ZIP or xlsx", b"PK\x03\x04\x14\x00\x06\x00", "not_csv"),
    _refused("empty ZIP", b"PK\x05\x06" + bytes(18), "not_csv"),
    _refused("old Excel", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", "not_csv"),
    _refused("gzip", gzip.compress(b"a,b\n1,2\n"), "not_csv"),
    _refused("PDF", b"%PDF-1.7\n1 0 obj\n", "not_csv"),
    _refused("PNG", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not_csv"),
    _refused("JPEG", b"\xff\xd8\xff\xe0\x00\x10JFIF", "not_csv"),
    _refused("SQLite", b"SQLite format 3\x00\x10\x00", "not_csv"),
    # Refused: characters.
    _refused("NUL in a cell", b"a,b\n1,2\n3,\x00\n", "control_character", 3),
    _refused("NUL in the name", b"a\x00,b\n", "control_character", 1),
    _refused("UTF-16 without BOM, unsaid", "a,b\n".encode("utf-16-le"), "control_character", 1),
    _refused("NUL in UTF-16", codecs.BOM_UTF16_LE + "a\n\0\n".encode("utf-16-le"), "control_character", 2, "utf-16"),
    _refused("UTF-16 LE unsaid", codecs.BOM_UTF16_LE + "a,b\n".encode("utf-16-le"), "encoding", 1),
    _refused("UTF-16 BE unsaid", codecs.BOM_UTF16_BE + "a,b\n".encode("utf-16-be"), "encoding", 1),
    _refused("UTF-32 LE unsaid", codecs.BOM_UTF32_LE + "a,b\n".encode("utf-32-le"), "encoding", 1),
    _refused("latin-1 unsaid", "a,b\r\n1,2\r\nMüller,3\r\n".encode("latin-1"), "encoding", 3),
    _refused("UTF-8 above, latin-1 below", "a,b\nß,2\n".encode() + b"\xdf,2\n", "encoding", 3),
    _refused("surrogate spelt in UTF-8", b"a,b\n\xed\xa0\x80,2\n", "encoding", 2),
    _refused("overlong slash", b"a,b\n\xc0\xaf,2\n", "encoding", 2),
    _refused("character torn at the end", b"a,b\n1,\xe2\x82", "encoding", 2),
    _refused("UTF-16 torn at the end", codecs.BOM_UTF16_LE + b"a\x00\n\x00b", "encoding", 2, "utf-16"),
    _refused("half a character in UTF-7", b"a\n+2AA-\n", "encoding", None, "utf-7"),
    _refused("UTF-7 that Python would spell otherwise", b"a\n+AGE-\n", "encoding", None, "utf-7"),
    _refused("ISO-2022-JP that Python cannot write", b"a\x1b\x80\n", "encoding", None, "iso2022_jp"),
    _refused("an encoding that nobody knows", b"a,b\n", "encoding", None, "klingon"),
    _refused("an encoding with NUL in its name", b"a,b\n", "encoding", None, "utf\0"),
    _refused("a codec that is none for text", b"6162", "encoding", None, "hex"),
    # Refused: quotes and sizes.
    _refused("quote never closed", b'a,b\n1,2\n"3,4\n5,6\n', "unclosed_quote", 3),
    _refused("quote never closed, last byte", b'a,b\n1,"', "unclosed_quote", 2),
    _refused("quote never closed in the header", b'a,"b\n1,2\n', "unclosed_quote", 1),
    _refused("quote never closed, in a record begun above", b'a,b\n"1\n\n2","x\n', "unclosed_quote", 4),
    _refused("doubled quote at the end closes nothing", b'a,b\n"1""', "unclosed_quote", 2),
    _refused("text after a closing quote", b'a,b\n"x"y,2\n', "bad_record", 2),
    _refused("space after a closing quote", b'a,b\n1,2\n"x" ,2\n', "bad_record", 3),
    _refused("text after a closing quote in the header", b'"a"b\n1\n', "bad_record", 1),
    _refused("text after empty quotes", b'a\n""x\n', "bad_record", 2),
    _refused("text after a quote closed lines below", b'a,b\r\n"x\r\ny"z,2\r\n', "bad_record", 3),
    _refused("a forgotten quote runs into the next one", b'a,b\n"x,1\n"y",2\n', "bad_record", 3),
    _refused("cell too large", f"a,b\n1,2\n{LARGEST}x,2\n".encode(), "cell_too_large", 3),
    _refused("name too large", f"a,{LARGEST}x\n".encode(), "cell_too_large", 1),
    _refused("cell too large, after a line break", f'a,b\n1,2,3,"\n",{LARGEST}x\n'.encode(), "cell_too_large", 3),
]
