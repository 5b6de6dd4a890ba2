"""The phrases of gensim 4.4.0 in a few sentences, for crates/nlp-embed/src/phrases/tests.rs.

    pip install gensim==4.4.0
    python scripts/golden/gensim_phrases.py
"""

from gensim.models.phrases import ENGLISH_CONNECTOR_WORDS, Phrases

SENTENCES = """\
the bank of america is in new york city
new york is not new england
the bank of america and the bank of england
york is a city in england
a new bank in new york city
the new york city marathon"""

for setting in [
    {"min_count": 1, "threshold": 1.0},
    {"min_count": 2, "threshold": 0.4, "scoring": "npmi"},
    {"min_count": 1, "threshold": 1.0, "connector_words": ENGLISH_CONNECTOR_WORDS},
    {"min_count": 1, "threshold": 0.3, "max_vocab_size": 20},
]:
    sentences = [line.split() for line in SENTENCES.splitlines()]
    phrases = Phrases(sentences, **setting)
    print(setting)
    scores = phrases.freeze().phrasegrams.items()
    for phrase, score in sorted(scores, key=lambda scored: (-scored[1], scored[0])):
        print(f"    {phrase} {score!r}")
    for sentence in sentences:
        print(f"  {' '.join(phrases[sentence])}")
