"""Writes prm-core/src/account/translit.bin: how letters of other scripts are written in Latin ones.

Needs `pip install anyascii` (ISC licence), whose readings are taken for the blocks listed below. Run from anywhere; the
same version of anyascii writes the same bytes.

Layout, little endian: u16 count of readings, u16 count of letters; readings of 8 bytes (length, then ASCII padded with
zeros); letters, sorted, of 4 bytes (code point, reading); then the reading of each of U+4E00..U+9FFF in 2 bytes.
"""
import pathlib
import unicodedata

from anyascii import anyascii

OUT = pathlib.Path(__file__).resolve().parent.parent / "prm-core/src/account/translit.bin"
# Latin beyond ASCII, IPA, Greek, Cyrillic, Armenian, Hebrew, Arabic | Indic, Thai, Lao | Georgian | Jamo | Latin
# additional | Kana | Bopomofo. Letters that decompose into a letter and marks need no entry, except Kana.
BLOCKS = [(0x00A0, 0x0700), (0x0900, 0x0F00), (0x10A0, 0x1100), (0x1E00, 0x2000), (0x3040, 0x3130)]
LONG, SMALL_TSU = "ー", "ッっ"

readings, letters = {"": 0}, []


def reading(c):
    r = "".join(x for x in anyascii(c).lower() if x.isascii() and x.isalpha())[:7]
    return readings.setdefault(r, len(readings))


for low, high in BLOCKS:
    for cp in range(low, high):
        c = chr(cp)
        category = unicodedata.category(c)
        if category[0] not in "LM" or (category == "Mn" and low != 0x0900):
            continue
        if low != 0x3040 and len(unicodedata.normalize("NFD", c)) > 1:
            continue
        if category == "Mn" and not any(x.isalpha() for x in anyascii(c)):
            continue
        letters.append((cp, 0 if c in LONG + SMALL_TSU else reading(c)))
han = [reading(chr(cp)) for cp in range(0x4E00, 0xA000)]
out = bytearray(len(readings).to_bytes(2, "little") + len(letters).to_bytes(2, "little"))
for r in readings:
    out += bytes([len(r)]) + r.encode().ljust(7, b"\0")
for cp, r in letters:
    out += cp.to_bytes(2, "little") + r.to_bytes(2, "little")
for r in han:
    out += r.to_bytes(2, "little")
OUT.write_bytes(out)
print(f"{OUT}: {len(out)} bytes, {len(readings)} readings, {len(letters)} letters")
