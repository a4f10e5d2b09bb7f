"""Makes src/main/resources/io/github/cloze4j/tokenizer/characters.txt: how the Rust tokenizer treats every code point.

The Rust tokenizer takes its character properties from three sources of different age: general categories from the crate
unicode_categories, decompositions from unicode-normalization-alignments, white space and lower case from the standard
library. No release of Java has the same three. So each property is asked of the tokenizer itself, by what it does.

    python src/test/python/make_character_table.py > src/main/resources/io/github/cloze4j/tokenizer/characters.txt
"""

import unicodedata

import tokenizers
from tokenizers.normalizers import NFD, BertNormalizer, Lowercase, StripAccents
from tokenizers.pre_tokenizers import BertPreTokenizer, Whitespace

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
HANGUL_SYLLABLES = range(0xAC00, 0xD7A4)
# COMBINING TILDE OVERLAY, of combining class 1, the lowest.
OVERLAY = chr(0x334)


def normalizer(**on):
    settings = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return BertNormalizer(**{**settings, **on}).normalize_str


clean = normalizer(clean_text=True)
space_ideographs = normalizer(handle_chinese_chars=True)
strip = normalizer(strip_accents=True)
decompose = NFD().normalize_str
lower = Lowercase().normalize_str
split = BertPreTokenizer().pre_tokenize_str
strip_marks = StripAccents().normalize_str
words = Whitespace().pre_tokenize_str


def swaps(first, second):
    return decompose(first + second) == second + first != first + second


def reference_marks():
    """A mark of each canonical combining class that the tokenizer knows."""
    marks = {}
    for c in CODE_POINTS:
        combining_class = unicodedata.combining(chr(c))
        known = combining_class == 1 or combining_class > 1 and swaps(chr(c), OVERLAY)
        if known:
            marks.setdefault(combining_class, chr(c))
    return sorted(marks.items())


MARKS = reference_marks()
LOWEST_MARK, HIGHEST_MARK = MARKS[0][1], MARKS[-1][1]


def combining_class(char):
    """The class, found by what the mark trades places with; 0 for a starter."""
    if not swaps(char, LOWEST_MARK) and not swaps(HIGHEST_MARK, char):
        return 0
    return next(value for value, mark in MARKS if not swaps(char, mark))


def hexadecimal(code_point):
    return format(code_point, "x")


def ranges(code_points):
    """Ascending code points as inclusive ranges."""
    result = []
    for c in code_points:
        if result and result[-1][1] == c - 1:
            result[-1][1] = c
        else:
            result.append([c, c])
    return result


def print_set(name, contains):
    for first, last in ranges(c for c in CODE_POINTS if contains(chr(c))):
        print(name, hexadecimal(first), hexadecimal(last))


def print_classes():
    by_class = {}
    for c in CODE_POINTS:
        value = combining_class(chr(c)) if decompose(chr(c)) == chr(c) else 0
        if value:
            by_class.setdefault(value, []).append(c)
    for value, code_points in sorted(by_class.items()):
        for first, last in ranges(code_points):
            print("combining", hexadecimal(first), hexadecimal(last), value)


def print_mapping(name, apply, excluded=()):
    for c in CODE_POINTS:
        mapped = apply(chr(c))
        if mapped != chr(c) and c not in excluded:
            print(name, hexadecimal(c), *(hexadecimal(ord(m)) for m in mapped))


print(f"# How the Rust tokenizer {tokenizers.__version__} treats code points. Made by src/test/python/make_character_table.py.")
print("# Hexadecimal. A property: first and last code point. A mapping: code point, what becomes of it.")
print_set("removed", lambda char: clean(char) == "")
print_set("whitespace", lambda char: clean(char) == " ")
print_set("ideograph", lambda char: space_ideographs(char) != char)
print_set("punctuation", lambda char: len(split("a" + char + "a")) == 3)
print_set("nonspacing", lambda char: decompose(char) == char and strip(char) == "")
print_set("mark", lambda char: strip_marks(char) == "")
print_set("space", lambda char: split(char) == [])
print_set("word", lambda char: len(words("a" + char)) == 1 and words(char) != [])
print_classes()
print_mapping("lower", lower)
print_mapping("decomposed", decompose, HANGUL_SYLLABLES)
