"""What gensim 4.4.0 answers to a small table of vectors, for crates/nlp-embed/src/vectors/tests.rs.

    pip install gensim==4.4.0
    python scripts/golden/gensim_vectors.py > crates/nlp-embed/tests/golden/gensim_vectors.json
"""

import json
import os
import tempfile

import gensim
import numpy
from gensim.models import KeyedVectors

WORDS = ["coat", "jacket", "hat", "lamp", "desk", "man", "woman", "king", "queen", "King", "red", "size"]
ANALOGIES = [([["king", "woman"], ["man"]]), ([["coat", "lamp"], []]), ([["queen"], ["woman", "hat"]])]
ODD = [["coat", "jacket", "lamp"], ["man", "woman", "king", "red"], ["hat", "desk", "lamp", "size", "red"]]
QUESTIONS = """\
: crowns
man woman king queen
MAN king WOMAN Queen
: things
coat jacket lamp desk
hat coat red size
coat jacket sofa desk
lamp desk hat coat
"""
PAIRS = "coat\tjacket\t9\nhat\tlamp\t2\nking\tQUEEN\t8\nman\twoman\t8\nred\tsofa\t5\ndesk\tsize\t1\nlamp\tdesk\t6\n"


def written(text):
    file = tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False, encoding="utf-8")
    with file:
        file.write(text)
    return file.name


def main():
    assert gensim.__version__ == "4.4.0", gensim.__version__
    # Multiples of 1/64: the numbers are the same in text, and neighbours lie apart.
    rows = numpy.random.default_rng(5).integers(-96, 96, (len(WORDS), 4)) / 64
    # So that some questions have their answer: queen stands where king - man + woman points, desk near lamp as jacket near coat.
    at = {word: place for place, word in enumerate(WORDS)}
    unit = rows / numpy.linalg.norm(rows, axis=1, keepdims=True)
    rows[at["queen"]] = numpy.round((unit[at["king"]] - unit[at["man"]] + unit[at["woman"]]) * 64) / 64
    rows[at["desk"]] = numpy.round((unit[at["jacket"]] - unit[at["coat"]] + unit[at["lamp"]]) * 64) / 64
    vectors = KeyedVectors(rows.shape[1])
    vectors.add_vectors(WORDS, rows.astype(numpy.float32))
    questions, pairs = written(QUESTIONS), written(PAIRS)

    def sections(**how):
        _, found = vectors.evaluate_word_analogies(questions, **how)
        return [[one["section"], len(one["correct"]), len(one["incorrect"])] for one in found]

    def correlations(**how):
        pearson, spearman, unknown = vectors.evaluate_word_pairs(pairs, **how)
        return [float(pearson[0]), float(spearman[0]), unknown]

    analogies = []
    for plus, minus in ANALOGIES:
        add = vectors.most_similar(plus, minus, topn=3)
        mul = vectors.most_similar_cosmul(plus, minus, topn=3)
        analogies.append({"plus": plus, "minus": minus, "add": add, "mul": mul})
    golden = {
        "words": WORDS,
        "rows": rows.tolist(),
        "analogies": analogies,
        "odd": [[words, vectors.doesnt_match(words)] for words in ODD],
        "questions": QUESTIONS,
        "sections": sections(),
        "sections_as_written": sections(case_insensitive=False),
        "sections_unknown_count": sections(dummy4unknown=True),
        "pairs": PAIRS,
        "correlations": correlations(),
        "correlations_unknown_count": correlations(dummy4unknown=True),
    }
    print(json.dumps(golden, ensure_ascii=False))
    os.unlink(questions)
    os.unlink(pairs)


if __name__ == "__main__":
    main()
