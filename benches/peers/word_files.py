"""Vector files of `guide` in gensim and of gensim in `guide`, as text and as binary: the same neighbours with the same cosines.

    word_files.py --corpus text.txt --words king,water,seven
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from gensim.models import KeyedVectors, Word2Vec
from gensim.models.word2vec import LineSentence

HERE = Path(__file__).parent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--words", required=True)
    parser.add_argument("--guide", default=os.environ.get("GUIDE", str(HERE.parent.parent / "target/release/guide")))
    args = parser.parse_args()
    words = args.words.split(",")

    def guide(*command):
        out = subprocess.run([args.guide, "words", *command, "--json"], check=True, capture_output=True, text=True).stdout
        return [json.loads(line) for line in out.splitlines()]

    def here(vectors):
        rows = guide("nearest", "--vectors", str(vectors), *words)
        return [(row["word"], row["neighbour"], row["cosine"]) for row in rows]

    def there(vectors):
        return [(word, near, cosine) for word in words for near, cosine in vectors.most_similar(word, topn=10)]

    def compare(writer, layout, ours, theirs):
        """Cosines by rank, and names, where the cosine of the next rank does not make the order a matter of rounding."""
        near = [a[0] == b[0] and abs(a[2] - b[2]) < 1e-5 for a, b in zip(ours, theirs, strict=True)]
        names = [{row[:2] for row in rows} for rows in (ours, theirs)]
        result = {"neighbours": len(near), "same_names": len(names[0] & names[1]), "same_cosines": sum(near)}
        print(json.dumps({"writer": writer, "format": layout, **result}))
        return len(set(result.values())) == 1

    good = True
    with tempfile.TemporaryDirectory() as folder:
        peer = Word2Vec(LineSentence(args.corpus), vector_size=50, epochs=1, seed=1).wv
        for layout in ["text", "binary"]:
            file = Path(folder) / f"guide.{layout}"
            guide("train", "--corpus", args.corpus, "--model", "cbow", "--dim", "50", "--epochs", "1", "--format", layout, "--out", str(file))
            loaded = KeyedVectors.load_word2vec_format(str(file), binary=layout == "binary")
            good &= compare("guide", layout, here(file), there(loaded))
            file = Path(folder) / f"gensim.{layout}"
            peer.save_word2vec_format(str(file), binary=layout == "binary")
            good &= compare("gensim", layout, here(file), there(peer))
    sys.exit(not good)


if __name__ == "__main__":
    main()
